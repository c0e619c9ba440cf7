"""One program that inserts notifications, by SQL or over HTTP: `python -m bench.caller '{"kind": "http", …}'`.

It writes what it measured as JSON: how many were taken, in how many seconds, and each one's latency in milliseconds.
Both kinds are asyncio with the same number of connections, so that what differs is the way. At a rate, a notification's
latency counts from when it was due, not from when its connection was free."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import psycopg
from psycopg.types.json import Jsonb

RECIPIENT = "00000000-0000-4000-8000-0000000000ad"
PAYLOAD = {"name": "Ada"}
WARM_UP = 10
Send = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """What to do: `url` leads to the database or to the HTTP face, `key` is the enterprise or the API key. `rate` is in
    notifications a second; None: as many as go."""

    kind: str
    url: str
    key: str
    clients: int
    seconds: float
    rate: float | None = None


@dataclass
class Measured:
    """What came of it."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


async def inserter(job: Job) -> Send:
    """A connection of the platform's, with the enterprise as its context: a notification is one INSERT."""
    connection = await psycopg.AsyncConnection.connect(job.url, autocommit=True)
    await connection.execute("select set_config('app.current_enterprise_id', %s, false)", [job.key])

    async def send() -> None:
        await connection.execute(
            "insert into notify.ent_notification (workflow_key, recipients, payload)"
            " values ('greeting', %s::uuid[], %s)",
            [[RECIPIENT], Jsonb(PAYLOAD)],
        )

    return send


async def caller(job: Job) -> Send:
    """A connection to the HTTP face that is kept: a notification is one POST. As little of HTTP as will do, since the
    program shares the machine with what it measures."""
    parts = urlsplit(job.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = json.dumps({"workflowId": "greeting", "recipients": [RECIPIENT], "payload": PAYLOAD})
    request = (
        f"POST /api/trigger HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {job.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()

    async def send() -> None:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.partition(b":")[2]))
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"{head.decode()}{answer.decode()}")

    return send


async def work(job: Job) -> Measured:
    """Send on all connections until the time is over."""
    kinds = {"insert": inserter, "http": caller}
    sends = [await kinds[job.kind](job) for _ in range(job.clients)]
    for _ in range(WARM_UP):  # plans and caches of the database's sessions: not counted
        await asyncio.gather(*(send() for send in sends))
    measured = Measured()
    start = time.monotonic()

    async def keep_on(number: int, send: Send) -> None:
        turn = number
        while True:
            due = time.monotonic() if job.rate is None else start + turn / job.rate
            if due - start >= job.seconds:
                return
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await send()
            measured.latencies.append((time.monotonic() - due) * 1000)
            turn += job.clients

    await asyncio.gather(*(keep_on(number, send) for number, send in enumerate(sends)))
    measured.seconds = time.monotonic() - start
    return measured


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(work(Job(**json.loads(sys.argv[1]))))), sys.stdout)
