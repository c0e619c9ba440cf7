"""/api/health: each thing with a status and a figure."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.cluster import A, Database
from tests.http.test_bridge import app, ask
from tests.http.test_bridge_sql import give_bridge
from tests.support import Row, add_workflow, hand_worker, insert, one, platform

from xnovu.http.health import read_expected

NAMES = ["database", "queue critical", "queue normal", "queue bulk", "workers", "tick", "novu", "bridge", "migration"]


def health(database: Database, expected: str | None = None) -> tuple[int, Row]:
    """The HTTP status, and status and checks by name."""
    query = "select status, body from http_v1.check_health(%s)"
    found = one(database.connect("test_http"), query, expected or read_expected())
    body = json.loads(found["body"])
    assert [check["name"] for check in body["checks"]] == NAMES
    return found["status"], {"all": body["status"]} | {check["name"]: check for check in body["checks"]}


def live(database: Database) -> None:
    worker = hand_worker(database)
    worker.connection.execute("select worker_v1.beat('w', '{}')")
    worker.tick()


def test_it_is_well_with_a_worker(database: Database) -> None:
    live(database)
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
    insert(platform(database), priority="CRITICAL")
    insert(platform(database))
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
    assert (status, found["novu"]["status"], found["novu"]["figure"]) == (503, "failed", 1)
    assert found["novu"]["note"] == "the default target: stop" and "Ada" not in json.dumps(found)
    assert (found["bridge"]["status"], found["bridge"]["figure"]) == ("warning", 1)


def test_a_migration_that_is_behind_is_told(database: Database) -> None:
    live(database)
    expected = json.loads(read_expected())
    for change in ({"revision": "9999"}, {"84_new/thing.sql": "0"}, {next(iter(expected)): "0"}):
        status, found = health(database, json.dumps(expected | change))
        assert (status, found["migration"]["status"], found["migration"]["figure"]) == (503, "failed", 1)


async def test_it_comes_over_http(database: Database) -> None:
    live(database)
    face = app(database)
    async with face.router.lifespan_context(face):
        found = await ask(face, "/api/health")
    assert (found.status_code, found.json()["status"]) == (200, "ok")
    assert found.headers["cache-control"] == "no-store" and str(A) not in found.text
