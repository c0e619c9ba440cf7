"""Makes the clock of a process wrong. Python imports this file at its start when its folder is on
PYTHONPATH; CHAOS_CLOCK says by how many seconds the wall clock is wrong. It jumps: now ahead, three seconds later
behind. The monotonic clock stays right, as it does on a machine whose date somebody sets."""

import datetime
import os
import time

_wall = time.time
_shift = float(os.environ.get("CHAOS_CLOCK", "0"))


def _wrong() -> float:
    return _wall() + (_shift if int(time.monotonic() / 3) % 2 else -_shift)


class _Datetime(datetime.datetime):
    __slots__ = ()  # of the size that compiled code expects

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "_Datetime":
        return cls.fromtimestamp(_wrong(), tz)


if _shift:
    time.time = _wrong
    time.time_ns = lambda: int(_wrong() * 1e9)
    vars(datetime)["datetime"] = _Datetime  # whoever imports it from now on gets the wrong one
