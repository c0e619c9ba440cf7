"""One round of one contender: a fresh database, the work put into it, its processes run until all is SENT, and the
postings compared with what they must be. A round that is not right in every way is void."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster import Cluster, Connection

from bench.contender import Contender, Running
from bench.cpu import Clock
from bench.server import durable_server, processes
from bench.standin import StandIn, running_stand_in
from bench.timing import VoidError

# The part of the work that is not counted: programs start, caches fill, compilers warm up.
WARM_UP = 0.2
# Seconds in which nothing happened that had to: it hangs.
_PATIENCE = 30.0


@dataclass(frozen=True)
class Round:
    """What came of a round: notifications a second after the warm-up, and how many processors each part kept busy:
    the contender's processes, PostgreSQL, the stand-in, and what else ran on the machine."""

    count: int
    seconds: float
    rate: float
    posts: int
    workers: float
    server: float
    stand_in: float
    others: float

    @property
    def cost(self) -> float:
        """Microseconds of processor for one notification, in all that worked for it."""
        return (self.workers + self.server + self.stand_in) / self.rate * 1e6


@dataclass(frozen=True)
class Ground:
    """Where the contenders run: one server, one stand-in, and a folder for logs."""

    cluster: Cluster
    stand_in: StandIn
    folder: Path


@contextmanager
def running_ground() -> Iterator[Ground]:
    """A server on a disk and a stand-in, which live as long as the `with` block."""
    with (
        durable_server() as cluster,
        running_stand_in() as stand_in,
        TemporaryDirectory(prefix="xnovu-bench-") as folder,
    ):
        yield Ground(cluster, stand_in, Path(folder))


@contextmanager
def filled_database(ground: Ground, contender: Contender, count: int) -> Iterator[tuple[str, Connection]]:
    """A fresh database with `count` notifications, analyzed and written out; it is gone afterwards."""
    name = f"{contender.key}_round"
    ground.cluster.create_database(name, contender.template)
    try:
        with ground.cluster.admin(name) as connection:
            contender.fill(ground.cluster, name, connection, count)
            connection.execute(b"vacuum (analyze)")
            connection.execute(b"checkpoint")
            yield name, connection
    finally:
        ground.cluster.drop_database(name)


def run_round(ground: Ground, contender: Contender, count: int) -> Round:
    """Let a contender send `count` notifications.

    Raises:
        VoidError: something else was posted than what had to be, or it did not end.
    """
    ground.stand_in.empty()
    with filled_database(ground, contender, count) as (name, connection):
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        with Running(contender, command, ground.folder / f"{contender.key}.log") as running:
            clock = Clock(
                {
                    "workers": lambda: running.pids,
                    "server": lambda: processes(ground.cluster),
                    "stand_in": lambda: [ground.stand_in.process.pid],
                }
            )
            wait_for_posts(ground.stand_in, running, contender, int(count * WARM_UP))
            clock.start()
            wait_for_posts(ground.stand_in, running, contender, count)
            ended = wait_until_sent(connection, running, contender)
            busy = clock.stop()
        sent = number(connection, contender.sent)
    verdict = ground.stand_in.judge(count)
    if sent != count or not verdict.is_right or verdict.events != count:
        raise VoidError(
            f"{contender.name}: of {count} notifications {verdict.events} were posted, {verdict.missing} are missing "
            f"and {sent} are SENT. {' '.join([*verdict.wrong, *verdict.strays])}".rstrip()
        )
    started, before = warm_up_end(ground.stand_in.arrivals(), count)
    return Round(
        count=count,
        seconds=ended - started,
        rate=(count - before) / (ended - started),
        posts=verdict.posts,
        **busy,
    )


def warm_up_end(arrivals: list[tuple[float, int]], count: int) -> tuple[float, int]:
    """When the warm-up was over, and how many events had been posted by then."""
    posted = 0
    for at, events in sorted(arrivals):
        posted += events
        if posted >= count * WARM_UP:
            return at, posted
    raise VoidError(f"only {posted} of {count} notifications were posted")


def wait_for_posts(stand_in: StandIn, running: Running, contender: Contender, count: int) -> None:
    """Wait until that many events were posted. Raises VoidError when nothing comes any more."""
    seen, since = -1, time.monotonic()
    while (posted := stand_in.count()) < count:
        if posted != seen:
            seen, since = posted, time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            raise VoidError(f"{contender.name}: nothing was posted for {_PATIENCE:g} s, after {posted} of {count}")
        if failure := running.failure():
            raise VoidError(f"{contender.name}: {failure}")
        time.sleep(0.02)


def wait_until_sent(connection: Connection, running: Running, contender: Contender) -> float:
    """Wait until everything is marked SENT; returns when that was seen, by the monotonic clock.

    Raises:
        VoidError: it took too long, or a process ended.
    """
    since = time.monotonic()
    while not number(connection, contender.done):
        if failure := running.failure():
            raise VoidError(f"{contender.name}: {failure}")
        if time.monotonic() - since > _PATIENCE:
            raise VoidError(f"{contender.name}: all was posted, but not marked SENT within {_PATIENCE:g} s")
        time.sleep(0.005)
    return time.monotonic()


def wait_until(condition: Callable[[], bool], failure: str, pause: float = 0.01) -> None:
    """Ask every `pause` seconds. Raises VoidError, beginning with `failure`, when it is not so in half a minute."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise VoidError(f"{failure} within {_PATIENCE:g} s")
        time.sleep(pause)


def number(connection: Connection, query: bytes) -> int:
    """The one number that a query gives."""
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
