"""A version pins all that is sent; publishing, rolling back, and the workflows that depend on a template."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, Connection, Database
from tests.support import (
    SHARED,
    Row,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    publish_workflow,
    rows,
    sender,
    status_of,
)


def admin(database: Database, enterprise: UUID | None = None) -> Connection:
    return database.connect("test_admin", enterprise)


def manager(database: Database) -> Connection:
    """The manager of A."""
    database.bind("test_manager", A)
    return database.connect("test_manager", A)


def edit(database: Database, assignment: str, key: str = "greeting") -> None:
    """Change the draft of a workflow, as the admin does."""
    query = f"update notify.ent_notification_workflow set {assignment} where workflow_key = %s"
    assert admin(database).execute(query.encode(), [key]).rowcount == 1


def sent(database: Database, made: UUID) -> Row:
    """The payload of the request of a notification that waits."""
    requests = {r["request_id"].split("/")[1]: r for r in hand_worker(database, f"w/{uuid4()}").take()}
    return dict(json.loads(requests[str(made)]["body"])["payload"])


def email(database: Database, key: str = "greeting", **columns: Any) -> str:
    """The body of an email that is sent now."""
    return str(sent(database, insert(sender(database), workflow_key=key, **columns))["email"]["body"])


def refusal(connection: Connection, statement: str, *parameters: Any) -> psycopg.Error:
    """The error of a statement that must fail."""
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(statement.encode(), parameters or None)
    return refused.value


# --- the draft


@pytest.mark.parametrize(
    "assignment",
    [
        "default_channels = '{SMS}'",
        'template_overrides = \'{"EMAIL": "elsewhere"}\'',
        'payload_schema = \'{"required": ["missing"]}\'',
        "expires_after = interval '1 microsecond'",
        "priority = 'LOW'",
    ],
)
def test_an_edit_of_the_draft_changes_nothing_that_is_sent(database: Database, assignment: str) -> None:
    add_workflow(database)
    add_template(database, "elsewhere", "from elsewhere")
    edit(database, assignment)
    made = insert(sender(database))
    assert status_of(database, made)["lane"] == "normal"
    assert sent(database, made) == {"email": {"subject": "Subject of greeting", "body": "<p>Hello Ada</p>"}}


def test_a_priority_of_the_draft_chooses_the_lane_once_it_is_published(database: Database) -> None:
    add_workflow(database)
    edit(database, "priority = 'CRITICAL'")
    before = insert(sender(database))
    assert publish_workflow(database, "greeting") == 2
    after = insert(sender(database))
    by_id = one(database.keep(), "select id from notify.ent_notification_workflow")["id"]
    named = insert(sender(database), workflow_key=None, workflow_id=by_id)
    own = insert(sender(database), priority="LOW")
    assert [status_of(database, n)["lane"] for n in (before, after, named, own)] == [
        "normal",
        "critical",
        "critical",
        "bulk",
    ]


def test_resolve_workflow_shows_the_channels_that_were_published(database: Database) -> None:
    add_workflow(database)
    edit(database, "default_channels = '{SMS}'")
    shown = one(sender(database), "select default_channels from notify.resolve_workflow('greeting')")
    assert shown["default_channels"] == ["EMAIL"]


def test_a_version_keeps_the_facts_of_its_workflow_and_the_platform_reads_them(database: Database) -> None:
    add_workflow(database)
    edit(
        database, "name = 'A greeting', description = 'At the door', tags = '{door}', expires_after = interval '1 hour'"
    )
    publish_workflow(database, "greeting")
    edit(database, "name = 'Another', description = null, tags = '{}', priority = 'HIGH'")
    query = "select name, description, tags, priority, expires_after::text as expires_after from notify.%s"
    assert one(sender(database), query % "notification_workflow_version where version = 2") == {
        "name": "A greeting",
        "description": "At the door",
        "tags": ["door"],
        "priority": "NORMAL",
        "expires_after": "01:00:00",
    }


def test_a_published_workflow_keeps_its_key_and_a_draft_may_be_renamed(database: Database) -> None:
    add_workflow(database)
    add_workflow(database, "draft", publish=False)
    error = refusal(admin(database), "update notify.ent_notification_workflow set workflow_key = 'x' || workflow_key")
    assert error.sqlstate == "XN108"
    assert "'greeting'" in str(error)
    edit(database, "workflow_key = 'renamed'", "draft")
    edit(database, "workflow_key = 'greeting', name = 'the same key again'")
    assert email(database) == "<p>Hello Ada</p>"


def test_list_changes_shows_where_the_draft_differs_and_nothing_after_publishing(database: Database) -> None:
    add_workflow(database)
    query = "select part, before, after from notify.list_changes('greeting')"
    assert rows(admin(database), query) == []
    edit(database, "priority = 'HIGH', default_channels = '{EMAIL,SMS}'")
    add_template(database, "greeting", "Hi", channel="SMS")
    add_template(database, "greeting", "<p>Hi</p>")
    assert rows(admin(database), query) == [
        {"part": "EMAIL/greeting body", "before": "<p>Hello {{ name }}</p>", "after": "<p>Hi</p>"},
        {"part": "SMS/greeting body", "before": None, "after": "Hi"},
        {"part": "default_channels", "before": "{EMAIL}", "after": "{EMAIL,SMS}"},
        {"part": "priority", "before": "NORMAL", "after": "HIGH"},
        {"part": "template of SMS", "before": None, "after": "greeting"},
    ]
    publish_workflow(database, "greeting")
    assert rows(admin(database), query) == []
    between = rows(admin(database), "select part from notify.list_changes('greeting', 1, 2)")
    assert [row["part"] for row in between][-2:] == ["priority", "template of SMS"]


def test_all_of_a_draft_that_was_never_published_is_new(database: Database) -> None:
    add_workflow(database, publish=False)
    seen = rows(admin(database), "select * from notify.list_changes('greeting') where before is not null")
    assert seen == []
    assert rows(admin(database), "select 1 from notify.list_changes('greeting') where part = 'name'")


# --- rolling back


def test_a_rollback_is_a_new_version_with_the_old_templates_and_facts(database: Database) -> None:
    add_template(database, "header", "first header")
    add_workflow(database, body="{{ xnovu_render('header') }}, first body")
    add_template(database, "header", "second header")
    add_template(database, "greeting", "{{ xnovu_render('header') }}, second body")
    edit(database, "priority = 'CRITICAL', expires_after = interval '1 hour'")
    publish_workflow(database, "greeting")
    rolled = one(admin(database), "select notify.rollback('greeting', 1, 'the new one is wrong') as v")
    assert rolled["v"] == 3
    made = insert(sender(database))
    assert status_of(database, made)["lane"] == "normal"
    assert sent(database, made)["email"]["body"] == "first header, first body"
    assert status_of(database, made)["workflow_version"] == 3
    kept = one(
        admin(database),
        "select rolled_back_to, note, priority, expires_after, published_by from notify.notification_workflow_version"
        " where version = 3",
    )
    assert list(kept.values()) == [1, "the new one is wrong", "NORMAL", None, "test_admin"]


def test_a_rollback_leaves_the_draft_and_list_changes_shows_what_publishing_would_bring_back(
    database: Database,
) -> None:
    add_workflow(database)
    add_template(database, "greeting", "<p>Wrong</p>")
    publish_workflow(database, "greeting")
    admin(database).execute("select notify.rollback('greeting', 1)")
    assert rows(admin(database), "select part, before, after from notify.list_changes('greeting')") == [
        {"part": "EMAIL/greeting body", "before": "<p>Hello {{ name }}</p>", "after": "<p>Wrong</p>"}
    ]
    assert publish_workflow(database, "greeting") == 4
    assert email(database) == "<p>Wrong</p>"


def test_what_waits_is_rendered_with_the_version_of_its_rendering(database: Database) -> None:
    add_workflow(database, body="one")
    waiting = insert(sender(database))
    add_template(database, "greeting", "two")
    publish_workflow(database, "greeting")
    assert sent(database, waiting)["email"]["body"] == "two"
    assert status_of(database, waiting)["workflow_version"] == 2


@pytest.mark.parametrize("version", ["7", "0", "null"])
def test_a_version_that_there_is_not_is_not_rolled_back_to(database: Database, version: str) -> None:
    add_workflow(database)
    publish_workflow(database, "greeting")
    error = refusal(admin(database), f"select notify.rollback('greeting', {version})")
    assert error.sqlstate == "XN106"
    assert error.diag.message_hint == "It has version 1 to 2."


def test_a_manager_rolls_back_its_own_only(database: Database) -> None:
    for enterprise in (SHARED, A, B):
        key = "of-a" if enterprise == A else f"other-{enterprise.hex[:4]}"
        add_workflow(database, key, enterprise=enterprise)
        publish_workflow(database, key, enterprise)
    manages = manager(database)
    assert one(manages, "select notify.rollback('of-a', 1) as v")["v"] == 3
    for key in (f"other-{SHARED.hex[:4]}", f"other-{B.hex[:4]}"):
        assert refusal(manages, "select notify.rollback(%s, 1)", key).sqlstate == "XN101"


def test_a_version_is_changed_by_nobody(database: Database) -> None:
    add_workflow(database)
    for statement in (
        "update notify.notification_workflow_version set note = 'x'",
        "delete from notify.notification_workflow_version",
        "insert into notify.notification_workflow_version select * from notify.notification_workflow_version",
    ):
        assert refusal(admin(database), statement).sqlstate == "42501"


def test_two_who_publish_at_once_make_two_versions(database: Database) -> None:
    add_workflow(database)
    first, second = admin(database), admin(database)
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            first.execute("select notify.publish('greeting', 'first')")
            waiting = pool.submit(one, second, "select notify.publish('greeting', 'second') as v")
            time.sleep(0.3)
            assert not waiting.done()
        assert waiting.result(10)["v"] == 3
    notes = rows(first, "select note from notify.notification_workflow_version order by version")
    assert [row["note"] for row in notes] == [None, "first", "second"]


def test_who_waited_to_publish_publishes_what_the_other_has_written(database: Database) -> None:
    add_workflow(database)
    first, second = admin(database), admin(database)
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            first.execute("update notify.ent_notification_template set body_template = 'The new text'")
            first.execute("select notify.publish('greeting', 'first')")
            waiting = pool.submit(one, second, "select notify.publish('greeting', 'second') as v")
            time.sleep(0.3)
            assert not waiting.done()
        assert waiting.result(10)["v"] == 3
    assert email(database) == "The new text"


def test_what_is_refused_at_its_rendering_says_by_which_version(database: Database) -> None:
    add_workflow(database, body="{{ missing }}")
    made = insert(sender(database))
    hand_worker(database).deliver_all()
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["workflow_version"]) == ("FAILED", 1)


@pytest.mark.parametrize("overrides", ['{"sms": "other"}', '{"SMSS": "other"}', '{"SMS": 5}'])
def test_an_override_that_would_do_nothing_is_refused(database: Database, overrides: str) -> None:
    add_workflow(database)
    assignment = f"template_overrides = '{overrides}'"
    error = refusal(admin(database), f"update notify.ent_notification_workflow set {assignment}")
    assert error.sqlstate == "23514" and "override" in str(error)


# --- deactivating


def test_deactivating_stops_new_ones_and_what_waits_at_once_and_reactivating_needs_no_publishing(
    database: Database,
) -> None:
    add_workflow(database)
    waiting = insert(sender(database))
    edit(database, "deactivated = true")
    new = insert(sender(database))
    assert hand_worker(database).take() == []
    assert [status_of(database, n)["error_code"] for n in (waiting, new)] == ["workflow_deactivated"] * 2
    edit(database, "deactivated = false")
    assert email(database) == "<p>Hello Ada</p>"


# --- what depends on a template


def dependents(connection: Connection, key: str = "header") -> dict[str, tuple[bool, bool]]:
    """The workflows that use a template, each with whether its published version does, and its draft."""
    found = rows(connection, "select * from notify.list_dependents(%s)", key)
    return {row["workflow_key"]: (row["is_in_published"], row["is_in_draft"]) for row in found}


def add_users_of_header(database: Database) -> None:
    """Shared workflows that include `header`, one of them through another template, and one that doesn't."""
    add_template(database, "header", "old")
    add_template(database, "page", "<p>{{ xnovu_render('header') }}</p>")
    add_workflow(database, "direct", "{{ xnovu_render('header') }}")
    add_workflow(database, "indirect", "{{ xnovu_render('page') }}")
    add_workflow(database, "draft", "{{ xnovu_render('header') }}", publish=False)
    add_workflow(database, "without", "no header, only the word")


def test_dependents_are_those_whose_version_or_draft_uses_it_also_through_others(database: Database) -> None:
    add_users_of_header(database)
    assert dependents(admin(database)) == {
        "direct": (True, True),
        "indirect": (True, True),
        "draft": (False, True),
    }
    add_template(database, "direct", "no more")
    add_template(database, "without", "now it does: {{ xnovu_render('page') }}")
    assert dependents(admin(database)) == {
        "direct": (True, False),
        "indirect": (True, True),
        "draft": (False, True),
        "without": (False, True),
    }
    assert dependents(admin(database), "direct") == {"direct": (True, True)}
    assert dependents(admin(database), "unknown") == {}


def test_publish_dependents_publishes_all_that_are_published(database: Database) -> None:
    add_users_of_header(database)
    add_template(database, "header", "new")
    assert email(database, "indirect") == "<p>old</p>"
    done = rows(admin(database), "select * from notify.publish_dependents('header', 'a new header')")
    assert [(row["workflow_key"], row["version"], row["remark"]) for row in done] == [
        ("direct", 2, None),
        ("indirect", 2, None),
    ]
    assert email(database, "indirect") == "<p>new</p>"
    notes = rows(admin(database), "select note from notify.notification_workflow_version where version = 2")
    assert [row["note"] for row in notes] == ["a new header"] * 2


def test_publish_dependents_publishes_those_that_are_named_also_a_draft(database: Database) -> None:
    add_users_of_header(database)
    add_template(database, "header", "new")
    done = rows(admin(database), "select * from notify.publish_dependents('header', null, '{direct,draft}')")
    assert [(row["workflow_key"], row["version"]) for row in done] == [("direct", 2), ("draft", 1)]
    assert email(database, "indirect") == "<p>old</p>"
    error = refusal(admin(database), "select notify.publish_dependents('header', null, '{direct,without}')")
    assert error.sqlstate == "XN107"
    assert "'without'" in str(error)


def test_publish_dependents_is_all_or_none(database: Database) -> None:
    add_users_of_header(database)
    add_template(database, "indirect", "{{ xnovu_render('absent') }} {{ xnovu_render('page') }}")
    error = refusal(admin(database), "select * from notify.publish_dependents('header')")
    assert error.sqlstate == "XN103"
    assert "'indirect'" in str(error)
    versions = rows(admin(database), "select version from notify.notification_workflow_version where version > 1")
    assert versions == []


def test_an_admin_sees_whose_workflows_take_the_shared_template_and_publishes_the_shared_ones(
    database: Database,
) -> None:
    add_users_of_header(database)
    for enterprise in (A, B):
        add_workflow(database, "own", "{{ xnovu_render('header') }}", enterprise=enterprise)
    add_template(database, "header", "B's own header", enterprise=B)
    publish_workflow(database, "own", B)
    found = rows(admin(database), "select enterprise_id, workflow_key from notify.list_dependents('header')")
    assert [row["workflow_key"] for row in found if row["enterprise_id"] == A] == ["own"]
    assert [row for row in found if row["enterprise_id"] == B] == []
    done = rows(admin(database), "select * from notify.publish_dependents('header')")
    assert {row["workflow_key"]: row["version"] for row in done} == {"direct": 2, "indirect": 2, "own": None}
    assert "in its context" in done[-1]["remark"]
    done = rows(admin(database, A), "select * from notify.publish_dependents('header')")
    assert [(row["enterprise_id"], row["workflow_key"], row["version"]) for row in done] == [(A, "own", 2)]


def test_a_manager_sees_its_own_dependents_and_no_others(database: Database) -> None:
    add_users_of_header(database)
    for enterprise in (A, B):
        add_workflow(database, f"of-{enterprise.hex[:1]}", "{{ xnovu_render('header') }}", enterprise=enterprise)
    manages = manager(database)
    assert dependents(manages) == {"of-a": (True, True)}
    assert refusal(manages, "select notify.publish_dependents('header', null, '{of-b}')").sqlstate == "XN107"
    assert refusal(manages, "select notify.publish_dependents('header', null, '{direct}')").sqlstate == "XN107"
    done = rows(manages, "select * from notify.publish_dependents('header')")
    assert [(row["workflow_key"], row["version"]) for row in done] == [("of-a", 2)]


@pytest.mark.parametrize(
    "call",
    [
        "list_dependents('header')",
        "publish_dependents('header')",
        "list_changes('greeting')",
        "preview('greeting')",
        "validate_payload('greeting', '{}')",
    ],
)
def test_without_an_enterprise_a_manager_is_told_what_is_missing_and_not_what_is_shared(
    database: Database, call: str
) -> None:
    add_workflow(database)
    database.bind("test_manager", A)
    query = f"select * from notify.{call}"
    for context, code in ((None, "XN001"), ("nonsense", "XN001"), (B, "XN003"), (str(SHARED), "XN001")):
        assert refusal(database.connect("test_manager", context), query).sqlstate == code
    for context in ("nonsense", str(SHARED)):
        assert refusal(database.connect("test_admin", context), query).sqlstate == "XN001"


# --- languages


def add_variant(database: Database, key: str, locale: str, body: str, enterprise: UUID = SHARED) -> None:
    admin(database).execute(
        "insert into notify.ent_notification_template"
        " (enterprise_id, template_key, channel_type, locale, name, subject_template, body_template)"
        " values (%s, %s, 'EMAIL', %s, 'a variant', 'A subject', %s)",
        [enterprise, key, locale, body],
    )


def pinned(database: Database, enterprise: UUID) -> dict[str, str]:
    """The bodies in the newest version of an enterprise's workflow, by the names that they are pinned under."""
    bundle = one(
        database.keep(),
        "select bundle from notify.notification_workflow_version where enterprise_id = %s"
        " order by version desc limit 1",
        enterprise,
    )["bundle"]
    return {name: template["body"] for name, template in bundle["templates"].items()}


def test_a_version_pins_each_language_of_its_templates_and_of_what_they_include(database: Database) -> None:
    add_template(database, "header", "header")
    add_variant(database, "header", "da", "hoved")
    add_variant(database, "greeting", "pt-BR", "Ola {{ xnovu_render('only-there') }}")
    add_template(database, "only-there", "an include of one language")
    add_workflow(database, body="{{ xnovu_render('header') }}")
    assert set(pinned(database, SHARED)) == {
        "EMAIL/greeting",
        "EMAIL/greeting@pt-BR",
        "EMAIL/header",
        "EMAIL/header@da",
        "EMAIL/only-there",
    }


def test_an_enterprises_own_default_hides_all_shared_languages_and_its_own_language_stands_beside_them(
    database: Database,
) -> None:
    add_template(database, "header", "shared")
    add_variant(database, "header", "da", "shared da")
    add_variant(database, "header", "da", "A's da", A)
    body = "{{ xnovu_render('header') }}"
    add_workflow(database, "own", body, enterprise=A)
    assert pinned(database, A) == {"EMAIL/header": "shared", "EMAIL/header@da": "A's da", "EMAIL/own": body}
    add_template(database, "header", "A's", enterprise=A)
    admin(database).execute("delete from notify.ent_notification_template where body_template = 'A''s da'")
    publish_workflow(database, "own", A)
    assert pinned(database, A) == {"EMAIL/header": "A's", "EMAIL/own": body}


def test_a_channel_needs_a_default_variant(database: Database) -> None:
    add_workflow(database, publish=False)
    add_variant(database, "greeting", "da", "Hej")
    admin(database).execute("delete from notify.ent_notification_template where locale = ''")
    error = refusal(admin(database), "select notify.publish('greeting')")
    assert error.sqlstate == "XN102"
    assert error.diag.message_hint and "locale" in error.diag.message_hint


@pytest.mark.parametrize("locale", ["da-DK", "da_DK", "DA-dk", "da"])
def test_a_notification_goes_out_in_its_language_however_the_platform_writes_it(
    database: Database, locale: str
) -> None:
    add_variant(database, "greeting", "da", "Hej {{ name }}")
    add_workflow(database)
    assert email(database, locale=locale) == "Hej Ada"
    made = one(
        sender(database),
        "select notify.send('greeting', array[%s]::uuid[], '{\"name\": \"Ada\"}', p_locale => %s) as id",
        uuid4(),
        locale,
    )["id"]
    assert sent(database, made)["email"]["body"] == "Hej Ada"


def test_what_is_no_language_is_sent_in_the_default_one(database: Database) -> None:
    add_workflow(database)
    assert email(database, locale="a language, so they say") == "<p>Hello Ada</p>"


# --- settings


def test_an_enterprises_language_holds_where_the_notification_names_none(database: Database) -> None:
    add_variant(database, "greeting", "da", "Hej {{ name }}")
    add_variant(database, "greeting", "de", "Hallo {{ name }}")
    add_workflow(database)
    manager(database).execute("insert into notify.notification_setting (locale) values ('da-DK')")
    assert email(database) == "Hej Ada"
    assert email(database, locale="de") == "Hallo Ada"
    assert email(database, locale="fr") == "Hej Ada"
    other = insert(sender(database, B))
    assert sent(database, other)["email"]["body"] == "<p>Hello Ada</p>"


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "CEST", "+02", "europe/copenhagen", ""])
def test_settings_take_a_time_zone_by_name_only(database: Database, zone: str) -> None:
    manages = manager(database)
    error = refusal(manages, "insert into notify.notification_setting (time_zone) values (%s)", zone)
    assert error.sqlstate == "XN110"
    assert repr(zone) in str(error)
    manages.execute("insert into notify.notification_setting (time_zone) values ('Europe/Copenhagen')")
    assert refusal(manages, "update notify.notification_setting set time_zone = %s", zone).sqlstate == "XN110"


@pytest.mark.parametrize("assignment", ["locale = 'danish'", "locale = 'da_DK'", "sms_segment_limit = 0"])
def test_settings_that_make_no_sense_are_refused_by_a_sentence(database: Database, assignment: str) -> None:
    manages = manager(database)
    manages.execute("insert into notify.notification_setting (locale) values ('da')")
    error = refusal(manages, f"update notify.notification_setting set {assignment}")
    assert error.sqlstate == "23514"
    assert error.diag.constraint_name and " is " in error.diag.constraint_name


def test_settings_are_audited(database: Database) -> None:
    manages = manager(database)
    manages.execute("insert into notify.notification_setting (locale) values ('da')")
    manages.execute("update notify.notification_setting set sms_segment_limit = 5")
    trail = rows(
        manages,
        "select action, after ->> 'sms_segment_limit' as n from notify.notification_audit"
        " where table_name = 'notification_setting' order by changed_at, id",
    )
    assert [(row["action"], row["n"]) for row in trail] == [("INSERT", "3"), ("UPDATE", "5")]


# --- a test of one for real


def test_a_manager_sends_a_test_that_is_marked_in_its_record(database: Database) -> None:
    add_workflow(database)
    recipient = uuid4()
    made = one(manager(database), "select notify.test_send('greeting', %s, '{\"name\": \"Ada\"}') as id", recipient)[
        "id"
    ]
    (request,) = hand_worker(database).take()
    body = json.loads(request["body"])
    assert body["to"] == [f"{A}:{recipient}"]
    seen = status_of(database, made)
    assert (seen["is_test"], seen["name"], seen["tags"]) == (True, "Test by test_manager", ["test"])
    assert status_of(database, insert(sender(database)))["is_test"] is False


def test_a_test_takes_channels_and_a_language_and_goes_by_the_published_version(database: Database) -> None:
    add_variant(database, "greeting", "da", "Hej {{ name }}")
    add_workflow(database, channels=("EMAIL", "SMS"))
    add_template(database, "greeting", "a draft")
    made = one(
        sender(database),
        "select notify.test_send('greeting', %s, %s, '{EMAIL}', 'da') as id",
        uuid4(),
        Jsonb({"name": "Ada"}),
    )["id"]
    content = sent(database, made)
    assert set(content) == {"email"}
    assert content["email"]["body"] == "Hej Ada"


def test_a_test_of_what_can_not_be_sent_is_refused_with_the_reason(database: Database) -> None:
    add_workflow(database, "draft", publish=False)
    add_workflow(database, "off")
    edit(database, "deactivated = true", "off")
    add_workflow(database, "of-b", enterprise=B)
    manages = manager(database)
    for key, code, word in (
        ("draft", "XN106", "not published"),
        ("off", "XN106", "deactivated"),
        ("of-b", "XN101", "of-b"),
        ("unknown", "XN101", "unknown"),
    ):
        error = refusal(manages, "select notify.test_send(%s, gen_random_uuid())", key)
        assert (error.sqlstate, word in str(error)) == (code, True)
    assert rows(database.keep(), "select 1 from notify.ent_notification") == []


def test_a_test_is_sent_for_the_enterprise_in_the_context_only(database: Database) -> None:
    add_workflow(database)
    database.bind("test_manager", A)
    for login, context, code in (
        ("test_manager", None, "XN001"),
        ("test_manager", B, "XN003"),
        ("test_platform", None, "XN001"),
        ("test_admin", A, "42501"),
        ("test_analyst", A, "42501"),
    ):
        error = refusal(database.connect(login, context), "select notify.test_send('greeting', gen_random_uuid())")
        assert error.sqlstate == code, login
