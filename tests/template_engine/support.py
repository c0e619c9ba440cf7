"""Short ways to render a template, or to see why it can't be, without a database."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from xnovu_template import check_bundle, render_batch

Template = str | tuple[str | None, str]

_numbers = itertools.count(1)


def bundle_of(templates: Mapping[str, Template], schema: Any = None, channels: dict[str, str] | None = None) -> str:
    """Return a bundle of templates by "CHANNEL/key": a body, or subject and body. A channel's entry is "main"."""
    parts = {name: (None, text) if isinstance(text, str) else text for name, text in templates.items()}
    entries = {name.split("/")[0]: "main" for name in parts if name.endswith("/main")}
    return json.dumps(
        {
            "templates": {name: {"subject": subject, "body": body} for name, (subject, body) in parts.items()},
            "channels": entries if channels is None else channels,
            "payload_schema": schema,
        }
    )


def attempt(
    bundle: str, payload: Any = None, channels: str = "SMS", context: Any = None
) -> tuple[dict[str, Any] | None, list[dict[str, Any]], dict[str, Any] | None]:
    """Render one notification: content, warnings, error."""
    text = payload if isinstance(payload, str) else json.dumps(payload or {})
    rows = list(
        render_batch(
            [str(next(_numbers))], [bundle], [1], [text], [json.dumps(context or {})], [channels], budget_ms=1000
        )
    )
    [(item, content, warnings, error)] = rows
    assert item == 1
    assert (content is None) is not (error is None)
    return json.loads(content or "null"), json.loads(warnings or "[]"), json.loads(error or "null")


def render(template: str, others: dict[str, str] | None = None, channel: str = "SMS", **payload: Any) -> str:
    """Return the body of a template; `others` are further templates of the channel by key."""
    templates = {f"{channel}/main": template} | {f"{channel}/{key}": text for key, text in (others or {}).items()}
    content, _, error = attempt(bundle_of(templates), payload, channel)
    assert content is not None, error
    body = content[channel.lower()]["body"]
    assert isinstance(body, str)
    return body


def fail(template: str, others: dict[str, str] | None = None, channel: str = "SMS", **payload: Any) -> dict[str, Any]:
    """Return the error of a template that can't be rendered."""
    templates = {f"{channel}/main": template} | {f"{channel}/{key}": text for key, text in (others or {}).items()}
    content, _, error = attempt(bundle_of(templates), payload, channel)
    assert error is not None, content
    return error


def problems(templates: Mapping[str, Template], schema: Any = None) -> list[dict[str, Any]]:
    """Return what check_bundle says of templates by "CHANNEL/key"."""
    return check_bundle(bundle_of(templates, schema))
