"""/api/status and /api/status/all: what is told, and to whom; and the page's files."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.cluster import A, B, Database
from tests.http.support import FaceProcess, Keys
from tests.http.test_bridge import app, ask
from tests.support import Row, add_workflow, hand_worker, insert, one, sender

from xnovu.http.status import FILES

SECRETS = ("of-b", "Ada at B", str(A), str(B))


@pytest.fixture
def busy(database: Database) -> Database:
    """A database in which A's notifications were sent, refused and wait, and one of B's failed."""
    add_workflow(database)
    add_workflow(database, "of-b", enterprise=B)
    for _ in range(3):
        insert(sender(database, A))
    insert(sender(database, A), payload={})
    insert(sender(database, B), workflow_key="of-b")
    worker = hand_worker(database)
    worker.connection.execute("select worker_v1.beat('w/1', '{}')")
    requests = worker.take()
    of_b = [request for request in requests if str(B) in request["request_id"]]
    assert len(of_b) == 1
    worker.report(of_b, 422, body={"message": "Ada at B is unknown"})
    worker.report([request for request in requests if request not in of_b])
    insert(sender(database, A))
    worker.tick()  # adds up what the reports told
    return database


def told(
    database: Database, login: str, query: str = "select notify.read_status() as told", enterprise: UUID | None = None
) -> Row:
    return dict(one(database.connect(login, enterprise), query)["told"])


def test_an_operator_is_told_of_all_together_and_nothing_of_anybody(busy: Database) -> None:
    query = "select body::jsonb as told from http_v1.show_all_status()"
    found = told(busy, "test_http", query)
    assert sum(minute["sent"] for minute in found["minutes"]) == 3
    assert {(one["code"], one["count"]) for one in found["failures"]} >= {("variable_missing", 1)}
    assert sum(one["count"] for one in found["failures"]) == 2
    (normal,) = [lane for lane in found["lanes"] if lane["lane"] == "normal"]
    assert normal["waiting"] + normal["queued"] == 1 and 0 < normal["oldestSeconds"] < 60
    assert [(one["worker"], one["state"]) for one in found["workers"]] == [("w/1", "ALIVE")]
    assert [(one["target"], one["breaker"]) for one in found["targets"]] == [("default", "CLOSED")]
    assert not [secret for secret in SECRETS if secret in json.dumps(found)]


def test_a_login_is_told_what_it_reaches(busy: Database) -> None:
    every, busy_a = told(busy, "test_analyst_all"), told(busy, "test_admin", enterprise=A)
    assert {one["code"] for one in every["failures"]} > {one["code"] for one in busy_a["failures"]}
    assert sum(minute["sent"] for minute in every["minutes"]) == 3
    assert "workers" in every and "targets" in every and "workers" not in busy_a
    busy.bind("test_analyst", B)
    of_b = told(busy, "test_analyst")
    assert of_b["minutes"] == [] and [one["workflow"] for one in of_b["failures"]] == ["of-b"]
    assert "Ada at B" in of_b["failures"][0]["message"] and "workers" not in of_b
    assert not any(lane["waiting"] + lane["queued"] for lane in of_b["lanes"])
    assert told(busy, "test_unlisted_analyst")["failures"] == []


def test_what_is_stuck_is_told(busy: Database) -> None:
    busy.shift_clock(timedelta(minutes=5))
    found = told(busy, "test_admin")
    assert [(one["lane"], one["count"]) for one in found["stuck"]] == [("normal", 1)]
    assert found["stuck"][0]["ageSeconds"] >= 300
    assert told(busy, "test_admin", enterprise=B)["stuck"] == []


async def test_the_operators_view_takes_the_token_and_nothing_else(busy: Database, tmp_path: Path) -> None:
    for environ, given, status in (
        ({}, None, 401),
        ({}, "Bearer ", 401),
        ({"XNOVU_METRICS_TOKEN": "sesame"}, "Bearer xnovu_sesame", 401),
        ({"XNOVU_METRICS_TOKEN_FILE": f"{tmp_path}/none"}, "Bearer ", 503),
        ({"XNOVU_METRICS_TOKEN": "sesame"}, "Bearer sesame", 200),
    ):
        face = app(busy, **environ)
        async with face.router.lifespan_context(face):
            found = await ask(face, "/api/status/all", headers={} if given is None else {"Authorization": given})
        assert found.status_code == status, found.text
        assert "XNOVU_METRICS_TOKEN" in found.text or status == 200
    assert found.headers["cache-control"] == "no-store"


def test_a_key_of_a_is_told_of_a(face: FaceProcess, keys: Keys, served: Database) -> None:
    mine, other = uuid4(), uuid4()
    insert(sender(served, mine))
    insert(sender(served, other), channels=["FAX"])
    with face.client(keys.make(mine, scopes="{read}")) as client:
        found = client.get("/api/status")
        assert (found.status_code, found.headers["cache-control"]) == (200, "no-store")
        assert found.headers["ratelimit-limit"] and found.json()["enterpriseId"] == str(mine)
        assert found.json()["failures"] == [] and sum(lane["waiting"] for lane in found.json()["lanes"]) == 1
        assert client.get("/api/status", params={"nosuch": "x"}).status_code == 400
        assert client.get("/api/status/all").status_code == 401
    with face.client(keys.make(mine, other, scopes="{read}")) as client:
        assert client.get("/api/status").status_code == 400
        found = client.get("/api/status", params={"enterpriseId": str(other)})
        assert [one["code"] for one in found.json()["failures"]] == ["channel_unknown"]
    with face.client(keys.make(mine, scopes="{send}")) as client:
        assert client.get("/api/status").status_code == 403
    with face.client() as nobody:
        assert nobody.get("/api/status").status_code == 401


def test_the_page_is_made_of_its_own_files_only(face: FaceProcess) -> None:
    with face.client() as client:
        page = client.get("/status")
        parts = {name: client.get(f"/status/{name}") for name in (file.name for file in FILES.iterdir())}
        assert client.get("/status/..%2fstatus.py").status_code == 404
        assert client.get("/status/nosuch.js").json()["code"] == "not_found"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert {answer.status_code for answer in parts.values()} == {200}
    texts = "".join(answer.text for answer in parts.values())
    assert set(re.findall(r"https?://[^\s\"']+", texts)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|localStorage", texts)
