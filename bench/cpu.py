"""How much of the processors some processes use, from /proc."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")

Pids = Callable[[], list[int]]


class Clock:
    """Measures groups of processes between `start` and `stop`.

    Args:
        groups: the ids of the processes in each, asked anew each time; those of which the first is the parent may end
            meanwhile.
    """

    def __init__(self, groups: Mapping[str, Pids]) -> None:
        self._groups = groups
        self._before: dict[str, float] = {}
        self._started = 0.0

    def start(self) -> None:
        """Begin to count."""
        self._started = time.monotonic()
        self._before = self._seconds()

    def stop(self) -> dict[str, float]:
        """How many processors each group kept busy on average, and `others` those that are in no group."""
        elapsed = time.monotonic() - self._started
        return {name: max(0.0, used - self._before[name]) / elapsed for name, used in self._seconds().items()}

    def _seconds(self) -> dict[str, float]:
        used = {name: sum(map(_used, pids())) for name, pids in self._groups.items()}
        return used | {"others": _all_used() - sum(used.values())}


def _all_used() -> float:
    """Seconds that all processors together have worked since the machine was started."""
    user, nice, system, _idle, _waiting, interrupts, soft, *_ = (
        Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return sum(map(int, (user, nice, system, interrupts, soft))) / _TICK


def _used(pid: int) -> float:
    """Seconds of a process, and of its children that have ended; 0 when it has ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK
