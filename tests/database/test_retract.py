"""Taking a notification back."""

from uuid import uuid4

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, insert, one, platform, status_of

RETRACT = "select notify.retract(%s, 'false alarm')"


def test_what_was_retracted_before_it_was_claimed_never_goes_out(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    for priority in ("CRITICAL", "NORMAL"):
        made = insert(connection, priority=priority)
        connection.execute(RETRACT, [made])
        seen = status_of(database, made)
        assert (seen["notification_status"], seen["reason"]) == ("RETRACTED", "false alarm")
    assert hand_worker(database).deliver_all() == 0


def test_what_was_retracted_between_claim_and_render_is_not_rendered(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    worker = hand_worker(database)
    worker.claim()
    connection.execute(RETRACT, [made])
    assert worker.render() == []
    assert status_of(database, made)["open_count"] == 0
    assert one(database.connect(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_a_report_after_a_retraction_updates_the_delivery_and_not_the_status(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    sent, waiting = insert(connection), insert(connection)
    worker = hand_worker(database)
    requests = {r["request_id"].split("/")[1]: r for r in worker.take()}
    for made in (sent, waiting):
        connection.execute(RETRACT, [made])
    assert list(worker.report([requests[str(sent)]]).values()) == ["SENT"]
    assert list(worker.report([requests[str(waiting)]], 503).values()) == ["RETRACTED"]
    seen = status_of(database, sent)
    assert (seen["notification_status"], seen["sent_count"]) == ("RETRACTED", 1)
    assert status_of(database, waiting)["open_count"] == 0


def test_what_was_sent_can_not_be_taken_back_and_the_error_says_so(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    hand_worker(database).deliver_all()
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(RETRACT, [made])
    assert refused.value.sqlstate == "XN203"
    assert status_of(database, made)["notification_status"] == "SENT"


def test_retracting_twice_is_retracting_once(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    connection.execute(RETRACT, [made])
    connection.execute(RETRACT, [made])
    assert one(database.connect(), "select count(*) as n from notify.notification_history")["n"] == 1


def test_another_enterprises_notification_looks_like_one_that_does_not_exist(database: Database) -> None:
    add_workflow(database)
    made = insert(platform(database, A))
    messages = []
    for wanted in (made, uuid4()):
        with pytest.raises(psycopg.Error) as refused:
            platform(database, B).execute(RETRACT, [wanted])
        assert refused.value.sqlstate == "XN202"
        messages.append(str(refused.value).replace(str(wanted), "<id>"))
    assert messages[0] == messages[1]
    assert status_of(database, made)["notification_status"] == "PENDING"


def test_a_claim_looks_past_what_was_retracted(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    for _ in range(5):
        connection.execute(RETRACT, [insert(connection)])
    insert(connection)
    assert hand_worker(database).claim("critical") == 1
