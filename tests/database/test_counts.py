"""The roll-ups behind the views: whatever happens, in whatever order, the funnel says what the rows themselves say."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cluster import A, B, Cluster, Connection, Database
from tests.conftest import TEMPLATE
from tests.support import add_workflow, hand_worker, insert, one, platform, rows, sender

COUNTS = (
    *("notification_count", "failed_notification_count", "created_count", "sent_count", "failed_count"),
    *("retracted_count", "open_count", "dispatched_count", "delivered_count", "seen_count", "skipped_count"),
    "undelivered_count",
)
# Written without the roll-up and without what it is made of: from the four tables, one fact after the other.
PLAIN = """
with counted as (
  select
    n.enterprise_id, n.id, (n.created_at at time zone 'UTC')::date as day, n.workflow_key, n.is_drill,
    n.notification_status, n.rendered_channels
  from notify.ent_notification as n
  where not n.is_test
),
by_channel as (
  select c.*, u.channel_type
  from counted as c, unnest(coalesce(nullif(c.rendered_channels, '{}'), array[null::text])) as u (channel_type)
),
fact as (
  select enterprise_id, day, workflow_key, channel_type, is_drill, 'notification_count' as name, 1 as n from by_channel
  union all
  select enterprise_id, day, workflow_key, channel_type, is_drill, 'failed_notification_count', 1
  from by_channel where notification_status = 'FAILED'
  union all
  select
    b.enterprise_id, b.day, b.workflow_key, b.channel_type, b.is_drill,
    unnest(array['created_count', lower(d.delivery_status) || '_count']), cardinality(d.recipients)
  from by_channel as b
  join notify.notification_delivery as d on d.enterprise_id = b.enterprise_id and d.notification_id = b.id
  union all
  select
    c.enterprise_id, c.day, c.workflow_key, r.channel_type, c.is_drill,
    unnest(case r.receipt_status
      when 'DISPATCHED' then array['dispatched_count']
      when 'DELIVERED' then array['dispatched_count', 'delivered_count']
      when 'SKIPPED' then array['skipped_count']
      when 'FAILED' then array['undelivered_count']
      when 'UNKNOWN' then '{}'
      else array['dispatched_count', 'delivered_count', 'seen_count']
    end), 1
  from counted as c
  join notify.notification_receipt as r on r.enterprise_id = c.enterprise_id and r.notification_id = c.id
)
select enterprise_id, day, workflow_key, channel_type, is_drill, name, sum(n)::bigint as n
from fact
group by 1, 2, 3, 4, 5, 6
"""


def funnel(database: Database) -> dict[Any, int]:
    found = rows(database.keep("test_analyst_all"), "select * from notify.notification_funnel")
    counted: dict[Any, int] = {}
    for row in found:
        key = (row["enterprise_id"], row["day"], row["workflow_key"], row["channel_type"], row["is_drill"])
        for name in COUNTS:
            assert (*key, name) not in counted  # one row a group
            counted[*key, name] = row[name]
    return {key: n for key, n in counted.items() if n}


def plain(database: Database) -> dict[Any, int]:
    return {tuple(row.values())[:-1]: row["n"] for row in rows(database.keep(), PLAIN)}


def pass_time(database: Database, by: timedelta) -> None:
    """Time passes, and the tick has been there at its end: twice, for what one saw to be under way must end."""
    database.shift_clock(by)
    worker = hand_worker(database)
    for _ in range(3):
        database.shift_clock(timedelta(seconds=11))
        worker.tick()


def rolled_up(database: Database) -> int:
    found = one(
        database.keep(), "select coalesce(sum(notification_count), 0)::integer as n from notify.notification_daily"
    )
    return int(found["n"])


@pytest.fixture(scope="module")
def counted(migrated: Cluster) -> Iterator[Database]:
    """A database with two workflows, which the examples fill one after the other."""
    with closing(Database(migrated, "test_counts")) as database:
        migrated.create_database(database.name, TEMPLATE)
        add_workflow(database, channels=("EMAIL", "SMS"))
        add_workflow(database, key="other")
        database.keep("test_admin").execute(
            "update notify.notification_retention set content_days = 2, history_days = 2, notification_days = 2"
        )
        yield database


def work(database: Database, status: int | None) -> None:
    worker = hand_worker(database)
    for request in worker.settle_cancellations(worker.take()):
        worker.report([request], status, **({"body": {"message": "to must be valid"}} if status == 422 else {}))


def retract(database: Database) -> None:
    found = rows(
        sender(database),
        "select id from notify.ent_notification where notification_status <> 'RETRACTED'"
        " order by created_at desc limit 2",
    )
    for row in found[1:]:
        sender(database).execute("select notify.retract(%s, 'x')", [row["id"]])


def learn(database: Database, status: str) -> None:
    database.keep().execute(
        "select engine.record_receipts(array_agg((d.enterprise_id, d.notification_id, d.number, d.recipients[1],"
        " 'EMAIL', d.transaction_id, %s, now(), null, 'WEBHOOK')::engine.receipt))"
        " from (select * from notify.notification_delivery where delivery_status = 'SENT'"
        " order by notification_id desc limit 3) as d",
        [status],
    )


def replay(database: Database) -> None:
    sender(database).execute("select notify.replay(p_failed_since => '2000-01-01', p_limit => 2)")


def claim_and_retract(database: Database) -> None:
    """A worker reports what was retracted while it had it in hand."""
    made = insert(sender(database))
    worker = hand_worker(database)
    requests = worker.take()
    sender(database).execute("select notify.retract(%s, 'x')", [made])
    pass_time(database, timedelta())
    worker.report([r for r in requests if r["kind"] == "delivery"])


STEPS: dict[str, Callable[[Database], object]] = {
    "insert": lambda d: insert(sender(d), recipients=[uuid4() for _ in range(101)], is_drill=True),
    "insert other": lambda d: insert(sender(d, B), workflow_key="other"),
    "test": lambda d: insert(sender(d), is_test=True),
    "refused": lambda d: insert(sender(d), channels=["FAX"]),
    "nowhere": lambda d: insert(sender(d), workflow_key="nowhere"),
    "scheduled": lambda d: insert(
        platform(d), scheduled_for=one(d.connect(), "select notify.now() + interval '9 hours' as t")["t"]
    ),
    "sent": lambda d: work(d, 201),
    "retry": lambda d: work(d, 503),
    "failed": lambda d: work(d, 422),
    "retract": retract,
    "retract in hand": claim_and_retract,
    "replay": replay,
    "dispatched": lambda d: learn(d, "DISPATCHED"),
    "bounced": lambda d: learn(d, "FAILED"),
    "read": lambda d: learn(d, "READ"),
    "a minute": lambda d: pass_time(d, timedelta(minutes=1)),
    "a day": lambda d: pass_time(d, timedelta(hours=25)),
}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=8, max_size=14))
def test_the_funnel_is_what_the_rows_say_whatever_happens(counted: Database, steps: list[str]) -> None:
    for step in steps:
        STEPS[step](counted)
        assert funnel(counted) == plain(counted), step
        counted.disconnect()


def test_what_is_final_is_rolled_up_and_what_changes_then_is_counted_anew(database: Database) -> None:
    add_workflow(database)
    made = [insert(sender(database)) for _ in range(3)]
    work(database, 422)
    assert rolled_up(database) == 0
    pass_time(database, timedelta(minutes=1))
    assert rolled_up(database) == 3
    sender(database).execute("select notify.replay(%s)", [made[0]])
    assert funnel(database) == plain(database)
    pass_time(database, timedelta())
    assert rolled_up(database) == 2
    assert one(database.keep(), "select open_ids from notify.notification_daily_state")["open_ids"] == [made[0]]
    hand_worker(database).deliver_all()
    assert funnel(database) == plain(database)
    pass_time(database, timedelta())
    assert rolled_up(database) == 3
    assert rows(database.keep(), "select * from notify.notification_daily_stale") == []
    assert funnel(database) == plain(database)


def test_what_commits_late_is_not_skipped(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    hand_worker(database).deliver_all()
    late = platform(database)
    with late.transaction():
        insert(late, channels=["FAX"])
        pass_time(database, timedelta(minutes=2))
        assert rolled_up(database) == 0
    assert funnel(database) == plain(database)
    pass_time(database, timedelta())
    assert rolled_up(database) == 2
    assert funnel(database) == plain(database)


def test_a_clock_that_goes_back_skips_nothing(database: Database) -> None:
    add_workflow(database)
    pass_time(database, timedelta(hours=1))
    database.shift_clock(-timedelta(minutes=50))
    hand_worker(database).tick()
    insert(sender(database), channels=["FAX"])
    pass_time(database, timedelta(hours=1))
    assert rolled_up(database) == 1
    assert funnel(database) == plain(database)


def test_a_backlog_is_counted_from_the_rows_until_it_is_done(database: Database) -> None:
    add_workflow(database)
    sender(database).execute(
        "insert into notify.ent_notification (workflow_key, recipients, payload)"
        " select 'greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}' from generate_series(1, 501)"
    )
    pass_time(database, timedelta(minutes=1))
    assert rolled_up(database) == 0
    assert funnel(database) == plain(database)
    hand_worker(database).deliver_all()
    pass_time(database, timedelta(minutes=1))
    assert rolled_up(database) == 501


def latency(connection: Connection) -> dict[Any, Any]:
    found = rows(connection, "select * from notify.notification_latency")
    return {(row["enterprise_id"].int == 0, row["stage"]): row for row in found}


def test_latencies_are_counted_by_minute_and_stage_for_each_and_for_all_together(database: Database) -> None:
    add_workflow(database)
    database.bind("test_analyst", A)
    for _ in range(10):
        insert(sender(database))
    worker = hand_worker(database)
    requests = worker.take()
    worker.report(requests[:9], latency_ms=20)
    for is_added_up in (False, True):
        if is_added_up:
            worker.report(requests[9:], latency_ms=3000)
            pass_time(database, timedelta(seconds=6))
        of_one, of_all = latency(database.connect("test_analyst")), latency(database.connect("test_analyst_all"))
        assert set(of_one) == {(False, stage) for stage in ("wait", "post", "total")}
        own, together = of_one[False, "post"], of_all[True, "post"]
        assert of_all[False, "post"] == own
        assert own["delivery_count"] == together["delivery_count"] == 9 + is_added_up
        slowest = 3 if is_added_up else 0.02
        for found, off in ((own, 1e-6), (together, 0.12)):
            assert found["p50_seconds"] == pytest.approx(0.02, rel=off)
            assert found["p95_seconds"] == found["p99_seconds"] == pytest.approx(slowest, rel=off)
        assert latency(platform(database, B)) == {}
    pass_time(database, timedelta(days=9))
    assert latency(database.connect("test_analyst_all")) == {}
