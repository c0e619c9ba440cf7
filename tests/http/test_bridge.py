"""The bridge over HTTP: signatures, and the whole way with a worker and a Novu in bridge mode."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from tests.cluster import A, Database
from tests.http.support import FaceProcess
from tests.support import add_workflow, insert, one, publish_workflow, sender
from tests.worker.processes import KEY, Sandbox, WorkerProcess, until

from xnovu.http.app import create_app
from xnovu.http.bridge import HEADER, TOLERANCE_MS, find_fault, sign
from xnovu.http.options import FaceOptions
from xnovu.log import Log
from xnovu.settings import Source

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (sign("k", NOW, b"{}"), None),
        (sign("k", NOW - TOLERANCE_MS, b"{}"), None),
        (sign("k", NOW + TOLERANCE_MS, b"{}"), None),
        (sign("k", NOW - TOLERANCE_MS - 1, b"{}"), "SignatureExpiredError"),
        (sign("k", NOW + TOLERANCE_MS + 1, b"{}"), "SignatureExpiredError"),
        (sign("another", NOW, b"{}"), "SignatureMismatchError"),
        (sign("k", NOW, b"{} "), "SignatureMismatchError"),
        (sign("k", NOW, b"{}").replace(f"t={NOW}", f"t={NOW + 1}"), "SignatureMismatchError"),
        (sign("k", NOW, b"{}").upper(), "SignatureInvalidError"),
        ("t=1", "SignatureInvalidError"),
        (f"t={NOW},v1=é", "SignatureInvalidError"),
        ("", "SignatureNotFoundError"),
        (None, "SignatureNotFoundError"),
    ],
)
def test_a_signature_is_good_for_five_minutes_and_for_the_very_body(header: str | None, fault: str | None) -> None:
    assert find_fault(header, b"{}", "k", NOW) == fault


def test_the_form_of_a_signature_is_novus() -> None:
    # made by OpenSSL: printf '1700000000000.{}' | openssl dgst -sha256 -hmac k
    expected = "eec42247bc49c051fec352ebafa4f9b4ed1189fd7fef74e33988666a2c97b905"
    assert sign("k", NOW, b"{}") == f"t={NOW},v1={expected}"


def app(database: Database, **environ: str) -> Starlette:
    source = Source("DATABASE_URL", database.url("test_http"))
    return create_app(FaceOptions(source, environ=environ), Log("json", "error"))


async def ask(application: Starlette, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://face") as client:
        return await client.request(more.pop("method", "GET"), path, **more)


def signed(key: str, body: bytes = b"{}") -> dict[str, str]:
    return {HEADER: sign(key, int(time.time() * 1000), body)}


async def test_each_target_has_its_own_key_and_nobody_learns_which_there_are(database: Database) -> None:
    face = app(database, NOVU_SECRET_KEY="k", NOVU_SECRET_KEY_MERIDIAN="m", NOVU_SECRET_KEY_FAR_FILE="/etc/hostname")
    async with face.router.lifespan_context(face):
        for path, key, status in (
            ("/api/novu?action=discover", "k", 200),
            ("/api/novu/default?action=discover", "k", 200),
            ("/api/novu/meridian?action=discover", "m", 200),
            ("/api/novu/meridian?action=discover", "k", 401),
            ("/api/novu/unknown?action=discover", "k", 401),
            ("/api/novu/far-file?action=discover", "/etc/hostname", 401),
            ("/api/novu/..%2f?action=discover", "k", 404),
            ("/api/novu?action=health-check", "", 200),
            ("/api/novu", "", 200),
        ):
            found = await ask(face, path, headers=signed(key) if key else {})
            assert found.status_code == status, path
            if status == 401:
                assert found.json()["code"] == "SignatureMismatchError"
        unsigned = await ask(face, "/api/novu/unknown?action=discover")
        assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SignatureNotFoundError")


async def test_a_health_check_without_a_signature_tells_no_target_from_another(database: Database) -> None:
    add_workflow(database)
    with database.connect("test_admin") as admin:
        admin.execute(
            "insert into notify.notification_bridge (target, bridge_url) values ('default', 'https://x.example')"
        )
    face = app(database, NOVU_SECRET_KEY="k")
    async with face.router.lifespan_context(face):
        known, unknown = [
            await ask(face, f"/api/novu/{target}?action=health-check") for target in ("default", "unknown")
        ]
        assert known.json() == unknown.json()
        signed_one = await ask(face, "/api/novu?action=health-check", headers=signed("k"))
        assert signed_one.json() == known.json() | {"discovered": {"workflows": 1, "steps": 1}}


async def test_a_target_whose_name_only_ends_like_a_files_has_a_key(database: Database) -> None:
    face = app(database, NOVU_SECRET_KEY_PROFILE="p")
    async with face.router.lifespan_context(face):
        found = await ask(face, "/api/novu/profile?action=discover", headers=signed("p"))
        assert found.status_code == 200


async def test_a_body_is_checked_as_it_came_before_anybody_reads_it(database: Database) -> None:
    face = app(database, NOVU_SECRET_KEY="k")
    async with face.router.lifespan_context(face):
        for body in (b"{bad", b'{"a": "\x00"}', b"\xff\xfe", b"[" * 100_000, b""):
            headers = signed("k", body)
            path = "/api/novu?action=execute&workflowId=greeting&stepId=email"
            found = await ask(face, path, method="POST", content=body, headers=headers)
            assert (found.status_code, found.json()["code"]) == (400, "ExecutionEventPayloadInvalidError")
            changed = await ask(face, path, method="POST", content=body + b" ", headers=headers)
            assert changed.json()["code"] == "SignatureMismatchError"


def test_the_whole_way_in_bridge_mode(database: Database, tmp_path: Path) -> None:
    add_workflow(database, channels=("EMAIL", "SMS"), is_at_novu=False)
    with (
        FaceProcess(tmp_path, database.url("test_http"), NOVU_SECRET_KEY=KEY) as face,
        Sandbox(tmp_path, "--strict") as novu,
    ):
        database.keep("test_admin").execute(
            "insert into notify.notification_bridge (target, bridge_url) values ('default', %s)",
            [f"{face.url}/api/novu"],
        )
        with WorkerProcess(tmp_path, database.url("test_worker"), novu.url, lease=10.0, timeout=5.0) as worker:
            until(lambda: database.look("select is_in_step from notify.notification_bridge") == [{"is_in_step": True}])
            notification = insert(sender(database, A), recipients=["11111111-1111-4111-8111-111111111111"])
            until(lambda: len(novu.deliveries()) == 2)
            said = {row["channel"]: (row["subject"], row["body"], row["error"]) for row in novu.deliveries()}
            assert said == {
                "email": ("Subject of greeting", "<p>Hello Ada</p>", None),
                "sms": (None, "<p>Hello Ada</p>", None),
            }
            workflows = httpx.get(f"{novu.url}/v2/workflows", headers={"Authorization": f"ApiKey {KEY}"}).json()["data"]
            assert [(w["workflowId"], w["origin"]) for w in workflows["workflows"]] == [("greeting", "external")]
            publish_workflow(database, "greeting")
            until(lambda: database.look("select is_in_step from notify.notification_bridge") == [{"is_in_step": True}])
            assert worker.drain() == os.EX_OK
        overview = "select notification_status from notify.notification_overview where notification_id = %s"
        assert one(database.keep(), overview, notification)["notification_status"] == "SENT"
