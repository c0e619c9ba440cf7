"""Those whom a retracted notification reached get its correction, and only those."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, Connection, Database
from tests.support import HandWorker, Row, add_workflow, hand_worker, insert, one, platform, rows, sender, status_of

CORRECTION = {"workflow_key": "all-clear", "payload": {"name": "Ada"}}
NO_ANSWER: dict[str, Any] = {"status": None, "error": {"kind": "no_answer", "message": "no answer within 10 s"}}


@pytest.fixture(autouse=True)
def workflows(database: Database) -> None:
    add_workflow(database, channels=("EMAIL", "SMS"))
    add_workflow(database, "all-clear", "All clear, {{ name }}", channels=("EMAIL", "SMS", "PUSH"))


@pytest.fixture
def worker(database: Database) -> HandWorker:
    return hand_worker(database)


def retract(connection: Connection, made: UUID, correction: Any = CORRECTION) -> UUID | None:
    id_ = one(connection, "select notify.retract(%s, 'false alarm', %s) as id", made, Jsonb(correction))["id"]
    return None if id_ is None else UUID(str(id_))


def people(count: int) -> list[UUID]:
    return sorted(uuid4() for _ in range(count))


def corrections(database: Database) -> list[Row]:
    query = "select * from notify.ent_notification where corrects_id is not null order by created_at, id"
    return rows(database.keep(), query)


def corrected(database: Database) -> list[UUID]:
    """Who is corrected, as often as it is."""
    return sorted(person for row in corrections(database) for person in row["recipients"])


def test_all_whom_it_reached_get_it_on_the_same_channels_and_with_the_same_place_and_marks(
    database: Database, worker: HandWorker
) -> None:
    connection = platform(database)
    recipients = people(250)
    made = insert(
        connection,
        recipients=recipients,
        channels=["SMS"],
        building="Harbour Tower",
        time_zone="Europe/Copenhagen",
        locale="da",
        is_drill=True,
        is_test=True,
        tags=["x"],
    )
    worker.deliver_all()
    id_ = retract(connection, made)
    (row,) = corrections(database)
    assert row["id"] == id_
    assert sorted(row["recipients"]) == recipients
    assert {name: row[name] for name in ("enterprise_id", "workflow_key", "channels", "building", "time_zone")} == {
        "enterprise_id": A,
        "workflow_key": "all-clear",
        "channels": ["SMS"],
        "building": "Harbour Tower",
        "time_zone": "Europe/Copenhagen",
    }
    assert (row["locale"], row["is_drill"], row["is_test"], row["payload"]) == ("da", True, True, {"name": "Ada"})
    assert (row["name"], row["priority"], row["corrects_id"]) == (None, None, made)
    assert worker.deliver_all() == 3
    assert id_ is not None
    seen = status_of(database, id_)
    assert (seen["notification_status"], seen["corrects_id"]) == ("SENT", made)
    assert one(connection, "select correction_ids from notify.notification_retractions")["correction_ids"] == [id_]


def test_its_name_and_priority_can_be_chosen(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection)
    worker.deliver_all()
    id_ = retract(connection, made, CORRECTION | {"name": "All clear", "priority": "CRITICAL"})
    assert id_ is not None
    seen = status_of(database, id_)
    assert (seen["name"], seen["priority"], seen["lane"]) == ("All clear", "CRITICAL", "critical")


def test_whom_it_did_not_reach_gets_none(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    recipients = people(300)
    made = insert(connection, recipients=recipients)
    first, second, third = worker.take()
    worker.report([first])
    worker.report([second], 400, body={"message": "no"})
    worker.report([third], 503)
    retract(connection, made)
    reached = {UUID(name.split(":")[1]) for name in json.loads(first["body"])["to"]}
    assert set(corrected(database)) == reached
    assert len(reached) == 100


def test_there_is_none_when_nobody_was_reached(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    assert retract(connection, insert(connection)) is None
    worker.deliver_all()
    assert corrections(database) == []


def test_whom_it_may_have_reached_gets_it(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection, recipients=(recipients := people(150)))
    first, second = worker.take()
    worker.report([first], 500)
    worker.report([second], **NO_ANSWER)
    retract(connection, made)
    assert corrected(database) == recipients


def test_what_a_worker_has_in_hand_is_corrected_when_it_is_known_to_have_reached_them(
    database: Database, worker: HandWorker
) -> None:
    connection = platform(database)
    made = insert(connection, recipients=(recipients := people(600)))
    requests = worker.take()
    worker.report(requests[:1])
    first = retract(connection, made)
    assert len(corrected(database)) == 100
    worker.report(requests[1:3])
    worker.report(requests[3:4], **NO_ANSWER)
    worker.report(requests[4:5], 503)
    assert len(corrected(database)) == 400
    database.shift_clock(timedelta(seconds=62))
    worker.tick()
    unreached = {UUID(name.split(":")[1]) for name in json.loads(requests[4]["body"])["to"]}
    assert corrected(database) == [person for person in recipients if person not in unreached]
    told = one(connection, "select correction_ids from notify.notification_retractions")["correction_ids"]
    assert told[0] == first
    assert sorted(told) == sorted(row["id"] for row in corrections(database))
    assert len(told) == 4
    worker.deliver_all()
    assert {status_of(database, id_)["notification_status"] for id_ in told} == {"SENT"}


def test_a_correction_out_of_a_report_needs_no_context_and_is_the_enterprises(
    database: Database, worker: HandWorker
) -> None:
    connection = platform(database, B)
    made = insert(connection)
    requests = worker.take()
    retract(connection, made, CORRECTION | {"payload": {"name": "Ada", "enterprise_id": str(A)}})
    worker.report(requests)
    assert [row["enterprise_id"] for row in corrections(database)] == [B]
    assert rows(sender(database, A), "select id from notify.ent_notification") == []


def test_again_with_the_same_correction_is_harmless_and_returns_the_same(
    database: Database, worker: HandWorker
) -> None:
    connection = platform(database)
    made = insert(connection)
    worker.deliver_all()
    first = retract(connection, made)
    assert first is not None
    assert retract(connection, made) == first
    assert one(connection, "select notify.retract(%s, 'again') as id", made)["id"] == first
    assert len(corrections(database)) == 1


def test_again_with_another_correction_is_refused_and_named(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection)
    worker.deliver_all()
    first = retract(connection, made)
    with pytest.raises(psycopg.Error, match=str(first)) as refused:
        retract(connection, made, CORRECTION | {"name": "another"})
    assert refused.value.sqlstate == "XN206"
    assert len(corrections(database)) == 1


def test_a_correction_can_be_given_after_a_retraction_without_one(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection, recipients=(recipients := people(150)))
    first, second = worker.take()
    worker.report([first])
    connection.execute("select notify.retract(%s, 'false alarm')", [made])
    worker.report([second])
    assert corrections(database) == []
    assert retract(connection, made) is not None
    assert corrected(database) == recipients
    cancelled = "select count(*) as n from notify.notification_cancellation"
    assert one(database.keep(), cancelled)["n"] == 2


def test_a_correction_that_failed_can_be_replaced_and_is_never_sent_itself(
    database: Database, worker: HandWorker
) -> None:
    connection = platform(database)
    made = insert(connection, recipients=(recipients := people(3)))
    worker.deliver_all()
    wrong = retract(connection, made, CORRECTION | {"workflow_key": "al-clear"})
    worker.deliver_all()
    assert wrong is not None
    assert status_of(database, wrong)["error_code"] == "workflow_unknown"
    right = retract(connection, made)
    assert right not in (wrong, None)
    assert status_of(database, wrong)["notification_status"] == "RETRACTED"
    assert sorted(next(row["recipients"] for row in corrections(database) if row["id"] == right)) == recipients
    assert one(
        connection, "select correction_ids from notify.notification_retractions where notification_id = %s", made
    )["correction_ids"] == [right]


def test_a_correction_can_be_corrected(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection, recipients=(recipients := people(3)))
    worker.deliver_all()
    first = retract(connection, made)
    worker.deliver_all()
    assert first is not None
    second = retract(connection, first, CORRECTION | {"payload": {"name": "it was a fire after all"}})
    (row,) = [row for row in corrections(database) if row["id"] == second]
    assert (row["corrects_id"], sorted(row["recipients"])) == (first, recipients)


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        ([], "not an object"),
        ("all-clear", "not an object"),
        ({"payload": {}}, "workflow_key is missing"),
        ({"workflow_key": None, "payload": {}}, "workflow_key is missing"),
        ({"workflow_key": 7, "payload": {}}, "workflow_key is missing"),
        ({"workflow_key": "", "payload": {}}, "workflow_key does not have"),
        ({"workflow_key": "x" * 61, "payload": {}}, "workflow_key does not have"),
        ({"workflow_key": "all-clear"}, "payload is missing"),
        ({"workflow_key": "all-clear", "payload": []}, "payload is missing"),
        ({"workflow_key": "all-clear", "payload": {"x": "y" * 131072}}, "more than 128 KB"),
        (CORRECTION | {"name": 7}, "name is no text"),
        (CORRECTION | {"name": "é" * 501}, "name takes more"),
        (CORRECTION | {"priority": "URGENT"}, "priority is none"),
        (CORRECTION | {"priority": 1}, "priority is none"),
        (CORRECTION | {"recipients": []}, 'the member "recipients"'),
        (CORRECTION | {"enterprise_id": str(B)}, 'the member "enterprise_id"'),
    ],
)
def test_a_malformed_one_is_refused_with_what_to_change_and_nothing_is_retracted(
    database: Database, correction: Any, says: str
) -> None:
    connection = platform(database)
    made = insert(connection)
    with pytest.raises(psycopg.Error, match=says) as refused:
        retract(connection, made, correction)
    assert refused.value.sqlstate == "XN205"
    assert refused.value.diag.message_hint
    assert status_of(database, made)["notification_status"] == "PENDING"


def test_a_null_is_no_correction(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection)
    worker.deliver_all()
    assert retract(connection, made, None) is None
    assert corrections(database) == []


def test_a_platform_can_neither_say_that_a_notification_corrects_another_nor_give_it_a_correction(
    database: Database,
) -> None:
    connection = platform(database)
    made = insert(connection)
    for column, value in (("corrects_id", made), ("correction", "{}"), ("correction_ids", [made])):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            insert(connection, **{column: value})


def test_an_analyst_sees_that_it_was_corrected_and_not_with_what(database: Database, worker: HandWorker) -> None:
    connection = platform(database)
    made = insert(connection)
    worker.deliver_all()
    id_ = retract(connection, made)
    analyst = database.connect("test_analyst_all")
    seen = one(analyst, "select id, corrects_id from notify.ent_notification where corrects_id is not null")
    assert seen == {"id": id_, "corrects_id": made}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute("select correction from notify.ent_notification")
