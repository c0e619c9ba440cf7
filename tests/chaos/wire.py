"""HTTP/1.1 as a server, by hand: just enough to misbehave in ways that no web framework offers."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Exchange:
    """One request on a connection. Times are monotonic: `begun` is its first byte's, `ended` when its answer was sent
    or its connection died; None while it is under way. `ids` are the transactionIds in it, once it was read."""

    connection: Connection
    begun: float
    fault: str | None
    method: str = ""
    path: str = ""
    body: bytes = b""
    ended: float | None = None
    ids: list[str] = field(default_factory=list)

    @property
    def worker(self) -> str:
        """Who sent it: the first part of its path."""
        return self.path.split("/")[1]

    def end(self) -> None:
        if self.ended is None:
            self.ended = time.monotonic()

    def answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        """Send an answer, whose Content-Length may be a lie."""
        self.send(self.head(status, len(body) if length is None else length, headers) + body)

    def head(self, status: int, length: int, headers: dict[str, str] | None = None) -> bytes:
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def send(self, data: bytes, last: bool = True) -> None:
        """Send bytes; the last of them end the request."""
        self.connection.transport.write(data)
        if last:
            self.end()

    async def until_closed(self, seconds: float) -> None:
        """Wait until the client is gone, or that long, and then close."""
        try:
            async with asyncio.timeout(seconds):
                await self.connection.lost.wait()
        except TimeoutError:
            self.connection.transport.abort()


class Connection(asyncio.Protocol):
    """One connection of a client. `draw` names the fault that strikes a request at its first byte, `serve` plays it."""

    RESET_BEFORE = "reset_before"
    DEAF = "deaf"

    def __init__(
        self, draw: Callable[[], str | None], serve: Callable[[Exchange], Awaitable[None]], open_: set[Connection]
    ) -> None:
        self._draw = draw
        self._serve = serve
        self._open = open_
        self._buffer = bytearray()
        self._exchange: Exchange | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self.lost = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        if self._exchange is not None:
            self._exchange.end()
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._exchange is None or self._exchange.path:
            self._exchange = Exchange(self, time.monotonic(), self._draw())
        if self._exchange.fault == self.RESET_BEFORE:
            self.reset()
        elif self._exchange.fault == self.DEAF:
            # What a half-open connection is to the client: it takes the bytes, and nobody is there.
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(5, self.transport.abort)
        elif self._read(self._exchange):
            task = asyncio.ensure_future(self._serve(self._exchange))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _read(self, exchange: Exchange) -> bool:
        """Take a whole request out of the buffer, if there is one."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = self._buffer[:end].decode().split("\r\n")
        length = 0
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        if len(self._buffer) < end + 4 + length:
            return False
        exchange.method, exchange.path, *_ = first.split(" ")
        exchange.body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return True

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
