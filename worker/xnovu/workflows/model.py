"""What a folder and the database both hold: workflows and templates, compared by their content alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

SHARED = UUID("00000000-0000-0000-0000-000000000000")

# The file of each channel's template; the suffix says what the body is.
FILES = {"EMAIL": "email.html", "IN_APP": "in_app.html", "SMS": "sms.txt", "PUSH": "push.txt", "CHAT": "chat.txt"}
CHANNELS = tuple(FILES)

# Which there are is the release's; categories are the admin's, and only the database has them.
PRIORITIES = ("CRITICAL", "HIGH", "NORMAL", "LOW")

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEY_LENGTH = 60
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


class TemplateName(NamedTuple):
    """What tells a template from the others of its owner; the locale is '' for the one that all fall back to."""

    key: str
    channel: str
    locale: str


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, relative to the folder, and lines in it, from 1."""

    path: str
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, part: str) -> int | None:
        """The line of a member of the YAML, or of the body's first line, which is called `body`."""
        return self.lines.get(part)


@dataclass(frozen=True)
class Workflow:
    """A workflow as its definition has it; expires_after is (months, days, microseconds), as PostgreSQL keeps it."""

    key: str
    name: str
    default_channels: list[str]
    description: str | None = None
    category: str | None = None
    priority: str = "NORMAL"
    template_overrides: dict[str, Any] = field(default_factory=dict)
    payload_schema: dict[str, Any] | None = None
    expires_after: tuple[int, int, int] | None = None
    fallback_text: str | None = None
    tags: list[str] = field(default_factory=list)
    deactivated: bool = False
    place: Place = field(default=Place(""), compare=False)
    schema_is_inline: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Template:
    """A template for one channel and one locale."""

    key: str
    channel: str
    locale: str
    name: str
    body: str
    subject: str | None = None
    description: str | None = None
    variables_description: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    place: Place = field(default=Place(""), compare=False)

    @property
    def id(self) -> TemplateName:
        return TemplateName(self.key, self.channel, self.locale)


@dataclass
class Tree:
    """Workflows by key and templates by name: of a folder, or of an owner in the database."""

    workflows: dict[str, Workflow] = field(default_factory=dict)
    templates: dict[TemplateName, Template] = field(default_factory=dict)

    def keys(self) -> set[str]:
        """The key of every workflow and every template."""
        return set(self.workflows) | {name.key for name in self.templates}

    def only(self, keys: set[str]) -> Tree:
        """The part of it that has these keys."""
        return Tree(
            {key: workflow for key, workflow in self.workflows.items() if key in keys},
            {name: template for name, template in self.templates.items() if name.key in keys},
        )


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file; line and column count from 1, 0 where there is none to name."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = ":".join([self.path, *(str(number) for number in (self.line, self.column) if number)])
        return f"{place}: {self.message}"


def template_file(channel: str, locale: str) -> str:
    """The file's name: email.html, or email.da.html for a locale."""
    stem, _, suffix = FILES[channel].partition(".")
    return ".".join(filter(None, (stem, locale, suffix)))


def default_name(name: TemplateName) -> str:
    """The name for people of a template whose file gives none."""
    return ", ".join(filter(None, name))
