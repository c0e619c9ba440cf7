"""The command line as a user meets it: help with examples, and errors as one paragraph."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from xnovu.cli import explain
from xnovu.errors import UserError

SECRET = "s3cr3t-word"
COMMANDS = [
    "migrate",
    "work",
    "doctor",
    "health",
    "serve",
    "keys",
    "keys create",
    "keys list",
    "keys revoke",
    "status",
    "sandbox",
    "preview",
    "sample",
    "sample load",
    "sample send",
    "sample watch",
    "workflows",
    "workflows push",
    "workflows pull",
    "workflows diff",
]


def xnovu(arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")}
    return subprocess.run(
        [sys.executable, "-c", "from xnovu.cli import main; main()", *arguments.split()],
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    finished = xnovu(f"{command} --help")
    assert finished.returncode == 0
    assert f"Example: xnovu {command}" in finished.stdout


def test_the_command_line_itself_has_an_example_and_offers_completion() -> None:
    finished = xnovu("--help")
    assert "Example: xnovu" in finished.stdout
    assert "--install-completion" in finished.stdout


def test_completion_offers_every_command() -> None:
    program = "import sys; sys.argv = ['xnovu']; from xnovu.cli import main; main()"
    variables = dict(os.environ, _XNOVU_COMPLETE="complete_bash", COMP_WORDS="xnovu ", COMP_CWORD="1")
    finished = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=30, check=False
    )
    assert set(finished.stdout.split()) == {command.split()[0] for command in COMMANDS}


def test_nothing_is_coloured_without_a_terminal() -> None:
    for arguments in ("--help", "sample --help", "no-such-command", "work --batch 0", "doctor"):
        finished = xnovu(arguments)
        assert "\x1b" not in finished.stdout + finished.stderr


def test_the_command_line_loads_none_of_what_only_some_commands_need() -> None:
    heavy = (
        "psycopg",
        "httpx",
        "alembic",
        "sqlalchemy",
        "rich",
        "starlette",
        "uvicorn",
        "yaml",
        "xnovu.doctor",
        "xnovu.migrate",
        "xnovu.status",
        "xnovu.workflows",
    )
    program = f"import sys, xnovu.cli; print([name for name in {heavy!r} if name in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert finished.stdout.strip() == "[]"


def test_the_version_is_shown() -> None:
    assert xnovu("--version").stdout.startswith("xnovu ")


def test_certificates_that_can_not_be_read_end_the_worker_and_are_named() -> None:
    finished = xnovu(
        "work",
        DATABASE_URL="postgresql://nobody@127.0.0.1:9/nowhere",
        NOVU_API_URL="https://novu.test",
        NOVU_SECRET_KEY="key",
        SSL_CERT_FILE="/no/such/certificates",
    )
    assert finished.returncode == 1
    assert "Check SSL_CERT_FILE and SSL_CERT_DIR." in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("command", ["migrate", "work", "sample load", "sample send", "sample watch"])
def test_a_missing_database_url_is_one_paragraph_and_status_1(command: str) -> None:
    finished = xnovu(command)
    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1
    assert "DATABASE_URL is not set" in finished.stderr


def test_a_missing_secret_key_is_named() -> None:
    finished = xnovu("work", DATABASE_URL="postgresql://h/d", NOVU_API_URL="http://novu")
    assert finished.returncode == 1
    assert "NOVU_SECRET_KEY is not set" in finished.stderr


def test_a_malformed_url_is_refused_before_any_work_and_its_password_is_not_shown() -> None:
    finished = xnovu("work", DATABASE_URL=f"postgresql+x://u:{SECRET}@h/d", NOVU_API_URL="x", NOVU_SECRET_KEY="x")
    assert finished.returncode == 1
    assert "DATABASE_URL is not a PostgreSQL connection URL" in finished.stderr
    assert SECRET not in finished.stderr


def test_slots_can_come_from_a_variable() -> None:
    finished = xnovu(
        "work", DATABASE_URL="postgresql://h/d", NOVU_API_URL="http://n", NOVU_SECRET_KEY="k", XNOVU_SLOTS="fast=1"
    )
    assert "there is no lane 'fast'" in finished.stderr


def test_health_says_why_it_is_not_well(tmp_path: Path) -> None:
    finished = xnovu("health", XNOVU_HEALTH_FILE=str(tmp_path / "life"))
    assert finished.returncode == 1
    assert str(tmp_path / "life") in finished.stdout


@pytest.mark.parametrize("well", [True, False])
def test_health_tells_scripts_in_json(tmp_path: Path, well: bool) -> None:
    file = tmp_path / "life"
    if well:
        file.write_text("host:1:x\n", encoding="utf-8")
    finished = xnovu(f"health --json --health-file {file}")
    assert finished.returncode == (0 if well else 1)
    answer = json.loads(finished.stdout)
    assert answer["ok"] is well
    assert ("host:1:x" if well else str(file)) in answer["found"]


def test_an_unreachable_database_is_a_paragraph_without_a_traceback() -> None:
    text = explain(psycopg.OperationalError('connection failed: port 1 failed: Connection refused\n\tIs it "running"?'))
    assert text.startswith("The database can't be reached: connection failed")
    assert "DATABASE_URL" in text
    assert "\n" not in text


def test_a_user_error_shows_its_message_and_hint() -> None:
    assert explain(UserError("It is closed.", "Open it.")) == "It is closed. Open it."
    assert explain(UserError("It is closed.", None)) == "It is closed."


def test_an_error_of_our_own_shows_its_traceback_only_when_asked() -> None:
    program = "import xnovu.cli as c; c.app = lambda: 1 / 0; c.main()"
    for debug, shown in (("", False), ("1", True)):
        finished = subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ, XNOVU_DEBUG=debug),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert finished.returncode == 1
        assert ("Traceback" in finished.stderr) is shown
        assert "ZeroDivisionError" in finished.stderr
