"""pgqueuer with python-liquid and httpx, one POST a job: `install`, `enqueue` and `work`.

asyncpg with a pool, a larger batch, and uvloop, as its guide to performance advises."""

import json
import os
import sys

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.peers.python.common import JOBS, READ, SENT, Novu, Templates, tuning

_TUNING = tuning(batch=10, concurrency=20, connections=20)
_BATCH = 1000


def _pool() -> asyncpg.Pool:
    return asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=5, max_size=_TUNING["connections"])


async def install() -> None:
    """Create its tables."""
    async with _pool() as pool:
        await Queries(AsyncpgPoolDriver(pool)).install()


async def enqueue() -> None:
    """Make a job of each notification."""
    async with _pool() as pool:
        queries = Queries(AsyncpgPoolDriver(pool))
        rows = await pool.fetch(JOBS)
        for first in range(0, len(rows), _BATCH):
            payloads: list[bytes | None] = [json.dumps(list(row)).encode() for row in rows[first : first + _BATCH]]
            await queries.enqueue(["notify"] * len(payloads), payloads, [0] * len(payloads))


async def work() -> None:
    """Run a worker until it is told to stop."""
    templates, novu = Templates(), Novu(_TUNING["concurrency"])
    async with _pool() as pool:
        queue = PgQueuer(AsyncpgPoolDriver(pool))

        async def notify(job: Job) -> None:
            key = json.loads(job.payload or b"")
            row = await pool.fetchrow(READ.format("$1", "$2"), *key)
            if row is None:
                return
            await novu.post(templates.event(dict(row, payload=json.loads(row["payload"]))))
            await pool.execute(SENT.format("$1", "$2"), *key)

        queue.entrypoint("notify")(notify)
        await queue.run(batch_size=_TUNING["batch"], max_concurrent_tasks=_TUNING["concurrency"])


if __name__ == "__main__":
    uvloop.run({"install": install, "enqueue": enqueue, "work": work}[sys.argv[1]]())
