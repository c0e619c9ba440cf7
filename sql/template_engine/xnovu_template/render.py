"""Renders a batch of notifications, each from its workflow's bundle, its payload and its context."""

import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

import orjson

from xnovu_template.bundle import Bundle, is_link
from xnovu_template.item import Item, hide_reserved
from xnovu_template.problem import Place, Problem, endless
from xnovu_template.rules import EVENT_BYTES, check_link, check_push, check_sms, one_line
from xnovu_template.scene import scene
from xnovu_template.values import clock, protect, without_nul

CACHED_BUNDLES: Final = 256
ITEM_SECONDS: Final = 0.25
PAYLOAD_CHARS: Final = 128 * 1024

Row = tuple[int, str | None, str | None, str | None]
Facts = dict[str, str | int]

# What Novu's steps take, by channel: the name in the content, and whether it has a subject (if there is a template for
# it).
STEPS: Final = {
    "EMAIL": ("email", True),
    "IN_APP": ("in_app", True),
    "SMS": ("sms", False),
    "PUSH": ("push", True),
    "CHAT": ("chat", False),
}

_bundles: OrderedDict[str, Bundle] = OrderedDict()


def render_batch(  # noqa: PLR0917 - PostgreSQL passes its arguments by position
    bundle_hashes: list[str],
    bundles: list[str],
    item_bundles: list[int],
    payloads: list[str],
    contexts: list[str],
    channels: list[str],
    budget_ms: int,
) -> Iterator[Row]:
    """Render items, and yield (number of the item, content, warnings, error) for each that there was time for.

    Item i, counted from 1, uses the bundle with the number `item_bundles[i - 1]`, also counted from 1, its payload and
    context (JSON texts of objects; templates see the payload's members and, before them, the context as `notification`)
    and its channels, comma-separated. A bundle is kept, compiled, under its hash. No item is begun once `budget_ms`
    milliseconds are over, except the first. An item ends after ITEM_SECONDS.

    content: {"email": {"subject", "body"}, "in_app": {"subject", "body", "avatar", …}, "sms": {"body"}, …} as JSON
    text. warnings: [{"code", "message", "channel"}] as JSON text, or None. error: {"code", "message", …} as JSON
    text, or None: either content or error is there. Raises nothing for what is wrong with an item.
    """
    end = time.monotonic() + budget_ms / 1000
    items = zip(item_bundles, payloads, contexts, channels, strict=True)
    for item, (number, payload, context, wanted) in enumerate(items, start=1):
        if item > 1 and time.monotonic() >= end:
            return
        clock.deadline = time.monotonic() + ITEM_SECONDS
        try:
            bundle = _compiled(bundle_hashes[number - 1], bundles[number - 1])
            content, warnings = _render(bundle, payload, context, wanted.split(","))
            yield item, content, orjson.dumps(warnings).decode() if warnings else None, None
        except Problem as problem:
            yield item, None, None, orjson.dumps(problem.facts()).decode()
        except Exception as error:
            fault = Problem("template_error", f"The notification can't be rendered ({type(error).__name__}).")
            yield item, None, None, orjson.dumps(fault.facts()).decode()
        finally:
            clock.deadline = float("inf")


def _compiled(digest: str, text: str) -> Bundle:
    bundle = _bundles.get(digest)
    if bundle is None:
        bundle = _bundles[digest] = Bundle(text)
        if len(_bundles) > CACHED_BUNDLES:
            _bundles.popitem(last=False)
    else:
        _bundles.move_to_end(digest)
    return bundle


def _render(bundle: Bundle, payload: str, context: str, channels: list[str]) -> tuple[str, list[Facts]]:
    item = Item(bundle, read_values(bundle, payload, context))
    content: dict[str, dict[str, Any]] = {}
    warnings: list[Facts] = []
    for channel in channels:
        rendered = render_channel(item, channel)
        if rendered is None:
            message = f"{channel} is left out: its body is blank."
            warnings.append({"code": "content_blank", "message": message, "channel": channel})
        else:
            content[STEPS[channel][0]] = rendered
    if not content:
        raise Problem("content_blank", f"Nothing to send: the body is blank for {', '.join(channels)}.")
    encoded = orjson.dumps(content)
    if len(encoded) > EVENT_BYTES:
        raise endless()
    return encoded.decode(), warnings + scene.warnings


def render_channel(item: Item, channel: str) -> dict[str, Any] | None:
    """Return what a channel's step gets, or None when its body is blank. Raises Problem."""
    if channel not in STEPS:
        raise Problem("template_missing", f"There is no channel {channel}.", channel=channel)
    body = without_nul(item.render(channel, "body"))
    if not body.strip():
        return None
    entry = item.entry(channel)
    content: dict[str, Any] = {"body": body}
    if STEPS[channel][1] and item.bundle.has(f"{entry}/subject"):
        content = {"subject": one_line(without_nul(item.render(channel, "subject"))), "body": body}
    if channel == "SMS":  # before it says that it is a test, so that a test goes if the real one would
        check_sms(content["body"], scene.settings.get("sms_segment_limit"))
    if scene.notification.get("is_test") is True:
        marked = "subject" if "subject" in content else "body"
        content[marked] = f"[TEST] {content[marked]}"
    if channel == "PUSH":
        check_push(content)
    elif channel == "IN_APP" and (extras := item.bundle.extras.get(entry)):
        content |= _render_extras(item, extras, "extras", Place.parse(f"{entry}/extras"))
    elif channel == "IN_APP" and f"{entry}/extras" in item.bundle.problems:
        raise item.bundle.problems[f"{entry}/extras"].again()
    return content


def _render_extras(item: Item, value: Any, path: str, place: Place) -> Any:
    """Return a part of extras with its texts rendered. What is a link and comes out blank is left out."""
    if isinstance(value, str):
        text = without_nul(item.render("IN_APP", path))
        if is_link(path):
            text = one_line(text)
            check_link(f"{place}: {path}", text)
        return text
    if isinstance(value, dict):
        members = {name: _render_extras(item, member, f"{path}.{name}", place) for name, member in value.items()}
        if path == "extras" or path.startswith(("extras.redirect", "extras.primaryAction", "extras.secondaryAction")):
            members = {name: member for name, member in members.items() if member not in ("", None, {})}
        if path.endswith("redirect") and not path.startswith("extras.data") and "url" not in members:
            return {}
        return members
    if isinstance(value, list):
        return [_render_extras(item, member, f"{path}.{number}", place) for number, member in enumerate(value)]
    return value


_NUL_IN_JSON: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def read_values(bundle: Bundle, payload: str, context: str) -> dict[str, Any]:
    """Return what templates see: the payload's members, and the context as `notification`. Raises Problem."""
    if len(payload) > PAYLOAD_CHARS:
        raise Problem("payload_invalid", f"The payload is longer than {PAYLOAD_CHARS // 1024} KB.")
    try:
        values = orjson.loads(_NUL_IN_JSON.sub(r"\1", payload) if "\\u0000" in payload else payload)
    except orjson.JSONDecodeError:
        raise Problem("payload_invalid", "The payload is not valid JSON.") from None
    if type(values) is not dict:
        raise Problem("payload_invalid", "The payload is not a JSON object.")
    if "payload_schema" in bundle.problems:
        raise bundle.problems["payload_schema"].again()
    if bundle.check_payload is not None:
        bundle.check_payload(values)
    notification = orjson.loads(_NUL_IN_JSON.sub(r"\1", context) if "\\u0000" in context else context)
    scene.open(notification, notification.pop("settings", None) or {}, values)
    hide_reserved(values)
    for name, value in values.items():
        if type(value) is dict or type(value) is list:
            values[name] = protect(value)
    values["notification"] = protect(notification)
    return values
