"""The HTTP face as a Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from xnovu.http import bridge, health, metrics, notifications, openapi, probes, status, webhooks
from xnovu.http.answers import Refusal, refused, unrouted
from xnovu.http.database import Database
from xnovu.http.face import Face
from xnovu.http.limits import Limits
from xnovu.http.options import FaceOptions
from xnovu.http.route import ApiRoute
from xnovu.log import Log

MODULES = (notifications, bridge, webhooks, health, metrics, status, probes)


def create_app(options: FaceOptions, log: Log) -> Starlette:
    """The application; its state.face is what the routes share."""
    face = Face(options, Database(options, log), log)
    routes: list[ApiRoute] = [route for module in MODULES for route in module.routes(face)]
    routes += openapi.routes(lambda: routes)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Face]]:
        async with face.database.pool:
            yield {"face": face}

    middleware = [Middleware(Limits, face=face)]
    if options.origins:
        middleware.insert(
            0,
            Middleware(
                CORSMiddleware,
                allow_origins=options.origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type"],
                expose_headers=["Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"],
            ),
        )
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={Refusal: refused, HTTPException: unrouted},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.face = face
    return app
