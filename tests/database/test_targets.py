"""At Novu's door: whose environment a request goes to, and by what ids."""

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Database
from tests.support import Row, add_workflow, hand_worker, insert, sender

PERSON = UUID("11111111-1111-4111-8111-111111111111")


def give_target(database: Database, enterprise: UUID, target: str, has_plain_ids: bool = False) -> None:
    database.keep("test_admin").execute(
        "insert into notify.notification_target (enterprise_id, target, has_plain_ids) values (%s, %s, %s)",
        [enterprise, target, has_plain_ids],
    )


def taken(database: Database, **options: Any) -> list[Row]:
    """What a worker is asked to do, each with its body read."""
    return [request | {"body": json.loads(request["body"])} for request in hand_worker(database).take(**options)]


def tenant_of(request: Row) -> UUID:
    return UUID(request["body"]["context"]["tenant"])


def test_a_target_of_ones_own_gets_that_enterprises_requests_and_no_others(database: Database) -> None:
    add_workflow(database)
    give_target(database, B, "meridian")
    for enterprise in (A, B, C, B, A):
        insert(sender(database, enterprise), recipients=[PERSON])
    requests = taken(database)
    assert {tenant_of(r) for r in requests if r["target"] == "meridian"} == {B}
    assert {tenant_of(r) for r in requests if r["target"] == "default"} == {A, C}
    assert len(requests) == 5


def test_a_bulk_never_holds_requests_for_two_targets(database: Database) -> None:
    add_workflow(database)
    give_target(database, A, "tower")
    give_target(database, B, "meridian")
    for enterprise in (A, B, C) * 4:
        insert(sender(database, enterprise))
    targets: dict[str, set[str]] = {}
    for request in taken(database):
        assert request["path"].endswith("/bulk")
        targets.setdefault(request["batch"], set()).add(request["target"])
    assert sorted(targets.values(), key=sorted) == [{"default"}, {"meridian"}, {"tower"}]


def test_one_request_for_a_target_goes_alone_beside_anothers_bulk(database: Database) -> None:
    add_workflow(database)
    give_target(database, A, "tower")
    for enterprise in (A, B, B):
        insert(sender(database, enterprise))
    batches = {request["target"]: request["batch"] for request in taken(database)}
    assert batches["tower"] is None and batches["default"] is not None


def test_a_bulk_holds_at_most_100_events_for_each_target(database: Database) -> None:
    add_workflow(database)
    give_target(database, A, "tower")
    for enterprise in (A, B):
        sender(database, enterprise).execute(
            "insert into notify.ent_notification (workflow_key, recipients, payload)"
            " select 'greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}' from generate_series(1, 130)"
        )
    batches: dict[tuple[str, str], int] = {}
    for request in taken(database, most=260):
        key = (request["target"], request["batch"])
        batches[key] = batches.get(key, 0) + 1
    assert sorted((target, count) for (target, _), count in batches.items()) == [
        ("default", 30),
        ("default", 100),
        ("tower", 30),
        ("tower", 100),
    ]


def test_subscribers_carry_their_enterprise_unless_the_target_is_its_own_and_set_to_plain_ids(
    database: Database,
) -> None:
    add_workflow(database)
    give_target(database, B, "meridian")
    give_target(database, C, "campus", has_plain_ids=True)
    for enterprise in (A, B, C):
        insert(sender(database, enterprise), recipients=[PERSON, UUID(int=2)])
    to = {tenant_of(request): request["body"]["to"] for request in taken(database)}
    assert to == {
        A: [f"{A}:{PERSON}", f"{A}:{UUID(int=2)}"],
        B: [f"{B}:{PERSON}", f"{B}:{UUID(int=2)}"],
        C: [str(PERSON), str(UUID(int=2))],
    }


def test_one_person_of_two_enterprises_is_two_subscribers_and_two_workflows_of_a_key_dont_meet(
    database: Database,
) -> None:
    for enterprise in (A, B):
        add_workflow(database, "fire-alarm", "<p>{{ name }}</p>", enterprise=enterprise)
        insert(sender(database, enterprise), workflow_key="fire-alarm", recipients=[PERSON])
    first, second = taken(database)
    assert {r["body"]["name"] for r in (first, second)} == {f"{A}_fire-alarm", f"{B}_fire-alarm"}
    assert first["body"]["to"] != second["body"]["to"]
    assert first["body"]["transactionId"] != second["body"]["transactionId"]


def test_a_recipient_is_an_id_and_nothing_that_would_overwrite_a_subscriber(database: Database) -> None:
    """Novu updates a subscriber from an object in `to`; a request names ids, so it never does."""
    add_workflow(database)
    payload = {"name": "Ada", "to": {"subscriberId": f"{B}:{PERSON}", "email": "x@example.org"}, "tenant": str(B)}
    insert(sender(database, A), recipients=[PERSON], payload=payload)
    (request,) = taken(database)
    assert request["body"]["to"] == [f"{A}:{PERSON}"]
    assert set(request["body"]) == {"name", "to", "transactionId", "context", "payload"}
    assert str(B) not in json.dumps(request["body"])


@pytest.mark.parametrize(
    ("enterprise", "target", "constraint"),
    [
        (B, "tower", "a target belongs to one enterprise"),
        (UUID(int=0), "other", "the reserved enterprise has no target of its own"),
        (B, "default", "the default target is everybody's"),
        (B, "Other", "the target is lower-case words joined by hyphens"),
        (A, "second", "notification_target_pkey"),
    ],
)
def test_a_target_can_not_be_shared(database: Database, enterprise: UUID, target: str, constraint: str) -> None:
    give_target(database, A, "tower")
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        give_target(database, enterprise, target)
    assert refused.value.diag.constraint_name == constraint


def test_a_target_that_the_worker_does_not_know_waits_and_holds_up_nobody(database: Database) -> None:
    add_workflow(database)
    give_target(database, A, "tower")
    made = {enterprise: insert(sender(database, enterprise)) for enterprise in (A, B)}
    worker = hand_worker(database)
    requests = {request["target"]: request for request in worker.take()}
    not_known = {"kind": "connect", "message": "NOVU_API_URL_TOWER is not set."}
    assert list(worker.report([requests["tower"]], None, error=not_known).values()) == ["RETRY"]
    assert list(worker.report([requests["default"]]).values()) == ["SENT"]
    overview = "select notification_status, reason from notify.notification_overview where notification_id = %s"
    (waiting,) = sender(database, A).execute(overview, [made[A]]).fetchall()
    assert waiting == ("PROCESSING", "Novu did not answer: NOVU_API_URL_TOWER is not set.")
