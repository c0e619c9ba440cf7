"""What Novu's answers make of a delivery and its notification."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.cluster import Database
from tests.support import ACCEPTED, add_workflow, hand_worker, insert, one, platform, sender, status_of

REFUSED_EVENT = {"acknowledged": True, "status": "error", "error": ["subscriber_invalid"], "transactionId": "t"}
INVALID = {"message": "Validation Error", "errors": {"general": {"messages": ["to must be valid"]}}}
BREAKS_SCHEMA = {
    "type": "PAYLOAD_VALIDATION_ERROR",
    "errors": [{"field": "name", "message": "is required", "value": "secret"}],
}

ANSWERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("processed", {"status": 201, "body": {"data": ACCEPTED}}, "SENT", ""),
    (
        "not active",
        {"status": 201, "body": {"data": ACCEPTED | {"status": "trigger_not_active"}}},
        "RETRY",  # until it is in step: see test_sync
        "trigger_not_active",
    ),
    (
        "no tenant",
        {"status": 201, "body": {"data": ACCEPTED | {"status": "no_tenant_found"}}},
        "FAILED",
        "no_tenant_found",
    ),
    ("not acknowledged", {"status": 201, "body": {"data": ACCEPTED | {"acknowledged": False}}}, "FAILED", "processed"),
    ("unknown workflow", {"status": 422, "body": {"message": "workflow_not_found"}}, "RETRY", "workflow_not_found"),
    ("malformed field", {"status": 422, "body": INVALID}, "FAILED", "to must be valid"),
    ("breaks the schema", {"status": 400, "body": BREAKS_SCHEMA}, "FAILED", "name is required"),
    ("too large", {"status": 413, "body": "Payload Too Large"}, "FAILED", "Too Large"),
    ("wrong key", {"status": 401, "body": {"message": "Unauthorized"}}, "RETRY", "Unauthorized"),
    ("plan limit", {"status": 402, "body": None}, "RETRY", "402"),
    ("rate limit", {"status": 429, "body": None, "retry_after": 7}, "RETRY", "429"),
    ("kill switch", {"status": 503, "body": "down"}, "RETRY", "down"),
    ("server error", {"status": 500, "body": None}, "RETRY", "500"),
    (
        "no connection",
        {"status": None, "body": None, "error": {"kind": "connect", "message": "refused"}},
        "RETRY",
        "refused",
    ),
    (
        "no answer",
        {"status": None, "body": None, "error": {"kind": "no_answer", "message": "timeout"}},
        "RETRY",
        "timeout",
    ),
    ("broken JSON", {"status": 201, "body": '{"data": '}, "RETRY", "201"),
    ("empty body", {"status": 201, "body": None}, "RETRY", "201"),
]


@pytest.mark.parametrize(("facts", "outcome", "words"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_every_answer_to_a_single_event_has_its_verdict(
    database: Database, facts: dict[str, Any], outcome: str, words: str
) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    requests = worker.take()
    assert requests[0]["path"] == "/v1/events/trigger"
    assert list(worker.report(requests, **facts).values()) == [outcome]
    seen = status_of(database, made)
    assert seen["notification_status"] == {"RETRY": "PROCESSING"}.get(outcome, outcome)
    assert words in (seen["reason"] or "")
    assert "secret" not in (seen["reason"] or "")
    assert (seen["next_attempt_at"] is not None) == (outcome == "RETRY")


def test_a_sent_notification_carries_its_transaction_id(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    worker.report(worker.take())
    seen = one(database.keep(), "select transaction_id, processed_at from notify.ent_notification where id = %s", made)
    delivery = one(database.keep(), "select transaction_id from notify.notification_delivery")
    assert UUID(seen["transaction_id"]) == delivery["transaction_id"]
    assert seen["processed_at"] is not None


def test_in_a_bulk_each_event_gets_its_own_verdict(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = [insert(connection) for _ in range(3)]
    worker = hand_worker(database)
    requests = worker.take()
    assert {r["batch"] for r in requests} == {requests[0]["batch"]} != {None}
    outcomes = worker.report(requests, 201, body={"data": [ACCEPTED, REFUSED_EVENT, ACCEPTED]})
    assert [outcomes[r["request_id"]] for r in requests] == ["SENT", "FAILED", "SENT"]
    failed = status_of(database, UUID(requests[1]["request_id"].split("/")[1]))
    assert "subscriber_invalid" in failed["reason"]
    assert sorted(status_of(database, m)["notification_status"] for m in made) == ["FAILED", "SENT", "SENT"]


def test_a_bulk_that_is_refused_whole_is_split_until_the_culprit_is_alone(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    culprit, *innocent = [insert(connection) for _ in range(4)]
    worker = hand_worker(database)
    assert set(worker.report(worker.take(), 422, body=INVALID).values()) == {"RETRY"}
    for _ in range(4):
        requests = worker.take()
        assert [r["batch"] for r in requests] == [None]
        is_culprit = str(culprit) in requests[0]["request_id"]
        worker.report(requests, 422 if is_culprit else 201, body=INVALID if is_culprit else {"data": ACCEPTED})
    assert status_of(database, culprit)["notification_status"] == "FAILED"
    assert {status_of(database, m)["notification_status"] for m in innocent} == {"SENT"}


def test_a_bulk_with_the_wrong_number_of_answers_is_not_guessed_at(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    for _ in range(2):
        insert(connection)
    worker = hand_worker(database)
    assert set(worker.report(worker.take(), 201, body={"data": [ACCEPTED]}).values()) == {"RETRY"}


def test_retry_after_is_honoured(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    worker.report(worker.take(), 429, retry_after=120)
    wait = one(database.keep(), "select due_at - now() as wait from notify.notification_delivery")["wait"]
    assert timedelta(seconds=115) < wait <= timedelta(seconds=121)
    assert worker.claim() == 0
    database.shift_clock(timedelta(seconds=125))
    worker.report(worker.take())
    assert status_of(database, made)["notification_status"] == "SENT"


def test_retries_back_off_and_end_at_a_limit(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    waits = []
    for _ in range(11):
        assert list(worker.report(worker.take(), 503).values()) == ["RETRY"]
        waits.append(
            one(database.keep(), "select due_at - notify.now() as wait from notify.notification_delivery")["wait"]
        )
        database.shift_clock(timedelta(minutes=10))
    assert waits[0] <= timedelta(seconds=2) and waits[-1] > timedelta(seconds=95)
    assert list(worker.report(worker.take(), 503).values()) == ["FAILED"]
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["attempts"]) == ("FAILED", 12)


def test_no_delay_is_longer_than_the_longest_however_the_dice_fall(database: Database) -> None:
    seen = one(
        database.keep(),
        """
        select
          min(engine.retry_delay('RETRY', 30, null, r)) as shortest,
          max(engine.retry_delay('RETRY', 30, null, r)) as longest
        from notify.notification_retry_policy as r
        cross join generate_series(1, 500)
        where r.lane = 'normal'
        """,
    )
    assert timedelta(seconds=99) < seen["shortest"] < timedelta(seconds=150)
    assert timedelta(seconds=250) < seen["longest"] <= timedelta(minutes=5)


def test_a_wrong_key_never_uses_up_the_attempts(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database)
    for _ in range(20):
        assert list(worker.report(worker.take(), 401).values()) == ["RETRY"]
        database.shift_clock(timedelta(minutes=1))
    assert set(worker.report(worker.take()).values()) == {"SENT"}


def test_what_may_have_been_accepted_goes_out_again_under_the_same_transaction_id_and_not_at_once(
    database: Database,
) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database)
    first = worker.take()
    worker.report(first, None, error={"kind": "no_answer", "message": "read timeout"})
    wait = one(database.keep(), "select due_at - now() as wait from notify.notification_delivery")["wait"]
    assert wait > timedelta(seconds=9)
    database.shift_clock(timedelta(minutes=1))
    assert worker.take()[0]["body"] == first[0]["body"]


def test_a_notification_of_which_a_part_failed_is_failed_with_counts_and_only_when_all_parts_are_closed(
    database: Database,
) -> None:
    add_workflow(database)
    made = insert(sender(database), recipients=[uuid4() for _ in range(250)])
    worker = hand_worker(database)
    first, second, third = worker.take()
    worker.report([first], 400, body={"message": "bad"})
    assert status_of(database, made)["notification_status"] == "PROCESSING"
    worker.report([second])
    worker.report([third])
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["sent_count"], seen["failed_count"]) == ("FAILED", 2, 1)
    details = one(database.keep(), "select error_details as d from notify.ent_notification")["d"]
    assert (details["delivery_count"], details["sent_count"], details["failed_count"]) == (3, 2, 1)
    assert "bad" in details["message"]


def test_a_report_about_something_that_never_was_is_stale(database: Database) -> None:
    worker = hand_worker(database)
    ghost = {"request_id": f"{uuid4()}/{uuid4()}/1", "attempt": 1}
    assert list(worker.report([ghost]).values()) == ["STALE"]


def test_when_all_is_reported_no_claim_is_left(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    for _ in range(3):
        insert(connection)
    worker = hand_worker(database)
    requests = worker.take()
    worker.report(requests[:1])
    assert one(database.keep(), "select open_count from notify.notification_claim")["open_count"] == 2
    worker.report(requests[1:])
    assert one(database.keep(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_a_novu_that_is_away_never_uses_up_the_attempts(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database)
    for _ in range(20):
        requests = worker.take()
        assert list(worker.report(requests, None, error={"kind": "connect", "message": "refused"}).values()) == [
            "RETRY"
        ]
        wait = one(database.keep(), "select due_at - notify.now() as wait from notify.notification_delivery")["wait"]
        assert wait <= timedelta(minutes=1)
        database.shift_clock(timedelta(minutes=1))
    assert set(worker.report(worker.take()).values()) == {"SENT"}


def test_people_in_novus_words_are_masked(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    words = f"subscriber {uuid4()} (jane@example.org, +45 20 30 40 50) is invalid"
    worker.report(worker.take(), 400, body={"message": words})
    assert status_of(database, made)["reason"] == "Novu answered 400: subscriber <id> (<address>, <address>) is invalid"
