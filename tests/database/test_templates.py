"""Saving a template says what is wrong with it; check_template, preview and validate_payload say it on request."""

import json
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, Connection, Database
from tests.support import Row, add_template, add_workflow, hand_worker, insert, one, rows, sender


class Psql:
    """A connection that keeps the warnings which it was told, as psql shows them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.warnings: list[tuple[str, str]] = []
        connection.add_notice_handler(self._keep)

    def _keep(self, told: psycopg.errors.Diagnostic) -> None:
        assert told.severity == "WARNING"
        self.warnings.append((told.message_primary or "", told.message_hint or ""))

    def execute(self, statement: str, *parameters: Any) -> list[str]:
        """Run a statement and return the messages of its warnings."""
        self.warnings.clear()
        self.connection.execute(statement.encode(), parameters or None)
        return [message for message, _ in self.warnings]

    def save(self, key: str, body: str, *, channel: str = "EMAIL", **columns: Any) -> list[str]:
        """Insert a template, or change the one with that key, channel and language."""
        subject = "A subject" if channel in ("EMAIL", "IN_APP", "PUSH") else None
        values: Row = {"template_key": key, "channel_type": channel, "name": "a template", "subject_template": subject}
        values |= {"body_template": body} | {n: Jsonb(v) if isinstance(v, dict) else v for n, v in columns.items()}
        return self.execute(
            f"insert into notify.ent_notification_template ({', '.join(values)})"
            f" values ({', '.join(['%s'] * len(values))})"
            " on conflict (enterprise_id, template_key, channel_type, locale) do update"
            " set body_template = excluded.body_template",
            *values.values(),
        )


def manager(database: Database) -> Connection:
    """The manager of A."""
    database.bind("test_manager", A)
    return database.connect("test_manager", A)


@pytest.fixture
def psql(database: Database) -> Psql:
    """The manager of A at a terminal."""
    return Psql(manager(database))


def refusal(connection: Connection, statement: str, *parameters: Any) -> psycopg.Error:
    """The error of a statement that must fail."""
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(statement.encode(), parameters or None)
    return refused.value


# --- saving


def test_a_good_template_is_saved_without_a_word(psql: Psql) -> None:
    assert psql.save("header", "<h1>{{ title }}</h1>", variables_description={"title": "the title"}) == []
    assert psql.save("page", "{{ xnovu_render('header', {'title': 'A page'}) }}") == []
    assert psql.save("short", "{{ name | upper }}", channel="SMS") == []


MISTAKES = [
    ("<p>{{ name </p>", "line 1", "not closed"),
    ("a\nb {{ name | uper }}", "line 2", "no filter uper"),
    ("{{ xnovu_render('absent') }}", "(EMAIL body)", '"absent"'),
    ("{{ xnovu_render('mistaken') }}", "(EMAIL body)", "mistaken → mistaken"),
    ("{% macro m() %}{% endmacro %}", "line 1", "macro"),
    ("<p onclick='x()'>Hello</p>", "line 1", "onclick"),
]


@pytest.mark.parametrize(("body", "where", "what"), MISTAKES, ids=[what for _, _, what in MISTAKES])
def test_a_mistake_is_saved_with_a_warning_that_says_where_and_listed_by_check_template(
    psql: Psql, body: str, where: str, what: str
) -> None:
    told = psql.save("mistaken", body)
    assert any(where in message and what in message for message in told), told
    assert all('"mistaken"' in message for message in told)
    saved = one(psql.connection, "select body_template from notify.ent_notification_template")
    assert saved["body_template"] == body
    listed = rows(psql.connection, "select * from notify.check_template('mistaken')")
    assert [row["message"] for row in listed] == told
    assert (listed[0]["channel_type"], listed[0]["severity"], listed[0]["field"]) == ("EMAIL", "error", "body_template")
    assert psql.save("mistaken", "<p>mended</p>") == []
    assert rows(psql.connection, "select * from notify.check_template('mistaken')") == []


def test_a_mistake_has_its_line_and_column(psql: Psql) -> None:
    psql.save("mistaken", "one\ntwo\n  {{ unknown }}", variables_description={"name": "who"})
    (found,) = rows(psql.connection, "select * from notify.check_template('mistaken', 'EMAIL', '')")
    assert (found["code"], found["severity"], found["line"], found["column"]) == (
        "variable_undeclared",
        "warning",
        3,
        6,
    )
    assert "variables_description" in found["hint"]


def test_a_warning_carries_the_hint(psql: Psql) -> None:
    psql.save("mistaken", "{{ unknown }}", variables_description={"name": "who"})
    assert "payload_schema" in psql.warnings[0][1]


def test_variables_are_declared_by_the_schema_of_the_workflow_or_by_the_template(
    database: Database, psql: Psql
) -> None:
    schema = {"type": "object", "properties": {"floor": {"type": "integer"}}}
    add_workflow(database, "alarm", "Floor {{ floor }}", enterprise=A, payload_schema=schema)
    assert psql.save("alarm", "Floor {{ floor }}, {{ notification.building }}") == []
    told = psql.save("alarm", "Floor {{ floor }}, door {{ door }}")
    assert len(told) == 1
    assert '"door"' in told[0] and "line 1" in told[0]
    assert (
        psql.execute('update notify.ent_notification_template set variables_description = \'{"door": "which"}\'') == []
    )


def test_who_includes_what_is_saved_is_checked_with_it(database: Database, psql: Psql) -> None:
    psql.save("header", "<h1>A title</h1>")
    schema: Row = {"properties": {"name": {}}}
    body = "{{ xnovu_render('header') }}<p>{{ name }}</p>"
    add_workflow(database, "welcome", body, enterprise=A, payload_schema=schema)
    told = psql.save("header", "<h1>{{ title }}</h1>")
    assert any('"title"' in message for message in told)
    told = psql.save("header", "{{ xnovu_render('welcome') }}")
    assert any("→" in message for message in told)


def test_who_includes_it_without_a_workflow_is_checked_too(psql: Psql) -> None:
    psql.save("page", "{{ xnovu_render('header') }}")
    told = psql.save("header", "{{ xnovu_render('page') }}")
    assert any("circle" in message for message in told)


def test_many_are_saved_by_one_statement_and_each_problem_is_said_once(psql: Psql) -> None:
    told = psql.execute(
        "insert into notify.ent_notification_template (template_key, channel_type, name, body_template)"
        " select 'number-' || n, 'SMS', 'one of many', case n when 7 then '{{ x | uper }}' else 'text' end"
        " from generate_series(1, 50) as n"
    )
    assert len(told) == 1 and '"number-7"' in told[0]


def test_warnings_show_nothing_of_another_enterprise(database: Database, psql: Psql) -> None:
    add_template(database, "header", "{{ secret_of_b | uper }}", enterprise=B)
    add_workflow(database, "page", "{{ xnovu_render('header') }}", enterprise=B, publish=False)
    told = psql.save("page", "{{ xnovu_render('header') }}")
    assert len(told) == 1 and '"header"' in told[0] and "secret" not in told[0]
    assert refusal(psql.connection, "select * from notify.check_template('header')").sqlstate == "XN111"


def test_saving_a_workflow_says_what_is_wrong_with_its_schema(psql: Psql) -> None:
    psql.save("alarm", "On {{ floor }}", channel="SMS")
    insert = "insert into notify.ent_notification_workflow (workflow_key, name, default_channels, payload_schema)"
    assert (
        psql.execute(f"{insert} values ('alarm', 'Alarm', '{{SMS}}', '{{\"properties\": {{\"floor\": {{}}}}}}')") == []
    )
    update = "update notify.ent_notification_workflow set payload_schema ="
    (warning,) = psql.execute(f'{update} \'{{"type": "objekt"}}\'')
    assert "payload schema" in warning
    (warning,) = psql.execute(f'{update} \'{{"properties": {{"flat": {{}}}}}}\'')
    assert "floor" in warning


def test_publishing_refuses_errors_and_says_warnings(database: Database, psql: Psql) -> None:
    psql.save("alarm", "Floor {{ floor }}", channel="SMS")
    psql.execute(
        "insert into notify.ent_notification_workflow (workflow_key, name, default_channels)"
        " values ('alarm', 'A', '{SMS}')"
    )
    told = psql.execute("select notify.publish('alarm')")
    assert len(told) == 1 and "workflow 'alarm'" in told[0] and '"floor"' in told[0]
    psql.execute('update notify.ent_notification_workflow set payload_schema = \'{"properties": {"door": {}}}\'')
    error = refusal(psql.connection, "select notify.publish('alarm')")
    assert error.sqlstate == "XN103"
    assert '"floor"' in str(error)
    assert psql.execute("select notify.rollback('alarm', 1)") != []


def test_the_body_of_an_email_is_kept_with_its_styles_inlined_and_sent_so(database: Database, psql: Psql) -> None:
    body = "<style>p { color: red }</style><p>{{ name }}</p>"
    add_workflow(database, "styled", body, enterprise=A)
    kept = one(psql.connection, "select inlined_template from notify.ent_notification_template")["inlined_template"]
    assert 'style="color: red' in kept and "{{ name }}" in kept
    shown = one(psql.connection, "select body from notify.preview('styled', '{\"name\": \"Ada\"}')")["body"]
    assert "color: red" in shown and "Ada</p>" in shown
    psql.save("styled", "<p>plain</p>")
    assert (
        rows(psql.connection, "select 1 from notify.ent_notification_template where inlined_template is not null") == []
    )
    psql.save("text", "<style>p { color: red }</style>", channel="SMS")
    assert (
        rows(psql.connection, "select 1 from notify.ent_notification_template where inlined_template is not null") == []
    )


def test_nobody_writes_the_inlined_form_by_hand(psql: Psql) -> None:
    for statement in (
        "update notify.ent_notification_template set inlined_template = 'x'",
        "insert into notify.ent_notification_template (inlined_template) values ('x')",
    ):
        assert refusal(psql.connection, statement).sqlstate == "42501"


def test_a_template_that_there_is_not_is_not_checked(psql: Psql) -> None:
    psql.save("header", "text")
    for arguments in ("'unknown'", "'header', 'SMS'", "'header', 'EMAIL', 'da'"):
        error = refusal(psql.connection, f"select * from notify.check_template({arguments})")
        assert error.sqlstate == "XN111"


# --- preview


def previewed(connection: Connection, arguments: str = "'alarm', '{\"floor\": 3}'") -> dict[str, Row]:
    """The rows of a preview by channel."""
    return {row["channel"]: row for row in rows(connection, f"select * from notify.preview({arguments})")}


@pytest.fixture
def alarm(database: Database) -> Database:
    """A workflow of A's, published, and its draft changed since."""
    add_workflow(database, "alarm", "Floor {{ floor }}", enterprise=A, channels=("EMAIL", "SMS"))
    add_template(database, "alarm", "<p>Floor <b>{{ floor }}</b></p>", enterprise=A)
    return database


def test_a_preview_is_of_the_draft_and_of_a_version_where_it_is_named(alarm: Database) -> None:
    seen = previewed(manager(alarm))
    assert list(seen) == ["EMAIL", "SMS"]
    assert (seen["EMAIL"]["subject"], seen["EMAIL"]["body"]) == ("Subject of alarm", "<p>Floor <b>3</b></p>")
    assert seen["EMAIL"]["text_body"].strip() == "Floor 3"
    assert seen["SMS"]["body"] == "Floor 3"
    assert (seen["SMS"]["segments"], seen["SMS"]["encoding"], seen["SMS"]["bytes"]) == (
        1,
        "GSM-7",
        len('{"body":"Floor 3"}'),
    )
    assert {row["version"] for row in seen.values()} == {"draft"}
    assert all(row["error"] is None and row["warnings"] == [] for row in seen.values())
    assert seen["EMAIL"]["templates"] == ["EMAIL/alarm"]
    old = previewed(manager(alarm), "'alarm', '{\"floor\": 3}', 'EMAIL', null, '{\"version\": 1}'")
    assert (old["EMAIL"]["body"], old["EMAIL"]["version"]) == ("Floor 3", "1")


def test_a_channel_that_fails_says_why_and_the_others_are_there(alarm: Database) -> None:
    add_template(alarm, "alarm", "Door {{ door }}", enterprise=A, channel="SMS")
    seen = previewed(manager(alarm))
    assert "3" in seen["EMAIL"]["body"] and seen["EMAIL"]["error"] is None
    assert seen["SMS"]["body"] is None and '"door"' in seen["SMS"]["error"]
    assert "PUSH" in previewed(manager(alarm), "'alarm', '{}', 'PUSH'")["PUSH"]["error"]


def test_a_preview_takes_a_language_and_options(database: Database) -> None:
    add_workflow(database, "alarm", "{{ notification.building }} {{ notification.is_drill }}", enterprise=A)
    connection = manager(database)
    connection.execute(
        "insert into notify.ent_notification_template"
        " (template_key, channel_type, locale, name, subject_template, body_template)"
        " values ('alarm', 'EMAIL', 'da', 'a variant', 'Emne', 'Hus {{ notification.building }}')"
    )
    options = '\'{"building": "North", "is_drill": true}\''
    assert previewed(connection, f"'alarm', '{{}}', null, null, {options}")["EMAIL"]["body"] == "North True"
    danish = previewed(connection, f"'alarm', '{{}}', null, 'da_DK', {options}")["EMAIL"]
    assert (danish["body"], danish["templates"]) == ("Hus North", ["EMAIL/alarm@da"])
    connection.execute("insert into notify.notification_setting (locale) values ('da')")
    assert previewed(connection, f"'alarm', '{{}}', null, null, {options}")["EMAIL"]["body"] == "Hus North"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ("'unknown'", "XN101", "unknown"),
        ("'alarm', '{}', 'FAX'", "XN109", "FAX"),
        ("'alarm', '{}', null, null, '{\"bilding\": 1}'", "XN109", "bilding"),
        ("'alarm', '{}', null, null, '{\"version\": 9}'", "XN106", "9"),
    ],
)
def test_a_preview_of_what_there_is_not_says_so(alarm: Database, arguments: str, code: str, word: str) -> None:
    error = refusal(manager(alarm), f"select * from notify.preview({arguments})")
    assert error.sqlstate == code
    assert word in str(error)


def test_a_preview_writes_nothing_and_works_where_nothing_may_be_written(alarm: Database) -> None:
    connection = manager(alarm)
    counts = "select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_xact_user_tables"
    counts += " where n_tup_ins + n_tup_upd + n_tup_del > 0"
    with connection.transaction():
        connection.execute("set transaction read only")
        assert previewed(connection)["EMAIL"]["body"] == "<p>Floor <b>3</b></p>"
        connection.execute("select * from notify.check_template('alarm')")
        connection.execute("select * from notify.list_dependents('alarm')")
        connection.execute("select * from notify.list_changes('alarm')")
        connection.execute("select notify.validate_payload('alarm', '{}')")
        assert rows(connection, counts) == []
        assigned = one(connection, "select pg_current_xact_id_if_assigned() is null as nothing")
        assert assigned["nothing"]
    assert rows(alarm.connect(), "select 1 from notify.ent_notification") == []


def test_an_enterprise_previews_a_shared_workflow_as_it_is_published_and_an_admin_its_draft(database: Database) -> None:
    add_workflow(database, "alarm", "published")
    add_template(database, "alarm", "draft")
    add_workflow(database, "unpublished", "a draft", publish=False)
    seen = previewed(manager(database))["EMAIL"]
    assert (seen["body"], seen["version"]) == ("published", "1")
    assert refusal(manager(database), "select * from notify.preview('unpublished')").sqlstate == "XN106"
    seen = previewed(database.connect("test_admin"))["EMAIL"]
    assert (seen["body"], seen["version"]) == ("draft", "draft")


def test_nobody_previews_anothers_workflow_or_template(database: Database) -> None:
    add_workflow(database, "alarm", "B's text", enterprise=B)
    assert refusal(manager(database), "select * from notify.preview('alarm')").sqlstate == "XN101"
    for login in ("test_platform", "test_analyst", "test_worker"):
        assert refusal(database.connect(login, A), "select * from notify.preview('alarm')").sqlstate == "42501"


def test_a_preview_is_what_is_sent(alarm: Database) -> None:
    insert(sender(alarm), workflow_key="alarm", payload={"floor": "<3>"})
    (request,) = hand_worker(alarm).take()
    sent = json.loads(request["body"])["payload"]
    seen = previewed(manager(alarm), "'alarm', '{\"floor\": \"<3>\"}', null, null, '{\"version\": 1}'")
    for channel in ("EMAIL", "SMS"):
        assert seen[channel]["body"] == sent[channel.lower()]["body"]
    assert seen["EMAIL"]["subject"] == sent["email"]["subject"]


# --- payloads


def test_a_payload_is_validated_by_the_published_schema_with_path_and_rule(database: Database) -> None:
    schema = {
        "type": "object",
        "required": ["floor"],
        "properties": {"floor": {"type": "integer"}, "doors": {"type": "array", "items": {"type": "string"}}},
    }
    add_workflow(database, "alarm", "Floor {{ floor }}", payload_schema=schema)
    connection = manager(database)
    connection.execute('select notify.validate_payload(\'alarm\', \'{"floor": 3, "doors": ["north"]}\')')
    error = refusal(connection, "select notify.validate_payload('alarm', '{\"doors\": [1]}')")
    assert error.sqlstate == "XN105"
    detail = error.diag.message_detail or ""
    assert "doors" in detail and "type" in detail and "required" in detail and "floor" in detail
    database.keep("test_admin").execute("update notify.ent_notification_workflow set payload_schema = null")
    assert refusal(connection, "select notify.validate_payload('alarm', '{}')").sqlstate == "XN105"


@pytest.mark.parametrize("payload", ["[]", "3", "null", '"text"'])
def test_a_payload_is_an_object(database: Database, payload: str) -> None:
    add_workflow(database, "alarm", "text")
    error = refusal(manager(database), "select notify.validate_payload('alarm', %s)", payload)
    assert error.sqlstate == "XN105"
    assert "object" in str(error)


def test_a_payload_of_what_is_not_in_use_is_not_validated(database: Database) -> None:
    add_workflow(database, "draft", publish=False)
    add_workflow(database, "of-b", enterprise=B)
    connection = manager(database)
    for key, code in (("draft", "XN106"), ("of-b", "XN101"), ("unknown", "XN101")):
        assert refusal(connection, f"select notify.validate_payload('{key}', '{{}}')").sqlstate == code


def test_an_enterprises_own_schema_comes_before_the_shared_one(database: Database) -> None:
    add_workflow(database, "alarm", "text", payload_schema={"required": ["shared"]})
    add_workflow(database, "alarm", "text", enterprise=A, payload_schema={"required": ["own"]})
    connection = manager(database)
    connection.execute("select notify.validate_payload('alarm', '{\"own\": 1}')")
    assert "payload.own" in str(refusal(connection, "select notify.validate_payload('alarm', '{\"shared\": 1}')"))
    admin = database.connect("test_admin")
    admin.execute("select notify.validate_payload('alarm', '{\"shared\": 1}')")
