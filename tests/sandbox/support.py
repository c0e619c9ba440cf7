"""What the sandbox's tests share: clients of a sandbox in this process or behind a real socket, and events."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from xnovu.sandbox import SandboxOptions, create_app
from xnovu.sandbox.server import SandboxServer, listen

TRIGGER = "/v1/events/trigger"
BULK = "/v1/events/trigger/bulk"
KEY = {"Authorization": "ApiKey sandbox-key"}


def client(**options: Any) -> httpx.AsyncClient:
    """A client, with the right key, of a new sandbox in this event loop."""
    transport = httpx.ASGITransport(create_app(SandboxOptions(**options)))
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=KEY)


@contextmanager
def live_sandbox(**options: Any) -> Iterator[str]:
    """The base URL of a new sandbox that a real server serves from another thread."""
    server = SandboxServer(create_app(SandboxOptions(**options)))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join(10)
            assert not thread.is_alive()


def event(transaction_id: str | None = "t-1", to: Any = "s-1", **fields: Any) -> dict[str, Any]:
    """An event for one subscriber with an email; fields replace or add to it."""
    return {
        "name": "fire-alarm",
        "to": to,
        "transactionId": transaction_id,
        "payload": {"email": {"subject": "Fire alarm", "body": "<p>Leave by the stairs.</p>"}},
        "context": {"tenant": "harbour-tower"},
        **fields,
    }


async def counts(api: httpx.AsyncClient) -> dict[str, Any]:
    """The sandbox's counts."""
    found: dict[str, Any] = (await api.get("/sandbox/counts")).json()
    return found


async def deliveries(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """The rows that the sandbox lists."""
    found: list[dict[str, Any]] = (await api.get("/sandbox/deliveries", params=query)).json()
    return found
