"""Finds the file and line that an error of the database is about."""

from __future__ import annotations

import re

import psycopg

from xnovu.workflows.model import CHANNELS, Place, Problem, Template, TemplateName, Tree

# Template "fire-alarm" (EMAIL body), line 2: there is no filter uper. — or with a locale, "fire-alarm@da".
_PLACE = re.compile(
    r"[Tt]emplate \"(?P<key>[a-z0-9-]+)(?:@(?P<locale>[A-Za-z0-9-]+))?\""
    r" \((?P<channel>[A-Z_]+) (?P<field>[\w.\[\]/-]+)(?:, (?P<locale2>[a-z]{2,3}[A-Za-z0-9-]*))?\)"
    r"(?:, line (?P<line>\d+))?(?:, column (?P<column>\d+))?: (?P<message>.*)",
    re.DOTALL,
)
_WORKFLOW = re.compile(r"workflow '[a-z0-9-]+'(?: can't be published)?: ")


class Locator:
    """Knows where each template of a folder stands."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def problems(self, error: psycopg.Error, path: str) -> list[Problem]:
        """What an error says, each with its file; `path` where it names none."""
        primary = error.diag.message_primary or str(error)
        if error.sqlstate == "XN103" and error.diag.message_detail:
            return [self.place(line, path) for line in error.diag.message_detail.splitlines() if line.strip()]
        if error.diag.constraint_name:
            primary = f"{primary} ({error.diag.constraint_name})"
        return [self.place(primary if primary.endswith((".", ")")) else f"{primary}.", path)]

    def place(self, message: str, path: str) -> Problem:
        """A message with its place in the folder, as far as it names one."""
        message = _WORKFLOW.sub("", message, 1)
        found = _PLACE.match(message)
        if found is None:
            return Problem(path, 0, 0, message)
        name = TemplateName(found["key"], found["channel"], found["locale"] or found["locale2"] or "")
        template = self._find(name)
        if template is None:
            return Problem(path, 0, 0, message)
        line, column = int(found["line"] or 0), int(found["column"] or 0)
        return _at(template.place, found["field"], line, column, found["message"])

    def _find(self, name: TemplateName) -> Template | None:
        if name.channel not in CHANNELS:
            return None
        return self._tree.templates.get(name)


def _at(place: Place, part: str, line: int, column: int, message: str) -> Problem:
    """A problem in a part of a template: a body's lines are counted from where it begins in the file."""
    if part == "body":
        begin = place.line_of("body") or 1
        return Problem(place.path, begin + line - 1 if line else 0, column, message)
    return Problem(place.path, place.line_of(re.split(r"\W", part)[0]) or 0, 0, message)
