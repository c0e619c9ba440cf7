"""/livez and /readyz: for a container's probes and a proxy."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from xnovu.http.answers import json_response
from xnovu.http.face import Face
from xnovu.http.route import ApiRoute, Operation

STATUS = {
    "type": "object",
    "properties": {"status": {"type": "string"}},
    "required": ["status"],
}


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def livez(_: Request) -> Response:
        return json_response({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if face.draining:
            return json_response({"status": "draining"}, 503, {"Retry-After": "1"})
        return (await face.database.ask("ready")).response()

    return [
        ApiRoute(
            "GET",
            "/livez",
            livez,
            Operation(
                summary="Whether the process lives; it asks nobody.", answers={200: ("It does.", STATUS)}, tag="health"
            ),
        ),
        ApiRoute(
            "GET",
            "/readyz",
            readyz,
            Operation(
                summary="Whether requests can be served: the database answers, and the process is not about to end.",
                answers={200: ("They can.", STATUS)},
                tag="health",
            ),
        ),
    ]
