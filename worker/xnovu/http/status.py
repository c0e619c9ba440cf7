"""/status, a page that shows how things are going, and what it asks: /api/status for the holder of an API key, and
/api/status/all for whoever has the operator's token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from xnovu.http import watch
from xnovu.http.answers import error
from xnovu.http.database import Wish
from xnovu.http.face import Face
from xnovu.http.notifications import ENTERPRISE
from xnovu.http.route import ApiRoute, Operation
from xnovu.http.schemas import INTEGER, NUMBER, TEXT, TIME, UUID, array, nullable, record
from xnovu.pages import PageFiles

FILES = Path(__file__).parent / "page"
FILE = {"name": "file", "in": "path", "required": True, "schema": TEXT, "description": "A file of the page's."}
NOT_KEPT = {"Cache-Control": "no-store"}

LANE = record(
    required=("lane", "waiting", "scheduled", "queued", "claimed", "oldestSeconds"),
    lane=TEXT, waiting=INTEGER, scheduled=INTEGER, queued=INTEGER, claimed=INTEGER, oldestSeconds=nullable(NUMBER),
)  # fmt: skip
MINUTE = record(
    required=("at", "lane", "sent", "p50", "p95", "p99"),
    at=TIME, lane=TEXT, sent=INTEGER, p50=NUMBER, p95=NUMBER, p99=NUMBER,
)  # fmt: skip
FAILURE = record(
    required=("code", "count", "lastAt"),
    code=nullable(TEXT), count=INTEGER, lastAt=TIME, workflow=nullable(TEXT), message=nullable(TEXT),
)  # fmt: skip
STUCK = record(
    required=("lane", "state", "count", "ageSeconds"),
    lane=TEXT, state=TEXT, count=INTEGER, ageSeconds=nullable(NUMBER),
)  # fmt: skip
WORKER = record(
    required=("worker", "version", "state", "silentSeconds", "underWay", "orders"),
    worker=TEXT, version=nullable(TEXT), state={"enum": ["ALIVE", "DRAINING", "SILENT"]}, silentSeconds=NUMBER,
    underWay=nullable(INTEGER), orders=array(TEXT),
)  # fmt: skip
TARGET = record(
    required=("target", "breaker", "failureCount", "verdict", "tokensLeft"),
    target=TEXT, breaker={"enum": ["CLOSED", "OPEN", "PAUSED"]}, failureCount=INTEGER, verdict=nullable(TEXT),
    tokensLeft=nullable(INTEGER),
)  # fmt: skip
SHOWN: dict[str, Any] = {
    "at": TIME,
    "enterpriseId": nullable(UUID),
    "lanes": array(LANE),
    "minutes": {
        **array(MINUTE),
        "description": "Of the last hour, for each lane the minutes in which Novu accepted deliveries, in seconds.",
    },
    "failures": {
        **array(FAILURE),
        "description": "Of those inserted in the last hour, the most frequent first; 20 at most.",
    },
}
STUCK_NOW = {**array(STUCK), "description": "What should have moved by now."}

STATUS = Operation(
    summary="How things are going in the API key's enterprise: lanes, rate, latency, failures.",
    description="What /status shows.",
    parameters=[ENTERPRISE],
    answers={200: ("The status.", record(required=(*SHOWN, "stuck"), **SHOWN, stuck=STUCK_NOW))},
    scope="read",
    tag="status",
)
OF_ALL = Operation(
    summary="How things are going, of all enterprises together, with workers and targets.",
    description="Takes XNOVU_METRICS_TOKEN; where the process has none, nobody may.",
    answers={
        200: (
            "The status.",
            record(required=(*SHOWN, "workers", "targets"), **SHOWN, workers=array(WORKER), targets=array(TARGET)),
        ),
        401: ("It takes a token.", watch.PROBLEM),
    },
    tag="status",
)
PAGE = Operation(
    summary="A page that shows the status.",
    description="It asks for an API key, or the operator's token, and keeps it in its tab.",
    answers={200: ("The page.", TEXT)},
    tag="status",
    media_type="text/html",
)
PART = Operation(
    summary="What the page is made of.",
    parameters=[FILE],
    answers={200: ("The file.", None), 404: ("There is no such file.", None)},
    tag="status",
)


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""
    files = PageFiles(FILES)

    async def page(_: Request) -> Response:
        return _file("index.html")

    async def part(request: Request) -> Response:
        return _file(request.path_params["file"])

    def _file(name: str) -> Response:
        return files.response(name) or error(404, "not_found", "The page has no such file.")

    async def status(request: Request) -> Response:
        query = dict(request.query_params)
        wish = Wish("read", query.get("enterpriseId"))
        answer = await face.database.ask_with_key(request, wish, "show_status", orjson.dumps(query).decode())
        answer.headers.update(NOT_KEPT)
        return answer

    async def of_all(request: Request) -> Response:
        refused = watch.refusal(face, request, needs_token=True)
        return refused or (await face.database.ask("show_all_status")).response(NOT_KEPT)

    return [
        ApiRoute("GET", "/status", page, PAGE),
        ApiRoute("GET", "/status/{file}", part, PART),
        ApiRoute("GET", "/api/status", status, STATUS),
        ApiRoute("GET", "/api/status/all", of_all, OF_ALL),
    ]
