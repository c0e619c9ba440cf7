"""/api/webhooks/novu: what Novu tells of its own accord about messages. Here only the signature is checked (Standard
Webhooks), for the secrets are in this process's variables; the rest is http_v1.receive_webhook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xnovu.errors import UserError
from xnovu.http.answers import error
from xnovu.http.face import Face
from xnovu.http.limits import read_body, text_of
from xnovu.http.route import ApiRoute, Operation
from xnovu.settings import DEFAULT_TARGET

TOLERANCE_SECONDS = 5 * 60
SHORTEST_KEY = 16  # bytes; those of Standard Webhooks have 24 to 64
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
PARAMETERS = [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in HEADERS]
OUTCOME = {
    "type": "object",
    "properties": {"outcome": {"enum": ["APPLIED", "KNOWN", "UNMATCHED", "IGNORED", "REPEATED"]}},
    "required": ["outcome"],
}
PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
TARGET = {"name": "target", "in": "path", "required": True, "schema": {"type": "string"}}


def read_secrets(text: str) -> list[bytes]:
    """The keys of secrets that are separated by blanks, each whsec_ and base64, the old one beside the new while they
    are changed. Raises UserError for what is none."""
    keys = []
    for secret in text.split():
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        if len(key) < SHORTEST_KEY:
            raise UserError(
                "NOVU_WEBHOOK_SECRET holds what is no secret of a webhook.",
                "It looks like whsec_ and base64; Novu shows it beside the webhook's endpoint. Several: with blanks.",
            )
        keys.append(key)
    return keys


def sign(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """A signature as it stands in the header webhook-signature. `timestamp` is in seconds since 1970."""
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def find_fault(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float) -> str | None:
    """What is wrong with a webhook's signature, as a sentence; None when one of its signatures is by one of the keys.

    Compares in constant time. `now` is in seconds since 1970."""
    webhook_id, timestamp, signatures = (headers.get(name, "") for name in HEADERS)
    if not (webhook_id and timestamp and signatures):
        return f"A webhook needs the headers {', '.join(HEADERS)}."
    if not re.fullmatch(r"[!-~]{1,256}", webhook_id) or not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
        return "The webhook's id, or its timestamp in seconds since 1970, is none."
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return "The webhook's timestamp is more than 5 minutes from this server's clock."
    given = [signature.encode() for signature in signatures.split(" ")]
    for key in keys:
        expected = sign(key, webhook_id, int(timestamp), body).encode()
        if any([hmac.compare_digest(expected, signature) for signature in given]):
            return None
    return "None of the webhook's signatures is by a secret of this endpoint's."


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def webhook(request: Request) -> Response:
        target = request.path_params.get("target", DEFAULT_TARGET)
        body = await read_body(request, face)
        fault = find_fault(request.headers, body, _keys(face, target), time.time())
        if fault is not None:
            face.log.warning("webhook_refused", target=target, reason=fault)
            return error(401, "not_signed", fault)
        answer = await face.database.ask("receive_webhook", target, request.headers["webhook-id"], text_of(body))
        return answer.response()

    operation: dict[str, Any] = {
        "summary": "A webhook of Novu's: what became of a message.",
        "description": "Signed as Standard Webhooks says. What came before, or is about nothing here, is a 200 too.",
        "body": {"type": "object"},
        "answers": {
            200: ("What came of it.", OUTCOME),
            401: ("It is not signed, too old, or signed otherwise.", PROBLEM),
        },
        "tag": "novu",
    }
    return [
        ApiRoute("POST", path, webhook, Operation(parameters=[*PARAMETERS, *more], **operation))
        for path, more in (("/api/webhooks/novu", []), ("/api/webhooks/novu/{target}", [TARGET]))
    ]


def _keys(face: Face, target: str) -> list[bytes]:
    """The keys of the target's webhooks; none where this process has none, and then no signature is good."""
    try:
        return read_secrets(face.options.secret("NOVU_WEBHOOK_SECRET", target).read())
    except UserError as problem:
        face.log.warning("webhook_without_secret", target=target, reason=problem.message, mend=problem.hint)
        return []
