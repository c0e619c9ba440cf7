"""An event that Novu refuses for one recipient's attributes is divided: the others get theirs, by ids of their own."""

import json
from typing import Any
from uuid import UUID, uuid4

from tests.cluster import Database
from tests.support import HandWorker, Row, add_workflow, hand_worker, insert, one, platform, rows, sender, status_of

BAD = "bad@example.org"
REFUSAL = {"statusCode": 422, "message": "Validation Error", "errors": {"general": {"messages": ["email"]}}}


def report_as_novu(worker: HandWorker, requests: list[Row]) -> None:
    """Each request by itself: refused when it names the bad address."""
    for request in requests:
        if BAD in request["body"]:
            worker.report([request], 422, body=REFUSAL)
        else:
            worker.report([request])


def subscriber(entry: Any) -> UUID:
    """The recipient that an entry of `to` means."""
    return UUID((entry["subscriberId"] if isinstance(entry, dict) else entry).split(":")[1])


def send_with_one_bad(database: Database, size: int, **columns: Any) -> tuple[UUID, list[UUID], list[Row]]:
    """Insert a notification whose second recipient has an address that Novu refuses, and deliver it to the end."""
    people = [uuid4() for _ in range(size)]
    attributes = {str(people[0]): {"email": "good@example.org"}, str(people[min(1, size - 1)]): {"email": BAD}}
    made = insert(sender(database), recipients=people, recipient_attributes=attributes, **columns)
    worker = hand_worker(database)
    seen: list[Row] = []
    lane = one(database.keep(), "select min(lane) as lane from notify.notification_delivery")["lane"]
    while requests := worker.take(lane):
        seen += requests
        report_as_novu(worker, requests)
    return made, people, seen


def test_a_refused_event_is_divided_and_the_others_get_theirs(database: Database) -> None:
    add_workflow(database)
    made, people, seen = send_with_one_bad(database, 60)
    bodies = [json.loads(request["body"]) for request in seen]
    assert len(bodies[0]["to"]) == 60
    assert all(len(body["to"]) == 1 for body in bodies[1:])
    reached = [subscriber(body["to"][0]) for body in bodies[1:]]
    assert sorted(reached) == sorted(people)
    assert {"email": "good@example.org", "subscriberId": bodies[0]["to"][0]["subscriberId"]} in [
        body["to"][0] for body in bodies[1:]
    ]
    status = status_of(database, made)
    assert (status["notification_status"], status["sent_count"], status["failed_count"]) == ("FAILED", 59, 1)
    failed = rows(
        database.keep(), "select recipients from notify.notification_delivery where delivery_status = 'FAILED'"
    )
    assert [row["recipients"] for row in failed] == [[people[1]]]


def test_its_parts_have_transaction_ids_of_their_own_and_the_history_says_so(database: Database) -> None:
    add_workflow(database)
    made, _, seen = send_with_one_bad(database, 5)
    ids = [json.loads(request["body"])["transactionId"] for request in seen]
    assert len(set(ids)) == len(ids) == 6
    reasons = [
        row["reason"]
        for row in rows(
            database.keep(),
            "select reason from notify.notification_history"
            " where notification_id = %s and from_status = to_status order by happened_at",
            made,
        )
    ]
    assert reasons == [
        "delivery 1 was refused: it goes on as 5 deliveries of one recipient each, under new transaction ids"
    ]


def test_an_emergency_goes_out_without_the_attributes_that_novu_refuses(database: Database) -> None:
    add_workflow(database)
    made, people, seen = send_with_one_bad(database, 3, priority="CRITICAL")
    last = json.loads(seen[-1]["body"])
    assert isinstance(last["to"][0], str)
    assert subscriber(last["to"][0]) == people[1]
    status = status_of(database, made)
    assert (status["notification_status"], status["sent_count"]) == ("SENT", 3)
    assert status["warning_codes"] == ["recipient_attributes_refused"]


def test_what_has_no_attributes_is_not_divided(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database), recipients=[uuid4() for _ in range(3)])
    worker = hand_worker(database)
    assert worker.report(worker.take(), 422, body=REFUSAL).popitem()[1] == "FAILED"
    assert worker.take() == []
    assert status_of(database, made)["error_code"] == "novu_refused"


def test_a_retracted_one_is_not_divided(database: Database) -> None:
    add_workflow(database)
    people = [uuid4() for _ in range(3)]
    connection = platform(database)
    made = insert(connection, recipients=people, recipient_attributes={str(people[0]): {"email": BAD}})
    worker = hand_worker(database)
    requests = worker.take()
    connection.execute("select notify.retract(%s, 'no')", [made])
    report_as_novu(worker, requests)
    assert [
        row["delivery_status"]
        for row in rows(database.keep(), "select delivery_status from notify.notification_delivery")
    ] == ["RETRACTED"]
