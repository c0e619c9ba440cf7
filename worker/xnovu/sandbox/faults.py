"""Faults by chance: an ASGI layer around the event routes. At most one fault strikes a request."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xnovu.sandbox.answers import error
from xnovu.sandbox.ledger import Ledger
from xnovu.sandbox.options import HANG, MALFORMED, RESET_AFTER, RESET_BEFORE, SandboxOptions

PREFIX = "/v1/events/"


class Faults:
    """Draws a fault for each request under /v1/events, and plays it; counts both in the ledger."""

    def __init__(self, options: SandboxOptions, ledger: Ledger) -> None:
        self._faults = options.faults
        self._random = random.Random(options.seed)
        self._hang_seconds = options.hang_seconds
        self._ledger = ledger
        self.stopping = asyncio.Event()
        """Set when the server ends, so that what hangs does not hold it up."""

    def draw(self) -> str | None:
        """The kind that strikes the next request, if any."""
        chance = self._random.random()
        for kind, probability in self._faults:
            chance -= probability
            if chance < 0:
                return kind
        return None

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application, with faults."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
                await app(scope, receive, send)
                return
            self._ledger.requests += 1
            kind = self.draw()
            if kind is None:
                await app(scope, receive, send)
                return
            self._ledger.faults[kind] += 1
            await self._play(kind, app, scope, receive, send)

        return layer

    async def _play(self, kind: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        if kind == RESET_BEFORE:
            await reset(scope, receive)
            return
        if kind not in (RESET_AFTER, HANG, MALFORMED):
            await error(int(kind), scope["path"])(scope, receive, send)
            return
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await app(scope, receive, hold)
        if kind == RESET_AFTER:
            await reset(scope, receive)
            return
        if kind == HANG and await self._client_left(receive):
            return
        if kind == MALFORMED:
            answer = _break(answer)
        for message in answer:
            await send(message)

    async def _client_left(self, receive: Receive) -> bool:
        """Wait for hang_seconds, the client's leaving or the server's end; true if the client left."""
        left = asyncio.ensure_future(_disconnected(receive))
        stopping = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait((left, stopping), timeout=self._hang_seconds, return_when=asyncio.FIRST_COMPLETED)
            return left.done()
        finally:
            for task in (left, stopping):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


def _break(answer: list[Message]) -> list[Message]:
    """The answer with its status, and the first half of its body."""
    body = b"".join(message.get("body", b"") for message in answer)
    half = body[: len(body) // 2]
    headers = [(name, value) for name, value in answer[0]["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(half)).encode()))
    return [{**answer[0], "headers": headers}, {"type": "http.response.body", "body": half}]


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the request's TCP connection (the client gets RST), without an answer.

    Raises ConnectionResetError where there is no connection (the application is called without the sandbox's server).
    """
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the sandbox reset the connection")
    # To linger for no time at all makes close() send RST instead of FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
