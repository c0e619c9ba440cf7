"""/api/health: each thing with a status and a figure."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.cluster import A, Database
from tests.http.test_bridge import app, ask
from tests.http.test_bridge_sql import give_bridge
from tests.support import Row, add_workflow, hand_worker, insert, one, sender

from xnovu.http.health import read_expected

NAMES = ["database", "queue critical", "queue normal", "queue bulk", "workers", "tick", "roll-ups", "novu"]
NAMES += ["breaker", "bridge", "migration"]


def health(database: Database, expected: str | None = None) -> tuple[int, Row]:
    """The HTTP status, and status and checks by name."""
    query = "select status, body from http_v1.check_health(%s)"
    found = one(database.keep("test_http"), query, expected or read_expected())
    body = json.loads(found["body"])
    assert [check["name"] for check in body["checks"]] == NAMES
    return found["status"], {"all": body["status"]} | {check["name"]: check for check in body["checks"]}


def live(database: Database) -> None:
    worker = hand_worker(database)
    worker.connection.execute("select worker_v1.beat('w', '{}')")
    worker.tick()


def probe(database: Database, status: int | None = 200, **facts: object) -> list[str]:
    """Have the targets asked, a minute later; answers with this status. Their names."""
    database.shift_clock(timedelta(minutes=1))
    live(database)
    worker = hand_worker(database)
    requests = [request for request in worker.take("bulk") if request["kind"] == "probe"]
    for request in requests:
        assert set(worker.report([request], status, **facts).values()) == {"DONE"}
    return [request["target"] for request in requests]


def test_it_is_well_with_a_worker(database: Database) -> None:
    live(database)
    probe(database)
    status, found = health(database)
    assert (status, found["all"]) == (200, "ok"), found
    assert found["migration"]["figure"] == 0 and found["migration"]["note"].startswith("revision 00")
    assert found["database"]["figure"] >= 1 and found["workers"]["figure"] < 30


def test_without_a_worker_it_is_not(database: Database) -> None:
    status, found = health(database)
    assert (status, found["all"], found["workers"]["status"], found["tick"]["status"]) == (503, "failed") + (
        "failed",
    ) * 2
    live(database)
    database.shift_clock(timedelta(seconds=45))
    assert (health(database)[0], health(database)[1]["workers"]["status"]) == (200, "warning")
    database.shift_clock(timedelta(seconds=45))
    assert health(database)[0] == 503


def test_a_lane_that_waits_too_long_is_told(database: Database) -> None:
    add_workflow(database)
    insert(sender(database), priority="CRITICAL")
    insert(sender(database))
    for seconds, critical, normal in ((5, "ok", "ok"), (10, "warning", "ok"), (50, "failed", "warning")):
        database.shift_clock(timedelta(seconds=seconds))
        live(database)
        _, found = health(database)
        assert (found["queue critical"]["status"], found["queue normal"]["status"]) == (critical, normal), found
        assert found["queue critical"]["note"] == "1 due"


def test_novu_and_a_bridge_are_told_without_a_word_of_theirs(database: Database) -> None:
    live(database)
    give_bridge(database)
    with database.cluster.admin(database.name) as superuser:
        superuser.execute(
            "insert into notify.notification_target_state (target, open_until, last_verdict, last_error)"
            " values ('default', now() + interval '1 hour', 'STOP', 'the key of Ada'),"
            " ('far', now() - interval '1 hour', 'STOP', 'x')"
        )
    status, found = health(database)
    assert (status, found["breaker"]["status"], found["breaker"]["figure"]) == (503, "failed", 1)
    assert found["breaker"]["note"] == "the default target: stop" and "Ada" not in json.dumps(found)
    assert (found["bridge"]["status"], found["bridge"]["figure"]) == ("warning", 1)


def test_novu_is_unknown_until_it_was_asked_and_then_as_it_answered(database: Database) -> None:
    live(database)
    status, found = health(database)
    assert (status, found["all"]) == (200, "warning")
    assert (found["novu"]["status"], found["novu"]["figure"]) == ("unknown", None)
    assert probe(database) == ["default"]
    assert health(database)[1]["novu"]["status"] == "ok"
    database.shift_clock(timedelta(seconds=59))
    assert hand_worker(database).take("bulk") == []  # once a minute
    assert health(database)[1]["novu"]["figure"] >= 59
    for count, (expected, http) in enumerate([("warning", 200), ("warning", 200), ("failed", 503)], 1):
        assert probe(database, 401) == ["default"]
        status, found = health(database)
        assert (status, found["novu"]["status"]) == (http, expected), count
    assert found["novu"]["note"] == "the default target: HTTP 401; 1 of 1 do not answer"
    assert found["novu"]["figure"] >= 180
    probe(database, None, error={"kind": "connect", "message": "no"})
    assert "connect" in health(database)[1]["novu"]["note"]
    probe(database, 429)
    assert health(database)[1]["novu"]["status"] == "ok"
    database.shift_clock(timedelta(minutes=4))  # nobody asks any more
    live(database)
    assert health(database)[1]["novu"]["status"] == "warning"


def test_each_target_is_asked_and_one_that_is_new_is_unknown(database: Database) -> None:
    live(database)
    probe(database)
    with database.cluster.admin(database.name) as superuser:
        superuser.execute("insert into notify.notification_target (enterprise_id, target) values (%s, 'meridian')", [A])
        database.shift_clock(timedelta(minutes=1))
        live(database)
        found = health(database)[1]
        assert found["novu"]["status"] == "unknown" and "meridian" not in json.dumps(found)
        assert sorted(probe(database)) == ["default", "meridian"]
        assert health(database)[1]["novu"]["status"] == "ok"
        superuser.execute("delete from notify.notification_target")
    probe(database)
    assert probe(database) == ["default"]


def test_a_probe_that_is_never_reported_is_asked_again_and_an_old_report_changes_nothing(database: Database) -> None:
    live(database)
    database.shift_clock(timedelta(minutes=1))
    worker = hand_worker(database)
    first = worker.take("bulk")
    assert [(request["method"], request["body"]) for request in first] == [("GET", None)]
    database.shift_clock(timedelta(seconds=62))
    second = worker.take("bulk")
    assert set(worker.report(first).values()) == {"STALE"}
    assert set(worker.report(second, None, error={"kind": "not_sent", "message": "x"}).values()) == {"DONE"}
    assert health(database)[1]["novu"]["status"] == "unknown"  # nobody has asked Novu yet


def test_a_migration_that_is_behind_is_told(database: Database) -> None:
    live(database)
    expected = json.loads(read_expected())
    for change in ({"revision": "9999"}, {"84_new/thing.sql": "0"}, {next(iter(expected)): "0"}):
        status, found = health(database, json.dumps(expected | change))
        assert (status, found["migration"]["status"], found["migration"]["figure"]) == (503, "failed", 1)


async def test_it_comes_over_http(database: Database) -> None:
    live(database)
    probe(database)
    face = app(database)
    async with face.router.lifespan_context(face):
        found = await ask(face, "/api/health")
    assert (found.status_code, found.json()["status"]) == (200, "ok")
    assert found.headers["cache-control"] == "no-store" and str(A) not in found.text


def test_an_error_in_the_roll_ups_is_told_and_holds_up_nothing_else(database: Database) -> None:
    add_workflow(database)
    live(database)
    superuser = database.connect()
    superuser.execute("alter table notify.notification_daily add constraint broken check (false) not valid")
    insert(sender(database))
    hand_worker(database).deliver_all()
    insert(sender(database), priority="CRITICAL")
    hand_worker(database).claim("critical")  # and dies
    worker, rescued = hand_worker(database), 0
    for _ in range(8):  # a notification is rolled up when no older one can be committed any more
        database.shift_clock(timedelta(seconds=20))
        rescued += worker.tick()["rescued"]
    assert rescued == 1
    roll_ups = health(database)[1]["roll-ups"]
    assert (roll_ups["status"], roll_ups["note"]) == ("warning", "an error keeps them from it")
    told = one(database.keep("test_admin"), "select count_failure from notify.notification_tick")
    assert 'violates check constraint "broken"' in told["count_failure"]
    counted = one(database.keep("test_analyst_all"), "select sum(created_count) as n from notify.notification_funnel")
    assert counted["n"] == 2
    superuser.execute("alter table notify.notification_daily drop constraint broken")
    live(database)
    roll_ups = health(database)[1]["roll-ups"]
    assert (roll_ups["status"], roll_ups["figure"] < 1, roll_ups["note"]) == ("ok", True, None)
