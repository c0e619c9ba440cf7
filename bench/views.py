"""How long the views' dashboards take over many notifications, and what asking them costs the throughput.

A week of notifications of many enterprises, one of which has a fifth of all; rolled up as the tick does it. Each
dashboard is asked for an ordinary enterprise, for the large one, and for all together, by an analyst of each. Then a
worker sends, in turns: undisturbed, while all dashboards of one enterprise are asked every 10 seconds, and while those
of all enterprises are."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from rich.console import Group
from rich.text import Text
from tests.cluster import Connection, Database

from bench.budget import Budget, cells
from bench.contender import Running
from bench.contenders import XNovu
from bench.filling import enterprise, fill
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.round import WARM_UP, Ground, wait_for_posts, wait_until, warm_up_end
from bench.spread import Spread
from bench.work import ENTERPRISES

MOST_MILLISECONDS, MOST_FOR_ALL, LEAST_PART = 200.0, 1000.0, 0.9
PERIOD = 10.0
LARGE, ORDINARY = enterprise(0), enterprise(100)
_EVERYBODY = UUID(int=0)

# What each dashboard asks, about what {where} names. Those of one enterprise only come last.
DASHBOARDS = {
    "funnel": "select * from notify.notification_funnel where {where} and day >= current_date - 7",
    "latency": "select * from notify.notification_latency where {latency} and minute > now() - interval '7 days'",
    "failures": "select * from notify.notification_failures"
    " where {where} and last_failed_at > now() - interval '7 days'",
    "stuck": "select * from notify.notification_stuck where {where}",
    "lanes": "select * from notify.lane_status",
    "templates": "select * from notify.template_status where {where} and day >= current_date - 7",
    "limits": "select * from notify.enterprise_status where {where}",
    "workers": "select * from notify.worker_status",
    "targets": "select * from notify.target_status",
    "notifications": "select * from notify.notification_overview where {where}"
    " and created_at > now() - interval '7 days' order by created_at desc limit 50",
    "timeline": "select * from notify.notification_timeline where {where} and notification_id = ("
    "select id from notify.ent_notification where {where} order by created_at desc limit 1) order by happened_at",
    "channels": "select * from notify.notification_channel_status where {where}"
    " and created_at > now() - interval '7 days' and has_failed_everywhere",
    "explain": "select e.* from (select id from notify.ent_notification where {where} order by created_at desc limit 1)"
    " as n cross join lateral notify.explain(n.id) as e",
}
OF_ALL_ONLY, OF_ONE_ONLY = ("workers", "targets"), ("notifications", "timeline", "channels", "explain")

# What reports would have appended of the week, as the tick has added it up.
_LATENCIES = """
insert into notify.notification_latency_count (enterprise_id, minute, lane, stage, bucket, is_total, delivery_count)
select
  '00000000-0000-0000-0000-000000000000', date_trunc('minute', d.finished_at), d.lane, s.stage,
  engine.latency_bucket(0.001 * (1 + abs(hashtext(d.notification_id::text)) % s.most)), true, count(*)
from notify.notification_delivery as d
cross join lateral (values ('wait', 900), ('post', 90), ('total', 999)) as s (stage, most)
where d.delivery_status = 'SENT'
group by 2, 3, 4, 5
"""
_RECEIPTS = """
insert into notify.notification_receipt_count
select
  n.enterprise_id, (n.created_at at time zone 'UTC')::date, n.workflow_key, 'EMAIL', n.is_drill, true, count(*),
  count(*), count(*) / 2, 0, 0
from notify.ent_notification as n
group by 1, 2, 3, 5
"""
_CLEAR = """
delete from notify.notification_delivery where notification_id >= '0198c0de-0000-7000-8000-000000000000'
  and notification_id < '0198c0de-0000-7000-8001-000000000000' and enterprise_id = any(%(enterprises)s);
delete from notify.notification_content where notification_id >= '0198c0de-0000-7000-8000-000000000000'
  and notification_id < '0198c0de-0000-7000-8001-000000000000' and enterprise_id = any(%(enterprises)s);
delete from notify.notification_history where notification_id >= '0198c0de-0000-7000-8000-000000000000'
  and notification_id < '0198c0de-0000-7000-8001-000000000000' and enterprise_id = any(%(enterprises)s);
delete from notify.ent_notification where id >= '0198c0de-0000-7000-8000-000000000000'
  and id < '0198c0de-0000-7000-8001-000000000000' and enterprise_id = any(%(enterprises)s);
"""

_ABOUT = """
Over {rows:,} notifications of a week and {enterprises} enterprises, one of which has a fifth of them; milliseconds as
the client sees them, the median of {runs} runs and the slowest, each planned anew. An enterprise without a budget is
the large one. The tick's roll-up took {rolled_up:,.0f} notifications a second.
"""
_ABOUT_RATES = """
Notifications a second while a worker sends {count:,}, beside these rows, in turns: medians of {rounds} rounds. All
dashboards are asked at once every {period:g} seconds.
"""


@dataclass(frozen=True)
class Dashboard:
    """A query of a dashboard: whose, and how long it took in milliseconds."""

    name: str
    whose: str
    rows: int
    times: Sequence[float]

    @property
    def budget(self) -> Budget | None:
        limit = {"an enterprise": MOST_MILLISECONDS, "all": MOST_FOR_ALL}.get(self.whose)
        if limit is None:
            return None
        return Budget(f"views, {self.name} of {self.whose}, ms", Spread.of(self.times).median, limit, is_most=True)


@dataclass(frozen=True)
class Rates:
    """Notifications a second: undisturbed, beside one enterprise's dashboards, and beside those of all."""

    count: int
    plain: Sequence[float]
    beside_one: Sequence[float]
    beside_all: Sequence[float]

    def part(self, rates: Sequence[float]) -> float:
        return Spread.of(rates).median / Spread.of(self.plain).median


def prepare(database: Database, rows: int, enterprises: int, report: Callable[[str], None]) -> float:
    """Fill a migrated database with a week, and roll it up; returns how many notifications a second that took."""
    fill(database, rows, enterprises, lambda done: None, seconds=7 * 86400 / rows, large_part=5)
    report(f"{rows:,} notifications")
    connection = database.connect()
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "truncate notify.notification_daily, notify.notification_daily_state, notify.notification_daily_stale"
        )
        connection.execute(
            "insert into notify.notification_failed"
            " select enterprise_id, id from notify.ent_notification where notification_status = 'FAILED'"
        )
        connection.execute(_LATENCIES.encode())
        connection.execute(_RECEIPTS.encode())
        connection.execute("select engine.sum_latencies('epoch')")
    connection.execute("select engine.find_uncounted()")
    started = time.perf_counter()
    while connection.execute(
        "select bool_or(engine.count_enterprise(s.enterprise_id, now())) from notify.notification_daily_state as s"
    ).fetchone() != (False,):
        pass
    rate = rows / (time.perf_counter() - started)
    connection.execute("vacuum (analyze)")
    database.bind("test_analyst", ORDINARY)
    database.bind("test_analyst_of_two", LARGE)
    report(f"rolled up, {rate:,.0f}/s")
    return rate


def queries(of: UUID | None) -> dict[str, str]:
    """The dashboards' queries, for one enterprise or for all."""
    where = "true" if of is None else f"enterprise_id = '{of}'"
    latency = f"enterprise_id = '{of or _EVERYBODY}'"
    left_out = OF_ONE_ONLY if of is None else OF_ALL_ONLY
    return {
        name: text.format(where=where, latency=latency) for name, text in DASHBOARDS.items() if name not in left_out
    }


def measure(database: Database, runs: int, report: Callable[[str], None]) -> list[Dashboard]:
    """Ask each dashboard `runs` times, after a warm-up; `report` is called after each."""
    measured = []
    for whose, login, of in (
        ("an enterprise", "test_analyst", ORDINARY),
        ("the large one", "test_analyst_of_two", LARGE),
        ("all", "test_analyst_all", None),
    ):
        connection = database.connect(login)
        connection.prepare_threshold = None
        for name, text in queries(of).items():
            times, found = [], 0
            for number in range(runs + 1):
                started = time.perf_counter()
                found = len(connection.execute(text.encode()).fetchall())
                if number:
                    times.append((time.perf_counter() - started) * 1000)
            measured.append(Dashboard(name, whose, found, times))
            report(f"{name} of {whose}: {Spread.of(times).median:.0f} ms")
        connection.close()
    return measured


class _Asking:
    """Asks all dashboards every PERIOD seconds in a thread, from half a period on, while the `with` block lasts."""

    def __init__(self, database: Database, login: str | None, of: UUID | None) -> None:
        self.connection: Connection | None = database.connect(login) if login else None
        self.texts = list(queries(of).values())
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self) -> None:
        due = time.monotonic() + PERIOD / 2
        while self.connection and not self.ended.wait(max(0, due - time.monotonic())):
            due += PERIOD
            for text in self.texts:
                self.connection.execute(text.encode()).fetchall()

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        if self.connection:
            self.connection.close()


def measure_rates(ground: Ground, database: Database, rounds: int, count: int, report: Callable[[str], None]) -> Rates:
    """Let a worker send `count` notifications, in turns with and without dashboards.

    Raises:
        VoidError: a round did not end.
    """
    rates = Rates(count, [], [], [])
    for number in range(rounds):
        turns = [
            (rates.plain, None, None),
            (rates.beside_one, "test_analyst", ORDINARY),
            (rates.beside_all, "test_analyst_all", None),
        ]
        for kept, login, of in turns[number % 3 :] + turns[: number % 3]:
            assert isinstance(kept, list)
            kept.append(_send(ground, database, count, _Asking(database, login, of)))
            report(f"round {number + 1}: {kept[-1]:,.0f}/s beside {login or 'nobody'}")
    return rates


def _send(ground: Ground, database: Database, count: int, asking: _Asking) -> float:
    """One round: notifications a second after the warm-up."""
    contender = XNovu()
    ground.stand_in.empty()
    connection = database.connect()
    enterprises = [str(each) for each in ENTERPRISES]
    connection.execute("set session_replication_role = replica")
    for statement in _CLEAR.strip().split(";")[:-1]:
        connection.execute(statement.encode(), {"enterprises": enterprises})
    connection.execute("set session_replication_role = origin")
    connection.execute("update notify.notification_daily_state set open_ids = '{}'")
    connection.execute("vacuum notify.ent_notification, notify.notification_delivery, notify.notification_content")
    contender.fill(ground.cluster, database.name, connection, count)
    connection.execute("checkpoint")
    command = contender.command(ground.cluster, database.name, ground.stand_in.url)
    with Running(contender, command, ground.folder / "views.log") as running, asking:
        wait_for_posts(ground.stand_in, running, contender, int(count * WARM_UP))
        wait_for_posts(ground.stand_in, running, contender, count)
        ended = time.monotonic()
        idle = "select not exists (select from notify.notification_claim)"
        wait_until(lambda: connection.execute(idle.encode()).fetchone() == (True,), "the last claims were not reported")
    started, before = warm_up_end(ground.stand_in.arrivals(), count)
    connection.close()
    return (count - before) / (ended - started)


def conclude(
    dashboards: list[Dashboard], rates: Rates | None, rolled_up: float, run: dict[str, int], machine: dict[str, Any]
) -> Outcome:
    """What came of it; `run` says with which numbers."""
    record = {
        "machine": machine,
        "run": run,
        "rolled_up_per_second": rolled_up,
        "dashboards": [asdict(each) for each in dashboards],
        "rates": asdict(rates) if rates else None,
    }
    budgets = [each.budget for each in dashboards if each.budget is not None]
    if rates:
        budgets.append(Budget("views, throughput beside dashboards", rates.part(rates.beside_one), LEAST_PART))
    return Outcome("views", show(dashboards, rates, rolled_up, run, machine), record, budgets)


def show(
    dashboards: list[Dashboard], rates: Rates | None, rolled_up: float, run: dict[str, int], machine: dict[str, Any]
) -> Group:
    """The figures for people."""
    table = plain_table("dashboard", "of", "rows", "median", "slowest", "budget", "")
    for each in dashboards:
        spread = Spread.of(each.times)
        table.add_row(
            each.name,
            each.whose,
            f"{each.rows:,}",
            f"{spread.median:,.1f}",
            f"{spread.maximum:,.1f}",
            *cells(each.budget),
        )
    about = _ABOUT.format(**run, rolled_up=rolled_up)
    parts: list[Any] = [table, Text(), Text(paragraph(about))]
    if rates:
        throughput = plain_table("throughput", "per second", "of undisturbed", "budget", "")
        for name, values, least in (
            ("undisturbed", rates.plain, None),
            ("beside an enterprise's", rates.beside_one, LEAST_PART),
            ("beside those of all", rates.beside_all, None),
        ):
            budget = Budget(name, rates.part(values), least) if least else None
            throughput.add_row(name, f"{Spread.of(values).median:,.0f}", f"{rates.part(values):.1%}", *cells(budget))
        about = _ABOUT_RATES.format(count=rates.count, rounds=len(rates.plain), period=PERIOD)
        parts += [Text(), throughput, Text(), Text(paragraph(about))]
    return Group(*parts, Text(), Text(f"Measured on: {sentence(machine)}."))
