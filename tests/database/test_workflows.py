"""Which workflow a notification goes by, and what publishing pins and refuses."""

import json
from uuid import uuid4

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.support import (
    SHARED,
    Row,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    platform,
    publish_workflow,
    rows,
    sender,
    status_of,
)


def rendered(database: Database, **columns: object) -> Row:
    """Insert a notification, render it, and return the payload of the request."""
    made = insert(sender(database, A), **columns)
    requests = {r["request_id"].split("/")[1]: r for r in hand_worker(database, f"w/{uuid4()}").take()}
    return dict(json.loads(requests[str(made)]["body"])["payload"])


def failure(database: Database, **columns: object) -> Row:
    """Insert a notification that must fail when it is rendered, and return its row of the overview."""
    made = insert(sender(database, A), **columns)
    assert hand_worker(database).take() == []
    seen = status_of(database, made)
    assert seen["notification_status"] == "FAILED"
    return seen


def test_an_enterprises_own_workflow_comes_before_the_shared_one(database: Database) -> None:
    add_workflow(database, "alarm", "shared")
    add_workflow(database, "alarm", "of A", enterprise=A)
    add_workflow(database, "alarm", "of B", enterprise=B)
    assert rendered(database, workflow_key="alarm")["email"]["body"] == "of A"


@pytest.mark.parametrize("state", ["publish_status = 'DRAFT'", "deactivated = true"])
def test_an_own_workflow_that_is_not_in_use_leaves_the_shared_one_in_charge(database: Database, state: str) -> None:
    add_workflow(database, "alarm", "shared")
    add_workflow(database, "alarm", "of A", enterprise=A)
    database.keep().execute(
        f"update notify.ent_notification_workflow set {state} where enterprise_id = %s".encode(), [A]
    )
    assert rendered(database, workflow_key="alarm")["email"]["body"] == "shared"


def test_an_unknown_an_unpublished_and_a_deactivated_workflow_fail_with_the_reason(database: Database) -> None:
    add_workflow(database, "draft", publish=False)
    add_workflow(database, "gone")
    add_workflow(database, "private", enterprise=B)
    database.keep().execute(
        "update notify.ent_notification_workflow set deactivated = true where workflow_key = 'gone'"
    )
    for key, code in [
        ("nobody-knows", "workflow_unknown"),
        ("private", "workflow_unknown"),
        ("draft", "workflow_unpublished"),
        ("gone", "workflow_deactivated"),
    ]:
        seen = failure(database, workflow_key=key)
        assert seen["error_code"] == code
        assert key in seen["reason"]


def test_resolve_workflow_shows_which_one_wins_and_why(database: Database) -> None:
    add_workflow(database, "alarm", "shared")
    add_workflow(database, "alarm", "of A", enterprise=A)
    query = "select is_used, workflow_type, reason from notify.resolve_workflow('alarm')"
    seen = rows(sender(database, A), query)
    assert [(row["is_used"], row["workflow_type"]) for row in seen] == [(True, "DYNAMIC"), (False, "STATIC")]
    assert "hidden" in seen[1]["reason"]
    seen = rows(sender(database, B), query)
    assert [(row["is_used"], row["workflow_type"]) for row in seen] == [(True, "STATIC")]
    with pytest.raises(psycopg.Error) as refused:
        rows(sender(database, B), "select * from notify.resolve_workflow('unknown')")
    assert refused.value.sqlstate == "XN101"


def test_an_edit_shows_only_after_publishing_and_the_row_says_which_version(database: Database) -> None:
    add_workflow(database, "alarm", "first")
    add_template(database, "alarm", "second")
    assert rendered(database, workflow_key="alarm")["email"]["body"] == "first"
    assert publish_workflow(database, "alarm") == 2
    assert rendered(database, workflow_key="alarm")["email"]["body"] == "second"
    versions = rows(database.keep(), "select workflow_version as v from notify.ent_notification order by created_at")
    assert [row["v"] for row in versions] == [1, 2]


def test_an_included_template_is_the_enterprises_own_before_the_shared_one(database: Database) -> None:
    add_template(database, "header", "shared header of {{ name }}")
    add_template(database, "header", "header of B", enterprise=B)
    body = "{{ xnovu_render('header', {'name': name}) }}!"
    add_workflow(database, "with-shared", body, enterprise=A)
    assert rendered(database, workflow_key="with-shared")["email"]["body"] == "shared header of Ada!"
    add_template(database, "header", "header of A", enterprise=A)
    add_workflow(database, "with-own", body, enterprise=A)
    add_workflow(database, "of-all", body)
    assert rendered(database, workflow_key="with-own")["email"]["body"] == "header of A!"
    assert rendered(database, workflow_key="of-all")["email"]["body"] == "shared header of Ada!"


BROKEN = [
    ("<p>{{ name </p>", "line 1"),
    ("{{ xnovu_render('absent') }}", "absent"),
    ("{{ xnovu_render(name) }}", "first argument of xnovu_render"),
    ("{{ name | no_such_filter }}", "no_such_filter"),
    ("{{ xnovu_render('broken') }}", "broken → broken"),
]


@pytest.mark.parametrize(("body", "word"), BROKEN, ids=[word for _, word in BROKEN])
def test_a_template_that_could_not_be_rendered_is_not_published_and_the_error_names_it(
    database: Database, body: str, word: str
) -> None:
    add_workflow(database, "broken", body, publish=False)
    with pytest.raises(psycopg.Error) as refused:
        publish_workflow(database, "broken")
    assert refused.value.sqlstate == "XN103"
    assert word in str(refused.value)
    assert "EMAIL" in str(refused.value)
    assert rows(database.keep(), "select 1 from notify.notification_workflow_version") == []


def test_a_cycle_is_named_by_the_templates_in_it(database: Database) -> None:
    add_template(database, "a", "{{ xnovu_render('b') }}")
    add_template(database, "b", "{{ xnovu_render('a') }}")
    add_workflow(database, "circular", "{{ xnovu_render('a') }}", publish=False)
    with pytest.raises(psycopg.Error, match="a → b → a"):
        publish_workflow(database, "circular")


def test_a_workflow_without_a_template_for_a_default_channel_is_not_published(database: Database) -> None:
    add_workflow(database, "half", publish=False)
    database.keep().execute("update notify.ent_notification_workflow set default_channels = '{EMAIL,SMS}'")
    with pytest.raises(psycopg.Error, match="no template for: SMS") as refused:
        publish_workflow(database, "half")
    assert refused.value.sqlstate == "XN102"


def test_template_overrides_name_another_template_for_a_channel(database: Database) -> None:
    add_template(database, "elsewhere", "from elsewhere")
    add_workflow(database, "alarm", "own")
    database.keep().execute(
        'update notify.ent_notification_workflow set template_overrides = \'{"EMAIL": "elsewhere"}\''
    )
    publish_workflow(database, "alarm")
    assert rendered(database, workflow_key="alarm")["email"]["body"] == "from elsewhere"


def test_a_manager_publishes_its_own_workflow_and_can_not_touch_the_shared_or_anothers(database: Database) -> None:
    database.bind("test_manager", A)
    add_workflow(database, "shared-one")
    add_workflow(database, "of-a", enterprise=A, publish=False)
    add_workflow(database, "of-b", enterprise=B, publish=False)
    manager = database.connect("test_manager", A)
    assert one(manager, "select notify.publish('of-a') as v")["v"] == 1
    for key in ("shared-one", "of-b"):
        with pytest.raises(psycopg.Error) as refused:
            manager.execute("select notify.publish(%s)", [key])
        assert refused.value.sqlstate == "XN101"
    for context in (None, B):
        with pytest.raises(psycopg.Error) as refused:
            database.connect("test_manager", context).execute("select notify.publish('of-b')")
        assert refused.value.sqlstate == "XN101"


def test_a_notifications_own_channels_narrow_the_workflows(database: Database) -> None:
    add_workflow(database, "both", "text", channels=("EMAIL", "SMS"))
    assert set(rendered(database, workflow_key="both")) == {"email", "sms"}
    assert set(rendered(database, workflow_key="both", channels=["SMS"])) == {"sms"}
    assert failure(database, workflow_key="both", channels=["PUSH"])["error_code"] == "template_missing"


def test_a_payload_that_breaks_the_schema_fails_and_names_path_and_rule(database: Database) -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"floor": {"type": "integer"}}}
    add_workflow(database, "strict", "Hello {{ name }}", payload_schema=schema)
    seen = failure(database, workflow_key="strict", payload={"name": "Ada", "floor": "third"})
    assert seen["error_code"] == "payload_invalid"
    assert "floor" in seen["reason"]
    assert "name" in failure(database, workflow_key="strict", payload={})["reason"]
    assert (
        rendered(database, workflow_key="strict", payload={"name": "Ada", "floor": 3})["email"]["body"] == "Hello Ada"
    )


def test_a_missing_variable_names_the_variable_and_the_template_and_no_value(database: Database) -> None:
    add_workflow(database, "alarm", "{{ name }} on floor {{ floor }}")
    seen = failure(database, workflow_key="alarm", payload={"name": "a secret name"})
    assert seen["error_code"] == "variable_missing"
    assert "floor" in seen["reason"] and "alarm" in seen["reason"] and "secret" not in seen["reason"]


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ xnovu_render('many') }}",
    ],
    ids=["never ends", "wants a gigabyte", "includes without end"],
)
def test_a_template_that_never_ends_or_wants_a_gigabyte_fails_and_the_rest_goes_out(
    database: Database, body: str
) -> None:
    add_template(database, "leaf", "x" * 1000)
    add_template(database, "many", "{% for n in range(900) %}{{ xnovu_render('leaf') }}{% endfor %}" * 3)
    add_workflow(database, "bomb", body)
    add_workflow(database)
    connection = platform(database)
    bombs = [insert(connection, workflow_key="bomb") for _ in range(3)]
    good = [insert(connection) for _ in range(3)]
    hand_worker(database).deliver_all()
    for bomb in bombs:
        seen = status_of(database, bomb)
        assert (seen["notification_status"], seen["error_code"]) == ("FAILED", "template_endless")
        assert "too much work" in seen["reason"] and ("bomb" in seen["reason"] or "many" in seen["reason"])
    assert {status_of(database, made)["notification_status"] for made in good} == {"SENT"}


def test_values_are_escaped_by_channel(database: Database) -> None:
    add_workflow(database, "mixed", "{{ name }}", channels=("EMAIL", "IN_APP", "SMS"))
    payload = rendered(database, workflow_key="mixed", payload={"name": "<b>&"})
    assert payload["email"]["body"] == payload["in_app"]["body"] == "&lt;b&gt;&amp;"
    assert payload["sms"]["body"] == "<b>&"


def test_a_shared_workflow_can_not_be_made_to_read_an_enterprises_template(database: Database) -> None:
    add_template(database, "header", "secret of A", enterprise=A)
    add_workflow(database, "of-all", "{{ xnovu_render('header') }}", publish=False)
    with pytest.raises(psycopg.Error, match="header"):
        publish_workflow(database, "of-all", SHARED)
