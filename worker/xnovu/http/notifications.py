"""The routes about notifications: trigger, look, retract."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from xnovu.http import schemas
from xnovu.http.database import Wish
from xnovu.http.face import Face
from xnovu.http.limits import read_json
from xnovu.http.route import ApiRoute, Operation

ENTERPRISE = {
    "name": "enterpriseId",
    "in": "query",
    "schema": schemas.UUID,
    "description": "Needed where the API key is for several enterprises.",
}
ID = {"name": "id", "in": "path", "required": True, "schema": schemas.UUID}
LIST_QUERY = [
    {"name": "status", "in": "query", "schema": {"enum": schemas.STATUSES}},
    {"name": "workflow", "in": "query", "schema": schemas.TEXT, "description": "The key of a workflow."},
    {"name": "since", "in": "query", "schema": schemas.TIME, "description": "Created at this time or later."},
    {"name": "cursor", "in": "query", "schema": schemas.TEXT, "description": "Where the page before ended."},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
    ENTERPRISE,
]
UNKNOWN = "There is no such notification in the key's enterprise; another enterprise's is answered the same."

TRIGGER = Operation(
    summary="Trigger a notification.",
    description="It is inserted, and sent as soon as a worker has claimed it.",
    body=schemas.EVENT,
    answers={
        200: ("It was triggered before, by this idempotencyKey or as this notificationId.", schemas.TRIGGERED),
        201: ("It was inserted.", schemas.TRIGGERED),
        404: ("There is no such workflow, and `workflows` names those that there are; or no such notification.", None),
        409: ("The idempotencyKey was used for something else, or the notification can't be triggered again.", None),
        422: ("The payload breaks the schema of the workflow; `errors` says where.", None),
    },
    scope="send",
)
TRIGGER_BULK = Operation(
    summary="Trigger up to 1,000 notifications.",
    description="Each is answered for itself, in order. Against the rate limit each counts as one.",
    body=schemas.BULK,
    answers={200: ("An answer for each.", schemas.BULK_ANSWER)},
    scope="send",
)
SHOW = Operation(
    summary="A notification, with its history, its deliveries and what was rendered.",
    description="Of deliveries and of contents the first 100.",
    parameters=[ID, ENTERPRISE],
    answers={200: ("The notification.", schemas.NOTIFICATION), 404: (UNKNOWN, None)},
    scope="read",
)
LIST = Operation(
    summary="Notifications, the newest first.",
    description="A page may have fewer than `limit`, or none, while there are more: go on until `cursor` is null.",
    parameters=LIST_QUERY,
    answers={200: ("A page.", schemas.PAGE)},
    scope="read",
)
RETRACT = Operation(
    summary="Take a notification back.",
    description="What waits is not sent, what Novu has is cancelled there. Again is harmless.",
    parameters=[ID],
    body=schemas.RETRACTION,
    answers={
        200: ("It is retracted.", schemas.RETRACTED),
        404: (UNKNOWN, None),
        409: ("It has another correction already.", None),
    },
    scope="manage",
)


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def trigger(request: Request) -> Response:
        body, event = await read_json(request, face)
        wish = Wish("send", _text(event, "enterpriseId"), body=body)
        return await face.database.ask_with_key(request, wish, "trigger", body)

    async def trigger_bulk(request: Request) -> Response:
        body, content = await read_json(request, face)
        events = content.get("events") if isinstance(content, dict) else None
        cost = len(events) if isinstance(events, list) and len(events) <= 1000 else 1
        wish = Wish("send", _text(content, "enterpriseId"), max(cost, 1), body)
        return await face.database.ask_with_key(request, wish, "trigger_bulk", body)

    async def show(request: Request) -> Response:
        query = _query(request)
        wish = Wish("read", query.get("enterpriseId"))
        return await face.database.ask_with_key(
            request, wish, "show_notification", request.path_params["id"], orjson.dumps(query).decode()
        )

    async def list_all(request: Request) -> Response:
        query = _query(request)
        wish = Wish("read", query.get("enterpriseId"))
        return await face.database.ask_with_key(request, wish, "list_notifications", orjson.dumps(query).decode())

    async def retract(request: Request) -> Response:
        body, content = await read_json(request, face)
        notification = request.path_params["id"]
        wish = Wish("manage", _text(content, "enterpriseId"), body=body, notification=notification)
        return await face.database.ask_with_key(request, wish, "retract", notification, body)

    return [
        ApiRoute("POST", "/api/trigger", trigger, TRIGGER),
        ApiRoute("POST", "/api/trigger/bulk", trigger_bulk, TRIGGER_BULK),
        ApiRoute("GET", "/api/notifications", list_all, LIST),
        ApiRoute("GET", "/api/notifications/{id}", show, SHOW),
        ApiRoute("POST", "/api/notifications/{id}/retract", retract, RETRACT),
    ]


def _text(content: Any, member: str) -> str | None:
    """A member of an object that is a text; None where there is none."""
    found = content.get(member) if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


def _query(request: Request) -> dict[str, str]:
    """The query's parameters; of one that is given twice the last."""
    return dict(request.query_params)
