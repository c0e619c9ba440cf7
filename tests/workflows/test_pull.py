"""Pull and diff: what was pushed comes back byte for byte, and a diff says when it would not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cluster import A, Database
from tests.workflows.support import GATE, SOUND, Team, files_in, manager_of_a

from xnovu import demo, files
from xnovu.errors import UserError


@pytest.fixture
def manager(database: Database, tmp_path: Path) -> Team:
    team = manager_of_a(database, tmp_path / "team")
    team.push()
    return team


def run(team: Team, arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, for the team's enterprise."""
    return subprocess.run(
        [sys.executable, "-c", "from xnovu.cli import main; main()", "workflows", *arguments.split()],
        env=os.environ | {"DATABASE_URL": team.database.url(team.login)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_unread(team: Team, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line, with an output that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, "-c", "from xnovu.cli import main; main()", *arguments],
            env=os.environ | {"DATABASE_URL": team.database.url(team.login)} | variables,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)


def test_what_was_pushed_and_pulled_elsewhere_differs_in_nothing(manager: Team, tmp_path: Path) -> None:
    other = tmp_path / "other"
    said = manager.pull(other)
    assert {line for line in said if line.startswith("new: ")} == {f"new: {path}" for path in SOUND}
    assert manager.diff(other) == []
    first = files_in(other)
    assert manager.pull(other) == [f"Nothing to do: {other} has all that is in the database."]
    assert files_in(other) == first


def test_a_pull_leaves_files_that_say_the_same_as_they_are(manager: Team) -> None:
    manager.write(GATE, "# Gates, and nothing else\n" + SOUND[GATE])
    manager.write("workflows/gate/sms.txt", SOUND["workflows/gate/sms.txt"].replace("\n", "\r\n"))
    before = files_in(manager.folder)
    manager.pull()
    assert files_in(manager.folder) == before


def test_a_pull_writes_what_differs_and_names_it(manager: Team) -> None:
    manager.execute(
        "update notify.ent_notification_template set body_template = e'Shut.\\n' where channel_type = 'SMS'"
    )
    before = files_in(manager.folder)
    assert manager.pull() == ["changed: workflows/gate/sms.txt"]
    after = files_in(manager.folder)
    assert {path for path in after if after[path] != before[path]} == {"workflows/gate/sms.txt"}
    assert after["workflows/gate/sms.txt"].endswith(b"---\nShut.\n\n")
    assert manager.diff() == []


def test_a_pull_deletes_nothing(manager: Team) -> None:
    manager.write("workflows/gate/push.txt", "Open.\n")
    manager.write("notes.txt", "mine")
    assert "left as it is: workflows/gate/push.txt is in this folder only." in manager.pull()
    assert (manager.folder / "workflows/gate/push.txt").exists()
    assert (manager.folder / "notes.txt").exists()


def test_a_pull_mends_a_broken_file(manager: Team) -> None:
    for broken in ("name: [", SOUND[GATE] + "categorie: ACCESS\n", ""):
        manager.write(GATE, broken)
        assert f"changed: {GATE}" in manager.pull()
        assert manager.diff() == []


@pytest.mark.parametrize("linked", ["workflows/gate/sms.txt", "workflows/gate"])
def test_a_pull_writes_through_no_link(manager: Team, tmp_path: Path, linked: str) -> None:
    there = tmp_path / "there"
    (manager.folder / linked).rename(there)
    (manager.folder / linked).symlink_to(there)
    manager.execute("update notify.ent_notification_template set body_template = 'Shut.' where channel_type = 'SMS'")
    before = files_in(tmp_path)
    with pytest.raises(UserError, match=f"\n  {linked}: this is a symbolic link"):
        manager.pull()
    assert files_in(tmp_path) == before


def test_a_pull_of_keys_takes_only_these(manager: Team, tmp_path: Path) -> None:
    manager.pull(tmp_path / "other", "gate-header")
    assert set(files_in(tmp_path / "other")) == {"templates/gate-header/email.html"}


def test_a_key_that_there_is_not_is_named(manager: Team, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no workflow and no template gatte"):
        manager.pull(tmp_path / "other", "gatte")
    assert not (tmp_path / "other").exists()


def test_an_inline_schema_stays_where_it_is(manager: Team) -> None:
    (manager.folder / "workflows/gate/payload_schema.json").unlink()
    manager.write(GATE, SOUND[GATE] + "payload_schema: {type: object}\n")
    manager.push()
    manager.execute("update notify.ent_notification_workflow set name = 'Gates'")
    assert manager.pull() == [f"changed: {GATE}"]
    assert not (manager.folder / "workflows/gate/payload_schema.json").exists()
    assert manager.diff() == []


def test_a_diff_shows_what_push_would_change(manager: Team) -> None:
    manager.write(GATE, SOUND[GATE].replace("2 hours", "3 hours"))
    assert [line for line in manager.diff() if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        "-expires_after: 2 hours",
        "+expires_after: 3 hours",
    ]


def test_the_exit_status_of_a_diff_is_that_of_the_program_diff(manager: Team) -> None:
    command = f"diff {manager.folder} --enterprise {A}"
    assert run(manager, command).returncode == 0
    manager.write("workflows/gate/sms.txt", "Shut.\n")
    differing = run(manager, command)
    assert differing.returncode == 1
    assert "+Shut." in differing.stdout
    assert "\x1b" not in differing.stdout
    manager.write("workflows/gate/sms.txt", "")
    broken = run(manager, command)
    assert broken.returncode == 2
    assert "workflows/gate/sms.txt: it is empty." in broken.stderr


@pytest.mark.parametrize(("command", "status"), [("diff", 1), ("push", 0), ("pull", 0)])
def test_a_reader_that_goes_away_changes_nothing_but_what_is_read(manager: Team, command: str, status: int) -> None:
    manager.write("workflows/gate/sms.txt", "Shut.\n" * 9)
    finished = run_unread(manager, "workflows", command, str(manager.folder), "--enterprise", str(A))
    assert (finished.returncode, finished.stderr) == (status, "")
    assert bool(manager.diff()) is (command == "diff")


@pytest.mark.parametrize("arguments", ["--help", "--version", "doctor", "doctor --json", "health", "preview gate"])
def test_no_command_complains_of_a_reader_that_goes_away(manager: Team, arguments: str) -> None:
    finished = run_unread(manager, *arguments.split(), PGOPTIONS=f"-c app.current_enterprise_id={A}")
    assert finished.stderr == ""


def test_push_and_pull_on_the_command_line(manager: Team, tmp_path: Path) -> None:
    manager.write("workflows/gate/sms.txt", "Shut.\n")
    pushed = run(manager, f"push {manager.folder} --enterprise {A} --note shut")
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert "published gate, version 2" in pushed.stdout
    pulled = run(manager, f"pull {tmp_path / 'other'} gate --enterprise {A}")
    assert (pulled.returncode, pulled.stderr) == (0, "")
    assert "new: workflows/gate/sms.txt" in pulled.stdout


def test_a_broken_folder_is_a_list_of_its_problems_and_status_1(manager: Team) -> None:
    manager.write("workflows/gate/sms.txt", "{{ gate | uper }}")
    pushed = run(manager, f"push {manager.folder} --enterprise {A}")
    assert pushed.returncode == 1
    assert "  workflows/gate/sms.txt:1" in pushed.stderr
    assert "Traceback" not in pushed.stderr


def test_the_samples_are_as_the_database_has_them(database: Database, tmp_path: Path) -> None:
    demo.load(database.url())
    admin = Team(database, files.path("samples"), "sample_admin", None)
    assert admin.diff() == []
    admin.pull(tmp_path)
    admin.folder = tmp_path
    assert admin.push() == [f"Nothing to do: the database has all that is in {tmp_path}."]


def test_a_fallback_goes_with_its_workflow(manager: Team) -> None:
    manager.write(GATE, SOUND[GATE] + "fallback_text: |-\n  The gate is open.\n  See to it.\n")
    assert "+  See to it." in manager.diff()
    manager.push()
    query = "select fallback_text from notify.notification_workflow_version order by version desc limit 1"
    assert manager.execute(query) == [("The gate is open.\nSee to it.",)]
    assert manager.diff() == []
    manager.execute("update notify.ent_notification_workflow set fallback_text = 'See to the gate.'")
    assert manager.pull() == [f"changed: {GATE}"]
    assert "fallback_text: See to the gate.\n" in (manager.folder / GATE).read_text()


def test_a_critical_workflow_without_a_fallback_is_not_pushed(manager: Team) -> None:
    manager.write(GATE, SOUND[GATE] + "priority: CRITICAL\n")
    with pytest.raises(UserError) as caught:
        manager.push()
    assert GATE in caught.value.message
    assert "fallback_text" in caught.value.message
