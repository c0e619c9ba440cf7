"""Views: how long rendering took; roll-ups of the funnel, receipts and latencies; what replaces the view of counts.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Null at first: it takes no room in rows that are there. See revision 0002 for the statistics.
RENDERING = """
alter table notify.ent_notification add column render_seconds real;
alter table notify.ent_notification alter column render_seconds set statistics 0;
"""

# The funnel's roll-up: what was counted of notifications that are final, by the day of their INSERT. Up to when an
# enterprise is counted, and which of before that were not final then, stands beside it; and which days are to be
# counted anew. A channel or version that there is none of is '' or 0, so that they can be keys.
DAILY = """
create table notify.notification_daily (
  enterprise_id uuid not null,
  day date not null,
  workflow_key text not null,
  workflow_version integer not null,
  channel_type text not null,
  is_drill boolean not null,
  notification_count bigint not null,
  failed_notification_count bigint not null,
  warned_notification_count bigint not null,
  render_seconds double precision not null,
  last_rendered_at timestamptz,
  created_count bigint not null,
  sent_count bigint not null,
  failed_count bigint not null,
  retracted_count bigint not null,
  open_count bigint not null,
  primary key (enterprise_id, day, workflow_key, workflow_version, channel_type, is_drill)
) with (fillfactor = 70);
create table notify.notification_daily_state (
  enterprise_id uuid primary key,
  counted_until timestamptz not null default 'epoch',
  open_ids uuid[] not null default '{}',
  due_at timestamptz not null default 'epoch'
) with (fillfactor = 50);
create table notify.notification_daily_stale (
  enterprise_id uuid not null,
  day date not null,
  marked_at timestamptz not null default notify.now()
);
create index notification_daily_stale_of_one on notify.notification_daily_stale (enterprise_id, day);
"""

# What changed is appended, by whoever changed it, and what it adds up to stands beside it: no two transactions wait for
# the same row, and the tick moves the one to the other. Latencies are those of all enterprises together, under the nil
# UUID: an enterprise's own are few enough to be read from its deliveries.
COUNTS = """
create table notify.notification_receipt_count (
  enterprise_id uuid not null,
  day date not null,
  workflow_key text not null,
  channel_type text not null,
  is_drill boolean not null,
  is_total boolean not null default false,
  dispatched_count bigint not null,
  delivered_count bigint not null,
  seen_count bigint not null,
  skipped_count bigint not null,
  undelivered_count bigint not null
) with (fillfactor = 70);
create unique index notification_receipt_count_total on notify.notification_receipt_count
  (enterprise_id, day, workflow_key, channel_type, is_drill) where is_total;
create index notification_receipt_count_new on notify.notification_receipt_count (enterprise_id) where not is_total;
create table notify.notification_latency_count (
  enterprise_id uuid not null,
  minute timestamptz not null,
  lane text not null,
  stage text not null,
  bucket smallint not null,
  is_total boolean not null default false,
  delivery_count bigint not null,
  constraint "the lane is a known one" check (lane in ('critical', 'normal', 'bulk')),
  constraint "the stage is a known one" check (stage in ('wait', 'post', 'total'))
) with (fillfactor = 70);
create unique index notification_latency_count_total on notify.notification_latency_count
  (enterprise_id, minute, lane, stage, bucket) include (delivery_count) where is_total;
create table notify.notification_latency_minute (
  enterprise_id uuid not null,
  minute timestamptz not null,
  lane text not null,
  stage text not null,
  delivery_count bigint not null,
  p50_bucket smallint not null,
  p95_bucket smallint not null,
  p99_bucket smallint not null,
  primary key (enterprise_id, minute, lane, stage)
) with (fillfactor = 70);
create index notification_latency_count_new on notify.notification_latency_count (enterprise_id) where not is_total;
create type engine.receipt_change as (
  enterprise_id uuid,
  notification_id uuid,
  channel_type text,
  receipt_status text,
  sign integer
);
alter type engine.receipt_change owner to notify_engine;
"""

# Up to when every notification is there, and what has still to end until that can be said of a later time.
TICK = """
alter table notify.notification_tick
  add column counted_at timestamptz not null default 'epoch',
  add column settled_at timestamptz not null default 'epoch',
  add column settling_at timestamptz not null default 'epoch',
  add column settling_transactions text[] not null default '{}';
"""

# Which notifications are FAILED: few of many, and no index of the notifications themselves may have the status in it,
# or no change of the status would be HOT.
FAILED = """
create table notify.notification_failed (
  enterprise_id uuid not null,
  notification_id uuid not null,
  primary key (enterprise_id, notification_id)
);
insert into notify.notification_failed (enterprise_id, notification_id)
select n.enterprise_id, n.id from notify.ent_notification as n where n.notification_status = 'FAILED';
"""

# As for every table of tenants: see revision 0002.
NO_STATISTICS = """
do $$
declare
  v_column record;
begin
  for v_column in
    select a.attrelid::regclass as relation, a.attname
    from pg_attribute as a
    where
      a.attrelid in (
        'notify.notification_daily'::regclass, 'notify.notification_daily_state'::regclass,
        'notify.notification_daily_stale'::regclass, 'notify.notification_receipt_count'::regclass,
        'notify.notification_latency_count'::regclass, 'notify.notification_latency_minute'::regclass,
        'notify.notification_failed'::regclass
      )
      and a.attnum > 0
      and not a.attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""

# The receipts that are there already.
EXISTING = """
insert into notify.notification_receipt_count (
  enterprise_id, day, workflow_key, channel_type, is_drill, is_total, dispatched_count, delivered_count,
  seen_count, skipped_count, undelivered_count
)
select
  n.enterprise_id, (n.created_at at time zone 'UTC')::date, n.workflow_key, r.channel_type, n.is_drill, true,
  count(*) filter (where r.receipt_status in ('DISPATCHED', 'DELIVERED', 'SEEN', 'READ')),
  count(*) filter (where r.receipt_status in ('DELIVERED', 'SEEN', 'READ')),
  count(*) filter (where r.receipt_status in ('SEEN', 'READ')),
  count(*) filter (where r.receipt_status = 'SKIPPED'),
  count(*) filter (where r.receipt_status = 'FAILED')
from notify.notification_receipt as r
inner join notify.ent_notification as n on r.enterprise_id = n.enterprise_id and r.notification_id = n.id
group by 1, 2, 3, 4, 5;
"""

TABLES = ("daily", "daily_state", "daily_stale", "receipt_count", "latency_count", "latency_minute", "failed")

# notify.notification_funnel answers what it answered.
REPLACED = """
drop view if exists notify.notification_counts;
delete from notify.migration_file where path = '80_views/notification_counts.sql';
"""


def upgrade() -> None:
    for statements in (RENDERING, DAILY, COUNTS, TICK, FAILED, NO_STATISTICS, EXISTING, REPLACED):
        op.execute(statements)
    for table in TABLES:
        op.execute(f"alter table notify.notification_{table} owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
