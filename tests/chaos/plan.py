"""What the disturber does and when: all of it comes from the seed, before anything runs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

WORKERS = 3
LEASE = 5.0
TIMEOUT = 1.2

# How often each of them happens, beside the others.
WEIGHTS = {
    "kill": 3,
    "freeze": 4,
    "nap": 2,
    "drain": 1,
    "cut": 2,
    "stall": 2,
    "mute": 3,
    "swallow": 2,
    "terminate": 3,
    "restart": 1,
    "away": 1,
    "hang": 1,
    "pause": 2,
    "limit": 1,
    "replay": 1,
}
OF_A_WORKER = ("kill", "freeze", "nap", "drain", "mute")


@dataclass(frozen=True, order=True)
class Step:
    """At `at` seconds `action` begins, with worker or proxy number `which`, and lasts `seconds`. `shift` is by how many
    seconds the clock of a worker that is started again is wrong."""

    at: float
    action: str
    which: int = 0
    seconds: float = 0.0
    shift: float = 0.0

    def __str__(self) -> str:
        return f"{self.at:.1f} s: {self.action} {self.which} for {self.seconds:.1f} s"


def make_plan(seed: int, seconds: float, weights: Mapping[str, int] = WEIGHTS) -> list[Step]:
    """The steps of a run, in order. A worker has one thing happen to it at a time, and a restart of PostgreSQL has
    ten seconds until the next, so that something gets done."""
    dice = random.Random(seed)
    steps: list[Step] = []
    free_at = [1.0] * WORKERS
    may_restart_at = 4.0
    now = 1.5
    while now < seconds - 1:
        action = dice.choices([*weights], [*weights.values()])[0]
        which = min(range(WORKERS), key=lambda number: (free_at[number], dice.random()))
        lasts = _duration(dice, action)
        shift = dice.choice([0.0, -86400.0, 7200.0])
        now += dice.uniform(0.4, 2.0)
        if action == "restart" and now < may_restart_at:
            continue
        if action == "restart":
            may_restart_at = now + 10
        if action in OF_A_WORKER:
            if sum(moment > now for moment in free_at) >= WORKERS - 1 or free_at[which] > now:
                continue  # one at least works on
            free_at[which] = now + lasts + 1.5
        else:
            which = dice.randrange(WORKERS)
        steps.append(Step(now, action, which, lasts, shift))
        if action == "freeze":
            # It begins while calls wait for their turn, and whoever takes them over is still at it when it ends.
            steps.append(Step(now - 0.8, "hang", seconds=0.8))
            steps.append(Step(now + LEASE + 0.7, "hang", seconds=lasts - LEASE - 0.7))
    return sorted(steps)


def _duration(dice: random.Random, action: str) -> float:
    least, most = {
        "kill": (0.1, 2.0),
        "freeze": (LEASE + 2.0, LEASE + 4.0),
        "nap": (0.3, LEASE - 1),
        "drain": (0.5, 1.0),
        "mute": (LEASE - 3, LEASE + 3),
        "stall": (0.3, LEASE + 2),
        "swallow": (0.2, 1.0),
        "away": (0.5, 2.5),
        "hang": (1.0, 3.0),
        "pause": (0.5, 4.0),
        "limit": (1.0, 4.0),
    }.get(action, (0.0, 0.0))
    return dice.uniform(least, most)
