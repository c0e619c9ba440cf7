"""The command line of the benchmarks, `python -m bench`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.timing import VoidError
from xnovu.errors import UserError

app = typer.Typer(
    name="bench",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    epilog="Example: bench isolation --rows 100000",
)


@app.callback()
def bench() -> None:
    """Benchmarks, each on a PostgreSQL of its own, which is gone afterwards."""


@app.command(epilog="Example: bench isolation --rows 100000 --enterprises 20 --json figures.json")
def isolation(
    *,
    rows: Annotated[int, typer.Option(metavar="N", help="Notifications, with one delivery each.")] = 1_000_000,
    enterprises: Annotated[int, typer.Option(min=4, metavar="N", help="Enterprises that they belong to.")] = 200,
    runs: Annotated[int, typer.Option(min=10, metavar="N", help="Runs of each query, after a warm-up.")] = 1000,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too.")
    ] = None,
) -> None:
    """What isolation costs.

    The newest 50 of one enterprise under row-level security, in turns with the same query of a login that bypasses
    it and names the enterprise. Exit status 0, or 1 when a ratio is over its budget, or when the two
    gave different rows.
    """
    from bench.filling import fill
    from bench.isolation import as_json, bind_logins, measure, pairs, show
    from bench.server import running_database

    if rows < 100 * enterprises:
        raise typer.BadParameter("There must be 100 notifications or more for each enterprise.", param_hint="--rows")
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        filling = progress.add_task(f"filling: {rows:,} notifications, {enterprises} enterprises", total=2 * rows)
        measuring = progress.add_task(f"measuring: {runs:,} runs of each query", total=None, start=False)
        with running_database() as database:
            fill(database, rows, enterprises, lambda done: progress.advance(filling, done))
            bind_logins(database, enterprises)
            wanted = pairs(enterprises)
            progress.update(measuring, total=2 * runs * len(wanted))
            progress.start_task(measuring)
            figures = measure(database, wanted, runs, lambda: progress.advance(measuring))
    console.print(show(figures))
    if json_file is not None:
        record = {
            "rows": rows,
            "enterprises": enterprises,
            "runs": runs,
            "unit": "microseconds",
            "figures": as_json(figures),
        }
        json_file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if any(each.is_over for each in figures) else 0)


@app.command(epilog="Example: bench rendering --runs 1000")
def rendering(
    *,
    runs: Annotated[
        int, typer.Option(min=10, metavar="N", help="Batches of 100 that each renders, after a warm-up.")
    ] = 500,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too.")
    ] = None,
) -> None:
    """What rendering costs.

    One email inside PostgreSQL, by template.render_batch with all that it checks, in turns with a bare render of the
    same templates. Exit status 0, or 1 when it is over its budget, or when the two gave different emails.
    """
    from bench.rendering import as_json, measure, show
    from bench.server import running_database

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        measuring = progress.add_task(f"measuring: {runs:,} batches of each", total=runs)
        with running_database() as database:
            figures = measure(database, runs, lambda: progress.advance(measuring))
    Console().print(show(figures))
    if json_file is not None:
        record = {"runs": runs, "unit": "microseconds", "figures": as_json(figures)}
        json_file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if figures.is_over else 0)


def main() -> None:
    """Run a benchmark, and say in a line why there are no figures."""
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
