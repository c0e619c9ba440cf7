"""The way to PostgreSQL: a pool of connections, and calls of the functions of schema http_v1."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import psycopg
from prometheus_client import Histogram
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from starlette.requests import Request
from starlette.responses import Response

from xnovu.database import NETWORK, Connection, explain
from xnovu.errors import UserError
from xnovu.http.answers import Refusal, json_response
from xnovu.http.options import FaceOptions
from xnovu.log import Log
from xnovu.settings import read_database_url

KEY = re.compile(r"xnovu_[A-Za-z0-9_-]{43}")  # as notify.create_api_key makes it
LONGEST_QUEUE = 1000
BUSY = {"Retry-After": "1"}
QUERY_SECONDS = Histogram("xnovu_query_seconds", "How long the database took for a call, by function.", ["function"])


class Answer(NamedTuple):
    """What a function of http_v1 returns: http_v1.answer. `body` is JSON text; null where there is none."""

    status: int | None
    headers: dict[str, str] | None
    body: str | None

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The answer as it goes to the client, with these headers more."""
        assert self.status is not None
        return json_response(self.body or b"", self.status, {**(headers or {}), **(self.headers or {})})


class Wish(NamedTuple):
    """What a request asks an API key for. `enterprise` is the one that it names, `cost` the notifications that it
    sends; its `body`, and the id of the `notification` that it is about, tell an emergency."""

    scope: str
    enterprise: str | None = None
    cost: int = 1
    body: str | None = None
    notification: str | None = None


def read_key(request: Request) -> str | None:
    """What stands where an API key is to stand; None: the request has none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() in ("bearer", "apikey") else None


def read_proof(request: Request) -> str | None:
    """What proves that the client holds an API key: its SHA-256 in hexadecimal. The key itself goes no further, so no
    log of the database can show it. None: the request has none."""
    key = read_key(request)
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()


class Database:
    """A pool whose connections end a statement that takes too long. Credentials are read anew for each connection."""

    def __init__(self, options: FaceOptions, log: Log) -> None:
        self._source = options.database_url
        self._log = log
        self._statement_ms = max(int(options.answer_seconds * 900), 1)
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True, "client_encoding": "utf8"},
            configure=self._configure,
            min_size=options.connections,
            max_size=options.connections,
            timeout=options.answer_seconds / 4,
            max_waiting=LONGEST_QUEUE,
            reconnect_timeout=options.answer_seconds
            / 4,  # then whoever waits next tries anew, without the backoff of a long outage
            open=False,
        )

    async def _conninfo(self) -> str:
        url = read_database_url(self._source)
        given = conninfo_to_dict(url)
        extra = {key: value for key, value in NETWORK.items() if key not in given}
        return make_conninfo(url, **extra, application_name=given.get("application_name") or "xnovu serve")

    async def _configure(self, connection: Connection) -> None:
        await connection.execute(
            f"set session characteristics as transaction isolation level read committed;"
            f" set timezone = 'UTC'; set statement_timeout = {self._statement_ms};"
            f" set lock_timeout = {self._statement_ms // 2};"
            f" set idle_in_transaction_session_timeout = 10000".encode()
        )

    async def check(self) -> None:
        """Call http_v1 once. Raises UserError, or psycopg's error, when it can't be had."""
        async with await psycopg.AsyncConnection.connect(await self._conninfo()) as connection:
            await connection.execute("select from http_v1.ready()")

    async def ask(self, function: str, *arguments: Any) -> Answer:
        """What http_v1.<function> says, which is harmless when asked twice. Raises Refusal when the database can't be
        asked now."""
        async with self._asked(function, *arguments) as (_, answer):
            return answer

    async def ask_with_key(self, request: Request, wish: Wish, function: str, *arguments: Any) -> Response:
        """What http_v1.<function> answers to whoever holds the request's API key, if that may do it now.

        Two transactions: the first takes from the key's limit, so that its row is not locked while the second works."""
        proof = read_proof(request)
        asked = self._asked("admit", proof, wish.enterprise, wish.scope, wish.cost, wish.body, wish.notification)
        async with asked as (connection, admitted):
            if admitted.status is not None:
                return admitted.response()
            return (await call(connection, function, proof, *arguments)).response(admitted.headers)

    @asynccontextmanager
    async def _asked(self, function: str, *arguments: Any) -> AsyncIterator[tuple[Connection, Answer]]:
        """A connection, and what http_v1.<function>, which is harmless when asked twice, said on it. Those that were
        lost while nobody used them are passed over: at worst all of the pool's, and then it has made another."""
        for _ in range(self.pool.max_size + 1):
            async with self.connection() as connection:
                try:
                    answer = await call(connection, function, *arguments)
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
                    continue
                yield connection, answer
                return
        raise Refusal(503, "The database keeps closing its connections: try again.", headers=BUSY)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the pool. What the database can't do now becomes a Refusal: 503, or 400 for a value that
        PostgreSQL can't hold."""
        try:
            async with self.pool.connection() as connection:
                yield connection
        except (PoolTimeout, PoolClosed, TooManyRequests, UserError) as error:
            self._log.warning("database_unreachable", reason=explain(error))
            raise Refusal(503, "The database can't be reached now: try again.", headers=BUSY) from None
        except psycopg.DataError as error:
            raise Refusal(400, f"PostgreSQL can't hold this value: {error.diag.message_primary or error}.") from None
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._log.warning("database_failed", reason=explain(error))
            raise Refusal(503, "The database did not answer in time: try again.", headers=BUSY) from None


async def call(connection: Connection, function: str, *arguments: Any) -> Answer:
    """Call http_v1.<function> on this connection, in a transaction of its own."""
    query = sql.SQL("select a.status, a.headers, a.body from {}({}) as a").format(
        sql.Identifier("http_v1", function), sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    )
    with QUERY_SECONDS.labels(function).time():
        row = await (await connection.execute(query, arguments)).fetchone()
    assert row is not None
    return Answer(*row)
