"""The worker's sign of life: a file that it touches after each successful round with the database, and the check of
that file for `xnovu health`. The check needs neither the database nor Novu."""

from __future__ import annotations

import os
import time
from pathlib import Path


def touch(path: Path, worker: str) -> None:
    """Note that the worker called `worker` is well. Raises OSError when the file can't be written."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8") as file:
        file.write(worker + "\n")


def remove(path: Path) -> None:
    """Take the sign of life away: the worker has stopped."""
    path.unlink(missing_ok=True)


def check(path: Path, max_age: float) -> tuple[bool, str]:
    """Whether the sign at `path` is at most `max_age` seconds old, and one line that says so or why not.

    A sign from the future (the clock was set back) counts as fresh only within the same bound."""
    try:
        age = time.time() - path.stat().st_mtime
        worker = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False, f"no sign of life: {path} does not exist (no worker here, or it has not reached the database yet)"
    except (OSError, UnicodeDecodeError) as error:
        return False, f"{path} can't be read: {error}"
    if abs(age) > max_age:
        return False, f"worker {worker} gave its last sign of life {age:.0f} s ago (at most {max_age:g} s is well)"
    return True, f"worker {worker} is well, {max(age, 0):.1f} s ago"
