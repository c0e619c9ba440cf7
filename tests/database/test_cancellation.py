"""What Novu took, or may have taken, of a retracted notification is cancelled there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, C, Database
from tests.database.test_targets import give_target
from tests.support import HandWorker, Row, add_workflow, hand_worker, insert, one, platform, rows, sender

RETRACT = "select notify.retract(%s, 'false alarm')"
NO_ANSWER: dict[str, Any] = {"status": None, "error": {"kind": "no_answer", "message": "no answer within 10 s"}}


@pytest.fixture(autouse=True)
def workflow(database: Database) -> None:
    add_workflow(database)


@pytest.fixture
def worker(database: Database) -> HandWorker:
    return hand_worker(database)


def sent(database: Database, worker: HandWorker, enterprise: UUID = A, **columns: Any) -> UUID:
    made = insert(sender(database, enterprise), **columns)
    worker.deliver_all()
    return made


def retract(database: Database, *made: UUID, enterprise: UUID = A) -> None:
    for notification in made:
        sender(database, enterprise).execute(RETRACT, [notification])


def asked(worker: HandWorker, lane: str = "normal") -> list[Row]:
    return [request for request in worker.take(lane) if request["kind"] == "cancellation"]


def cancellations(database: Database) -> list[Row]:
    return rows(
        database.keep("test_admin"),
        "select *, due_at - notify.now() as wait from"
        " (select notification_id, transaction_id::text, number, lane, target, cancellation_status, due_at, attempt,"
        " failure_count, http_status, error_details, finished_at from notify.notification_cancellation) as c"
        " order by number, transaction_id",
    )


def deliveries(database: Database) -> list[Row]:
    query = "select transaction_id::text, delivery_status from notify.notification_delivery order by number"
    return rows(database.keep("test_admin"), query)


def outcome(database: Database) -> str:
    (found,) = cancellations(database)
    return str(found["cancellation_status"])


# --- what is cancelled


@pytest.mark.parametrize("priority", ["CRITICAL", "NORMAL", "LOW"])
def test_what_was_sent_is_cancelled_on_its_own_lane_by_its_transaction_id(
    database: Database, worker: HandWorker, priority: str
) -> None:
    retract(database, sent(database, worker, priority=priority))
    (delivery,) = deliveries(database)
    requests = {lane: asked(worker, lane) for lane in ("critical", "normal", "bulk")}
    lane = {"CRITICAL": "critical", "NORMAL": "normal", "LOW": "bulk"}[priority]
    (request,) = requests.pop(lane)
    assert list(requests.values()) == [[], []]
    assert (request["method"], request["path"]) == ("DELETE", f"/v1/events/trigger/{delivery['transaction_id']}")
    assert (request["body"], request["batch"], request["target"]) == (None, None, "default")
    assert 30 < request["deadline"] <= 40
    assert asked(worker, lane) == []


def test_each_delivery_of_it_is_cancelled_once_and_what_failed_is_not(database: Database, worker: HandWorker) -> None:
    made = insert(sender(database), recipients=[uuid4() for _ in range(250)])
    first, second, third = worker.take()
    worker.report([first, second])
    worker.report([third], 400, body={"message": "no"})
    retract(database, made, made)
    assert sorted(r["path"].rsplit("/", 1)[1] for r in asked(worker)) == sorted(
        d["transaction_id"] for d in deliveries(database) if d["delivery_status"] == "SENT"
    )
    assert len(cancellations(database)) == 2


def test_what_a_worker_has_in_hand_is_cancelled_when_it_is_reported_as_sent(
    database: Database, worker: HandWorker
) -> None:
    made = insert(sender(database))
    (request,) = worker.take()
    retract(database, made)
    assert cancellations(database) == []
    other = hand_worker(database, "other")
    assert other.claim() == 0
    assert worker.report([request]) == {request["request_id"]: "SENT"}
    assert len(asked(other)) == 1


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        (NO_ANSWER, 1),
        ({"status": 500}, 1),
        ({"status": 503}, 0),
        ({"status": 400, "body": {"message": "no"}}, 0),
        ({"status": None, "error": {"kind": "not_sent", "message": "draining"}}, 0),
        ({"status": None, "error": {"kind": "connect", "message": "refused"}}, 0),
    ],
)
def test_what_is_in_hand_and_may_have_been_taken_is_cancelled_and_what_was_not_is_not(
    database: Database, worker: HandWorker, facts: dict[str, Any], count: int
) -> None:
    made = insert(sender(database))
    (request,) = worker.take()
    retract(database, made)
    worker.report([request], **facts)
    found = cancellations(database)
    assert len(found) == count
    assert all(c["wait"] > timedelta(seconds=9) for c in found)  # the request may be under way still


def test_an_answer_that_never_came_is_remembered_while_it_waits_and_after_other_failures(
    database: Database, worker: HandWorker
) -> None:
    made = insert(sender(database))
    for facts in (NO_ANSWER, {"status": 503}):
        worker.report(worker.take(), **facts)
        database.shift_clock(timedelta(minutes=10))
    retract(database, made)
    assert [d["delivery_status"] for d in deliveries(database)] == ["RETRACTED"]
    assert asked(worker) == []
    database.shift_clock(timedelta(seconds=11))
    (request,) = asked(worker)
    assert request["path"].endswith(deliveries(database)[0]["transaction_id"])


def test_an_answer_that_never_came_is_remembered_when_it_is_claimed_again_and_not_rendered(
    database: Database, worker: HandWorker
) -> None:
    made = insert(sender(database))
    worker.report(worker.take(), **NO_ANSWER)
    database.shift_clock(timedelta(minutes=10))
    worker.claim()
    retract(database, made)
    assert cancellations(database) == []
    assert worker.render() == []
    assert outcome(database) == "OPEN"


def test_what_was_handed_over_and_never_reported_is_cancelled_when_its_lease_is_over(
    database: Database, worker: HandWorker
) -> None:
    made = insert(sender(database))
    worker.take()
    retract(database, made)
    database.shift_clock(timedelta(seconds=62))
    hand_worker(database, "other").tick()
    assert [d["delivery_status"] for d in deliveries(database)] == ["RETRACTED"]
    (found,) = cancellations(database)
    assert found["wait"] > timedelta(seconds=9)


def test_what_was_rescued_from_a_worker_and_waits_is_cancelled(database: Database, worker: HandWorker) -> None:
    made = insert(sender(database))
    worker.take()
    database.shift_clock(timedelta(seconds=62))
    worker.tick()
    retract(database, made)
    assert outcome(database) == "OPEN"


def test_a_claim_that_was_never_rendered_reached_nobody(database: Database, worker: HandWorker) -> None:
    made = insert(sender(database))
    worker.claim()
    retract(database, made)
    database.shift_clock(timedelta(seconds=62))
    worker.tick()
    assert [d["delivery_status"] for d in deliveries(database)] == ["RETRACTED"]
    assert cancellations(database) == []


def test_a_replay_does_not_make_it_forget_the_id_under_which_novu_may_have_it(
    database: Database, worker: HandWorker
) -> None:
    made = insert(sender(database))
    for _ in range(12):
        worker.report(worker.take(), **NO_ANSWER)
        database.shift_clock(timedelta(minutes=10))
    (before,) = deliveries(database)
    assert before["delivery_status"] == "FAILED"
    sender(database).execute("select * from notify.replay(%s)", [made])
    worker.deliver_all()
    (after,) = deliveries(database)
    retract(database, made)
    assert {c["transaction_id"] for c in cancellations(database)} == {
        before["transaction_id"],
        after["transaction_id"],
    }
    assert before["transaction_id"] != after["transaction_id"]


def test_it_is_cancelled_where_it_went_not_where_the_enterprise_goes_now(
    database: Database, worker: HandWorker
) -> None:
    before = sent(database, worker)
    give_target(database, A, "tower")
    after = sent(database, worker)
    database.keep("test_admin").execute("update notify.notification_target set target = 'attic'")
    retract(database, before, after)
    assert {c["notification_id"]: c["target"] for c in cancellations(database)} == {before: "default", after: "tower"}
    assert {r["target"] for r in asked(worker)} == {"default", "tower"}


# --- what Novu answers


@pytest.mark.parametrize(
    ("status", "body", "status_after"),
    [
        (200, {"data": True}, "STOPPED"),
        (200, {"data": False}, "NOTHING_TO_STOP"),
        (404, {"message": "not found"}, "NOTHING_TO_STOP"),
    ],
)
def test_a_definite_answer_ends_it(
    database: Database, worker: HandWorker, status: int, body: Row, status_after: str
) -> None:
    retract(database, sent(database, worker))
    (request,) = asked(worker)
    assert worker.report([request], status, body=body) == {request["request_id"]: "DONE"}
    (found,) = cancellations(database)
    assert (found["cancellation_status"], found["http_status"]) == (status_after, status)
    assert (found["due_at"], found["error_details"]) == (None, None)
    assert found["finished_at"] is not None
    database.shift_clock(timedelta(days=2))
    assert asked(worker) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"status": 401, "body": {"message": "Unauthorized"}},
        {"status": 503},
        {"status": 500},
        {"status": 200, "body": "<html>welcome</html>"},
        {"status": 204},
        NO_ANSWER,
        {"status": None, "error": {"kind": "connect", "message": "refused"}},
    ],
)
def test_anything_else_is_asked_again_until_a_day_has_passed(
    database: Database, worker: HandWorker, facts: dict[str, Any]
) -> None:
    retract(database, sent(database, worker))
    (request,) = asked(worker)
    assert worker.report([request], **facts) == {request["request_id"]: "RETRY"}
    (found,) = cancellations(database)
    assert found["wait"] > timedelta(0)
    assert found["error_details"]["message"]
    assert asked(worker) == []
    database.shift_clock(timedelta(minutes=10))
    (again,) = asked(worker)
    assert (again["path"], again["attempt"]) == (request["path"], 2)
    worker.report([again], **facts)
    database.shift_clock(timedelta(days=1))
    assert asked(worker) == []
    (found,) = cancellations(database)
    assert (found["cancellation_status"], found["due_at"]) == ("GIVEN_UP", None)
    assert found["error_details"]["message"]


def test_what_a_draining_worker_hands_back_is_asked_at_once_by_another(database: Database, worker: HandWorker) -> None:
    retract(database, sent(database, worker))
    worker.report(asked(worker), None, error={"kind": "not_sent", "message": "the worker is draining"})
    (again,) = asked(hand_worker(database, "other"))
    assert again["attempt"] == 2
    assert cancellations(database)[0]["failure_count"] == 0


def test_a_lease_that_ran_out_goes_to_another_and_the_late_report_changes_nothing(
    database: Database, worker: HandWorker
) -> None:
    retract(database, sent(database, worker))
    late = asked(worker)
    database.shift_clock(timedelta(seconds=62))
    other = hand_worker(database, "other")
    now = asked(other)
    assert worker.report(late, 200, body={"data": True}) == {late[0]["request_id"]: "STALE"}
    assert other.report(now, 200, body={"data": False}) == {now[0]["request_id"]: "DONE"}
    assert outcome(database) == "NOTHING_TO_STOP"


def test_a_lease_is_extended_for_whom_it_belongs_to(database: Database, worker: HandWorker) -> None:
    retract(database, sent(database, worker))
    requests = asked(worker)
    for name, expected in (("other", False), (worker.name, True)):
        query = "select extended from worker_v1.extend(%s, jsonb_build_array(%s::jsonb), '60 seconds')"
        wanted = '{{"request_id": "{request_id}", "attempt": {attempt}}}'.format(**requests[0])
        assert one(worker.connection, query, name, wanted)["extended"] is expected
        database.shift_clock(timedelta(seconds=40))
    assert hand_worker(database, "third").claim() == 0


# --- when Novu is asked


def test_what_is_paused_is_cancelled_nonetheless_but_a_paused_target_is_left_alone(
    database: Database, worker: HandWorker
) -> None:
    made = [sent(database, worker, enterprise) for enterprise in (A, B, C)]
    give_target(database, C, "tower")
    late = sent(database, worker, C)
    admin = database.connect("test_admin")
    for kind, name in (("ENTERPRISE", str(A)), ("LANE", "normal"), ("TARGET", "tower")):
        admin.execute("select notify.pause(%s, %s, 'a test')", [kind, name])
    for notification, enterprise in zip([*made, late], (A, B, C, C), strict=True):
        retract(database, notification, enterprise=enterprise)
    insert(sender(database, B))
    requests = worker.take()
    assert [(r["kind"], r["target"]) for r in requests] == [("cancellation", "default")] * 3
    admin.execute("select notify.resume('TARGET', 'tower')")
    database.shift_clock(timedelta(seconds=11))
    assert [(r["kind"], r["target"]) for r in worker.take()] == [("cancellation", "tower")]


def test_an_open_breaker_holds_it_back_but_on_the_critical_lane(database: Database, worker: HandWorker) -> None:
    quiet, alarm = sent(database, worker), sent(database, worker, priority="CRITICAL")
    insert(sender(database))
    worker.report(worker.take(), 401, body=None)
    retract(database, quiet, alarm)
    assert asked(worker) == []
    assert len(asked(worker, "critical")) == 1
    database.shift_clock(timedelta(seconds=31))
    assert len(asked(worker)) == 1


def test_each_costs_a_token_of_its_target(database: Database, worker: HandWorker) -> None:
    made = [sent(database, worker) for _ in range(5)]
    database.keep("test_admin").execute(
        "insert into notify.notification_target_limit (target, tokens_per_second, burst, critical_share)"
        " values ('default', 1, 2, 0)"
    )
    retract(database, *made)
    assert len(asked(worker)) == 2
    assert asked(worker) == []
    database.shift_clock(timedelta(seconds=10))
    with database.cluster.admin(database.name) as connection:
        connection.execute(
            "update notify.notification_target_state set refilled_at = refilled_at - interval '1 minute'"
        )
    assert len(asked(worker)) == 2
    left = rows(database.keep(), "select tokens from notify.notification_target_state")
    assert left[0]["tokens"] < 1


def test_a_claim_takes_few_of_them_beside_its_deliveries(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    connection.execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload, priority)"
        " select 'greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}', 'CRITICAL' from generate_series(1, 50)"
    )
    worker.deliver_all()
    connection.execute("select notify.retract(id, 'a storm that was none') from notify.ent_notification")
    alarm = insert(connection, priority="CRITICAL")
    requests = worker.take("critical")
    assert [r["kind"] for r in requests].count("cancellation") == 20
    assert str(alarm) in requests[0]["request_id"]
    assert [len(asked(worker, "critical")) for _ in range(3)] == [20, 10, 0]


def test_no_enterprise_waits_until_anothers_are_done(database: Database, worker: HandWorker) -> None:
    sender(database, A).execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload)"
        " select 'greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}' from generate_series(1, 60)"
    )
    single = sent(database, worker, B)
    sender(database, A).execute("select notify.retract(id, 'x') from notify.ent_notification")
    retract(database, single, enterprise=B)
    assert str(single) in "".join(request["request_id"] for request in asked(worker))


def test_idle_workers_are_woken_for_it(database: Database, worker: HandWorker) -> None:
    made = sent(database, worker)
    listener = database.connect("test_worker")
    listener.execute("listen xnovu_work")
    worker.connection.execute("""select worker_v1.beat('idle', '{"idle": ["normal"]}')""")
    retract(database, made)
    assert len(list(listener.notifies(timeout=2, stop_after=1))) == 1


def test_the_view_tells_what_became_of_it(database: Database, worker: HandWorker) -> None:
    made = insert(sender(database), recipients=[uuid4() for _ in range(350)])
    worker.report(worker.take())
    retract(database, made)
    first, second, third, _fourth = asked(worker)
    worker.report([first], 200, body={"data": True})
    worker.report([second], 200, body={"data": False})
    worker.report([third], 503)
    counts = "sent_count, cancellation_count, stopped_count, nothing_to_stop_count, given_up_count, waiting_count"
    for login in ("test_platform", "test_admin", "test_analyst_all"):
        connection = database.connect(login, A)
        seen = one(
            connection,
            f"select notification_id, {counts}, last_error, correction_ids from notify.notification_retractions",
        )
        assert seen == {
            "notification_id": made,
            "sent_count": 4,
            "cancellation_count": 4,
            "stopped_count": 1,
            "nothing_to_stop_count": 1,
            "given_up_count": 0,
            "waiting_count": 2,
            "last_error": "Novu answered 503",
            "correction_ids": None,
        }
    assert rows(sender(database, B), "select * from notify.notification_retractions") == []


def test_a_slot_with_a_cancellation_waits_for_the_lane_without_its_workers_row(database: Database) -> None:
    """The other slot of that worker, which has the lane, is about to say that it is idle no more."""
    worker = hand_worker(database)
    made = sent(database, worker)
    one(
        worker.connection,
        "select worker_v1.beat(%s, %s) as orders",
        "hand",
        Jsonb({"version": "1", "idle": ["critical", "normal", "bulk"]}),
    )
    retract(database, made)
    holder = database.connect()
    with ThreadPoolExecutor(1) as pool, holder.transaction():
        holder.execute("select from notify.notification_lane where lane = 'normal' for update")
        claimed = pool.submit(worker.claim)
        waiting = "select count(*) as n from pg_locks where not granted"
        while one(database.keep(), waiting)["n"] == 0:
            assert not claimed.done()
        holder.execute("select from notify.notification_worker where worker = 'hand' for update nowait")
    assert claimed.result() == 1
