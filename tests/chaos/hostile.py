"""A hostile Novu. It answers, fails, hangs and lies by chance, and counts what it delivered to whom.

Duplicates are as Novu has them (shared/novu.md): an id that was decided before a request began is acknowledged and not
delivered again; requests for one id that are under way together each deliver. Like Novu it goes on with what it has
read when the client is gone. A path is /<worker>/<target>/v1/events/…, so that it knows whose a request is."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from tests.chaos.wire import Connection, Exchange

MARK = re.compile(r"(?:mark:|(?=corrects:))((?:corrects:)?[0-9a-f-]{36})")
OWN = re.compile(r"own:([0-9a-z-]+)")
CANCEL = "/v1/events/trigger/"
POISON = "poisonous"  # in a body: one such event makes the whole call 422, as a malformed one does
GHOST = "ghost"  # a workflow whose events Novu refuses

# How likely each fault strikes a request. What is never read was never taken; of what gets a 500, half was.
RATES = {
    "500": 0.03,
    "503": 0.04,
    "429": 0.04,
    Connection.RESET_BEFORE: 0.02,
    "reset_after": 0.03,
    "hang": 0.03,
    "late": 0.04,
    "drip": 0.03,
    Connection.DEAF: 0.02,
    "half_closed": 0.02,
    "malformed": 0.03,
    "too_long": 0.02,
    "too_short": 0.02,
}
HANGING = {"hang": 0.9}
LATEST = 0.9
"""Seconds until the latest decision about what was read."""


@dataclass(frozen=True)
class Delivery:
    """An event that was delivered: the notification that its text names (of a correction, "corrects:" and the one that
    it corrects; empty: it is the fallback of an emergency, which names none), whose values it holds, who got it, and of
    whom it held attributes."""

    mark: str
    own: str
    transaction_id: str
    subscribers: tuple[str, ...]
    told: tuple[str, ...]


class Hostile:
    """Not thread-safe: it lives in one event loop."""

    def __init__(self, seed: int, rates: dict[str, float]) -> None:
        self._random = random.Random(seed)
        self._rates = rates
        self._hanging_until = 0.0
        self._open: set[Connection] = set()
        self._listener: asyncio.Server | None = None
        self._decided: set[str] = set()
        self._workflows: dict[tuple[str, str], dict[str, Any]] = {}
        self._under_way: dict[str, Exchange] = {}
        self.overtaken: set[str] = set()
        self.port = 0
        self.exchanges: list[Exchange] = []
        self.deliveries: list[Delivery] = []
        self.accepted: set[str] = set()
        self.cancelled: set[str] = set()
        self.breaches: list[str] = []
        self.counts: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Serve, on the port that it had before; nothing to do when it was away twice and is back already."""
        if self._listener is not None:
            return
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self._draw, self._serve, self._open), "127.0.0.1", self.port, backlog=512
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def go_away(self) -> None:
        """Refuse connections, and drop those that there are."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self._open):
            connection.reset()

    def hang(self, seconds: float) -> None:
        """Hardly answer anything for a while."""
        self._hanging_until = time.monotonic() + seconds

    def calm(self) -> None:
        """From now on, no faults."""
        self._rates = {}
        self._hanging_until = 0.0

    def _draw(self) -> str | None:
        chance = self._random.random()
        for kind, rate in (HANGING if time.monotonic() < self._hanging_until else self._rates).items():
            chance -= rate
            if chance < 0:
                self.counts[f"fault {kind}"] += 1
                return kind
        return None

    async def _serve(self, exchange: Exchange) -> None:
        try:
            await self._take(exchange)
        except Exception as error:
            self.breaches.append(f"the hostile Novu itself failed: {error!r}")
            exchange.connection.transport.abort()

    async def _take(self, exchange: Exchange) -> None:
        if "/v2/workflows" in exchange.path:
            self._keep_workflow(exchange)
            return
        if exchange.method == "DELETE":
            await self._cancel(exchange)
            return
        if exchange.method == "GET":
            await self._tell(exchange)
            return
        body = json.loads(exchange.body)
        is_bulk = exchange.path.endswith("/bulk")
        events: list[dict[str, Any]] = body["events"] if is_bulk else [body]
        exchange.ids = [event["transactionId"] for event in events]
        self.exchanges.append(exchange)
        self.counts["requests"] += 1
        self.counts["events"] += len(events)
        known = self._decided.intersection(exchange.ids)
        self._note_overtaking(exchange)
        await asyncio.sleep(self._random.uniform(0.3, LATEST) if exchange.fault == "late" else 0.01)
        if exchange.fault in ("503", "429"):
            self._refuse_for_now(exchange)
        elif POISON in exchange.body.decode():
            exchange.answer(
                422, b'{"statusCode":422,"message":"Validation Error","errors":{"general":{"messages":["x"]}}}'
            )
        elif exchange.fault == "500" and self._random.random() < 0.5:
            exchange.answer(500, b'{"statusCode":500,"message":"Internal server error"}')
        else:
            results = [self._decide(exchange, event, known) for event in events]
            await self._answer(exchange, json.dumps({"data": results if is_bulk else results[0]}).encode())

    async def _cancel(self, exchange: Exchange) -> None:
        """Novu cancels an event, with the faults of any other request; whether it stopped anything is a guess."""
        exchange.ids = [exchange.path.partition(CANCEL)[2]]
        self.exchanges.append(exchange)
        self.counts["cancellations"] += 1
        await asyncio.sleep(self._random.uniform(0.3, LATEST) if exchange.fault == "late" else 0.01)
        if exchange.fault in ("503", "429"):
            self._refuse_for_now(exchange)
            return
        self.cancelled.update(exchange.ids)
        await self._answer(exchange, json.dumps({"data": self._random.random() < 0.5}).encode())

    async def _tell(self, exchange: Exchange) -> None:
        """What became of an event: hardly anything is known, or what is said is no answer."""
        self.counts["polls"] += 1
        if exchange.fault in ("503", "429"):
            self._refuse_for_now(exchange)
            return
        said = self._random.choice([b'{"data":[],"hasMore":false}', b'{"data":[{"jobs":7}]}', b'{"data":{}}'])
        await self._answer(exchange, said)

    def _keep_workflow(self, exchange: Exchange) -> None:
        """Novu's workflows of each target: kept as they come."""
        target, _, id_ = exchange.path.split("/", 2)[2].partition("/v2/workflows")
        key = (target, id_.strip("/"))
        if exchange.method in ("POST", "PUT"):
            sent = json.loads(exchange.body)
            key = (target, sent.get("workflowId") or key[1])
            self._workflows[key] = sent | {"workflowId": key[1]}
        elif exchange.method == "PATCH" and key in self._workflows:
            self._workflows[key] |= json.loads(exchange.body)
        found = self._workflows.get(key)
        if exchange.method == "DELETE":
            self._workflows.pop(key, None)
            exchange.answer(204, b"")
        elif found is None:
            exchange.answer(404, b'{"message":"no such workflow"}')
        else:
            exchange.answer(201 if exchange.method == "POST" else 200, json.dumps({"data": found}).encode())

    def _note_overtaking(self, exchange: Exchange) -> None:
        """Note whose requests are under way while another worker sends the same: the worst moment to wake it."""
        for id_ in exchange.ids:
            before = self._under_way.get(id_)
            if before is not None and before.ended is None and before.worker != exchange.worker:
                self.overtaken.add(before.worker)
            self._under_way[id_] = exchange

    def _refuse_for_now(self, exchange: Exchange) -> None:
        seconds = self._random.choice([1, 2])
        # RFC 9110 allows a date as well, which only means something beside the server's own.
        now = time.time()
        header = self._random.choice([str(seconds), formatdate(now + seconds, usegmt=True)])
        headers = {"Date": formatdate(now, usegmt=True)} | ({"Retry-After": header} if exchange.fault == "429" else {})
        exchange.answer(int(exchange.fault or 503), b'{"message":"not now"}', headers)

    def _decide(self, exchange: Exchange, event: dict[str, Any], known: set[str]) -> dict[str, Any]:
        """Novu's result for one event; delivers it unless its id was decided before the request began."""
        id_ = event["transactionId"]
        if event["name"].endswith(GHOST):
            return {"acknowledged": True, "status": "error", "error": ["invalid_recipients"], "transactionId": id_}
        self.accepted.add(id_)
        self._decided.add(id_)
        if id_ in known:
            self.counts["dropped as duplicates"] += 1
        else:
            self._deliver(exchange, event)
        return {"acknowledged": True, "status": "processed", "transactionId": id_}

    def _deliver(self, exchange: Exchange, event: dict[str, Any]) -> None:
        tenant = event["context"]["tenant"]
        target = exchange.path.split("/")[2]
        objects = [to for to in event["to"] if isinstance(to, dict)]
        subscribers = tuple(to["subscriberId"] if isinstance(to, dict) else to for to in event["to"])
        if any(not subscriber.startswith(f"{tenant}:") for subscriber in subscribers):
            self.breaches.append(f"an event of {tenant} went to another enterprise's subscriber")
        if target not in ("default", f"own-{tenant[0]}"):
            self.breaches.append(f"an event of {tenant} went to the target {target}")
        text = event["payload"]["email"]["body"]
        found, whose = MARK.search(text), OWN.search(text)
        mark, own = found[1] if found else "", whose[1] if whose else "everybody"
        if any(to["email"] != f"{to['subscriberId'].partition(':')[2]}@example.org" for to in objects):
            self.breaches.append(f"an event of {mark} held another's attributes")
        told = tuple(to["subscriberId"] for to in objects)
        self.deliveries.append(Delivery(mark, own, event["transactionId"], subscribers, told))
        self.counts["delivered"] += len(subscribers)

    async def _answer(self, exchange: Exchange, body: bytes) -> None:
        """Answer what was taken, or don't."""
        if exchange.connection.lost.is_set():
            return
        match exchange.fault:
            case "500":
                exchange.answer(500, b"Internal server error")
            case "reset_after":
                exchange.connection.reset()
            case "hang":
                await exchange.until_closed(20)
            case "half_closed":
                exchange.connection.transport.write_eof()
                await exchange.until_closed(20)
            case "drip":
                await self._drip(exchange, exchange.head(201, len(body)) + body)
            case "malformed":
                self._answer_malformed(exchange, body)
            case "too_long":
                exchange.send(exchange.head(201, len(body) + 7) + body, last=False)
                exchange.connection.transport.close()
            case "too_short":
                exchange.answer(201, body, length=len(body) // 2)
            case _:
                exchange.answer(201, body)

    def _answer_malformed(self, exchange: Exchange, body: bytes) -> None:
        results = json.loads(body)["data"]
        short = json.dumps({"data": results[1:] if isinstance(results, list) else {}}).encode()
        exchange.answer(201, self._random.choice([body[: len(body) // 2], b"<html>welcome</html>", b"", short]))

    async def _drip(self, exchange: Exchange, data: bytes) -> None:
        """Send in ten pieces, in up to two seconds."""
        pause = self._random.uniform(0.02, 0.2)
        size = len(data) // 10 + 1
        for start in range(0, len(data), size):
            if exchange.connection.lost.is_set():
                return
            exchange.send(data[start : start + size], last=start + size >= len(data))
            await asyncio.sleep(pause)
