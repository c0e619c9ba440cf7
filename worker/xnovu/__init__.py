"""XNovu: multi-tenant notifications that live in PostgreSQL. This package is what stands beside the database:
the worker that posts to Novu, the command line, and the sandbox."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """The installed version, such as "0.1.0"; "0" when the package runs without having been installed."""
    from importlib import metadata

    try:
        return metadata.version("xnovu")
    except metadata.PackageNotFoundError:
        return "0"
