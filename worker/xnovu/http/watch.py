"""Who may watch: /metrics and /api/health take the token XNOVU_METRICS_TOKEN, and where this process has none, they
answer to this machine only. /api/status/all takes nothing but the token."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import Response

from xnovu.errors import UserError
from xnovu.http.answers import Refusal, error
from xnovu.http.face import Face
from xnovu.settings import find_source

TOKEN = "XNOVU_METRICS_TOKEN"
WHO = f"Takes {TOKEN}; where the process has none, it answers to its own machine only."
REFUSED = "It takes a token."
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}


def refusal(face: Face, request: Request, *, needs_token: bool = False) -> Response | None:
    """The answer to who may not watch; None for who may. While the token can't be read, nobody may; where there is
    none, this machine, unless it `needs_token`."""
    environ = face.options.environ
    if not (environ.get(TOKEN) or environ.get(f"{TOKEN}_FILE")):
        if needs_token:
            return _refused(f"Nobody may: set {TOKEN} for xnovu serve.")
        return None if _is_from_here(request) else _refused(f"{TOKEN} is not set here, so only this machine may look.")
    try:
        expected = f"Bearer {find_source(TOKEN, environ).read()}".encode()
    except UserError as problem:
        face.log.warning("watch_without_token", reason=problem.message, mend=problem.hint)
        raise Refusal(503, f"{TOKEN} can't be read here; the log says why.") from None
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        return None
    return _refused(f"Send {TOKEN} as Authorization: Bearer …")


def _is_from_here(request: Request) -> bool:
    """Whether a process of this machine asks for itself, and not a proxy for somebody."""
    is_near = request.client is not None and ipaddress.ip_address(request.client.host.partition("%")[0]).is_loopback
    return is_near and not any(name in request.headers for name in FORWARDED)


def _refused(message: str) -> Response:
    return error(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})
