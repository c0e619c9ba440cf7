"""/api/novu: the bridge, which Novu calls for the workflows and the contents of a target in bridge mode. Here only the
signature is checked, for the key is in this process's variables; the rest is http_v1.bridge."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xnovu.errors import UserError
from xnovu.http.answers import json_response
from xnovu.http.face import Face
from xnovu.http.limits import read_body, text_of
from xnovu.http.route import ApiRoute, Operation
from xnovu.settings import DEFAULT_TARGET, read_secret_key

HEADER = "novu-signature"
TOLERANCE_MS = 5 * 60 * 1000
NO_BODY = b"{}"  # what is signed where there is none
VERSIONS = {"novu-framework-version": "2024-06-26", "novu-framework-server": "xnovu"}
FORM = re.compile(r"t=(\d{1,15}),v1=([0-9a-f]{64})")
MESSAGES = {
    "SignatureNotFoundError": f"Signature not found. Please provide a signature in the `{HEADER}` header",
    "SignatureInvalidError": f"Signature is malformed: the `{HEADER}` header looks like t=<unix ms>,v1=<64 hex digits>",
    "SignatureExpiredError": "Signature expired: its timestamp is more than 5 minutes from this server's clock",
    "SignatureMismatchError": "Signature does not match: it is made with the secret key of this bridge's environment",
}
PROBLEM = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "code": {"type": "string"}},
    "required": ["message", "code"],
}
TARGET = {
    "name": "target",
    "in": "path",
    "required": True,
    "description": "The target, where it is not the default one.",
    "schema": {"type": "string"},
}


def sign(secret_key: str, timestamp_ms: int, body: bytes) -> str:
    """The value of the header that Novu sends with this raw body; for a GET the body is the two characters {}."""
    digest = hmac.new(secret_key.encode(), f"{timestamp_ms}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp_ms},v1={digest}"


def find_fault(header: str | None, body: bytes, secret_key: str, now_ms: int) -> str | None:
    """What is wrong with a signature, as a code of Novu's protocol; None when it is good. Compares in constant time."""
    if not header:
        return "SignatureNotFoundError"
    match = FORM.fullmatch(header)
    if match is None:
        return "SignatureInvalidError"
    timestamp = int(match[1])
    if abs(now_ms - timestamp) > TOLERANCE_MS:
        return "SignatureExpiredError"
    return None if hmac.compare_digest(sign(secret_key, timestamp, body), header) else "SignatureMismatchError"


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def bridge(request: Request) -> Response:
        target = request.path_params.get("target", DEFAULT_TARGET)
        action = request.query_params.get("action", "health-check")
        posted = request.method == "POST"
        body = await read_body(request, face) if posted else NO_BODY
        fault = _check(face, target, request.headers.get(HEADER), body)
        known = request.method in ("GET", "POST", "OPTIONS")  # any other is refused for itself, signed or not
        if fault is not None and known and (posted or action != "health-check"):
            face.log.warning("bridge_refused", target=target, code=fault)
            return json_response({"message": MESSAGES[fault], "code": fault}, 401, VERSIONS)
        query = request.query_params
        answer = await face.database.ask(
            "bridge",
            target if fault is None else None,  # anybody's health-check is of no target, whether there is one or not
            request.method,
            action,
            query.get("workflowId"),
            query.get("stepId"),
            text_of(body),
        )
        return answer.response(VERSIONS)

    return [
        ApiRoute(method, path, bridge, _operation(method, parameters), takes_all=method == "GET")
        for path, parameters in (("/api/novu", []), ("/api/novu/{target}", [TARGET]))
        for method in ("POST", "GET")
    ]


def _check(face: Face, target: str, header: str | None, body: bytes) -> str | None:
    """As find_fault. Where this process has no key, nothing matches: nobody learns which targets there are."""
    try:
        key = read_secret_key(face.options.secret("NOVU_SECRET_KEY", target))
    except UserError as error:
        face.log.warning("bridge_without_key", target=target, reason=error.message, mend=error.hint)
        return "SignatureMismatchError" if header else "SignatureNotFoundError"
    return find_fault(header, body, key, int(time.time() * 1000))


def _operation(method: str, parameters: list[dict[str, Any]]) -> Operation:
    actions = ["discover", "health-check", "code"] if method == "GET" else ["execute", "preview"]
    names = {
        "action": {"type": "string", "enum": actions},
        "workflowId": {"type": "string"},
        "stepId": {"type": "string"},
    }
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in names.items()]
    answers: dict[int, tuple[str, dict[str, Any] | None]] = {
        200: ("What Novu asked for.", {"type": "object"}),
        400: ("The action, or the event, is none.", PROBLEM),
        401: ("The signature is missing, malformed, old or wrong.", PROBLEM),
    }
    if method == "POST":
        answers[404] = ("There is no such workflow or step.", PROBLEM)
        answers[502] = ("The step has no content: Novu does not ask again.", PROBLEM)
    return Operation(
        summary="The bridge, which Novu calls: a target's workflows, and the contents of deliveries.",
        description=f"Signed by Novu in the header `{HEADER}`. A health-check needs none, but counts nothing then.",
        parameters=[*parameters, *query],
        body={"type": "object"} if method == "POST" else None,
        answers=answers,
        tag="novu",
    )
