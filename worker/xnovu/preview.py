"""`xnovu preview`: what a workflow would send, as files to look at; nothing is written to the database."""

from __future__ import annotations

import json
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from xnovu.connection import connect
from xnovu.errors import UserError
from xnovu.workflows.model import FILES
from xnovu.workflows.owner import choose_owner, context_of, explained

Say = Callable[[str], None]


@dataclass(frozen=True)
class Preview:
    """What one channel would get: a row of notify.preview."""

    channel: str
    subject: str | None
    body: str | None
    text_body: str | None
    extras: dict[str, Any] | None
    bytes: int | None
    segments: int | None
    encoding: str | None
    templates: list[str]
    version: str
    warnings: list[str]
    error: str | None


def preview(
    database_url: str,
    key: str,
    payload: dict[str, Any],
    *,
    say: Say,
    channel: str | None = None,
    locale: str | None = None,
    enterprise: UUID | None = None,
    options: dict[str, Any] | None = None,
    folder: Path | None = None,
    open_browser: bool = False,
    as_text: bool = False,
) -> bool:
    """Write what each channel would get to a folder, and show a table of it; returns whether all could be rendered.

    Args:
        database_url: of a manager of the enterprise, or of an admin.
        key: the workflow's.
        payload: the payload of the notification that is played.
        say: called with each line for the user.
        channel: the only one to render; else those that the workflow goes out on.
        locale: the notification's.
        enterprise: whose workflow it is; None: that of the session's context, or without one it is shared by all.
        options: of notify.preview, such as {"building": "Harbour Tower", "version": 3}.
        folder: where the files go; else a new one for temporary files.
        open_browser: open the HTML, or the texts where there is none.
        as_text: print the texts, too.

    Raises UserError when there is no such workflow, or the login may not manage it, or a file can't be written."""
    with connect(database_url, "xnovu preview") as connection, explained():
        if enterprise is not None or not context_of(connection):
            choose_owner(connection, enterprise)
        rows = _ask(connection, [key, Jsonb(payload), channel, locale, Jsonb(options or {})])
    target = folder or Path(tempfile.mkdtemp(prefix=f"xnovu-preview-{key}-"))
    files = {row.channel: _write(target, row) for row in rows if row.body is not None}
    for line in _table(key, rows, files):
        say(line)
    if as_text:
        for row in rows:
            if row.body is not None:
                say(f"\n{row.channel}\n{_as_text(row)}")
    if open_browser:
        for paths in files.values():
            webbrowser.open(paths[0].resolve().as_uri())
    return all(row.error is None for row in rows)


def read_payload(path: str) -> dict[str, Any]:
    """The payload in a JSON file, or on standard input for “-”.

    Raises UserError naming file, line and column when it is no JSON object."""
    name = "standard input" if path == "-" else path
    try:
        text = (sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()).decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"The payload {name} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"The payload {name} is not UTF-8.", "Save it in that encoding.") from error
    try:
        payload = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"The payload is no JSON: {name}, line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    if not isinstance(payload, dict):
        raise UserError(f"The payload in {name} is no object.", 'It looks like {"floor": 3}.')
    return payload


def _ask(connection: psycopg.Connection, parameters: list[Any]) -> list[Preview]:
    with connection.cursor(row_factory=class_row(Preview)) as cursor:
        try:
            return cursor.execute("select * from notify.preview(%s, %s, %s, %s, %s)", parameters).fetchall()
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("XN1"):
                raise
            raise UserError(f"{error.diag.message_primary}.", error.diag.message_hint) from error


def _write(folder: Path, row: Preview) -> list[Path]:
    """Write a channel's files; the one to look at is the first."""
    name = FILES[row.channel]
    body = row.body or ""
    contents = {name: _page(row.subject, body) if name.endswith(".html") else body}
    if name.endswith(".html") and row.text_body is not None:
        contents[name.replace(".html", ".txt")] = row.text_body
    if row.extras:
        contents[name.replace(".html", ".json")] = json.dumps(row.extras, indent=2, ensure_ascii=False)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in contents.items():
            (folder / file).write_text(text + "\n", encoding="utf-8", newline="")
            paths.append(folder / file)
    except OSError as error:
        raise UserError(
            f"The preview can't be written to {folder}: {error.strerror}.", "Name another: --out DIR."
        ) from error
    return paths


def _page(subject: str | None, body: str) -> str:
    """HTML that a browser reads as UTF-8: a piece of it gets a head, a whole page stays as it is."""
    if body.lstrip()[:9].lower() == "<!doctype":
        return body
    return f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(subject or "")}</title>\n{body}'


def _as_text(row: Preview) -> str:
    text = row.body if row.text_body is None else row.text_body
    return "\n".join(filter(None, (row.subject, text)))


def _table(key: str, rows: list[Preview], files: dict[str, list[Path]]) -> list[str]:
    """The channels one below the other, and below them what is to be said of each."""
    version = rows[0].version if rows else ""
    head = [f"{key}, {version if version == 'draft' else f'version {version}'}"]
    cells = [("channel", "bytes", "segments", "templates", "subject")]
    for row in rows:
        segments = "" if row.segments is None else f"{row.segments} {row.encoding or ''}".strip()
        size = "" if row.bytes is None else f"{row.bytes:,}"
        names = ", ".join(name.partition("/")[2] for name in row.templates)
        cells.append((row.channel, size, segments, names, row.subject or ""))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head += ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    for row in rows:
        head += [f"warning: {row.channel}: {warning}" for warning in row.warnings]
        head += [f"error: {row.channel}: {row.error}"] if row.error else []
    return [*head, *(str(path) for paths in files.values() for path in paths)]
