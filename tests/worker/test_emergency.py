"""Emergencies the whole way, with a worker and the sandbox: what lacks everything, or kills its backend, goes out."""

from __future__ import annotations

from pathlib import Path

from tests.cluster import Database
from tests.support import add_template, add_workflow, insert, one, platform, publish_workflow, sender, settle_syncs
from tests.worker.processes import Sandbox, WorkerProcess, statuses, until
from tests.worker.test_delivery import DEADLY_RENDERING

TEXT = "Leave the building."


def test_an_alarm_with_an_empty_payload_goes_out(database: Database, tmp_path: Path) -> None:
    add_workflow(
        database,
        "alarm",
        "<p>Fire on {{ floor }}: {% for exit in exits %}{{ exit.name }}{% endfor %}</p>",
        channels=("EMAIL", "SMS"),
        priority="CRITICAL",
        payload_schema={"type": "object", "required": ["floor"], "properties": {"floor": {}, "exits": {}}},
        fallback_text=TEXT,
        publish=False,
    )
    add_template(
        database,
        "alarm",
        "{{ floor | round }} {% for n in range(9999) %}{% for m in range(9999) %}{% endfor %}{% endfor %}",
        channel="SMS",
    )
    publish_workflow(database, "alarm")
    settle_syncs(database)
    with Sandbox(tmp_path) as sandbox, WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url):
        made = insert(sender(database), workflow_key="alarm", payload={})
        until(lambda: statuses(database) == {"SENT": 1})
        arrived = str(sandbox.deliveries())
    assert "Fire on [floor]: [exits.name]" in arrived
    assert TEXT in arrived
    row = one(sender(database), "select warnings from notify.ent_notification where id = %s", made)
    found = {(warning["code"], warning.get("channel")) for warning in row["warnings"]}
    assert found == {
        ("payload_invalid", None),
        ("variable_missing", "EMAIL"),
        ("variable_missing", "SMS"),
        ("template_endless", "SMS"),
        ("fallback_used", "SMS"),
    }


def test_an_alarm_that_ends_its_backend_goes_out_as_the_fallback(database: Database, tmp_path: Path) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    database.keep().execute(DEADLY_RENDERING)
    with Sandbox(tmp_path) as sandbox, WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url, lease=2.0):
        connection = platform(database)
        insert(connection)
        deadly = insert(connection, payload={"name": "Deadly"})
        until(lambda: statuses(database) == {"SENT": 2}, 60)
        arrived = [str(row) for row in sandbox.deliveries()]
    assert [TEXT in text for text in arrived].count(True) == 1
    row = one(sender(database), "select warnings from notify.ent_notification where id = %s", deadly)
    assert [w["code"] for w in row["warnings"]] == ["render_crashed", "fallback_used"]
