"""The command line of the chaos suite, `python -m tests.chaos`: what `./run chaos` runs."""

import os
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from tests.chaos.mutations import MUTATIONS
from tests.chaos.suite import SERVER_SETTINGS, Chaos, Options
from tests.chaos.verdict import Verdict
from tests.cluster import Cluster, Database

from xnovu.migrate import migrate


def chaos(
    *,
    minutes: Annotated[float, typer.Option(min=0.2, metavar="N", help="How long faults strike.")] = 10.0,
    seed: Annotated[int | None, typer.Option(metavar="S", help="What is decided by it; by default, a new one.")] = None,
    pace: Annotated[float, typer.Option(min=0.1, metavar="N", help="The platform's statements a second.")] = 6.0,
    break_: Annotated[
        str | None, typer.Option("--mutate", metavar="NAME", help="Break the product: " + ", ".join(MUTATIONS) + ".")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell each fault.")] = False,
) -> None:
    """Load and faults on a PostgreSQL of its own: nothing may get lost, nothing be sent twice.

    Workers are killed, frozen and drained, PostgreSQL crashes, connections drop, and Novu answers badly or not at
    all. Exit status 0 when all promises held, 1 when one did not; the same seed makes the same plan again.
    """
    if break_ is not None and break_ not in MUTATIONS:
        raise typer.BadParameter(f"{break_!r} is not one of {', '.join(MUTATIONS)}.", param_hint="--mutate")
    server_python = os.environ.get("XNOVU_SERVER_PYTHON")
    if not server_python:
        sys.exit("chaos: XNOVU_SERVER_PYTHON is not set; ./run chaos sets it.")
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="xnovu-chaos-"))
    print(f"chaos: seed {seed}, {minutes:g} minutes; the workers' logs: {folder}", flush=True)
    with Cluster(server_python, SERVER_SETTINGS) as cluster:
        cluster.create_database("chaos")
        migrate(cluster.url("chaos"), lambda line: None)
        cluster.create_logins()
        with closing(Database(cluster, "chaos")) as database:
            options = Options(seed, minutes * 60, pace, patience=60 + minutes * 12, mutation=break_)
            verdict = Chaos(database, options, folder, Teller(verbose)).run()
    show(verdict)
    print(f"chaos: seed {seed}: {'FAILED' if verdict.violations else 'all promises held'}")
    raise typer.Exit(1 if verdict.violations else 0)


class Teller:
    """Tells of the progress: on a terminal in one line that changes, elsewhere a line every ten seconds."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._told = 0.0

    def __call__(self, line: str) -> None:
        if self._verbose:
            print(line, flush=True)
        elif sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            print(line, flush=True)


def show(verdict: Verdict) -> None:
    """Print what was counted and what was violated."""
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for name, number in sorted(verdict.counts.items()):
        print(f"  {number:>8,}  {name}")
    for violation in verdict.violations:
        print(f"VIOLATED: {violation}")


def main() -> None:
    """Run the suite."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command(epilog="Example: ./run chaos --minutes 10 --seed 7")(chaos)
    app(prog_name="./run chaos")


if __name__ == "__main__":
    main()
