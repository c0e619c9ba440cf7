"""A route with what /openapi.json says of it, so that the two can't differ."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.http.answers import error
from xnovu.http.database import KEY, read_key

Schema = Mapping[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """An operation of OpenAPI 3.1.

    parameters: OpenAPI's parameter objects; those in the path among them.
    body: JSON Schema of the request's body; None: it takes none.
    answers: what each status means, and the JSON Schema of its body (None: no JSON). What every route may answer
        (500, 503) is added by itself; for one that takes a key 401, 403 and 429, for one that takes a body 400,
        408, 413 and 415.
    scope: what the API key must allow (send, read or manage); None: it takes no key.
    """

    summary: str
    answers: Mapping[int, tuple[str, Schema | None]]
    description: str = ""
    parameters: Sequence[Schema] = ()
    body: Schema | None = None
    scope: str | None = None
    tag: str = "notifications"
    answer_headers: Mapping[str, Schema] = field(default_factory=dict)
    media_type: str = "application/json"


class ApiRoute(Route):
    """A route of one method, and its Operation. `takes_all`: what comes by another method, and no route before takes
    it, is the endpoint's to refuse."""

    def __init__(
        self, method: str, path: str, endpoint: Endpoint, operation: Operation, *, takes_all: bool = False
    ) -> None:
        super().__init__(path, endpoint if operation.scope is None else _with_key(endpoint), methods=[method])
        if takes_all:
            self.methods = None
        self.method = method
        self.operation = operation


def _with_key(endpoint: Endpoint) -> Endpoint:
    """The endpoint for whoever shows what may be an API key. Of anybody else no body is read, and the database is not
    asked; a client that is still sending gets its answer, and what it sends is dropped, as long as a head may take."""

    async def asked(request: Request) -> Response:
        key = read_key(request)
        if key is None:
            return _refused("key_missing", "An API key is needed: Authorization: Bearer xnovu_….")
        if not KEY.fullmatch(key):
            return _refused("key_malformed", "This is no API key: one is xnovu_ and 43 characters more.")
        return await endpoint(request)

    return asked


def _refused(code: str, message: str) -> Response:
    return error(401, code, message, headers={"WWW-Authenticate": "Bearer"})
