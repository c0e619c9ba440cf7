"""What HTTP costs: notifications triggered over loopback, beside the same rows by plain INSERT; and how long a request
takes at half of what goes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text
from tests.cluster import A, Database
from tests.http.support import FaceProcess, Keys
from tests.support import add_workflow

from bench.budget import Budget, mark
from bench.caller import WARM_UP, Job, Measured
from bench.machine import sentence
from bench.outcome import Outcome
from bench.server import durable_server
from bench.spread import Spread, percentile
from bench.timing import VoidError
from xnovu.migrate import migrate

CLIENTS = 8
# At a rate, enough connections that a slow answer makes nobody else wait.
CLIENTS_AT_A_RATE = 32
LEAST_RATIO = 1 / 3
MOST_MILLISECONDS = 50.0

_ABOUT = """
Notifications a second, one to a transaction and one to a request, on {clients} connections, fsync on: medians of
rounds in turns. A plain INSERT by psycopg, with the enterprise set for the session, beside POST /api/trigger of one
`xnovu serve` with its default settings. Then the time of a request, in milliseconds, at half of the rate that it
reached.
"""


@dataclass(frozen=True)
class Figures:
    """Notifications a second of each way, a value a round; and latencies at half of HTTP's rate, in milliseconds."""

    inserted: list[float]
    posted: list[float]
    rate: float
    latencies: list[float]

    @property
    def ratio(self) -> float:
        return Spread.of(self.posted).median / Spread.of(self.inserted).median


@contextmanager
def running_face() -> Iterator[tuple[Database, FaceProcess, str]]:
    """A database on a server of its own, the HTTP face of it, and an API key that no limit holds."""
    with durable_server() as cluster, tempfile.TemporaryDirectory() as folder:
        cluster.create_database("bench")
        migrate(cluster.url("bench"), lambda line: None)
        cluster.create_logins()
        with closing(Database(cluster, "bench")) as database:
            add_workflow(database)
            with cluster.admin("bench") as superuser:
                superuser.execute("delete from notify.notification_api_limit")
            with FaceProcess(Path(folder), database.url("test_http")) as face:
                yield database, face, Keys(database).make(A)


def measure(
    database: Database, face: FaceProcess, key: str, *, rounds: int, seconds: float, report: Callable[[str], None]
) -> Figures:
    """Let both ways take turns, and then HTTP go at half of its rate. Raises VoidError when rows are missing."""
    by_sql = Job("insert", database.url("test_platform"), str(A), CLIENTS, seconds)
    by_http = Job("http", face.url, key, CLIENTS, seconds)
    rates: dict[str, list[float]] = {"insert": [], "http": []}
    for number in range(rounds):
        for job in (by_sql, by_http) if number % 2 == 0 else (by_http, by_sql):
            rates[job.kind].append(_run(database, job).rate)
            report(f"{job.kind}: {rates[job.kind][-1]:,.0f} a second")
    half = Spread.of(rates["http"]).median / 2
    steady = _run(database, Job("http", face.url, key, CLIENTS_AT_A_RATE, seconds * 2, half))
    report(f"http at {half:,.0f} a second: {steady.rate:,.0f} a second")
    return Figures(rates["insert"], rates["http"], half, steady.latencies)


def _run(database: Database, job: Job) -> Measured:
    """Run a job in a process of its own, and count what it left."""
    with database.connect() as superuser:
        superuser.execute("truncate notify.ent_notification, notify.notification_delivery cascade")
        superuser.execute("vacuum analyze notify.ent_notification, notify.notification_delivery")
        superuser.execute("checkpoint")
        finished = subprocess.run(
            [sys.executable, "-m", "bench.caller", json.dumps(asdict(job))],
            capture_output=True,
            text=True,
            check=False,
            timeout=job.seconds * 4 + 60,
        )
        if finished.returncode != 0:
            raise VoidError(f"{job.kind}: {finished.stderr.strip().splitlines()[-1:]}")
        measured = Measured(**json.loads(finished.stdout))
        row = superuser.execute("select count(*) from notify.notification_delivery").fetchone()
    expected = len(measured.latencies) + WARM_UP * job.clients
    if row != (expected,):
        raise VoidError(f"{job.kind}: {expected} notifications were taken, and {row} are there")
    return measured


def conclude(figures: Figures, machine: dict[str, str | int]) -> Outcome:
    """The figures as a table, and whether both budgets are met."""
    budgets = [
        Budget("POST /api/trigger, against INSERT", figures.ratio, LEAST_RATIO),
        Budget(
            "99th percentile at half of the rate", percentile(figures.latencies, 99), MOST_MILLISECONDS, is_most=True
        ),
    ]
    table = Table(box=None, pad_edge=False)
    for heading in ("", "median", "lowest", "highest"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, values in (("INSERT by psycopg", figures.inserted), ("POST /api/trigger", figures.posted)):
        spread = Spread.of(values)
        table.add_row(name, f"{spread.median:,.0f}", f"{spread.minimum:,.0f}", f"{spread.maximum:,.0f}")
    p50, p99 = (percentile(figures.latencies, percent) for percent in (50, 99))
    lines = [
        Text.assemble(
            f"POST against INSERT: {figures.ratio:.2f} (at least {LEAST_RATIO:.2f}) ", mark(budgets[0].is_met)
        ),
        Text.assemble(
            f"at {figures.rate:,.0f} a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms (at most {MOST_MILLISECONDS:g}) ",
            mark(budgets[1].is_met),
        ),
    ]
    about = Text(" ".join(_ABOUT.format(clients=CLIENTS).split()))
    record = {
        "machine": machine,
        "inserted": figures.inserted,
        "posted": figures.posted,
        "ratio": figures.ratio,
        "rate": figures.rate,
        "p50": p50,
        "p99": p99,
    }
    return Outcome("http", Group(about, Text(sentence(machine)), "", table, "", *lines), record, budgets)
