"""/api/health: the platform's view of the system. The database knows all of it but what this release expects there."""

from __future__ import annotations

import json
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from xnovu.http import watch
from xnovu.http.face import Face
from xnovu.http.route import ApiRoute, Operation

CHECK = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "status": {"enum": ["ok", "warning", "failed", "unknown"]},
        "figure": {"type": ["number", "null"]},
        "unit": {"type": "string"},
        "note": {"type": ["string", "null"]},
    },
    "required": ["name", "status", "figure", "unit"],
}
HEALTH = {
    "type": "object",
    "properties": {"status": {"enum": ["ok", "warning", "failed"]}, "checks": {"type": "array", "items": CHECK}},
    "required": ["status", "checks"],
}


@cache
def read_expected() -> str:
    """What of this release should be in the database: JSON, each file's checksum by path, and the newest revision."""
    from xnovu.doctor.migration import read_revisions
    from xnovu.migrate.sqlfiles import read_release

    release = read_release()
    groups = (release.bootstrap, release.queue, release.python, release.living)
    heads, _ = read_revisions()
    return json.dumps({file.path: file.sha256 for group in groups for file in group} | {"revision": " ".join(heads)})


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def health(request: Request) -> Response:
        refused = watch.refusal(face, request)
        if refused is not None:
            return refused
        expected = await run_in_threadpool(read_expected)
        return (await face.database.ask("check_health", expected)).response({"Cache-Control": "no-store"})

    operation = Operation(
        summary="Whether the system is well: database, queues, workers, Novu, bridges, migration.",
        description=f"A status and a figure each; unknown counts as a warning. {watch.WHO}",
        answers={
            200: ("It is, or a warning.", HEALTH),
            401: (watch.REFUSED, watch.PROBLEM),
            503: ("It is not.", HEALTH),
        },
        tag="health",
    )
    return [ApiRoute("GET", "/api/health", health, operation)]
