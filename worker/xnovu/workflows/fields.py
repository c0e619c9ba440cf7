"""The members of a YAML mapping, each taken as what it must be; what is wrong is collected with its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection
from typing import Any

from xnovu.workflows import duration
from xnovu.workflows.model import CHANNELS, KEY, KEY_LENGTH, PRIORITIES, Problem

_KINDS = {str: "a text", bool: "true or false", dict: "members, each with a name", list: "a list"}


class Fields:
    """Takes the members of one mapping out of it, and notes every problem under the file's path.

    Args:
        data: the mapping.
        lines: the line of each member in the file.
        path: the file's, relative to the folder.
        problems: where to put what is wrong.
    """

    def __init__(self, data: dict[str, Any], lines: dict[str, int], path: str, problems: list[Problem]) -> None:
        self._data = data
        self._lines = lines
        self._path = path
        self._problems = problems

    def wrong(self, name: str, message: str) -> None:
        """Note a problem of a member."""
        self._problems.append(Problem(self._path, self._lines.get(name, 0), 0, message))

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Note each member that is none of the known ones."""
        for name in self._data:
            if name not in known:
                self.wrong(name, f"there is no “{name}” here{did_you_mean(name, known)}")

    def text(self, name: str, default: str | None = None, required: bool = False) -> str | None:
        """A text that is not empty, or the default where there is none."""
        value = self._take(name, str)
        if value is None:
            if required and name not in self._data:
                self.wrong(name, f"“{name}” is missing.")
            return default
        if not str(value).strip():
            self.wrong(name, f"“{name}” is empty: write something, or leave it out.")
        return str(value)

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        return bool(self._take(name, bool))

    def texts(self, name: str) -> list[str]:
        """A list of texts, [] where there is none."""
        value = self._take(name, list) or []
        if not all(isinstance(word, str) for word in value):
            self.wrong(name, f"“{name}” is a list of texts: put {_first_odd(value)} into quotes.")
        return [word for word in value if isinstance(word, str)]

    def mapping(self, name: str) -> dict[str, Any] | None:
        """Members as of a JSON object, or None where there are none."""
        value = self._take(name, dict)
        if value is None:
            return None
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            self.wrong(name, f"“{name}” has a value that JSON has not: put it into quotes.")
            return None
        return dict(value)

    def channels(self, name: str) -> list[str]:
        """The channels of a workflow; at least one, none twice."""
        found = self.texts(name)
        if name not in self._data:
            self.wrong(name, f"“{name}” is missing: the channels, such as [EMAIL, SMS].")
        elif not found and isinstance(self._data[name], list) and not self._data[name]:
            self.wrong(name, f"“{name}” is empty: name a channel.")
        for channel in found:
            self._check_channel(name, channel)
        if len(set(found)) < len(found):
            self.wrong(name, f"“{name}” names a channel twice.")
        return found

    def priority(self, name: str) -> str:
        """A priority, NORMAL where there is none."""
        found = self.text(name) or "NORMAL"
        if found.strip() and found not in PRIORITIES:
            self.wrong(name, f"there is no {name} {found}; there are {', '.join(PRIORITIES)}.")
        return found

    def overrides(self, name: str) -> dict[str, Any]:
        """Template key by channel."""
        found = self.mapping(name) or {}
        for channel, key in found.items():
            self._check_channel(name, channel)
            if not isinstance(key, str):
                self.wrong(name, f"“{name}”: the template of {channel} must be a text, its key.")
            elif (fault := key_fault(key)) is not None:
                self.wrong(name, f"“{name}”: {fault}")
        return found

    def duration(self, name: str) -> tuple[int, int, int] | None:
        """Such as “2 hours”, at most ten years."""
        value = self._take(name, str)
        if value is None:
            return None
        try:
            return duration.parse(str(value))
        except ValueError:
            self.wrong(name, f"“{name}” is a time such as 30 minutes, 2 hours or 1 day 12 hours, not {value}.")
            return None

    def _take(self, name: str, kind: type) -> Any:
        value = self._data.get(name)
        if value is None and name in self._data:
            self.wrong(name, f"“{name}” has no value: write one, or leave it out.")
        elif value is not None and not isinstance(value, kind):
            quotes = ": put it into quotes" if kind is str else ""
            self.wrong(name, f"“{name}” must be {_KINDS[kind]}{quotes}.")
            return None
        return value

    def _check_channel(self, name: str, channel: str) -> None:
        if channel not in CHANNELS:
            self.wrong(name, f"“{name}”: there is no channel {channel}; the channels are {', '.join(CHANNELS)}.")


def key_fault(key: str) -> str | None:
    """What is wrong with a key, or None."""
    if len(key) > KEY_LENGTH:
        return f"the key {key} has more than {KEY_LENGTH} characters."
    if KEY.fullmatch(key) is None:
        return f"a key is lower-case words joined by hyphens, such as fire-alarm, which {key!r} is not."
    return None


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The end of a sentence about a name that there is not: the nearest, or all."""
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there may be {', '.join(sorted(known))}."


def _first_odd(values: list[Any]) -> str:
    return str(next(value for value in values if not isinstance(value, str)))
