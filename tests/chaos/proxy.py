"""A TCP proxy in front of PostgreSQL's socket that drops, holds up and swallows what goes through it."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Proxy:
    """Not thread-safe: it lives in one event loop."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._answering = asyncio.Event()
        self._answering.set()
        self._swallowing = False
        self._listener: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._maimed: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def listen(self) -> None:
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Drop every connection."""
        for pair in list(self._pairs):
            for writer in pair:
                writer.transport.abort()

    async def stall(self, seconds: float) -> None:
        """Let nothing through for a while; what was sent meanwhile arrives afterwards."""
        self._flowing.clear()
        await asyncio.sleep(seconds)
        self._flowing.set()

    async def mute(self, seconds: float) -> None:
        """Hold up the answers for a while, when what they answer has happened."""
        self._answering.clear()
        await asyncio.sleep(seconds)
        self._answering.set()

    async def swallow(self, seconds: float) -> None:
        """Let through what clients say and nothing of the answers, and then drop whoever waits for one: its
        transaction was committed, and it can't know."""
        self._swallowing = True
        await asyncio.sleep(seconds)
        self._swallowing = False
        for writer in self._maimed:
            writer.transport.abort()
        self._maimed.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, server_writer)
        self._pairs.add(pair)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, server_writer, is_answer=False))
                group.create_task(self._pump(server_reader, writer, is_answer=True))
        finally:
            self._pairs.discard(pair)
            for end in pair:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                if is_answer:
                    await self._answering.wait()
                if is_answer and self._swallowing:
                    self._maimed.add(writer)
                    continue
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
