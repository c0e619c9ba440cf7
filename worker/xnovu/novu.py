"""The HTTP client: sends ready-made requests to Novu and hands back what came of each as plain facts. It decides
nothing: what a status or a broken connection means is the database's business."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal, Self

import httpx

from xnovu import version
from xnovu.errors import UserError
from xnovu.log import Log
from xnovu.settings import Settings, read_api_url, read_secret_key

MAX_ANSWER = 4 * 1024 * 1024
MAX_TEXT = 4096
# Node closes an idle connection after 5 s by default; one that is closed while we write to it looks like no answer.
KEEP_ALIVE = 4.0
POLLS = 2
"""How many receipt polls a slot has under way, beside its other calls: neither waits for the other."""

FailureKind = Literal["connect", "no_answer", "not_sent"]


@dataclass(frozen=True)
class Call:
    """One HTTP call: `path` begins with a slash, `headers` come on top of ours, `body` is JSON or nothing."""

    target: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Answer:
    """What came of a call. Either `status` is the HTTP status and `body` what came with it (parsed JSON, or the first
    4 KB as text), or `failure` tells how far the call got and `message` why. `retry_after` is in seconds."""

    status: int | None = None
    body: object = None
    failure: FailureKind | None = None
    message: str | None = None
    retry_after: float | None = None
    latency_ms: float = 0.0


@dataclass(frozen=True)
class _Target:
    url: str
    key: str


class Novu:
    """Sends calls to the targets that the settings know. One for all slots; use it as an async context manager."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._targets: dict[str, _Target] = {}
        self._trouble: dict[str, str] = {}
        self._opening: asyncio.Task[httpx.AsyncClient] | None = None

    async def __aenter__(self) -> Self:
        # Reading the certificates takes a while, in which the first claim is under way already.
        self._opening = asyncio.create_task(asyncio.to_thread(self._open))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception):
            await (await self.opened()).aclose()

    async def opened(self) -> httpx.AsyncClient:
        """The client, once it is there. Raises UserError when its certificates can't be read."""
        assert self._opening is not None, "Novu is used outside of `async with`"
        try:
            return await asyncio.shield(self._opening)
        except OSError as error:
            raise UserError(
                f"The certificates by which Novu is known can't be read: {error}.",
                "Check SSL_CERT_FILE and SSL_CERT_DIR.",
            ) from error

    def _open(self) -> httpx.AsyncClient:
        most = sum(self._settings.slots.values()) * (self._settings.concurrency + POLLS)
        return httpx.AsyncClient(
            timeout=self._settings.timeout,
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEEP_ALIVE),
            headers={
                "User-Agent": f"xnovu/{version()}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
            },
        )

    def forget_credentials(self) -> None:
        """Read URLs and keys again at the next call."""
        self._targets.clear()

    def _target(self, name: str) -> _Target:
        if name not in self._targets:
            url, key = self._settings.target(name)
            self._targets[name] = _Target(read_api_url(url), read_secret_key(key))
        return self._targets[name]

    async def send(self, call: Call) -> Answer:
        """Make one call and wait for its answer, for at most the timeout in all. Never raises.
        A key that Novu refuses is read again, and tried once more if it has changed."""
        progress = _Progress()
        start = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.timeout):
                target = self._target(call.target)
                answer = await self._send_once(call, target, progress)
                if answer.status in (401, 403):
                    self.forget_credentials()
                    if (fresh := self._target(call.target)) != target:
                        answer = await self._send_once(call, fresh, progress)
        except UserError as error:
            answer = Answer(failure="connect", message=error.message)
        except TimeoutError:
            answer = progress.failure(f"no answer within {self._settings.timeout:g} s")
        except Exception as error:
            # Whatever it is, the request ends with a report; a cause of our own (a header that can't be written, say)
            # must not take the worker down again and again.
            answer = progress.failure(describe(error))
        answer = replace(answer, latency_ms=round((time.monotonic() - start) * 1000, 1))
        self._note(call.target, answer)
        return answer

    async def _send_once(self, call: Call, target: _Target, progress: _Progress) -> Answer:
        progress.written = False
        headers = {**call.headers, "Authorization": f"ApiKey {target.key}"}
        client = await self.opened()
        async with client.stream(
            call.method,
            target.url + call.path,
            content=call.body,
            headers=headers,
            extensions={"trace": progress.trace},
        ) as response:
            raw = await _read(response)
            return Answer(
                status=response.status_code,
                body=decode_body(raw),
                retry_after=parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date")),
            )

    def _note(self, target: str, answer: Answer) -> None:
        """Log when a target goes away and when it is back, not each call."""
        if answer.failure is None:
            if self._trouble.pop(target, None) is not None:
                self._log.info("novu_answers", target=target)
        elif self._trouble.get(target) != answer.message:
            self._trouble[target] = answer.message or ""
            self._log.warning("novu_unreachable", target=target, kind=answer.failure, reason=answer.message)


class _Progress:
    """How far a call got, told by httpcore's trace: once its headers began to be written it may have reached Novu."""

    def __init__(self) -> None:
        self.written = False

    async def trace(self, event: str, _info: object) -> None:
        if event.endswith("send_request_headers.started"):
            self.written = True

    def failure(self, message: str) -> Answer:
        return Answer(failure="no_answer" if self.written else "connect", message=message)


def describe(error: BaseException) -> str:
    """What went wrong, such as "connect error: Connection refused"; nothing of what was sent or received."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"{name}: {getattr(cause, 'verify_message', None) or cause.reason or 'TLS failure'}"
        if isinstance(cause, OSError) and cause.errno is not None:
            return f"{name}: {os.strerror(cause.errno) if cause.errno > 0 else cause.strerror}"
        cause = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause.__cause__ or cause.__context__
    return name


def join_events(bodies: Sequence[str]) -> bytes:
    """The body of one bulk call from the ready-made JSON texts of its events, without parsing them."""
    return b'{"events":[' + b",".join(body.encode() for body in bodies) + b"]}"


async def _read(response: httpx.Response) -> bytes:
    """The body as far as MAX_ANSWER; what is longer is no answer of Novu's and is cut off."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER:
            break
    return b"".join(chunks)[:MAX_ANSWER]


def decode_body(raw: bytes) -> object:
    """An answer's body as jsonb can hold it: parsed when it is JSON, else its first 4 KB as text, None when empty.

    NUL characters and lone surrogates, which jsonb refuses, are dropped or replaced; so are numbers out of range, by
    taking the whole as text."""
    text = raw.decode("utf-8", "replace").replace("\0", "")
    if not text.strip():
        return None
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        return _clean(value) if "\\u" in text else value
    except (ValueError, RecursionError):
        return text[:MAX_TEXT]


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {str(_clean(key)): _clean(item) for key, item in value.items()}
    return value


def parse_retry_after(header: str | None, date: str | None = None) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or an HTTP date (RFC 9110, 10.2.3); None for neither.

    A date is compared with the answer's own, by the same clock: this machine's may be wrong."""
    if header is None:
        return None
    text = header.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text, re.ASCII):
        return float(text)
    moment = _parse_date(text)
    if moment is None:
        return None
    now = _parse_date(date or "") or datetime.now(UTC)
    return round(max(0.0, (moment - now).total_seconds()), 3)


def _parse_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
