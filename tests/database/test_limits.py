"""The limits that an admin sets: how often and how soon again, and how many calls a target takes."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.support import HandWorker, add_workflow, hand_worker, insert, one, platform, sender, settle_syncs, status_of

LIMIT = "insert into notify.notification_target_limit (target, tokens_per_second, burst, critical_share) values"


def admin(database: Database, query: str, *parameters: Any) -> None:
    database.keep("test_admin").execute(query.encode(), parameters)


def attempts_until_failed(database: Database, enterprise: Any, status: int = 503, **columns: Any) -> int:
    made = insert(sender(database, enterprise), **columns)
    worker = hand_worker(database)
    for count in range(1, 60):
        requests = worker.take(one(database.keep(), "select lane from notify.notification_delivery")["lane"])
        worker.report(requests, status, body="down")
        if status_of(database, made)["notification_status"] == "FAILED":
            return count
        database.shift_clock(timedelta(hours=1))
    return 0


@pytest.mark.parametrize(("priority", "count"), [("CRITICAL", 40), ("NORMAL", 12), ("LOW", 12)])
def test_how_often_it_is_tried_is_the_lanes(database: Database, priority: str, count: int) -> None:
    add_workflow(database)
    assert attempts_until_failed(database, A, priority=priority) == count


def test_an_enterprises_own_policy_comes_before_everybodys(database: Database) -> None:
    add_workflow(database)
    admin(
        database,
        "insert into notify.notification_retry_policy"
        " (enterprise_id, lane, failure_limit, first_delay, longest_delay) values (%s, 'normal', 2, '1 s', '1 s')",
        A,
    )
    assert attempts_until_failed(database, A) == 2
    database.keep().execute("truncate notify.notification_delivery, notify.ent_notification cascade")
    assert attempts_until_failed(database, B) == 12


def test_the_delays_double_from_the_first_to_the_longest(database: Database) -> None:
    add_workflow(database)
    admin(
        database,
        "update notify.notification_retry_policy set first_delay = '10 s', longest_delay = '50 s', jitter = 0"
        " where lane = 'normal'",
    )
    insert(sender(database))
    worker = hand_worker(database)
    delays = []
    for _ in range(5):
        worker.report(worker.take(), 503, body="down")
        left = one(database.keep(), "select due_at - notify.now() as left from notify.notification_delivery")["left"]
        delays.append(round(left.total_seconds()))
        database.shift_clock(timedelta(minutes=5))
    assert delays == [10, 20, 40, 50, 50]


def test_what_novu_asks_for_is_waited_for(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database)
    worker.report(worker.take(), 429, body=None, retry_after=120)
    left = one(database.keep(), "select due_at - notify.now() as left from notify.notification_delivery")["left"]
    assert timedelta(seconds=118) < left <= timedelta(seconds=121)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("failure_limit = 0", "from 1 to 1,000 times"),
        ("first_delay = '1 ms'", "first delay"),
        ("longest_delay = '0.5 s'", "longest delay"),
        ("jitter = 2", "jitter"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(database: Database, change: str, words: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match=words):
        admin(database, f"update notify.notification_retry_policy set {change}")


def test_fewer_events_than_a_bulk_costs_go_one_by_one_and_more_in_a_bulk(database: Database) -> None:
    add_workflow(database)
    admin(database, f"{LIMIT} ('default', 1000, 1000, 0)")
    connection = platform(database)
    for _ in range(99):
        insert(connection)
    worker = hand_worker(database)
    requests = worker.take()
    assert {request["batch"] for request in requests} == {None}
    assert {request["path"] for request in requests} == {"/v1/events/trigger"}
    worker.report(requests)
    for _ in range(100):
        insert(connection)
    requests = worker.take()
    assert len(requests) == 100
    assert len({request["batch"] for request in requests} - {None}) == 1


def test_what_the_tokens_do_not_reach_for_waits_and_goes_when_there_are_more(database: Database) -> None:
    add_workflow(database)
    admin(database, f"{LIMIT} ('default', 1, 30, 0)")
    connection = platform(database)
    made = [insert(connection) for _ in range(50)]
    worker = hand_worker(database)
    requests = worker.take()
    assert len(requests) == 30
    worker.report(requests)
    assert worker.take() == []
    waiting = [m for m in made if status_of(database, m)["next_attempt_at"] is not None]
    assert len(waiting) == 20
    database.keep().execute("update notify.notification_target_state set refilled_at = refilled_at - interval '1 hour'")
    database.shift_clock(timedelta(seconds=60))
    requests = worker.take()
    assert len(requests) == 20
    worker.report(requests)
    assert {status_of(database, m)["notification_status"] for m in made} == {"SENT"}
    assert {status_of(database, m)["reason"] for m in made} == {None}


@pytest.mark.parametrize(
    "change",
    [
        "update notify.notification_target_limit set tokens_per_second = 1000",
        "delete from notify.notification_target_limit",
    ],
)
def test_what_waits_for_tokens_goes_as_soon_as_the_limit_is_changed(database: Database, change: str) -> None:
    add_workflow(database)
    connection = platform(database)
    alarm = {"priority": "CRITICAL"}
    refused, later = insert(connection, **alarm), insert(connection, scheduled_for="2200-01-01", **alarm)
    worker = hand_worker(database)
    worker.report(worker.take("critical"), 503, body="down", retry_after=600)
    admin(database, f"{LIMIT} ('default', 1, 30, 0)")
    made = insert(connection, recipients=[uuid4() for _ in range(5000)], **alarm)
    worker.report(worker.take("critical"))
    database.keep().execute("update notify.notification_target_state set refilled_at = refilled_at - interval '1 hour'")
    assert worker.take("critical") == []
    admin(database, change)
    assert len(worker.take("critical")) == 20
    waiting = [m for m in (refused, later, made) if status_of(database, m)["next_attempt_at"] is not None]
    assert waiting == [refused, later]


def test_a_part_of_the_tokens_is_the_critical_lanes_alone(database: Database) -> None:
    add_workflow(database)
    admin(database, f"{LIMIT} ('default', 1, 20, 0.5)")
    connection = platform(database)
    for _ in range(30):
        insert(connection)
        insert(connection, priority="CRITICAL")
    worker = hand_worker(database)
    assert len(worker.take("normal")) == 10
    assert len(worker.take("critical", most=30)) == 10


def test_a_limit_is_its_targets_and_no_others(database: Database) -> None:
    add_workflow(database)
    admin(database, "insert into notify.notification_target (enterprise_id, target) values (%s, 'tower')", A)
    settle_syncs(database)
    admin(database, f"{LIMIT} ('default', 1, 1, 0)")
    for _ in range(5):
        insert(sender(database, A))
        insert(sender(database, B))
    worker = hand_worker(database)
    requests = worker.take()
    assert sorted(request["target"] for request in requests) == ["default"] + ["tower"] * 5


ENTERPRISE_LIMIT = (
    "insert into notify.notification_enterprise_limit (enterprise_id, recipients_per_minute, burst) values (%s, %s, %s)"
)


def recipients(requests: list[dict[str, Any]], enterprise: UUID) -> int:
    """To how many recipients of an enterprise these requests go."""
    return sum(body.count(f'"{enterprise}:') for body in (request["body"] for request in requests))


def take_all(worker: HandWorker, lane: str = "normal") -> list[dict[str, Any]]:
    """What can be had now, all of it."""
    taken: list[dict[str, Any]] = []
    while requests := worker.take(lane):
        taken += requests
        worker.report(requests)
    return taken


def test_an_enterprise_sends_no_more_than_its_limit_and_nobody_else_waits_for_it(database: Database) -> None:
    add_workflow(database)
    admin(database, ENTERPRISE_LIMIT, A, 60, 5)
    for _ in range(20):
        insert(sender(database, A))
        insert(sender(database, B))
    worker = hand_worker(database)
    taken = take_all(worker)
    assert (recipients(taken, A), recipients(taken, B)) == (5, 20)
    database.shift_clock(timedelta(seconds=3))
    more = recipients(take_all(worker), A)
    assert more in (3, 4)  # the last may cost more than is left
    database.shift_clock(timedelta(hours=1))
    assert recipients(take_all(worker), A) == 5
    admin(database, "update notify.notification_enterprise_limit set recipients_per_minute = 6000, burst = 100")
    database.shift_clock(timedelta(seconds=1))
    assert recipients(take_all(worker), A) == 10 - more


def test_lanes_share_an_enterprises_limit_but_for_the_critical_one(database: Database) -> None:
    add_workflow(database)
    admin(database, ENTERPRISE_LIMIT, A, 1, 4)
    for priority in ("NORMAL", "LOW", "CRITICAL"):
        for _ in range(10):
            insert(sender(database, A), priority=priority)
    worker = hand_worker(database)
    assert len(take_all(worker, "normal")) + len(take_all(worker, "bulk")) == 4
    assert len(take_all(worker, "critical")) == 10


def test_a_delivery_larger_than_the_burst_goes_out_and_is_paid_for_later(database: Database) -> None:
    add_workflow(database)
    admin(database, ENTERPRISE_LIMIT, A, 60, 10)
    insert(sender(database, A), recipients=[uuid4() for _ in range(70)])
    insert(sender(database, A))
    worker = hand_worker(database)
    assert recipients(take_all(worker), A) == 70
    database.shift_clock(timedelta(seconds=60))
    assert take_all(worker) == []
    database.shift_clock(timedelta(seconds=2))
    assert recipients(take_all(worker), A) == 1


def test_what_a_claim_hands_back_is_not_paid_for(database: Database) -> None:
    add_workflow(database)
    admin(database, ENTERPRISE_LIMIT, A, 1, 50)
    made = [insert(sender(database, A)) for _ in range(3)]
    holder = database.connect(autocommit=False)
    holder.execute("select from notify.ent_notification where id = %s for update", [made[0]])
    assert recipients(hand_worker(database).take(), A) == 2
    holder.rollback()
    left = one(database.keep(), "select allowance from notify.notification_enterprise_state")["allowance"]
    assert left == 48


def test_the_tokens_go_round_among_enterprises_and_what_finds_none_is_not_claimed(database: Database) -> None:
    add_workflow(database)
    admin(database, f"{LIMIT} ('default', 1, 10, 0)")
    many, few = platform(database, A), platform(database, B)
    for _ in range(300):
        insert(many)
    made = [insert(few) for _ in range(5)]
    taken = take_all(hand_worker(database))
    assert (recipients(taken, A), recipients(taken, B)) == (5, 5)
    assert {status_of(database, m)["notification_status"] for m in made} == {"SENT"}
    waiting = "select max(attempt) as most from notify.notification_delivery where delivery_status = 'OPEN'"
    assert one(database.keep(), waiting)["most"] == 0


def test_the_smallest_burst_leaves_a_token_for_every_lane(database: Database) -> None:
    add_workflow(database)
    admin(database, f"{LIMIT} ('default', 1, 1, 0.2)")
    insert(sender(database))
    assert len(hand_worker(database).take()) == 1
