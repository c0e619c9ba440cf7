"""What is kept, for how long, and what is never removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, insert, one, rows, sender, status_of
from tests.worker.processes import until

MONTHS = timedelta(days=31)
WAITING = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def count(database: Database, table: str) -> int:
    return int(one(database.keep(), f"select count(*) as n from notify.{table}")["n"])


def partitions(database: Database) -> set[str]:
    query = (
        "select relname as name from pg_class where relnamespace = 'notify_partition'::regnamespace and relkind = 'r'"
    )
    return {row["name"] for row in rows(database.keep(), query)}


def keep(database: Database, days: int, enterprise: Any = None) -> None:
    database.keep("test_admin").execute(
        """
        insert into notify.notification_retention (enterprise_id, content_days, history_days, notification_days)
        values (coalesce(%s, '00000000-0000-0000-0000-000000000000'::uuid), %s, %s, %s)
        on conflict (enterprise_id) do update
        set content_days = excluded.content_days, history_days = excluded.history_days,
          notification_days = excluded.notification_days
        """,
        [enterprise, days, days, days],
    )


def pass_time(database: Database, by: timedelta) -> None:
    database.shift_clock(by)
    hand_worker(database).tick()


def test_content_goes_before_history_and_history_with_the_notification(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    hand_worker(database).deliver_all()
    pass_time(database, timedelta(days=29))
    assert count(database, "notification_content") == 1
    pass_time(database, timedelta(days=3))
    assert count(database, "notification_content") == 0
    assert count(database, "notification_history") == 2
    assert status_of(database, made)["notification_status"] == "SENT"
    pass_time(database, timedelta(days=365))
    tables = ("ent_notification", "notification_delivery", "notification_history")
    assert [count(database, table) for table in tables] == [0, 0, 0]


def test_old_partitions_are_dropped_and_coming_ones_made(database: Database) -> None:
    hand_worker(database).tick()
    before = partitions(database)
    keep(database, 7)
    pass_time(database, MONTHS)
    after = partitions(database)
    assert {name for name in before & after if "default" not in name} == set()
    assert len(after) == 10  # four days of each, and the default ones


def test_what_is_under_way_is_kept_however_old_with_its_content(database: Database) -> None:
    add_workflow(database)
    keep(database, 1)
    waiting = insert(sender(database))
    worker = hand_worker(database)
    worker.report(worker.take(), 503, body="down")
    never_begun = insert(sender(database), scheduled_for="2200-01-01")
    pass_time(database, MONTHS)
    assert status_of(database, waiting)["notification_status"] == "PROCESSING"
    assert status_of(database, never_begun)["notification_status"] == "PENDING"
    assert count(database, "notification_content") == 1
    requests = worker.take()
    assert len(requests) == 1
    worker.report(requests)
    pass_time(database, timedelta(days=2))
    assert count(database, "notification_content") == 0


def test_an_enterprise_that_keeps_less_loses_its_own_only(database: Database) -> None:
    add_workflow(database)
    mine, other = insert(sender(database, A)), insert(sender(database, B))
    hand_worker(database).deliver_all()
    keep(database, 5, A)
    pass_time(database, timedelta(days=7))
    for table, column in (("ent_notification", "id"), ("notification_content", "notification_id")):
        left = rows(database.keep(), f"select {column} as id from notify.{table}")
        assert [row["id"] for row in left] == [other]
    assert {row["notification_id"] for row in rows(database.keep(), "select * from notify.notification_history")} == {
        other
    }
    assert mine != other


def test_an_enterprise_that_keeps_more_keeps_it(database: Database) -> None:
    add_workflow(database)
    mine, _ = insert(sender(database, A)), insert(sender(database, B))
    hand_worker(database).deliver_all()
    keep(database, 5)
    keep(database, 50, A)
    pass_time(database, timedelta(days=7))
    left = rows(database.keep(), "select id from notify.ent_notification")
    assert [row["id"] for row in left] == [mine]
    assert count(database, "notification_content") == 2  # the other's goes with its partition


OLD_ROWS = """
insert into notify.notification_content
  (enterprise_id, notification_id, rendered_at, workflow_enterprise_id, workflow_id, workflow_version, content)
select %(enterprise)s, gen_random_uuid(), now() - interval '10 days', w.enterprise_id, w.id, 1, '{}'
from notify.ent_notification_workflow as w
cross join generate_series(1, 6000);
insert into notify.notification_history (enterprise_id, notification_id, happened_at, from_status, to_status, actor)
select %(enterprise)s, gen_random_uuid(), now() - interval '10 days', 'PENDING', 'PROCESSING', 'somebody'
from generate_series(1, 6000);
"""


def add_old_rows(database: Database, enterprise: Any) -> None:
    connection = psycopg.ClientCursor(database.connect())
    connection.execute(OLD_ROWS, {"enterprise": enterprise})


def test_much_is_removed_in_parts_until_nothing_is_left(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    worker.tick()
    add_old_rows(database, A)
    keep(database, 5, A)
    database.shift_clock(timedelta(hours=1))
    left = []
    for _ in range(4):
        worker.tick()
        left.append(count(database, "notification_content") + count(database, "notification_history"))
    assert left == [7000, 2000, 0, 0]
    add_old_rows(database, A)
    worker.tick()
    assert count(database, "notification_content") == 6000  # until the next hour


def test_neither_an_alarm_nor_a_report_waits_while_old_rows_are_removed(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    worker.tick()
    add_old_rows(database, A)
    keep(database, 5, A)
    database.shift_clock(timedelta(hours=1))
    holder = database.connect(autocommit=False)
    holder.execute("select from notify.notification_content for update")  # removing them takes as long as we like
    with ThreadPoolExecutor(1) as pool:
        try:
            ticking = pool.submit(worker.tick)
            until(lambda: bool(database.look(WAITING)))
            other = hand_worker(database, "other/critical1")
            other.connection.execute("set lock_timeout = '2s'")
            insert(sender(database), priority="CRITICAL")
            assert other.report(other.take("critical")).values()
            assert other.claim("critical") == 0
            assert not ticking.done()
        finally:
            holder.rollback()
        ticking.result()
    assert count(database, "notification_content") == 1001
