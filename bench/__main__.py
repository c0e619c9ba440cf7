"""The command line of the benchmarks, `python -m bench`."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.outcome import Outcome, default_folder, publish, write_json
from bench.timing import VoidError
from xnovu.errors import UserError

ROWS, ENTERPRISES, ISOLATION_RUNS, RENDERING_RUNS = 1_000_000, 200, 1000, 500
ROUNDS, SECONDS = 5, 6.0
PROBES, BACKLOG, CROWD = 500, 100_000, 1_000_000
QUICK_ROUNDS, QUICK_SECONDS = 2, 3.0
HTTP_ROUNDS, HTTP_SECONDS = 5, 10.0

app = typer.Typer(
    name="bench",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    epilog="Example: bench throughput --rounds 3",
)

JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too.")]
Folder = Annotated[
    Path | None,
    typer.Option("--output", metavar="FOLDER", help="Where JSON and PNG files go; the state's folder else."),
]


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Ratios only, against the peers that have a budget, in under 2 minutes.")
    ] = False,
    output: Folder = None,
) -> None:
    """Benchmarks, each on a PostgreSQL of its own, which is gone afterwards.

    Without a name, all of them. Exit status 0, or 1 when a budget is missed or a run is void.
    """
    if context.invoked_subcommand is not None:
        return
    parts: list[Callable[[], Outcome]] = [
        lambda: _throughput(ROUNDS, SECONDS),
        lambda: _latency(PROBES, BACKLOG, CROWD),
        lambda: _isolation(ROWS, ENTERPRISES, ISOLATION_RUNS),
        lambda: _rendering(RENDERING_RUNS),
        lambda: _http(HTTP_ROUNDS, HTTP_SECONDS),
    ]
    if quick:
        parts = [lambda: _throughput(QUICK_ROUNDS, QUICK_SECONDS, is_quick=True)]
    missed = False
    for part in parts:
        outcome = part()
        publish(outcome, Console(), output or default_folder())
        missed = missed or not outcome.is_met
    raise typer.Exit(1 if missed else 0)


@app.command(epilog="Example: bench throughput --rounds 3 --output results")
def throughput(
    *,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Rounds of each contender.")] = ROUNDS,
    seconds: Annotated[float, typer.Option(min=0.5, metavar="N", help="About how long a round lasts.")] = SECONDS,
    only: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Contenders beside XNovu; all, unless it is given.")
    ] = None,
    output: Folder = None,
) -> None:
    """Notifications a second, of XNovu and of what people would use instead.

    From PENDING to SENT at a stand-in for Novu, in turns over several rounds. Exit status 0, or 1 when a budget is
    missed or a round was not right.
    """
    outcome = _throughput(rounds, seconds, only=only)
    publish(outcome, Console(), output or default_folder())
    raise typer.Exit(0 if outcome.is_met else 1)


@app.command(epilog="Example: bench latency --backlog 100000 --crowd 1000000")
def latency(
    *,
    probes: Annotated[int, typer.Option(min=20, metavar="N", help="Notifications in each case.")] = PROBES,
    backlog: Annotated[int, typer.Option(min=1000, metavar="N", help="What waits in the lane bulk.")] = BACKLOG,
    crowd: Annotated[int, typer.Option(min=1000, metavar="N", help="What one enterprise has waiting.")] = CROWD,
    output: Folder = None,
) -> None:
    """Commit to accepted by Novu, in milliseconds.

    On each lane when idle, on the critical lane beside a backlog in the lane bulk, and of ten notifications beside
    another enterprise's crowd. Exit status 0, or 1 when a budget is missed or the run is void.
    """
    outcome = _latency(probes, backlog, crowd)
    publish(outcome, Console(), output or default_folder())
    raise typer.Exit(0 if outcome.is_met else 1)


@app.command(epilog="Example: bench isolation --rows 100000 --enterprises 20 --json figures.json")
def isolation(
    *,
    rows: Annotated[int, typer.Option(metavar="N", help="Notifications, with one delivery each.")] = ROWS,
    enterprises: Annotated[
        int, typer.Option(min=4, metavar="N", help="Enterprises that they belong to.")
    ] = ENTERPRISES,
    runs: Annotated[
        int, typer.Option(min=10, metavar="N", help="Runs of each query, after a warm-up.")
    ] = ISOLATION_RUNS,
    json_file: JsonFile = None,
) -> None:
    """What isolation costs.

    The newest 50 of one enterprise under row-level security, in turns with the same query of a login that bypasses
    it and names the enterprise. Exit status 0, or 1 when a ratio is over its budget, or when the two
    gave different rows.
    """
    if rows < 100 * enterprises:
        raise typer.BadParameter("There must be 100 notifications or more for each enterprise.", param_hint="--rows")
    _end(_isolation(rows, enterprises, runs), json_file)


@app.command(epilog="Example: bench rendering --runs 1000")
def rendering(
    *,
    runs: Annotated[
        int, typer.Option(min=10, metavar="N", help="Batches of 100 that each renders, after a warm-up.")
    ] = RENDERING_RUNS,
    json_file: JsonFile = None,
) -> None:
    """What rendering costs.

    One email inside PostgreSQL, by template.render_batch with all that it checks, in turns with a bare render of the
    same templates. Exit status 0, or 1 when it is over its budget, or when the two gave different emails.
    """
    _end(_rendering(runs), json_file)


@app.command(epilog="Example: bench http --rounds 3 --seconds 5")
def http(
    *,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Rounds of each way.")] = HTTP_ROUNDS,
    seconds: Annotated[float, typer.Option(min=0.2, metavar="N", help="How long a round lasts.")] = HTTP_SECONDS,
    json_file: JsonFile = None,
) -> None:
    """What HTTP costs.

    Notifications triggered over loopback, in turns with the same rows by plain INSERT, and the time of a request at
    half of that rate. Exit status 0, or 1 when a budget is missed, or when rows are missing.
    """
    _end(_http(rounds, seconds), json_file)


def _end(outcome: Outcome, json_file: Path | None) -> None:
    Console().print(outcome.table)
    if json_file is not None:
        write_json(json_file, outcome.record)
    raise typer.Exit(0 if outcome.is_met else 1)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _throughput(rounds: int, seconds: float, *, is_quick: bool = False, only: list[str] | None = None) -> Outcome:
    from bench import throughput as part
    from bench.contenders import chosen
    from bench.machine import describe
    from bench.round import running_ground

    contenders = chosen([*part.BUDGETS] if is_quick else only)
    with _progress() as progress, running_ground() as ground:
        machine = describe(ground.cluster)
        measuring = progress.add_task("throughput", total=len(contenders) * (rounds + 2))

        def report(line: str) -> None:
            progress.advance(measuring)
            progress.update(measuring, description=line)
            progress.console.print(line)

        for contender in contenders:
            contender.set_up(ground.cluster)
            report(f"{contender.name}: set up")
        result = part.measure(ground, contenders, rounds, seconds, report)
    return part.conclude(result, machine, ratios_only=is_quick)


def _latency(probes: int, backlog: int, crowd: int) -> Outcome:
    from bench import latency as part
    from bench.machine import describe
    from bench.round import running_ground

    with _progress() as progress, running_ground() as ground:
        machine = describe(ground.cluster)
        measuring = progress.add_task("latency", total=5)

        def report(line: str) -> None:
            progress.advance(measuring)
            progress.update(measuring, description=line)

        cases = part.measure(ground, probes, backlog, crowd, report)
    return part.conclude(cases, machine, backlog, crowd)


def _isolation(rows: int, enterprises: int, runs: int) -> Outcome:
    from bench.filling import fill
    from bench.isolation import bind_logins, conclude, measure, pairs
    from bench.server import running_database

    with _progress() as progress:
        filling = progress.add_task(f"filling: {rows:,} notifications, {enterprises} enterprises", total=2 * rows)
        measuring = progress.add_task(f"measuring: {runs:,} runs of each query", total=None, start=False)
        with running_database() as database:
            fill(database, rows, enterprises, lambda done: progress.advance(filling, done))
            bind_logins(database, enterprises)
            wanted = pairs(enterprises)
            progress.update(measuring, total=2 * runs * len(wanted))
            progress.start_task(measuring)
            figures = measure(database, wanted, runs, lambda: progress.advance(measuring))
    return conclude(figures, {"rows": rows, "enterprises": enterprises, "runs": runs})


def _rendering(runs: int) -> Outcome:
    from bench.rendering import conclude, measure
    from bench.server import running_database

    with _progress() as progress:
        measuring = progress.add_task(f"measuring: {runs:,} batches of each", total=runs)
        with running_database() as database:
            figures = measure(database, runs, lambda: progress.advance(measuring))
    return conclude(figures, runs)


def _http(rounds: int, seconds: float) -> Outcome:
    from bench import http as part
    from bench.machine import describe

    with _progress() as progress, part.running_face() as (database, face, key):
        measuring = progress.add_task("http", total=2 * rounds + 1)

        def report(line: str) -> None:
            progress.advance(measuring)
            progress.update(measuring, description=line)

        figures = part.measure(database, face, key, rounds=rounds, seconds=seconds, report=report)
        machine = describe(database.cluster)
    return part.conclude(figures, machine)


def main() -> None:
    """Run a benchmark, and say in a line why there are no figures."""
    # What it started is ended and removed, however it ends.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        app()
    except VoidError as error:
        print(f"bench: the run is void. {error}", file=sys.stderr)
        sys.exit(1)
    except UserError as error:
        print(f"bench: {error.message} {error.hint or ''}".rstrip(), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
