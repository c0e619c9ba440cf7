"""The worker: claims ready-made requests from the database, posts them to Novu and reports what came of them.

Each lane has slots, each with a connection of its own and in a loop: claim and render, post, report. Two connections
more serve the process: one listens for "there is work", the other lets time pass in the database (tick) and tells that
the worker lives (beat). The database decides everything but one thing: no POST starts so late that it could still be
under way when its lease ends, for then another worker may send the same."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from xnovu import database, health, version
from xnovu.database import Connection, Database
from xnovu.errors import UserError
from xnovu.log import Log
from xnovu.novu import Novu
from xnovu.settings import Settings
from xnovu.slot import Slot

TICK = 0.9  # and what it takes: an order of the database is obeyed within a second
TICK_TIMEOUT = 30.0
BEAT_TIMEOUT = 10.0


@dataclass
class Lane:
    """What the slots of a lane share. `waiting` holds an event for each slot that found nothing to do, to wake it by;
    `idle_told` is whether the database was told that the lane is idle, so that it notifies the next insert."""

    name: str
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)
    idle_told: bool = False

    def wake_one(self) -> None:
        """Wake the slot that was busy last: one is enough for what was inserted, and it wakes the next one."""
        for event in reversed(self.waiting.values()):
            if not event.is_set():
                event.set()
                return

    def wake_all(self) -> None:
        for event in self.waiting.values():
            event.set()


class Worker:
    """One process. `run` returns when it has drained."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self.settings = settings
        self.log = log
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.database = Database(settings.database_url, log)
        self.novu = Novu(settings, log)
        self.lanes = {name: Lane(name) for name, count in settings.slots.items() if count}
        self.paused: frozenset[str] = frozenset()
        self.in_flight = 0
        self.stopping = asyncio.Event()
        self._beating = asyncio.Lock()

    async def run(self) -> None:
        """Work until told to stop; then let what is under way end, at most until its lease does."""
        novu = self.settings.novu_api_url.read()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        self.log.info("started", worker=self.name, version=version(), novu=novu, slots=dict(self.settings.slots))
        slots = [
            Slot(self, lane, number)
            for lane in self.lanes.values()
            for number in range(1, self.settings.slots[lane.name] + 1)
        ]
        async with self.novu, asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(self.database.keep("control", self._control)),
                group.create_task(self.database.keep("listen", self._listen)),
            ]
            group.create_task(self.novu.opened())
            tasks = {slot: group.create_task(slot.run()) for slot in slots}
            await self.stopping.wait()
            for slot, task in tasks.items():
                if not slot.busy:
                    task.cancel()
            await asyncio.wait(tasks.values(), timeout=self.settings.lease)
            for task in (*tasks.values(), *helpers):
                task.cancel()
        self.log.info("stopped", worker=self.name)

    def _on_signal(self, number: int) -> None:
        if self.stopping.is_set():
            self.log.warning("stopped_at_once", worker=self.name)
            os._exit(128 + number)
        self.drain(signal.Signals(number).name)

    def drain(self, reason: str) -> None:
        """Claim nothing more; `run` returns when the slots have finished."""
        if not self.stopping.is_set():
            self.log.info("draining", reason=reason, in_flight=self.in_flight)
            self.stopping.set()
            for lane in self.lanes.values():
                lane.wake_all()

    async def beat(self, connection: Connection) -> None:
        """Tell the database about this process and take its orders. One at a time, so that old facts never win."""
        async with self._beating:
            idle = [] if self.stopping.is_set() else [lane.name for lane in self.lanes.values() if lane.waiting]
            for lane in self.lanes.values():
                lane.idle_told = lane.name in idle
            facts = {"version": version(), "idle": idle, "in_flight": self.in_flight}
            try:
                async with _within(BEAT_TIMEOUT, "beat"):
                    orders = await database.beat(connection, self.name, facts)
            except BaseException:
                for lane in self.lanes.values():
                    lane.idle_told = False
                raise
        self.paused = frozenset(orders.get("paused_lanes") or ())
        if orders.get("drain"):
            self.drain("order of the database")

    async def _control(self, connection: Connection) -> None:
        self.novu.forget_credentials()
        while True:
            await self.beat(connection)
            async with _within(TICK_TIMEOUT, "tick"):
                done = await database.tick(connection)
            self.database.answered("control")
            self.log.debug("ticked", done=done)
            try:
                health.touch(self.settings.health_file, self.name)
            except OSError as error:
                self.log.warning("health_file_unwritable", path=self.settings.health_file, reason=error.strerror)
            await asyncio.sleep(TICK)

    async def _listen(self, connection: Connection) -> None:
        await connection.execute(f"listen {database.CHANNEL}")
        self.database.answered("listen", by_call=False)
        for lane in self.lanes.values():
            lane.wake_all()
        async for _ in connection.notifies():
            for lane in self.lanes.values():
                lane.wake_one()


@asynccontextmanager
async def _within(seconds: float, function: str) -> AsyncIterator[None]:
    """Raises TimeoutError, with a message, when the block takes longer: the connection is then given up."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise TimeoutError(f"worker_v1.{function} did not answer within {seconds:g} s") from None


def run(settings: Settings, log: Log) -> int:
    """Run a worker until it is told to stop; returns the exit status. Called by `xnovu work`.

    Raises UserError when the database can't work for it until somebody mends something."""
    log.adopt_libraries()
    try:
        asyncio.run(Worker(settings, log).run())
    except BaseExceptionGroup as group:
        if os.environ.get("XNOVU_DEBUG"):
            raise
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, UserError):
            raise error from None
        frame = traceback.extract_tb(error.__traceback__)[-1]
        # Not the message: it may hold what was being sent.
        log.error("crashed", error=type(error).__name__, at=f"{os.path.basename(frame.filename)}:{frame.lineno}")
        return 1
    finally:
        health.remove(settings.health_file)
    return 0
