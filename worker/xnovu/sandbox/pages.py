"""The sandbox's own routes: its page with the data behind it, what it delivered, counts, and a way to forget all."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.pages import HEADERS, PageFiles
from xnovu.sandbox.answers import answer, error
from xnovu.sandbox.feed import Filter, describe, find, read_page
from xnovu.sandbox.ledger import Delivery, Ledger
from xnovu.sandbox.subscribers import Subscribers

DEFAULT_LIMIT = 1000
PAGE_LIMIT = 100
FILES = Path(__file__).parent / "page"
# An email is a page of its own: it has styles inside it, and may do nothing else, even when somebody opens it alone.
EMAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FRAGMENT = (
    '<!doctype html><meta charset="utf-8"><style>body{{font:16px/1.5 Arial,Helvetica,sans-serif;margin:24px}}</style>{}'
)

_is_document = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL).match


class SandboxRoutes:
    """The handlers, over one ledger. None of them asks for a key."""

    def __init__(self, ledger: Ledger, subscribers: Subscribers) -> None:
        self._ledger = ledger
        self._subscribers = subscribers
        self._files = PageFiles(FILES)

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [
            Route("/", self.page),
            Route("/sandbox", self.page),
            Route("/sandbox/page/{name}", self.file),
            Route("/sandbox/messages", self.messages),
            Route("/sandbox/messages/{number:int}", self.message),
            Route("/sandbox/messages/{number:int}/email", self.email),
            Route("/sandbox/deliveries", self.deliveries, methods=["GET"]),
            Route("/sandbox/deliveries", self.forget, methods=["DELETE"]),
            Route("/sandbox/counts", self.counts),
            Route("/sandbox/subscribers", self.subscribers),
        ]

    async def page(self, _: Request) -> Response:
        """What each recipient would get, as it arrives. The page says that it delivers to nobody."""
        return self._file("index.html", "/")

    async def file(self, request: Request) -> Response:
        """What the page is made of."""
        return self._file(request.path_params["name"], request.url.path)

    def _file(self, name: str, path: str) -> Response:
        return self._files.response(name) or error(404, path, "there is no such file")

    async def messages(self, request: Request) -> Response:
        """A page of the list, as feed.read_page gives it, with the counts.

        ?tenant= ?channel= ?search= ?failed=true narrow it; ?before= and ?after= are cursors.
        """
        query = request.query_params
        numbers = {name: query[name] for name in ("before", "after") if name in query}
        for name, value in numbers.items():
            if not _is_number(value):
                return error(400, request.url.path, f'{name} must be a whole number, not "{value}"')
        wanted = Filter(
            tenant=query.get("tenant"),
            channel=query.get("channel"),
            search=query.get("search", "").strip().casefold(),
            failed=query.get("failed") == "true",
        )
        before = int(numbers["before"]) if "before" in numbers else None
        page = read_page(self._ledger, wanted, before, int(numbers.get("after", 0)), PAGE_LIMIT)
        return answer({**page, "counts": self._ledger.counts()}, headers=HEADERS)

    async def message(self, request: Request) -> Response:
        """All that one recipient gets of one event, or a refusal."""
        found = find(self._ledger, request.path_params["number"])
        if found is None:
            return error(404, request.url.path, "The sandbox does not keep this message any more.")
        entry, n = found
        known = self._subscribers.get(entry.event.subscribers[n]) if isinstance(entry, Delivery) else {}
        return answer({**describe(entry, n), "subscriber": known}, headers=HEADERS)

    async def email(self, request: Request) -> Response:
        """The email of a message as the page that it is; nothing in it runs, and it loads nothing."""
        found = find(self._ledger, request.path_params["number"])
        entry = found[0] if found else None
        contents = entry.event.contents if isinstance(entry, Delivery) else ()
        for content in contents:
            if content.channel == "email":
                body = content.body if _is_document(content.body) else FRAGMENT.format(content.body)
                headers = {**HEADERS, "Content-Security-Policy": EMAIL_POLICY}
                return Response(body.encode(errors="replace"), headers=headers, media_type="text/html; charset=utf-8")
        return error(404, request.url.path, "The sandbox keeps no email of this number.")

    async def deliveries(self, request: Request) -> Response:
        """A JSON list, oldest first, of the newest rows: ?transactionId= ?subscriberId= ?limit= ?failed=true."""
        query = request.query_params
        limit = query.get("limit", str(DEFAULT_LIMIT))
        if not _is_number(limit):
            return error(400, request.url.path, f'limit must be a whole number, not "{limit}"')
        rows = self._ledger.rows(
            transaction_id=query.get("transactionId"),
            subscriber_id=query.get("subscriberId"),
            failed=query.get("failed") == "true",
            limit=int(limit),
        )
        return answer(rows)

    async def counts(self, _: Request) -> Response:
        """The counts as JSON."""
        return answer(self._ledger.counts())

    async def subscribers(self, _: Request) -> Response:
        """What events said of subscribers, as JSON, by id."""
        return answer(self._subscribers.all())

    async def forget(self, _: Request) -> Response:
        """Forget everything."""
        self._ledger.clear()
        self._subscribers.clear()
        return Response(status_code=204)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
