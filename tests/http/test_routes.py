"""Each route that takes an API key, tried with a key of A on what is B's: answered as if there were nothing."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from tests.cluster import A, B, Database
from tests.http.support import FaceProcess, Keys
from tests.support import insert, one, sender

Try = Callable[[httpx.Client, str, str], httpx.Response]
EVENT = {"workflowId": "greeting", "recipients": ["00000000-0000-4000-8000-0000000000ad"]}
# What is tried of another enterprise: (client, its id, its notification's id).
TRIES: dict[str, list[Try]] = {
    "post /api/trigger": [
        lambda client, _, id_: client.post("/api/trigger", json={"workflowId": "greeting", "notificationId": id_}),
        lambda client, enterprise, _: client.post("/api/trigger", json=EVENT | {"enterpriseId": enterprise}),
    ],
    "post /api/trigger/bulk": [
        lambda client, _, id_: client.post(
            "/api/trigger/bulk", json={"events": [{"workflowId": "greeting", "notificationId": id_}]}
        ),
        lambda client, enterprise, _: client.post(
            "/api/trigger/bulk", json={"events": [EVENT], "enterpriseId": enterprise}
        ),
        lambda client, enterprise, _: client.post(
            "/api/trigger/bulk", json={"events": [EVENT | {"enterpriseId": enterprise}]}
        ),
    ],
    "get /api/notifications": [
        lambda client, enterprise, _: client.get("/api/notifications", params={"enterpriseId": enterprise}),
    ],
    "get /api/notifications/{id}": [
        lambda client, _, id_: client.get(f"/api/notifications/{id_}"),
        lambda client, enterprise, id_: client.get(f"/api/notifications/{id_}", params={"enterpriseId": enterprise}),
    ],
    "get /api/status": [
        lambda client, enterprise, _: client.get("/api/status", params={"enterpriseId": enterprise}),
    ],
    "post /api/notifications/{id}/retract": [
        lambda client, _, id_: client.post(f"/api/notifications/{id_}/retract", json={"reason": "not mine"}),
        lambda client, enterprise, id_: client.post(
            f"/api/notifications/{id_}/retract", json={"reason": "not mine", "enterpriseId": enterprise}
        ),
    ],
}


def test_each_route_that_takes_a_key_is_tried(face: FaceProcess) -> None:
    with face.client() as client:
        described = client.get("/openapi.json").json()["paths"]
    keyed = {
        f"{method} {path}"
        for path, operations in described.items()
        for method, operation in operations.items()
        if "429" in operation["responses"]
    }
    assert keyed == set(TRIES)


@pytest.mark.parametrize("route", TRIES)
def test_what_is_anothers_is_answered_as_what_is_not_there(
    face: FaceProcess, keys: Keys, served: Database, route: str
) -> None:
    of_b = str(insert(sender(served, B)))
    nobody, nothing = str(uuid4()), str(uuid4())
    with face.client(keys.make(A)) as client:
        for attempt in TRIES[route]:
            anothers, absent = attempt(client, str(B), of_b), attempt(client, nobody, nothing)
            refused = [answer.json()["data"][0] for answer in (anothers, absent)] if anothers.is_success else None
            assert anothers.status_code == absent.status_code
            assert anothers.status_code in (403, 404) or (refused and refused[0]["status"] in (403, 404))
            assert anothers.text.replace(of_b, nothing).replace(str(B), nobody) == absent.text
    status = one(served.keep(), "select notification_status from notify.ent_notification where id = %s", of_b)
    assert status["notification_status"] == "PENDING"
