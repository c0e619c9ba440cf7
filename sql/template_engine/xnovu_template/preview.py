"""Shows what would be sent, channel by channel, with sizes and warnings; nothing is kept."""

import time
from typing import Any

import orjson

from xnovu_template.bundle import Bundle
from xnovu_template.channel import STEPS, render_channel
from xnovu_template.emergency import Emergency
from xnovu_template.item import HTML_CHANNELS, Item
from xnovu_template.payload import read_context, read_values
from xnovu_template.problem import Problem
from xnovu_template.render import ITEM_SECONDS
from xnovu_template.rules import EVENT_BYTES, segments
from xnovu_template.scene import scene
from xnovu_template.values import SANITIZE_CHARS, SANITIZE_TAGS, clock, text_of

Facts = dict[str, Any]


def preview(bundle: str, payload: str | None, context: str | None, channels: str) -> Facts:
    """Render one notification as render_batch would, each channel by itself. No payload or context is an empty one.

    Returns {"channels": {"EMAIL": {"subject", "body", "text", "extras", "bytes", "segments", "encoding", "templates"},
    "SMS": {"error", "templates"}, …}, "warnings": [{"code", "message", "channel"}], "error": None or the first,
    "event_bytes"}.
    """
    opened = Bundle(bundle)
    answer: Facts = {"channels": {}, "warnings": [], "error": None, "event_bytes": 0}
    notification = read_context(context or "{}")
    emergency = notification.pop("emergency", None)
    if emergency is not None:
        return _preview_emergency(Emergency(emergency), opened, payload or "{}", notification, channels.split(","))
    try:
        values = read_values(opened, payload or "{}", notification)
    except Problem as problem:
        answer["error"] = problem.facts()
        return answer
    content: Facts = {}
    for channel in channels.split(","):
        item = Item(opened, dict(values))
        clock.deadline = time.monotonic() + ITEM_SECONDS
        try:
            rendered = render_channel(item, channel)
        except Problem as problem:
            answer["channels"][channel] = {"error": problem.facts(), "templates": _templates(item)}
            answer["error"] = answer["error"] or problem.facts()
            continue
        finally:
            clock.deadline = float("inf")
        if rendered is None:
            message = f"{channel} is left out: its body is blank."
            answer["warnings"].append({"code": "content_blank", "message": message, "channel": channel})
            continue
        content[STEPS[channel][0]] = rendered
        answer["channels"][channel] = _describe(channel, rendered) | {"templates": _templates(item)}
    answer["warnings"] += scene.warnings
    answer["event_bytes"] = len(orjson.dumps(content))
    if answer["error"] is None and not content:
        answer["error"] = Problem("content_blank", "Nothing to send: every body is blank.").facts()
    elif answer["event_bytes"] > EVENT_BYTES:
        words = f"The channels together take {answer['event_bytes']} bytes; up to {EVENT_BYTES} are possible."
        answer["error"] = answer["error"] or Problem("template_endless", words).facts()
    return answer


def _preview_emergency(
    emergency: Emergency, bundle: Bundle, payload: str, notification: Facts, channels: list[str]
) -> Facts:
    """Render a notification as the critical lane would: without an error, but with warnings."""
    values = emergency.read(bundle, payload, notification)
    content: Facts = {}
    seen: Facts = {}
    for channel in channels:
        clock.deadline = time.monotonic() + ITEM_SECONDS
        try:
            content[channel] = emergency.render_channel(bundle, values, channel)
        finally:
            clock.deadline = float("inf")
        templates = [] if emergency.item is None else _templates(emergency.item)
        seen[channel] = _describe(channel, content[channel]) | {"templates": templates}
    size = len(orjson.dumps({STEPS[channel][0]: rendered for channel, rendered in content.items()}))
    return {"channels": seen, "warnings": emergency.warnings(), "error": None, "event_bytes": size}


def _templates(item: Item) -> list[str]:
    return sorted(
        {name.rpartition("/")[0] if "/extras" not in name else name.split("/extras")[0] for name in item.used}
    )


def _describe(channel: str, rendered: Facts) -> Facts:
    facts: Facts = {"body": rendered["body"], "bytes": len(orjson.dumps(rendered))}
    if "subject" in rendered:
        facts["subject"] = rendered["subject"]
    if channel in HTML_CHANNELS:
        body = rendered["body"]
        is_small = len(body) <= SANITIZE_CHARS and body.count("<") <= SANITIZE_TAGS
        facts["text"] = text_of(body) if is_small else None
    if channel == "SMS":
        facts["segments"], facts["encoding"] = segments(rendered["body"])
    extras = {name: member for name, member in rendered.items() if name not in ("subject", "body")}
    if extras:
        facts["extras"] = extras
    return facts
