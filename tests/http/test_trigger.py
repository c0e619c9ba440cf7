"""POST /api/trigger and /api/trigger/bulk: each status."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.cluster import A, B, Database
from tests.http.support import FaceProcess, Keys
from tests.support import add_workflow, one, sender

ADA = "00000000-0000-4000-8000-0000000000ad"


@pytest.fixture(scope="module")
def client(face: FaceProcess, keys: Keys) -> Iterator[httpx.Client]:
    """A client with a key of A."""
    with face.client(keys.make(A)) as opened:
        yield opened


def event(**more: Any) -> dict[str, Any]:
    return {"workflowId": "greeting", "recipients": [ADA], "payload": {"name": "Ada"}} | more


def paths(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [error["path"] for error in answer.json()["errors"]]


def test_a_notification_is_inserted_and_answered_with_201(client: httpx.Client, served: Database) -> None:
    answer = client.post("/api/trigger", json=event(building="Harbour Tower", isDrill=True, tags=["x"]))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    row = one(
        sender(served, A),
        "select n.*, d.transaction_id as sent_as from notify.ent_notification as n"
        " join notify.notification_delivery as d on d.notification_id = n.id where n.id = %s",
        body["notificationId"],
    )
    assert body == {
        "notificationId": str(row["id"]),
        "status": "PENDING",
        "workflowId": "greeting",
        "enterpriseId": str(A),
        "transactionId": str(row["sent_as"]),
    }
    assert (row["enterprise_id"], row["building"], row["is_drill"], row["tags"]) == (A, "Harbour Tower", True, ["x"])
    assert (row["payload"], row["recipients"]) == ({"name": "Ada"}, [UUID(ADA)])


def test_subscriber_id_is_a_single_recipient(client: httpx.Client) -> None:
    given = event(subscriberId=ADA, enterpriseId=str(A))
    del given["recipients"]
    assert client.post("/api/trigger", json=given).status_code == 201


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"recipients": None}, ["recipients"]),
        ({"recipients": []}, ["recipients"]),
        ({"recipients": ["Ada"]}, ["recipients"]),
        ({"recipients": ADA}, ["recipients"]),
        ({"recipients": [ADA, 5]}, ["recipients"]),
        ({"subscriberId": ADA}, ["subscriberId"]),
        ({"workflowId": None}, ["workflowId"]),
        ({"workflowId": 5}, ["workflowId"]),
        ({"payload": [], "overrides": "x"}, ["overrides", "payload"]),
        ({"channels": ["FAX"]}, ["channels"]),
        ({"channels": []}, ["channels"]),
        ({"scheduledFor": "tomorrow"}, ["scheduledFor"]),
        ({"scheduledFor": "2026-13-01T00:00:00Z"}, ["scheduledFor"]),
        ({"priority": "URGENT"}, ["priority"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
        ({"isDrill": "yes"}, ["isDrill"]),
        ({"enterpriseId": 5}, ["enterpriseId"]),
        ({"enterpriseId": "x"}, ["enterpriseId"]),
        ({"building": "x" * 1001}, ["building"]),
        ({"locale": "x" * 36}, ["locale"]),
        ({"tags": ["x" * 101]}, ["tags"]),
        ({"tags": ["x"] * 51}, ["tags"]),
        ({"overrides": {"email": {"to": "x"}}}, ["overrides"]),
        ({"notificationId": ADA}, ["notificationId"]),
        ({"nosuch": 1}, ["nosuch"]),
        ({"payload": {"name": "\0"}}, [""]),
    ],
)
def test_what_is_malformed_is_named_with_400(client: httpx.Client, more: dict[str, Any], wrong: list[str]) -> None:
    assert paths(client.post("/api/trigger", json=event(**more))) == wrong


def test_tags_and_a_locale_are_taken_up_to_their_limits(client: httpx.Client) -> None:
    assert client.post("/api/trigger", json=event(locale="ü" * 35, tags=["ü" * 100] * 50)).status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"null", b"\xff", b"5", b'{"a":' * 40 + b"1" + b"}" * 40])
def test_a_body_that_is_no_event_is_refused_with_400(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert paths(client.post("/api/trigger", content=body, headers=headers)) != []


def test_a_body_of_another_type_is_refused_with_415(client: httpx.Client) -> None:
    answer = client.post("/api/trigger", data={"workflowId": "greeting"})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (None, "key_missing"),
        ("Bearer", "key_missing"),
        ("Basic eDp5", "key_missing"),
        ("Bearer xnovu_wrong", "key_malformed"),
        ("ApiKey ä", "key_malformed"),
        (f"ApiKey xnovu_{'x' * 43}", "key_unknown"),
    ],
)
def test_no_key_and_an_unknown_one_are_refused_with_401(face: FaceProcess, shown: str | None, code: str) -> None:
    headers = {} if shown is None else {b"Authorization": shown.encode()}
    with face.client() as client:
        answer = client.post("/api/trigger", json=event(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_another_enterprise_is_refused_with_403_whether_it_exists_or_not(client: httpx.Client) -> None:
    answers = [client.post("/api/trigger", json=event(enterpriseId=str(other))) for other in (B, uuid4())]
    assert {answer.status_code for answer in answers} == {403}
    assert answers[0].json() == answers[1].json()


def test_a_scope_that_the_key_lacks_is_refused_with_403(face: FaceProcess, keys: Keys) -> None:
    with face.client(keys.make(A, scopes="{read,manage}")) as client:
        answer = client.post("/api/trigger", json=event())
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert client.post("/api/trigger/bulk", json={"events": [event()]}).status_code == 403


@pytest.mark.parametrize("workflow", ["nosuch", "draft", "of-b"])
def test_an_unknown_workflow_is_refused_with_404_and_those_that_exist(client: httpx.Client, workflow: str) -> None:
    answer = client.post("/api/trigger", json=event(workflowId=workflow))
    assert (answer.status_code, answer.json()["code"]) == (404, "workflow_unknown")
    assert answer.json()["workflows"] == ["alarm", "fire-alarm", "greeting", "of-a", "strict"]


def test_an_idempotency_key_gives_the_first_notification_again(client: httpx.Client) -> None:
    given = event(idempotencyKey="once", scheduledFor="2099-01-01T00:00:00+02:00")
    first, second = (client.post("/api/trigger", json=given) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_an_idempotency_key_with_another_body_is_refused_with_409(client: httpx.Client) -> None:
    first = client.post("/api/trigger", json=event(idempotencyKey="twice"))
    second = client.post("/api/trigger", json=event(idempotencyKey="twice", payload={"name": "Bob"}))
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_reused")
    assert second.json()["notificationId"] == first.json()["notificationId"]


def test_what_is_too_large_is_refused_with_413(client: httpx.Client) -> None:
    answer = client.post("/api/trigger", json=event(payload={"text": "x" * 140_000}))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    answer = client.post("/api/trigger", content=b" " * 5_000_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("workflow", "count", "code"),
    [("greeting", 9, "payload_too_large"), ("greeting", 300, "too_large"), ("alarm", 300, "too_large")],
)
def test_numbers_that_take_megabytes_when_they_are_written_out_are_refused(
    client: httpx.Client, workflow: str, count: int, code: str
) -> None:
    numbers = ",".join(["1e-16383"] * count)
    body = f'{{"workflowId": "{workflow}", "subscriberId": "{ADA}", "payload": {{"name": [{numbers}]}}}}'
    answer = client.post("/api/trigger", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, code)


def test_numbers_with_an_exponent_and_texts_that_look_so_are_taken(client: httpx.Client) -> None:
    payload = {"name": '\\"1e-16383' * 300, "1e-999999999": 6.02e23, "small": 5e-324}
    assert client.post("/api/trigger", json=event(payload=payload)).status_code == 201


def test_of_what_is_malformed_100_are_named(client: httpx.Client) -> None:
    assert len(paths(client.post("/api/trigger", json=event(**{f"no{number}": 1 for number in range(300)})))) == 100
    assert paths(client.post("/api/trigger", json=event(**{"n" * 101: 1}))) == ["n" * 100]


def test_a_payload_that_breaks_the_schema_is_refused_with_422(client: httpx.Client) -> None:
    answer = client.post("/api/trigger", json=event(workflowId="strict", payload={"floor": -1}))
    assert (answer.status_code, answer.json()["code"]) == (422, "payload_invalid")
    assert answer.json()["errors"][0]["path"] == "payload.floor"
    assert client.post("/api/trigger", json=event(workflowId="strict", payload={"floor": 1})).status_code == 201


def test_an_emergency_goes_out_whatever_its_payload_lacks(client: httpx.Client) -> None:
    assert client.post("/api/trigger", json=event(workflowId="alarm", payload={})).status_code == 201
    answer = client.post("/api/trigger", json=event(workflowId="alarm", payload={}, priority="LOW"))
    assert answer.status_code == 422


def test_a_platforms_key_chooses_among_its_enterprises(face: FaceProcess, keys: Keys) -> None:
    with face.client(keys.make(A, B)) as client:
        assert paths(client.post("/api/trigger", json=event())) == ["enterpriseId"]
        for enterprise, workflow in ((A, "of-a"), (B, "of-b")):
            given = event(workflowId=workflow, enterpriseId=str(enterprise))
            assert client.post("/api/trigger", json=given).json()["enterpriseId"] == str(enterprise)
        assert client.post("/api/trigger", json=event(enterpriseId=str(uuid4()))).status_code == 403


def test_a_notification_that_exists_is_triggered_again(client: httpx.Client, served: Database) -> None:
    waiting = client.post("/api/trigger", json=event(scheduledFor="2099-01-01T00:00:00Z")).json()["notificationId"]
    again = client.post("/api/trigger", json={"notificationId": waiting})
    assert (again.status_code, again.json()["status"]) == (200, "PENDING")
    other = client.post("/api/trigger", json={"notificationId": waiting, "workflowId": "of-a"})
    assert (other.status_code, other.json()["code"]) == (409, "workflow_differs")
    refused = one(
        sender(served, A),
        "insert into notify.ent_notification (workflow_key, recipients, channels) values ('greeting', %s, '{FAX}')"
        " returning id",
        [UUID(ADA)],
    )["id"]
    answer = client.post("/api/trigger", json={"notificationId": str(refused)})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_replayable")
    sender(served, A).execute("select notify.retract(%s, 'x')", [waiting])
    assert client.post("/api/trigger", json={"notificationId": waiting}).json()["code"] == "retracted"


def test_what_failed_is_tried_again_by_its_id(client: httpx.Client, served: Database) -> None:
    failed = client.post("/api/trigger", json=event()).json()["notificationId"]
    with served.cluster.admin(served.name) as superuser:
        superuser.execute(
            "update notify.notification_delivery set delivery_status = 'FAILED', due_at = null"
            " where notification_id = %s",
            [failed],
        )
        superuser.execute("update notify.ent_notification set notification_status = 'FAILED' where id = %s", [failed])
    answer = client.post("/api/trigger", json={"notificationId": failed})
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING")


def test_another_enterprises_notification_is_answered_as_one_that_is_not_there(
    client: httpx.Client, face: FaceProcess, keys: Keys
) -> None:
    with face.client(keys.make(B)) as other:
        theirs = other.post("/api/trigger", json=event()).json()["notificationId"]
    answers = [client.post("/api/trigger", json={"notificationId": id}) for id in (theirs, str(uuid4()))]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].json() == answers[1].json()


def test_a_bulk_answers_for_each(client: httpx.Client) -> None:
    events: list[Any] = [
        event(idempotencyKey="bulk"),
        event(workflowId="nosuch"),
        event(idempotencyKey="bulk"),
        event(idempotencyKey="bulk", name="another"),
        event(workflowId="strict"),
        event(enterpriseId=str(B)),
        5,
        event(enterpriseId=str(A)),
    ]
    answer = client.post("/api/trigger/bulk", json={"events": events})
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert [entry["status"] for entry in data] == [201, 404, 200, 409, 422, 403, 400, 201]
    assert data[0]["body"] == data[2]["body"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ([], ""),
        ({}, "events"),
        ({"events": {}}, "events"),
        ({"events": []}, "events"),
        ({"events": [1] * 1001}, "events"),
        ({"events": [1], "more": 1}, ""),
        ({"events": [1], "enterpriseId": {}}, "enterpriseId"),
    ],
)
def test_a_malformed_bulk_is_refused_whole(client: httpx.Client, body: Any, wrong: str) -> None:
    assert paths(client.post("/api/trigger/bulk", json=body)) == [wrong]


def test_a_bulk_of_1000_is_taken(client: httpx.Client) -> None:
    answer = client.post("/api/trigger/bulk", json={"events": [event() for _ in range(1000)]})
    assert {entry["status"] for entry in answer.json()["data"]} == {201}


def test_recipients_own_values_are_held_against_the_schema(client: httpx.Client) -> None:
    bob = str(uuid4())
    given = {"workflowId": "strict", "recipients": [ADA, bob]}
    fits = given | {"payload": {"floor": 1}, "recipientPayload": {bob: {"floor": 2}}}
    complete = given | {"payload": {}, "recipientPayload": {ADA: {"floor": 1}, bob: {"floor": 2}}}
    assert [client.post("/api/trigger", json=body).status_code for body in (fits, complete)] == [201, 201]
    breaks = given | {"payload": {"floor": 1}, "recipientPayload": {bob: {"floor": "x"}}}
    lacks = given | {"payload": {}, "recipientPayload": {ADA: {"floor": 1}}}
    answers = [client.post("/api/trigger", json=body) for body in (breaks, lacks)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "payload_invalid")] * 2


@pytest.mark.parametrize(
    "times",
    [
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"scheduledFor": "2099-01-02T00:00:00Z", "expiresAt": "2099-01-01T00:00:00Z"},
    ],
)
@pytest.mark.parametrize("workflow", ["greeting", "alarm"])
def test_what_would_expire_before_it_is_sent_is_refused(
    client: httpx.Client, workflow: str, times: dict[str, str]
) -> None:
    assert paths(client.post("/api/trigger", json=event(workflowId=workflow, **times))) == ["expiresAt"]


def test_a_retry_is_answered_even_when_it_could_not_be_sent_any_more(client: httpx.Client, served: Database) -> None:
    add_workflow(served, "short-lived")
    given = event(workflowId="short-lived", idempotencyKey="late")
    first = client.post("/api/trigger", json=given)
    served.keep("test_admin").execute(
        "update notify.ent_notification_workflow set deactivated = true where workflow_key = 'short-lived'"
    )
    again = client.post("/api/trigger", json=given)
    other = client.post("/api/trigger", json=given | {"payload": {"name": "Bob"}})
    new = client.post("/api/trigger", json=given | {"idempotencyKey": "later"})
    assert [answer.status_code for answer in (first, again, other, new)] == [201, 200, 409, 404]
    assert again.json()["notificationId"] == first.json()["notificationId"]
