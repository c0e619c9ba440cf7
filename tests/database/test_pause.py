"""Holding back what goes out: pauses by an admin, and breakers of targets."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Database
from tests.support import add_workflow, hand_worker, insert, one, platform, rows, sender, settle_syncs, status_of

STOPPED = {"status": 401, "body": {"message": "Unauthorized"}}
AWAY = {"status": None, "body": None, "error": {"kind": "connect", "message": "refused"}}


def admin(database: Database, query: str, *parameters: Any) -> list[dict[str, Any]]:
    return rows(database.keep("test_admin"), query, *parameters)


def went(database: Database) -> set[UUID]:
    """The notifications that a worker gets now, on any lane; it reports them as accepted."""
    worker = hand_worker(database)
    gone = set()
    for lane in ("critical", "normal", "bulk"):
        while worker.claim(lane):
            requests = worker.render()
            gone |= {UUID(request["request_id"].split("/")[1]) for request in requests}
            worker.report(requests)
    return gone


@pytest.mark.parametrize("priority", ["CRITICAL", "NORMAL", "LOW"])
def test_a_paused_enterprise_waits_and_another_does_not(database: Database, priority: str) -> None:
    add_workflow(database)
    before = insert(sender(database, A), priority=priority)
    admin(database, "select notify.pause('ENTERPRISE', %s, 'moving house')", str(A))
    after, other = insert(sender(database, A), priority=priority), insert(sender(database, B), priority=priority)
    assert went(database) == {other}
    assert {status_of(database, made)["notification_status"] for made in (before, after)} == {"PENDING"}
    admin(database, "select notify.resume('ENTERPRISE', %s)", str(A))
    assert went(database) == {before, after}


def test_what_was_admitted_before_the_pause_is_held_back_too(database: Database) -> None:
    add_workflow(database)
    made = [insert(sender(database, A), priority="CRITICAL") for _ in range(5)]
    worker = hand_worker(database)
    first = worker.take("critical", most=1)
    admin(database, "select notify.pause('ENTERPRISE', %s, 'moving house')", str(A))
    assert worker.take("critical") == []
    assert {status_of(database, m)["next_attempt_at"].year for m in made[1:]} == {9999}
    worker.report(first)
    admin(database, "select notify.resume('ENTERPRISE', %s)", str(A))
    assert len(went(database)) == 4


def test_a_paused_lane_gives_nothing_and_the_others_go_on(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    held, alarm = insert(connection, priority="LOW"), insert(connection, priority="CRITICAL")
    admin(database, "select notify.pause('LANE', 'bulk', 'the newsletter is wrong')")
    assert went(database) == {alarm}
    admin(database, "select notify.resume('LANE', 'bulk')")
    assert went(database) == {held}


def test_a_paused_workflow_is_the_shared_one_or_the_enterprises_own(database: Database) -> None:
    add_workflow(database)
    add_workflow(database, enterprise=A)
    own, shared = insert(sender(database, A)), insert(sender(database, B))
    admin(database, "select notify.pause('WORKFLOW', 'greeting', 'a mistake in it')")
    assert went(database) == {own}
    own = insert(sender(database, A))
    connection = database.connect("test_admin", A)
    connection.execute("select notify.pause('WORKFLOW', 'greeting', 'a mistake in it')")
    assert went(database) == set()
    admin(database, "select notify.resume('WORKFLOW', 'greeting')")
    assert went(database) == {shared}
    connection.execute("select notify.resume('WORKFLOW', 'greeting')")
    assert went(database) == {own}


def test_a_paused_target_is_that_of_its_enterprises_only(database: Database) -> None:
    add_workflow(database)
    admin(
        database, "insert into notify.notification_target (enterprise_id, target) values (%s, 'tower') returning 1", A
    )
    settle_syncs(database)
    own, other = insert(sender(database, A)), insert(sender(database, B))
    admin(database, "select notify.pause('TARGET', 'default', 'Novu is moving')")
    assert went(database) == {own}
    own = insert(sender(database, A))
    admin(database, "select notify.pause('TARGET', 'tower', 'it too')")
    admin(database, "select notify.resume('TARGET', 'default')")
    assert went(database) == {other}
    admin(database, "select notify.resume('TARGET', 'tower')")
    assert went(database) == {own}


def test_a_pause_that_ends_while_another_holds_lets_nothing_go(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database, A), priority="CRITICAL")
    admin(database, "select notify.pause('ENTERPRISE', %s, 'one reason')", str(A))
    admin(database, "select notify.pause('LANE', 'critical', 'another')")
    admin(database, "select notify.resume('LANE', 'critical')")
    assert went(database) == set()
    admin(database, "select notify.resume('ENTERPRISE', %s)", str(A))
    assert went(database) == {made}


def test_a_paused_target_that_was_given_up_can_be_resumed(database: Database) -> None:
    admin(
        database, "insert into notify.notification_target (enterprise_id, target) values (%s, 'tower') returning 1", A
    )
    admin(database, "select notify.pause('TARGET', 'tower', 'it moves')")
    admin(database, "delete from notify.notification_target returning 1")
    admin(database, "select notify.resume('TARGET', 'tower')")
    assert admin(database, "select * from notify.notification_pause") == []


def test_what_expired_in_a_pause_ends_failed(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database, A), expires_at="2999-01-01")
    database.keep().execute("update notify.ent_notification set expires_at = now() + interval '1 hour'")
    admin(database, "select notify.pause('ENTERPRISE', %s, 'moving house')", str(A))
    assert went(database) == set()
    database.shift_clock(timedelta(hours=2))
    admin(database, "select notify.resume('ENTERPRISE', %s)", str(A))
    assert went(database) == set()
    assert status_of(database, made)["error_code"] == "expired"


def test_pauses_are_the_admins_and_in_the_audit_trail(database: Database) -> None:
    for login in ("test_platform", "test_manager", "test_analyst", "test_worker"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.connect(login, A).execute("select notify.pause('LANE', 'bulk', 'mine')")
    admin(database, "select notify.pause('LANE', 'bulk', 'the newsletter is wrong')")
    admin(database, "select notify.resume('LANE', 'bulk')")
    trail = admin(
        database,
        "select action, login from notify.notification_audit where table_name = 'notification_pause' order by id",
    )
    assert [(r["action"], r["login"]) for r in trail] == [("INSERT", "test_admin"), ("DELETE", "test_admin")]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("notify.pause('CITY', 'x', 'y')", "ENTERPRISE, WORKFLOW, LANE or TARGET"),
        ("notify.pause('ENTERPRISE', 'tower', 'y')", "UUID"),
        ("notify.pause('WORKFLOW', 'nonsense', 'y')", "set_enterprise"),
        ("notify.pause('LANE', 'fast', 'y')", "there is no lane"),
        ("notify.pause('TARGET', 'defualt', 'y')", "there is no target"),
        ("notify.resume('LANE', 'bulk')", "notification_pause"),
    ],
)
def test_what_can_not_be_paused_is_refused_with_the_way_out(database: Database, call: str, words: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        admin(database, f"select {call}")
    assert words in f"{refused.value} {refused.value.diag.message_hint}"


@pytest.mark.parametrize(("facts", "seconds"), [(STOPPED, 31), (AWAY, 2), ({"status": 429, "retry_after": 40}, 41)])
def test_a_target_that_refuses_all_is_left_alone_for_a_while(
    database: Database, facts: dict[str, Any], seconds: int
) -> None:
    add_workflow(database)
    admin(
        database, "insert into notify.notification_target (enterprise_id, target) values (%s, 'tower') returning 1", C
    )
    settle_syncs(database)
    worker = hand_worker(database)
    first = insert(sender(database, A))
    worker.report(worker.take(), **({"body": None} | facts))
    second, alarm = insert(sender(database, B)), insert(sender(database, B), priority="CRITICAL")
    elsewhere = insert(sender(database, C))
    requests = worker.take()
    assert [request["target"] for request in requests] == ["tower"]
    worker.report(requests)
    assert status_of(database, elsewhere)["notification_status"] == "SENT"
    state = one(
        database.keep("test_admin"),
        "select open_until - notify.now() as left from notify.notification_target_state where target = 'default'",
    )
    assert state["left"] < timedelta(seconds=seconds)
    requests = worker.take("critical")
    assert str(alarm) in requests[0]["request_id"]
    worker.report(requests)  # Novu took it, which closes the breaker
    assert went(database) == {second}
    database.shift_clock(timedelta(minutes=2))
    assert went(database) == {first}


def test_what_is_to_be_held_back_and_is_locked_at_that_moment_is_not_lost(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    made = insert(sender(database, A))
    admin(database, "select notify.pause('ENTERPRISE', %s, 'a test of the siren')", str(A))
    worker, holder = hand_worker(database), platform(database, A)
    with holder.transaction(force_rollback=True):
        holder.execute("select notify.retract(%s, 'thinking about it')", [made])
        assert worker.claim("critical") == 0
    time.sleep(1.1)  # a hint at what was locked is seen a second later, by the queue's own clock
    assert worker.claim("critical") == 0
    admin(database, "select notify.resume('ENTERPRISE', %s)", str(A))
    worker.tick()
    time.sleep(1.1)
    assert worker.claim("critical") == 1


def test_an_open_breaker_lets_the_next_call_through_when_its_time_is_over(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    insert(sender(database, A))
    worker.report(worker.take(), 401, body=None)
    waiting = insert(sender(database, B))
    assert went(database) == set()
    state = admin(
        database, "select target, last_verdict, open_until > notify.now() as o from notify.notification_target_state"
    )
    assert state == [{"target": "default", "last_verdict": "STOP", "o": True}]
    database.shift_clock(timedelta(seconds=31))
    assert waiting in went(database)
    state = admin(database, "select failure_count, open_until from notify.notification_target_state")
    assert state == [{"failure_count": 0, "open_until": None}]


def test_an_answer_is_the_called_targets_wherever_its_enterprise_has_moved_since(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    insert(sender(database, A))
    requests = worker.take()
    database.keep("test_admin").execute(
        "insert into notify.notification_target (enterprise_id, target) values (%s, 'tower')", [A]
    )
    worker.report(requests, 401, body=None)
    assert admin(database, "select target, last_verdict from notify.notification_target_state") == [
        {"target": "default", "last_verdict": "STOP"}
    ]


def test_single_failures_open_no_breaker_and_five_reports_in_a_row_do(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    for count in range(1, 6):
        insert(sender(database, A))
        requests = worker.take()
        assert len(requests) == 1
        worker.report(requests, 500, body=None)
        state = one(database.keep(), "select failure_count, open_until from notify.notification_target_state")
        assert (state["failure_count"], state["open_until"] is not None) == (count, count >= 5)


def test_a_report_that_has_to_be_repeated_counts_once(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database, A))
    worker = hand_worker(database)
    requests = worker.take()
    holder = platform(database, A)
    with holder.transaction(force_rollback=True):
        holder.execute("select notify.retract(%s, 'thinking about it')", [made])
        for _ in range(3):
            assert list(worker.report(requests, 500, body=None).values()) == ["BUSY"]
    assert rows(database.keep(), "select 1 as one from notify.notification_target_state") == []
    worker.report(requests, 500, body=None)
    assert one(database.keep(), "select failure_count from notify.notification_target_state")["failure_count"] == 1


def test_a_worker_is_told_its_orders_at_each_beat_though_little_is_written(database: Database) -> None:
    beat = """select worker_v1.beat('host:1', '{"idle": ["normal"]}') as orders"""
    worker = database.connect("test_worker")
    assert one(worker, beat)["orders"] == {"drain": False, "paused_lanes": []}
    beaten = admin(database, "select beaten_at from notify.notification_worker")
    assert one(worker, beat)["orders"] == {"drain": False, "paused_lanes": []}
    assert admin(database, "select beaten_at from notify.notification_worker") == beaten
    admin(database, "update notify.notification_worker set is_draining = true, paused_lanes = '{bulk}' returning 1")
    assert one(worker, beat)["orders"] == {"drain": True, "paused_lanes": ["bulk"]}
    database.shift_clock(timedelta(seconds=5))
    one(worker, beat)
    assert admin(database, "select beaten_at from notify.notification_worker") != beaten
