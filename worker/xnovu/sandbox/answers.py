"""The shapes of Novu's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.responses import Response

MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    413: "request entity too large",
    429: "API rate limit exceeded",
    500: "Internal server error, contact support and provide them with the errorId",
    503: "Service Unavailable",
}
RETRY_AFTER_SECONDS = 1


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def error(status: int, path: str, message: str | None = None, **more: Any) -> Response:
    """An error as Novu's exception filter writes it; a 429 carries Retry-After and RateLimit-* headers."""
    headers = {}
    if status == 429:
        headers = {
            "Retry-After": str(RETRY_AFTER_SECONDS),
            "RateLimit-Limit": "60",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(RETRY_AFTER_SECONDS),
        }
    content = {
        "statusCode": status,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "path": path,
        "message": message or MESSAGES.get(status, f"HTTP status {status}"),
        **more,
    }
    return answer(content, status, headers)


def validation_error(path: str, messages: Sequence[str], field: str = "general") -> Response:
    """The 422 for malformed fields. Novu files what it says of a field's shape under "general"."""
    return error(422, path, "Validation Error", errors={field: {"messages": list(messages)}})
