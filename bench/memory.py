"""How much memory processes have, from /proc."""

import re
from pathlib import Path

_MEGABYTE = 1_000_000


def resident(pid: int) -> float:
    """What a process has in memory now, in MB."""
    return _read(pid, "VmRSS")


def peak(pid: int) -> float:
    """The most that a process ever had in memory, in MB."""
    return _read(pid, "VmHWM")


def private(pid: int) -> float:
    """What a process has in memory and shares with nobody by intent, in MB: of PostgreSQL's, not the shared buffers."""
    return _read(pid, "RssAnon")


def _read(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024 / _MEGABYTE
