"""Who may watch: /metrics and /api/health take the token XNOVU_METRICS_TOKEN, where this process has one."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import Response

from xnovu.http.answers import error
from xnovu.http.face import Face
from xnovu.settings import find_source

TOKEN = "XNOVU_METRICS_TOKEN"
PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}


def refusal(face: Face, request: Request) -> Response | None:
    """The answer to who may not watch; None for who may. Raises UserError when the token's file can't be read."""
    environ = face.options.environ
    if not (environ.get(TOKEN) or environ.get(f"{TOKEN}_FILE")):
        return None
    expected = f"Bearer {find_source(TOKEN, environ).read()}".encode()
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        return None
    return error(
        401, "unauthorized", f"Send {TOKEN} as Authorization: Bearer …", headers={"WWW-Authenticate": "Bearer"}
    )
