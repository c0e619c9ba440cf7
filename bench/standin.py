"""A stand-in for Novu that is much faster than anything that posts to it, and keeps all that it gets.

While a round runs it does nothing with a posted event but find its transactionId, which Novu's answer repeats. What
was posted is looked at afterwards, when its verdict is asked for. As `python -m bench.standin` it prints its port."""

import asyncio
import gc
import json
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from uuid import UUID

from bench.work import EXPECTED, Expected, digest, number_of

ONE = b"/v1/events/trigger"
BULK = b"/v1/events/trigger/bulk"
POLLS = (b"/v1/notifications?", b"/v1/messages?")
"""What became of an event: nothing is known here, as of Novu right after a trigger."""

_TRANSACTION = re.compile(rb'"transactionId": ?"([^"]*)"')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_EXAMPLES = 3
# While it is emptied again and again, one in so many calls is looked at.
_SAMPLE = 20


@dataclass(frozen=True)
class Post:
    """A call that came in: when by the machine's monotonic clock, whether a bulk, how many events, and its body."""

    at: float
    is_bulk: bool
    count: int
    body: bytes


@dataclass
class Verdict:
    """What was posted. It is right when each notification came once with the right contents, and nothing else did."""

    posts: int = 0
    events: int = 0
    strays: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missing: int = 0

    @property
    def is_right(self) -> bool:
        return not (self.strays or self.wrong or self.missing)


class Ledger:
    """All calls since it was emptied."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.strays: list[str] = []
        self.events = 0

    def clear(self) -> None:
        """Forget all calls."""
        self.posts.clear()
        self.strays.clear()
        self.events = 0

    def take(self, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes]:
        """Keep a call; returns status and body of the answer."""
        now = time.monotonic()
        if method == b"GET" and path.startswith(POLLS):
            return 200, b'{"data":[],"hasMore":false}'
        if method != b"POST" or path not in (ONE, BULK):
            self.strays.append(f"{method.decode()} {path.decode()}")
            return 404, b'{"statusCode":404,"message":"Not found"}'
        answers = [
            b'{"acknowledged":true,"status":"processed","transactionId":"%b"}' % name
            for name in _TRANSACTION.findall(body)
        ]
        self.posts.append(Post(now, path == BULK, len(answers), body))
        self.events += len(answers)
        return 201, b'{"data":[%b]}' % b",".join(answers) if path == BULK else b'{"data":%b}' % b"".join(answers[:1])

    def marked(self, prefix: str) -> dict[str, float]:
        """Of each recipient that begins like this, when its event had come in."""
        wanted = re.compile(rb":(%b[0-9a-f-]*)" % re.escape(prefix.encode()))
        return {name.decode(): post.at for post in self.posts for name in wanted.findall(post.body)}

    def judge(self, count: int, kind: str = "each") -> Verdict:
        """Compare what was posted with the first `count` notifications of the work, or recipients of the fan-out."""
        verdict = Verdict(posts=len(self.posts), events=self.events, strays=self.strays[:_EXAMPLES])
        expected = EXPECTED[kind]
        seen: Counter[int] = Counter()
        for event in _events(self.posts):
            numbers, problem = _look_at(event, count, expected)
            seen.update(numbers)
            twice = [f"{expected.what} {number} was posted more than once" for number in numbers if seen[number] > 1]
            verdict.wrong += [problem] if problem else twice
        verdict.missing = sum(1 for number in range(count) if not seen[number])
        return verdict

    def drain(self) -> Verdict:
        """What came in since the last time, of which a few calls are looked at, by contents alone; then forget it."""
        verdict = Verdict(posts=len(self.posts), events=self.events, strays=self.strays[:_EXAMPLES])
        looked_at = (_look_at(event, 2**31, EXPECTED["each"])[1] for event in _events(self.posts[::_SAMPLE]))
        verdict.wrong = [problem for problem in looked_at if problem]
        self.clear()
        return verdict


def _events(posts: list[Post]) -> Iterator[Any]:
    for post in posts:
        sent = json.loads(post.body)
        yield from sent["events"] if post.is_bulk else [sent]


def _look_at(event: Any, count: int, expected: Expected) -> tuple[list[int], str | None]:
    """The numbers of what was posted, one for each recipient, and what is wrong with it."""
    try:
        subscribers = [subscriber.partition(":") for subscriber in event["to"]]
        numbers = [number_of(recipient) for _, _, recipient in subscribers]
        tenant = event["context"]["tenant"]
        email, in_app = event["payload"]["email"], event["payload"]["in_app"]
        texts = (email["subject"], email["body"], in_app["subject"], in_app["body"])
        posted = digest(UUID(tenant), *texts)
        for (subscribers_tenant, _, _), number in zip(subscribers, numbers, strict=True):
            if subscribers_tenant != tenant:
                return numbers, f"{expected.what} {number} is for another tenant than its subscriber"
            if not 0 <= number < count or posted != expected.digest(number):
                return numbers, f"{expected.what} {number} has other contents: {' | '.join(texts)}"
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [], f"not an event of the work ({error!r}): {json.dumps(event)[:300]}"
    return numbers, None


class Protocol(asyncio.Protocol):
    """As much of HTTP/1.1 as those who post need: keep-alive, pipelining, Content-Length."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.received = bytearray()
        self.wanted = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self.received += data
        answers = []
        while len(self.received) >= self.wanted and (end := self.received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.received, 0, end + 2)
            self.wanted = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < self.wanted:
                break
            method, path, _ = bytes(self.received[: self.received.index(b"\r")]).split(b" ")
            body = bytes(self.received[end + 4 : self.wanted])
            del self.received[: self.wanted]
            self.wanted = 0
            answers.append(self._answer(method, path, body))
        if answers:
            self.transport.write(b"".join(answers))

    def _answer(self, method: bytes, path: bytes, body: bytes) -> bytes:
        asked = path.startswith(b"/-/")
        status, answer = self._control(path) if asked else self.ledger.take(method, path, body)
        return b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            status,
            len(answer),
            answer,
        )

    def _control(self, path: bytes) -> tuple[int, bytes]:
        """What the benchmark asks: /-/count, /-/arrivals, /-/marked/PREFIX, /-/verdict/N/KIND, /-/drain, /-/empty."""
        what, *arguments = path[3:].decode().split("/")
        told: object = None
        if what == "count":
            told = self.ledger.events
        elif what == "arrivals":
            told = [(post.at, post.count) for post in self.ledger.posts]
        elif what == "marked":
            told = self.ledger.marked(arguments[0])
        elif what == "verdict":
            told = _brief(self.ledger.judge(int(arguments[0]), arguments[1]))
        elif what == "drain":
            told = _brief(self.ledger.drain())
        elif what == "empty":
            self.ledger.clear()
            gc.collect()
        else:
            return 404, b"null"
        return 200, json.dumps(told).encode()


def _brief(verdict: Verdict) -> dict[str, Any]:
    return vars(verdict) | {"wrong": verdict.wrong[:_EXAMPLES]}


class StandIn:
    """The stand-in's process, as the benchmark sees it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self._connection = HTTPConnection("127.0.0.1", port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self) -> int:
        """How many events were posted since it was emptied."""
        return int(self._ask("count"))

    def arrivals(self) -> list[tuple[float, int]]:
        """Of each call, when it had come in by the monotonic clock, and how many events it had."""
        return [(at, count) for at, count in self._ask("arrivals")]

    def marked(self, prefix: str) -> dict[UUID, float]:
        """Of each recipient that begins like this, when its event had come in by the monotonic clock."""
        return {UUID(name): float(at) for name, at in self._ask(f"marked/{prefix}").items()}

    def judge(self, count: int, kind: str = "each") -> Verdict:
        """Compare what was posted with the first `count` notifications of the work; or, where the kind is "shared" or
        "own", with the fan-out to so many recipients, whose values are the same for all or in part their own."""
        return Verdict(**self._ask(f"verdict/{count}/{kind}"))

    def drain(self) -> Verdict:
        """What was posted since it was emptied or asked this, every twentieth call looked at; then it is forgotten.
        What is missing is not known."""
        return Verdict(**self._ask("drain"))

    def empty(self) -> None:
        """Forget what was posted."""
        self._ask("empty")

    def close(self) -> None:
        """Ask nothing more."""
        self._connection.close()

    def _ask(self, what: str) -> Any:
        self._connection.request("GET", f"/-/{what}")
        return json.loads(self._connection.getresponse().read())


@contextmanager
def running_stand_in() -> Iterator[StandIn]:
    """A stand-in that lives as long as the `with` block."""
    with subprocess.Popen([sys.executable, "-m", "bench.standin"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        stand_in = StandIn(process, int(process.stdout.readline()))
        try:
            yield stand_in
        finally:
            stand_in.close()
            process.terminate()


async def _serve() -> None:
    ledger = Ledger()
    server = await asyncio.get_running_loop().create_server(lambda: Protocol(ledger), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    gc.disable()
    asyncio.run(_serve())
