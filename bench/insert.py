"""What an INSERT costs the platform: into notifications, beside the same table with nothing that XNovu does then.

The bare table has the same columns, defaults, checks and indexes, the same fillfactor and the same login; but no
row-level security, no trigger, no foreign keys and no deliveries."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from rich.console import Group
from rich.text import Text
from tests.cluster import Cluster, Connection, Database

from bench.budget import Budget, cells
from bench.contender import Running
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.round import Ground, filled_database, number, wait_until
from bench.spread import Spread, percentile
from bench.timing import VoidError
from bench.work import ENTERPRISES, Notification

# What the design asks for: so many rows in a statement may take so many times as long as in the bare table; and so many
# clients must commit at least that part of what they commit when nobody is notified.
ROWS, MOST_TIMES = 10_000, 3.0
CLIENTS, LEAST_PART = 8, 0.8

OURS, BARE = "notify.ent_notification", "bench.bare"
_TABLES = b"""
create schema bench;
create table bench.bare (like notify.ent_notification including all) with (fillfactor = 60);
create table bench.source (place integer primary key, payload jsonb not null, recipient uuid not null);
grant usage on schema bench to notify_platform;
grant insert on bench.bare to notify_platform;
grant select on bench.source to notify_platform;
"""
_MANY = """
insert into {table} (name, workflow_key, payload, recipients)
select 'Alarm', 'bench-alarm', payload, array[recipient] from bench.source
"""
_ONE = "insert into {table} (name, workflow_key, payload, recipients) values ('Alarm', 'bench-alarm', %s, array[%s])"
_MUTE = b"""
create or replace function engine.wake_workers(p_lanes text[]) returns void language plpgsql as 'begin end'
"""
_PGBENCH = """
insert into notify.ent_notification (name, workflow_key, payload, recipients)
values ('Alarm', 'bench-alarm', '{payload}', array[gen_random_uuid()]);
"""

_ABOUT = """
Each in turns with the other side, as a platform's login, fsync on; medians, and the ratio of the medians. The bare
table has the same columns, defaults, checks and indexes, and none of row-level security, triggers, foreign keys and
deliveries. The rows of the large statement come out of a table, so that the client's part, which is the same, makes
no ratio look better.
"""
_ABOUT_COMMITS = """
{clients} clients of pgbench commit single rows while a worker sends them, which says when it is idle and is notified
then; in turns with a database in which the trigger never notifies, and the worker finds its work by looking. A round
in which not every row that was committed is in the table is void.
"""


@dataclass(frozen=True)
class Pair:
    """The same on both sides, in seconds a statement of so many rows."""

    name: str
    rows: int
    ours: Sequence[float]
    bare: Sequence[float]

    @property
    def ratio(self) -> float:
        return Spread.of(self.ours).median / Spread.of(self.bare).median

    @property
    def rate(self) -> float:
        """Rows a second into our table."""
        return self.rows / Spread.of(self.ours).median

    @property
    def budget(self) -> Budget | None:
        return Budget(f"insert, {self.name}", self.ratio, MOST_TIMES, is_most=True) if self.rows == ROWS else None


@dataclass(frozen=True)
class Commits:
    """Commits a second of several clients, one row each: as shipped, and with a trigger that notifies nobody."""

    clients: int
    shipped: Sequence[float]
    mute: Sequence[float]

    @property
    def part(self) -> float:
        return Spread.of(self.shipped).median / Spread.of(self.mute).median

    @property
    def budget(self) -> Budget | None:
        name = f"insert, commits of {self.clients} clients"
        return Budget(name, self.part, LEAST_PART) if self.clients == CLIENTS else None


def measure(ground: Ground, rounds: int, rows: int, singles: int, report: Callable[[str], None]) -> list[Pair]:
    """Measure statements of many rows, and of one.

    Args:
        ground: where, with XNovu set up.
        rounds: how often the large statement is run on each side, after a warm-up.
        rows: how many rows it has.
        singles: how often a statement of one row is run on each side, after a warm-up.
        report: called after each round, `rounds` + 1 times, and at the end.

    Raises:
        VoidError: a row is not where it should be, or one of ours has no delivery.
    """
    with filled_database(ground, XNovu(), 0) as (name, admin):
        admin.execute(_TABLES)
        source = [(place, Jsonb(Notification(place).payload), Notification(place).recipient) for place in range(rows)]
        admin.cursor().executemany("insert into bench.source values (%s, %s, %s)", source)
        with Database(ground.cluster, name).connect("test_platform", autocommit=False) as platform:
            many = _many(admin, platform, rounds, rows, report)
            _empty(admin)
            statements, commits = _singles(platform, singles)
        _check(admin, singles + _warm_up(singles), "one row")
        report("one row")
    return [
        Pair(f"{rows:,} rows in a statement", rows, many[OURS], many[BARE]),
        Pair("one row, with its commit", 1, commits[OURS], commits[BARE]),
        Pair("one row, the statement alone", 1, statements[OURS], statements[BARE]),
    ]


def _order(turn: int) -> tuple[str, str]:
    """Nobody is always first."""
    return (OURS, BARE) if turn % 2 == 0 else (BARE, OURS)


def _many(
    admin: Connection, platform: Connection, rounds: int, rows: int, report: Callable[[str], None]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {OURS: [], BARE: []}
    for turn in range(-1, rounds):
        _empty(admin)
        for table in _order(turn):
            admin.execute(b"checkpoint")
            _begin(platform)
            started = time.perf_counter()
            platform.execute(_MANY.format(table=table).encode())
            platform.commit()
            if turn >= 0:
                times[table].append(time.perf_counter() - started)
        _check(admin, rows, f"{rows:,} rows")
        report(f"{rows:,} rows, {'the warm-up' if turn < 0 else f'round {turn + 1}'}")
    return times


def _warm_up(singles: int) -> int:
    return max(10, singles // 10)


def _singles(platform: Connection, singles: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of each statement, and with its commit."""
    statements: dict[str, list[float]] = {OURS: [], BARE: []}
    commits: dict[str, list[float]] = {OURS: [], BARE: []}
    texts = {table: _ONE.format(table=table).encode() for table in (OURS, BARE)}
    for turn in range(-_warm_up(singles), singles):
        notification = Notification(turn)
        parameters = [Jsonb(notification.payload), notification.recipient]
        for table in _order(turn):
            _begin(platform)
            started = time.perf_counter()
            platform.execute(texts[table], parameters)
            executed = time.perf_counter()
            platform.commit()
            if turn >= 0:
                statements[table].append(executed - started)
                commits[table].append(time.perf_counter() - started)
    return statements, commits


def _begin(platform: Connection) -> None:
    platform.execute("select notify.set_enterprise(%s)", [ENTERPRISES[0]])


def _empty(admin: Connection) -> None:
    admin.execute(b"truncate notify.ent_notification, notify.notification_delivery, bench.bare")


def _check(admin: Connection, count: int, what: str) -> None:
    """Both tables have the rows, and ours are on their way."""
    for table in (OURS, BARE, "notify.notification_delivery"):
        found = number(admin, f"select count(*) from {table}".encode())
        if found != count:
            raise VoidError(f"insert, {what}: {table} has {found:,} rows, and {count:,} were inserted")


class Mute(XNovu):
    """XNovu whose trigger notifies nobody."""

    def fill(self, cluster: Cluster, database: str, connection: Connection, count: int) -> None:
        connection.execute(_MUTE)
        super().fill(cluster, database, connection, count)


def measure_commits(
    ground: Ground, rounds: int, seconds: float, clients: int, report: Callable[[str], None]
) -> Commits:
    """Let clients commit single rows for some seconds, in turns with a trigger that notifies nobody.

    Args:
        ground: where, with XNovu set up.
        rounds: how often on each side.
        seconds: how long; pgbench takes whole ones.
        clients: how many.
        report: called after each run, 2 × `rounds` times.

    Raises:
        VoidError: pgbench failed, or rows are missing.
    """
    rates: dict[str, list[float]] = {"shipped": [], "mute": []}
    sides: list[tuple[str, XNovu]] = [("shipped", XNovu()), ("mute", Mute())]
    for turn in range(rounds):
        for side, contender in sides if turn % 2 == 0 else reversed(sides):
            rates[side].append(_run_clients(ground, contender, seconds, clients))
            report(f"{clients} clients, {side}: {rates[side][-1]:,.0f} commits/s in round {turn + 1}")
    return Commits(clients, rates["shipped"], rates["mute"])


def _run_clients(ground: Ground, contender: XNovu, seconds: float, clients: int) -> float:
    """Commits a second."""
    ground.stand_in.empty()
    with filled_database(ground, contender, 0) as (name, admin):
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        with Running(contender, command, ground.folder / "insert.log"):
            wait_until(lambda: bool(number(admin, contender.idle)), "no worker said that it is idle")
            committed, rate = _pgbench(ground, name, seconds, clients)
        found = number(admin, b"select count(*) from notify.ent_notification")
    if found != committed:
        raise VoidError(f"insert: {clients} clients committed {committed:,} rows, and {found:,} are there")
    return rate


def _pgbench(ground: Ground, database: str, seconds: float, clients: int) -> tuple[int, float]:
    """How many transactions were committed, and how many a second."""
    script = ground.folder / "insert.sql"
    payload = json.dumps(Notification(0).payload).replace("'", "''")
    script.write_text(_PGBENCH.format(payload=payload))
    arguments = ["--no-vacuum", f"--client={clients}", f"--time={round(seconds)}", "--protocol=prepared"]
    finished = subprocess.run(
        [
            str(ground.cluster.bin / "pgbench"),
            *arguments,
            f"--file={script}",
            ground.cluster.url(database, "test_platform"),
        ],
        env={**os.environ, "PGOPTIONS": f"-c app.current_enterprise_id={ENTERPRISES[0]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    committed = re.search(r"actually processed: (\d+)", finished.stdout)
    rate = re.search(r"tps = ([\d.]+)", finished.stdout)
    if finished.returncode != 0 or committed is None or rate is None:
        raise VoidError(f"insert: pgbench ended with status {finished.returncode}: {finished.stderr[-500:]}")
    return int(committed[1]), float(rate[1])


def conclude(
    pairs: Sequence[Pair], commits: Commits | None, machine: dict[str, Any], ratios_only: bool = False
) -> Outcome:
    """What came of it; the quick variant has ratios only."""
    parts: list[Any] = [show(pairs, ratios_only), Text(), Text(paragraph(_ABOUT)), Text()]
    measured = [pair.budget for pair in pairs]
    if commits is not None:
        parts += [show_commits(commits, ratios_only), Text()]
        parts += [Text(paragraph(_ABOUT_COMMITS.format(clients=commits.clients))), Text()]
        measured.append(commits.budget)
    record = {
        "machine": machine,
        "unit": "seconds",
        "pairs": [vars(pair) | {"ratio": pair.ratio, "rows_a_second": pair.rate} for pair in pairs],
        "commits": None if commits is None else vars(commits) | {"part": commits.part, "unit": "commits per second"},
    }
    return Outcome(
        "insert-quick" if ratios_only else "insert",
        Group(*parts, Text(f"Measured on: {sentence(machine)}.")),
        record,
        [budget for budget in measured if budget is not None],
    )


def show(pairs: Sequence[Pair], ratios_only: bool) -> Any:
    """A row a pair, in milliseconds."""
    headings = () if ratios_only else ("ms", "p99", "bare ms", "p99", "rows/s")
    table = plain_table("INSERT, beside a bare table", *headings, "ratio", "budget", "")
    for pair in pairs:
        figures = [
            f"{1000 * value:,.2f}"
            for side in (pair.ours, pair.bare)
            for value in (Spread.of(side).median, percentile([*side, *side], 99))
        ]
        shown = [*figures, f"{pair.rate:,.0f}"] if headings else []
        table.add_row(pair.name, *shown, f"{pair.ratio:.2f} ×", *cells(pair.budget))
    return table


def show_commits(commits: Commits, ratios_only: bool) -> Any:
    """One row: both rates and how much of the second the first is."""
    headings = () if ratios_only else ("commits/s", "min", "max", "nobody notified")
    table = plain_table("Single rows, several clients", *headings, "part", "budget", "")
    spread, mute = Spread.of(commits.shipped), Spread.of(commits.mute)
    shown = [f"{value:,.0f}" for value in (spread.median, spread.minimum, spread.maximum, mute.median)]
    table.add_row(f"{commits.clients} clients", *shown[: len(headings)], f"{commits.part:.0%}", *cells(commits.budget))
    return table
