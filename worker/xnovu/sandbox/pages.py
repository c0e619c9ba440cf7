"""The sandbox's own routes: its page, what it delivered, its counts, and a way to forget it all."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer, error
from xnovu.sandbox.ledger import Ledger

DEFAULT_LIMIT = 1000

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Novu sandbox: delivers to nobody</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: 0 2rem 0 0 }} td + td {{ text-align: right; font-variant-numeric: tabular-nums }}
</style>
<h1>This is a sandbox. It delivers to nobody.</h1>
<p>It stands in for Novu: it answers as Novu does, keeps what it receives in its memory, and sends no email, no SMS and
no push message to anyone.</p>
<table>
{rows}
</table>
<p><a href="/sandbox/deliveries?limit=100">The last 100 deliveries</a> and <a href="/sandbox/counts">these counts</a>
as JSON.</p>
</html>
"""


class SandboxRoutes:
    """The handlers, over one ledger. None of them asks for a key."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [
            Route("/", self.page),
            Route("/sandbox", self.page),
            Route("/sandbox/deliveries", self.deliveries, methods=["GET"]),
            Route("/sandbox/deliveries", self.forget, methods=["DELETE"]),
            Route("/sandbox/counts", self.counts),
        ]

    async def page(self, _: Request) -> Response:
        """One screen that says what this is, with the counts."""
        cells = _flat(self._ledger.counts())
        rows = "\n".join(f"<tr><td>{html.escape(name)}</td><td>{value}</td></tr>" for name, value in cells)
        return HTMLResponse(PAGE.format(rows=rows))

    async def deliveries(self, request: Request) -> Response:
        """A JSON list, oldest first, of the newest rows: ?transactionId= ?subscriberId= ?limit= ?failed=true."""
        query = request.query_params
        limit = query.get("limit", str(DEFAULT_LIMIT))
        if not (limit.isascii() and limit.isdigit()):
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

    async def forget(self, _: Request) -> Response:
        """Forget everything."""
        self._ledger.clear()
        return Response(status_code=204)


def _flat(counts: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Counts as lines of a table, nested ones as "by channel: email"."""
    for name, value in counts.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            yield from ((f"{label}: {key or '(none)'}", count) for key, count in value.items())
        else:
            yield label, value
