"""What keeps a client from holding up the others: limits of a body's size and depth, and of time."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xnovu.http.answers import Refusal, error
from xnovu.http.face import Face

CLOSE = {"Connection": "close"}
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_EXPONENT = re.compile(rb"[eE][+-]?0*([0-9]{2,})")


class Limits:
    """ASGI middleware: while too many are connected only /livez is answered, a body that is too large or comes too
    slowly is refused, what takes too long is ended, what fails unforeseen is a 500 that leaves the connection open, and
    while the process drains each answer closes its connection."""

    def __init__(self, app: ASGIApp, face: Face) -> None:
        self.app = app
        self.face = face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if len(self.face.connections) > self.face.options.client_limit and scope["path"] != "/livez":
            crowded = Refusal(503, "Too many are connected: try again.", headers={"Retry-After": "1", **CLOSE})
            await crowded.response()(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if self.face.draining:
                    message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        try:
            async with asyncio.timeout(self.face.options.answer_seconds):
                await self.app(scope, _limited(receive, self.face), sending)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except TimeoutError:
            self.face.log.warning("request_too_long", path=scope["path"], seconds=self.face.options.answer_seconds)
            if not started:
                late = Refusal(503, "This took too long: try again.", headers={"Retry-After": "1", **CLOSE})
                await late.response()(scope, receive, send)
        except Exception as problem:
            # Not the message: it may hold what was sent.
            self.face.log.error("crashed", path=scope["path"], error=type(problem).__name__)
            if started:
                raise
            await error(500, "error", "Something went wrong here; the log has it.")(scope, receive, sending)


def _limited(receive: Receive, face: Face) -> Receive:
    """The client's messages, as long as the body stays within its size and comes in time."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + face.options.body_seconds
    size, complete = 0, False

    async def receiving() -> Message:
        nonlocal size, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(latest):
                message = await receive()
        except TimeoutError:
            raise Refusal(
                408, f"The body did not come within {face.options.body_seconds:g} s.", headers=CLOSE
            ) from None
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if size > face.options.body_limit:
                raise too_large(face)
        return message

    return receiving


def too_large(face: Face) -> Refusal:
    """The refusal of a body that is larger than the limit."""
    return Refusal(413, f"The body has more than {face.options.body_limit:,} bytes.", headers=CLOSE)


async def read_body(request: Request, face: Face) -> bytes:
    """The body as it came. Raises Refusal when it is too large or too slow."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > face.options.body_limit:
        raise too_large(face)
    return await request.body()


def text_of(body: bytes) -> str:
    """A body as PostgreSQL takes it: what is no text, and so no JSON either, as an empty one."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else text


async def read_json(request: Request, face: Face) -> tuple[str, Any]:
    """The body as text, and what it holds. Raises Refusal when it is no JSON, too large, too deep or too slow."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "The body must be JSON: send it with Content-Type: application/json.")
    body = await read_body(request, face)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is not JSON: {error}.") from None
    if _is_deeper(content, face.options.depth_limit):
        raise Refusal(400, f"The body has more than {face.options.depth_limit} levels of objects and lists.")
    if _noughts(body) > face.options.body_limit:
        raise Refusal(
            413, f"The body's numbers, written without exponents, take more than {face.options.body_limit:,} bytes."
        )
    return body.decode(), content


def _noughts(body: bytes) -> int:
    """How many digits the exponents of a JSON text stand for. PostgreSQL writes them all out: 1e-16383 as 16 KB."""
    if not _EXPONENT.search(body):
        return 0
    return sum(int(digits[:9]) for digits in _EXPONENT.findall(_STRING.sub(b"", body)))


def _is_deeper(content: Any, limit: int) -> bool:
    """Whether objects and lists stand deeper in one another than `limit`; looks at one level after the other."""
    level = [content]
    for _ in range(limit + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True
