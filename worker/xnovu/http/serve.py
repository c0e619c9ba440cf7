"""Serving the HTTP face with uvicorn, until SIGTERM: then what is under way is answered first."""

from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import closing
from types import FrameType
from typing import cast

import psycopg
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from xnovu import version
from xnovu.database import explain
from xnovu.errors import UserError
from xnovu.http.app import create_app
from xnovu.http.face import Face
from xnovu.http.options import FaceOptions
from xnovu.log import Log

KEEP_ALIVE_SECONDS = 60
BACKLOG = 2048
MOST_BEYOND = 1000  # connections above the limit that are taken, to be answered that there are too many


class FaceProtocol(HttpToolsProtocol):
    """uvicorn's protocol; a connection that begins a request and does not finish its head in time is closed. One that
    does not take its answers is aborted, since closing would wait for it for ever."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it send at once: asyncio leaves Nagle's algorithm on for a socket made by us."""
        super().connection_made(cast(asyncio.Transport, transport))
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = self._wait_for_head()
        self._stuck = self._wait_for_reader()
        self._stuck.cancel()
        face: Face = self.app_state["face"]
        if len(self.connections) > face.options.client_limit + MOST_BEYOND:
            self.transport.abort()

    def _wait_for_reader(self) -> asyncio.TimerHandle:
        face: Face = self.app_state["face"]
        return self.loop.call_later(face.options.answer_seconds, self.transport.abort)

    def _wait_for_head(self) -> asyncio.TimerHandle:
        face: Face = self.app_state["face"]
        return self.loop.call_later(face.options.body_seconds, self.transport.close)

    def data_received(self, data: bytes) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self._head.cancelled():
            self._head = self._wait_for_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._head.cancel()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self._wait_for_reader()

    def resume_writing(self) -> None:
        self._stuck.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head.cancel()
        self._stuck.cancel()
        super().connection_lost(exc)


class FaceServer(uvicorn.Server):
    """A server that a signal ends with status 0, without dropping what it was asked."""

    def __init__(self, app: Starlette, options: FaceOptions, log: Log, url: str) -> None:
        config = uvicorn.Config(
            app,
            http=FaceProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(options.answer_seconds) + 1,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.certificate_key,
        )
        super().__init__(config)
        self._face: Face = app.state.face
        self._face.connections = self.server_state.connections
        self._log = log
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so: whoever reads that may send SIGTERM, and finds its handler in place."""
        await super().startup(sockets)
        if self.started:
            self._log.info("serving", url=self._url, version=version())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End soon; called for SIGTERM and SIGINT. A second one waits for nothing."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Fail /readyz and end each connection with its next answer; later accept nothing more, and end."""
        self._face.draining = True
        self._log.info("draining", connections=len(self.server_state.connections))
        end = self._face.options.drain_seconds + asyncio.get_running_loop().time()
        while not self.force_exit and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises UserError when the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as problem:
        raise UserError(
            f"xnovu serve can't listen on {host}, port {port}: {problem}.",
            "Choose another --host or --port, or end what uses this one.",
        ) from problem


def serve(options: FaceOptions, log: Log) -> None:
    """Serve until SIGTERM or SIGINT. Raises UserError when the address or the database can't be had."""
    log.adopt_libraries()
    _allow_files(options.client_limit + MOST_BEYOND + options.connections + 100)
    app = create_app(options, log)
    face: Face = app.state.face
    asyncio.run(_check_database(face))
    with closing(listen(options.host, options.port)) as listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        scheme = "https" if options.certificate else "http"
        url = f"{scheme}://{host}:{listener.getsockname()[1]}"
        FaceServer(app, options, log, url).run(sockets=[listener])
    log.info("stopped")


def _allow_files(count: int) -> None:
    """Have the system let this process open so many files, of which connections are most, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        count = min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


async def _check_database(face: Face) -> None:
    """Raises UserError for what waiting can't mend; a server that can't be reached yet is waited for by /readyz."""
    try:
        await face.database.check()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction):
        raise UserError("This database has no schema http_v1.", "Run `xnovu migrate` first.") from None
    except psycopg.errors.InsufficientPrivilege:
        raise UserError("The login may not execute http_v1.", "Grant notify_http to it.") from None
    except psycopg.OperationalError as error:
        face.log.warning("database_unreachable", reason=explain(error))
