"""Two queries that must give the same rows, timed in turns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from uuid import UUID

from tests.cluster import Connection, Database

# A session's first runs, which aren't counted: its caches fill, psycopg prepares a statement after five of them, and
# PostgreSQL settles on a plan after five more.
_WARM_UP = 20

# Where the system puts a session's process can cost more than what is measured, and lasts as long as the session.
_RUNS_OF_A_SESSION = 100


class VoidError(Exception):
    """Two queries that were to be compared gave different rows, or none: their times say nothing."""


@dataclass(frozen=True)
class Query:
    """What one login asks.

    Args:
        login: the login.
        text: the query; the results are compared by its first column.
        parameters: its parameters.
        context: the enterprise that the transaction chooses before it, or None.
    """

    login: str
    text: str
    parameters: tuple[object, ...] = ()
    context: UUID | None = None


@dataclass
class Times:
    """How long the runs of a query took, and what came before it in their transactions, in seconds."""

    query: list[float] = field(default_factory=list)
    prelude: list[float] = field(default_factory=list)


def take_turns(
    database: Database, one: Query, other: Query, *, prepared: bool, runs: int, report: Callable[[], None]
) -> tuple[Times, Times]:
    """Run two queries in turns, in sessions of their own, each run in a transaction of its own.

    Args:
        database: where.
        one: a query.
        other: a query that must give the same rows.
        prepared: as psycopg does by default, which prepares what a session runs often; else each run is planned anew.
        runs: how often each is run, beside the warm-up.
        report: called after each run of both.

    Raises:
        VoidError: the two gave different rows, or none.
    """
    times = (Times(), Times())
    done = 0
    while done < runs:
        counted = min(_RUNS_OF_A_SESSION, runs - done)
        with _session(database, one, prepared) as first, _session(database, other, prepared) as second:
            for number in range(-_WARM_UP, counted):
                of_one, of_other = times if number >= 0 else (Times(), Times())
                # Whoever is second may find the processor's caches fuller.
                if number % 2 == 0:
                    rows, other_rows = _run(first, one, of_one), _run(second, other, of_other)
                else:
                    other_rows, rows = _run(second, other, of_other), _run(first, one, of_one)
                _compare(rows, other_rows)
                if number >= 0:
                    report()
        done += counted
    return times


def microseconds(times: list[float]) -> dict[str, float]:
    """The median and the 99th percentile, in microseconds, of times in seconds."""
    return {"median": median(times) * 1e6, "p99": quantiles(times, n=100)[98] * 1e6}


@contextmanager
def _session(database: Database, query: Query, prepared: bool) -> Iterator[Connection]:
    connection = database.connect(query.login)
    if not prepared:
        connection.prepare_threshold = None
    try:
        yield connection
    finally:
        connection.close()


def _run(connection: Connection, query: Query, times: Times) -> list[Any]:
    cursor = connection.cursor()
    cursor.execute("begin")
    started = perf_counter()
    if query.context is None:
        cursor.execute("select 1").fetchall()
    else:
        cursor.execute("select notify.set_enterprise(%s)", [query.context]).fetchall()
    times.prelude.append(perf_counter() - started)
    text = query.text.encode()
    parameters = query.parameters or None
    started = perf_counter()
    rows = cursor.execute(text, parameters).fetchall()
    times.query.append(perf_counter() - started)
    cursor.execute("commit")
    return [row[0] for row in rows]


def _compare(one: list[Any], other: list[Any]) -> None:
    if one != other:
        alike = len({*one} & {*other})
        raise VoidError(
            f"the two queries gave different rows: {len(one)} and {len(other)}, of which {alike} are the same"
        )
    if not one:
        raise VoidError("the two queries gave no rows")
