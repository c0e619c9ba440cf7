"""One loop of a lane: claim and render, post, report. How calls are made from requests and facts from their answers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from xnovu import database
from xnovu.database import Connection, Request
from xnovu.novu import POLLS, Answer, Call, join_events

if TYPE_CHECKING:
    from xnovu.work import Lane, Worker

REPORT_AFTER = 2.0
# The database looks at what is locked for a fifth of a second, which would slow down each report of a slot with work.
BUSY_AGAIN = 0.5

NOT_SENT_DRAINING = Answer(failure="not_sent", message="the worker is draining")
NOT_SENT_LATE = Answer(failure="not_sent", message="the lease ended before its turn came")


@dataclass
class Result:
    """What came of one call, until the database has taken it. `facts` is for worker_v1.report(); `awaited` are the ids
    of its requests whose outcome is not known. Times are monotonic: its lease ends at `lease_ends`; `again_at` is 0,
    or when to report it again, because a notification of it was locked."""

    facts: dict[str, object]
    awaited: set[str]
    lease_ends: float
    again_at: float = 0.0


class Slot:
    """One loop of a lane, with the results that it could not report yet."""

    def __init__(self, worker: Worker, lane: Lane, number: int) -> None:
        self.worker = worker
        self.settings = worker.settings
        self.lane = lane
        self.label = f"{lane.name}{number}"
        self.name = ""
        self._connections = 0
        self.unreported: list[Result] = []
        self._serving = False
        self._wake = asyncio.Event()
        self._places = asyncio.Semaphore(self.settings.concurrency)
        self._poll_places = asyncio.Semaphore(POLLS)
        self._polls: set[asyncio.Task[list[Result]]] = set()

    async def run(self) -> None:
        """Work until the worker stops and everything is reported, across the database's absences."""
        await self.worker.database.keep(self.label, self._serve, self._is_wanted)

    @property
    def busy(self) -> bool:
        """Whether stopping it now could lose something: it is not just waiting for the database to come back."""
        return self._serving or bool(self.unreported)

    def _is_wanted(self) -> bool:
        return bool(self.unreported) or not self.worker.stopping.is_set()

    async def _serve(self, connection: Connection) -> None:
        # A name of its own for each connection: what an earlier one claimed and did not get to see (a rendering may
        # have killed its backend) must not be handed to this one, whose clock started later.
        self._connections += 1
        self.name = f"{self.worker.name}/{self.label}.{self._connections}"
        self._serving = True
        try:
            await self._report(connection)
            await self._work(connection)
        finally:
            self._serving = False
            self.lane.waiting.pop(self.label, None)
            for poll in self._polls:
                poll.cancel()

    async def _work(self, connection: Connection) -> None:
        while not self.worker.stopping.is_set():
            if self.lane.name in self.worker.paused:
                self.lane.waiting.pop(self.label, None)
                await asyncio.sleep(self._until_due(self.settings.poll))
            elif not await self._step(connection) and not await self._step_after_telling(connection):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._until_due(self.settings.poll)):
                        await self._wake.wait()
            await self._report(connection)
        while self.unreported:
            await asyncio.sleep(self._until_due(BUSY_AGAIN))
            await self._report(connection)

    def _until_due(self, most: float) -> float:
        """Seconds until a result is to be reported again, at most `most`."""
        now = time.monotonic()
        return min([most, *(max(0.0, result.again_at - now) for result in self.unreported)])

    async def _step(self, connection: Connection) -> bool:
        """Claim, post and report once; False when there was nothing to do."""
        self._wake.clear()
        start = time.monotonic()
        leased, requests = await database.claim(
            connection, self.name, self.lane.name, self.settings.batch, self.settings.lease
        )
        self.worker.database.answered(self.label)
        if not leased:
            self.lane.waiting.setdefault(self.label, self._wake)
            return False
        self.lane.waiting.pop(self.label, None)
        ms = round((time.monotonic() - start) * 1000, 1)
        self.worker.log.debug("claimed", lane=self.lane.name, leased=leased, requests=len(requests), ms=ms)
        if self.lane.idle_told:
            # The claim took the lane off idle: let another slot look, and tell again when it finds nothing.
            self.lane.idle_told = False
            self.lane.wake_one()
        await self._post(connection, requests, start)
        return True

    async def _step_after_telling(self, connection: Connection) -> bool:
        """Tell that the lane is idle and look once more, as a row may have come before that was known; False when
        there was nothing still, or when the database knew."""
        if self.lane.idle_told or self.worker.stopping.is_set():
            return False
        await self.worker.beat(connection)
        return not self.worker.stopping.is_set() and await self._step(connection)

    async def _post(self, connection: Connection, requests: Sequence[Request], start: float) -> None:
        """Send the requests of one claim, a few calls at a time, and report their results: all at once, or every few
        seconds while slow calls are under way, so that no lease ends over a result that is there."""
        self._poll(connection, [request for request in requests if request.kind == "receipt"], start)
        requests = [request for request in requests if request.kind != "receipt"]
        calls = [
            asyncio.create_task(self._call(connection, group, start, self._places))
            for group in group_requests(requests)
        ]
        self.worker.in_flight += len(requests)
        failure: psycopg.Error | None = None
        pending = set(calls)
        try:
            while pending:
                patience = REPORT_AFTER if failure else self._until_due(REPORT_AFTER)
                done, pending = await asyncio.wait(pending, timeout=patience)
                self.unreported.extend(result for call in calls if call in done for result in call.result())
                if failure is None:
                    try:
                        await self._report(connection)
                    except psycopg.Error as error:
                        failure = error
        finally:
            self.worker.in_flight -= len(requests)
            for call in pending:
                call.cancel()
        if failure is not None:
            raise failure

    def _poll(self, connection: Connection, polls: Sequence[Request], start: float) -> None:
        """Begin receipt polls, for which nothing waits: however slow Novu is with them, the slot goes on with its lane,
        and reports them when they are there. One that is cancelled does no harm: its lease ends."""
        for poll in polls:
            call = asyncio.create_task(self._call(connection, [poll], start, self._poll_places))
            self._polls.add(call)
            call.add_done_callback(self._end_poll)

    def _end_poll(self, call: asyncio.Task[list[Result]]) -> None:
        self._polls.discard(call)
        if not call.cancelled():
            self.unreported.extend(call.result())
            self._wake.set()

    async def _call(
        self, connection: Connection, group: list[Request], start: float, places: asyncio.Semaphore
    ) -> list[Result]:
        """Make one call, when there is a place for it; what may not start any more is reported as not sent."""
        lease_ends = start + self.settings.lease
        async with places:
            if self.worker.stopping.is_set():
                return [make_result(group, NOT_SENT_DRAINING, lease_ends)]
            results: list[Result] = []
            deadline = min(self._time_to_start, *(request.deadline for request in group))
            if (now := time.monotonic()) - start >= deadline:
                kept = await self._extend(connection, group)
                if late := [request for request in group if request not in kept]:
                    results.append(make_result(late, NOT_SENT_LATE, lease_ends))
                group, lease_ends = kept, now + self.settings.lease
            if group:
                answer = await self.worker.novu.send(make_call(group))
                self._note_refusal(group, answer)
                results.append(make_result(group, answer, lease_ends))
            return results

    @property
    def _time_to_start(self) -> float:
        """For how long after a lease was asked for a call may start, so that it has ended before the lease does."""
        return self.settings.lease - self.settings.timeout

    async def _extend(self, connection: Connection, group: Sequence[Request]) -> list[Request]:
        """Those of the group whose lease could be renewed, in time for a call."""
        asked = time.monotonic()
        try:
            kept = await database.extend(connection, self.name, group, self.settings.lease)
        except psycopg.Error:
            return []
        in_time = time.monotonic() - asked < self._time_to_start
        return [request for request in group if in_time and request.request_id in kept]

    def _note_refusal(self, group: Sequence[Request], answer: Answer) -> None:
        """Log what was refused; that there is nothing to GET or to DELETE is an answer."""
        if answer.status is None or answer.status < 400:
            return
        if answer.status != 404 or group[0].method not in ("GET", "DELETE"):
            self.worker.log.warning(
                "post_refused",
                lane=self.lane.name,
                target=group[0].target,
                kind=group[0].kind,
                status=answer.status,
                requests=len(group),
                ms=answer.latency_ms,
            )

    async def _report(self, connection: Connection) -> None:
        """Report what is unreported. When the connection fails it stays, for the next connection; a result that the
        database refuses is left to the end of its lease, so that it can't hold up the others."""
        outcomes: Counter[str] = Counter()
        start = time.monotonic()
        self._drop_ended(start)
        due = [result for result in self.unreported if result.again_at <= start]
        calls = size = len(due)
        while due:
            part = due[:size]
            try:
                answers = await database.report(connection, [result.facts for result in part])
                outcomes.update(settle(part, answers))
            except psycopg.Error as error:
                if connection.closed or isinstance(error, psycopg.OperationalError):
                    raise
                if size > 1:
                    size = 1
                    continue
                self.worker.log.error("report_refused", lane=self.lane.name, reason=database.explain(error))
                part[0].awaited.clear()
            self.unreported = [result for result in self.unreported if result.awaited]
            del due[:size]
        if outcomes:
            ms = round((time.monotonic() - start) * 1000, 1)
            self.worker.log.info("reported", lane=self.lane.name, calls=calls, outcomes=dict(outcomes), ms=ms)

    def _drop_ended(self, now: float) -> None:
        """Give up what was locked until its lease ended: another worker may have it, and the database decides."""
        for result in self.unreported:
            if result.again_at and result.lease_ends <= now:
                self.worker.log.warning("report_given_up", lane=self.lane.name, requests=len(result.awaited))
                result.awaited.clear()
        self.unreported = [result for result in self.unreported if result.awaited]


def settle(results: Sequence[Result], answers: Sequence[tuple[str, str]]) -> list[str]:
    """Take what worker_v1.report() answered about results into them; returns the outcomes that are new. Those that hold
    a BUSY request stay awaited as a whole, for a bulk's answer belongs to all its events: what is settled of it comes
    back as STALE the next time."""
    now = time.monotonic()
    busy = {request_id for request_id, outcome in answers if outcome == "BUSY"}
    awaited = {request_id for result in results for request_id in result.awaited}
    known_busy = {request_id for result in results if result.again_at for request_id in result.awaited} & busy
    for result in results:
        result.awaited &= busy
        result.again_at = min(now + BUSY_AGAIN, result.lease_ends)
    return [outcome for request_id, outcome in answers if request_id in awaited - known_busy]


def group_requests(requests: Sequence[Request]) -> list[list[Request]]:
    """Requests that go out in one call: those with the same batch, in their order; those without one alone."""
    groups: list[list[Request]] = []
    batches: dict[str, list[Request]] = {}
    for request in requests:
        if request.batch in batches:
            batches[request.batch].append(request)
            continue
        groups.append([request])
        if request.batch is not None:
            batches[request.batch] = groups[-1]
    return groups


def make_call(group: Sequence[Request]) -> Call:
    """The call for a group: a bulk when it has a batch, else its only request's own body."""
    first = group[0]
    if first.batch is not None:
        body: bytes | None = join_events([request.body or "{}" for request in group])
    else:
        body = None if first.body is None else first.body.encode()
    return Call(first.target, first.method, first.path, first.headers, body)


def make_result(group: Sequence[Request], answer: Answer, lease_ends: float) -> Result:
    """What worker_v1.report() takes for one call."""
    error = None if answer.failure is None else {"kind": answer.failure, "message": answer.message}
    facts: dict[str, object] = {
        "requests": [{"request_id": request.request_id, "attempt": request.attempt} for request in group],
        "status": answer.status,
        "body": answer.body,
        "error": error,
        "retry_after": answer.retry_after,
        "latency_ms": answer.latency_ms,
    }
    return Result(facts, {request.request_id for request in group}, lease_ends)
