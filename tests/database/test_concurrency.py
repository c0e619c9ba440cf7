"""What happens when several do the same at the same time, on threads of their own with connections of their own."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from tests.cluster import A, B, C, Connection, Database
from tests.database.test_work import queue_agrees
from tests.support import add_workflow, hand_worker, insert, one, platform, rows, sender


def at_once(*jobs: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(jobs)) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


def test_many_workers_retractions_and_rescues_at_once_neither_deadlock_nor_lose_anything(database: Database) -> None:
    add_workflow(database)
    made: list[tuple[Connection, object]] = []
    for enterprise in (A, B, C):
        connection = platform(database, enterprise)
        for size in (1, 1, 1, 150, 320):
            for priority in ("CRITICAL", "NORMAL"):
                people = [uuid4() for _ in range(size)]
                made.append((connection, insert(connection, recipients=people, priority=priority)))

    def work(seed: int) -> None:
        dice = random.Random(seed)
        worker = hand_worker(database, f"worker{seed}/slot")
        for _ in range(40):
            worker.tick()
            lane = dice.choice(["critical", "normal"])
            taken = worker.take(lane, most=dice.choice([1, 5, 100]), lease=dice.choice(["1 second", "1 minute"]))
            requests = worker.settle_cancellations(taken)
            dice.shuffle(requests)
            while requests:
                part = [requests.pop() for _ in range(min(len(requests), dice.randint(1, 7)))]
                worker.report(part, dice.choice([201, 201, 201, 422, 503]))

    def retract() -> None:
        for connection, notification in random.Random(1).sample(made, 8):
            with suppress(psycopg.errors.RaiseException, psycopg.InternalError):
                connection.execute("select notify.retract(%s, 'changed our mind')", [notification])

    at_once(*[partial(work, seed) for seed in range(4)], retract)
    assert "deadlock" not in database.cluster.log()
    finisher = hand_worker(database, "finisher/slot")
    for _ in range(14):
        database.shift_clock(timedelta(minutes=10))
        finisher.tick()
        finisher.deliver_all()
    time.sleep(1.1)  # a hint at what somebody else had locked is seen a second later, by the queue's own clock
    finisher.deliver_all()
    left = rows(
        database.keep(),
        """
        select n.id from notify.ent_notification as n
        where n.notification_status in ('PENDING', 'PROCESSING')
          or exists (
            select from notify.notification_delivery as d
            where d.notification_id = n.id and d.delivery_status = 'OPEN'
          )
        """,
    )
    assert left == []
    assert queue_agrees(database)
    assert one(database.keep(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_the_last_two_reports_of_a_notification_at_once_finish_it(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    first, second = hand_worker(database, "one/a"), hand_worker(database, "two/b")
    for _ in range(20):
        made = insert(connection, recipients=[uuid4() for _ in range(150)])
        requests = first.take()
        at_once(partial(first.report, requests[:1]), partial(second.report, requests[1:]))
        seen = one(database.keep(), "select notification_status as s from notify.ent_notification where id = %s", made)
        assert seen["s"] == "SENT"


def test_two_workers_that_find_the_queue_empty_share_what_waits(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    connection.execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload)
        select 'greeting', array[gen_random_uuid()], '{"name": "Ada"}' from generate_series(1, 400)
        """
    )
    workers = [hand_worker(database, f"w{n}/n") for n in range(4)]
    at_once(*[worker.claim for worker in workers])
    assert one(database.keep(), "select sum(open_count)::integer as n from notify.notification_claim")["n"] == 400


def test_the_same_idempotency_key_at_once_makes_one_notification(database: Database) -> None:
    add_workflow(database)
    found: list[object] = []

    def send() -> None:
        answer = one(
            platform(database), "select notify.send('greeting', %s, '{\"name\": \"Ada\"}', 'alarm-1') as id", [uuid4()]
        )
        found.append(answer["id"])

    at_once(*[send] * 8)
    assert len(found) == 8
    assert len(set(found)) == 1


def test_an_idempotency_key_that_a_snapshot_can_not_see_asks_for_another_try(database: Database) -> None:
    add_workflow(database)
    call = "select notify.send('greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}', 'alarm-1')"
    late = platform(database)
    late.execute("set default_transaction_isolation = 'repeatable read'")
    with pytest.raises(psycopg.errors.SerializationFailure), late.transaction():
        late.execute("select 1 from notify.ent_notification")
        sender(database).execute(call.encode())
        late.execute(call.encode())
    assert one(late, call.replace("select", "select 1 as x,")) is not None
    assert one(database.keep(), "select count(*) as n from notify.ent_notification")["n"] == 1


RETRACT = "select notify.retract(%s, 'thinking about it')"


def test_an_open_retraction_of_what_is_queued_holds_up_no_other_enterprise(database: Database) -> None:
    add_workflow(database, priority="CRITICAL")
    mine, other = insert(sender(database, A)), insert(sender(database, B))
    worker, holder = hand_worker(database), platform(database, A)
    with holder.transaction(force_rollback=True):
        holder.execute(RETRACT, [mine])
        requests = worker.take("critical")
        assert [str(other) in request["request_id"] for request in requests] == [True]
        worker.report(requests)
        assert worker.tick()["ran"] is True
    time.sleep(1.1)  # the queue's own clock
    assert worker.deliver_all() == 1
    assert queue_agrees(database)


def test_an_open_retraction_of_what_is_claimed_holds_up_no_other_enterprise(database: Database) -> None:
    add_workflow(database)
    mine, other = insert(sender(database, A)), insert(sender(database, B))
    worker, holder = hand_worker(database), platform(database, A)
    assert worker.claim() == 2
    with holder.transaction(force_rollback=True):
        holder.execute(RETRACT, [mine])
        requests = worker.render()
        assert [str(other) in request["request_id"] for request in requests] == [True]
    database.shift_clock(timedelta(seconds=2))
    assert len(worker.take()) == 1


def test_an_open_retraction_of_what_is_under_way_holds_up_no_other_report(database: Database) -> None:
    add_workflow(database)
    mine, other = insert(sender(database, A)), insert(sender(database, B))
    worker, holder = hand_worker(database), platform(database, A)
    requests = worker.take(lease="1 second")
    with holder.transaction(force_rollback=True):
        holder.execute(RETRACT, [mine])
        outcomes = worker.report(requests)
        assert {str(mine) in name: outcome for name, outcome in outcomes.items()} == {True: "BUSY", False: "SENT"}
        database.shift_clock(timedelta(seconds=3))
        assert worker.tick() == {"ran": True, "rescued": 0, "admitted": 0}
    outcomes = worker.report(requests)
    assert {str(mine) in name: outcome for name, outcome in outcomes.items()} == {True: "SENT", False: "STALE"}
    assert str(other)


def test_a_worker_with_another_isolation_level_is_refused(database: Database) -> None:
    worker = hand_worker(database)
    worker.connection.execute("set default_transaction_isolation = 'repeatable read'")
    with pytest.raises(psycopg.Error) as refused:
        worker.claim()
    assert refused.value.sqlstate == "XN302"
