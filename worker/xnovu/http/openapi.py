"""/openapi.json, made from the routes themselves, and /docs, a page made from that."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xnovu import version
from xnovu.http.answers import json_response
from xnovu.http.route import ApiRoute, Operation
from xnovu.http.schemas import ERROR

_SECONDS = {"schema": {"type": "string", "pattern": "^[0-9]+$"}}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait before trying again.", **_SECONDS}}
RATE_LIMIT = {
    "RateLimit-Limit": {"description": "The most requests that gather.", **_SECONDS},
    "RateLimit-Remaining": {"description": "Requests left.", **_SECONDS},
    "RateLimit-Reset": {"description": "Seconds until all of them are back.", **_SECONDS},
}
OF_ALL = {500: "Something went wrong here.", 503: "It can't be answered now: try again."}
OF_BODIES = {
    408: "The body did not come in time.",
    413: "The body, or the payload in it, is too large.",
    415: "The body is not sent as JSON.",
}
OF_KEYS = {
    401: "There is no valid API key.",
    403: "The API key may not do that, or is not for this enterprise.",
    429: "The API key has made too many requests.",
}
MALFORMED = "It is malformed; `errors` says where."
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;"
    "background:#fff}h2{margin-top:2.5rem;border-top:1px solid #d0d7de;padding-top:1rem}code,pre{font:14px/1.45 "
    "ui-monospace,monospace}pre{background:#f6f8fa;padding:.75rem;overflow:auto}th,td{text-align:left;vertical-align:"
    "top;padding:.15rem 1rem .15rem 0}b.method{display:inline-block;min-width:3.5rem;color:#0550ae}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def routes(others: Callable[[], Iterable[ApiRoute]]) -> list[ApiRoute]:
    """The routes of this module; `others` are those that are described, with these."""

    async def openapi(_: Request) -> Response:
        return json_response(orjson.dumps(describe(others())))

    async def docs(_: Request) -> Response:
        return HTMLResponse(page(describe(others())), headers={"Content-Security-Policy": POLICY})

    return [
        ApiRoute(
            "GET",
            "/openapi.json",
            openapi,
            Operation(
                summary="This description, as OpenAPI 3.1.",
                answers={200: ("The description.", {"type": "object"})},
                tag="documentation",
            ),
        ),
        ApiRoute(
            "GET",
            "/docs",
            docs,
            Operation(
                summary="This description, as a page.",
                answers={200: ("The page.", {"type": "string"})},
                tag="documentation",
                media_type="text/html",
            ),
        ),
    ]


def describe(described: Iterable[ApiRoute]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    paths: dict[str, Any] = {}
    for route in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route.path, route.method, route.operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "XNovu",
            "version": version(),
            "description": "Notifications by HTTP. docs/http.md has an example of each route.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, as `xnovu keys create` shows it.",
                }
            },
        },
    }


def _operation(path: str, method: str, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{method.lower()} {path}",
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {str(status): answer for status, answer in sorted(_answers(operation).items())},
        "security": [],
    }
    if operation.description:
        described["description"] = operation.description
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.body}}}
    if operation.scope is not None:
        described["security"] = [{"key": []}]
        scope = f"The API key needs the scope {operation.scope}."
        described["description"] = f"{operation.description} {scope}".strip()
    return described


def _answers(operation: Operation) -> dict[int, dict[str, Any]]:
    """Each status with what it means: the operation's own, and those that come with what it takes."""
    meanings: dict[int, tuple[str, Any]] = {status: (text, None) for status, text in OF_ALL.items()}
    if operation.body is not None:
        meanings |= {status: (text, None) for status, text in OF_BODIES.items()}
    if operation.body is not None or operation.parameters:
        meanings[400] = (MALFORMED, None)
    if operation.scope is not None:
        meanings |= {status: (text, None) for status, text in OF_KEYS.items()}
    meanings |= operation.answers
    return {status: _answer(operation, status, *meaning) for status, meaning in meanings.items()}


def _answer(operation: Operation, status: int, text: str, schema: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": text}
    if status >= 400 and schema is None:
        answer["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    elif schema is not None:
        answer["content"] = {operation.media_type if status < 400 else "application/json": {"schema": schema}}
    headers = dict(operation.answer_headers) if status < 400 else {}
    if operation.scope is not None and status not in (400, 401, 403, 408, 413, 415, 500, 503):
        headers |= RATE_LIMIT
    if status in (429, 503):
        headers |= RETRY_AFTER
    if headers:
        answer["headers"] = headers
    return answer


def page(document: dict[str, Any]) -> str:
    """The document as a page that loads nothing from elsewhere."""
    program = "The same for programs: <a href='openapi.json'>openapi.json</a>."
    parts = [f"<p>{_text(document['info']['description'])} {program}</p>"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(_section(path, method, operation))
    title = f"XNovu {_text(document['info']['version'])}: the HTTP face"
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{''.join(parts)}</html>"
    )


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [f"<h2><b class='method'>{method.upper()}</b> <code>{_text(path)}</code></h2>"]
    parts.append(f"<p>{_text(operation['summary'])} {_text(operation.get('description', ''))}</p>")
    if parameters := operation.get("parameters"):
        cells = [
            (f"<code>{_text(one['name'])}</code>", one["in"], _text(one.get("description", ""))) for one in parameters
        ]
        parts.append(_table(("parameter", "in", "what"), cells))
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        parts.append(f"<p>Body:</p><pre>{_text(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>")
    answers = [(f"<code>{status}</code>", _text(one["description"])) for status, one in operation["responses"].items()]
    parts.append(_table(("status", "what"), answers))
    return "".join(parts)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(text: str) -> str:
    return html.escape(text)
