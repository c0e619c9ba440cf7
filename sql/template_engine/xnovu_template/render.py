"""Renders a batch of notifications, each from its workflow's bundle, its payload and its context."""

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from xnovu_template.bundle import Bundle
from xnovu_template.channel import STEPS, render_channel
from xnovu_template.emergency import Emergency
from xnovu_template.item import Item
from xnovu_template.payload import read_context, read_values
from xnovu_template.problem import Problem, endless
from xnovu_template.rules import EVENT_BYTES
from xnovu_template.scene import scene
from xnovu_template.values import clock

CACHED_BUNDLES: Final = 256
ITEM_SECONDS: Final = 0.25

Row = tuple[int, str | None, str | None, str | None]
Facts = dict[str, str | int]

_bundles: OrderedDict[str, Bundle] = OrderedDict()
_uses = {"hits": 0, "misses": 0}


def render_batch(  # noqa: PLR0917 - PostgreSQL passes its arguments by position
    bundle_hashes: list[str],
    bundles: list[str],
    item_bundles: list[int],
    payloads: Sequence[str | None],
    contexts: list[str],
    channels: list[str],
    budget_ms: int,
) -> Iterator[Row]:
    """Render items, and yield (number of the item, content, warnings, error) for each that there was time for.

    Item i, counted from 1, uses the bundle with the number `item_bundles[i - 1]`, also counted from 1, its payload and
    context (JSON texts of objects; templates see the payload's members and, before them, the context as `notification`)
    and its channels, comma-separated. What the context has as `emergency` is for a notification of the critical lane,
    which goes out whatever it lacks (Emergency). A bundle is kept, compiled, under its hash. No item is begun once
    `budget_ms` milliseconds are over, except the first. An item ends after ITEM_SECONDS.

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


def cache_use() -> list[int]:
    """How often a bundle that was wanted was there compiled, and how often not, since this was asked last."""
    counts = [_uses["hits"], _uses["misses"]]
    _uses.update(hits=0, misses=0)
    return counts


def _compiled(digest: str, text: str) -> Bundle:
    bundle = _bundles.get(digest)
    _uses["misses" if bundle is None else "hits"] += 1
    if bundle is None:
        bundle = _bundles[digest] = Bundle(text)
        if len(_bundles) > CACHED_BUNDLES:
            _bundles.popitem(last=False)
    else:
        _bundles.move_to_end(digest)
    return bundle


def _render(bundle: Bundle, payload: str | None, context: str, channels: list[str]) -> tuple[str, list[Facts]]:
    notification = read_context(context)
    emergency = notification.pop("emergency", None)
    if emergency is not None:
        return Emergency(emergency).render(bundle, payload, notification, channels)
    item = Item(bundle, read_values(bundle, payload, notification))
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
