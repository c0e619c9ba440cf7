"""The sample data loads, is sent, and ends as it should, with a Novu that accepts everything."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import Connection, Database

from xnovu import demo
from xnovu.demo import follow, progress
from xnovu.errors import UserError

HARBOUR_TOWER = "aaaaaaaa-0000-4000-8000-000000000001"
NORDHAVN_CAMPUS = "bbbbbbbb-0000-4000-8000-000000000002"
SHARED = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def sent(database: Database) -> Connection:
    """A superuser's connection, after the samples were loaded and sent; the scheduled one is due."""
    demo.load(database.url())
    demo.send(database.url())
    database.shift_clock(timedelta(seconds=10))
    return database.connect()


def work(database: Database) -> None:
    """Do what a worker does, with a Novu that accepts everything, until nothing more can be claimed."""
    with psycopg.connect(database.url("sample_worker"), autocommit=True) as worker:
        worker.execute("select worker_v1.tick()")
        for lane in ("critical", "normal", "bulk"):
            while worker.execute("select worker_v1.claim('test', %s, 100, '30 s')", [lane]).fetchone() != (0,):
                rendered = worker.execute("select request_id, attempt from worker_v1.render('test')").fetchall()
                results = [accepted(request_id, attempt) for request_id, attempt in rendered]
                worker.execute("select * from worker_v1.report(%s)", [Jsonb(results)])


def accepted(request_id: str, attempt: int) -> dict[str, Any]:
    """Novu's answer to a single trigger that it takes."""
    return {
        "requests": [{"request_id": request_id, "attempt": attempt}],
        "status": 201,
        "body": {"data": {"acknowledged": True, "status": "processed", "transactionId": request_id}},
        "error": None,
        "retry_after": None,
        "latency_ms": 1.0,
    }


def stand(connection: Connection) -> list[progress.Row]:
    """How the notifications of the newest run stand."""
    run = progress.newest_run(connection)
    assert run is not None
    return progress.read(connection, run)


def rows_as_written(connection: Connection) -> set[tuple[Any, ...]]:
    """Workflows and templates with the transaction that wrote each: any write shows."""
    return set(
        connection.execute(
            "select enterprise_id, workflow_key, published_version, xmin::text"
            " from notify.ent_notification_workflow"
            " union all"
            " select enterprise_id, template_key || channel_type, null, xmin::text"
            " from notify.ent_notification_template"
        ).fetchall()
    )


def test_loading_again_changes_nothing(database: Database) -> None:
    demo.load(database.url())
    connection = database.connect()
    loaded = rows_as_written(connection)
    demo.load(database.url())
    assert rows_as_written(connection) == loaded
    assert {version for _, _, version, _ in loaded} == {1, None}  # None: the templates


def change_the_header(database: Database) -> Connection:
    """As an admin, change the shared header of text messages in the drafts."""
    admin = database.connect("sample_admin")
    admin.execute(
        "update notify.ent_notification_template set body_template = 'x'"
        " where template_key = 'header' and channel_type = 'SMS'"
    )
    return admin


def header_and_version(connection: Connection) -> list[tuple[Any, ...]]:
    """How many templates are changed, and the published version of a workflow that includes it."""
    return connection.execute(
        "select count(*) from notify.ent_notification_template where body_template = 'x'"
        " union all"
        " select published_version from notify.ent_notification_workflow where workflow_key = 'visitor-arrival'"
    ).fetchall()


def test_loading_restores_a_draft_that_was_changed(database: Database) -> None:
    demo.load(database.url())
    admin = change_the_header(database)
    demo.load(database.url())
    assert header_and_version(admin) == [(0,), (1,)]


def test_loading_restores_what_was_published_and_publishes_it_again(database: Database) -> None:
    demo.load(database.url())
    admin = change_the_header(database)
    admin.execute("select notify.publish('visitor-arrival')")
    demo.load(database.url())
    assert header_and_version(admin) == [(0,), (3,)]


def test_loading_needs_a_superuser(database: Database) -> None:
    with pytest.raises(UserError, match="superuser"):
        demo.load(database.url("test_admin"))


def test_each_notification_ends_as_it_should(database: Database, sent: Connection) -> None:
    assert len(stand(sent)) == 14
    work(database)
    assert progress.complaints(stand(sent)) == []


def test_the_one_that_must_fail_names_the_missing_variable(database: Database, sent: Connection) -> None:
    work(database)
    reasons = [row.reason for row in stand(sent) if row.status == "FAILED"]
    assert len(reasons) == 1
    assert "ends_at" in reasons[0]


def test_every_sample_template_is_rendered(database: Database, sent: Connection) -> None:
    work(database)
    rendered = sent.execute(
        "select w.enterprise_id, n.workflow_key, channel"
        " from notify.ent_notification n"
        " cross join unnest(n.rendered_channels) as channel"
        " cross join notify.find_workflow(n.enterprise_id, n.workflow_key) w"
        " where n.notification_status = 'SENT'"
    ).fetchall()
    templates = sent.execute(
        "select enterprise_id, template_key, channel_type from notify.ent_notification_template"
        " where template_key not in ('header', 'footer')"
    ).fetchall()
    assert set(templates) <= set(rendered)


def test_harbour_tower_gets_its_own_fire_alarm_with_the_shared_text_message(
    database: Database, sent: Connection
) -> None:
    work(database)
    row = sent.execute(
        "select c.content from notify.notification_content c"
        " join notify.ent_notification n on n.enterprise_id = c.enterprise_id and n.id = c.notification_id"
        " where n.enterprise_id = %s and n.workflow_key = 'fire-alarm'",
        [HARBOUR_TOWER],
    ).fetchone()
    assert row is not None
    assert "切勿使用升降機" in row[0]["email"]["body"]
    assert row[0]["sms"]["body"].startswith("Harbour Tower: FIRE ALARM, floor 23.")


def test_the_visit_sent_twice_under_one_key_is_one_notification(sent: Connection) -> None:
    assert [row.name for row in stand(sent)].count("Tom Becker for Ms Lau") == 1


def test_the_manager_finds_the_workflow_of_its_enterprise_once_it_is_chosen(
    database: Database, sent: Connection
) -> None:
    manager = database.connect("sample_manager", autocommit=False)
    own = "select enterprise_id::text, workflow_key from notify.ent_notification_workflow where enterprise_id <> %s"
    assert manager.execute(own, [SHARED]).fetchall() == []
    manager.execute("select notify.set_enterprise(%s)", [HARBOUR_TOWER])
    assert manager.execute(own, [SHARED]).fetchall() == [(HARBOUR_TOWER, "fire-alarm")]


def test_no_logins_settings_tell_everybody_whose_it_is(sent: Connection) -> None:
    settings = sent.execute("select rolname, rolconfig from pg_roles where rolname like 'sample_%'").fetchall()
    assert len(settings) == 6
    assert [config for _, config in settings if config is not None] == []


def test_the_analyst_sees_the_two_enterprises_it_is_bound_to(database: Database, sent: Connection) -> None:
    seen = database.keep("sample_analyst").execute(
        "select distinct enterprise_id::text from notify.notification_overview order by 1"
    )
    assert seen.fetchall() == [(HARBOUR_TOWER,), (NORDHAVN_CAMPUS,)]


def test_watching_ends_well_when_all_ended_as_they_should(
    database: Database, sent: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    work(database)
    assert demo.watch(database.url(), exit_when_final=True) == 0
    shown = capsys.readouterr().out
    assert "All 14 sample notifications ended as they should" in shown
    assert "./run psql" not in shown
    assert shown.endswith("Run ./run demo, without --exit, to try it yourself.\n")


def test_watching_on_says_what_to_try_next_and_how_to_end(
    database: Database, sent: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    work(database)
    monkeypatch.setattr("xnovu.demo.follow.time.sleep", interrupt)
    monkeypatch.setenv("NOVU_API_URL", "http://127.0.0.1:8900")
    assert demo.watch(database.url(), exit_when_final=False) == 0
    shown = capsys.readouterr().out
    assert "./run psql --as analyst" in shown
    assert "http://127.0.0.1:8900/ " in shown
    assert shown.endswith("Ctrl-C ends the demo.\n")


def test_what_it_says_to_try_next_works(database: Database, sent: Connection) -> None:
    with psycopg.connect(database.url("sample_platform"), autocommit=True) as platform:
        platform.execute(follow.TRY_AS_PLATFORM.encode())
    work(database)
    newest = database.keep("sample_analyst").execute(follow.TRY_AS_ANALYST.encode()).fetchone()
    assert newest is not None
    assert newest[:3] == (UUID(HARBOUR_TOWER), "visitor-arrival", "SENT")


def test_watching_gives_up_and_names_what_is_open(
    database: Database, sent: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE_S", 0.0)
    assert demo.watch(database.url(), exit_when_final=True) == 1
    assert "Harbour Tower: Alarm on floor 23 is still PENDING, not SENT" in capsys.readouterr().out


@pytest.mark.parametrize("step", [demo.send, lambda url: demo.watch(url, exit_when_final=True)])
def test_what_comes_too_early_says_what_to_run_first(database: Database, step: Callable[[str], object]) -> None:
    with pytest.raises(UserError) as caught:
        step(database.url())
    assert "xnovu sample" in str(caught.value.hint)
