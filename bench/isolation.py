"""What isolation costs: a query under row-level security, beside the same query of a login that no policy binds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from tests.cluster import Database

from bench.budget import Budget
from bench.filling import enterprise
from bench.outcome import Outcome
from bench.server import OTHER_ANALYST, UNBOUND
from bench.timing import Query, VoidError, microseconds, take_turns

BUDGET = 1.2

# What a list of notifications shows. Whole rows cost both sides the same more, and flatter the ratio.
_TABLE = """
select id, name, workflow_key, building, notification_status, rendered_channels, created_at, processed_at
from notify.ent_notification
"""
_ROWS = """
select id, n.*
from notify.ent_notification as n
"""
_VIEW = """
select notification_id, name, workflow_key, building, notification_status, channels, created_at, age, attempts, reason
from notify.notification_overview
"""
_NAMED = "where enterprise_id = %s"
_NEWEST = "order by created_at desc limit 50"

_NOTE = """
The newest 50 of one enterprise, each run in a transaction of its own: medians and 99th percentiles, in microseconds, as
the client sees them. "Without" is a platform that bypasses row-level security and names the enterprise itself; what
runs before the query in its transaction is the same on both sides. The
budget is for prepared statements: psycopg, and SQLAlchemy with it, prepare what a connection has run five times.
"""


@dataclass(frozen=True)
class Pair:
    """A query under row-level security, and the same without; no budget means that it is for information."""

    name: str
    isolated: Query
    plain: Query
    budget: float | None = None


@dataclass(frozen=True)
class Figures:
    """What came of a pair, prepared or not: microseconds, and the ratio of the medians."""

    name: str
    prepared: bool
    isolated: dict[str, float]
    plain: dict[str, float]
    set_enterprise: dict[str, float] | None
    ratio: float
    budget: float | None

    @property
    def is_over(self) -> bool:
        return self.budget is not None and self.ratio > self.budget


def bind_logins(database: Database, enterprises: int) -> None:
    """Bind an analyst to the enterprise that is measured, and another to that and to two others."""
    database.bind("test_analyst", _measured(enterprises))
    for number in (0, enterprises // 2, enterprises - 1):
        database.bind(OTHER_ANALYST, enterprise(number))


def pairs(enterprises: int) -> list[Pair]:
    """What is measured, for one of the enterprises that `fill` made."""
    chosen = _measured(enterprises)

    def platform(name: str, select: str, budget: float | None = None) -> Pair:
        isolated = Query("test_platform", f"{select} {_NEWEST}", (), chosen)
        return Pair(name, isolated, Query(UNBOUND, f"{select} {_NAMED} {_NEWEST}", (chosen,), chosen), budget)

    def query(login: str, select: str = _VIEW) -> Query:
        return Query(login, f"{select} {_NAMED} {_NEWEST}", (chosen,))

    view = query(UNBOUND)
    return [
        platform("platform: table", _TABLE, BUDGET),
        platform("platform: view", _VIEW, BUDGET),
        Pair("analyst of 1: view, named", query("test_analyst"), view, BUDGET),
        platform("platform: table, whole rows", _ROWS),
        Pair("analyst of 1: view, not named", Query("test_analyst", f"{_VIEW} {_NEWEST}"), view),
        Pair("analyst of 3: view, named", query(OTHER_ANALYST), view),
        Pair("analyst of all: view, named", query("test_analyst_all"), view),
        Pair("admin: view, named", query("test_admin"), view),
    ]


def measure(database: Database, measured: list[Pair], runs: int, report: Callable[[], None]) -> list[Figures]:
    """Measure each pair, prepared and unprepared.

    Args:
        database: filled, with its logins bound.
        measured: the pairs.
        runs: how often each query is run.
        report: called after each run of both, 2 × `runs` times for each pair.

    Raises:
        VoidError: the two queries of a pair gave different rows.
    """
    figures = []
    for pair in measured:
        for prepared in (True, False):
            try:
                isolated, plain = take_turns(
                    database, pair.isolated, pair.plain, prepared=prepared, runs=runs, report=report
                )
            except VoidError as error:
                raise VoidError(f"{pair.name}: {error}") from error
            under, without = microseconds(isolated.query), microseconds(plain.query)
            figures.append(
                Figures(
                    name=pair.name,
                    prepared=prepared,
                    isolated=under,
                    plain=without,
                    set_enterprise=microseconds(isolated.prelude) if pair.isolated.context else None,
                    ratio=under["median"] / without["median"],
                    budget=pair.budget if prepared else None,
                )
            )
    return figures


def conclude(figures: list[Figures], run: dict[str, int]) -> Outcome:
    """What came of it; `run` says with which numbers."""
    record = run | {
        "unit": "microseconds",
        "figures": [asdict(each) | {"is_over": each.is_over} for each in figures],
    }
    budgets = [
        Budget(f"isolation, {each.name}", each.ratio, each.budget, is_most=True)
        for each in figures
        if each.budget is not None
    ]
    return Outcome("isolation", show(figures), record, budgets)


def show(figures: list[Figures]) -> RenderableType:
    """The figures for people."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    for title in ("RLS", "p99", "without", "p99", "ratio", "budget"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    above = ""
    for each in figures:
        table.add_row(
            each.name if each.name != above else "",
            "prepared" if each.prepared else "not",
            *(f"{side[part]:,.0f}" for side in (each.isolated, each.plain) for part in ("median", "p99")),
            f"{each.ratio:.2f}",
            "" if each.budget is None else f"{each.budget:.2f}",
            "" if each.budget is None else Text("over", style="red") if each.is_over else Text("ok", style="green"),
        )
        above = each.name
    chosen = next((each.set_enterprise for each in figures if each.set_enterprise), None)
    lines = _NOTE.strip()
    if chosen is not None:
        lines += (
            f"\nBefore it, and not in it, set_enterprise in the same transaction takes {chosen['median']:.0f} more."
        )
    return Group(table, Text(), Text(lines.replace("\n", " ")))


def _measured(enterprises: int) -> UUID:
    return enterprise(enterprises // 2)
