"""Novu's workflow routes, and the workflows that were made through them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer, error, validation_error

STEP_TYPES = frozenset({"in_app", "email", "sms", "push", "chat", "delay", "digest", "throttle", "custom"})
PATCHABLE = ("active", "name", "description", "tags", "payloadSchema", "validatePayload")
EXTERNAL = "external"
NO_PREFERENCES = {"all": {"enabled": True, "readOnly": False}, "channels": {}}
KINDS: dict[str, type] = {
    "name": str,
    "workflowId": str,
    "description": str,
    "tags": list,
    "active": bool,
    "steps": list,
    "preferences": dict,
    "origin": str,
    "validatePayload": bool,
}
MAX_BODY_BYTES = 1024 * 1024


class Workflows:
    """The workflows of this sandbox, by identifier."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def find(self, identifier: str) -> dict[str, Any] | None:
        """A workflow as Novu shows it."""
        return self._known.get(identifier)

    def all(self) -> list[dict[str, Any]]:
        """All of them, the newest first."""
        return list(self._known.values())[::-1]

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """Make one. An identifier that is taken is no error: it gets a suffix, as at Novu."""
        identifier = given["workflowId"]
        while identifier in self._known:
            identifier = f"{given['workflowId']}-{secrets.token_hex(2)}"
        now = _now()
        self._known[identifier] = {
            "_id": secrets.token_hex(12),
            "workflowId": identifier,
            "slug": f"{identifier}_wf_{secrets.token_hex(8)}",
            "origin": "novu-cloud",
            "createdAt": now,
            **_fields(given, {}),
        }
        return self._known[identifier]

    def replace(self, identifier: str, given: dict[str, Any]) -> dict[str, Any]:
        """What PUT does: all of it anew, but for the steps that come with the _id of one that is there."""
        workflow = self._known[identifier]
        before = {step["_id"]: step for step in workflow["steps"]}
        workflow.update(_fields(given, before))
        return workflow

    def patch(self, identifier: str, given: dict[str, Any]) -> dict[str, Any]:
        """What PATCH does: the named fields alone."""
        workflow = self._known[identifier]
        workflow.update({name: given[name] for name in PATCHABLE if name in given})
        workflow.update(status=_status(workflow), updatedAt=_now())
        return workflow

    def adopt(self, discovered: list[dict[str, Any]]) -> None:
        """What a bridge sync does: have these, each under its own identifier, and forget what was discovered before."""
        for identifier in [key for key, workflow in self._known.items() if workflow["origin"] == EXTERNAL]:
            del self._known[identifier]
        for workflow in discovered:
            self._known.pop(workflow["workflowId"], None)
            given = workflow | {
                "active": True,
                "steps": [step | {"name": step["stepId"]} for step in workflow["steps"]],
            }
            self.create(given).update(origin=EXTERNAL)
            for made, step in zip(self._known[workflow["workflowId"]]["steps"], workflow["steps"], strict=True):
                made.update(stepId=step["stepId"], origin=EXTERNAL)

    def delete(self, identifier: str) -> None:
        """Forget one."""
        del self._known[identifier]


def _fields(given: dict[str, Any], before: dict[str, dict[str, Any]]) -> dict[str, Any]:
    workflow = {
        "name": given["name"],
        "description": given.get("description") or "",
        "tags": given.get("tags") or [],
        "active": given.get("active", False),
        "validatePayload": given.get("validatePayload", False),
        "payloadSchema": given.get("payloadSchema"),
        "preferences": {"user": (given.get("preferences") or {}).get("user"), "default": NO_PREFERENCES},
        "steps": [_step(step, before) for step in given["steps"]],
        "updatedAt": _now(),
    }
    return workflow | {"status": _status(workflow)}


def _step(given: dict[str, Any], before: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A step as Novu shows it; an _id that this workflow has not is not believed."""
    kept = before.get(given.get("_id", ""), {})
    values = given.get("controlValues") or {}
    return {
        "_id": kept.get("_id") or secrets.token_hex(12),
        "stepId": kept.get("stepId") or f"{given['type']}-step-{secrets.token_hex(2)}",
        "name": given["name"],
        "type": given["type"],
        "origin": "novu-cloud",
        "controls": {"values": values},
        "controlValues": values,
        "issues": {},
    }


def _status(workflow: dict[str, Any]) -> str:
    return "ACTIVE" if workflow["active"] else "INACTIVE"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WorkflowRoutes:
    """The handlers, over the workflows."""

    def __init__(self, workflows: Workflows, is_authorized: Callable[[Request], bool]) -> None:
        self._workflows = workflows
        self._is_authorized = is_authorized

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [
            Route("/v2/workflows", self.collection, methods=["GET", "POST"]),
            Route("/v2/workflows/{identifier}", self.single, methods=["GET", "PUT", "PATCH", "DELETE"]),
        ]

    async def collection(self, request: Request) -> Response:
        """GET: a page of them, ?limit= ?offset= ?query=. POST: make one."""
        path = request.url.path
        if not self._is_authorized(request):
            return error(401, path)
        if request.method == "GET":
            return self._listed(request)
        given = await _read(request)
        if isinstance(given, Response):
            return given
        problems = _problems(given, ("name", "workflowId", "steps"))
        return validation_error(path, problems) if problems else answer({"data": self._workflows.create(given)}, 201)

    async def single(self, request: Request) -> Response:
        """GET, PUT, PATCH or DELETE of one."""
        path, identifier = request.url.path, request.path_params["identifier"]
        if not self._is_authorized(request):
            return error(401, path)
        workflow = self._workflows.find(identifier)
        if workflow is None:
            return error(404, path, "Workflow cannot be found", ctx={"workflowId": identifier})
        if request.method == "GET":
            return answer({"data": workflow})
        if request.method == "DELETE":
            self._workflows.delete(identifier)
            return Response(status_code=204)
        return await self._change(request, identifier)

    async def _change(self, request: Request, identifier: str) -> Response:
        given = await _read(request)
        if isinstance(given, Response):
            return given
        is_whole = request.method == "PUT"
        problems = _problems(given, ("name", "steps", "preferences", "origin") if is_whole else ())
        if problems:
            return validation_error(request.url.path, problems)
        change = self._workflows.replace if is_whole else self._workflows.patch
        return answer({"data": change(identifier, given)})

    def _listed(self, request: Request) -> Response:
        query = request.query_params
        found = [w for w in self._workflows.all() if query.get("query", "") in w["workflowId"] + w["name"]]
        try:
            offset, limit = int(query.get("offset", "0")), int(query.get("limit", "50"))
        except ValueError:
            return validation_error(request.url.path, ["limit and offset must be whole numbers"])
        return answer({"data": {"workflows": found[offset : offset + limit], "totalCount": len(found)}})


async def _read(request: Request) -> dict[str, Any] | Response:
    """The body's object, or the answer that refuses it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return error(413, request.url.path)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        return error(400, request.url.path, f"malformed JSON: {problem}")
    return given if isinstance(given, dict) else error(400, request.url.path, "malformed JSON: not an object")


def _problems(given: dict[str, Any], needed: tuple[str, ...]) -> list[str]:
    """What is missing or of the wrong kind, a sentence each."""
    problems = [f"{name} should not be null or undefined" for name in needed if given.get(name) is None]
    for name, kind in KINDS.items():
        if given.get(name) is not None and not isinstance(given[name], kind):
            problems.append(f"{name} must be of type {kind.__name__}")
    if isinstance(given.get("steps"), list):
        problems += [problem for n, step in enumerate(given["steps"]) for problem in _step_problems(step, n)]
    return problems


def _step_problems(step: object, number: int) -> list[str]:
    if not isinstance(step, dict):
        return [f"steps.{number} must be an object"]
    problems = []
    if not isinstance(step.get("name"), str):
        problems.append(f"steps.{number}.name must be a string")
    if step.get("type") not in STEP_TYPES:
        problems.append(f"steps.{number}.type must be one of {', '.join(sorted(STEP_TYPES))}")
    if not isinstance(step.get("controlValues"), dict | None):
        problems.append(f"steps.{number}.controlValues must be an object")
    return problems
