"""`xnovu preview`: the files that each channel would get, and what is wrong, without writing to the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cluster import A, B, Database
from tests.workflows.support import Team, manager_of_a

from xnovu import preview as module
from xnovu.errors import UserError


@pytest.fixture
def manager(database: Database, tmp_path: Path) -> Team:
    team = manager_of_a(database, tmp_path / "team")
    team.push()
    return team


def preview(team: Team, *arguments: str, payload: str = "{}") -> subprocess.CompletedProcess[str]:
    """The command, with the payload on standard input."""
    options = ["gate", "--payload", "-", "--enterprise", str(A), "--out", str(team.folder / "out"), *arguments]
    return subprocess.run(
        [sys.executable, "-c", "from xnovu.cli import main; main()", "preview", *options],
        env=os.environ | {"DATABASE_URL": team.database.url(team.login)},
        input=payload,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_an_enterprise_the_context_of_the_session_counts(
    manager: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = manager.database.url(manager.login)
    with pytest.raises(UserError, match="may not manage what all"):
        module.preview(url, "gate", {}, say=manager.said.append, folder=tmp_path / "out")
    monkeypatch.setenv("PGOPTIONS", f"-c app.current_enterprise_id={A}")
    assert module.preview(url, "gate", {}, say=manager.said.append, folder=tmp_path / "out")
    monkeypatch.setenv("PGOPTIONS", f"-c app.current_enterprise_id={B}")
    with pytest.raises(UserError, match="The database refuses"):
        module.preview(url, "gate", {}, say=manager.said.append, folder=tmp_path / "out")
    assert module.preview(url, "gate", {}, say=manager.said.append, folder=tmp_path / "out", enterprise=A)


def test_each_channel_gets_its_files_and_a_line(manager: Team) -> None:
    before = manager.state()
    shown = preview(manager, payload='{"gate": "north"}')
    assert (shown.returncode, shown.stderr) == (0, "")
    out = manager.folder / "out"
    assert {path.name for path in out.iterdir()} == {"email.html", "email.txt", "sms.txt"}
    assert "<p>The gate north is open.</p>" in (out / "email.html").read_text()
    assert '<meta charset="utf-8">' in (out / "email.html").read_text()
    assert "The gate north is open." in (out / "email.txt").read_text()
    assert (out / "sms.txt").read_text() == "The gate north is open.\n"
    lines = shown.stdout.splitlines()
    assert lines[0] == "gate, draft"
    assert [line.split()[0] for line in lines[1:4]] == ["channel", "EMAIL", "SMS"]
    assert "gate, gate-header" in lines[2]
    assert lines[2].endswith("north is open")
    assert "1 GSM-7" in lines[3]
    assert str(out / "sms.txt") in lines
    assert manager.state() == before


def test_it_is_the_draft_or_a_version(manager: Team) -> None:
    manager.execute("update notify.ent_notification_template set body_template = 'Shut.' where channel_type = 'SMS'")
    assert "\nShut." in preview(manager, "--text", "--channel", "sms").stdout
    shown = preview(manager, "--text", "--channel", "sms", "--workflow-version", "1").stdout
    assert shown.startswith("gate, version 1\n")
    assert "\nThe gate 1 is open." in shown


def test_a_locale_takes_its_variant(manager: Team) -> None:
    preview(manager, "--locale", "da-DK")
    assert "Porten er åben." in (manager.folder / "out/email.html").read_text()


def test_the_building_and_a_drill_are_those_that_are_named(manager: Team) -> None:
    manager.write(
        "workflows/gate/sms.txt", "{{ notification.building }}{% if notification.is_drill %}, drill{% endif %}"
    )
    manager.push()
    preview(manager, "--building", "Harbour Tower", "--drill")
    assert (manager.folder / "out/sms.txt").read_text() == "Harbour Tower, drill\n"


def test_a_channel_with_an_error_is_status_1_and_the_others_are_there(manager: Team) -> None:
    manager.write("workflows/gate/sms.txt", "{{ nothing }}")
    manager.push(publish=False)
    shown = preview(manager)
    assert shown.returncode == 1
    assert [line for line in shown.stdout.splitlines() if line.startswith("error: SMS: ") and "nothing" in line]
    assert {path.name for path in (manager.folder / "out").iterdir()} == {"email.html", "email.txt"}


def test_segments_are_counted_and_too_many_are_an_error(manager: Team) -> None:
    assert "2 GSM-7" in preview(manager, payload=json.dumps({"gate": "n" * 170})).stdout
    assert "2 UCS-2" in preview(manager, payload=json.dumps({"gate": "門" * 70})).stdout
    shown = preview(manager, payload=json.dumps({"gate": "north " * 200}))
    assert shown.returncode == 1
    assert [line for line in shown.stdout.splitlines() if line.startswith("error: SMS: ") and "segments" in line]


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ('{\n  "gate": north}', "standard input, line 2, column 11"),
        ("[]", "is no object"),
        ("", "standard input, line 1, column 1"),
    ],
)
def test_a_payload_that_is_no_json_is_told_where(manager: Team, payload: str, complaint: str) -> None:
    shown = preview(manager, payload=payload)
    assert shown.returncode == 1
    assert complaint in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_a_payload_file_that_there_is_not_is_named(manager: Team) -> None:
    shown = preview(manager, "--payload", "no-such.json")
    assert shown.returncode == 1
    assert "no-such.json can't be read" in shown.stderr


def test_a_payload_that_breaks_the_schema_is_told(manager: Team) -> None:
    shown = preview(manager, payload='{"gate": 7}')
    assert "gate" in shown.stdout.partition("error: ")[2] + shown.stdout.partition("warning: ")[2]


def test_an_unknown_workflow_or_channel_is_one_paragraph(manager: Team) -> None:
    shown = preview(manager, "--channel", "FAX")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "there is no channel 'FAX'" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_what_was_written_is_opened_when_asked(manager: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    url = manager.database.url(manager.login)
    assert module.preview(url, "gate", {}, say=opened.append, enterprise=A, folder=tmp_path / "o", open_browser=True)
    assert opened[-2:] == [(tmp_path / "o" / name).as_uri() for name in ("email.html", "sms.txt")]


def test_without_a_folder_a_new_one_is_made_and_named(
    manager: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said: list[str] = []
    module.preview(manager.database.url(manager.login), "gate", {}, say=said.append, enterprise=A, channel="SMS")
    assert Path(said[-1]).read_text() == "The gate 1 is open.\n"
    assert Path(said[-1]).is_relative_to(tmp_path)
