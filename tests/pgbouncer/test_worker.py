"""A worker behind a PgBouncer in transaction mode says what it lacks there, and delivers nonetheless."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import Database
from tests.pgbouncer.pooler import Pooler
from tests.support import add_workflow, platform
from tests.worker.processes import Sandbox, WorkerProcess, insert, statuses, until
from tests.worker.support import events, make_log

from xnovu import database as way
from xnovu.settings import Source

COUNT = 40


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path) as running:
        yield running


async def connect(url: str, times: int) -> tuple[io.StringIO, list[int | None]]:
    """What one worker's way to the database logs over so many connections, and after how many uses of a statement
    each would prepare it."""
    log, stream = make_log()
    database = way.Database(Source("DATABASE_URL", url), log)
    thresholds = []

    async def serve(connection: way.Connection) -> None:
        thresholds.append(connection.prepare_threshold)

    for _ in range(times):
        await database.keep("a test", serve)
    return stream, thresholds


async def test_a_worker_straight_at_the_server_is_not_warned_and_prepares_statements(database: Database) -> None:
    stream, thresholds = await connect(database.url("test_worker"), times=2)
    assert events(stream) == []
    assert None not in thresholds


async def test_a_worker_behind_a_pooler_is_warned_once_and_prepares_nothing(pooler: Pooler) -> None:
    stream, thresholds = await connect(pooler.url("test_worker"), times=3)
    (warning,) = events(stream)
    assert (warning["level"], warning["event"]) == ("warning", "pooled")
    for word in ("DATABASE_URL", "LISTEN", "polling only"):
        assert word in warning["reason"]
    assert "straight to PostgreSQL" in warning["mend"]
    assert thresholds == [None] * 3


@pytest.mark.parametrize("reset", ["0", "1"])
def test_a_worker_behind_a_pooler_delivers(tmp_path: Path, database: Database, sandbox: Sandbox, reset: str) -> None:
    add_workflow(database, channels=("IN_APP",))
    with Pooler(database, server_reset_query_always=reset) as pooler:
        # A statement each is a claim each, so that a slot reports more often than it takes psycopg to prepare that.
        worker = WorkerProcess(tmp_path, pooler.url("test_worker"), sandbox.url, XNOVU_BATCH="1")
        with worker:
            until(lambda: bool(worker.events("connected")))
            client = platform(database)
            with client.transaction():
                for _ in range(COUNT):
                    insert(client, 1, "CRITICAL")
            until(lambda: statuses(database) == {"SENT": COUNT})
            assert worker.drain() == 0
    assert len(sandbox.deliveries()) == COUNT
    assert [entry["event"] for entry in worker.events() if entry["level"] != "info"] == ["pooled"]
