"""What a check of the doctor says, and the words that it may say it with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: its `name`, how it stands, what was `found`, and how to `mend` it (None when there
    is nothing to mend). A skipped one says in `found` why it could not be looked at."""

    name: str
    status: Status
    found: str
    mend: str | None = None


def is_well(checks: Iterable[Check]) -> bool:
    """Whether none of them failed; a warning is no failure."""
    return all(check.status != "failed" for check in checks)


def listed(words: Iterable[str]) -> str:
    """ "a, b and c" for people."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
