"""Whether the clocks of this machine, the database's server and Novu agree. The work goes by the database's clock
alone; TLS, signatures and whoever reads the logs go by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xnovu.doctor.check import Check

WARN_SECONDS = 5.0
FAIL_SECONDS = 300.0  # Novu refuses signatures older or newer than five minutes


@dataclass(frozen=True)
class Reading:
    """Somebody's clock: how many seconds it is `ahead` of this machine's, give or take `uncertain` seconds."""

    whose: str
    ahead: float
    uncertain: float

    @property
    def difference(self) -> float:
        """The least that it can differ, in seconds."""
        return max(0.0, abs(self.ahead) - self.uncertain)


def compare(readings: Sequence[Reading]) -> Check:
    """The check of all clocks that were read, against this machine's."""
    if not readings:
        return Check("clock", "skipped", "neither the database nor Novu could be asked for the time")
    found = f"against this machine's: {'; '.join(_describe(reading) for reading in readings)}"
    worst = max(reading.difference for reading in readings)
    if worst <= WARN_SECONDS:
        return Check("clock", "ok", found)
    mend = "Let each machine keep its time by NTP: timedatectl set-ntp true (chrony or systemd-timesyncd)."
    return Check("clock", "failed" if worst >= FAIL_SECONDS else "warning", found, mend)


def _describe(reading: Reading) -> str:
    if reading.difference < 1:
        return f"{reading.whose}, the same within a second or so"
    side = "ahead" if reading.ahead > 0 else "behind"
    return f"{reading.whose}, {abs(reading.ahead):.1f} s {side}"
