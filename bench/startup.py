"""What a worker takes: time from its start to its first claim, and memory, its own and that of its backends."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.text import Text
from tests.cluster import Connection

from bench import memory
from bench.budget import Budget, cells
from bench.contender import Running
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.round import Ground, filled_database, number, wait_for_posts, wait_until, wait_until_sent
from bench.spread import Spread
from bench.timing import VoidError

# What the design asks for: seconds from start to first claim, and MB under that many notifications.
MOST_SECONDS, MOST_MEGABYTES = 1.0, 80.0
NOTIFICATIONS = 10_000

# A claim that is over leaves nothing behind: its time is noted while it is made.
_NOTE_CLAIMS = b"""
create schema bench;
create table bench.claim (claimed_at timestamptz not null);
create function bench.note_claim() returns trigger language plpgsql security definer as $$
begin
  insert into bench.claim values (new.claimed_at);
  return null;
end
$$;
create trigger note after insert on notify.notification_claim for each row execute function bench.note_claim();
"""
_FIRST_CLAIM = b"select min(claimed_at) from bench.claim"
_BACKENDS = b"select pid from pg_stat_activity where usename = 'test_worker' and datname = current_database()"

_ABOUT = """
"First claim": seconds from when the process of xnovu work is started until PostgreSQL has its first claim of a
notification that waits already; "first event": until that has come in at the stand-in for Novu. Memory in MB: the
worker's is what it has resident; the backends' is what each of its {backends} connections has for itself, without the
buffers that all share, together. "Busy" is the most that the worker ever had while {notifications:,} notifications
passed, and what its backends had right after.
"""


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process."""

    first_claim: float
    first_event: float


@dataclass(frozen=True)
class Memory:
    """MB of the worker, and of all its backends together, when idle and under load."""

    notifications: int
    backends: int
    idle: float
    idle_backends: float
    busy: float
    busy_backends: float


@dataclass(frozen=True)
class Startup:
    """What was measured."""

    starts: Sequence[Start]
    memory: Memory

    def spread(self, what: str) -> Spread:
        """Of "first_claim" or "first_event"."""
        return Spread.of([float(getattr(start, what)) for start in self.starts])

    @property
    def start_budget(self) -> Budget:
        return Budget("startup, first claim", self.spread("first_claim").median, MOST_SECONDS, is_most=True)

    @property
    def memory_budget(self) -> Budget | None:
        """For a worker that had enough to do."""
        if self.memory.notifications < NOTIFICATIONS:
            return None
        return Budget("startup, memory under load", self.memory.busy, MOST_MEGABYTES, is_most=True)


def measure(ground: Ground, starts: int, notifications: int, report: Callable[[str], None]) -> Startup:
    """Start a worker again and again, and let one more work.

    Args:
        ground: where, with XNovu set up.
        starts: how many starts, after one that is not counted.
        notifications: how many it sends before its memory is looked at again.
        report: called after each start and at the end, `starts` + 1 times.

    Raises:
        VoidError: a worker did not begin, or sent something else than what had to be.
    """
    times = []
    with filled_database(ground, XNovu(), 0) as (name, admin):
        admin.execute(_NOTE_CLAIMS)
        for turn in range(-1, starts):
            start = _start(ground, name, admin)
            if turn >= 0:
                times.append(start)
                report(f"start {turn + 1}: {start.first_claim:.2f} s")
    used = _memory(ground, notifications)
    report("memory")
    return Startup(times, used)


def _start(ground: Ground, name: str, admin: Connection) -> Start:
    contender = XNovu()
    ground.stand_in.empty()
    admin.execute(b"truncate notify.ent_notification, notify.notification_delivery, bench.claim")
    contender.fill(ground.cluster, name, admin, 1)
    command = contender.command(ground.cluster, name, ground.stand_in.url)
    started, started_at = time.monotonic(), time.time()
    with Running(contender, command, ground.folder / "startup.log") as running:
        wait_for_posts(ground.stand_in, running, contender, 1)
        [(arrived, _)] = ground.stand_in.arrivals()
        wait_until_sent(admin, running, contender)
    row = admin.execute(_FIRST_CLAIM).fetchone()
    if row is None or row[0] is None:
        raise VoidError("startup: a notification was posted which nobody claimed")
    return Start(row[0].timestamp() - started_at, arrived - started)


def _memory(ground: Ground, notifications: int) -> Memory:
    contender = XNovu()
    ground.stand_in.empty()
    with filled_database(ground, contender, 0) as (name, admin):
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        with Running(contender, command, ground.folder / "startup.log") as running:
            [worker] = running.pids
            wait_until(lambda: bool(number(admin, contender.idle)), "the worker does not become idle")
            idle, idle_backends = memory.resident(worker), _backends(admin)
            contender.fill(ground.cluster, name, admin, notifications)
            wait_for_posts(ground.stand_in, running, contender, notifications)
            wait_until_sent(admin, running, contender)
            busy, busy_backends = memory.peak(worker), _backends(admin)
    verdict = ground.stand_in.judge(notifications)
    if not verdict.is_right:
        raise VoidError(f"startup: {verdict.missing} of {notifications} are missing. {' '.join(verdict.wrong)}")
    return Memory(notifications, len(idle_backends), idle, sum(idle_backends), busy, sum(busy_backends))


def _backends(admin: Connection) -> list[float]:
    return [memory.private(pid) for (pid,) in admin.execute(_BACKENDS).fetchall()]


def conclude(startup: Startup, machine: dict[str, Any]) -> Outcome:
    """What came of it."""
    times = plain_table("Start of a worker, seconds", "median", "min", "max", "budget", "")
    for name, what in (("first claim", "first_claim"), ("first event", "first_event")):
        shown = [f"{value:.2f}" for value in vars(startup.spread(what)).values()]
        times.add_row(name, *shown, *(cells(startup.start_budget) if what == "first_claim" else ("", "")))
    used = startup.memory
    sizes = plain_table("Memory, MB", "idle", "busy", "budget", "")
    sizes.add_row("the worker", f"{used.idle:.0f}", f"{used.busy:.0f}", *cells(startup.memory_budget))
    sizes.add_row(f"its {used.backends} backends", f"{used.idle_backends:.0f}", f"{used.busy_backends:.0f}", "", "")
    about = _ABOUT.format(backends=used.backends, notifications=used.notifications)
    record = {"machine": machine, "starts": [vars(start) for start in startup.starts], "memory": vars(used)}
    budgets = [startup.start_budget, *([startup.memory_budget] if startup.memory_budget else [])]
    return Outcome(
        "startup",
        Group(times, Text(), sizes, Text(), Text(paragraph(about)), Text(f"Measured on: {sentence(machine)}.")),
        record,
        budgets,
    )
