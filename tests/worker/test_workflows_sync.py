"""Novu's workflows kept in step by a real worker against the sandbox, and `xnovu workflows sync`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cluster import A, B, Database
from tests.database.test_targets import give_target
from tests.support import add_template, add_workflow, insert, publish_workflow, sender, status_of
from tests.worker.processes import KEY, XNOVU, Sandbox, WorkerProcess, until

AUTHORIZED = {"Authorization": f"ApiKey {KEY}"}


@pytest.fixture
def novu(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that knows only what is made there."""
    with Sandbox(tmp_path, "--strict") as running:
        yield running


@pytest.fixture
def worker(tmp_path: Path, database: Database, novu: Sandbox) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path, database.url("test_worker"), novu.url) as running:
        yield running


def at_novu(novu: Sandbox, identifier: str = "greeting") -> dict[str, Any] | None:
    answer = httpx.get(f"{novu.url}/v2/workflows/{identifier}", headers=AUTHORIZED)
    found: dict[str, Any] | None = answer.json()["data"] if answer.status_code == 200 else None
    return found


def standing(database: Database) -> list[tuple[str, str, str]]:
    query = "select workflow_key, target, state from notify.workflow_sync_status order by 1, 2"
    return [(row["workflow_key"], row["target"], row["state"]) for row in database.look(query, user="test_admin")]


def wait_in_step(database: Database) -> None:
    until(lambda: all(state == "IN_STEP" for _, _, state in standing(database)))


def sync(database: Database, *arguments: str, login: str = "test_admin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*XNOVU, "workflows", "sync", *arguments],
        env=os.environ | {"DATABASE_URL": database.url(login)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def change(database: Database, statement: str) -> None:
    with database.cluster.admin(database.name) as connection:
        connection.execute(statement.encode())


def test_a_workflow_is_created_updated_switched_off_and_deleted_at_novu(
    database: Database, novu: Sandbox, worker: WorkerProcess
) -> None:
    add_workflow(database, is_at_novu=False)
    wait_in_step(database)
    made = at_novu(novu)
    assert made is not None and made["active"] and [s["type"] for s in made["steps"]] == ["email"]

    add_template(database, "greeting", "Hello", channel="SMS")
    publish_workflow(database, "greeting")
    wait_in_step(database)
    updated = at_novu(novu)
    assert updated is not None and [s["type"] for s in updated["steps"]] == ["email", "sms"]
    assert updated["steps"][0]["_id"] == made["steps"][0]["_id"] and updated["_id"] == made["_id"]

    change(database, "update notify.ent_notification_workflow set deactivated = true")
    wait_in_step(database)
    switched = at_novu(novu)
    assert switched is not None and not switched["active"]

    change(database, "update notify.ent_notification_workflow set published_version = null, publish_status = 'DRAFT'")
    until(lambda: standing(database) == [])
    assert at_novu(novu) is None
    assert not worker.events("post_refused")


def test_what_is_published_and_sent_at_once_is_delivered(
    database: Database, novu: Sandbox, worker: WorkerProcess
) -> None:
    until(lambda: bool(worker.events("connected")))
    add_workflow(database, is_at_novu=False)
    made = insert(sender(database), priority="CRITICAL")
    until(lambda: status_of(database, made)["notification_status"] == "SENT")
    assert len(novu.deliveries()) == 1


def test_a_novu_that_was_away_and_comes_back_without_workflows_gets_them_again(
    database: Database, novu: Sandbox, worker: WorkerProcess
) -> None:
    novu.kill()
    add_workflow(database, is_at_novu=False)
    until(lambda: standing(database) == [("greeting", "default", "RETRYING")])
    novu.start()
    wait_in_step(database)
    novu.kill()
    novu.start()  # it has forgotten everything, and nobody has told the database
    assert standing(database) == [("greeting", "default", "IN_STEP")]
    made = insert(sender(database))
    until(lambda: status_of(database, made)["notification_status"] == "SENT")
    assert at_novu(novu) is not None


def test_each_target_gets_its_workflows(database: Database, novu: Sandbox, tmp_path: Path) -> None:
    give_target(database, B, "meridian")
    add_workflow(database, is_at_novu=False)
    add_workflow(database, enterprise=A, is_at_novu=False)
    add_workflow(database, enterprise=B, is_at_novu=False)
    (tmp_path / "own").mkdir()
    with Sandbox(tmp_path / "own") as own:
        url = database.url("test_worker")
        with WorkerProcess(tmp_path, url, novu.url, NOVU_API_URL_MERIDIAN=own.url, NOVU_SECRET_KEY_MERIDIAN=KEY):
            wait_in_step(database)
            known = {target.url: {w["workflowId"] for w in listed(target)} for target in (novu, own)}
    assert known == {novu.url: {"greeting", f"{A}_greeting"}, own.url: {"greeting", f"{B}_greeting"}}


def listed(novu: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{novu.url}/v2/workflows", headers=AUTHORIZED).json()["data"]["workflows"]
    return found


def test_a_check_names_what_was_changed_by_hand_and_a_sync_mends_it(
    database: Database, novu: Sandbox, worker: WorkerProcess
) -> None:
    add_workflow(database, is_at_novu=False)
    add_workflow(database, "other", enterprise=A, is_at_novu=False)
    checked = sync(database, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "greeting" in checked.stdout and "All 2 are in step." in checked.stdout

    httpx.patch(f"{novu.url}/v2/workflows/greeting", headers=AUTHORIZED, json={"name": "mine now"})
    checked = sync(database, "--check")
    assert checked.returncode == 1
    assert 'its name is "mine now"' in checked.stdout and "1 of 2 are in step." in checked.stdout
    found = at_novu(novu)
    assert found is not None and found["name"] == "mine now"

    mended = sync(database, "greeting")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "other" not in mended.stdout
    found = at_novu(novu)
    assert found is not None and found["name"] == "a workflow"


def test_a_manager_checks_its_own(database: Database, novu: Sandbox, worker: WorkerProcess) -> None:
    database.bind("test_manager", A)
    for enterprise in (A, B):
        add_workflow(database, "own", enterprise=enterprise, is_at_novu=False)
    checked = sync(database, "--check", "--enterprise", str(A), login="test_manager")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert str(A) in checked.stdout and str(B) not in checked.stdout
    assert "All 1 are in step." in checked.stdout


def test_without_a_worker_it_says_so(database: Database) -> None:
    add_workflow(database)
    asked = sync(database, "--check")
    assert asked.returncode == 1 and "No worker is running" in asked.stderr


def test_an_unknown_workflow_is_named(database: Database, worker: WorkerProcess) -> None:
    until(lambda: bool(worker.events("connected")))
    asked = sync(database, "grating")
    assert asked.returncode == 1 and "'grating'" in asked.stderr and "Traceback" not in asked.stderr


def test_what_novu_refuses_is_shown_and_it_does_not_wait_for_ever(database: Database, tmp_path: Path) -> None:
    add_workflow(database, is_at_novu=False)
    with (
        Sandbox(tmp_path, "--api-key", "another") as novu,
        WorkerProcess(tmp_path, database.url("test_worker"), novu.url) as worker,
    ):
        until(lambda: bool(worker.events("connected")))
        asked = sync(database, "--check", "--wait", "2")
    assert asked.returncode == 1
    assert "RETRYING" in asked.stdout and "Unauthorized" in asked.stdout
    assert "Not all was done within 2 s" in asked.stdout
