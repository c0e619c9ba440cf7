"""Commit to accepted: how long from the platform's commit until Novu has the event, when idle and beside a backlog.

The platform's client and the stand-in read the same monotonic clock, so the time between is known without the
database. The backlog is more than the worker can send while it is measured; what is left of it is thrown away."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from rich.console import Group
from rich.table import Table
from rich.text import Text
from tests.cluster import Connection, Database

from bench import work
from bench.budget import Budget, mark
from bench.contender import Running
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome
from bench.plot import draw_percentiles
from bench.round import Ground, filled_database, wait_until
from bench.spread import percentile
from bench.timing import VoidError
from bench.work import ENTERPRISES, Notification

LANES = {"critical": "CRITICAL", "normal": "NORMAL", "bulk": "LOW"}
# What the design asks for, in milliseconds: (case, percentile, limit).
BUDGETS = (
    ("idle, critical", 50, 15.0),
    ("idle, critical", 99, 60.0),
    ("idle, normal", 50, 15.0),
    ("idle, normal", 99, 60.0),
    ("critical beside bulk", 99, 250.0),
)
# Plans and caches of the sessions: not counted.
_FIRST = 10
_MARK = "70726f62-"
_ROWS_A_STATEMENT = 10_000

_ABOUT = """
Milliseconds from the platform's commit to the arrival at the stand-in for Novu, one notification of one recipient at
a time, whatever became of those before, on a worker with its default settings. "Beside bulk": {backlog:,} of 20
enterprises waited in the lane bulk and were being sent. "Beside another's": one enterprise had {crowd:,} waiting in the
lane normal, and another inserted ten at a time into it; shown is the slowest of the ten.
"""


@dataclass(frozen=True)
class Case:
    """What was measured, the latencies in milliseconds, and how much of the backlog was left at the end."""

    name: str
    latencies: Sequence[float]
    left: int

    def at(self, percent: int) -> float:
        return percentile(self.latencies, percent)


@dataclass(frozen=True)
class Probe:
    """A notification, or several in a statement, put in while others may wait: by whom, on which lane, how many."""

    enterprise: UUID
    lane: str
    size: int = 1


@dataclass(frozen=True)
class Connections:
    """With the database of a case: a platform's and a superuser's."""

    platform: Connection
    admin: Connection


def measure(ground: Ground, probes: int, backlog: int, crowd: int, report: Callable[[str], None]) -> list[Case]:
    """Measure all cases.

    Args:
        ground: where, with XNovu set up.
        probes: how often in each case.
        backlog: how many notifications wait in the lane bulk.
        crowd: how many of one enterprise wait in the lane normal.
        report: called after each case, five times.

    Raises:
        VoidError: something did not arrive, or the backlog was over before the last probe.
    """
    contender = XNovu()
    _let_in(Database(ground.cluster, contender.template))
    cases = []
    with _running(ground, contender, ()) as connections:
        for lane in LANES:
            cases.append(_probe(ground, connections, f"idle, {lane}", Probe(ENTERPRISES[1], lane), probes))
            report(cases[-1].name)
    each = backlog // len(ENTERPRISES)
    with _running(ground, contender, [(enterprise, "bulk", each) for enterprise in ENTERPRISES]) as connections:
        cases.append(_probe(ground, connections, "critical beside bulk", Probe(ENTERPRISES[1], "critical"), probes))
        report(cases[-1].name)
    with _running(ground, contender, [(ENTERPRISES[0], "normal", crowd)]) as connections:
        cases.append(_probe(ground, connections, "ten beside another's", Probe(ENTERPRISES[1], "normal", 10), probes))
        report(cases[-1].name)
    for case in cases[3:]:
        if case.left == 0:
            raise VoidError(f"{case.name}: the backlog was over before the measurement was")
    return cases


def _let_in(database: Database) -> None:
    """The admin's list of the critical lane gets the workflow."""
    database.connect("test_admin").execute(
        "insert into notify.notification_critical_workflow (enterprise_id, workflow_id)"
        " select enterprise_id, id from notify.ent_notification_workflow where workflow_key = %s",
        [work.WORKFLOW],
    )
    database.disconnect()


@contextmanager
def _running(ground: Ground, contender: XNovu, backlogs: Sequence[tuple[UUID, str, int]]) -> Iterator[Connections]:
    """A fresh database with these backlogs and a worker that is at them."""
    ground.stand_in.empty()
    with filled_database(ground, contender, 0) as (name, admin):
        platform = Database(ground.cluster, name).connect("test_platform", autocommit=False)
        for backlog in backlogs:
            _fill(platform, *backlog)
        admin.execute(b"vacuum (analyze)")
        admin.execute(b"checkpoint")
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        with Running(contender, command, ground.folder / "latency.log") as running:
            _insert(platform, ENTERPRISES[2], "normal", [uuid4()])
            wait_until(lambda: ground.stand_in.count() > 0, "the worker does not begin")
            time.sleep(1.0)
            yield Connections(platform, admin)
            if failure := running.failure():
                raise VoidError(failure)
        platform.close()


def _fill(platform: Connection, enterprise: UUID, lane: str, count: int) -> None:
    for start in range(0, count, _ROWS_A_STATEMENT):
        _insert(platform, enterprise, lane, [uuid4() for _ in range(min(_ROWS_A_STATEMENT, count - start))])


def _insert(platform: Connection, enterprise: UUID, lane: str, recipients: list[UUID]) -> float:
    """Insert a notification for each recipient; returns when the commit was done."""
    platform.execute("select notify.set_enterprise(%s)", [enterprise])
    platform.execute(
        "insert into notify.ent_notification (name, workflow_key, payload, priority, recipients)"
        " select 'Alarm', %s, %s, %s, array[recipient] from unnest(%s::uuid[]) as n (recipient)",
        [work.WORKFLOW, Jsonb(Notification(7).payload), LANES[lane], recipients],
    )
    platform.commit()
    return time.monotonic()


def _mark() -> UUID:
    """A recipient whom the stand-in finds among the others."""
    return UUID(f"{_MARK}{str(uuid4())[len(_MARK) :]}")


def _probe(ground: Ground, connections: Connections, name: str, probe: Probe, count: int) -> Case:
    """Send that often, at moments that do not depend on what became of those before, and see when each arrived."""
    committed: dict[UUID, float] = {}
    slowest: dict[float, float] = {}
    for number in range(count + _FIRST):
        recipients = [_mark() for _ in range(probe.size)]
        at = _insert(connections.platform, probe.enterprise, probe.lane, recipients)
        if number >= _FIRST:
            committed |= dict.fromkeys(recipients, at)
        time.sleep(0.03 + 0.002 * (number % 17))
    arrived: dict[UUID, float] = {}

    def have_come() -> bool:
        arrived.update(ground.stand_in.marked(_MARK))
        return committed.keys() <= arrived.keys()

    left = _left(connections.admin)
    wait_until(have_come, f"{name}: not all notifications arrived", pause=0.5)
    for recipient, at in committed.items():
        slowest[at] = max(slowest.get(at, 0.0), arrived[recipient] - at)
    return Case(name, [1000 * seconds for seconds in slowest.values()], left)


def _left(admin: Connection) -> int:
    """How many deliveries are still to be sent."""
    row = admin.execute("select count(*) from notify.notification_delivery where delivery_status = 'OPEN'").fetchone()
    assert row is not None
    return int(row[0])


def budgets(cases: Sequence[Case]) -> list[Budget]:
    """The budgets of those cases that were measured."""
    by_name = {case.name: case for case in cases}
    return [
        Budget(f"{name}, p{percent}", by_name[name].at(percent), limit, is_most=True)
        for name, percent, limit in BUDGETS
    ]


def conclude(cases: Sequence[Case], machine: dict[str, Any], backlog: int, crowd: int) -> Outcome:
    """What came of it."""
    title = sentence(machine)

    def draw(file: Path) -> None:
        series = {case.name: case.latencies for case in cases}
        draw_percentiles(file, "Commit to accepted by Novu", "milliseconds", series, title)

    record = {
        "machine": machine,
        "unit": "milliseconds",
        "backlog": backlog,
        "crowd": crowd,
        "cases": [
            {"name": case.name, "left": case.left, "latencies": [round(value, 3) for value in case.latencies]}
            for case in cases
        ],
    }
    about = Text(_ABOUT.format(backlog=backlog, crowd=crowd))
    return Outcome(
        "latency",
        Group(show(cases), about, Text(f"Measured on: {title}.")),
        record,
        budgets(cases),
        {"latency": draw},
    )


def show(cases: Sequence[Case]) -> Table:
    """A row a case."""
    limits = {(name, percent): limit for name, percent, limit in BUDGETS}
    table = Table(title="Commit to accepted by Novu, in ms")
    table.add_column("case")
    for heading in ("n", "min", "p50", "p95", "p99", "max", "budget"):
        table.add_column(heading, justify="right")
    for case in cases:
        told = Text(", ").join(
            Text.assemble(
                f"p{percent} ≤ {limits[case.name, percent]:g} ", mark(case.at(percent) <= limits[case.name, percent])
            )
            for percent in (50, 99)
            if (case.name, percent) in limits
        )
        values = [min(case.latencies), case.at(50), case.at(95), case.at(99), max(case.latencies)]
        table.add_row(case.name, str(len(case.latencies)), *(f"{value:.1f}" for value in values), told)
    return table
