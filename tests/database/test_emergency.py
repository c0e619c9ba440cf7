"""Emergencies: what a template or payload lacks keeps none from going out, and is a warning on the row."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.support import (
    SHARED,
    HandWorker,
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

TEXT = "Leave the building."
SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "floor": {"type": "integer"}},
}


def content_of(database: Database, notification: UUID, enterprise: UUID = A) -> tuple[Row, Row]:
    """What was rendered, and the notification's row, as its platform reads them."""
    connection = platform(database, enterprise)
    row = one(connection, "select * from notify.ent_notification where id = %s", notification)
    found = rows(connection, "select content from notify.notification_content where notification_id = %s", notification)
    return (found[0]["content"] if found else {}), row


def codes(row: Row) -> list[str]:
    return [warning["code"] for warning in row["warnings"] or []]


def send(database: Database, lane: str = "critical", **columns: Any) -> tuple[Row, Row]:
    """Insert a notification and deliver it; return content and row."""
    made = insert(sender(database), **columns)
    hand_worker(database).deliver_all()
    content, row = content_of(database, made)
    assert status_of(database, made)["lane"] == lane
    return content, row


def say(connection: psycopg.Connection[Any], statement: str) -> list[str]:
    """Run a statement; return its warnings."""
    said: list[str] = []
    connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    connection.execute(statement.encode())
    return said


def edit(database: Database, assignments: str, enterprise: UUID = SHARED) -> None:
    with database.cluster.admin(database.name) as connection:
        connection.execute(
            f"update notify.ent_notification_workflow set {assignments} where enterprise_id = %s".encode(), [enterprise]
        )


# --- what goes out


def test_what_is_missing_shows_and_is_a_warning_on_the_row(database: Database) -> None:
    add_workflow(database, body="<p>{{ name }}, floor {{ floor }}</p>", priority="CRITICAL", fallback_text=TEXT)
    content, row = send(database, payload={"name": "<b>"})
    assert content["email"]["body"] == "<p>&lt;b&gt;, floor [floor]</p>"
    assert row["notification_status"] == "SENT"
    [warning] = row["warnings"]
    assert (warning["code"], warning["variable"], warning["template"]) == (
        "variable_missing",
        "floor",
        "EMAIL/greeting",
    )
    assert status_of(database, row["id"])["warning_codes"] == ["variable_missing"]


def test_what_lacks_nothing_has_no_warnings(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    content, row = send(database)
    assert (content["email"]["body"], row["warnings"]) == ("<p>Hello Ada</p>", None)
    assert status_of(database, row["id"])["warning_codes"] is None


@pytest.mark.parametrize("priority", ["HIGH", "NORMAL", "LOW"])
def test_the_other_lanes_stay_strict(database: Database, priority: str) -> None:
    add_workflow(database)
    _, row = send(database, "bulk" if priority == "LOW" else "normal", payload={}, priority=priority)
    assert (row["notification_status"], row["error_details"]["code"]) == ("FAILED", "variable_missing")


def test_what_may_not_use_the_lane_is_strict(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", is_critical=False)
    _, row = send(database, "normal", payload={})
    assert (row["notification_status"], row["error_details"]["code"]) == ("FAILED", "variable_missing")


def test_a_remark_of_any_lane_is_on_the_row(database: Database) -> None:
    add_workflow(database, channels=("EMAIL", "CHAT"))
    add_template(database, "greeting", "{% if name is undefined %}x{% endif %}", channel="CHAT")
    publish_workflow(database, "greeting")
    _, row = send(database, "normal")
    assert codes(row) == ["content_blank"]


def test_a_payload_that_breaks_the_schema_goes_out(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", payload_schema=SCHEMA)
    content, row = send(database, payload={"floor": "third"})
    assert content["email"]["body"] == "<p>Hello [name]</p>"
    assert codes(row) == ["payload_invalid", "variable_missing"]
    assert "third" not in json.dumps(row["warnings"])


@pytest.mark.parametrize("payload", [[1], "text", None, {"name": "x" * 140_000}])
def test_a_payload_that_is_of_no_use_goes_out_as_the_fallback(database: Database, payload: Any) -> None:
    add_workflow(
        database, priority="CRITICAL", channels=("EMAIL", "SMS"), fallback_text="Leave <now> & wait.\nOutside."
    )
    content, row = send(database, payload=payload)
    assert content == {
        "email": {"subject": "a workflow", "body": "<p>Leave &lt;now&gt; &amp; wait.<br>Outside.</p>"},
        "sms": {"body": "Leave <now> & wait.\nOutside."},
    }
    assert codes(row) == ["payload_invalid", "fallback_used", "fallback_used"]


def test_a_useless_payload_is_refused_at_once_on_the_other_lanes(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database), payload=[1])
    assert status_of(database, made)["error_code"] == "payload_invalid"


def test_of_many_inserted_at_once_each_goes_its_way(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    made = rows(
        connection,
        """
        insert into notify.ent_notification (workflow_key, recipients, payload, priority)
        select 'greeting', array[gen_random_uuid()], p::jsonb, r
        from unnest(array['[1]', '{"name": "Ada"}']) as p, unnest(array['CRITICAL', 'NORMAL']) as r
        returning id, priority, payload
        """,
    )
    hand_worker(database).deliver_all()
    found = {(row["priority"], isinstance(row["payload"], dict)): status_of(database, row["id"]) for row in made}
    assert {key: row["notification_status"] for key, row in found.items()} == {
        ("CRITICAL", True): "SENT",
        ("CRITICAL", False): "SENT",
        ("NORMAL", True): "SENT",
        ("NORMAL", False): "FAILED",
    }


def test_a_broken_channel_falls_back_and_the_others_go_as_rendered(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL", "SMS", "PUSH"), fallback_text=TEXT)
    add_template(
        database,
        "greeting",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        channel="SMS",
    )
    publish_workflow(database, "greeting")
    content, row = send(database)
    assert content["sms"] == {"body": TEXT}
    assert content["email"]["body"] == content["push"]["body"] == "<p>Hello Ada</p>"
    assert codes(row) == ["template_endless", "fallback_used"]


def test_a_channel_without_a_template_is_left_out(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL",))
    content, row = send(database, channels=["SMS", "EMAIL"])
    assert (list(content), row["rendered_channels"]) == (["email"], ["EMAIL"])
    assert [(w["code"], w["channel"]) for w in row["warnings"]] == [("template_missing", "SMS")]


def test_with_no_template_for_any_channel_it_goes_out_on_those_of_the_workflow(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL",))
    content, row = send(database, channels=["SMS", "CHAT"])
    assert (list(content), row["rendered_channels"]) == (["email"], ["EMAIL"])
    assert sorted(w["channel"] for w in row["warnings"]) == ["CHAT", "SMS"]


def test_a_test_of_an_emergency_says_that_it_is_one(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL", "SMS"), body="{{ 1 / 0 }}", fallback_text=TEXT)
    made = one(sender(database), "select notify.test_send('greeting', gen_random_uuid()) as id")["id"]
    hand_worker(database).deliver_all()
    content, _ = content_of(database, made)
    assert content["email"]["subject"].startswith("[TEST] ")
    assert content["sms"]["body"].startswith("[TEST] ")


def test_a_version_of_before_goes_out_by_its_name(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL", "SMS"))
    with database.cluster.admin(database.name) as connection:
        connection.execute(
            "update notify.notification_workflow_version set fallback_text = null, name = 'Fire & smoke'"
        )
    content, _ = send(database, payload=[1])
    assert content == {
        "email": {"subject": "Fire & smoke", "body": "<p>Fire &amp; smoke</p>"},
        "sms": {"body": "Fire & smoke"},
    }


@pytest.mark.parametrize("wrong", ["unknown", "expired"])
def test_what_no_text_can_help_fails_as_ever(database: Database, wrong: str) -> None:
    add_workflow(database, priority="CRITICAL")
    made = insert(sender(database), priority="CRITICAL", expires_at=database_time(database) + timedelta(minutes=1))
    if wrong == "expired":
        database.shift_clock(timedelta(minutes=2))
    else:
        edit(database, "deactivated = true")
    hand_worker(database).deliver_all()
    assert status_of(database, made)["error_code"] == ("expired" if wrong == "expired" else "workflow_deactivated")


def database_time(database: Database) -> Any:
    return one(database.keep(), "select notify.now() as now")["now"]


def test_a_replay_forgets_the_warnings_of_before(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", body="<p>{{ floor }}</p>")
    made = insert(sender(database), payload={})
    worker = hand_worker(database)
    worker.report(worker.take("critical"), 400, body={"message": "no"})
    assert codes(content_of(database, made)[1]) == ["variable_missing"]
    add_template(database, "greeting", "<p>all floors</p>")
    publish_workflow(database, "greeting")
    sender(database).execute("select * from notify.replay(%s)", [made])
    worker.tick()
    worker.deliver_all()
    assert content_of(database, made)[1]["warnings"] is None


# --- when rendering as a whole fails


def break_rendering(database: Database, statement: str, when: str = "Deadly") -> None:
    """Have a batch with a payload that says so do something else than render."""
    with database.cluster.admin(database.name) as connection:
        connection.execute(
            f"""
            alter function template.py_render_batch rename to py_render_batch_really;
            create function template.py_render_batch(
              p_bundle_hashes text [], p_bundles text [], p_item_bundles integer [], p_payloads text [],
              p_contexts text [], p_channels text [], p_budget_ms integer
            ) returns table (item integer, content text, warnings text, error text)
            language plpgsql as $$
            begin
              if array_to_string(p_payloads, '') like '%{when}%' then
                {statement}
              end if;
              return query select * from template.py_render_batch_really(
                p_bundle_hashes, p_bundles, p_item_bundles, p_payloads, p_contexts, p_channels, p_budget_ms
              );
            end $$;
            alter function template.py_render_batch owner to notify_owner;
            """.encode()
        )


def work_on(worker: HandWorker, lane: str = "critical", rounds: int = 10) -> None:
    for _ in range(rounds):
        worker.tick()
        worker.report(worker.take(lane))


def test_what_makes_the_database_fail_goes_out_as_the_fallback_and_alone(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    break_rendering(database, "raise data_exception using message = 'no';")
    connection = platform(database)
    made = [insert(connection), insert(connection, payload={"name": "Deadly"}), insert(connection)]
    work_on(hand_worker(database))
    contents = [content_of(database, notification) for notification in made]
    assert [row["notification_status"] for _, row in contents] == ["SENT"] * 3
    assert [content["email"]["body"] for content, _ in contents] == [
        "<p>Hello Ada</p>",
        f"<p>{TEXT}</p>",
        "<p>Hello Ada</p>",
    ]
    assert codes(contents[1][1]) == ["render_failed", "fallback_used"]


def test_what_makes_the_database_fail_still_fails_on_the_other_lanes(database: Database) -> None:
    add_workflow(database)
    break_rendering(database, "raise data_exception using message = 'no';")
    made = insert(sender(database), payload={"name": "Deadly"})
    work_on(hand_worker(database), "normal", 3)
    assert status_of(database, made)["error_code"] == "render_failed"


def test_what_is_too_large_for_sql_goes_out_as_the_fallback(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    break_rendering(database, "return query select 1, repeat('x', 500000), null::text, null::text; return;")
    content, row = send(database, payload={"name": "Deadly"})
    assert content["email"]["body"] == f"<p>{TEXT}</p>"
    assert codes(row) == ["content_too_large", "fallback_used"]


@pytest.mark.parametrize("value", ["to_jsonb(repeat('x', 1000000))", "to_jsonb(array_fill(1e-16383, array[9]))"])
def test_a_payload_that_is_small_in_the_table_only_is_not_rendered(database: Database, value: str) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    sender(database).execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload)"
        f" values ('greeting', array[gen_random_uuid()], jsonb_build_object('name', {value}))".encode()
    )
    assert hand_worker(database).claim("critical") == 1
    key = one(database.keep(), "select keys from notify.notification_claim")["keys"]
    seen = one(database.keep(), "select r.payload from unnest(engine.find_render_items(%s, 'critical')) as r", key)
    assert seen["payload"] is None


def test_what_there_is_never_time_for_goes_out_as_the_fallback(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    break_rendering(database, "return;")
    made = insert(sender(database), payload={"name": "Deadly"})
    worker = hand_worker(database)
    work_on(worker, rounds=2)
    assert status_of(database, made)["notification_status"] == "PENDING"
    work_on(worker, rounds=1)
    content, row = content_of(database, made)
    assert (row["notification_status"], content["email"]["body"]) == ("SENT", f"<p>{TEXT}</p>")
    assert codes(row) == ["render_late", "fallback_used"]


def strike(database: Database, worker: HandWorker, lane: str, restarts: bool = False) -> int:
    """Claim, and have the rendering never come back; returns how many were claimed."""
    claimed = worker.claim(lane, lease="1 second")
    if restarts:
        with database.cluster.admin(database.name) as connection:
            connection.execute(
                "update notify.notification_claim set claimed_at = pg_postmaster_start_time() - interval '1 second'"
            )
    database.shift_clock(timedelta(seconds=3))
    worker.tick()
    return claimed


def test_what_crashes_alone_goes_out_as_the_fallback(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    connection = platform(database)
    made = insert(connection, payload={})
    worker = hand_worker(database)
    assert [strike(database, worker, "critical") for _ in range(2)] == [1, 1]
    break_rendering(database, "raise assert_failure;", "")
    worker.report(worker.take("critical"))
    content, row = content_of(database, made)
    assert (row["notification_status"], content["email"]["body"]) == ("SENT", f"<p>{TEXT}</p>")
    assert codes(row) == ["render_crashed", "fallback_used"]


def test_what_crashes_even_as_a_fallback_ends(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    made = insert(sender(database))
    worker = hand_worker(database)
    for _ in range(5):
        assert status_of(database, made)["notification_status"] == "PENDING"
        strike(database, worker, "critical")
    failed = status_of(database, made)
    assert (failed["notification_status"], failed["error_code"]) == ("FAILED", "render_crashed")
    assert failed["reason"].endswith("5 times")


def strikes(database: Database) -> list[int]:
    return [
        row["strike_count"] for row in rows(database.keep(), "select strike_count from notify.notification_delivery")
    ]


def test_a_restart_strikes_none_of_those_that_were_claimed_together(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = [insert(connection) for _ in range(3)]
    worker = hand_worker(database)
    assert strike(database, worker, "normal", restarts=True) == 3
    assert strikes(database) == [0, 0, 0]
    assert [strike(database, worker, "normal") for _ in range(3)] == [1, 1, 1], "but each goes alone"
    assert strikes(database) == [1, 1, 1]
    assert strike(database, worker, "normal", restarts=True) == 1, "where it was alone, it may have been the reason"
    assert sorted(strikes(database)) == [1, 1, 2]
    worker.tick()
    worker.deliver_all()
    assert {status_of(database, notification)["notification_status"] for notification in made} == {"SENT"}


# --- publishing


@pytest.mark.parametrize(("priority", "is_critical"), [("CRITICAL", False), ("NORMAL", True)])
def test_what_may_be_critical_needs_a_fallback_to_be_published(
    database: Database, priority: str, is_critical: bool
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        add_workflow(database, priority=priority, is_critical=is_critical, fallback_text=None)
    assert caught.value.sqlstate == "XN112"
    assert "fallback_text" in str(caught.value)
    edit(database, f"fallback_text = '{TEXT}'")
    assert publish_workflow(database, "greeting") == 1
    [version] = rows(database.keep(), "select fallback_text from notify.notification_workflow_version")
    assert version["fallback_text"] == TEXT


def test_a_critical_workflow_that_is_not_listed_is_warned_of(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", is_critical=False)
    said = say(database.connect("test_admin"), "select notify.publish('greeting')")
    assert any("may not use the critical lane" in warning for warning in said)


def test_what_is_never_critical_needs_none(database: Database) -> None:
    add_workflow(database, is_critical=False, fallback_text=None)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001, "Floor {{ floor }}", "{% if a %}", "{# c #}", "bell \a"])
def test_a_fallback_is_a_plain_text(database: Database, text: str) -> None:
    add_workflow(database)
    with (
        database.cluster.admin(database.name) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="the fallback is"),
    ):
        connection.execute("update notify.ent_notification_workflow set fallback_text = %s", [text])


def test_letting_a_workflow_without_a_fallback_into_the_lane_warns(database: Database) -> None:
    add_workflow(database, is_critical=False, fallback_text=None)
    add_workflow(database, "alarm", is_critical=False, fallback_text=TEXT)
    admin = database.connect("test_admin")
    grant = (
        "insert into notify.notification_critical_workflow (enterprise_id, workflow_id)"
        " select enterprise_id, id from notify.ent_notification_workflow where workflow_key = "
    )
    assert len(say(admin, grant + "'greeting'")) == 1
    assert say(admin, grant + "'alarm'") == []


def test_the_fallback_is_a_part_of_the_version(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text=TEXT)
    edit(database, "fallback_text = 'Stay inside.'")
    admin = database.connect("test_admin")
    [change] = rows(admin, "select * from notify.list_changes('greeting')")
    assert change == {"part": "fallback_text", "before": TEXT, "after": "Stay inside."}
    assert send(database, payload=[1])[0]["email"]["body"] == f"<p>{TEXT}</p>"
    assert publish_workflow(database, "greeting") == 2
    assert send(database, payload=[1])[0]["email"]["body"] == "<p>Stay inside.</p>"
    admin.execute("select notify.rollback('greeting', 1)")
    assert send(database, payload=[1])[0]["email"]["body"] == f"<p>{TEXT}</p>"


def test_a_preview_shows_the_critical_rendering(database: Database) -> None:
    add_workflow(database, priority="CRITICAL", channels=("EMAIL", "SMS"), payload_schema=SCHEMA, fallback_text=TEXT)
    add_template(database, "greeting", "{{ name", channel="SMS")
    admin = database.connect("test_admin")
    query = "select * from notify.preview('greeting', '{}', p_options => %s)"
    assert {row["error"] is None for row in rows(admin, query, "{}")} == {False}
    seen = {row["channel"]: row for row in rows(admin, query, '{"critical": true}')}
    assert {row["error"] for row in seen.values()} == {None}
    assert seen["EMAIL"]["body"] == "<p>Hello [name]</p>"
    assert seen["SMS"]["body"] == TEXT
    assert any("fallback" in warning for warning in seen["SMS"]["warnings"])


# --- who sees it


def test_another_enterprise_sees_none_of_it(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    made = insert(sender(database), payload={})
    hand_worker(database).deliver_all()
    assert rows(sender(database, B), "select warnings from notify.ent_notification where id = %s", made) == []


def test_an_analyst_sees_the_codes(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    insert(sender(database), payload={})
    hand_worker(database).deliver_all()
    analyst = database.connect("test_analyst_all")
    [row] = rows(analyst, "select warning_codes from notify.notification_overview")
    assert row["warning_codes"] == ["variable_missing"]
