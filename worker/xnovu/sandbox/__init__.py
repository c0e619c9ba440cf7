"""A local stand-in for Novu: it answers as Novu does, keeps what it would have sent, and delivers to nobody.

Importing this package is cheap: Starlette and uvicorn are imported by the functions that need them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xnovu.sandbox.options import SandboxOptions, parse_faults

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["SandboxOptions", "create_app", "parse_faults", "serve"]


def create_app(options: SandboxOptions) -> Starlette:
    """The sandbox as an ASGI application, for tests and for servers of one's own."""
    from xnovu.sandbox.app import create_app as create

    return create(options)


def serve(options: SandboxOptions) -> None:
    """Serve the sandbox until SIGTERM or SIGINT; prints its address on stderr.

    Raises UserError when the address can't be had.
    """
    from xnovu.sandbox.server import serve as run

    run(options)
