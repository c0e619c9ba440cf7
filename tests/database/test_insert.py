"""INSERT to queue: what a row becomes, and what bad input gets."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, insert, one, platform, publish_workflow, rows, sender, status_of


def test_a_row_without_an_enterprise_in_the_context_is_refused_with_a_hint(database: Database) -> None:
    add_workflow(database)
    for context in (None, "", "garbage", "00000000-0000-0000-0000-000000000000"):
        connection = database.connect("test_platform", context)
        with pytest.raises(psycopg.Error) as refused:
            insert(connection)
        assert refused.value.sqlstate == "XN001"
        assert "notify.set_enterprise" in str(refused.value.diag.message_hint)
    assert rows(database.keep(), "select 1 from notify.ent_notification") == []


def test_the_enterprise_comes_from_the_context_and_not_from_the_row_or_the_payload(database: Database) -> None:
    add_workflow(database)
    connection = platform(database, A)
    mine = insert(connection, payload={"name": "Ada", "enterpriseId": str(B), "enterprise_id": str(B)})
    assert status_of(database, mine)["enterprise_id"] == A
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(connection, enterprise_id=B)
    hand_worker(database).deliver_all()
    assert status_of(database, mine)["notification_status"] == "SENT"


BAD_ROWS: list[tuple[dict[str, Any], str, str]] = [
    ({"recipients": []}, "recipients_empty", "recipients"),
    ({"recipients": [uuid4(), None]}, "recipients_malformed", "recipients"),
    ({"recipients": [[uuid4()], [uuid4()]]}, "recipients_malformed", "recipients"),
    ({"channels": ["EMAIL", "PIGEON"]}, "channel_unknown", "channels"),
    ({"channels": []}, "channels_empty", "channels"),
    ({"payload": ["not", "an", "object"]}, "payload_invalid", "payload"),
    ({"payload": {"blob": "".join(f"{n:x}" for n in range(200_000))}}, "payload_too_large", "payload"),
    ({"channels": ["EMAIL"] * 6}, "channel_repeated", "channels"),
    ({"overrides": {"email": {"to": ["somebody@example.org"]}}}, "overrides_refused", "overrides"),
    ({"overrides": {"providers": {"fcm": {"topic": "all"}}}}, "overrides_refused", "overrides"),
    ({"overrides": {"email": "x"}}, "overrides_refused", "overrides"),
    ({"overrides": {"fcm": {"android": {"priority": "high", "Token": "x"}}}}, "overrides_refused", "overrides"),
    ({"name": "x" * 1001}, "text_too_long", "name"),
    ({"building": "ß" * 501}, "text_too_long", "building"),
    ({"time_zone": "x" * 1001}, "text_too_long", "time_zone"),
    ({"workflow_key": "x" * 1001}, "text_too_long", "workflow_key"),
    ({"overrides": "no object"}, "overrides_invalid", "overrides"),
    ({"overrides": {"long": "x" * 20_000}}, "overrides_too_large", "overrides"),
]


@pytest.mark.parametrize(
    ("columns", "code", "word"), BAD_ROWS, ids=[f"{c}-{n}" for n, (_, c, _) in enumerate(BAD_ROWS)]
)
def test_bad_content_never_fails_the_insert_but_ends_failed_and_names_the_field(
    database: Database, columns: dict[str, Any], code: str, word: str
) -> None:
    add_workflow(database)
    connection = platform(database)
    good = insert(connection)
    bad = insert(connection, **columns)
    seen = status_of(database, bad)
    assert (seen["notification_status"], seen["error_code"]) == ("FAILED", code)
    assert word in seen["reason"]
    history = one(database.keep(), "select * from notify.notification_history where notification_id = %s", bad)
    assert (history["from_status"], history["to_status"]) == ("PENDING", "FAILED")
    assert hand_worker(database).deliver_all() == 1
    assert status_of(database, good)["notification_status"] == "SENT"


def test_one_bad_row_among_many_in_a_statement_leaves_the_others_alone(database: Database) -> None:
    add_workflow(database)
    sender(database).execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', case n when 2 then '{}' else array[gen_random_uuid()] end, '{"name": "Ada"}'
        from generate_series(1, 3) as n
        """
    )
    assert hand_worker(database).deliver_all() == 2
    counted = rows(
        database.keep(), "select notification_status as s, count(*) as n from notify.ent_notification group by 1"
    )
    assert {row["s"]: row["n"] for row in counted} == {"SENT": 2, "FAILED": 1}


def test_a_malformed_recipient_is_an_error_of_the_statement_and_nothing_is_left(database: Database) -> None:
    add_workflow(database)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="not-a-uuid"):
        sender(database).execute(
            "insert into notify.ent_notification (workflow_key, recipients) values ('greeting', '{not-a-uuid}')"
        )
    assert rows(database.keep(), "select 1 from notify.ent_notification") == []
    assert rows(database.keep(), "select 1 from notify.notification_delivery") == []


def test_a_workflow_id_that_does_not_exist_is_an_error_with_a_hint(database: Database) -> None:
    add_workflow(database, enterprise=B, key="private")
    other = one(database.keep(), "select id from notify.ent_notification_workflow")["id"]
    for unknown in (uuid4(), other):
        with pytest.raises(psycopg.Error) as refused:
            insert(sender(database), workflow_key=None, workflow_id=unknown)
        assert refused.value.sqlstate == "XN101"
        assert refused.value.diag.message_hint


def test_a_workflow_given_by_id_fills_in_its_key(database: Database) -> None:
    add_workflow(database)
    workflow = one(database.keep(), "select id from notify.ent_notification_workflow")["id"]
    made = insert(sender(database), workflow_key=None, workflow_id=workflow)
    assert status_of(database, made)["workflow_key"] == "greeting"
    hand_worker(database).deliver_all()
    assert status_of(database, made)["notification_status"] == "SENT"
    with pytest.raises(psycopg.Error) as refused:
        insert(sender(database), workflow_key="another", workflow_id=workflow)
    assert refused.value.sqlstate == "XN104"


def test_a_rollback_sends_nothing(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    with connection.transaction(force_rollback=True):
        insert(connection)
    assert hand_worker(database).deliver_all() == 0


@pytest.mark.parametrize(
    ("workflow_priority", "own_priority", "lane"),
    [
        ("CRITICAL", None, "critical"),
        ("NORMAL", None, "normal"),
        ("LOW", None, "bulk"),
        ("LOW", "CRITICAL", "critical"),
        ("CRITICAL", "LOW", "bulk"),
        ("NORMAL", "HIGH", "normal"),
    ],
)
def test_the_priority_picks_the_lane_the_notifications_own_before_the_workflows(
    database: Database, workflow_priority: str, own_priority: str | None, lane: str
) -> None:
    add_workflow(database, priority=workflow_priority)
    made = insert(sender(database), priority=own_priority)
    assert status_of(database, made)["lane"] == lane
    assert len(hand_worker(database).take(lane)) == 1


def test_recipients_are_split_into_parts_of_at_most_100_and_everyone_gets_it_once(database: Database) -> None:
    add_workflow(database)
    people = [uuid4() for _ in range(250)]
    made = insert(sender(database), recipients=people + people[:30])
    parts = rows(
        database.keep(),
        "select recipients from notify.notification_delivery where notification_id = %s order by number",
        made,
    )
    assert [len(part["recipients"]) for part in parts] == [100, 100, 50]
    assert [person for part in parts for person in part["recipients"]] == people


def test_the_critical_lane_goes_straight_to_its_queue_and_the_others_wait_in_the_table(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    for priority in ("CRITICAL", "NORMAL", "LOW"):
        insert(connection, priority=priority)
    seen = rows(database.keep("test_analyst_all"), "select lane, waiting_count, queued_count from notify.lane_status")
    assert [(row["lane"], row["waiting_count"], row["queued_count"]) for row in seen] == [
        ("critical", 0, 1),
        ("normal", 1, 0),
        ("bulk", 1, 0),
    ]


@pytest.mark.parametrize("priority", ["CRITICAL", "NORMAL"])
def test_what_is_scheduled_stays_out_of_the_queue_until_it_is_due(database: Database, priority: str) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    lane = "critical" if priority == "CRITICAL" else "normal"
    now = one(database.keep(), "select now()")["now"]
    made = insert(sender(database), priority=priority, scheduled_for=now + timedelta(minutes=5))
    assert worker.claim(lane) == 0
    assert worker.tick()["admitted"] == 0
    assert status_of(database, made)["next_attempt_at"] == now + timedelta(minutes=5)
    database.shift_clock(timedelta(minutes=6))
    assert len(worker.take(lane)) == 1


def test_send_returns_the_notification_of_the_first_time_for_a_used_idempotency_key(database: Database) -> None:
    add_workflow(database)
    call = "select notify.send('greeting', %s, '{\"name\": \"Ada\"}', p_idempotency_key => %s) as id"
    mine, other = platform(database, A), platform(database, B)
    first = one(mine, call, [uuid4()], "alarm-7")["id"]
    assert one(mine, call, [uuid4()], "alarm-7")["id"] == first
    assert one(mine, call, [uuid4()], "alarm-8")["id"] != first
    assert one(other, call, [uuid4()], "alarm-7")["id"] != first
    assert hand_worker(database).deliver_all() == 3


def test_a_used_idempotency_key_fails_an_insert(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    insert(connection, idempotency_key="once")
    with pytest.raises(psycopg.errors.UniqueViolation, match="idempotency_key"):
        insert(connection, idempotency_key="once")


def test_an_insert_of_no_rows_does_nothing(database: Database) -> None:
    sender(database).execute(
        "insert into notify.ent_notification (workflow_key, recipients) select 'x', '{}'::uuid[] where false"
    )
    assert rows(database.keep(), "select 1 from notify.notification_delivery") == []


def test_an_insert_wakes_a_worker_only_when_one_is_idle_on_its_lane(database: Database) -> None:
    add_workflow(database)
    worker, connection, ear = hand_worker(database), platform(database), database.connect("test_worker")
    ear.execute("listen xnovu_work")
    insert(connection)
    assert [n.payload for n in ear.notifies(timeout=0.2)] == []
    beat = 'select worker_v1.beat(\'hand\', \'{"version": "1", "idle": ["normal"]}\')'
    worker.connection.execute(beat.encode())
    insert(connection, priority="LOW")
    assert [n.payload for n in ear.notifies(timeout=0.2)] == []
    insert(connection)
    assert [n.payload for n in ear.notifies(timeout=5, stop_after=1)] == [""]
    assert worker.claim("normal") == 2
    insert(connection)
    assert [n.payload for n in ear.notifies(timeout=0.2)] == []


def test_a_large_insert_is_as_quick_after_a_small_one(database: Database) -> None:
    add_workflow(database)
    rows_of = """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', array[gen_random_uuid()], '{"name": "Ada"}' from generate_series(1, %s)
    """
    fresh, pooled = platform(database), platform(database)
    for _ in range(7):  # more often than a session makes a plan anew
        pooled.execute(rows_of, [1])
    seconds = []
    for connection in (fresh, pooled):
        start = time.monotonic()
        connection.execute(rows_of, [5000])
        seconds.append(time.monotonic() - start)
    assert seconds[1] < 3 * seconds[0] + 0.5


def test_a_payload_that_was_compressed_elsewhere_is_measured_whole(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    connection.execute("create temporary table elsewhere as select jsonb_build_object('a', repeat('x', 1000000)) as p")
    connection.execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload)"
        " select 'greeting', array[gen_random_uuid()], p from elsewhere"
    )
    seen = one(database.keep(), "select error_details ->> 'code' as code from notify.ent_notification")
    assert seen["code"] == "payload_too_large"


def test_a_payload_is_measured_as_the_text_that_it_becomes(database: Database) -> None:
    add_workflow(database)
    sender(database).execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload)"
        " values ('greeting', array[gen_random_uuid()], jsonb_build_object('a', array_fill(1e-16383, array[9])))"
    )
    seen = one(database.keep(), "select error_details ->> 'code' as code from notify.ent_notification")
    assert seen["code"] == "payload_too_large"


@pytest.mark.parametrize(
    ("column", "value"), [("idempotency_key", ""), ("scheduled_for", "infinity"), ("expires_at", "-infinity")]
)
def test_what_can_not_be_meant_is_refused_by_a_constraint_that_says_so(
    database: Database, column: str, value: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="not"):
        insert(sender(database), **{column: value})


def test_a_notification_by_id_survives_the_renaming_of_a_workflow_that_is_not_published_yet(database: Database) -> None:
    add_workflow(database, enterprise=A, publish=False)
    superuser = database.connect()
    workflow = one(superuser, "select id from notify.ent_notification_workflow")["id"]
    made = insert(sender(database), workflow_key=None, workflow_id=workflow)
    superuser.execute("update notify.ent_notification_workflow set workflow_key = 'renamed'")
    superuser.execute("update notify.ent_notification_template set template_key = 'renamed'")
    publish_workflow(database, "renamed", A)
    request = hand_worker(database).take()[0]
    assert f"{A}_renamed" in request["body"]
    assert str(made) in request["request_id"]
