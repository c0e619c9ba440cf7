"""Claim, render and rescue: leases, the fence, and what a rendering that never comes back costs."""

import json
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Database
from tests.support import (
    HandWorker,
    Row,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    platform,
    rows,
    sender,
    status_of,
)


def delivery_of(database: Database, notification: UUID) -> Row:
    return one(database.keep(), "select * from notify.notification_delivery where notification_id = %s", notification)


def queue_agrees(database: Database) -> bool:
    """Whether each open delivery that neither waits nor is claimed has exactly one message, and no other has one."""
    return not rows(
        database.keep(),
        """
        with hint as (
          select (q.message ->> 'enterprise_id')::uuid as e, (d ->> 0)::uuid as n, (d ->> 1)::integer as i
          from (
            select message from pgmq.q_critical
            union all select message from pgmq.q_normal
            union all select message from pgmq.q_bulk
          ) as q
          cross join jsonb_array_elements(q.message -> 'deliveries') as d
        ),
        queued as (
          select enterprise_id as e, notification_id as n, number as i from notify.notification_delivery
          where delivery_status = 'OPEN' and due_at is null and claim_id is null
        )
        (select * from hint except all select * from queued)
        union all
        (select * from queued except all select * from hint)
        """,
    )


def test_two_workers_never_hold_the_same_delivery(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = {insert(connection) for _ in range(5)}
    first, second = hand_worker(database, "one/n1"), hand_worker(database, "two/n1")
    taken = first.take(most=3) + second.take()
    assert sorted(r["request_id"].split("/")[1] for r in taken) == sorted(str(m) for m in made)


def test_the_attempt_is_committed_before_anything_is_rendered(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    worker = hand_worker(database)
    worker.claim()
    seen = delivery_of(database, made)
    assert (seen["attempt"], seen["claim_id"] is not None) == (1, True)
    assert status_of(database, made)["notification_status"] == "PENDING"
    worker.render()
    assert status_of(database, made)["notification_status"] == "PROCESSING"


def test_render_returns_only_what_this_worker_has_just_claimed_and_only_once(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker, other = hand_worker(database, "one/n1"), hand_worker(database, "two/n1")
    worker.claim()
    assert other.render() == []
    assert len(worker.render()) == 1
    assert worker.render() == []


def test_a_request_is_complete_and_says_whose_it_is(database: Database) -> None:
    add_workflow(database, "shared-one")
    add_workflow(database, "own-one", enterprise=A)
    connection = platform(database)
    person = UUID(int=7)
    for key in ("shared-one", "own-one"):
        insert(connection, workflow_key=key, recipients=[person], overrides={"email": {"senderName": "Tower"}})
    taken = [request | {"body": json.loads(request["body"])} for request in hand_worker(database).take()]
    sent = {request["body"]["name"]: request for request in taken}
    assert set(sent) == {"shared-one", f"{A}_own-one"}
    request = sent["shared-one"]
    assert (request["method"], request["path"], request["kind"]) == ("POST", "/v1/events/trigger/bulk", "delivery")
    assert request["target"] == "default"
    assert request["body"]["to"] == [f"{A}:{person}"]
    assert request["body"]["context"] == {"tenant": str(A)}
    assert request["body"]["overrides"] == {"email": {"senderName": "Tower"}}
    assert request["body"]["payload"]["email"]["body"] == "<p>Hello Ada</p>"
    assert UUID(request["body"]["transactionId"])


def test_a_late_report_of_an_old_attempt_changes_nothing(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    slow, quick = hand_worker(database, "slow/n1"), hand_worker(database, "quick/n1")
    old = slow.take(lease="10 seconds")
    database.shift_clock(timedelta(seconds=12))
    assert quick.tick()["rescued"] == 1
    new = quick.take()
    assert (old[0]["request_id"], new[0]["attempt"]) == (new[0]["request_id"], 2)
    assert slow.report(old, 400, body={"message": "bad"}) == {old[0]["request_id"]: "STALE"}
    assert status_of(database, made)["notification_status"] == "PROCESSING"
    assert set(quick.report(new).values()) == {"SENT"}
    assert set(slow.report(old).values()) == {"STALE"}
    assert set(quick.report(new).values()) == {"STALE"}
    assert status_of(database, made)["notification_status"] == "SENT"


def test_a_lease_that_ran_out_goes_out_again_under_the_same_transaction_id(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database)
    first = worker.take(lease="10 seconds")
    assert worker.tick()["rescued"] == 0
    database.shift_clock(timedelta(seconds=12))
    assert worker.tick()["rescued"] == 1
    again = worker.take()
    assert again[0]["body"] == first[0]["body"]
    assert queue_agrees(database)


def test_an_extended_lease_is_kept_and_only_by_who_holds_it(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    worker = hand_worker(database, "mine/n1")
    request = worker.take(lease="10 seconds")[0]
    asked = psycopg.types.json.Jsonb([{"request_id": request["request_id"], "attempt": request["attempt"]}])
    extend = "select extended from worker_v1.extend(%s, %s, '60 seconds')"
    database.shift_clock(timedelta(seconds=8))
    assert one(worker.connection, extend, "mine/n1", asked)["extended"] is True
    assert one(worker.connection, extend, "thief/n1", asked)["extended"] is False
    database.shift_clock(timedelta(seconds=8))
    assert worker.tick()["rescued"] == 0
    database.shift_clock(timedelta(seconds=60))
    assert one(worker.connection, extend, "mine/n1", asked)["extended"] is False
    assert worker.tick()["rescued"] == 1
    assert one(worker.connection, extend, "mine/n1", asked)["extended"] is False


def test_what_was_claimed_but_never_rendered_goes_alone_and_fails_after_three_strikes(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    made = [insert(connection) for _ in range(3)]
    worker = hand_worker(database)
    assert worker.claim(lease="1 second") == 3  # and the backend dies while it renders
    database.shift_clock(timedelta(seconds=3))
    worker.tick()
    killer = made[0]
    for _ in range(6):
        if worker.claim(lease="1 second") == 0:
            break
        keys = rows(
            database.keep(),
            """
            select k.notification_id from notify.notification_claim as c cross join unnest(c.keys) as k
            order by c.claim_id desc limit 2
            """,
        )
        assert len(keys) == 1, "each goes alone"
        if keys[0]["notification_id"] == killer:
            database.shift_clock(timedelta(seconds=3))
            worker.tick()
        else:
            worker.report(worker.render())
    failed = status_of(database, killer)
    assert (failed["notification_status"], failed["error_code"]) == ("FAILED", "render_crashed")
    assert [status_of(database, other)["notification_status"] for other in made[1:]] == ["SENT", "SENT"]
    assert queue_agrees(database)


def test_enterprises_take_turns_so_a_million_does_not_delay_ten(database: Database) -> None:
    add_workflow(database)
    big = platform(database, A)
    big.execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', array[gen_random_uuid()], '{"name": "Ada"}' from generate_series(1, 5000)
        """
    )
    worker = hand_worker(database)
    for _ in range(3):
        worker.report(worker.take())
    small = {B: platform(database, B), C: platform(database, C)}
    made = {enterprise: insert(connection) for enterprise, connection in small.items()}
    claims = 0
    while {status_of(database, m)["notification_status"] for m in made.values()} != {"SENT"}:
        worker.report(worker.take())
        claims += 1
        assert claims < 15
    assert queue_agrees(database)


def test_a_claim_with_nonsense_arguments_names_the_argument(database: Database) -> None:
    worker = hand_worker(database)
    for arguments, word in [
        (("", "normal", 1, "1 minute"), "p_worker"),
        (("w", "express", 1, "1 minute"), "p_lane"),
        (("w", "normal", 0, "1 minute"), "p_max"),
        (("w", "normal", 1, "1 day"), "p_lease"),
    ]:
        with pytest.raises(psycopg.Error, match=word):
            worker.connection.execute("select worker_v1.claim(%s, %s, %s, %s)", arguments)


def test_ten_thousand_recipients_are_rendered_once_and_handed_over_in_bulk(database: Database) -> None:
    add_workflow(database)
    made = one(
        sender(database),
        """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', array_agg(gen_random_uuid()), '{"name": "Ada"}' from generate_series(1, 10000)
        returning id
        """,
    )["id"]
    assert hand_worker(database).deliver_all() == 100
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["recipient_count"], seen["sent_count"]) == ("SENT", 10_000, 100)
    assert len(rows(database.keep(), "select 1 from notify.notification_content")) == 1


def test_an_expired_notification_is_never_sent(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    soon = one(database.keep(), "select now() + interval '1 minute' as t")["t"]
    late, retried = insert(connection, expires_at=soon), insert(connection, expires_at=soon)
    worker = hand_worker(database)
    requests = worker.take("critical")
    worker.report([r for r in requests if str(retried) in r["request_id"]], 503)
    worker.report(
        [r for r in requests if str(late) in r["request_id"]], None, error={"kind": "not_sent", "message": "x"}
    )
    database.shift_clock(timedelta(minutes=2))
    assert worker.take("critical") == []
    for made in (late, retried):
        seen = status_of(database, made)
        assert (seen["notification_status"], seen["error_code"]) == ("FAILED", "expired")


def test_what_waits_for_a_retry_ends_when_it_expires_not_when_it_is_due(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    soon = one(database.keep(), "select now() + interval '1 minute' as t")["t"]
    made = insert(sender(database), expires_at=soon)
    worker = hand_worker(database)
    worker.report(worker.take("critical"), 429, retry_after=600)
    assert status_of(database, made)["next_attempt_at"] == soon
    database.shift_clock(timedelta(seconds=61))
    assert worker.take("critical") == []
    assert status_of(database, made)["error_code"] == "expired"


def test_the_state_machine_lets_no_other_transition_through(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    admin = database.connect()
    for forbidden in ("SENT",):
        with pytest.raises(psycopg.Error) as refused:
            admin.execute(
                "update notify.ent_notification set notification_status = %s where id = %s", [forbidden, made]
            )
        assert refused.value.sqlstate == "XN201"
    hand_worker(database).deliver_all()
    for forbidden in ("PENDING", "PROCESSING", "FAILED"):
        with pytest.raises(psycopg.Error) as refused:
            admin.execute(
                "update notify.ent_notification set notification_status = %s where id = %s", [forbidden, made]
            )
        assert refused.value.sqlstate == "XN201"


def test_history_has_a_row_for_each_transition(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    HandWorker(database.connect("test_worker"), "w/n1").deliver_all()
    seen = rows(
        database.connect("test_platform", A),
        """
        select from_status, to_status, actor from notify.notification_history
        where notification_id = %s order by happened_at
        """,
        made,
    )
    assert [(row["from_status"], row["to_status"]) for row in seen] == [
        ("PENDING", "PROCESSING"),
        ("PROCESSING", "SENT"),
    ]
    partitions = rows(database.keep(), "select distinct tableoid::regclass::text as p from notify.notification_history")
    assert not any("default" in row["p"] for row in partitions)


def test_a_bulk_has_at_most_about_two_megabytes(database: Database) -> None:
    add_workflow(database, "long", "x" * 100_000)
    connection = platform(database)
    for _ in range(50):
        insert(connection, workflow_key="long")
    sizes: dict[str, int] = {}
    for request in hand_worker(database).take():
        sizes[request["batch"]] = sizes.get(request["batch"], 0) + len(request["body"])
    assert len(sizes) == 3
    assert max(sizes.values()) < 2_300_000


def test_a_bulk_has_at_most_100_events(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    for _ in range(2):
        sender(database).execute(
            """
            insert into notify.ent_notification (workflow_key, recipients, payload)
            select 'greeting', array[gen_random_uuid()], '{"name": "Ada"}' from generate_series(1, 99)
            """
        )
    sizes: dict[str, int] = {}
    for request in hand_worker(database).take("critical"):
        sizes[request["batch"]] = sizes.get(request["batch"], 0) + 1
    assert sorted(sizes.values()) == [98, 100]


def test_what_goes_alone_is_not_overtaken_for_ever(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    connection = platform(database)
    culprit = insert(connection)
    insert(connection)
    worker = hand_worker(database)
    worker.report(worker.take("critical"), 422, body={"message": "Validation Error"})
    insert(connection)
    worker.tick()
    for _ in range(3):
        insert(connection)
        requests = worker.take("critical")
        worker.report(requests)
        if any(str(culprit) in request["request_id"] for request in requests):
            return
    raise AssertionError("three claims, and it is still waiting")


def test_one_that_fails_the_statement_fails_alone_and_the_others_go_out(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    good = [insert(connection) for _ in range(3)]
    poison = insert(connection)
    database.keep().execute(  # what no constraint or trigger lets in: a row whose expiry can't be computed
        """
        update notify.ent_notification_workflow set expires_after = '10 years';
        update notify.notification_workflow_version set expires_after = '10 years';
        """
    )
    database.keep().execute("update notify.ent_notification set created_at = '294275-01-01' where id = %s", [poison])
    worker = hand_worker(database)
    worker.deliver_all()
    assert {status_of(database, made)["notification_status"] for made in good} == {"SENT"}
    failed = one(
        database.keep(),
        "select notification_status, error_details ->> 'code' as code from notify.ent_notification where id = %s",
        poison,
    )
    assert failed == {"notification_status": "FAILED", "code": "render_failed"}
    assert queue_agrees(database)
    assert one(database.keep(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_a_table_that_grew_is_analyzed_by_the_next_tick(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    worker.tick()
    known = "select reltuples::integer as n from pg_class where oid = 'notify.ent_notification'::regclass"
    before = one(database.keep(), known)["n"]
    sender(database).execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', array[gen_random_uuid()], '{"name": "Ada"}' from generate_series(1, 5000)
        """
    )
    worker.tick()
    assert before < 100
    assert one(database.keep(), known)["n"] > 4000


def test_slow_templates_of_one_enterprise_do_not_starve_another(database: Database) -> None:
    add_template(database, "slow-part", "{% for n in range(700) %}{% if false %}{% endif %}{% endfor %}", enterprise=A)
    slow = '{% for n in range(400) %}{{ xnovu_render("slow-part") }}{% endfor %}done'
    add_workflow(database, "slow", slow, enterprise=A, priority="CRITICAL")
    add_workflow(database, "alarm", priority="CRITICAL")
    connection = platform(database, A)
    for _ in range(60):
        insert(connection, workflow_key="slow")
    alarm = insert(sender(database, B), workflow_key="alarm")
    worker = hand_worker(database)
    for _ in range(12):
        worker.tick()
        worker.report(worker.take("critical"))
        if status_of(database, alarm)["notification_status"] == "SENT":
            return
    raise AssertionError("twelve claims, and the alarm is still waiting")
