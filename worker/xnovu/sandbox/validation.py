"""What Novu checks of a trigger event before it looks at anything else, and how it reads recipients and channels."""

from __future__ import annotations

import re
from typing import Any

import orjson

from xnovu.sandbox.ledger import Content, Event
from xnovu.sandbox.options import CHANNELS

NEEDS_SUBJECT = frozenset({"email", "push"})
MAX_CONTEXT_KEYS = 5

_context_id = re.compile(r"[A-Za-z0-9_-]{1,100}").fullmatch
_subscriber_id = re.compile(r"[a-zA-Z0-9_:.-]+|[^\s@]+@[^\s@]+\.[^\s@]+").fullmatch


def event_problems(event: object, prefix: str = "") -> list[str]:
    """What is malformed in one event, a sentence a field; none when it may go on.

    prefix: put before the field's name, for an event in a bulk ("events.3.").
    """
    if not isinstance(event, dict):
        return [f"{prefix.removesuffix('.') or 'body'} must be an object"]
    problems = []
    if not isinstance(event.get("name"), str):
        problems.append(f"{prefix}name must be a string")
    if event.get("to") is None:
        problems.append(f"{prefix}to should not be null or undefined")
    for field in ("payload", "overrides"):
        if not isinstance(event.get(field), dict | None):
            problems.append(f"{prefix}{field} must be an object")
    if not isinstance(event.get("transactionId"), str | None):
        problems.append(f"{prefix}transactionId must be a string")
    if event.get("context") is not None:
        problems.extend(_context_problems(event["context"], prefix))
    return problems


def _context_problems(context: object, prefix: str) -> list[str]:
    if not isinstance(context, dict) or not context:
        return [f"{prefix}context must be an object with at least one key"]
    if len(context) > MAX_CONTEXT_KEYS:
        return [f"{prefix}context must have no more than {MAX_CONTEXT_KEYS} keys"]
    return [
        f"{prefix}context.{key} must be an id of 1 to 100 letters, digits, underscores and hyphens"
        for key, value in context.items()
        if not _is_context_value(value)
    ]


def _is_context_value(value: object) -> bool:
    """An id, or {"id": …, "data": {…}}."""
    if isinstance(value, dict):
        return isinstance(value.get("data"), dict | None) and _is_context_id(value.get("id"))
    return _is_context_id(value)


def _is_context_id(value: object) -> bool:
    return isinstance(value, str) and _context_id(value) is not None


def tenant_of(event: dict[str, Any]) -> str | None:
    """The id of the context's tenant in a valid event."""
    tenant = (event.get("context") or {}).get("tenant")
    return tenant.get("id") if isinstance(tenant, dict) else tenant


def recipients(to: object) -> tuple[tuple[str, ...], int]:
    """The distinct valid subscriber ids in `to`, and how many entries name nobody.

    An id that breaks Novu's rule names nobody; neither does a topic, because the sandbox knows no topic's members.
    """
    entries = to if isinstance(to, list) else [to]
    ids: dict[str, None] = {}
    dropped = 0
    for entry in entries:
        subscriber = entry.get("subscriberId") if isinstance(entry, dict) else entry
        if isinstance(subscriber, str) and _subscriber_id(subscriber):
            ids[subscriber] = None
        else:
            dropped += 1
    return tuple(ids), dropped


def outline(event: object) -> Event:
    """Whom an event is for and what it is called, as far as that can be read: it may be malformed."""
    known = event if isinstance(event, dict) else {}
    name, transaction_id, context = known.get("name"), known.get("transactionId"), known.get("context")
    tenant = tenant_of({"context": context}) if isinstance(context, dict) else None
    return Event(
        name if isinstance(name, str) else "",
        transaction_id if isinstance(transaction_id, str) else "",
        tenant if isinstance(tenant, str) else None,
        recipients(known.get("to"))[0],
        (),
    )


def is_recipient(to: object) -> bool:
    """Whether a `to` that is not an array has the shape of a subscriber or a topic."""
    if isinstance(to, dict):
        to = to.get("subscriberId") or to.get("topicKey")
    return isinstance(to, str) and _subscriber_id(to) is not None


def contents(payload: dict[str, Any]) -> tuple[Content, ...]:
    """What each channel of a pass-through workflow would say; a channel that the payload lacks is skipped.

    A step whose body is blank fails, and so does an email or a push with a blank subject.
    """
    found = []
    for channel in CHANNELS:
        value = payload.get(channel)
        if not value and value != {}:
            continue
        said = value if isinstance(value, dict) else {}
        subject, body = _text(said.get("subject")), _text(said.get("body"))
        error = None
        if not body or body.isspace():
            error = "invalid output: body is blank"
        elif channel in NEEDS_SUBJECT and (not subject or subject.isspace()):
            error = "invalid output: subject is blank"
        found.append(Content(channel, subject, body or "", error))
    return tuple(found)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
