"""Who may watch: /metrics and /api/health take the token XNOVU_METRICS_TOKEN, where this process has one, and
/api/status/all takes no other."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import Response

from xnovu.errors import UserError
from xnovu.http.answers import Refusal, error
from xnovu.http.face import Face
from xnovu.settings import find_source

TOKEN = "XNOVU_METRICS_TOKEN"
PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}


def refusal(face: Face, request: Request, *, needs_token: bool = False) -> Response | None:
    """The answer to who may not watch; None for who may. While the token can't be read, nobody may; where there is
    none, everybody, unless it `needs_token`."""
    environ = face.options.environ
    if not (environ.get(TOKEN) or environ.get(f"{TOKEN}_FILE")):
        return _unauthorized(f"Nobody may: set {TOKEN} for xnovu serve.") if needs_token else None
    try:
        expected = f"Bearer {find_source(TOKEN, environ).read()}".encode()
    except UserError as problem:
        face.log.warning("watch_without_token", reason=problem.message, mend=problem.hint)
        raise Refusal(503, f"{TOKEN} can't be read here; the log says why.") from None
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        return None
    return _unauthorized(f"Send {TOKEN} as Authorization: Bearer …")


def _unauthorized(message: str) -> Response:
    return error(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})
