"""The parts of the benchmark, each with the server that it runs on and a bar that shows how far it is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from tests.cluster import Database

from bench import claim, fanout, http, insert, latency, rendering, scaling, server, soak, startup, throughput, views
from bench import isolation as rls
from bench.contender import Contender
from bench.contenders import XNovu, chosen
from bench.filling import fill
from bench.machine import describe
from bench.outcome import Outcome
from bench.round import Ground, running_ground


@dataclass(frozen=True)
class _Site:
    """Where a part measures: a server with XNovu set up, a stand-in and the machine; and whom it tells of a step."""

    ground: Ground
    machine: dict[str, Any]
    report: Callable[[str], None]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


@contextmanager
def _site(name: str, steps: int) -> Iterator[_Site]:
    with _progress() as progress, running_ground() as ground:
        measuring = progress.add_task(name, total=steps)

        def report(line: str) -> None:
            progress.advance(measuring)
            progress.update(measuring, description=f"{name}: {line}")

        XNovu().set_up(ground.cluster)
        yield _Site(ground, describe(ground.cluster), report)


def run_quick(
    throughput_rounds: int, seconds: float, insert_rounds: int, singles: int, turns: int
) -> Iterator[Outcome]:
    """Ratios only, of the parts that say most for their time, one after the other on one server.

    Raises:
        VoidError: as the parts do.
    """
    contenders = chosen([*throughput.BUDGETS])
    steps = len(contenders) * (throughput_rounds + 2) - 1 + insert_rounds + 2 + len(claim.QUICK_AMOUNTS) + turns
    with _site("quick", steps) as site:
        result = _throughput(site, contenders, throughput_rounds, seconds)
        yield throughput.conclude(result, site.machine, ratios_only=True)
        pairs = insert.measure(site.ground, insert_rounds, insert.ROWS, singles, site.report)
        yield insert.conclude(pairs, None, site.machine, ratios_only=True)
        claims = claim.measure(site.ground, claim.QUICK_AMOUNTS, turns, site.report)
        yield claim.conclude(claims, site.machine, ratios_only=True)


def run_throughput(rounds: int, seconds: float, *, only: list[str] | None = None) -> Outcome:
    """See bench.throughput. Raises UserError for a contender that there is not, VoidError when a round is not right."""
    contenders = chosen(only)
    with _site("throughput", len(contenders) * (rounds + 2) - 1) as site:
        result = _throughput(site, contenders, rounds, seconds)
    return throughput.conclude(result, site.machine)


def _throughput(site: _Site, contenders: Sequence[Contender], rounds: int, seconds: float) -> throughput.Throughput:
    for contender in contenders[1:]:
        contender.set_up(site.ground.cluster)
        site.report(f"{contender.name}: set up")
    return throughput.measure(site.ground, contenders, rounds, seconds, site.report)


def run_latency(probes: int, backlog: int, crowd: int) -> Outcome:
    """See bench.latency. Raises VoidError when something did not arrive, or there was no backlog any more."""
    with _site("latency", 5) as site:
        cases = latency.measure(site.ground, probes, backlog, crowd, site.report)
    return latency.conclude(cases, site.machine, backlog, crowd)


def run_insert(rounds: int, rows: int, singles: int, seconds: float) -> Outcome:
    """See bench.insert. Raises VoidError when rows are missing."""
    with _site("insert", 3 * rounds + 2) as site:
        pairs = insert.measure(site.ground, rounds, rows, singles, site.report)
        commits = insert.measure_commits(site.ground, rounds, seconds, insert.CLIENTS, site.report)
    return insert.conclude(pairs, commits, site.machine)


def run_claim(amounts: Sequence[int], turns: int) -> Outcome:
    """See bench.claim. Raises VoidError when a claim did not get what it had to."""
    with _site("claim", len(amounts) + turns) as site:
        claims = claim.measure(site.ground, amounts, turns, site.report)
    return claim.conclude(claims, site.machine)


def run_fanout(recipients: int, rounds: int) -> Outcome:
    """See bench.fanout. Raises VoidError when not everybody got what was to be got."""
    with _site("fanout", 2 * rounds) as site:
        cases = fanout.measure(site.ground, recipients, rounds, site.report)
    return fanout.conclude(cases, site.machine)


def run_startup(starts: int, notifications: int) -> Outcome:
    """See bench.startup. Raises VoidError when a worker did not begin, or sent something else."""
    with _site("startup", starts + 1) as site:
        measured = startup.measure(site.ground, starts, notifications, site.report)
    return startup.conclude(measured, site.machine)


def run_soak(minutes: float, rate: int) -> Outcome:
    """See bench.soak. Raises VoidError when it was not what it was to be."""
    seconds = 60 * minutes
    with _site("soak", 2 * round(seconds / soak.BUCKET)) as site:
        soaks = soak.measure(site.ground, rate, seconds, soak.BUCKET, site.report)
    return soak.conclude(soaks, site.machine)


def run_scaling(rounds: int, seconds: float, processes: Sequence[int]) -> Outcome:
    """See bench.scaling. Raises VoidError when a round is not right."""
    with _site("scaling", len(processes) * (rounds + 1)) as site:
        result = scaling.measure(site.ground, processes, rounds, seconds, site.report)
    return scaling.conclude(result, site.machine)


def run_isolation(rows: int, enterprises: int, runs: int) -> Outcome:
    """See bench.isolation. Raises VoidError when two queries gave different rows."""
    with _progress() as progress:
        filling = progress.add_task(f"filling: {rows:,} notifications, {enterprises} enterprises", total=2 * rows)
        measuring = progress.add_task(f"measuring: {runs:,} runs of each query", total=None, start=False)
        with server.running_database() as database:
            fill(database, rows, enterprises, lambda done: progress.advance(filling, done))
            rls.bind_logins(database, enterprises)
            wanted = rls.pairs(enterprises)
            progress.update(measuring, total=2 * runs * len(wanted))
            progress.start_task(measuring)
            figures = rls.measure(database, wanted, runs, lambda: progress.advance(measuring))
    return rls.conclude(figures, {"rows": rows, "enterprises": enterprises, "runs": runs})


def run_views(rows: int, enterprises: int, runs: int, rounds: int, count: int) -> Outcome:
    """See bench.views; without rounds, no throughput. Raises VoidError when a round did not end."""
    with _site("views", 2 + 31 + 3 * rounds) as site:
        cluster = site.ground.cluster
        with closing(Database(cluster, "views")) as database:
            cluster.create_database(database.name, XNovu().template)
            rolled_up = views.prepare(database, rows, enterprises, site.report)
            dashboards = views.measure(database, runs, site.report)
            rates = views.measure_rates(site.ground, database, rounds, count, site.report) if rounds else None
    run = {"rows": rows, "enterprises": enterprises, "runs": runs}
    return views.conclude(dashboards, rates, rolled_up, run, site.machine)


def run_rendering(runs: int) -> Outcome:
    """See bench.rendering. Raises VoidError when the two gave different emails."""
    with _progress() as progress:
        measuring = progress.add_task(f"measuring: {runs:,} batches of each", total=runs)
        with server.running_database() as database:
            figures = rendering.measure(database, runs, lambda: progress.advance(measuring))
    return rendering.conclude(figures, runs)


def run_http(rounds: int, seconds: float) -> Outcome:
    """What HTTP costs, beside plain INSERT; rounds of so many seconds.

    Raises:
        VoidError: rows are missing, or a request was refused.
    """
    with _progress() as progress, http.running_face() as (database, face, key):
        measuring = progress.add_task("http", total=2 * rounds + 1)

        def report(line: str) -> None:
            progress.advance(measuring)
            progress.update(measuring, description=f"http: {line}")

        figures = http.measure(database, face, key, rounds=rounds, seconds=seconds, report=report)
        return http.conclude(figures, describe(database.cluster))
