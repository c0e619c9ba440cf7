"""Rate limits per key and enterprise, and their headers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from tests.cluster import A, Database
from tests.http.support import FaceProcess, Keys

EVENT = {"workflowId": "greeting", "recipients": ["00000000-0000-4000-8000-0000000000ad"]}


def limit(database: Database, enterprise: UUID, per_second: float, burst: int, key: UUID | None = None) -> None:
    """Set the limit of an enterprise's keys, or of one of them."""
    database.keep("test_admin").execute(
        "insert into notify.notification_api_limit (enterprise_id, key_id, requests_per_second, burst)"
        " values (%s, %s, %s, %s)",
        [enterprise, key or UUID(int=0), per_second, burst],
    )


def test_what_is_over_the_limit_is_refused_with_429_and_told_when_to_come_back(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=2)
    with face.client(keys.make(enterprise)) as client:
        answers = [client.get("/api/notifications") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-limit"] for answer in answers] == ["2", "2", "2"]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert 1 <= int(answers[1].headers["ratelimit-reset"]) <= 20
    assert 1 <= int(answers[2].headers["retry-after"]) <= 10
    assert answers[2].json()["code"] == "too_many_requests"


def test_the_limit_fills_again_with_time_up_to_the_burst(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=2)
    with face.client(keys.make(enterprise)) as client:
        assert [client.get("/api/notifications").status_code for _ in range(3)] == [200, 200, 429]
        served.shift_clock(timedelta(seconds=10))
        assert [client.get("/api/notifications").status_code for _ in range(2)] == [200, 429]
        served.shift_clock(timedelta(hours=1))
        assert [client.get("/api/notifications").status_code for _ in range(3)] == [200, 200, 429]


def test_each_key_has_its_own_and_the_most_particular_row_counts(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=1)
    first, second = keys.make(enterprise), keys.make(enterprise)
    limit(served, enterprise, per_second=0.1, burst=3, key=keys.ids[second])
    with face.client(first) as one, face.client(second) as other:
        assert [one.get("/api/notifications").status_code for _ in range(2)] == [200, 429]
        assert [other.get("/api/notifications").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_platforms_key_has_a_limit_in_each_enterprise(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=1)
    with face.client(keys.make(A, enterprise)) as client:
        limited = [client.get("/api/notifications", params={"enterpriseId": str(enterprise)}) for _ in range(2)]
        assert [answer.status_code for answer in limited] == [200, 429]
        assert client.get("/api/notifications", params={"enterpriseId": str(A)}).status_code == 200


def test_a_bulk_costs_what_is_in_it(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=5)
    with face.client(keys.make(enterprise)) as client:
        answer = client.post("/api/trigger/bulk", json={"events": [EVENT] * 8})
        assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (200, "0")
        refused = client.post("/api/trigger", json=EVENT)
        assert (refused.status_code, int(refused.headers["retry-after"])) == (429, 40)


def test_an_emergency_passes_the_limit(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=1)
    with face.client(keys.make(enterprise)) as client:
        given = [EVENT, EVENT, EVENT | {"workflowId": "alarm"}, EVENT | {"workflowId": "alarm", "priority": "LOW"}]
        assert [client.post("/api/trigger", json=event).status_code for event in given] == [201, 429, 201, 429]


def test_a_client_that_runs_away_with_emergencies_is_back_at_its_limit(
    face: FaceProcess, keys: Keys, served: Database
) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.1, burst=1)
    served.keep("test_admin").execute(
        "update notify.notification_api_limit set emergencies_per_second = 0.01, emergency_burst = 3"
        " where enterprise_id = %s",
        [enterprise],
    )
    alarm = EVENT | {"workflowId": "alarm"}
    with face.client(keys.make(enterprise)) as client:

        def statuses(count: int) -> list[int]:
            return [client.post("/api/trigger", json=alarm).status_code for _ in range(count)]

        assert statuses(6) == [201] * 4 + [429] * 2  # one by the limit, three by the ceiling
        refused = client.post("/api/trigger", json=alarm)
        assert 1 <= int(refused.headers["retry-after"]) <= 10  # by the limit: it is not shut out
        served.shift_clock(timedelta(seconds=10))
        assert statuses(2) == [201, 429]
        served.shift_clock(timedelta(seconds=100))
        assert statuses(3) == [201, 201, 429]


def test_no_way_to_send_or_mend_an_emergency_is_refused(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.001, burst=2)
    alarm = EVENT | {"workflowId": "alarm", "payload": {"floor": 3}}
    correction = alarm | {"payload": {"floor": 4}}
    with face.client(keys.make(enterprise)) as client:
        fire = client.post("/api/trigger", json=alarm).json()["notificationId"]
        talk = client.post("/api/trigger", json=EVENT).json()["notificationId"]

        def retract(notification: str, **more: object) -> int:
            return client.post(f"/api/notifications/{notification}/retract", json={"reason": "x", **more}).status_code

        assert retract(talk) == 429
        assert client.post("/api/trigger", json={"workflowId": "greeting", "notificationId": talk}).status_code == 429
        assert client.post("/api/trigger/bulk", json={"events": [EVENT, EVENT]}).status_code == 429
        assert client.post("/api/trigger/bulk", json={"events": [EVENT, alarm]}).status_code == 200
        assert client.post("/api/trigger", json={"workflowId": "alarm", "notificationId": fire}).status_code == 200
        assert retract(fire) == 200
        assert retract(talk, correction=correction) != 429


def test_many_at_once_get_no_more_than_there_is(face: FaceProcess, keys: Keys, served: Database) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.001, burst=20)
    with face.client(keys.make(enterprise)) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/api/notifications").status_code, range(40)))
    assert sorted(answers) == [200] * 20 + [429] * 20


def test_without_any_limit_there_is_none(face: FaceProcess, keys: Keys, served: Database) -> None:
    admin = served.connect("test_admin")
    everybody = "from notify.notification_api_limit where enterprise_id = key_id"
    kept = admin.execute(f"select requests_per_second, burst {everybody}".encode()).fetchone()
    assert kept is not None
    admin.execute(f"delete {everybody}".encode())
    try:
        with face.client(keys.make(A)) as client:
            answer = client.get("/api/notifications")
    finally:
        limit(served, UUID(int=0), *kept)
    assert answer.status_code == 200
    assert "ratelimit-limit" not in answer.headers
