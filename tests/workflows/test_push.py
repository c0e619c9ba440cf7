"""Push: the whole folder or nothing, published where it changed something, with each problem at its file and line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cluster import A, B, Database
from tests.workflows.support import GATE, SOUND, Team, manager_of_a, write

from xnovu.errors import UserError
from xnovu.workflows import push, push_tree, read_whole
from xnovu.workflows.model import PRIORITIES


@pytest.fixture
def manager(database: Database, tmp_path: Path) -> Team:
    return manager_of_a(database, tmp_path)


@pytest.fixture
def admin(database: Database, tmp_path: Path) -> Team:
    return Team(database, write(tmp_path, SOUND), "test_admin", None)


def refused(team: Team) -> str:
    """Push what can't be pushed: nothing is written; returns the complaint."""
    before = team.state()
    with pytest.raises(UserError) as caught:
        team.push()
    assert team.state() == before
    assert caught.value.message.endswith("Nothing was changed.")
    return caught.value.message


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_a_folder_becomes_published_workflows(who: str, request: pytest.FixtureRequest) -> None:
    team: Team = request.getfixturevalue(who)
    assert "published gate, version 1" in team.push(note="the first")
    assert team.execute(
        "select w.workflow_type, w.expires_after::text, w.payload_schema -> 'type', v.note, v.published_by"
        " from notify.ent_notification_workflow as w inner join notify.notification_workflow_version as v"
        " on v.enterprise_id = w.enterprise_id and v.workflow_id = w.id"
    ) == [("STATIC" if who == "admin" else "DYNAMIC", "02:00:00", "object", "the first", team.login)]
    assert set(
        team.execute(
            "select template_key, channel_type, locale, subject_template from notify.ent_notification_template"
        )
    ) == {
        ("gate", "EMAIL", "", "{{ gate | default(1) }} is open"),
        ("gate", "EMAIL", "da", "Porten er åben"),
        ("gate", "SMS", "", None),
        ("gate-header", "EMAIL", "", None),
    }


def test_pushing_an_unchanged_folder_changes_nothing_and_says_so(manager: Team) -> None:
    manager.push()
    before = manager.state()
    assert manager.push() == [f"Nothing to do: the database has all that is in {manager.folder}."]
    assert manager.state() == before


def test_only_what_changed_is_published_again(manager: Team) -> None:
    write(manager.folder, {path.replace("/gate/", "/door/"): text for path, text in SOUND.items() if "/gate/" in path})
    manager.push()
    manager.write("workflows/door/sms.txt", "The door is open.\n")
    assert [line for line in manager.push() if line.startswith("published")] == ["published door, version 2"]
    assert manager.versions() == {"door": 2, "gate": 1}


def test_a_changed_template_publishes_the_workflows_that_include_it(manager: Team) -> None:
    write(manager.folder, {path.replace("/gate/", "/door/"): text for path, text in SOUND.items() if "/gate/" in path})
    manager.push()
    manager.write("templates/gate-header/email.html", "<h1>Doors and gates</h1>\n")
    manager.push()
    assert manager.versions() == {"door": 2, "gate": 2}


def test_what_would_change_is_shown_as_a_diff(manager: Team) -> None:
    manager.push()
    manager.write("workflows/gate/sms.txt", "Open.\n")
    said = manager.push()
    assert said[:2] == ["--- before/workflows/gate/sms.txt", "+++ after/workflows/gate/sms.txt"]
    assert "-The gate {{ gate | default(1) }} is open." in said
    assert "+Open." in said


def test_a_draft_that_was_changed_in_the_database_is_shown_and_overwritten(manager: Team) -> None:
    manager.push()
    manager.execute("update notify.ent_notification_template set body_template = 'Shut.' where channel_type = 'SMS'")
    assert "-Shut." in manager.push()
    assert manager.execute("select body_template from notify.ent_notification_template where channel_type = 'SMS'") == [
        ("The gate {{ gate | default(1) }} is open.",)
    ]
    assert manager.versions() == {"gate": 1}  # what is published never was the other


def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(manager: Team) -> None:
    before = manager.state()
    said = manager.push(dry_run=True)
    assert "would publish gate, version 1" in said
    assert said[-1] == "Nothing was changed: this was a dry run."
    assert manager.state() == before


def test_a_dry_run_finds_what_publishing_would_refuse(manager: Team) -> None:
    manager.write("workflows/gate/sms.txt", "{{ gate | uper }}\n")
    with pytest.raises(UserError, match="uper"):
        manager.push(dry_run=True)


def test_without_publishing_drafts_are_written_and_published_by_the_next_push(manager: Team) -> None:
    assert manager.push(publish=False)[-1] == "Written as drafts, not published."
    assert manager.versions() == {"gate": None}
    assert manager.push() == ["published gate, version 1"]


def test_switching_a_workflow_off_needs_no_new_version(manager: Team) -> None:
    manager.push()
    manager.write(GATE, SOUND[GATE] + "deactivated: true\n")
    assert "+deactivated: true" in manager.push()
    assert manager.execute("select deactivated, published_version from notify.ent_notification_workflow") == [(True, 1)]


def test_a_rollback_stays_until_the_folder_changes(manager: Team) -> None:
    manager.push()
    manager.write("workflows/gate/sms.txt", "Wrong.\n")
    manager.push()
    manager.execute("select notify.rollback('gate', 1)")
    assert manager.push()[0] == "gate was rolled back to version 1 and stays so: this folder changes nothing in it."
    assert manager.versions() == {"gate": 3}
    manager.write("workflows/gate/sms.txt", "Right.\n")
    manager.push()
    assert manager.versions() == {"gate": 4}


def test_every_problem_of_publishing_is_mapped_to_its_file_and_line(manager: Team) -> None:
    manager.write(
        "workflows/gate/email.html", "---\nname: Gate\nsubject: '{{ gate | uper }}'\n---\n<p>\n{{ gate | lowr }}</p>\n"
    )
    manager.write("workflows/gate/email.da.html", "---\nsubject: x\n---\n\n{% if %}\n")
    manager.write("workflows/gate/sms.txt", "\n{{ gate | trimm }}\n")
    lines = refused(manager).splitlines()[1:-1]
    for place, words in (
        ("workflows/gate/email.html:3", "uper"),
        ("workflows/gate/email.html:6", "lowr"),
        ("workflows/gate/email.da.html:5", ""),
        ("workflows/gate/sms.txt:2", "trimm"),
    ):
        assert [line for line in lines if line.strip().startswith(place) and words in line], lines
    assert len(lines) == 4


def test_a_warning_names_file_and_line_and_stops_nothing(manager: Team) -> None:
    (manager.folder / "workflows/gate/payload_schema.json").unlink()
    manager.write("workflows/gate/sms.txt", "---\nvariables_description: {gate: which}\n---\n\n{{ lane }}\n")
    said = manager.push()
    assert [line for line in said if line.startswith("warning: workflows/gate/sms.txt:5: ") and "lane" in line], said
    assert len([line for line in said if line.startswith("warning: ")]) == 1
    assert "published gate, version 1" in said


def test_a_draft_with_an_error_is_written_with_a_warning(manager: Team) -> None:
    manager.write("workflows/gate/sms.txt", "{{ gate | uper }}\n")
    said = manager.push(publish=False)
    assert [line for line in said if line.startswith("warning: workflows/gate/sms.txt:1: ") and "uper" in line], said


def test_a_missing_include_is_named_with_its_file(manager: Team) -> None:
    (manager.folder / "templates/gate-header/email.html").unlink()
    (manager.folder / "templates/gate-header").rmdir()
    message = refused(manager)
    assert "workflows/gate/email.html" in message
    assert "gate-header" in message


def test_problems_of_several_workflows_are_all_named(manager: Team) -> None:
    write(manager.folder, {path.replace("/gate/", "/door/"): text for path, text in SOUND.items() if "/gate/" in path})
    manager.write("workflows/door/sms.txt", "{{ a | uper }}\n")
    manager.write("workflows/gate/sms.txt", "{{ a | uper }}\n")
    message = refused(manager)
    assert "There are 2 problems" in message
    assert "workflows/door/sms.txt:1" in message
    assert "workflows/gate/sms.txt:1" in message


def test_a_channel_without_a_template_is_a_problem_of_the_definition(manager: Team) -> None:
    manager.write(GATE, "name: Gate\ndefault_channels: [SMS, CHAT]\n")
    assert f"{GATE}: workflow 'gate' has no template for: CHAT" in refused(manager)


@pytest.mark.parametrize(("column", "known"), [("category", "ENERGY"), ("priority", "CRITICAL")])
def test_an_unknown_category_or_priority_is_told_with_those_that_there_are(
    manager: Team, column: str, known: str
) -> None:
    manager.write(GATE, f"name: Gate\ndefault_channels: [SMS]\n{column}: SOMETHING\n")
    message = refused(manager)
    assert f"{GATE}:3: there is no {column} SOMETHING" in message
    assert known in message


def test_an_unknown_category_is_told_with_what_is_wrong_in_the_folder(manager: Team) -> None:
    manager.write(GATE, "name: Gate\ndefault_channels: [SMS]\ncategory: GATES\npriority: CRITIKAL\ntags: x\n")
    message = refused(manager)
    assert "There are 3 problems" in message
    for expected in (":3: there is no category GATES", ":4: there is no priority CRITIKAL", ":5: “tags” must be"):
        assert f"{GATE}{expected}" in message


def test_a_broken_folder_is_told_without_a_database(manager: Team, tmp_path: Path) -> None:
    manager.write(GATE, SOUND[GATE] + "tags: x\n")
    with pytest.raises(UserError, match="“tags” must be"):
        push(f"postgresql:///none?host={tmp_path}", manager.folder, say=manager.said.append)


def test_the_priorities_are_those_of_the_database(database: Database) -> None:
    rows = database.keep().execute("select priority from notify.typ_notification_priority order by rank").fetchall()
    assert [priority for (priority,) in rows] == list(PRIORITIES)


def test_what_a_constraint_refuses_is_a_problem_of_the_file(manager: Team) -> None:
    manager.write(GATE, SOUND[GATE].replace("2 hours", "20 years"))
    assert f"{GATE}: " in refused(manager)
    assert "at most ten years" in refused(manager)


def test_a_broken_folder_applies_nothing(manager: Team) -> None:
    manager.write("workflows/door/sms.txt", "x")
    assert "workflows/door/workflow.yaml: it is missing" in refused(manager)
    assert manager.versions() == {}


def test_a_manager_may_not_push_what_is_shared(manager: Team) -> None:
    manager.enterprise = None
    with pytest.raises(UserError, match="may not manage what all enterprises share") as caught:
        manager.push()
    assert "--enterprise" in str(caught.value.hint)


def test_a_manager_with_a_context_is_told_to_name_the_enterprise(
    manager: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.enterprise = None
    monkeypatch.setenv("PGOPTIONS", f"-c app.current_enterprise_id={A}")
    for command in (manager.push, manager.diff, manager.pull):
        with pytest.raises(UserError, match="may not manage what all enterprises share") as caught:
            command()
        assert f"does not count here: --enterprise {A} is needed" in str(caught.value.hint)


def test_a_manager_pushes_to_no_enterprise_but_its_own(manager: Team) -> None:
    manager.enterprise = B
    before = manager.state()
    with pytest.raises(UserError, match="The database refuses"):
        manager.push()
    assert manager.state() == before


@pytest.mark.parametrize("login", ["test_platform", "test_analyst"])
def test_a_login_without_the_right_is_told_so(database: Database, tmp_path: Path, login: str) -> None:
    database.bind(login, A)
    team = Team(database, write(tmp_path, SOUND), login, A)
    before = team.state()
    with pytest.raises(UserError, match="The database refuses"):
        team.push()
    assert team.state() == before


def test_an_admin_pushes_for_an_enterprise(database: Database, tmp_path: Path) -> None:
    team = Team(database, write(tmp_path, SOUND), "test_admin", B)
    team.push()
    assert team.versions() == {"gate": 1}


def test_what_others_have_under_the_same_key_stays(admin: Team, manager: Team) -> None:
    admin.push()
    manager.write("workflows/gate/sms.txt", "Ours.\n")
    manager.push()
    assert admin.diff(write(admin.folder.parent / "shared", SOUND)) == []


def test_somebody_elses_change_of_a_shared_template_publishes_nothing_of_ours(admin: Team, manager: Team) -> None:
    admin.push()
    for name in ("templates/gate-header/email.html",):
        (manager.folder / name).unlink()
    (manager.folder / "templates/gate-header").rmdir()
    manager.push()
    admin.execute("update notify.ent_notification_template set body_template = 'x' where template_key = 'gate-header'")
    assert manager.push()[0].startswith("Nothing to do")


def test_a_template_without_a_file_is_left_or_pruned_by_an_admin(admin: Team) -> None:
    admin.push()
    (admin.folder / "workflows/gate/email.da.html").unlink()
    assert "left as it is: gate/email.da.html is in the database only." in admin.push()
    assert admin.versions() == {"gate": 1}
    assert "--- before/workflows/gate/email.da.html" in admin.push(prune=True)
    assert admin.versions() == {"gate": 2}
    assert admin.diff() == []


def test_a_manager_who_prunes_is_told_that_it_takes_an_admin(manager: Team) -> None:
    manager.push()
    (manager.folder / "workflows/gate/email.da.html").unlink()
    before = manager.state()
    with pytest.raises(UserError, match="The database refuses"):
        manager.push(prune=True)
    assert manager.state() == before


def test_templates_of_a_workflow_that_only_the_database_has_are_refused(manager: Team) -> None:
    manager.push()
    write(manager.folder.parent / "other", {"templates/gate/push.txt": "x"})
    manager.folder = manager.folder.parent / "other"
    assert "templates/gate: the database has a workflow gate" in refused(manager)


@contextmanager
def push_that_waits(team: Team) -> Iterator[Future[list[str]]]:
    """A push of the team, begun, and waiting for somebody's lock; what it said comes when it has ended."""
    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(team.push)
        watcher, gives_up_at = team.database.connect(), time.monotonic() + 20
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            " and application_name = 'xnovu workflows'"
        )
        while watcher.execute(waiting).fetchone() == (0,):
            assert not pushed.done(), pushed.result()
            assert time.monotonic() < gives_up_at
            time.sleep(0.02)
        yield pushed


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("update notify.ent_notification_template set body_template = 'Theirs.' where channel_type = 'SMS'", "Theirs."),
        ("update notify.ent_notification_workflow set name = 'Theirs'", "name: Theirs"),
    ],
)
def test_what_is_committed_while_a_push_waits_is_shown_before_it_is_overwritten(
    manager: Team, statement: str, shown: str
) -> None:
    manager.push()
    other = manager.database.connect(manager.login, A)
    other.execute("begin")
    other.execute(statement.encode())
    with push_that_waits(manager) as pushed:
        other.execute("commit")
    assert f"-{shown}" in pushed.result()
    assert manager.diff() == []


@pytest.mark.parametrize("is_first", [True, False])
def test_two_pushes_queue_and_the_second_shows_what_the_first_did(
    manager: Team, tmp_path: Path, is_first: bool
) -> None:
    if not is_first:
        manager.push()
    theirs = write(tmp_path / "theirs", SOUND | {"workflows/gate/sms.txt": "Theirs.\n"})
    other = manager.database.connect(manager.login, autocommit=False)
    push_tree(other, theirs, read_whole(theirs), say=lambda line: None, enterprise=A)
    with push_that_waits(manager) as pushed:
        other.commit()
    assert "-Theirs." in pushed.result()
    assert manager.versions() == {"gate": 2 if is_first else 3}


def test_a_push_waits_for_nobody_elses(admin: Team, manager: Team) -> None:
    other = admin.database.connect(admin.login, autocommit=False)
    push_tree(other, admin.folder, read_whole(admin.folder), say=lambda line: None)
    assert "published gate, version 1" in manager.push()
