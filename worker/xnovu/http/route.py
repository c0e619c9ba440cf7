"""A route with what /openapi.json says of it, so that the two can't differ."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Schema = Mapping[str, Any]


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
    """A route of one method, and its Operation."""

    def __init__(
        self, method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]], operation: Operation
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.method = method
        self.operation = operation
