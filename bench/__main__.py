"""The command line of the benchmarks, `python -m bench`."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import claim as claim_part
from bench import fanout as fanout_part
from bench import insert as insert_part
from bench import parts
from bench import scaling as scaling_part
from bench import startup as startup_part
from bench.outcome import Outcome, default_folder, publish, write_json
from bench.timing import VoidError
from xnovu.errors import UserError

ROWS, ENTERPRISES, ISOLATION_RUNS, RENDERING_RUNS = 1_000_000, 200, 1000, 500
ROUNDS, SECONDS = 5, 6.0
PROBES, BACKLOG, CROWD = 500, 100_000, 1_000_000
INSERT_ROUNDS, SINGLES, CLIENT_SECONDS = 7, 1_000, 5.0
TURNS = 50
FANOUT_ROUNDS = 7
STARTS = 10
MINUTES, RATE = 10.0, 1_000
QUICK_ROUNDS, QUICK_SECONDS = 2, 2.0
HTTP_ROUNDS, HTTP_SECONDS = 5, 10.0
VIEW_RUNS, VIEW_ROUNDS, VIEW_COUNT = 10, 5, 60_000
QUICK_INSERT_ROUNDS, QUICK_SINGLES, QUICK_TURNS = 4, 100, 8

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
        bool,
        typer.Option("--quick", help="Ratios only, of the parts throughput, insert and claim, in under 2 minutes."),
    ] = False,
    output: Folder = None,
) -> None:
    """Benchmarks, each on a PostgreSQL of its own, which is gone afterwards.

    Without a name, all of them. Exit status 0, or 1 when a budget is missed or a run is void.
    """
    if context.invoked_subcommand is not None:
        return
    every: list[Callable[[], Outcome]] = [
        lambda: parts.run_throughput(ROUNDS, SECONDS),
        lambda: parts.run_latency(PROBES, BACKLOG, CROWD),
        lambda: parts.run_insert(INSERT_ROUNDS, insert_part.ROWS, SINGLES, CLIENT_SECONDS),
        lambda: parts.run_claim(claim_part.AMOUNTS, TURNS),
        lambda: parts.run_fanout(fanout_part.RECIPIENTS, FANOUT_ROUNDS),
        lambda: parts.run_startup(STARTS, startup_part.NOTIFICATIONS),
        lambda: parts.run_scaling(ROUNDS, SECONDS, scaling_part.PROCESSES),
        lambda: parts.run_isolation(ROWS, ENTERPRISES, ISOLATION_RUNS),
        lambda: parts.run_rendering(RENDERING_RUNS),
        lambda: parts.run_http(HTTP_ROUNDS, HTTP_SECONDS),
        lambda: parts.run_views(ROWS, ENTERPRISES, VIEW_RUNS, VIEW_ROUNDS, VIEW_COUNT),
        lambda: parts.run_soak(MINUTES, RATE),
    ]
    outcomes: Iterator[Outcome] = (part() for part in every)
    if quick:
        outcomes = parts.run_quick(QUICK_ROUNDS, QUICK_SECONDS, QUICK_INSERT_ROUNDS, QUICK_SINGLES, QUICK_TURNS)
    missed = False
    for outcome in outcomes:
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
    _publish(parts.run_throughput(rounds, seconds, only=only), output)


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
    _publish(parts.run_latency(probes, backlog, crowd), output)


@app.command(epilog="Example: bench insert --rounds 15")
def insert(
    *,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Rounds of each side.")] = INSERT_ROUNDS,
    rows: Annotated[int, typer.Option(min=1, metavar="N", help="Rows in the large statement.")] = insert_part.ROWS,
    singles: Annotated[int, typer.Option(min=10, metavar="N", help="Statements of one row.")] = SINGLES,
    seconds: Annotated[
        float, typer.Option(min=1, metavar="N", help="How long several clients commit in a round, in whole seconds.")
    ] = CLIENT_SECONDS,
    output: Folder = None,
) -> None:
    """What an INSERT costs the platform, beside a bare table.

    Many rows in a statement, and one, against the same table without row-level security, triggers and deliveries;
    and what clients commit while workers are notified, against a trigger that notifies nobody. Exit status 0, or 1
    when a budget is missed or rows are missing.
    """
    _publish(parts.run_insert(rounds, rows, singles, seconds), output)


@app.command(epilog="Example: bench claim --waiting 1000 --waiting 100000 --turns 20")
def claim(
    *,
    waiting: Annotated[
        list[int] | None,
        typer.Option(min=1000, metavar="N", help="How many wait, in thousands; again for each amount."),
    ] = None,
    turns: Annotated[int, typer.Option(min=2, metavar="N", help="Turns of ten claims beside each amount.")] = TURNS,
    output: Folder = None,
) -> None:
    """What a claim of 100 costs, by how much is waiting.

    Beside 1,000, 100,000 and 1,000,000, unless --waiting says otherwise; the ratio is to the least. Exit status 0, or
    1 when the budget is missed or a claim did not get what it had to.
    """
    amounts = sorted(set(waiting or claim_part.AMOUNTS))
    if any(amount % claim_part.LEAST for amount in amounts):
        raise typer.BadParameter("It must be a multiple of 1,000.", param_hint="--waiting")
    _publish(parts.run_claim(amounts, turns), output)


@app.command(epilog="Example: bench fanout --recipients 100000 --rounds 3")
def fanout(
    *,
    recipients: Annotated[
        int, typer.Option(min=1, max=100_000, metavar="N", help="Recipients of the notification.")
    ] = fanout_part.RECIPIENTS,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Rounds of each kind.")] = FANOUT_ROUNDS,
    output: Folder = None,
) -> None:
    """One notification to many recipients: seconds until Novu has it, and until it is SENT.

    The same for all, and with values of each recipient's own. Exit status 0, or 1 when the budget, which is for 10,000
    recipients, is missed, or when somebody did not get what was to be got.
    """
    _publish(parts.run_fanout(recipients, rounds), output)


@app.command(epilog="Example: bench startup --starts 20")
def startup(
    *,
    starts: Annotated[int, typer.Option(min=1, metavar="N", help="How often a worker is started.")] = STARTS,
    notifications: Annotated[
        int, typer.Option(min=100, metavar="N", help="How many it sends before its memory is looked at.")
    ] = startup_part.NOTIFICATIONS,
    output: Folder = None,
) -> None:
    """What a worker takes: seconds to its first claim, and memory.

    Its own memory and that of its backends in PostgreSQL, idle and under load. Exit status 0, or 1 when a budget is
    missed or a worker did not begin.
    """
    _publish(parts.run_startup(starts, notifications), output)


@app.command(epilog="Example: bench scaling --workers 1 --workers 8 --rounds 3")
def scaling(
    *,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Rounds of each number of workers.")] = ROUNDS,
    seconds: Annotated[float, typer.Option(min=0.5, metavar="N", help="About how long a round lasts.")] = SECONDS,
    workers: Annotated[
        list[int] | None,
        typer.Option(min=1, max=16, metavar="N", help="How many worker processes; again for each number."),
    ] = None,
    output: Folder = None,
) -> None:
    """Notifications a second with several workers.

    With 1, 2 and 4 worker processes, unless --workers says otherwise, in turns. Exit status 0, or 1 when a round was
    not right.
    """
    _publish(parts.run_scaling(rounds, seconds, workers or scaling_part.PROCESSES), output)


@app.command(epilog="Example: bench soak --minutes 3 --rate 500")
def soak(
    *,
    minutes: Annotated[float, typer.Option(min=0.5, metavar="N", help="How long each variant lasts.")] = MINUTES,
    rate: Annotated[int, typer.Option(min=10, metavar="N", help="Notifications a second.")] = RATE,
    output: Folder = None,
) -> None:
    """A steady load for minutes, without and with an old snapshot.

    The second time an idle transaction holds a snapshot from before the beginning. Shows throughput, cost, dead
    tuples and sizes over time. Exit status 0, or 1 when something was lost or the load was not what it was to be.
    """
    _publish(parts.run_soak(minutes, rate), output)


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
    _end(parts.run_isolation(rows, enterprises, runs), json_file)


@app.command(epilog="Example: bench views --rows 10000000")
def views(
    *,
    rows: Annotated[int, typer.Option(min=10_000, metavar="N", help="Notifications of a week.")] = ROWS,
    enterprises: Annotated[int, typer.Option(min=101, metavar="N", help="Of how many enterprises.")] = ENTERPRISES,
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="Runs of each dashboard.")] = VIEW_RUNS,
    rounds: Annotated[int, typer.Option(min=0, metavar="N", help="Rounds of sending; 0: none.")] = VIEW_ROUNDS,
    count: Annotated[int, typer.Option(min=1000, metavar="N", help="What is sent in a round.")] = VIEW_COUNT,
    output: Folder = None,
) -> None:
    """What dashboards take over many notifications, and what asking them costs the throughput.

    For one enterprise's last 7 days, and for all enterprises; then a worker sends with and without all dashboards
    being asked every 10 seconds. Exit status 0, or 1 when a budget is missed or a round is void.
    """
    _publish(parts.run_views(rows, enterprises, runs, rounds, count), output)


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
    _end(parts.run_rendering(runs), json_file)


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
    _end(parts.run_http(rounds, seconds), json_file)


def _end(outcome: Outcome, json_file: Path | None) -> None:
    Console().print(outcome.table)
    if json_file is not None:
        write_json(json_file, outcome.record)
    raise typer.Exit(0 if outcome.is_met else 1)


def _publish(outcome: Outcome, folder: Path | None) -> None:
    publish(outcome, Console(), folder or default_folder())
    raise typer.Exit(0 if outcome.is_met else 1)


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
