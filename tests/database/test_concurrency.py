"""What happens when several do the same at the same time, on threads of their own with connections of their own."""

import random
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
from tests.support import add_workflow, hand_worker, insert, one, platform, rows


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
            requests = worker.take(lane, most=dice.choice([1, 5, 100]), lease=dice.choice(["1 second", "1 minute"]))
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
    left = rows(
        database.connect(),
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
    assert one(database.connect(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_the_last_two_reports_of_a_notification_at_once_finish_it(database: Database) -> None:
    add_workflow(database)
    connection = platform(database)
    for _ in range(20):
        made = insert(connection, recipients=[uuid4() for _ in range(150)])
        first, second = hand_worker(database, "one/a"), hand_worker(database, "two/b")
        requests = first.take()
        at_once(partial(first.report, requests[:1]), partial(second.report, requests[1:]))
        seen = one(
            database.connect(), "select notification_status as s from notify.ent_notification where id = %s", made
        )
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
    assert one(database.connect(), "select sum(open_count)::integer as n from notify.notification_claim")["n"] == 400


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
        platform(database).execute(call.encode())
        late.execute(call.encode())
    assert one(late, call.replace("select", "select 1 as x,")) is not None
    assert one(database.connect(), "select count(*) as n from notify.ent_notification")["n"] == 1
