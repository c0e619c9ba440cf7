"""Keeping Novu's refusals for the page: an ASGI layer around the event routes that sees what was asked and answered."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xnovu.sandbox.events import MAX_BULK_EVENTS
from xnovu.sandbox.faults import PREFIX
from xnovu.sandbox.ledger import Event, Ledger
from xnovu.sandbox.validation import outline

MAX_READ_BYTES = 1024 * 1024
NO_ANSWER = "No answer: the sandbox reset or kept the connection, as it was told to with --fault."


class Refusals:
    """Notes in the ledger every request under /v1/events that is answered with 400 or more, or not at all."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application, watched."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
                await app(scope, receive, send)
                return
            call = _Call(receive, send)
            try:
                await app(scope, call.receive, call.send)
            finally:
                if call.status is None:
                    self._ledger.refuse(None, NO_ANSWER, call.events())
                elif call.status >= 400:
                    self._ledger.refuse(call.status, call.answer.decode(errors="replace"), call.events())

        return layer


class _Call:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._asked: list[bytes] = []
        self._size = 0
        self._more = True
        self.status: int | None = None
        self.answer = b""

    async def receive(self) -> Message:
        message = await self._receive()
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        chunk = message.get("body", b"")
        self._size += len(chunk)
        if self._size <= MAX_READ_BYTES:
            self._asked.append(chunk)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if message["status"] >= 400:
                await self._read_on()
        elif self.status is not None and self.status >= 400:
            self.answer += message.get("body", b"")
        await self._send(message)

    async def _read_on(self) -> None:
        """Read what a refusal did not wait for, to know which notification it refuses."""
        while self._more and self._size <= MAX_READ_BYTES:
            await self.receive()

    def events(self) -> tuple[Event, ...]:
        """What was asked, as far as it can be read."""
        try:
            content: Any = orjson.loads(b"".join(self._asked)) if self._size <= MAX_READ_BYTES else None
        except orjson.JSONDecodeError:
            return ()
        listed = content.get("events", [content]) if isinstance(content, dict) else None
        if not isinstance(listed, list):
            return ()
        return tuple(outline(event) for event in listed[:MAX_BULK_EVENTS])
