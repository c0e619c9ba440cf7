"""A steady load for minutes, without and with an old snapshot: an idle transaction in another connection, because of
which PostgreSQL can't remove what was deleted or updated since.

A platform inserts at a steady rate, a worker sends. What the stand-in has got is looked at in samples and forgotten,
or it would need gigabytes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean
from threading import Event, Thread
from typing import Any

from rich.console import Group
from rich.text import Text
from tests.cluster import Connection, Database

from bench.contender import Running
from bench.contenders import XNovu
from bench.cpu import Clock
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.plot import draw_over_time
from bench.round import Ground, filled_database, number, wait_until, wait_until_sent
from bench.server import processes
from bench.standin import StandIn
from bench.timing import VoidError
from bench.work import ENTERPRISES, Notification

VARIANTS = ("without", "old snapshot")
# What is updated or deleted for each notification.
HOT = (
    "notify.ent_notification",
    "notify.notification_delivery",
    "notify.notification_claim",
    "notify.notification_lane",
    "notify.notification_worker",
    "pgmq.q_normal",
)
BUCKET = 10.0
_MINUTE = 60.0
_INSERTS_A_SECOND = 10
# Less than that part of what was to be inserted was: the platform was too slow.
_LEAST_OFFERED = 0.95
# Nothing came in for so many buckets: it hangs.
_EMPTY_BUCKETS = 6

_STATE = b"""
select relid::regclass::text, n_dead_tup, pg_total_relation_size(relid)
from pg_stat_user_tables where relid = any(%s::regclass[])
"""
_HOLD = b"begin isolation level repeatable read; select count(*) from notify.ent_notification"
_IS_HELD = """
select exists (
  select from pg_stat_activity where pid = %s and state = 'idle in transaction' and backend_xmin is not null
)
"""

_ABOUT = """
{rate:,} notifications a second are inserted for {minutes:g} minutes, a statement every tenth of a second, and sent by a
worker with its default settings, first without and then with a transaction in another connection that holds a snapshot
from before the beginning. "Sent" is what came in at the stand-in for Novu, a second; "CPU" how many microseconds of
processor a notification took in the worker, PostgreSQL (its INSERT and autovacuum included) and the stand-in. First
and last are means of the first and the last {window:g} s. It is void when what was inserted, what came in and what is
SENT in the end are not as many, when the snapshot was not held to the end, or when one of the events that were
looked at, one call in twenty, has other contents.
"""


@dataclass(frozen=True)
class Bucket:
    """What came of a few seconds, of which the last was `at` seconds after the beginning."""

    at: float
    sent: float
    waiting: int
    cost: float
    dead: dict[str, int]
    size: dict[str, int]


@dataclass
class Soak:
    """A variant: its buckets, and how many bytes of database a notification left behind."""

    variant: str
    rate: int
    seconds: float
    buckets: list[Bucket] = field(default_factory=list)
    bytes_each: float = 0.0

    @property
    def window(self) -> int:
        """How many buckets a minute has; no more than half of them."""
        length = self.seconds / len(self.buckets)
        return max(1, min(round(_MINUTE / length), len(self.buckets) // 2))

    def first(self, what: str) -> float:
        """The mean of the first minute: of "sent" or "cost"."""
        return mean(float(getattr(bucket, what)) for bucket in self.buckets[: self.window])

    def last(self, what: str) -> float:
        """The mean of the last minute."""
        return mean(float(getattr(bucket, what)) for bucket in self.buckets[-self.window :])

    def ratio(self, what: str) -> float:
        """The last minute, as a multiple of the first."""
        return self.last(what) / self.first(what)


class Platform:
    """Inserts at a steady rate, in a thread, as long as the `with` block lasts; `inserted` counts."""

    def __init__(self, connection: Connection, rate: int) -> None:
        self.inserted = 0
        self.failure: Exception | None = None
        self._connection = connection
        self._each = max(1, round(rate / _INSERTS_A_SECOND))
        self._pause = self._each / rate
        self._ending = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Platform":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._insert()
        except Exception as error:  # told by the thread that looks on
            self.failure = error

    def _insert(self) -> None:
        contender, started, turn = XNovu(), time.monotonic(), 0
        while not self._ending.wait(max(0.0, started + turn * self._pause - time.monotonic())):
            batch = self.batch(turn)
            contender.insert(self._connection, batch)
            self.inserted += len(batch)
            turn += 1

    def batch(self, turn: int) -> list[Notification]:
        """What is inserted in that turn: the enterprises take turns, and no notification comes twice."""
        size = len(ENTERPRISES)
        first = turn // size * self._each
        return [Notification(turn % size + size * place) for place in range(first, first + self._each)]


def measure(ground: Ground, rate: int, seconds: float, bucket: float, report: Callable[[str], None]) -> list[Soak]:
    """Run both variants.

    Args:
        ground: where, with XNovu set up.
        rate: notifications a second.
        seconds: how long, each.
        bucket: how many seconds are put together.
        report: called after each bucket, 2 × `seconds` / `bucket` times.

    Raises:
        VoidError: it was not what it was to be.
    """
    soaks = [Soak(variant, rate, seconds) for variant in VARIANTS]
    for soak in soaks:
        _run(ground, soak, max(2, round(seconds / bucket)), report)
    return soaks


def _run(ground: Ground, soak: Soak, count: int, report: Callable[[str], None]) -> None:
    contender = XNovu()
    ground.stand_in.empty()
    with filled_database(ground, contender, 0) as (name, admin):
        database = Database(ground.cluster, name)
        before = _database_size(admin)
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        snapshot = nullcontext(None) if soak.variant == VARIANTS[0] else old_snapshot(database, admin)
        with (
            snapshot,
            Running(contender, command, ground.folder / "soak.log") as running,
            database.connect("test_platform", autocommit=False) as connection,
        ):
            platform = Platform(connection, soak.rate)
            wait_until(lambda: bool(number(admin, contender.idle)), "the worker does not become idle")
            watch = _Watch(ground, admin, running, soak)
            with platform:
                watch.run(platform, count, report)
            _check_offer(platform, soak)
            watch.await_all(platform.inserted)
            wait_until_sent(admin, running, contender)
            sent = number(admin, contender.sent)
        check(soak, platform.inserted, watch.accepted, sent)
        soak.bytes_each = (_database_size(admin) - before) / platform.inserted


class _Watch:
    """Looks on, a bucket after the other; `accepted` counts what has come in."""

    def __init__(self, ground: Ground, admin: Connection, running: Running, soak: Soak) -> None:
        self.accepted = 0
        self._ground = ground
        self._stand_in: StandIn = ground.stand_in
        self._admin = admin
        self._running = running
        self._soak = soak

    def run(self, platform: Platform, count: int, report: Callable[[str], None]) -> None:
        """Fill the buckets; one before the first warms up."""
        length = self._soak.seconds / count
        clock = Clock(
            {
                "workers": lambda: self._running.pids,
                "server": lambda: processes(self._ground.cluster),
                "stand_in": lambda: [self._stand_in.process.pid],
            }
        )
        time.sleep(length)
        self._drain()
        clock.start()
        started = then = time.monotonic()
        for place in range(1, count + 1):
            time.sleep(max(0.0, started + place * length - time.monotonic()))
            posted, busy = self._drain(), clock.stop()
            clock.start()
            now = time.monotonic()
            bucket = self._bucket(now - started, posted / (now - then), platform.inserted - self.accepted, busy)
            then = now
            self._soak.buckets.append(bucket)
            self._check(platform)
            report(f"{self._soak.variant}: {bucket.sent:,.0f}/s, {bucket.waiting:,} waiting, {bucket.cost:,.0f} µs")

    def await_all(self, inserted: int) -> None:
        """Wait until all that was inserted has come in. Raises VoidError when nothing comes any more."""
        seen, since = self.accepted, time.monotonic()
        while self.accepted < inserted:
            self._drain()
            if self.accepted > seen:
                seen, since = self.accepted, time.monotonic()
            elif time.monotonic() - since > _MINUTE:
                raise VoidError(f"soak, {self._soak.variant}: {seen:,} of {inserted:,} came in, and then nothing")
            time.sleep(0.1)

    def _drain(self) -> int:
        verdict = self._stand_in.drain()
        if verdict.wrong or verdict.strays:
            raise VoidError(f"soak, {self._soak.variant}: {' '.join([*verdict.wrong, *verdict.strays])}")
        self.accepted += verdict.events
        return verdict.events

    def _bucket(self, at: float, sent: float, waiting: int, busy: dict[str, float]) -> Bucket:
        used = busy["workers"] + busy["server"] + busy["stand_in"]
        state = self._admin.execute(_STATE, [list(HOT)]).fetchall()
        dead, size = ({table: row[place] for table, *row in state} for place in (0, 1))
        return Bucket(at, sent, waiting, used / sent * 1e6 if sent else 0.0, dead, size)

    def _check(self, platform: Platform) -> None:
        latest = self._soak.buckets[-_EMPTY_BUCKETS:]
        if len(latest) == _EMPTY_BUCKETS and not any(bucket.sent for bucket in latest):
            raise VoidError(f"soak, {self._soak.variant}: nothing came in any more")
        if platform.failure is not None:
            raise VoidError(f"soak, {self._soak.variant}: the platform's INSERT failed: {platform.failure}")
        if failure := self._running.failure():
            raise VoidError(f"soak, {self._soak.variant}: {failure}")


@contextmanager
def old_snapshot(database: Database, admin: Connection) -> Iterator[None]:
    """Hold a snapshot in an idle transaction. Raises VoidError in the end when it was not held as long."""
    with closing(database.connect()) as holder:
        holder.execute(_HOLD)
        yield
        row = admin.execute(_IS_HELD, [holder.info.backend_pid]).fetchone()
        if row is None or not row[0]:
            raise VoidError("soak: the old snapshot was not held to the end")


def _check_offer(platform: Platform, soak: Soak) -> None:
    if platform.inserted < soak.rate * soak.seconds * _LEAST_OFFERED:
        raise VoidError(
            f"soak, {soak.variant}: the platform inserted {platform.inserted / soak.seconds:,.0f} a second, "
            f"and not {soak.rate:,}: ask for a lower --rate"
        )


def check(soak: Soak, inserted: int, accepted: int, sent: int) -> None:
    """Raises VoidError when they are not as many."""
    if not inserted == accepted == sent:
        raise VoidError(f"soak, {soak.variant}: {inserted:,} were inserted, {accepted:,} came in and {sent:,} are SENT")


def _database_size(admin: Connection) -> int:
    return number(admin, b"select pg_database_size(current_database())")


def conclude(soaks: Sequence[Soak], machine: dict[str, Any]) -> Outcome:
    """What came of it."""
    title = sentence(machine)
    first = soaks[0]
    about = _ABOUT.format(
        rate=first.rate, minutes=first.seconds / 60, window=first.window * first.seconds / len(first.buckets)
    )
    record = {
        "machine": machine,
        "rate": first.rate,
        "seconds": first.seconds,
        "variants": [
            {
                "name": soak.variant,
                "sent_ratio": soak.ratio("sent"),
                "cost_ratio": soak.ratio("cost"),
                "bytes_each": soak.bytes_each,
                "buckets": [asdict(bucket) for bucket in soak.buckets],
            }
            for soak in soaks
        ],
    }
    parts = [show(soaks), Text(), show_tables(soaks), Text(), Text(paragraph(about)), Text(f"Measured on: {title}.")]
    return Outcome("soak", Group(*parts), record, (), {"soak": lambda file: _draw(file, soaks, title)})


def show(soaks: Sequence[Soak]) -> Any:
    """A row a variant."""
    headings = ("sent/s, first", "last", "ratio", "CPU, first", "last", "ratio", "most waiting", "bytes each")
    table = plain_table("Steady load", *headings)
    for soak in soaks:
        figures = [
            text
            for what in ("sent", "cost")
            for text in (f"{soak.first(what):,.0f}", f"{soak.last(what):,.0f}", f"{soak.ratio(what):.2f} ×")
        ]
        most = max(bucket.waiting for bucket in soak.buckets)
        table.add_row(soak.variant, *figures, f"{most:,}", f"{soak.bytes_each:,.0f}")
    return table


def show_tables(soaks: Sequence[Soak]) -> Any:
    """Dead tuples in the end and size, a row a table."""
    headings = [f"{soak.variant}: {what}" for soak in soaks for what in ("dead", "MB")]
    table = plain_table("In the end", *headings)
    for name in HOT:
        ends = [soak.buckets[-1] for soak in soaks]
        table.add_row(name, *(text for end in ends for text in (f"{end.dead[name]:,}", f"{end.size[name] / 1e6:,.1f}")))
    return table


def _draw(file: Path, soaks: Sequence[Soak], title: str) -> None:
    values: dict[str, Callable[[Bucket], float]] = {
        "sent a second": lambda bucket: bucket.sent,
        "µs of CPU each": lambda bucket: bucket.cost,
        "waiting": lambda bucket: bucket.waiting,
        "dead tuples": lambda bucket: sum(bucket.dead.values()),
        "MB of hot tables": lambda bucket: sum(bucket.size.values()) / 1e6,
    }
    panels = {
        unit: {soak.variant: [(bucket.at, value(bucket)) for bucket in soak.buckets] for soak in soaks}
        for unit, value in values.items()
    }
    draw_over_time(file, f"{soaks[0].rate:,} notifications a second", panels, title)
