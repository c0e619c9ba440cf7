"""Reads the payload and the context of a notification into what templates see."""

import re
from collections.abc import Callable
from typing import Any, Final

import orjson

from xnovu_template.bundle import Bundle
from xnovu_template.item import hide_reserved
from xnovu_template.problem import Problem
from xnovu_template.scene import scene
from xnovu_template.values import protect

PAYLOAD_CHARS: Final = 128 * 1024

_NUL_IN_JSON: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def read_context(context: str) -> dict[str, Any]:
    """Return a context, which is JSON text, decoded."""
    notification: dict[str, Any] = orjson.loads(_without_nul(context))
    return notification


def read_values(
    bundle: Bundle, payload: str | None, notification: dict[str, Any], forgive: Callable[[Problem], None] | None = None
) -> dict[str, Any]:
    """Return what templates see: the payload's members, and the context as `notification`. It is used up.

    A payload of None is one that was too large to be handed over. Raises Problem; `forgive` takes what breaks the
    workflow's schema instead.
    """
    scene.open(notification, notification.pop("settings", None) or {})
    if payload is None or len(payload) > PAYLOAD_CHARS:
        raise Problem("payload_invalid", f"The payload is longer than {PAYLOAD_CHARS // 1024} KB.")
    try:
        values = orjson.loads(_without_nul(payload))
    except orjson.JSONDecodeError:
        raise Problem("payload_invalid", "The payload is not valid JSON.") from None
    if type(values) is not dict:
        raise Problem("payload_invalid", "The payload is not a JSON object.")
    scene.payload = values
    try:
        if "payload_schema" in bundle.problems:
            raise bundle.problems["payload_schema"].again()
        if bundle.check_payload is not None:
            bundle.check_payload(values)
    except Problem as problem:
        if forgive is None:
            raise
        forgive(problem)
    hide_reserved(values)
    for name, value in values.items():
        if type(value) is dict or type(value) is list:
            values[name] = protect(value)
    values["notification"] = protect(notification)
    return values


def _without_nul(text: str) -> str:
    return _NUL_IN_JSON.sub(r"\1", text) if "\\u0000" in text else text
