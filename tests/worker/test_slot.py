"""The loop of a lane, with a database that the test plays: what it claims, sends and reports, and when it stops."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
import pytest
from tests.worker.server import Exchange, serve
from tests.worker.support import events, make_log, make_request, make_settings

from xnovu import database
from xnovu.database import Connection, Request
from xnovu.slot import group_requests, make_call, make_result
from xnovu.work import Worker


class FakeConnection:
    """As much of a connection as the worker touches outside the functions of worker_v1."""

    closed = False

    def __init__(self, played: PlayedDatabase) -> None:
        self.played = played

    async def __aenter__(self) -> FakeConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed = True

    async def execute(self, query: str) -> None:
        self.played.listening = query

    async def notifies(self) -> AsyncIterator[Any]:
        while True:
            yield await self.played.notifications.get()


class PlayedDatabase:
    """Plays worker_v1: hands out what the test queued, and keeps what it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.work: list[list[Request]] = []
        self.claims: list[tuple[str, str]] = []
        self.reports: list[list[dict[str, Any]]] = []
        self.beats: list[dict[str, Any]] = []
        self.extensions: list[list[str]] = []
        self.orders: dict[str, Any] = {}
        self.notifications: asyncio.Queue[Any] = asyncio.Queue()
        self.listening = ""
        self.ticks = 0
        self.busy: dict[str, int] = {}
        self.taken: set[str] = set()
        self.tick_takes: list[float] = []
        self.extend_to: Callable[[Sequence[Request]], set[str]] = lambda requests: set()
        self.report_errors: list[Exception] = []
        self.connect_errors: list[Exception] = []
        for name in ("claim", "report", "extend", "tick", "beat"):
            monkeypatch.setattr(database, name, getattr(self, name))
        monkeypatch.setattr(database.Database, "_connect", self.connect)
        monkeypatch.setattr(database, "FIRST_PAUSE", 0.01)

    async def connect(self, name: str) -> Connection:
        if self.connect_errors:
            raise self.connect_errors.pop(0)
        return cast(Connection, FakeConnection(self))

    async def claim(
        self, _connection: Connection, worker: str, lane: str, most: int, lease: float
    ) -> tuple[int, list[Request]]:
        self.claims.append((worker, lane))
        requests = self.work.pop(0) if self.work else []
        return len(requests), requests

    async def report(self, _connection: Connection, results: list[dict[str, Any]]) -> list[tuple[str, str]]:
        if self.report_errors:
            raise self.report_errors.pop(0)
        self.reports.append(list(results))
        return [
            (request["request_id"], self.judge(request["request_id"])) for r in results for request in r["requests"]
        ]

    def judge(self, request_id: str) -> str:
        """BUSY as often as the test wants, then SENT, and STALE from then on."""
        if self.busy.get(request_id, 0) > 0:
            self.busy[request_id] -= 1
            return "BUSY"
        outcome = "STALE" if request_id in self.taken else "SENT"
        self.taken.add(request_id)
        return outcome

    async def extend(self, _connection: Connection, worker: str, requests: Sequence[Request], lease: float) -> set[str]:
        self.extensions.append([request.request_id for request in requests])
        return self.extend_to(requests)

    async def tick(self, _connection: Connection) -> dict[str, Any]:
        self.ticks += 1
        if self.tick_takes:
            await asyncio.sleep(self.tick_takes.pop(0))
        return {}

    async def beat(self, _connection: Connection, worker: str, facts: dict[str, Any]) -> dict[str, Any]:
        self.beats.append(facts)
        return self.orders

    @property
    def results(self) -> list[dict[str, Any]]:
        return [result for report in self.reports for result in report]

    @property
    def reported(self) -> list[str]:
        return [request["request_id"] for result in self.results for request in result["requests"]]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> PlayedDatabase:
    return PlayedDatabase(monkeypatch)


async def accept(exchange: Exchange) -> None:
    await exchange.answer(201, b'{"data":[]}')


@asynccontextmanager
async def working(url: str, **settings: Any) -> AsyncIterator[tuple[Worker, io.StringIO]]:
    """A worker that runs until the block ends, and then drains."""
    log, stream = make_log()
    worker = Worker(make_settings(url, **settings), log)
    task = asyncio.create_task(worker.run())
    try:
        yield worker, stream
    finally:
        worker.drain("end of the test")
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def test_requests_of_a_batch_go_together_and_the_others_alone() -> None:
    requests = [make_request(1, "x"), make_request(2, None), make_request(3, "y"), make_request(4, "x")]
    requests.append(make_request(5, None))
    ids = [[request.request_id for request in group] for group in group_requests(requests)]
    assert ids == [["r1", "r4"], ["r2"], ["r3"], ["r5"]]


def test_a_batch_of_one_is_a_bulk_of_one() -> None:
    call = make_call([make_request(1, "x", body='{"name":"w"}')])
    assert (call.path, call.body) == ("/v1/events/trigger/bulk", b'{"events":[{"name":"w"}]}')


def test_a_request_without_a_body_stays_without() -> None:
    assert make_call([make_request(1, None, method="DELETE", body=None)]).body is None


async def test_requests_are_posted_and_reported_with_the_facts(played: PlayedDatabase) -> None:
    played.work = [[make_request(1), make_request(2, attempt=3)]]
    async with serve(accept) as server, working(server.url):
        await until(lambda: bool(played.reports))
    (exchange,) = server.received
    assert [event["transactionId"] for event in exchange.json()["events"]] == ["t1", "t2"]
    (result,) = played.results
    assert result.pop("latency_ms") > 0
    assert result == {
        "requests": [{"request_id": "r1", "attempt": 1}, {"request_id": "r2", "attempt": 3}],
        "status": 201,
        "body": {"data": []},
        "error": None,
        "retry_after": None,
    }


async def test_a_claim_is_reported_in_one_call(played: PlayedDatabase) -> None:
    played.work = [[make_request(number, None) for number in range(10)]]
    async with serve(accept) as server, working(server.url):
        await until(lambda: bool(played.reports))
    assert len(played.reports) == 1
    assert played.reported == [f"r{number}" for number in range(10)]


async def test_nothing_waits_for_a_poll_and_it_is_reported_when_it_is_there(played: PlayedDatabase) -> None:
    answered = asyncio.Event()

    async def slow_to_tell(exchange: Exchange) -> None:
        if exchange.method == "GET":
            await answered.wait()
        await exchange.answer(200, b'{"data":[]}')

    polls = [make_request(n, None, kind="receipt", method="GET", body=None) for n in range(1, 4)]
    played.work = [[*polls, make_request(4)], [make_request(5)], [make_request(6)]]
    async with serve(slow_to_tell) as server, working(server.url, concurrency=1):
        await until(lambda: played.reported == ["r4", "r5", "r6"])
        answered.set()
        await until(lambda: len(played.reported) == 6)
    assert sorted(played.reported[3:]) == ["r1", "r2", "r3"]
    assert server.most_at_a_time == 3  # two polls, and one that is sent


async def test_calls_of_a_claim_run_a_few_at_a_time(played: PlayedDatabase) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.answer(201, b"{}")

    played.work = [[make_request(number, None) for number in range(9)]]
    async with serve(slow) as server, working(server.url, concurrency=3):
        await until(lambda: bool(played.reports))
    assert server.most_at_a_time == 3


async def test_a_fast_result_is_reported_while_a_slow_call_is_under_way(
    played: PlayedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnovu.slot.REPORT_AFTER", 0.05)
    release = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        if exchange.json()["transactionId"] == "t1":
            await release.wait()
        await exchange.answer(201, b"{}")

    played.work = [[make_request(1, None), make_request(2, None)]]
    async with serve(answer) as server, working(server.url, timeout=5.0):
        await until(lambda: played.reported == ["r2"])
        release.set()
        await until(lambda: played.reported == ["r2", "r1"])


async def test_a_call_whose_time_has_passed_is_not_sent(played: PlayedDatabase) -> None:
    played.work = [[make_request(1, deadline=0.0)]]
    async with serve(accept) as server, working(server.url):
        await until(lambda: bool(played.reports))
    assert server.received == []
    assert played.extensions == [["r1"]]
    assert played.results[0]["error"]["kind"] == "not_sent"


async def test_a_call_whose_lease_is_renewed_is_sent_and_the_rest_is_not(played: PlayedDatabase) -> None:
    played.work = [[make_request(1, deadline=0.0), make_request(2, deadline=0.0)]]
    played.extend_to = lambda requests: {"r2"}
    async with serve(accept) as server, working(server.url):
        await until(lambda: bool(played.reports))
    (exchange,) = server.received
    assert [event["transactionId"] for event in exchange.json()["events"]] == ["t2"]
    late, sent = played.results
    assert (late["requests"][0]["request_id"], late["error"]["kind"]) == ("r1", "not_sent")
    assert (sent["requests"][0]["request_id"], sent["status"]) == ("r2", 201)


async def test_no_call_starts_when_it_could_outlive_the_lease_whatever_the_deadline_says(
    played: PlayedDatabase,
) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.4)
        await exchange.answer(201, b"{}")

    played.work = [[make_request(1, None, deadline=60.0), make_request(2, None, deadline=60.0)]]
    async with serve(slow) as server, working(server.url, concurrency=1, timeout=0.9, lease=1.2):
        await until(lambda: len(played.reported) == 2)
    assert len(server.received) == 1
    assert played.extensions == [["r2"]]


async def test_draining_lets_a_call_under_way_end_and_reports_what_was_not_started(played: PlayedDatabase) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.2)
        await exchange.answer(201, b"{}")

    played.work = [[make_request(1, None), make_request(2, None)], [make_request(3, None)]]
    async with serve(slow) as server:
        async with working(server.url, concurrency=1):
            await until(lambda: bool(server.received))
        assert played.reported == ["r1", "r2"]
        assert [result["status"] for result in played.results] == [201, None]
        assert played.results[1]["error"] == {"kind": "not_sent", "message": "the worker is draining"}
        assert played.work, "nothing more was claimed"


async def test_a_report_that_a_broken_connection_swallowed_is_made_again(played: PlayedDatabase) -> None:
    played.work = [[make_request(1)]]
    played.report_errors = [psycopg.OperationalError("the connection is lost")]
    played.connect_errors = []
    async with serve(accept) as server, working(server.url) as (_, stream):
        await until(lambda: played.reported == ["r1"])
    assert len(server.received) == 1
    assert events(stream, "reconnecting")
    assert events(stream, "connected")


async def test_a_report_is_made_before_the_worker_stops_though_the_database_was_away(played: PlayedDatabase) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await exchange.answer(201, b"{}")

    played.work = [[make_request(1)]]
    played.report_errors = [psycopg.OperationalError("the connection is lost") for _ in range(3)]
    async with serve(slow) as server, working(server.url):
        await until(lambda: bool(server.received))
    assert played.reported == ["r1"]


async def test_a_result_that_the_database_refuses_does_not_hold_up_the_others(played: PlayedDatabase) -> None:
    async def report(_connection: Connection, results: list[dict[str, Any]]) -> list[tuple[str, str]]:
        ids = [request["request_id"] for result in results for request in result["requests"]]
        if "r1" in ids:
            raise psycopg.DataError("no such thing")
        played.reports.append(results)
        return [(request_id, "SENT") for request_id in ids]

    played.work = [[make_request(number, None) for number in range(3)], [make_request(3, None)]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "report", report)
        async with serve(accept) as server, working(server.url) as (_, stream):
            await until(lambda: sorted(played.reported) == ["r0", "r2", "r3"])
    assert len(events(stream, "report_refused")) == 1


async def test_a_busy_result_is_reported_again_while_the_slot_is_idle(played: PlayedDatabase) -> None:
    played.work = [[make_request(1)]]
    played.busy = {"r1": 2}
    async with serve(accept) as server, working(server.url, poll=30.0) as (_, stream):
        await until(lambda: played.reported == ["r1"] * 3)
        await asyncio.sleep(0.6)
    assert played.reported == ["r1"] * 3
    assert played.results[0] == played.results[2]
    assert [entry["outcomes"] for entry in events(stream, "reported")] == [{"BUSY": 1}, {"SENT": 1}]


async def test_of_a_bulk_with_a_busy_request_all_is_reported_again_but_counted_once(played: PlayedDatabase) -> None:
    played.work = [[make_request(1), make_request(2)]]
    played.busy = {"r2": 1}
    async with serve(accept) as server, working(server.url) as (_, stream):
        await until(lambda: played.reported == ["r1", "r2", "r1", "r2"])
    assert [entry["outcomes"] for entry in events(stream, "reported")] == [{"SENT": 1, "BUSY": 1}, {"SENT": 1}]


async def test_a_busy_result_is_reported_again_while_others_are_posted(played: PlayedDatabase) -> None:
    async def answer(exchange: Exchange) -> None:
        if exchange.json()["transactionId"] == "t2":
            await asyncio.sleep(1.5)
        await exchange.answer(201, b"{}")

    played.work = [[make_request(1, None)], [make_request(2, None)]]
    played.busy = {"r1": 1}
    async with serve(answer) as server, working(server.url, timeout=5.0):
        await until(lambda: len(server.received) == 2)
        await until(lambda: played.reported == ["r1", "r1"])
        await until(lambda: played.reported == ["r1", "r1", "r2"])


async def test_a_draining_worker_reports_busy_results_again_before_it_stops(played: PlayedDatabase) -> None:
    played.work = [[make_request(1)]]
    played.busy = {"r1": 2}
    async with serve(accept) as server, working(server.url) as (_, stream):
        await until(lambda: bool(played.reports))
    assert played.reported == ["r1"] * 3
    assert events(stream)[-1]["event"] == "stopped"


async def test_a_result_that_is_busy_until_its_lease_ends_is_given_up(played: PlayedDatabase) -> None:
    played.work = [[make_request(1), make_request(2)]]
    played.busy = {"r1": 1000}
    async with serve(accept) as server, working(server.url, lease=1.5, timeout=1.0) as (_, stream):
        await until(lambda: bool(events(stream, "report_given_up")))
        reports = len(played.reports)
        await asyncio.sleep(0.7)
        assert len(played.reports) == reports
    assert [entry["requests"] for entry in events(stream, "report_given_up")] == [1]


async def test_a_tick_that_hangs_is_given_up_and_the_control_loop_goes_on(
    played: PlayedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnovu.work.TICK_TIMEOUT", 0.1)
    played.tick_takes = [60.0]
    async with working("http://127.0.0.1:1") as (_, stream):
        await until(lambda: played.ticks >= 2)
        await until(lambda: bool(events(stream, "connected")))
    (warning,) = events(stream, "reconnecting")
    assert (warning["connection"], warning["reason"]) == ("control", "worker_v1.tick did not answer within 0.1 s")


async def test_an_idle_lane_is_told_once_and_looked_at_once_more(played: PlayedDatabase) -> None:
    async with working("http://127.0.0.1:1", poll=10.0):
        await until(lambda: any(facts["idle"] == ["normal"] for facts in played.beats))
        await asyncio.sleep(0.1)
        told = [facts for facts in played.beats if facts["idle"]]
        assert len(told) == 1
        assert len(played.claims) <= 4


async def test_a_notification_wakes_an_idle_lane(played: PlayedDatabase) -> None:
    class Notification:
        payload = "normal"

    async with serve(accept) as server, working(server.url, poll=30.0):
        await until(lambda: any(facts["idle"] for facts in played.beats))
        await asyncio.sleep(0.05)
        assert played.listening == "listen xnovu_work"
        played.work = [[make_request(1)]]
        played.notifications.put_nowait(Notification())
        await until(lambda: played.reported == ["r1"])


async def test_without_a_notification_an_idle_lane_is_polled(played: PlayedDatabase) -> None:
    async with serve(accept) as server, working(server.url, poll=0.05):
        await until(lambda: any(facts["idle"] for facts in played.beats))
        played.work = [[make_request(1)]]
        await until(lambda: played.reported == ["r1"])


async def test_when_one_slot_takes_the_lane_off_idle_another_tells_it_again(played: PlayedDatabase) -> None:
    class Notification:
        payload = "normal"

    release = asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        await release.wait()
        await exchange.answer(201, b"{}")

    async with serve(hold) as server, working(server.url, slots={"normal": 2}, poll=30.0, timeout=5.0):
        await until(lambda: any(facts["idle"] for facts in played.beats))
        await asyncio.sleep(0.05)
        told = len(played.beats)
        played.work = [[make_request(1)]]
        played.notifications.put_nowait(Notification())
        await until(lambda: bool(server.received))
        await until(lambda: len(played.beats) > told)
        assert played.beats[-1]["idle"] == ["normal"]
        assert played.beats[-1]["in_flight"] == 1
        release.set()


async def test_a_paused_lane_is_not_claimed(played: PlayedDatabase) -> None:
    played.orders = {"paused_lanes": ["normal"]}
    async with working("http://127.0.0.1:1", poll=0.02) as (worker, _):
        await until(lambda: worker.paused == frozenset({"normal"}))
        await asyncio.sleep(0.05)
        claims = len(played.claims)
        await asyncio.sleep(0.1)
        assert len(played.claims) == claims


async def test_an_order_to_drain_ends_the_worker(played: PlayedDatabase) -> None:
    played.orders = {"drain": True}
    log, stream = make_log("info")
    await asyncio.wait_for(Worker(make_settings(), log).run(), 5)
    assert events(stream, "draining")[0]["reason"] == "order of the database"
    assert events(stream)[-1]["event"] == "stopped"


async def test_an_order_that_comes_later_is_obeyed_within_a_second(played: PlayedDatabase) -> None:
    log, stream = make_log("info")
    task = asyncio.create_task(Worker(make_settings(), log).run())
    await until(lambda: played.ticks > 0 and any(facts["idle"] for facts in played.beats))
    played.orders = {"drain": True}
    await asyncio.wait_for(task, 2.0)
    assert events(stream, "draining")[0]["reason"] == "order of the database"


async def test_slots_claim_under_names_of_their_own_that_begin_with_the_process(played: PlayedDatabase) -> None:
    async with working("http://127.0.0.1:1", slots={"critical": 1, "normal": 2}) as (worker, _):
        await until(lambda: len({name for name, _ in played.claims}) == 3)
    assert {name for name, _ in played.claims} == {
        f"{worker.name}/{slot}" for slot in ("critical1.1", "normal1.1", "normal2.1")
    }


async def test_a_slot_claims_under_a_new_name_on_a_new_connection(played: PlayedDatabase) -> None:
    played.work = [[make_request(1)]]
    played.report_errors = [psycopg.OperationalError("the connection is lost")]
    async with serve(accept) as server, working(server.url):
        await until(lambda: len({name for name, _ in played.claims}) == 2)


async def test_while_the_database_is_away_the_log_says_so_once(played: PlayedDatabase) -> None:
    played.connect_errors = [psycopg.OperationalError("connection refused") for _ in range(9)]
    async with working("http://127.0.0.1:1") as (_, stream):
        await until(lambda: bool(events(stream, "connected")))
    assert len(events(stream, "reconnecting")) == 1
    assert len(events(stream, "connected")) == 1


async def test_while_the_database_stays_away_the_log_repeats_it(
    played: PlayedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WARN_AGAIN", 0.1)
    played.connect_errors = [psycopg.OperationalError("connection refused") for _ in range(1000)]
    async with working("http://127.0.0.1:1") as (_, stream):
        await until(lambda: len(events(stream, "reconnecting")) >= 3)
    warnings = events(stream, "reconnecting")
    assert warnings[0]["attempts"] == 1
    assert warnings[-1]["attempts"] > 1
    assert warnings[-1]["next_try"] >= 0


async def test_it_is_not_connected_before_a_function_of_worker_v1_has_answered(played: PlayedDatabase) -> None:
    log, stream = make_log()
    kept = database.Database(make_settings().database_url, log)
    kept.answered("listen", by_call=False)
    assert not events(stream)
    kept.answered("control")
    kept.answered("normal1")
    assert len(events(stream, "connected")) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.InvalidSchemaName("x"), "not migrated"),
        (psycopg.errors.UndefinedFunction("x"), "not migrated"),
        (psycopg.errors.InvalidCatalogName("x"), "no such database"),
        (psycopg.errors.InvalidPassword("x"), "refuses the login"),
        (psycopg.errors.InsufficientPrivilege("x"), "may not execute worker_v1"),
        (psycopg.OperationalError('... failed: FATAL:  database "none" does not exist'), "no such database"),
        (psycopg.OperationalError('... failed: FATAL:  password authentication failed for user "u"'), "refuses"),
        (psycopg.OperationalError('... failed: FATAL:  role "u" does not exist'), "refuses the login"),
        (psycopg.errors.CannotConnectNow("x"), None),
        (psycopg.errors.TooManyConnections("x"), None),
        (psycopg.OperationalError("... failed: Connection refused"), None),
        (psycopg.OperationalError("... failed: FATAL:  the database system is starting up"), None),
        (psycopg.OperationalError("... failed: FATAL:  sorry, too many clients already"), None),
        (TimeoutError("x"), None),
    ],
)
def test_what_waiting_cannot_mend_is_told_from_what_may_pass(error: Exception, expected: str | None) -> None:
    found = database.find_permanent(error, make_settings().database_url)
    assert (found is None) if expected is None else (found is not None and expected in found.message)


async def test_a_worker_that_has_worked_outlives_what_would_have_ended_it_at_its_start(played: PlayedDatabase) -> None:
    played.work = [[make_request(1)]]
    async with serve(accept) as server, working(server.url) as (_, stream):
        await until(lambda: bool(events(stream, "connected")))
        played.connect_errors = [psycopg.errors.InsufficientPrivilege("revoked")]
        played.report_errors = [psycopg.OperationalError("the connection is lost")]
        played.work = [[make_request(2)]]
        await until(lambda: "r2" in played.reported)


async def test_a_worker_without_a_database_still_stops_at_once(played: PlayedDatabase) -> None:
    played.connect_errors = [psycopg.OperationalError("connection refused") for _ in range(1000)]
    log, _ = make_log()
    worker = Worker(make_settings(), log)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    worker.drain("end of the test")
    await asyncio.wait_for(task, 1)


async def test_neither_bodies_nor_recipients_nor_secrets_are_logged(played: PlayedDatabase) -> None:
    async def echo(exchange: Exchange) -> None:
        if "t2" in exchange.body.decode():
            exchange.reset()
        else:
            await exchange.answer(422, exchange.body)

    body = '{"name":"w","to":["jane-doe"],"payload":{"code":"4711-open"},"transactionId":"t%d"}'
    played.work = [[make_request(number, None, body=body % number) for number in range(4)]]
    async with serve(echo) as server, working(server.url) as (_, stream):
        await until(lambda: len(played.reported) == 4)
    assert len(events(stream, "post_refused")) == 3
    for secret in ("jane-doe", "4711-open", "the-secret-key"):
        assert secret not in stream.getvalue()


def test_a_result_carries_how_far_a_failed_call_got() -> None:
    from xnovu.novu import Answer

    result = make_result(
        [make_request(1)], Answer(failure="connect", message="connect error: Connection refused"), 60.0
    )
    assert result.facts["error"] == {"kind": "connect", "message": "connect error: Connection refused"}
    assert result.facts["status"] is None
