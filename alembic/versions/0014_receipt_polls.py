"""Novu is asked what became of deliveries: when, how often, and what is to be asked yet.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Closer together the more urgent the lane is. A lane without a row is not asked about.
SCHEDULE = """
create table notify.notification_receipt_schedule (
  lane text not null,
  ask_after interval not null,
  note text,
  primary key (lane, ask_after),
  constraint "the lane is a known one" check (lane in ('critical', 'normal', 'bulk')),
  constraint "it is asked from 1 second to 7 days after"
    check (ask_after between interval '1 second' and interval '7 days')
);
insert into notify.notification_receipt_schedule (lane, ask_after) values
  ('critical', '2 seconds'), ('critical', '10 seconds'), ('critical', '1 minute'), ('critical', '5 minutes'),
  ('critical', '1 hour'),
  ('normal', '5 seconds'), ('normal', '30 seconds'), ('normal', '5 minutes'), ('normal', '1 hour'),
  ('bulk', '1 minute'), ('bulk', '30 minutes'), ('bulk', '6 hours');
alter table notify.notification_receipt_schedule owner to notify_owner;
alter table notify.notification_target_limit
  add column polls_per_second integer not null default 10,
  add constraint "from 0 to 200 polls a second" check (polls_per_second between 0 and 200);
"""

# A row for what one report made SENT, so that the report writes one row and not a hundred; when its turn comes, a row
# for each delivery that is asked about. Rows of a hundred deliveries stay in the page: no TOAST, no attempt to
# compress. No foreign key: what is gone is found when it is asked about.
POLL = """
create table notify.notification_poll (
  enterprise_id uuid not null,
  poll_id bigint generated always as identity,
  lane text not null,
  target text not null,
  sent_at timestamptz not null default notify.now(),
  due_at timestamptz not null,
  notification_ids uuid[] not null,
  numbers integer[] not null,
  question text not null default 'NOTIFICATIONS',
  page smallint not null default 0,
  is_incomplete boolean not null default false,
  is_chosen boolean not null default false,
  attempt integer not null default 0,
  claimed_by text,
  is_handed_over boolean not null default false,
  failure_count integer not null default 0,
  primary key (enterprise_id, poll_id),
  constraint "the lane is a known one" check (lane in ('critical', 'normal', 'bulk')),
  constraint "the question is a known one" check (question in ('NOTIFICATIONS', 'MESSAGES')),
  constraint "each delivery has a number" check (
    cardinality(notification_ids) = cardinality(numbers) and cardinality(numbers) > 0
  ),
  constraint "what is chosen is about one delivery" check (not is_chosen or cardinality(numbers) = 1),
  constraint "what a worker holds was chosen" check (claimed_by is null or is_chosen)
) with (fillfactor = 90, toast_tuple_target = 8160);
create index notification_poll_due on notify.notification_poll (enterprise_id, lane, due_at) where not is_chosen;
create index notification_poll_chosen on notify.notification_poll (enterprise_id, poll_id) where is_chosen;
alter table notify.notification_poll owner to notify_owner;
alter table notify.notification_delivery add column receipts_asked_at timestamptz;
alter table notify.notification_tick
  add column last_polled_enterprise_id uuid not null default '00000000-0000-0000-0000-000000000000';
create type engine.sent_delivery as (
  enterprise_id uuid,
  notification_id uuid,
  number integer,
  lane text,
  target text
);
alter type engine.sent_delivery owner to notify_engine;
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
      a.attrelid in ('notify.notification_poll'::regclass, 'notify.notification_delivery'::regclass)
      and a.attnum > 0
      and not a.attisdropped
      and a.attstattarget <> 0
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    for statements in (SCHEDULE, POLL, NO_STATISTICS):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
