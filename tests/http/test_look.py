"""GET /api/notifications and POST …/retract: what is shown, and to whom."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.cluster import A, B, Database
from tests.http.support import FaceProcess, Keys
from tests.support import hand_worker, insert, platform, sender

MINE = uuid4()
ADA = "00000000-0000-4000-8000-0000000000ad"


@pytest.fixture(scope="module")
def client(face: FaceProcess, keys: Keys) -> Iterator[httpx.Client]:
    with face.client(keys.make(MINE)) as opened:
        yield opened


@pytest.fixture(scope="module")
def sent(client: httpx.Client, served: Database) -> str:
    """A notification that was delivered."""
    given = {"workflowId": "greeting", "recipients": [ADA], "payload": {"name": "Ada"}}
    made = client.post("/api/trigger", json=given).json()["notificationId"]
    hand_worker(served).deliver_all()
    return str(made)


@pytest.fixture(scope="module")
def of_b(served: Database) -> str:
    """A notification of B."""
    return str(insert(sender(served, B)))


def test_what_no_text_can_hold_is_refused_with_400_and_said(client: httpx.Client) -> None:
    for path in ("/api/notifications/%00", "/api/notifications?enterpriseId=%00"):
        answer = client.get(path)
        assert answer.status_code == 400 and "NUL" in answer.json()["message"]


def test_a_notification_is_shown_with_history_deliveries_and_content(client: httpx.Client, sent: str) -> None:
    answer = client.get(f"/api/notifications/{sent}")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["notificationId"], shown["status"], shown["workflowId"]) == (sent, "SENT", "greeting")
    assert (shown["recipients"], shown["payload"]) == ([ADA], {"name": "Ada"})
    assert [step["to"] for step in shown["history"]] == ["PROCESSING", "SENT"]
    (delivery,) = shown["deliveries"]
    assert (delivery["number"], delivery["status"], delivery["recipientCount"]) == (1, "SENT", 1)
    assert shown["transactionId"] == delivery["transactionId"]
    assert "Hello Ada" in shown["content"][0]["content"]["email"]["body"]


@pytest.mark.parametrize("path", ["/api/notifications/{id}", "/api/notifications/{id}/retract"])
def test_what_is_not_there_and_what_is_not_yours_are_answered_the_same(
    client: httpx.Client, of_b: str, path: str
) -> None:
    answers = [
        client.post(path.format(id=asked), json={"reason": "x"})
        if path.endswith("retract")
        else client.get(path.format(id=asked))
        for asked in (of_b, str(uuid4()), "nothing")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/api/notifications", "/api/notifications/" + ADA])
def test_another_enterprise_is_refused_in_the_query(client: httpx.Client, path: str) -> None:
    answers = [client.get(path, params={"enterpriseId": str(other)}) for other in (B, uuid4())]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text
    assert client.get(path, params={"enterpriseId": "x"}).status_code == 400
    assert client.get(path, params={"nosuch": "x"}).status_code == 400


def test_reading_takes_a_key_that_may_read(face: FaceProcess, keys: Keys, sent: str) -> None:
    with face.client(keys.make(A, scopes="{send}")) as sender:
        assert sender.get(f"/api/notifications/{sent}").status_code == 403
        assert sender.get("/api/notifications").status_code == 403
        assert sender.post(f"/api/notifications/{sent}/retract", json={"reason": "x"}).status_code == 403
    with face.client() as nobody:
        assert nobody.get(f"/api/notifications/{sent}").status_code == 401
        assert nobody.get("/api/notifications").status_code == 401
        assert nobody.post(f"/api/notifications/{sent}/retract", json={"reason": "x"}).status_code == 401


def pages(client: httpx.Client, **query: Any) -> list[list[str]]:
    """The ids on each page, to the end."""
    found, cursor = [], None
    while True:
        answer = client.get("/api/notifications", params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found.append([line["notificationId"] for line in answer.json()["data"]])
        cursor = answer.json()["cursor"]
        if cursor is None:
            return found


def test_pages_hold_each_notification_once_though_others_come_and_many_are_of_one_moment(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    enterprise = uuid4()
    connection = platform(served, enterprise)
    connection.execute(
        "insert into notify.ent_notification (workflow_key, recipients)"
        " select 'greeting', array[gen_random_uuid()] from generate_series(1, 25)"
    )
    with face.client(keys.make(enterprise)) as client:
        first = client.get("/api/notifications", params={"limit": 10}).json()
        newer = insert(connection)
        found = pages(client, limit=10, cursor=first["cursor"])
        shown = [line["notificationId"] for line in first["data"]] + [one for page in found for one in page]
        assert len(shown) == len(set(shown)) == 25
        assert str(newer) not in shown
        assert pages(client, limit=200)[0][0] == str(newer)


def test_a_list_is_narrowed_by_status_workflow_and_time(client: httpx.Client, sent: str) -> None:
    waiting = client.post(
        "/api/trigger", json={"workflowId": "alarm", "recipients": [ADA], "scheduledFor": "2099-01-01T00:00:00Z"}
    ).json()["notificationId"]
    created = client.get(f"/api/notifications/{waiting}").json()["createdAt"]
    assert pages(client, status="SENT") == [[sent]]
    assert pages(client, workflow="alarm") == [[waiting]]
    assert pages(client, workflow="alarm", status="SENT") == [[]]
    assert pages(client, since=created) == [[waiting]]
    assert pages(client, since="2099-01-01T00:00:00Z") == [[]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "LOST"), ("since", "yesterday"), ("cursor", "x"), ("cursor", "YQ"), ("cursor", "\0"),
        ("limit", "0"), ("limit", "201"), ("limit", "ten"), ("offset", "5"),
    ],
)  # fmt: skip
def test_a_malformed_query_is_refused_with_400(client: httpx.Client, name: str, value: str) -> None:
    answer = client.get("/api/notifications", params={name: value})
    assert answer.status_code == 400, answer.text


def test_a_page_that_found_nothing_goes_on_after_what_it_looked_at(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    enterprise = uuid4()
    connection = platform(served, enterprise)
    oldest = insert(connection)
    connection.execute("select notify.retract(%s, 'x')", [oldest])
    connection.execute(
        "insert into notify.ent_notification (workflow_key, recipients, channels)"
        " select 'greeting', array[gen_random_uuid()], '{FAX}' from generate_series(1, 5001)"
    )
    with face.client(keys.make(enterprise)) as client:
        assert pages(client, status="RETRACTED") == [[], [str(oldest)]]


def test_a_notification_is_retracted_with_a_correction(client: httpx.Client, sent: str) -> None:
    correction = {"workflowId": "greeting", "payload": {"name": "all clear"}}
    answer = client.post(f"/api/notifications/{sent}/retract", json={"reason": "false", "correction": correction})
    assert (answer.status_code, answer.json()["status"]) == (200, "RETRACTED")
    corrected = client.get(f"/api/notifications/{answer.json()['correctionId']}").json()
    assert (corrected["correctsId"], corrected["payload"]) == (sent, {"name": "all clear"})
    again = client.post(f"/api/notifications/{sent}/retract", json={"reason": "false", "correction": correction})
    assert again.json() == answer.json()
    other = {"workflowId": "greeting", "payload": {"name": "another"}}
    answer = client.post(f"/api/notifications/{sent}/retract", json={"reason": "false", "correction": other})
    assert (answer.status_code, answer.json()["code"]) == (409, "corrected")
    last = client.get(f"/api/notifications/{sent}").json()["history"][-1]
    assert (last["reason"], last["actor"]) == ("false", "API key a key")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], ""), ({}, "reason"), ({"reason": ""}, "reason"), ({"reason": "x", "more": 1}, ""),
        ({"reason": "x", "correction": 5}, "correction"), ({"reason": "x", "correction": {}}, "correction"),
        ({"reason": "x", "correction": {"workflowId": "x", "payload": {}, "to": 1}}, "correction"),
        ({"reason": "x", "enterpriseId": 5}, "enterpriseId"),
    ],
)  # fmt: skip
def test_a_malformed_retraction_is_refused_with_400(client: httpx.Client, sent: str, body: Any, path: str) -> None:
    answer = client.post(f"/api/notifications/{sent}/retract", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == path


def test_a_key_that_expires_or_is_revoked_is_refused_from_then_on(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    key = keys.make(A)
    with face.client(key) as client:
        assert client.get("/api/notifications").status_code == 200
        served.keep("test_admin").execute("select notify.revoke_api_key(%s, 'lost')", [keys.ids[key]])
        answer = client.get("/api/notifications")
        assert (answer.status_code, answer.json()["code"]) == (401, "key_over")
        assert "revoked" in answer.json()["message"]
    with face.client(keys.make(A, expires_at="2031-01-01")) as client:
        assert client.get("/api/notifications").status_code == 200
        served.shift_clock(timedelta(days=3000))
        try:
            answer = client.get("/api/notifications")
        finally:
            served.shift_clock(timedelta(days=-3000))
        assert (answer.status_code, answer.json()["code"]) == (401, "key_over")
