"""The dead letters, and trying them again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Connection, Database
from tests.support import (
    ACCEPTED,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    platform,
    publish_workflow,
    rows,
    sender,
    status_of,
)

REFUSED_EVENT = {"acknowledged": True, "status": "error", "error": ["to must be valid"], "transactionId": "t"}


def replay(connection: Connection, **options: Any) -> dict[UUID, int]:
    named = ", ".join(f"p_{name} => %s" for name in options)
    found = rows(connection, f"select * from notify.replay({named})", *options.values())
    return {row["notification_id"]: row["delivery_count"] for row in found}


def fail(database: Database, status: int = 422) -> None:
    worker = hand_worker(database)
    worker.report(worker.take(), status, body={"message": "to must be valid"})


def deliveries(database: Database, made: UUID) -> list[dict[str, Any]]:
    return rows(
        database.keep(),
        "select number, delivery_status, transaction_id from notify.notification_delivery where notification_id = %s"
        " order by number",
        made,
    )


def test_only_the_deliveries_that_failed_go_out_again_under_new_transaction_ids(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection, recipients=[uuid4() for _ in range(250)])
    worker = hand_worker(database)
    requests = worker.take()
    worker.report(requests, 201, body={"data": [ACCEPTED, REFUSED_EVENT, ACCEPTED]})
    before = deliveries(database, made)
    assert [d["delivery_status"] for d in before] == ["SENT", "FAILED", "SENT"]
    assert replay(connection, id=made) == {made: 1}
    assert status_of(database, made)["notification_status"] == "PENDING"
    again = worker.take()
    assert [request["request_id"] for request in again] == [requests[1]["request_id"]]
    worker.report(again)
    after = deliveries(database, made)
    assert [d["delivery_status"] for d in after] == ["SENT"] * 3
    same = [a["transaction_id"] == b["transaction_id"] for a, b in zip(before, after, strict=True)]
    assert same == [True, False, True]
    assert status_of(database, made)["notification_status"] == "SENT"
    history = rows(
        connection,
        "select from_status, to_status, reason from notify.notification_history where notification_id = %s"
        " order by happened_at, from_status = 'PENDING' desc",
        made,
    )
    assert [(h["from_status"], h["to_status"]) for h in history] == [
        ("PENDING", "PROCESSING"),
        ("PROCESSING", "FAILED"),
        ("FAILED", "PENDING"),
        ("PENDING", "PROCESSING"),
        ("PROCESSING", "SENT"),
    ]
    assert history[2]["reason"] == "replay of 1 delivery under new transaction ids"


def test_a_broken_template_is_mended_published_and_replayed(database: Database) -> None:
    add_workflow(database, body="Hello {{ nobody }}")
    connection = platform(database)
    made = insert(connection)
    hand_worker(database).deliver_all()
    assert status_of(database, made)["error_code"] == "variable_missing"
    add_template(database, "greeting", "Hello {{ name }}")
    publish_workflow(database, "greeting")
    assert replay(connection, error_code="variable_missing") == {made: 1}
    assert hand_worker(database).deliver_all() == 1
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["workflow_version"]) == ("SENT", 2)


@pytest.mark.parametrize("choice", ["workflow_key", "error_code", "failed_since", "failed_until"])
def test_what_is_replayed_is_chosen(database: Database, choice: str) -> None:
    add_workflow(database)
    add_workflow(database, key="farewell")
    connection = platform(database)
    first = insert(connection)
    fail(database)
    database.shift_clock(timedelta(hours=1))
    other = insert(connection, workflow_key="farewell")
    worker = hand_worker(database)
    worker.report(worker.take(), 413, body="Payload Too Large")
    moment = one(database.keep(), "select notify.now() - interval '30 minutes' as t")["t"]
    chosen = {
        "workflow_key": ({"workflow_key": "farewell"}, {other}),
        "error_code": ({"error_code": "novu_refused"}, {first, other}),
        "failed_since": ({"failed_since": moment}, {other}),
        "failed_until": ({"failed_until": moment}, {first}),
    }
    options, expected = chosen[choice]
    assert set(replay(connection, **options)) == expected


def test_another_enterprises_failures_are_out_of_reach(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database, B))
    fail(database)
    assert replay(platform(database, A), id=made) == {}
    assert replay(platform(database, A), workflow_key="greeting") == {}
    assert status_of(database, made)["notification_status"] == "FAILED"


def test_what_expired_is_replayed_with_a_new_time_only(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection, expires_at=datetime.now(UTC) + timedelta(minutes=5))
    database.shift_clock(timedelta(minutes=10))
    assert hand_worker(database).deliver_all() == 0
    assert status_of(database, made)["error_code"] == "expired"
    assert replay(connection, id=made) == {}
    until = datetime.now(UTC) + timedelta(hours=1)
    assert replay(connection, id=made, expires_at=until) == {made: 1}
    assert hand_worker(database).deliver_all() == 1
    assert status_of(database, made)["expires_at"] == until


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "of what"), ({"workflow_key": "greeting", "expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "is over")],
)
def test_a_replay_that_makes_no_sense_is_refused(database: Database, options: dict[str, Any], words: str) -> None:
    with pytest.raises(psycopg.Error, match=words) as refused:
        replay(platform(database), **options)
    assert refused.value.sqlstate == "XN204"


def test_without_an_enterprise_a_replay_says_what_is_missing(database: Database) -> None:
    with pytest.raises(psycopg.Error) as refused:
        replay(database.connect("test_admin"), error_code="novu_refused")
    assert refused.value.sqlstate == "XN001"


def test_what_is_sent_or_waits_or_was_retracted_is_not_replayed(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    sent = insert(connection)
    hand_worker(database).deliver_all()
    retracted, waiting = insert(connection), insert(connection)
    connection.execute("select notify.retract(%s, 'false alarm')", [retracted])
    assert replay(connection, workflow_key="greeting") == {}
    for made, status in ((sent, "SENT"), (retracted, "RETRACTED"), (waiting, "PENDING")):
        assert status_of(database, made)["notification_status"] == status


def test_the_dead_letters_are_counted_by_reason_with_an_example(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = [insert(connection) for _ in range(2)]
    fail(database)
    refused = insert(connection, channels=["FAX"])
    seen = {row["error_code"]: row for row in rows(connection, "select * from notify.notification_failures")}
    assert seen["channel_unknown"]["example_id"] == refused
    assert seen["channel_unknown"]["failed_delivery_count"] == 0
    worker = hand_worker(database)
    for _ in made:
        worker.report(worker.take(), 422, body={"message": "to must be valid"})
    seen = {row["error_code"]: row for row in rows(connection, "select * from notify.notification_failures")}
    assert (seen["novu_refused"]["notification_count"], seen["novu_refused"]["failed_delivery_count"]) == (2, 2)
    assert "to must be valid" in seen["novu_refused"]["example_message"]
    assert rows(sender(database, B), "select * from notify.notification_failures") == []
