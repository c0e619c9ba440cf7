"""The worker's way to PostgreSQL: connections that come back by themselves, and one function for each of the
database's own functions in worker_v1. Nothing here knows what the rows mean."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from xnovu.errors import UserError
from xnovu.log import Log
from xnovu.settings import Source, read_database_url

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
WARN_AGAIN = 20.0
SETUP_TIMEOUT = 10.0
CHANNEL = "xnovu_work"
# The engine refuses other levels, and an administrator may have set another default.
SETUP = "select pg_backend_pid(); set session characteristics as transaction isolation level read committed"
# A peer that vanished without a word is noticed within about half a minute.
NETWORK = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# libpq gives no SQLSTATE for a connection that the server refuses. In another language than English these are not
# recognised, and the worker goes on trying.
REFUSALS = (
    (r'FATAL: +database ".*" does not exist', "3D000"),
    (r"FATAL: +permission denied for database", "42501"),
    (r"FATAL: +.*authentication failed", "28P01"),
    (r'FATAL: +role ".*" (does not exist|is not permitted to log in)', "28000"),
    (r"FATAL: +(no pg_hba\.conf entry|pg_hba\.conf rejects)", "28000"),
    (r"no password supplied", "28P01"),
)


@dataclass(frozen=True)
class Request:
    """A row of worker_v1.render(): one event, or one whole call where `batch` is None. `deadline` is in seconds since
    the claim was sent; `body` is JSON text, ready to send."""

    request_id: str
    kind: str
    attempt: int
    target: str
    batch: str | None
    deadline: float
    method: str
    path: str
    headers: dict[str, str]
    body: str | None


@dataclass(frozen=True)
class _Trouble:
    reason: str
    attempts: int


class Database:
    """Opens connections and keeps work going on them. Logs when the database goes away and when it is back."""

    def __init__(self, source: Source, log: Log) -> None:
        self._source = source
        self._log = log
        self._trouble: dict[str, _Trouble] = {}
        self._ever_called = False
        self._told_connected = False
        self._told_pooled = False
        self._warned = 0.0

    async def keep(
        self, name: str, serve: Callable[[Connection], Awaitable[None]], wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Run `serve` on a connection until it returns; when the database fails, wait and run it on a new one, as
        long as it is wanted.

        The pause grows from 0.1 s to 5 s, with jitter, and starts again once a connection has served for 5 s.
        Credentials are read anew for each connection. Raises UserError for what waiting can't mend, such as a database
        that is not migrated, as long as no function of worker_v1 has ever answered."""
        pause = FIRST_PAUSE
        while wanted():
            start = time.monotonic()
            try:
                async with await self._connect(name) as connection:
                    await serve(connection)
                    return
            except (psycopg.Error, UserError, TimeoutError) as error:
                if not self._ever_called and (permanent := find_permanent(error, self._source)):
                    raise permanent from None
                failure = error
            if time.monotonic() - start > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            wait = pause * random.uniform(0.5, 1.0)
            self._failed(name, failure, wait)
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connect(self, name: str) -> Connection:
        url = read_database_url(self._source)
        given = conninfo_to_dict(url)
        extra = {key: value for key, value in NETWORK.items() if key not in given}
        if "application_name" not in given:
            extra["application_name"] = f"xnovu {name}"
        connection = await psycopg.AsyncConnection.connect(
            make_conninfo(url, **extra), autocommit=True, client_encoding="utf8"
        )
        try:
            async with asyncio.timeout(SETUP_TIMEOUT):
                row = await (await connection.execute(SETUP)).fetchone()
        except BaseException:
            await connection.close()
            raise
        # A pooler hands out process ids of its own making.
        if row != (connection.info.backend_pid,):
            self._use_pooled(connection)
        return connection

    def _use_pooled(self, connection: Connection) -> None:
        """Do without what a pooler in transaction mode doesn't carry: the next statement may run in another session."""
        connection.prepare_threshold = None
        if not self._told_pooled:
            self._told_pooled = True
            self._log.warning(
                "pooled",
                reason=f"{self._source.name} leads to a pooler, such as PgBouncer. In transaction mode that carries no "
                "LISTEN: new work is found by polling only.",
                mend="Let it lead straight to PostgreSQL.",
            )

    def answered(self, name: str, by_call: bool = True) -> None:
        """Note that the connection called `name` does its work; `by_call`: that a function of worker_v1 answered."""
        self._trouble.pop(name, None)
        self._ever_called = self._ever_called or by_call
        if self._ever_called and not self._trouble and not self._told_connected:
            self._told_connected = True
            self._log.info("connected")

    def _failed(self, name: str, error: Exception, wait: float) -> None:
        """Log a failure when its reason is a new one, and now and then while nothing gets better."""
        self._told_connected = False
        before = self._trouble.get(name)
        trouble = _Trouble(explain(error), before.attempts + 1 if before else 1)
        known = any(other.reason == trouble.reason for other in self._trouble.values())
        self._trouble[name] = trouble
        now = time.monotonic()
        if not known or now - self._warned >= WARN_AGAIN:
            self._warned = now
            self._log.warning(
                "reconnecting",
                connection=name,
                reason=trouble.reason,
                attempts=trouble.attempts,
                next_try=round(wait, 1),
            )


def explain(error: Exception) -> str:
    """One line about a failure, without the DETAIL of a server's error, which may hold values of rows."""
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def find_permanent(error: Exception, source: Source) -> UserError | None:
    """What the user must mend before a worker can work at all; None for what may pass by itself, such as a server that
    is starting, is full or can't be reached."""
    if not isinstance(error, psycopg.Error):
        return None
    reason = explain(error)
    state = error.sqlstate or next((state for pattern, state in REFUSALS if re.search(pattern, reason)), "")
    if state in ("3F000", "42883"):
        return UserError(f"This database is not migrated ({reason}).", "Run `xnovu migrate` first.")
    if state not in ("3D000", "42501") and not state.startswith("28"):
        return None
    given = conninfo_to_dict(read_database_url(source))
    login = given.get("user", "of this worker")
    if state == "3D000":
        return UserError(
            f"There is no such database: {given.get('dbname')}.",
            f"Correct {source.name}, or create the database and run `xnovu migrate`.",
        )
    if state == "42501":
        return UserError(f"The login {login} may not execute worker_v1 ({reason}).", "Grant notify_worker to it.")
    return UserError(
        f"The database refuses the login {login}: {reason}.",
        f"Check user and password in {source.name}, and the server's pg_hba.conf.",
    )


async def claim(connection: Connection, worker: str, lane: str, most: int, lease: float) -> tuple[int, list[Request]]:
    """Lease up to `most` deliveries of a lane for `lease` seconds and render them: how many were leased, and the
    requests to send. Both in one message, so one round trip, but in two transactions: the attempt is committed before
    anything is rendered, so a render that kills its backend is counted."""
    query = sql.SQL(
        "begin; select worker_v1.claim({worker}, {lane}, {most}, {lease}); commit; "
        "begin; select request_id, kind, attempt, target, batch, deadline, method, path, headers, body "
        "from worker_v1.render({worker}); commit"
    ).format(
        worker=sql.Literal(worker),
        lane=sql.Literal(lane),
        most=sql.Literal(most),
        lease=sql.Literal(timedelta(seconds=lease)),
    )
    async with connection.cursor() as cursor:
        await cursor.execute(query, prepare=False)
        results: list[list[tuple[Any, ...]]] = []
        while True:
            if cursor.description is not None:
                results.append(await cursor.fetchall())
            if not cursor.nextset():
                break
    (((leased,),), rows) = results
    return leased, [Request(*row) for row in rows]


async def report(connection: Connection, results: Sequence[dict[str, object]]) -> list[tuple[str, str]]:
    """Tell what came of HTTP calls; returns (request id, outcome) for each request."""
    cursor = await connection.execute("select request_id, outcome from worker_v1.report(%s)", [Jsonb(list(results))])
    return await cursor.fetchall()


async def extend(connection: Connection, worker: str, requests: Sequence[Request], lease: float) -> set[str]:
    """Ask for `lease` more seconds for these requests; returns the ids of those that are still this worker's."""
    wanted = [{"request_id": request.request_id, "attempt": request.attempt} for request in requests]
    cursor = await connection.execute(
        "select request_id from worker_v1.extend(%s, %s, %s) where extended",
        [worker, Jsonb(wanted), timedelta(seconds=lease)],
    )
    return {row[0] for row in await cursor.fetchall()}


async def tick(connection: Connection) -> dict[str, Any]:
    """Let the database do what time makes happen; returns its counts."""
    cursor = await connection.execute("select worker_v1.tick()")
    row = await cursor.fetchone()
    return row[0] or {} if row else {}


async def beat(connection: Connection, worker: str, facts: dict[str, object]) -> dict[str, Any]:
    """Tell that the worker lives, with its facts; returns the database's orders."""
    cursor = await connection.execute("select worker_v1.beat(%s, %s)", [worker, Jsonb(facts)])
    row = await cursor.fetchone()
    return row[0] or {} if row else {}
