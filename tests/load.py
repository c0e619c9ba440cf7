"""A database with an hour behind it: three lanes' traffic of A and B, failures, workers, targets. For what shows it."""

from __future__ import annotations

from psycopg.types.json import Jsonb
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, insert, platform, rows

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\x1b[2J"
LANES = {"fire-alarm": "CRITICAL", "lift-maintenance": "NORMAL", "newsletter": "LOW"}

# More in the middle of the hour than at its ends; each lane by its own measure.
INSERT = """
insert into notify.ent_notification (enterprise_id, workflow_key, recipients, payload, created_at)
select %(enterprise)s, w.key, array[gen_random_uuid()], '{"name": "Ada"}', notify.now() - n * interval '1 minute'
from generate_series(0, 58) as n
cross join (values ('fire-alarm', 1), ('lift-maintenance', 4), ('newsletter', 9)) as w (key, most)
cross join lateral generate_series(1, w.most * (1 + abs(sin(n / 9.0)) * (1 + n %% 3))::integer) as g
"""
# Novu accepted each soon after it was inserted, the newsletters the latest: what the reports told is moved there.
SPREAD = """
update notify.notification_delivery as d
set latency_ms = 12, finished_at = n.created_at + make_interval(
  secs => (0.02 + 0.01 * (d.transaction_id::text < '8')::integer + 0.1 * abs(sin(extract(minute from n.created_at))))
    * case d.lane when 'critical' then 1 when 'normal' then 4 else 12 end
)
from notify.ent_notification as n
where n.enterprise_id = d.enterprise_id and n.id = d.notification_id and d.delivery_status = 'SENT';
update notify.ent_notification set rendered_at = created_at + interval '5 ms' where notification_status = 'SENT';
delete from notify.notification_latency_count;
insert into notify.notification_latency_count (enterprise_id, minute, lane, stage, bucket, delivery_count)
select
  '00000000-0000-0000-0000-000000000000', date_trunc('minute', d.finished_at), d.lane, s.stage,
  engine.latency_bucket(s.part * extract(epoch from d.finished_at - n.created_at)::double precision), count(*)
from notify.ent_notification as n
join notify.notification_delivery as d on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
cross join (values ('wait', 0.5), ('post', 0.3), ('total', 1.0)) as s (stage, part)
where d.delivery_status = 'SENT'
group by 2, 3, 4, 5;
"""


def beat(database: Database, name: str) -> None:
    """Let a worker of that name give a sign of life."""
    facts = Jsonb({"version": "0.1.0", "in_flight": 3})
    database.keep("test_worker").execute("select worker_v1.beat(%s, %s)", [name, facts])


def load_hour(database: Database) -> None:
    """Fill a fresh database. What failed of B's says something hostile, and a claim of B's is stuck."""
    for key, priority in LANES.items():
        add_workflow(database, key, priority=priority)
    add_workflow(database, "of-b-only", enterprise=B)
    with database.cluster.admin(database.name) as superuser:
        for enterprise in (A, B):
            superuser.execute("select set_config('app.current_enterprise_id', %s, false)", [str(enterprise)])
            superuser.execute(INSERT, {"enterprise": enterprise})
    worker = hand_worker(database)
    worker.deliver_all()
    with database.cluster.admin(database.name) as superuser:
        superuser.execute(SPREAD)
    ours, others = platform(database, A), platform(database, B)
    for _ in range(7):
        insert(ours, workflow_key="lift-maintenance", payload={})
    worker.take()
    for number in range(3):
        insert(others, workflow_key="of-b-only" if number else "lift-maintenance")
    for request in worker.take():
        worker.report([request], 422, body={"message": HOSTILE})
    for _ in range(40):
        insert(ours, workflow_key="newsletter")
        insert(others, workflow_key="lift-maintenance")
    worker.take(most=10)
    for name in ("tower-1/4711", "tower-2/815"):
        beat(database, name)
    worker.tick()
    with database.cluster.admin(database.name) as superuser:
        superuser.execute(
            "insert into notify.notification_target_state (target, open_until, failure_count, last_verdict)"
            " values ('meridian', now() + interval '1 hour', 4, 'AWAY')"
        )
        superuser.execute("update notify.notification_claim set leased_until = now() - interval '9 minutes'")
    assert rows(database.keep("test_admin"), "select from notify.notification_latency")
