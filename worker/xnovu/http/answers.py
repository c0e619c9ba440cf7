"""Answers: JSON, and errors in the one form that all routes have."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

# What this side says where no function of the database was asked. Each has the status that HTTP has for it.
CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "not_json",
    503: "unavailable",
}


class Refusal(Exception):
    """Ends a request with an error that its client can act on."""

    def __init__(
        self, status: int, message: str, *, path: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.path = path
        self.headers = headers

    def response(self) -> Response:
        return error(self.status, CODES[self.status], self.message, path=self.path, headers=self.headers)


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON; bytes and text count as JSON already."""
    content = body if isinstance(body, bytes | str) else orjson.dumps(body)
    return Response(content, status, headers, "application/json")


def error(
    status: int, code: str, message: str, *, path: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An error: {"code", "message"}, and for what is malformed "errors", a list of {"path", "message"}."""
    body: dict[str, Any] = {"code": code, "message": message}
    if status == 400:
        body["errors"] = [{"path": path or "", "message": message}]
    return json_response(body, status, headers)


async def refused(_: Request, problem: Exception) -> Response:
    """Starlette's handler for Refusal."""
    assert isinstance(problem, Refusal)
    return problem.response()


def _methods(request: Request) -> set[str]:
    """The methods that this path takes, of whichever routes: Starlette tells those of the first."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return {
        method for route in routes if route.matches(request.scope)[0] != Match.NONE for method in route.methods or ()
    }


async def unrouted(request: Request, problem: Exception) -> Response:
    """Starlette's handler for what no route answers."""
    assert isinstance(problem, HTTPException)
    messages = {404: f"There is nothing at {request.url.path}.", 405: f"{request.url.path} takes another method."}
    status = problem.status_code
    headers = dict(problem.headers or {})
    if status == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return error(status, CODES.get(status, "error"), messages.get(status, problem.detail), headers=headers)
