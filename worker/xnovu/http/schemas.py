"""JSON Schemas of what the routes about notifications take and give."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
OBJECT: Schema = {"type": "object"}
STATUSES = ["PENDING", "PROCESSING", "SENT", "FAILED", "RETRACTED"]
CHANNELS = ["EMAIL", "IN_APP", "SMS", "PUSH", "CHAT"]
PRIORITIES = ["CRITICAL", "HIGH", "NORMAL", "LOW"]


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def optional(schema: Schema) -> Schema:
    """A member that may be null instead of missing."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def record(*, required: tuple[str, ...] = (), closed: bool = False, **properties: Schema) -> Schema:
    """An object with these members. `closed`: with no others."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def array(items: Schema, **more: Any) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items, **more}


FAULT = record(required=("path", "message"), path=TEXT, message=TEXT)
ERROR = record(
    required=("code", "message"),
    code={"type": "string", "description": "A word for programs, such as workflow_unknown."},
    message={"type": "string", "description": "A sentence for people that says what to change."},
    errors={**array(FAULT), "description": "What is malformed, and where."},
)
EVENT_MEMBERS: dict[str, Schema] = {
    "workflowId": {"type": "string", "description": "The key of a published workflow.", "examples": ["fire-alarm"]},
    "enterpriseId": {**UUID, "description": "The key's enterprise; needed where it is for several."},
    "payload": {"type": "object", "description": "What the templates are filled with."},
    "recipients": {**array(UUID, minItems=1), "description": "Who gets it."},
    "subscriberId": {**UUID, "description": "A single recipient, instead of recipients."},
    "notificationId": {
        **UUID,
        "description": "A notification that exists: what failed of it is tried again. Beside it workflowId at most.",
    },
    "channels": {**array({"enum": CHANNELS}, minItems=1), "description": "Instead of the workflow's own channels."},
    "overrides": {"type": "object", "description": "Passed to Novu, as far as docs/platform.md lists it."},
    "scheduledFor": {**TIME, "description": "Not before this time."},
    "expiresAt": {**TIME, "description": "Not after this time."},
    "priority": {"enum": PRIORITIES, "description": "Instead of the workflow's own."},
    "idempotencyKey": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "A second event with this key is not sent again but answered with the first.",
    },
    "name": TEXT,
    "building": TEXT,
    "timeZone": {"type": "string", "examples": ["Europe/Copenhagen"]},
    "locale": {"type": "string", "maxLength": 35, "examples": ["pt-BR"]},
    "isDrill": {"type": "boolean"},
    "tags": array({"type": "string", "maxLength": 100}, maxItems=50),
    "recipientPayload": {"type": "object", "description": "What differs by recipient: an object by recipient's id."},
    "recipientAttributes": {
        "type": "object",
        "description": "What Novu is to know of a recipient: an object by recipient's id, with email, phone and so on.",
    },
}
EVENT: Schema = record(closed=True) | {
    "properties": {name: optional(member) for name, member in EVENT_MEMBERS.items()},
    "anyOf": [{"required": ["workflowId"]}, {"required": ["notificationId"]}],
    "examples": [
        {
            "workflowId": "fire-alarm",
            "recipients": ["0198c0de-0000-4000-8000-0000000000ad"],
            "payload": {"name": "Ada", "floor": 3},
            "building": "Harbour Tower",
        }
    ],
}
TRIGGERED = record(
    required=("notificationId", "status", "workflowId", "enterpriseId"),
    notificationId=UUID,
    status={"enum": STATUSES},
    workflowId=TEXT,
    enterpriseId=UUID,
    transactionId={"type": "string", "description": "Novu's transactionId of its first delivery."},
)
BULK = record(
    required=("events",),
    closed=True,
    events=array(
        {
            "description": "An event as POST /api/trigger takes it; one that is malformed is answered for itself.",
            "examples": EVENT["examples"],
        },
        minItems=1,
        maxItems=1000,
    ),
    enterpriseId=optional(EVENT_MEMBERS["enterpriseId"]),
)
BULK_ANSWER = record(
    required=("data",),
    data=array(
        record(
            required=("status", "body"),
            status={"type": "integer", "description": "The status that the event alone would have got."},
            body={"anyOf": [TRIGGERED, ERROR]},
        )
    ),
)
LINE = record(
    required=("notificationId", "workflowId", "status", "createdAt"),
    notificationId=UUID,
    workflowId=TEXT,
    status={"enum": STATUSES},
    name=nullable(TEXT),
    priority=nullable(TEXT),
    building=nullable(TEXT),
    isDrill={"type": "boolean"},
    tags=array(TEXT),
    createdAt=TIME,
    scheduledFor=nullable(TIME),
    finalAt=nullable(TIME),
    transactionId=nullable(TEXT),
    error=nullable(OBJECT),
)
PAGE = record(
    required=("data", "cursor"),
    data=array(LINE),
    cursor=nullable({"type": "string", "description": "Where the next page begins; null: there is none."}),
)
NOTIFICATION = record(
    required=("notificationId", "enterpriseId", "workflowId", "status", "history", "deliveries", "content"),
    notificationId=UUID,
    enterpriseId=UUID,
    workflowId=TEXT,
    workflowVersion=nullable({"type": "integer"}),
    status={"enum": STATUSES},
    recipients=array(UUID),
    payload={"description": "As it was given."},
    createdAt=TIME,
    finalAt=nullable(TIME),
    error=nullable(OBJECT),
    warnings=nullable(array(OBJECT)),
    history=array(record(required=("at", "from", "to"), at=TIME, to=TEXT, actor=TEXT)),
    deliveries=array(
        record(required=("number", "status"), number={"type": "integer"}, status=TEXT, transactionId=TEXT, lane=TEXT)
    ),
    content=array(record(required=("content",), recipient=nullable(UUID), content=OBJECT)),
)
RETRACTION = record(
    required=("reason",),
    closed=True,
    reason={"type": "string", "minLength": 1, "maxLength": 1000},
    enterpriseId=optional(EVENT_MEMBERS["enterpriseId"]),
    correction=optional(
        record(
            required=("workflowId", "payload"),
            closed=True,
            workflowId={"type": "string", "minLength": 1, "maxLength": 60},
            payload=OBJECT,
            name=optional(TEXT),
            priority=optional({"enum": PRIORITIES}),
        )
    )
    | {
        "description": "What those are told whom it may have reached.",
    },
)
RETRACTED = record(
    required=("notificationId", "status"), notificationId=UUID, status={"const": "RETRACTED"}, correctionId=UUID
)
