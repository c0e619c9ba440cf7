"""Novu is asked what became of what it accepted: when, how often, about whom, and what its answers do to receipts."""

import itertools
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Connection, Database
from tests.database.test_targets import give_target
from tests.support import HandWorker, Row, add_workflow, hand_worker, insert, one, rows, sender

NO_ANSWER: dict[str, Any] = {"status": None, "error": {"kind": "no_answer", "message": "no answer within 10 s"}}
CHANNELS = ("EMAIL", "SMS")


@pytest.fixture(autouse=True)
def workflow(database: Database) -> None:
    add_workflow(database, channels=CHANNELS)


@pytest.fixture
def worker(database: Database) -> HandWorker:
    return hand_worker(database)


@pytest.fixture
def admin(database: Database) -> Connection:
    return database.connect("test_admin")


def sent(database: Database, worker: HandWorker, enterprise: UUID = A, **columns: Any) -> UUID:
    made = insert(sender(database, enterprise), **columns)
    worker.deliver_all()
    return made


def polls(database: Database, worker: HandWorker, after: float, lane: str = "normal") -> list[Row]:
    """The polls that a worker gets so many seconds later."""
    database.shift_clock(timedelta(seconds=after))
    worker.tick()
    return [request for request in worker.take(lane) if request["kind"] == "receipt"]


def job(channel: str, status: str = "completed", detail: str | None = None, **more: Any) -> Row:
    details = [] if detail is None else [{"status": "Failed", "detail": detail, "raw": None}]
    return {"type": channel, "status": status, "executionDetails": details} | more


def item(recipient: UUID, *jobs: Row, enterprise: UUID = A, **more: Any) -> Row:
    return {"subscriber": {"subscriberId": f"{enterprise}:{recipient}"}, "jobs": list(jobs)} | more


def answer(worker: HandWorker, request: Row, *data: Any, **more: Any) -> str:
    (outcome,) = worker.report([request], 200, body={"data": list(data)} | more).values()
    return outcome


def receipts(database: Database) -> dict[tuple[UUID, str], str]:
    found = rows(database.keep(), "select recipient, channel_type, receipt_status from notify.notification_receipt")
    return {(r["recipient"], r["channel_type"]): r["receipt_status"] for r in found}


def waiting(database: Database) -> list[Row]:
    return rows(
        database.keep(),
        "select *, extract(epoch from due_at - sent_at)::integer as after, cardinality(numbers) as size"
        " from notify.notification_poll order by due_at, poll_id",
    )


def transaction(database: Database) -> str:
    return str(one(database.keep(), "select transaction_id from notify.notification_delivery")["transaction_id"])


# --- when Novu is asked


@pytest.mark.parametrize(
    ("priority", "steps"),
    [("CRITICAL", [2, 10, 60, 300, 3600]), ("NORMAL", [5, 30, 300, 3600]), ("LOW", [60, 1800, 21600])],
)
def test_each_lane_has_its_times_and_the_last_is_the_end(
    database: Database, worker: HandWorker, priority: str, steps: list[int]
) -> None:
    sent(database, worker, priority=priority)
    for step in steps:
        assert [row["after"] for row in waiting(database)] == [step]
        left = one(
            database.keep(), "select extract(epoch from due_at - notify.now()) as s from notify.notification_poll"
        )
        assert polls(database, worker, float(left["s"]) - 1) == []
        (request,) = polls(database, worker, 1.1)
        assert (request["method"], request["body"], request["target"]) == ("GET", None, "default")
        assert request["path"] == f"/v1/notifications?transactionId={transaction(database)}&page=0&limit=50"
        assert answer(worker, request) == "DONE"
    assert waiting(database) == []
    assert one(database.keep(), "select receipts_asked_at as at from notify.notification_delivery")["at"] is not None


def test_a_lane_without_a_schedule_and_a_target_without_polls_are_not_asked_about(
    database: Database, worker: HandWorker, admin: Connection
) -> None:
    admin.execute("delete from notify.notification_receipt_schedule where lane = 'normal'")
    sent(database, worker)
    admin.execute(
        "insert into notify.notification_target_limit (target, tokens_per_second, burst, polls_per_second)"
        " values ('default', 100, 100, 0)"
    )
    sent(database, worker, priority="LOW")
    assert waiting(database) == []
    (audited,) = rows(admin, "select row_key from notify.notification_audit where table_name like '%schedule' limit 1")
    assert audited["row_key"]["lane"] == "normal"
    for wrong in ("'normal', interval '0'", "'fast', interval '9 s'", "'normal', interval '8 days'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            admin.execute(f"insert into notify.notification_receipt_schedule (lane, ask_after) values ({wrong})")


def test_a_schedule_that_is_emptied_ends_what_waits(database: Database, worker: HandWorker, admin: Connection) -> None:
    sent(database, worker)
    admin.execute("delete from notify.notification_receipt_schedule")
    assert polls(database, worker, 60) == []
    assert waiting(database) == []


def test_what_was_missed_is_asked_once_and_what_is_long_overdue_never(database: Database, worker: HandWorker) -> None:
    sent(database, worker)
    (request,) = polls(database, worker, 400)  # 5 s, 30 s and 5 min are over
    answer(worker, request)
    assert [row["after"] for row in waiting(database)] == [3600]
    assert polls(database, worker, 3600 * 3) == []
    assert waiting(database) == []


def test_no_poll_reaches_a_slot_of_the_critical_lane_and_the_critical_ones_come_first(
    database: Database, worker: HandWorker, admin: Connection
) -> None:
    admin.execute(
        "insert into notify.notification_target_limit (target, tokens_per_second, burst, polls_per_second)"
        " values ('default', 100, 100, 1)"
    )
    sent(database, worker)
    sent(database, worker, priority="CRITICAL")
    assert polls(database, worker, 10, "critical") == []
    (first,) = worker.take("bulk")
    assert "critical" in {row["lane"] for row in waiting(database) if row["claimed_by"]}
    assert polls(database, worker, 1) == []  # one a second, and one is under way
    answer(worker, first)
    assert len(polls(database, worker, 1)) == 1


# --- many


def test_a_report_of_many_writes_one_row_and_few_are_asked_about_in_a_second(
    database: Database, worker: HandWorker, admin: Connection
) -> None:
    insert(sender(database), recipients=[uuid4() for _ in range(3000)])
    worker.deliver_all()
    assert [row["size"] for row in waiting(database)] == [30]
    asked = polls(database, worker, 6)
    assert len(asked) == 10
    assert sorted(row["size"] for row in waiting(database)) == [1] * 10 + [20]
    numbers = [number for row in waiting(database) for number in row["numbers"]]
    assert sorted(numbers) == list(range(1, 31))
    assert polls(database, worker, 1) == []  # as many as may be are under way
    for request in asked:
        answer(worker, request)
    assert len(polls(database, worker, 1)) == 10


def test_enterprises_take_turns(database: Database, worker: HandWorker) -> None:
    for enterprise, count in ((A, 3000), (B, 200)):
        insert(sender(database, enterprise), recipients=[uuid4() for _ in range(count)])
    worker.deliver_all()
    of = [request["request_id"].split("/")[1] for request in polls(database, worker, 6)]
    assert (of.count(str(A)), of.count(str(B))) == (8, 2)


def test_polls_take_tokens_only_from_what_sends_leave(
    database: Database, worker: HandWorker, admin: Connection
) -> None:
    insert(sender(database), recipients=[uuid4() for _ in range(1000)])
    worker.deliver_all()
    admin.execute(
        "insert into notify.notification_target_limit (target, tokens_per_second, burst, bulk_cost)"
        " values ('default', 1, 10, 1)"
    )
    assert len(polls(database, worker, 6)) == 5  # the other half of the burst is for sends
    made = [insert(sender(database), recipients=[uuid4()]) for _ in range(3)]
    requests = worker.take()
    assert len([r for r in requests if r["kind"] == "delivery"]) == len(made)
    assert len(rows(database.keep(), "select 1 from notify.notification_poll where claimed_by is not null")) == 5


def test_a_paused_target_is_not_asked(database: Database, worker: HandWorker, admin: Connection) -> None:
    sent(database, worker)
    admin.execute("select notify.pause('TARGET', 'default', 'maintenance')")
    assert polls(database, worker, 6) == []
    admin.execute("select notify.resume('TARGET', 'default')")
    assert len(polls(database, worker, 1)) == 1


# --- leases and fences


def test_a_report_of_an_old_attempt_changes_nothing(database: Database, worker: HandWorker) -> None:
    person = uuid4()
    sent(database, worker, recipients=[person])
    (old,) = polls(database, worker, 6)
    assert polls(database, worker, 30) == []  # it is leased
    (new,) = polls(database, worker, 40)
    assert (new["request_id"], new["attempt"]) == (old["request_id"], old["attempt"] + 1)
    assert answer(worker, old, item(person, job("email"))) == "STALE"
    assert receipts(database) == {}
    assert answer(worker, new, item(person, job("email"))) == "DONE"
    assert answer(worker, new, item(person, job("email", "failed"))) == "STALE"
    assert receipts(database) == {(person, "EMAIL"): "DISPATCHED"}


def test_a_lease_is_kept_while_a_slow_poll_runs(database: Database, worker: HandWorker) -> None:
    sent(database, worker)
    (request,) = polls(database, worker, 6)
    asked = [{"request_id": request["request_id"], "attempt": request["attempt"]}]
    query = "select * from worker_v1.extend(%s, %s, '60 seconds')"
    for name, is_kept in (("other/normal1", False), (worker.name, True)):
        found = rows(worker.connection, query, name, psycopg.types.json.Jsonb(asked))
        assert [row["extended"] for row in found] == [is_kept]


def test_the_tick_waits_for_no_poll_that_a_report_has_locked(database: Database, worker: HandWorker) -> None:
    """Each has several, in an order of its own: they could wait for each other."""
    for _ in range(2):
        sent(database, worker)
    assert len(polls(database, worker, 6)) == 2
    database.shift_clock(timedelta(minutes=5))
    reporting = database.connect()
    with reporting.transaction():
        reporting.execute("select from notify.notification_poll order by poll_id limit 1 for update")
        worker.connection.execute("set lock_timeout = '2s'")
        assert worker.tick()["ran"] is True
        held = rows(
            database.keep(), "select claimed_by is null as is_free from notify.notification_poll order by poll_id"
        )
        assert [row["is_free"] for row in held] == [False, True]
    worker.tick()
    assert {row["claimed_by"] for row in waiting(database)} == {None}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (NO_ANSWER, "RETRY"),
        ({"status": 500}, "RETRY"),
        ({"status": 401}, "RETRY"),
        ({"status": 429, "retry_after": 20.0}, "RETRY"),
        ({"status": 200, "body": "<html>"}, "RETRY"),
        ({"status": 200, "body": {"data": {}}}, "RETRY"),
        ({"status": None, "error": {"kind": "not_sent", "message": "draining"}}, "RETRY"),
        ({"status": 404}, "DONE"),
        ({"status": 200, "body": {"data": []}}, "DONE"),
    ],
)
def test_what_says_nothing_is_asked_again_and_holds_up_no_send(
    database: Database, worker: HandWorker, facts: dict[str, Any], outcome: str
) -> None:
    sent(database, worker)
    (request,) = polls(database, worker, 6)
    assert list(worker.report([request], **facts).values()) == [outcome]
    assert receipts(database) == {}
    assert len(waiting(database)) == 1
    assert rows(database.keep(), "select 1 from notify.notification_target_state where failure_count > 0") == []
    insert(sender(database))
    assert [r["kind"] for r in worker.take() if r["kind"] == "delivery"] == ["delivery"]
    assert len(polls(database, worker, 120)) == 1  # a retry waits a minute at most


def test_a_novu_that_never_answers_is_given_up(database: Database, worker: HandWorker) -> None:
    sent(database, worker)
    for _ in range(40):
        for request in polls(database, worker, 400):
            worker.report([request], **NO_ANSWER)
    assert waiting(database) == []
    assert one(database.keep(), "select receipts_asked_at as at from notify.notification_delivery")["at"] is None


# --- what an answer says


@pytest.mark.parametrize(
    ("told", "status", "detail"),
    [
        (job("email", "completed"), "DISPATCHED", None),
        (job("email", "failed", "Provider error"), "FAILED", "Provider error"),
        (job("email", "canceled", "Bridge execution skipped"), "SKIPPED", "Bridge execution skipped"),
        (job("email", "skipped"), "SKIPPED", ""),
        (job("email", "canceled"), "UNKNOWN", ""),
        (job("email", "merged"), "UNKNOWN", ""),
        (job("email", "running"), None, None),
        (job("email", "delayed"), None, None),
        (job("push"), None, None),  # a channel that it was not rendered for
        (job("trigger"), None, None),
        (job("email", "failed", "x" * 9000), "FAILED", "x" * 500),
    ],
)
def test_what_a_job_says(
    database: Database, worker: HandWorker, told: Row, status: str | None, detail: str | None
) -> None:
    person = uuid4()
    sent(database, worker, recipients=[person])
    (request,) = polls(database, worker, 6)
    answer(worker, request, item(person, told))
    found = rows(sender(database), "select receipt_status, detail, source from notify.notification_receipt")
    assert [r["receipt_status"] for r in found] == ([] if status is None else [status])
    if found and status != "DISPATCHED":
        assert (found[0]["detail"] or "", found[0]["source"]) == (detail or "", "POLL")


def test_nothing_is_believed_of_others(database: Database, worker: HandWorker) -> None:
    people, stranger = [uuid4(), uuid4()], uuid4()
    sent(database, worker, recipients=people)
    sent(database, worker, B, recipients=[stranger])
    request = next(r for r in polls(database, worker, 6) if str(A) in r["request_id"])
    told = [
        item(stranger, job("email"), enterprise=B),
        item(people[0], job("email"), enterprise=B),
        item(stranger, job("email")),
        item(people[0], job("email"), transactionId=str(uuid4())),
        {"subscriber": {"subscriberId": str(people[0])}, "jobs": [job("email")]},
        {"jobs": [job("email")]},  # of whom, where there are two?
        {"subscriber": {"subscriberId": f"{A}:{people[1]}"}, "jobs": "none"},
        {"subscriber": 7, "jobs": {"type": ["email"], "status": {}}},
        *(None, 1, "x", [], [[item(people[0], job("email"))]]),
    ]
    assert answer(worker, request, *told) == "DONE"
    assert receipts(database) == {}


def test_an_answer_without_subscribers_is_of_the_only_recipient(database: Database, worker: HandWorker) -> None:
    person = uuid4()
    sent(database, worker, recipients=[person])
    (request,) = polls(database, worker, 6)
    answer(worker, request, {"subscriber": {"_id": "66b"}, "jobs": [job("email")]})
    assert receipts(database) == {(person, "EMAIL"): "DISPATCHED"}


def test_on_a_target_with_plain_ids_the_recipients_own_id_counts(database: Database, worker: HandWorker) -> None:
    person = uuid4()
    give_target(database, A, "tower", has_plain_ids=True)
    worker.sync()
    sent(database, worker, recipients=[person])
    (request,) = polls(database, worker, 6)
    assert request["target"] == "tower"
    other = {"subscriber": {"subscriberId": f"{A}:{person}"}, "jobs": [job("sms")]}
    answer(worker, request, other, {"subscriber": {"subscriberId": str(person)}, "jobs": [job("email")]})
    assert receipts(database) == {(person, "EMAIL"): "DISPATCHED"}


def test_a_hundred_recipients_come_on_pages_and_messages_are_asked_after_the_jobs(
    database: Database, worker: HandWorker
) -> None:
    people = [uuid4() for _ in range(100)]
    sent(database, worker, recipients=people)
    (request,) = polls(database, worker, 6)
    answer(worker, request, *(item(p, job("email"), job("sms", "failed", "no")) for p in people[:50]), hasMore=True)
    (request,) = worker.take("bulk")
    assert request["path"].endswith("&page=1&limit=50")
    answer(worker, request, *(item(p, job("email"), job("sms", "failed", "no")) for p in people[50:]), hasMore=False)
    assert len(receipts(database)) == 200
    (request,) = polls(database, worker, 30)
    path = f"/v1/messages?transactionId={transaction(database)}&page=0&limit=100"
    assert request["path"] == path
    answer(worker, request, *(message(p, "email", deliveredAt=["2026-01-01T00:00:00Z"]) for p in people))
    assert set(receipts(database).values()) == {"FAILED", "DELIVERED"}
    assert waiting(database)[0]["page"] == 1  # there may be more
    assert worker.take("bulk") == []  # but all is known
    assert waiting(database) == []


def message(recipient: UUID, channel: str, **more: Any) -> Row:
    return {"subscriber": {"subscriberId": f"{A}:{recipient}"}, "channel": channel, "status": "sent"} | more


def test_while_a_job_is_not_done_the_jobs_are_asked_for_again(database: Database, worker: HandWorker) -> None:
    person = uuid4()
    sent(database, worker, recipients=[person])
    (request,) = polls(database, worker, 6)
    answer(worker, request, item(person, job("email"), job("sms", "queued")))
    (request,) = polls(database, worker, 30)
    assert "/v1/notifications" in request["path"]
    answer(worker, request, item(person, job("email"), job("sms")))
    (request,) = polls(database, worker, 300)
    assert "/v1/messages" in request["path"]
    told = [
        message(person, "email", seen=True, read=False),
        message(person, "sms", status="error", errorText="no such number"),
    ]
    answer(worker, request, *told)
    assert receipts(database) == {(person, "EMAIL"): "SEEN", (person, "SMS"): "FAILED"}
    assert waiting(database) == []


def test_what_webhooks_have_told_is_not_asked(database: Database, worker: HandWorker) -> None:
    person = uuid4()
    sent(database, worker, recipients=[person])
    database.keep().execute(
        "select engine.record_receipts(array_agg((d.enterprise_id, d.notification_id, d.number, d.recipients[1], c,"
        " d.transaction_id, 'DELIVERED', now(), null, 'WEBHOOK')::engine.receipt))"
        " from notify.notification_delivery as d cross join unnest(array['EMAIL', 'SMS']) as c"
    )
    assert polls(database, worker, 6) == []
    assert waiting(database) == []


def test_in_any_order_and_however_often_the_same_comes_of_it(database: Database, worker: HandWorker) -> None:
    """Answers to polls and webhooks, shuffled: each receipt ends where the furthest of what was told is."""
    generator = random.Random(7)
    rank = ("UNKNOWN", "DISPATCHED", "SKIPPED", "FAILED", "DELIVERED", "SEEN", "READ")
    connection = database.connect()
    sent(database, worker, recipients=[uuid4() for _ in range(5)])
    record = """
        select engine.record_receipts(array_agg((d.enterprise_id, d.notification_id, d.number, d.recipients[%s], 'SMS',
        d.transaction_id, %s, now(), null, %s)::engine.receipt)) from notify.notification_delivery as d
    """
    for place in range(1, 6):
        told = generator.choices(list(itertools.product(rank, ("POLL", "WEBHOOK"))), k=12)
        for status, source in told:
            connection.execute(record.encode(), [place, status, source])
        found = one(
            connection,
            "select r.receipt_status from notify.notification_receipt as r join notify.notification_delivery as d"
            " using (enterprise_id, notification_id, number) where r.recipient = d.recipients[%s]",
            place,
        )
        assert found["receipt_status"] == max((status for status, _ in told), key=rank.index)


def test_a_channel_that_failed_everywhere_is_easy_to_find(database: Database, worker: HandWorker) -> None:
    people = [uuid4(), uuid4()]
    made = sent(database, worker, recipients=people)
    found = rows(sender(database), "select * from notify.notification_channel_status order by channel_type")
    assert [(r["channel_type"], r["silent_count"], r["unasked_count"]) for r in found] == [
        ("EMAIL", 2, 2),
        ("SMS", 2, 2),
    ]
    (request,) = polls(database, worker, 6)
    answer(worker, request, *(item(p, job("email", "failed", "no"), job("sms")) for p in people))
    query = "select * from notify.notification_channel_status where has_failed_everywhere"
    (found_one,) = rows(sender(database), query)
    assert (found_one["notification_id"], found_one["channel_type"], found_one["failed_count"]) == (made, "EMAIL", 2)
    assert (found_one["recipient_count"], found_one["silent_count"], found_one["unasked_count"]) == (2, 0, 0)
    assert one(sender(database), "select notification_status from notify.notification_overview") == {
        "notification_status": "SENT"
    }


def test_a_channel_that_failed_wherever_novu_was_asked_is_found_among_many(
    database: Database, worker: HandWorker
) -> None:
    """Of a large audience some are asked about; one who got it, known by a webhook, takes the alarm back."""
    sent(database, worker, recipients=[uuid4() for _ in range(350)])
    query = "select * from notify.notification_channel_status where has_failed_everywhere"
    learn = (
        "select engine.record_receipts(array(select (d.enterprise_id, d.notification_id, d.number, r, 'EMAIL',"
        " d.transaction_id, {status}, notify.now(), null, 'POLL')::engine.receipt"
        " from notify.notification_delivery as d, unnest(d.recipients) as r where d.number {which} limit {most}))"
    )
    superuser = database.keep()
    superuser.execute(learn.format(status="'FAILED'", which="= 1", most=1).encode())
    assert rows(sender(database), query) == []
    superuser.execute(learn.format(status="'FAILED'", which="in (1, 2)", most=200).encode())
    superuser.execute("update notify.notification_delivery set receipts_asked_at = notify.now() where number in (1, 2)")
    (found,) = rows(sender(database), query)
    assert (found["channel_type"], found["failed_count"], found["unasked_count"]) == ("EMAIL", 200, 150)
    superuser.execute(learn.format(status="'DELIVERED'", which="= 3", most=1).encode())
    assert rows(sender(database), query) == []


def test_what_novu_tells_of_a_delivery_that_got_no_answer_is_counted_with_its_recipients(
    database: Database, worker: HandWorker
) -> None:
    insert(sender(database), recipients=[uuid4() for _ in range(150)])
    first, second = worker.take()
    worker.report([first])
    query = "select recipient_count, delivered_count, silent_count from notify.notification_channel_status limit 1"
    assert one(sender(database), query) == {"recipient_count": 100, "delivered_count": 0, "silent_count": 100}
    while second["attempt"] < 100:
        (outcome,) = worker.report([second], **NO_ANSWER).values()
        if outcome == "FAILED":
            break
        database.shift_clock(timedelta(hours=1))
        worker.tick()
        (second,) = [request for request in worker.take() if request["kind"] == "delivery"]
    database.keep().execute(
        "select engine.record_receipts(array(select (d.enterprise_id, d.notification_id, d.number, r, c,"
        " d.transaction_id, 'DELIVERED', notify.now(), null, 'WEBHOOK')::engine.receipt"
        " from notify.notification_delivery as d, unnest(d.recipients) as r, unnest('{EMAIL,SMS}'::text[]) as c))"
    )
    assert one(sender(database), query) == {"recipient_count": 150, "delivered_count": 150, "silent_count": 0}


def test_what_is_pruned_meanwhile_is_not_asked(database: Database, worker: HandWorker) -> None:
    sent(database, worker)
    connection = database.connect()
    connection.execute("delete from notify.notification_delivery")
    assert polls(database, worker, 6) == []
    assert waiting(database) == []
