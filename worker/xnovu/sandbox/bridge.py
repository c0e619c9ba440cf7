"""Novu in bridge mode: what it discovers at a bridge, and how it executes those workflows, a call for each step."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer, error, validation_error
from xnovu.sandbox.ledger import Content, Event, Ledger
from xnovu.sandbox.options import SandboxOptions
from xnovu.sandbox.validation import tenant_of
from xnovu.sandbox.workflows import Workflows

TIMEOUT_SECONDS = 5.0
TRIES = 4
AGAIN = frozenset({408, 429, 500, 503, 504})
PAUSE_SECONDS = 0.2


class Bridge:
    """The bridge that this sandbox was told of last. A trigger of a workflow that it discovered is executed there."""

    def __init__(self, options: SandboxOptions, ledger: Ledger, workflows: Workflows) -> None:
        self._key = options.api_key.encode()
        self._delay = options.delay_seconds
        self._ledger = ledger
        self._workflows = workflows
        self._url = ""
        self._running: set[asyncio.Task[None]] = set()

    async def discover(self, url: str) -> list[dict[str, Any]]:
        """Ask that bridge for its workflows, and have these instead of what was discovered before. Raises
        httpx.HTTPError, or ValueError when the answer is no list of workflows."""
        found = await self._call(url, "GET", {"action": "discover"})
        found.raise_for_status()
        workflows = found.json().get("workflows")
        if not isinstance(workflows, list):
            raise ValueError("discover answered without workflows")
        self._url = url
        self._workflows.adopt(workflows)
        return workflows

    def execute(self, event: dict[str, Any], transaction_id: str, subscribers: Sequence[str]) -> None:
        """Begin to execute an accepted event; what comes of it goes to the ledger."""
        self._ledger.use_up(transaction_id)
        task = asyncio.create_task(self._execute(event, transaction_id, subscribers))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _execute(self, event: dict[str, Any], transaction_id: str, subscribers: Sequence[str]) -> None:
        await asyncio.sleep(self._delay)
        workflow = self._workflows.find(event["name"])
        for subscriber in subscribers:
            contents = [
                await self._step(event, subscriber, step["stepId"]) for step in (workflow or {}).get("steps", [])
            ]
            said = tuple(content for content in contents if content is not None)
            self._ledger.deliver(Event(event["name"], transaction_id, tenant_of(event), (subscriber,), said))

    async def _step(self, event: dict[str, Any], subscriber: str, step: str) -> Content | None:
        """What a step says to a subscriber; None when the bridge skips it."""
        given: dict[str, Any] = {
            "payload": event.get("payload") or {},
            "controls": {},
            "state": [],
            "subscriber": {"subscriberId": subscriber},
            "context": event.get("context") or {},
            "env": {"name": "Development", "type": "dev"},
        }
        query = {"action": "execute", "workflowId": event["name"], "stepId": step}
        try:
            found = await self._call(self._url, "POST", query, orjson.dumps(given))
            body = found.json()
        except (httpx.HTTPError, ValueError) as problem:
            return Content(step, None, "", f"the bridge can't be reached: {type(problem).__name__}")
        if found.status_code != 200:
            return Content(step, None, "", str(body.get("message")))
        if body["options"]["skip"]:
            return None
        outputs = body["outputs"]
        return Content(step, outputs.get("subject"), outputs.get("body") or "", None)

    async def _call(self, url: str, method: str, query: dict[str, str], body: bytes = b"{}") -> httpx.Response:
        """A signed call, repeated as Novu repeats it."""
        for left in reversed(range(TRIES)):
            now = int(time.time() * 1000)
            signature = hmac.new(self._key, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
            headers = {"novu-signature": f"t={now},v1={signature}", "content-type": "application/json"}
            content = body if method == "POST" else None
            try:
                async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                    found = await client.request(method, url, params=query, content=content, headers=headers)
                if found.status_code not in AGAIN or not left:
                    return found
            except httpx.HTTPError:
                if not left:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("the last try returns or raises")


class BridgeRoutes:
    """The route by which a sandbox is told of a bridge."""

    def __init__(self, bridge: Bridge, is_authorized: Callable[[Request], bool]) -> None:
        self._bridge = bridge
        self._is_authorized = is_authorized

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [Route("/v1/bridge/sync", self.sync, methods=["POST"])]

    async def sync(self, request: Request) -> Response:
        """POST /v1/bridge/sync: discover what is at bridgeUrl."""
        path = request.url.path
        if not self._is_authorized(request):
            return error(401, path)
        try:
            url = orjson.loads(await request.body())["bridgeUrl"]
            found = await self._bridge.discover(url)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return validation_error(path, ["bridgeUrl must be a URL address"])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            return error(400, path, f"Bridge URL is not valid: {str(problem) or type(problem).__name__}")
        return answer({"data": [{"workflowId": workflow["workflowId"]} for workflow in found]}, 201)
