"""What became of events, as Novu tells those who ask: the activity feed with its jobs, and the messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer, validation_error
from xnovu.sandbox.answers import error as refuse
from xnovu.sandbox.ledger import Content, Delivery, Ledger
from xnovu.sandbox.options import CHANNELS, SandboxOptions
from xnovu.sandbox.workflows import Workflows

PAGE = 10
MOST_NOTIFICATIONS = 50
MOST_MESSAGES = 1000
SKIPPED = "Bridge execution skipped"
FAILED = "Unexpected provider error"


class FeedbackRoutes:
    """The handlers, over one ledger. What it keeps no longer is not told."""

    def __init__(
        self, options: SandboxOptions, ledger: Ledger, workflows: Workflows, is_authorized: Callable[[Request], bool]
    ) -> None:
        self._delay = options.feedback_delay_seconds
        self._skipped = frozenset(options.skip_channels)
        self._ledger = ledger
        self._workflows = workflows
        self._is_authorized = is_authorized

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [
            Route("/v1/notifications", self.notifications, methods=["GET"]),
            Route("/v1/messages", self.messages, methods=["GET"]),
        ]

    async def notifications(self, request: Request) -> Response:
        """GET /v1/notifications?transactionId=: an item a subscriber, with a job a step; without an id, nothing."""
        page, limit = _read_page(request, MOST_NOTIFICATIONS)
        if not self._is_authorized(request):
            return refuse(401, request.url.path)
        if page is None or limit is None:
            return validation_error(request.url.path, [f"limit must not be greater than {MOST_NOTIFICATIONS}"])
        found = [
            self._notification(delivery, subscriber, is_delayed)
            for delivery, is_delayed in self._find(request)
            for subscriber in delivery.event.subscribers
        ]
        part = found[page * limit : (page + 1) * limit]
        return answer({"page": page, "pageSize": limit, "hasMore": len(part) == limit, "data": part})

    async def messages(self, request: Request) -> Response:
        """GET /v1/messages?transactionId=: a message a subscriber and channel that was delivered or failed."""
        page, limit = _read_page(request, MOST_MESSAGES)
        if not self._is_authorized(request):
            return refuse(401, request.url.path)
        if page is None or limit is None:
            return refuse(400, request.url.path, f"Limit can not be larger then {MOST_MESSAGES}")
        found = [
            _message(delivery, subscriber, content)
            for delivery, is_delayed in self._find(request)
            if not is_delayed
            for subscriber in delivery.event.subscribers
            for content in delivery.event.contents
        ]
        part = found[page * limit : (page + 1) * limit]
        return answer({"page": page, "totalCount": len(found), "pageSize": limit, "data": part})

    def _find(self, request: Request) -> list[tuple[Delivery, bool]]:
        """The deliveries of a transactionId that Novu would tell of by now, and whether each is delayed still."""
        ids = request.query_params.getlist("transactionId")
        latest = time.time() - self._delay
        return [found for id_ in ids for found in self._ledger.find(id_) if found[0].at <= latest]

    def _notification(self, delivery: Delivery, subscriber: str, is_delayed: bool) -> dict[str, Any]:
        event = delivery.event
        at = _time(delivery.at)
        jobs = [_job(content.channel, *_outcome(content, is_delayed), at) for content in event.contents]
        said = {content.channel for content in event.contents}
        jobs += [_job(type_, "canceled", "Success", SKIPPED, at) for type_ in self._steps(event.workflow) - said]
        return {
            "_id": f"{delivery.first:x}-{subscriber}",
            "transactionId": event.transaction_id,
            "createdAt": at,
            "channels": sorted(said),
            "subscriber": {"_id": f"internal-{subscriber}", "subscriberId": subscriber},
            "jobs": jobs,
        }

    def _steps(self, workflow: str) -> frozenset[str]:
        """The channels for which a workflow has a step, as far as that is known here, and those that are skipped."""
        known: Iterable[dict[str, Any]] = (self._workflows.find(workflow) or {}).get("steps", ())
        return self._skipped | (frozenset(step["type"] for step in known) & frozenset(CHANNELS))


def _outcome(content: Content, is_delayed: bool) -> tuple[str, str, str]:
    """A job's status, and its detail's status and text."""
    if is_delayed:
        return "delayed", "Pending", "Step queued"
    if content.error is not None:
        return "failed", "Failed", content.error
    return "completed", "Success", "Message sent"


def _job(type_: str, status: str, detail_status: str, detail: str, at: str) -> dict[str, Any]:
    details = [{"status": detail_status, "detail": detail, "raw": None, "createdAt": at}]
    return {"type": type_, "status": status, "providerId": "sandbox", "executionDetails": details, "updatedAt": at}


def _message(delivery: Delivery, subscriber: str, content: Content) -> dict[str, Any]:
    at = _time(delivery.at)
    return {
        "_id": f"{delivery.first:x}-{subscriber}-{content.channel}",
        "transactionId": delivery.event.transaction_id,
        "subscriber": {"_id": f"internal-{subscriber}", "subscriberId": subscriber},
        "channel": content.channel,
        "status": "sent" if content.error is None else "error",
        "errorText": content.error,
        "deliveredAt": [at] if content.error is None else [],
        "seen": False,
        "read": False,
        "createdAt": at,
    }


def _read_page(request: Request, most: int) -> tuple[int | None, int | None]:
    """The page and the limit that are asked for; None for what is no number, or too much."""
    return _read(request, "page", 0, 0, 1_000_000), _read(request, "limit", PAGE, 1, most)


def _read(request: Request, name: str, default: int, least: int, most: int) -> int | None:
    text = request.query_params.get(name, str(default))
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    return int(text) if is_number and least <= int(text) <= most else None


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
