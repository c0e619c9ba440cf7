"""How the doctor shows what it found: on a terminal, in a pipe, as JSON; and its exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from rich.console import Console
from tests.cluster import Database

from xnovu.doctor import Check, as_json, is_well, show
from xnovu.doctor.clock import Reading, compare

CHECKS = [
    Check("encoding", "ok", "UTF8"),
    Check("queue", "warning", "late [really]", "Run more workers."),
    Check("roles", "failed", "there is no notify_worker", "Run `xnovu migrate`."),
    Check("novu", "skipped", "no key"),
]


def shown(terminal: bool) -> str:
    stream = io.StringIO()
    show(
        CHECKS, Console(file=stream, force_terminal=terminal, width=100, color_system="standard" if terminal else None)
    )
    return stream.getvalue()


def test_a_pipe_gets_a_line_for_each_without_colours() -> None:
    lines = shown(terminal=False).splitlines()
    assert lines[0] == "ok       encoding         UTF8"
    assert "late [really]" in lines[1]
    assert lines[2].strip() == "mend: Run more workers."
    assert lines[-1] == "Not well: 1 ok, 1 warning, 1 failed, 1 skipped."
    assert "\x1b" not in "".join(lines)


def test_a_terminal_gets_a_table_in_colours() -> None:
    text = shown(terminal=True)
    assert "\x1b[" in text
    assert "→ Run more workers." in text


def test_json_carries_every_check() -> None:
    content = json.loads(as_json(CHECKS))
    assert content["ok"] is False
    assert content["checks"][1] == {
        "name": "queue",
        "status": "warning",
        "found": "late [really]",
        "mend": "Run more workers.",
    }


def test_only_a_failure_is_not_well() -> None:
    assert is_well(CHECKS[:2])
    assert not is_well(CHECKS[:3])


@pytest.mark.parametrize(("ahead", "status"), [(0.2, "ok"), (-4.9, "ok"), (6, "warning"), (-400, "failed")])
def test_clocks_are_judged_by_the_least_that_they_differ(ahead: float, status: str) -> None:
    assert compare([Reading("the database server", ahead, 0.0)]).status == status
    assert compare([Reading("a slow one", 6, 5.0)]).status == "ok"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")}
    command = [sys.executable, "-m", "xnovu", "doctor", *arguments]
    return subprocess.run(command, env=kept | variables, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_ends_with_0_when_nothing_failed_and_1_otherwise(database: Database) -> None:
    connection = database.connect("test_worker")
    connection.execute("select worker_v1.beat('host:1:x', '{}')")
    well = run("--json", DATABASE_URL=database.url())
    assert well.returncode == 0, well.stdout
    assert json.loads(well.stdout)["ok"] is True
    ill = run("--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert ill.returncode == 1
    assert ill.stdout.startswith("failed   database")
    assert "Traceback" not in ill.stderr
