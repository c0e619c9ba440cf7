"""Serving the sandbox over HTTP with uvicorn."""

from __future__ import annotations

import asyncio
import socket
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from xnovu.errors import UserError
from xnovu.sandbox.app import create_app
from xnovu.sandbox.options import SandboxOptions

GRACE_SECONDS = 5


class SandboxProtocol(H11Protocol):
    """uvicorn's HTTP protocol; each request finds its connection in scope["state"]["transport"], to reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # always a Transport here
        """Note the connection, and let it send at once: asyncio leaves Nagle's algorithm on for a socket made by us."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class SandboxServer(uvicorn.Server):
    """A server that a signal ends with status 0, and that what hangs does not hold up."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            http=SandboxProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._stopping = app.state.faults.stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End soon; called for SIGTERM and SIGINT. A second SIGINT does not wait for requests under way."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stopping.set()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises UserError when the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as problem:
        raise UserError(
            f"The sandbox can't listen on {host}, port {port}: {problem}.",
            "Choose another --host or --port, or end what uses this one.",
        ) from problem


def serve(options: SandboxOptions) -> None:
    """Serve until SIGTERM or SIGINT. Raises UserError when the address can't be had."""
    server = SandboxServer(create_app(options))
    with listen(options.host, options.port) as listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        port = listener.getsockname()[1]
        print(f"Novu sandbox on http://{host}:{port}: it delivers to nobody.", file=sys.stderr, flush=True)
        server.run(sockets=[listener])
