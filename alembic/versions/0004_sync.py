"""Novu knows the workflows too: what stands there of each, and what is under way to bring it in step.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"

# No foreign key to the workflow: the row of a deleted one stays until Novu has deleted it as well.
SYNC = f"""
create table notify.notification_sync (
  enterprise_id uuid not null,
  workflow_enterprise_id uuid not null,
  workflow_key text not null,
  target text not null,
  wanted_version integer,
  wanted_active boolean not null,
  wanted_deleted boolean not null default false,
  novu_version integer,
  novu_active boolean,
  is_in_step boolean not null default false,
  changed_at timestamptz not null default notify.now(),
  step text default 'LOOK',
  is_check boolean not null default false,
  due_at timestamptz default notify.now(),
  attempt integer not null default 0,
  claimed_by text,
  is_handed_over boolean not null default false,
  asked jsonb,
  found jsonb,
  failure_count integer not null default 0,
  http_status integer,
  error_details jsonb,
  answered_at timestamptz,
  primary key (enterprise_id, workflow_enterprise_id, workflow_key, target),
  constraint "the workflow is the enterprise's own or shared"
    check (workflow_enterprise_id in (enterprise_id, '{SHARED}')),
  constraint "the step is a known one" check (step in ('LOOK', 'CREATE', 'UPDATE', 'SWITCH', 'DELETE', 'REMOVE')),
  constraint "what has a step is due" check ((step is null) = (due_at is null)),
  constraint "what a worker holds has a step" check (claimed_by is null or step is not null)
);
create index notification_sync_due on notify.notification_sync (enterprise_id, due_at) where due_at is not null;
"""

# What is published already is queued: a first look finds what was made at Novu by hand, and makes what is missing.
EXISTING = f"""
insert into notify.notification_sync
  (enterprise_id, workflow_enterprise_id, workflow_key, target, wanted_version, wanted_active)
select
  w.enterprise_id, w.enterprise_id, w.workflow_key, coalesce(t.target, 'default'), w.published_version,
  not w.deactivated
from notify.ent_notification_workflow as w
left join notify.notification_target as t on w.enterprise_id = t.enterprise_id
where w.published_version is not null
union all
select t.enterprise_id, w.enterprise_id, w.workflow_key, t.target, w.published_version, not w.deactivated
from notify.ent_notification_workflow as w
cross join notify.notification_target as t
where w.published_version is not null and w.enterprise_id = '{SHARED}';
"""

# As for every table of tenants: see revision 0002.
NO_STATISTICS = """
do $$
declare
  v_column record;
begin
  for v_column in
    select a.attname
    from pg_attribute as a
    where a.attrelid = 'notify.notification_sync'::regclass and a.attnum > 0 and not a.attisdropped
  loop
    execute format('alter table notify.notification_sync alter column %I set statistics 0', v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    for statements in (SYNC, EXISTING, NO_STATISTICS):
        op.execute(statements)
    op.execute("alter table notify.notification_sync owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
