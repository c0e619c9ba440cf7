"""The sandbox as a Starlette application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xnovu.sandbox.answers import answer
from xnovu.sandbox.bridge import Bridge, BridgeRoutes
from xnovu.sandbox.events import EventRoutes
from xnovu.sandbox.faults import Faults
from xnovu.sandbox.feedback import FeedbackRoutes
from xnovu.sandbox.ledger import Ledger
from xnovu.sandbox.options import SandboxOptions
from xnovu.sandbox.pages import SandboxRoutes
from xnovu.sandbox.refusals import Refusals
from xnovu.sandbox.subscribers import Subscribers
from xnovu.sandbox.workflows import WorkflowRoutes, Workflows


def create_app(options: SandboxOptions) -> Starlette:
    """The application with a memory of its own. Its state.faults is the fault layer, which the server ends."""
    ledger = Ledger(options.keep_rows, options.keep_bytes, options.delay_seconds)
    faults = Faults(options, ledger)
    workflows = Workflows()
    subscribers = Subscribers(options.keep_rows)
    bridge = Bridge(options, ledger, workflows)
    events = EventRoutes(options, ledger, workflows, subscribers, bridge)
    app = Starlette(
        routes=[
            *events.routes(),
            *FeedbackRoutes(options, ledger, workflows, events.is_authorized).routes(),
            *BridgeRoutes(bridge, events.is_authorized).routes(),
            *WorkflowRoutes(workflows, events.is_authorized).routes(),
            *SandboxRoutes(ledger, subscribers).routes(),
            Route("/v1/health-check", _health_check),
        ],
        middleware=[Middleware(Refusals(ledger).wrap), Middleware(faults.wrap)],
    )
    app.state.faults = faults
    return app


async def _health_check(_: Request) -> Response:
    return answer({"status": "ok"})
