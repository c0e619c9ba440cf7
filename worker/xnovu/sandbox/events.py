"""Novu's event routes: trigger, bulk trigger and cancel."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer, error, validation_error
from xnovu.sandbox.bridge import Bridge
from xnovu.sandbox.feedback import FAILED
from xnovu.sandbox.ledger import Content, Event, Ledger
from xnovu.sandbox.options import SandboxOptions
from xnovu.sandbox.subscribers import Subscribers
from xnovu.sandbox.validation import contents, event_problems, is_recipient, outline, recipients, tenant_of
from xnovu.sandbox.workflows import EXTERNAL, Workflows

MAX_EVENT_BYTES = 512 * 1024
MAX_BULK_EVENTS = 100
MAX_BODY_BYTES = MAX_BULK_EVENTS * MAX_EVENT_BYTES
PROCESSED = "processed"
NOT_FOUND = "workflow_not_found"


class EventRoutes:
    """The handlers, over one ledger."""

    def __init__(
        self, options: SandboxOptions, ledger: Ledger, workflows: Workflows, subscribers: Subscribers, bridge: Bridge
    ) -> None:
        self._authorization = f"ApiKey {options.api_key}".encode()
        self._named = frozenset(options.workflows) | frozenset(options.inactive)
        self._knows_all = not options.workflows and not options.strict
        self._workflows = workflows
        self._bridge = bridge
        self._subscribers = subscribers
        self._inactive = frozenset(options.inactive)
        self._failing = frozenset(options.fail_channels)
        self._skipped = frozenset(options.skip_channels)
        self._latency = options.latency_ms / 1000
        self._jitter = options.latency_jitter_ms / 1000
        self._random = random.Random(options.seed)
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [
            Route("/v1/events/trigger", self.trigger, methods=["POST"]),
            Route("/v1/events/trigger/bulk", self.trigger_bulk, methods=["POST"]),
            Route("/v1/events/trigger/{transaction_id:path}", self.cancel, methods=["DELETE"]),
        ]

    async def trigger(self, request: Request) -> Response:
        """POST /v1/events/trigger: one event."""
        path = request.url.path
        body = await self._read(request, MAX_EVENT_BYTES)
        if isinstance(body, Response):
            return body
        problems = event_problems(body[0])
        if problems:
            await self._pause()
            return validation_error(path, problems)
        (result,) = await self._process([body[0]])
        if result["status"] == "error":
            return error(422, path, NOT_FOUND, error="Unprocessable Entity")
        self._note([body[0]], [result])
        return answer({"data": result}, 201)

    async def trigger_bulk(self, request: Request) -> Response:
        """POST /v1/events/trigger/bulk: up to 100 events, answered in their order."""
        path = request.url.path
        body = await self._read(request, MAX_BODY_BYTES)
        if isinstance(body, Response):
            return body
        content, size = body
        events = content.get("events") if isinstance(content, dict) else None
        refusal = self._refuse_bulk(events, size, path)
        if refusal is not None:
            await self._pause()
            return refusal
        results = await self._process(events or [])
        self._note(events or [], results)
        return answer({"data": results}, 201)

    def _note(self, events: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]]) -> None:
        """Keep what a 201 says of events that will reach nobody. Refused requests are noted in another layer."""
        for event, result in zip(events, results, strict=True):
            if result["status"] != PROCESSED:
                self._ledger.refuse(201, orjson.dumps(result).decode(), (outline(event),))

    async def cancel(self, request: Request) -> Response:
        """DELETE /v1/events/trigger/{transactionId}: stop what is still delayed."""
        if not self.is_authorized(request):
            return error(401, request.url.path)
        await self._pause()
        return answer({"data": self._ledger.cancel(request.path_params["transaction_id"])})

    def is_authorized(self, request: Request) -> bool:
        """Whether a request carries the key."""
        given = request.headers.get("authorization", "").encode()
        return secrets.compare_digest(given, self._authorization)

    async def _read(self, request: Request, max_bytes: int) -> tuple[Any, int] | Response:
        """The parsed body and its size in bytes, or the answer that refuses it."""
        path = request.url.path
        if not self.is_authorized(request):
            return error(401, path)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                return error(413, path)
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            return error(400, path, f"malformed JSON: {problem}")
        if not isinstance(content, dict | list):
            return error(400, path, "malformed JSON: neither an object nor an array")
        return content, len(body)

    def _refuse_bulk(self, events: object, size: int, path: str) -> Response | None:
        if not isinstance(events, list):
            return validation_error(path, ["events must be an array"])
        if not events:
            return validation_error(path, ["events should not be empty"])
        if len(events) > MAX_BULK_EVENTS:
            message = f"events must contain no more than {MAX_BULK_EVENTS} elements"
            return validation_error(path, [message], field="events")
        if size > MAX_EVENT_BYTES and any(len(orjson.dumps(event)) > MAX_EVENT_BYTES for event in events):
            return error(413, path)
        problems = [
            problem for index, event in enumerate(events) for problem in event_problems(event, f"events.{index}.")
        ]
        return validation_error(path, problems) if problems else None

    async def _process(self, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Novu's results for valid events, in order. They are in flight until this returns."""
        ids = [event.get("transactionId") or f"txn_{uuid4().hex}" for event in events]
        used = self._ledger.begin(ids)
        try:
            await self._pause()
            return [self._decide(event, id_, id_ in used) for event, id_ in zip(events, ids, strict=True)]
        finally:
            self._ledger.end(ids)

    def _decide(self, event: dict[str, Any], transaction_id: str, used: bool) -> dict[str, Any]:
        status = self._status(event)
        if status == NOT_FOUND:
            self._ledger.statuses["error"] += 1
            return {"acknowledged": True, "status": "error", "error": [status], "transactionId": transaction_id}
        self._ledger.statuses[status] += 1
        if status == PROCESSED and used:
            self._ledger.drop()
        elif status == PROCESSED:
            self._subscribers.upsert(event["to"])
            subscribers, dropped = recipients(event["to"])
            self._ledger.recipients_dropped += dropped
            workflow = self._workflows.find(event["name"])
            if workflow and workflow["origin"] == EXTERNAL:
                self._bridge.execute(event, transaction_id, subscribers)
                return {"acknowledged": True, "status": status, "transactionId": transaction_id}
            said = self._strike(contents(event.get("payload") or {}))
            if workflow:
                steps = {step["type"] for step in workflow["steps"]}
                said = tuple(content for content in said if content.channel in steps)
            self._ledger.accept(Event(event["name"], transaction_id, tenant_of(event), subscribers, said))
        return {"acknowledged": True, "status": status, "transactionId": transaction_id}

    def _strike(self, said: Sequence[Content]) -> tuple[Content, ...]:
        """What the channels say, without those that are skipped, and with an error on those that are to fail."""
        return tuple(
            content._replace(error=content.error or FAILED) if content.channel in self._failing else content
            for content in said
            if content.channel not in self._skipped
        )

    def _status(self, event: dict[str, Any]) -> str:
        """Checked in Novu's order. The legacy `tenant` field names a tenant that nobody created here."""
        name = event["name"]
        workflow = self._workflows.find(name)
        if workflow is None and not self._knows_all and name not in self._named:
            return NOT_FOUND
        if event.get("tenant"):
            return "no_tenant_found"
        if name in self._inactive or (workflow and not workflow["active"]):
            return "trigger_not_active"
        if workflow and not workflow["steps"]:
            return "no_workflow_steps_defined"
        if not isinstance(event["to"], list) and not is_recipient(event["to"]):
            return "invalid_recipients"
        return PROCESSED

    async def _pause(self) -> None:
        """Take as long as the options say."""
        seconds = self._latency + self._jitter * self._random.random()
        if seconds:
            await asyncio.sleep(seconds)
