"""procrastinate with python-liquid and httpx, one POST a job: `install`, `enqueue` and `work`.

Asynchronous tasks and concurrency as its guide to production says, jobs deleted when they are done."""

import asyncio
import json
import os
import sys

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool

from bench.peers.python.common import SENT, Novu, Templates, tuning

_TUNING = tuning(concurrency=30, connections=20)
_BATCH = 1000

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
    """Make a job of each notification, with all that it needs."""
    async with app.open_async():
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            rows = connection.execute("select to_jsonb(j) from job as j order by id").fetchall()
        for first in range(0, len(rows), _BATCH):
            await task.batch_defer_async(*({"notification": row[0]} for row in rows[first : first + _BATCH]))


async def work() -> None:
    """Run a worker until it is told to stop."""
    templates, novu = Templates(), Novu(_TUNING["concurrency"])
    pool = AsyncConnectionPool(os.environ["DATABASE_URL"], max_size=10, open=False, kwargs={"autocommit": True})

    async def notify(notification: dict[str, object]) -> None:
        await novu.post(templates.event(notification))
        async with pool.connection() as connection:
            await connection.execute(SENT.format("%s", "%s"), [notification["enterprise_id"], notification["id"]])

    app.task(name="notify")(notify)
    async with pool, app.open_async():
        await app.run_worker_async(concurrency=_TUNING["concurrency"], delete_jobs="successful")


if __name__ == "__main__":
    asyncio.run({"install": install, "enqueue": enqueue, "work": work}[sys.argv[1]]())
