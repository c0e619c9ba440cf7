"""Taking a notification back: what waits stops, whatever its status."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import IsolationLevel
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, insert, one, platform, rows, sender, status_of

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
    assert rows(connection, "select notification_id from notify.notification_cancellation") == []


def test_what_was_retracted_between_claim_and_render_is_not_rendered(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    worker = hand_worker(database)
    worker.claim()
    connection.execute(RETRACT, [made])
    assert worker.render() == []
    assert status_of(database, made)["open_count"] == 0
    assert one(database.keep(), "select count(*) as n from notify.notification_claim")["n"] == 0


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


def test_what_was_sent_or_failed_is_retracted_and_the_history_says_from_what(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    sent, failed = insert(connection), insert(connection, channels=["SMS"])
    hand_worker(database).deliver_all()
    for made, before in ((sent, "SENT"), (failed, "FAILED")):
        connection.execute(RETRACT, [made])
        seen = one(
            connection,
            "select from_status, actor, reason from notify.notification_history"
            " where notification_id = %s and to_status = 'RETRACTED'",
            made,
        )
        assert seen == {"from_status": before, "actor": "test_platform", "reason": "false alarm"}
        assert status_of(database, made)["notification_status"] == "RETRACTED"


def test_retracting_twice_is_retracting_once(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    connection.execute(RETRACT, [made])
    connection.execute(RETRACT, [made])
    assert one(database.keep(), "select count(*) as n from notify.notification_history")["n"] == 1


def test_another_enterprises_notification_looks_like_one_that_does_not_exist(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database, A))
    messages = []
    for wanted in (made, uuid4()):
        with pytest.raises(psycopg.Error) as refused:
            sender(database, B).execute(RETRACT, [wanted])
        assert refused.value.sqlstate == "XN202"
        messages.append(str(refused.value).replace(str(wanted), "<id>"))
    assert messages[0] == messages[1]
    assert status_of(database, made)["notification_status"] == "PENDING"


def test_what_a_pause_holds_is_retracted_and_does_not_go_out_when_it_ends(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    held, other = insert(connection), insert(connection)
    admin = database.connect("test_admin")
    admin.execute("select notify.pause('ENTERPRISE', %s, 'a test')", [str(A)])
    worker = hand_worker(database)
    assert worker.claim() == 0
    connection.execute(RETRACT, [held])
    assert status_of(database, held)["open_count"] == 0
    admin.execute("select notify.resume('ENTERPRISE', %s)", [str(A)])
    (request,) = worker.take()
    assert str(other) in request["request_id"]


def test_a_claim_looks_past_what_was_retracted(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    for _ in range(5):
        connection.execute(RETRACT, [insert(connection)])
    insert(connection)
    assert hand_worker(database).claim("critical") == 1


def test_two_retractions_at_once_are_one(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    hand_worker(database).deliver_all()
    first, second = platform(database), platform(database)
    query = 'select notify.retract(%s, \'x\', correction => \'{"workflow_key": "greeting", "payload": {}}\') as id'
    ids: list[UUID | None] = []
    with first.transaction():
        ids.append(one(first, query, made)["id"])
        other = Thread(target=lambda: ids.append(one(second, query, made)["id"]))
        other.start()
        other.join(0.5)
        assert other.is_alive()
    other.join(10)
    assert ids[0] is not None
    assert ids == [ids[0]] * 2
    assert one(database.keep(), "select count(*) as n from notify.notification_cancellation")["n"] == 1


def test_a_retraction_that_can_not_see_a_report_fails_and_is_run_again(database: Database) -> None:
    """Under REPEATABLE READ a delivery that was reported since would look as if a worker had it in hand."""
    add_workflow(database)
    made = insert(sender(database), recipients=[uuid4() for _ in range(150)])
    worker = hand_worker(database)
    first, _second = worker.take()
    connection = platform(database)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ

    def retract(meanwhile: Callable[[], object]) -> None:
        with connection.transaction():
            connection.execute("select 1 from notify.ent_notification limit 1")
            meanwhile()
            connection.execute(RETRACT, [made])

    with pytest.raises(psycopg.errors.SerializationFailure):
        retract(lambda: worker.report([first]))
    retract(lambda: None)
    cancelled = "select transaction_id from notify.notification_cancellation"
    assert len(rows(connection, cancelled)) == 1


def test_pruning_takes_cancellations_with_their_notification(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = insert(connection)
    worker = hand_worker(database)
    worker.deliver_all()
    connection.execute(RETRACT, [made])
    worker.deliver_all()
    assert one(database.keep(), "select count(*) as n from notify.notification_cancellation")["n"] == 1
    database.shift_clock(timedelta(days=400))
    worker.tick()
    assert rows(database.keep(), "select id from notify.ent_notification") == []
    assert one(database.keep(), "select count(*) as n from notify.notification_cancellation")["n"] == 0
