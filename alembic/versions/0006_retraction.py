"""What was handed over is cancelled at Novu, and who was reached gets a correction.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# All of them null at first, and for nearly every row for ever: they take no room.
COLUMNS = """
alter table notify.ent_notification
  add column correction jsonb,
  add column correction_ids uuid[],
  add column corrects_id uuid;
alter table notify.notification_delivery
  add column target text,
  add column doubtful_ids uuid[];
"""

# What may still be taken back: where it went, and what Novu may have of it.
UNDER_WAY = """
update notify.notification_delivery as d
set
  target = (select t.target from notify.notification_target as t where t.enterprise_id = d.enterprise_id),
  doubtful_ids = case
    when d.error_details ->> 'code' in ('novu_ambiguous', 'novu_no_answer') then array[d.transaction_id]
  end
where
  d.attempt > 0
  and (d.delivery_status = 'OPEN' or d.finished_at > notify.now() - interval '7 days')
  and (
    exists (select from notify.notification_target as t where t.enterprise_id = d.enterprise_id)
    or d.error_details ->> 'code' in ('novu_ambiguous', 'novu_no_answer')
  );
"""

# No foreign key: pruning deletes them with their notification, as it does deliveries. Each index begins with the
# enterprise: see revision 0002.
CANCELLATION = """
create table notify.notification_cancellation (
  enterprise_id uuid not null,
  notification_id uuid not null,
  transaction_id uuid not null,
  number integer not null,
  lane text not null,
  target text not null,
  cancellation_status text not null default 'OPEN',
  requested_at timestamptz not null default notify.now(),
  due_at timestamptz,
  attempt integer not null default 0,
  claimed_by text,
  is_handed_over boolean not null default false,
  failure_count integer not null default 0,
  http_status integer,
  error_details jsonb,
  finished_at timestamptz,
  primary key (enterprise_id, notification_id, transaction_id),
  constraint "the lane is a known one" check (lane in ('critical', 'normal', 'bulk')),
  constraint "the status is a known one"
    check (cancellation_status in ('OPEN', 'STOPPED', 'NOTHING_TO_STOP', 'GIVEN_UP')),
  constraint "what is open is due" check ((cancellation_status = 'OPEN') = (due_at is not null)),
  constraint "what a worker holds is open" check (claimed_by is null or cancellation_status = 'OPEN')
);
create index notification_cancellation_due on notify.notification_cancellation (enterprise_id, lane, due_at)
  where due_at is not null;
create index notification_cancellation_leased on notify.notification_cancellation (enterprise_id, claimed_by)
  where claimed_by is not null and not is_handed_over;
alter table notify.notification_cancellation owner to notify_owner;
"""

# As for every table of tenants: see revision 0002.
NO_STATISTICS = """
do $$
declare
  v_column record;
begin
  for v_column in
    select c.oid::regclass as relation, a.attname
    from pg_class as c
    inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where
      c.oid in (
        'notify.ent_notification'::regclass, 'notify.notification_delivery'::regclass,
        'notify.notification_cancellation'::regclass
      )
      and a.attstattarget <> 0
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    for statements in (COLUMNS, UNDER_WAY, CANCELLATION, NO_STATISTICS):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
