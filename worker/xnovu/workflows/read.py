"""Reads a folder as a whole: workflows/<key>/workflow.yaml with its templates, and templates/<key>/ for those that have
no workflow. Every problem is found, none stops the reading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xnovu.errors import UserError
from xnovu.workflows import yamltext
from xnovu.workflows.fields import Fields, did_you_mean, key_fault
from xnovu.workflows.model import (
    FILES,
    LOCALE,
    Place,
    Problem,
    Template,
    TemplateName,
    Tree,
    Workflow,
    default_name,
    template_file,
)

DEFINITION = "workflow.yaml"
SCHEMA = "payload_schema.json"
MARK = "---"
_DEFINITION_FIELDS = (
    "name", "description", "category", "priority", "default_channels", "template_overrides", "payload_schema",
    "expires_after", "fallback_text", "tags", "deactivated",
)  # fmt: skip
_FRONT_FIELDS = ("name", "description", "subject", "variables_description", "extras")
_CHANNEL_OF = {file: channel for channel, file in FILES.items()}
# What may lie beside: notes for people, and what editors and systems leave behind.
_IGNORED = re.compile(r"\..*|.*~|README(\..*)?|.*\.(md|orig|bak)|Thumbs\.db", re.IGNORECASE)
_LARGEST = 1024 * 1024
_LINK = "this is a symbolic link, which may lead out of the folder: put what it leads to in its place."


def read(folder: Path) -> tuple[Tree, list[Problem]]:
    """The folder's workflows and templates, and all that is wrong in it.

    Raises UserError when there is no such folder, or it has neither workflows/ nor templates/."""
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.", "`xnovu workflows pull` makes one of what is in the database.")
    if not any((folder / name).is_dir() or (folder / name).is_symlink() for name in ("workflows", "templates")):
        raise UserError(
            f"{folder} has neither a folder workflows nor a folder templates.",
            "Name the folder above workflows/<key>/workflow.yaml.",
        )
    return _Reader(folder).read()


def link_problem(folder: Path, path: str) -> Problem | None:
    """What is wrong with a path when it, or a folder on the way to it, is a symbolic link. The folder itself may be."""
    way = [Path(path), *Path(path).parents][-2::-1]
    return next((Problem(step.as_posix(), 0, 0, _LINK) for step in way if (folder / step).is_symlink()), None)


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tree = Tree()
        self._problems: list[Problem] = []

    def read(self) -> tuple[Tree, list[Problem]]:
        for key in self._keys("workflows"):
            self._read_workflow(key)
        for key in self._keys("templates"):
            path = f"templates/{key}"
            count = self._read_templates(path, key, ())
            if key in self._tree.workflows or (self._folder / "workflows" / key).is_dir():
                self._wrong(path, f"there is a workflow {key}: put its templates into workflows/{key}.")
            elif not count:
                self._wrong(path, f"there is no template in it; there may be {', '.join(_CHANNEL_OF)}.")
        return self._tree, sorted(self._problems)

    def _keys(self, name: str) -> Iterator[str]:
        root = self._folder / name
        is_read = not self._is_link(name) and root.is_dir()
        for entry in sorted(root.iterdir()) if is_read else ():
            path = f"{name}/{entry.name}"
            if _IGNORED.fullmatch(entry.name) or self._is_link(path):
                continue
            if not entry.is_dir():
                self._wrong(path, f"only folders are expected in {name}, each named by a key.")
                continue
            if (fault := key_fault(entry.name)) is not None:
                self._wrong(path, fault)
            yield entry.name  # with a key that is none, too: what is wrong in it is told at once

    def _read_workflow(self, key: str) -> None:
        folder = f"workflows/{key}"
        self._read_templates(folder, key, (DEFINITION, SCHEMA))
        path = f"{folder}/{DEFINITION}"
        in_file = self._read_schema(f"{folder}/{SCHEMA}")
        if not self._is_there(path):
            self._wrong(path, "it is missing: each workflow has one, with name and default_channels.")
            return
        text = self._text(path)
        if text is None:
            return
        try:
            data, lines = yamltext.load(text)
        except yamltext.YamlProblem as problem:
            self._wrong(path, problem.message, problem.line, problem.column)
            return
        fields = Fields(data, lines, path, self._problems)
        fields.refuse_unknown(_DEFINITION_FIELDS)
        inline = fields.mapping("payload_schema")
        if "payload_schema" in data and in_file is not None:
            fields.wrong("payload_schema", f"the schema stands in {SCHEMA}, too: keep one of them.")
        self._tree.workflows[key] = Workflow(
            key=key,
            name=fields.text("name", required=True) or "",
            description=fields.text("description"),
            category=fields.text("category"),
            priority=fields.priority("priority"),
            default_channels=fields.channels("default_channels"),
            template_overrides=fields.overrides("template_overrides"),
            payload_schema=in_file if inline is None else inline,
            expires_after=fields.duration("expires_after"),
            fallback_text=fields.text("fallback_text"),
            tags=fields.texts("tags"),
            deactivated=fields.flag("deactivated"),
            place=Place(path, lines),
            schema_is_inline=inline is not None,
        )

    def _read_schema(self, path: str) -> dict[str, Any] | None:
        text = self._text(path) if self._is_there(path) else None
        if text is None:
            return None
        try:
            schema = json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            self._wrong(path, f"this is no JSON: {error.msg}.", error.lineno, error.colno)
        except (ValueError, RecursionError) as error:
            self._wrong(path, f"this is no JSON: {error}.")
        else:
            if isinstance(schema, dict):
                return schema
            self._wrong(path, "a schema is an object: {…}.", 1)
        return None

    def _read_templates(self, folder: str, key: str, others: tuple[str, ...]) -> int:
        """Read the template files of a folder, and note each that is none of them nor of the others."""
        count = 0
        for entry in sorted((self._folder / folder).iterdir()):
            path = f"{folder}/{entry.name}"
            if entry.name in others or _IGNORED.fullmatch(entry.name):
                continue
            stem, _, rest = entry.name.partition(".")
            locale, _, suffix = rest.rpartition(".")
            channel = _CHANNEL_OF.get(f"{stem}.{suffix}")
            if channel is None:
                known = [*others, *_CHANNEL_OF]
                self._wrong(path, f"this file is none of a workflow's{did_you_mean(entry.name, known)}")
            elif locale and LOCALE.fullmatch(locale) is None:
                example = template_file(channel, "pt-BR")
                self._wrong(path, f"{locale} is no locale: they are such as da or pt-BR, as in {example}.")
            else:
                count += 1
                self._read_template(path, TemplateName(key, channel, locale))
        return count

    def _read_template(self, path: str, name: TemplateName) -> None:
        text = self._text(path)
        if text is None:
            return
        front, body, line = split_front(text)
        if not body.strip() and front is not None:
            self._wrong(path, "the template is empty.", line)
        if front is None:
            self._wrong(path, f"the lines after the first {MARK} are not ended by another {MARK}.", 1)
            return
        try:
            data, lines = yamltext.load(front)
        except yamltext.YamlProblem as problem:
            self._wrong(path, problem.message, problem.line and problem.line + 1, problem.column)
            return
        lines = {member: number + 1 for member, number in lines.items()} | {"body": line}
        fields = Fields(data, lines, path, self._problems)
        fields.refuse_unknown(_FRONT_FIELDS)
        if "extras" in data and name.channel != "IN_APP":
            fields.wrong("extras", "only in_app.html has “extras”.")
        self._tree.templates[name] = Template(
            *name,
            name=fields.text("name") or default_name(name),
            description=fields.text("description"),
            subject=fields.text("subject"),
            body=body,
            variables_description=fields.mapping("variables_description") or {},
            extras=fields.mapping("extras") or {},
            place=Place(path, lines),
        )

    def _is_there(self, path: str) -> bool:
        """Whether there is such a file, or a link, which is then told to be one."""
        return (self._folder / path).exists() or (self._folder / path).is_symlink()

    def _is_link(self, path: str) -> bool:
        """Whether it is a symbolic link, which is a problem: what lies outside the folder must not be published."""
        is_link = (self._folder / path).is_symlink()
        if is_link:
            self._wrong(path, _LINK)
        return is_link

    def _text(self, path: str) -> str | None:
        """A file's text with line feeds only; None, and a problem noted, when there is none."""
        data = self._bytes(path)
        if data is None:
            return None
        try:
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._wrong(path, "this is not UTF-8: save the file in that encoding.", line)
            return None
        if "\0" in text:
            self._wrong(path, "there is a null character in it.", text[: text.index("\0")].count("\n") + 1)
            return None
        if not text.strip():
            self._wrong(path, "it is empty.")
            return None
        return text

    def _bytes(self, path: str) -> bytes | None:
        if self._is_link(path):
            return None
        try:
            data = (self._folder / path).read_bytes()
        except OSError as error:
            self._wrong(path, f"it can't be read: {error.strerror}.")
            return None
        if len(data) > _LARGEST:
            self._wrong(path, "it has more than a megabyte.")
            return None
        return data

    def _wrong(self, path: str, message: str, line: int = 0, column: int = 0) -> None:
        self._problems.append(Problem(path, line, column, message))


def split_front(text: str) -> tuple[str | None, str, int]:
    """Front matter, body, and the line at which the body begins; the front matter is None when it has no end.

    A file's last line feed is not the body's."""
    front, line = "", 1
    if text.startswith(f"{MARK}\n"):
        rest = text[len(MARK) + 1 :]
        end = re.search(rf"^{MARK}(\n|\Z)", rest, re.MULTILINE)
        if end is None:
            return None, "", 0
        front, text = rest[: end.start()], rest[end.end() :]
        line = front.count("\n") + 3
    return front, text.removesuffix("\n"), line


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no value of JSON")
