"""What a claim costs, by how much is waiting: worker_v1.claim of 100, beside few, many and very many.

A database for each amount, all in one server, taking turns. What was claimed is put in anew after each turn, so that
the amount stays what it is."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from rich.console import Group
from rich.text import Text
from tests.cluster import Cluster, Connection, Database

from bench import work
from bench.budget import Budget, cells
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.round import Ground, filled_database, number
from bench.spread import Spread, percentile
from bench.timing import VoidError
from bench.work import ENTERPRISES

# What the design asks for: at that many waiting, at most so many times as much as at the least.
LEAST, LARGEST, MOST_TIMES = 1_000, 1_000_000, 1.3
AMOUNTS = (LEAST, 100_000, LARGEST)
QUICK_AMOUNTS = (LEAST, 20_000)
SIZE = 100
# An admission takes 100 of each of up to ten enterprises: what is admitted at once lasts for a turn.
ADMITTED = ENTERPRISES[:10]
CLAIMS = len(ADMITTED)
_FIRST = 2
_ROWS_A_STATEMENT = 10_000

_INSERT = """
insert into notify.ent_notification (name, workflow_key, recipients)
select 'Alarm', %s, array[gen_random_uuid()] from generate_series(1, %s)
"""
_CLAIM = b"select worker_v1.claim('bench', 'normal', 100, '1 hour')"
_WAITING = b"""
select count(*) from notify.notification_delivery where delivery_status = 'OPEN' and claim_id is null
"""

_ABOUT = """
A claim of 100 deliveries, in milliseconds, without its commit. A turn is ten claims, of which the first admits what
the others take: "a claim" is the median over the turns of their tenth part, so that the admission is in it, and the
ratio is that to the first row's. The amounts take turns in one server; what was claimed is put in anew after each.
"""


@dataclass
class Case:
    """So many waiting, and the seconds of each claim of each turn."""

    waiting: int
    turns: list[list[float]] = field(default_factory=list)

    @property
    def claims(self) -> list[float]:
        return [seconds for turn in self.turns for seconds in turn]

    @property
    def cost(self) -> float:
        """Seconds of a claim with its part of an admission."""
        return Spread.of([mean(turn) for turn in self.turns]).median


@dataclass(frozen=True)
class Claims:
    """All cases, the one with the least waiting first."""

    cases: Sequence[Case]

    def ratio(self, case: Case) -> float:
        return case.cost / self.cases[0].cost

    def budget(self, case: Case) -> Budget | None:
        if (self.cases[0].waiting, case.waiting) != (LEAST, LARGEST):
            return None
        return Budget(f"claim, {case.waiting:,} waiting", self.ratio(case), MOST_TIMES, is_most=True)


class Waiting(XNovu):
    """XNovu in a database of its own, of several enterprises that have the same number waiting."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.key = f"xnovu_{count}"

    @property
    def template(self) -> str:
        return XNovu().template

    def fill(self, cluster: Cluster, database: str, connection: Connection, count: int) -> None:
        with Database(cluster, database).connect("test_platform", autocommit=False) as platform:
            put_in(platform, count)


def put_in(platform: Connection, count: int) -> None:
    """Insert so many notifications, the enterprises' parts equal, as their platform does it."""
    for enterprise in ADMITTED:
        each = count // len(ADMITTED)
        for start in range(0, each, _ROWS_A_STATEMENT):
            platform.execute("select notify.set_enterprise(%s)", [enterprise])
            platform.execute(_INSERT, [work.WORKFLOW, min(_ROWS_A_STATEMENT, each - start)])
            platform.commit()


def measure(ground: Ground, amounts: Sequence[int], turns: int, report: Callable[[str], None]) -> Claims:
    """Claim in turns beside each amount.

    Args:
        ground: where, with XNovu set up.
        amounts: how many wait, in multiples of 1,000.
        turns: how often ten claims are made beside each, after a warm-up.
        report: called after each amount is in, and after each turn of all, `len(amounts)` + `turns` times.

    Raises:
        VoidError: a claim did not get 100, or something else than what was put in is waiting at the end.
    """
    cases = [Case(amount) for amount in sorted(amounts)]
    with ExitStack() as stack:
        databases = []
        for case in cases:
            name, admin = stack.enter_context(filled_database(ground, Waiting(case.waiting), case.waiting))
            databases.append((Database(ground.cluster, name), admin))
            report(f"{case.waiting:,} waiting")
        worker, platform = (
            [stack.enter_context(database.connect(login, autocommit=False)) for database, _ in databases]
            for login in ("test_worker", "test_platform")
        )
        for turn in range(-_FIRST, turns):
            for place in _order(len(cases), turn):
                done = _turn(worker[place])
                put_in(platform[place], SIZE * CLAIMS)
                if turn >= 0:
                    cases[place].turns.append(done)
            if turn >= 0:
                report(f"turn {turn + 1}")
        for case, (_, admin) in zip(cases, databases, strict=True):
            check(case, number(admin, _WAITING))
    return Claims(cases)


def _order(count: int, turn: int) -> list[int]:
    places = list(range(count))
    first = turn % count
    return places[first:] + places[:first]


def _turn(worker: Connection) -> list[float]:
    """Seconds of each claim, until what is admitted at once is used up."""
    seconds = []
    for _ in range(CLAIMS):
        worker.execute(b"select")
        started = time.perf_counter()
        claimed = number(worker, _CLAIM)
        seconds.append(time.perf_counter() - started)
        worker.commit()
        if claimed != SIZE:
            raise VoidError(f"claim: one got {claimed} deliveries, and not {SIZE}")
    return seconds


def check(case: Case, waiting: int) -> None:
    """Raises VoidError when the number that is waiting is not what it was to be all the time."""
    if waiting != case.waiting:
        raise VoidError(f"claim: {waiting:,} deliveries were waiting in the end, and not {case.waiting:,}")


def conclude(claims: Claims, machine: dict[str, Any], ratios_only: bool = False) -> Outcome:
    """What came of it; the quick variant has ratios only."""
    headings = () if ratios_only else ("a claim", "p50", "p99", "max")
    table = plain_table("worker_v1.claim of 100", *headings, "ratio", "budget", "")
    for case in claims.cases:
        figures = [case.cost, percentile(case.claims, 50), percentile(case.claims, 99), max(case.claims)]
        shown = [f"{1000 * value:,.2f}" for value in figures] if headings else []
        table.add_row(f"{case.waiting:,} waiting", *shown, f"{claims.ratio(case):.2f} ×", *cells(claims.budget(case)))
    record = {
        "machine": machine,
        "unit": "seconds",
        "cases": [vars(case) | {"cost": case.cost, "ratio": claims.ratio(case)} for case in claims.cases],
    }
    return Outcome(
        "claim-quick" if ratios_only else "claim",
        Group(table, Text(), Text(paragraph(_ABOUT)), Text(f"Measured on: {sentence(machine)}.")),
        record,
        [budget for budget in map(claims.budget, claims.cases) if budget is not None],
    )
