"""procrastinate with python-liquid and httpx, one POST a job: `install`, `enqueue` and `work`.

Asynchronous tasks and concurrency as its guide to production says, jobs deleted when they are done."""

import asyncio
import logging
import os
import sys
from typing import Any

import procrastinate
import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.peers.python.common import JOBS, READ, SENT, Novu, Templates, tuning

_TUNING = tuning(concurrency=15, connections=5)
_BATCH = 1000
_READ, _SENT = (query.format("%s", "%s").encode() for query in (READ, SENT))

# Errors only, as for the others: a line for each job is none of the work.
logging.getLogger("procrastinate").setLevel(logging.ERROR)
app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=os.environ["DATABASE_URL"], min_size=_TUNING["connections"], max_size=_TUNING["connections"]
    )
)
task = app.configure_task("notify")


async def install() -> None:
    """Create its tables."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def enqueue() -> None:
    """Make a job of each notification."""
    async with app.open_async():
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            rows = connection.execute(JOBS.encode()).fetchall()
        jobs = [{"enterprise_id": enterprise_id, "notification_id": id} for enterprise_id, id in rows]
        for first in range(0, len(jobs), _BATCH):
            await task.batch_defer_async(*jobs[first : first + _BATCH])


async def work() -> None:
    """Run a worker until it is told to stop."""
    templates, novu = Templates(), Novu(_TUNING["concurrency"])
    options = {"autocommit": True, "row_factory": dict_row}
    size = _TUNING["connections"]
    pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=size, max_size=size, open=False, kwargs=options)

    async def notify(enterprise_id: str, notification_id: str) -> None:
        key = [enterprise_id, notification_id]
        async with pool.connection() as connection:
            row: Any = await (await connection.execute(_READ, key)).fetchone()
        if row is None:
            return
        await novu.post(templates.event(row))
        async with pool.connection() as connection:
            await connection.execute(_SENT, key)

    app.task(name="notify")(notify)
    async with pool, app.open_async():
        await app.run_worker_async(concurrency=_TUNING["concurrency"], delete_jobs="successful")


if __name__ == "__main__":
    asyncio.run({"install": install, "enqueue": enqueue, "work": work}[sys.argv[1]]())
