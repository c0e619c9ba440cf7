"""The worker's log on stderr: an event in snake case with a few fields, as one JSON object a line for machines or as
readable text for people. Fields are names, counts and times; never payloads, bodies, recipients or secrets."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

FORMATS = ("auto", "json", "text")
LEVELS = ("debug", "info", "warning", "error")


class Log:
    """Writes events. `style` is "json", "text" or "auto" (text on a terminal); below `level` nothing is written."""

    def __init__(self, style: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.json = style == "json" or (style == "auto" and not self.stream.isatty())
        self.lowest = LEVELS.index(level)

    def write(self, level: str, event: str, **fields: object) -> None:
        if LEVELS.index(level) < self.lowest:
            return
        now = datetime.now(UTC)
        if self.json:
            entry = {"time": now.isoformat(timespec="milliseconds"), "level": level, "event": event, **fields}
            line = json.dumps(entry, default=str)
        else:
            shown = "  ".join(f"{name}={_plain(value)}" for name, value in fields.items())
            line = f"{now.astimezone():%H:%M:%S}  {level:<7}  {event:<15}  {shown}".rstrip()
        self.stream.write(line + "\n")
        self.stream.flush()

    def debug(self, event: str, **fields: object) -> None:
        self.write("debug", event, **fields)

    def info(self, event: str, **fields: object) -> None:
        self.write("info", event, **fields)

    def warning(self, event: str, **fields: object) -> None:
        self.write("warning", event, **fields)

    def error(self, event: str, **fields: object) -> None:
        self.write("error", event, **fields)

    def adopt_libraries(self) -> None:
        """Let what libraries log as warnings come out in the same form: who and the unfilled message, no arguments,
        as these may hold values."""
        root = logging.getLogger()
        root.handlers = [_LibraryHandler(self)]
        root.setLevel(logging.WARNING)


class _LibraryHandler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        text = str(record.msg).split("\n", 1)[0]
        self.log.warning("library_warning", library=record.name, message=text)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}:{_plain(item)}" for key, item in value.items()) or "-"
    if isinstance(value, list | tuple | set):
        return ",".join(_plain(item) for item in value) or "-"
    text = str(value).replace("\n", " ")
    return f'"{text}"' if " " in text else text
