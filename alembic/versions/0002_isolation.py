"""Isolation: the audit trail, targets of an enterprise's own, and no planner statistics on what belongs to tenants.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"

# The id sorts by time, and tells nothing of how much others change: a sequence's gaps would.
AUDIT = """
create table notify.notification_audit (
  enterprise_id uuid not null,
  id uuid not null default notify.new_id(),
  changed_at timestamptz not null default notify.now(),
  login name not null default session_user,
  application_user text,
  table_name text not null,
  action text not null,
  row_key jsonb not null,
  before jsonb,
  after jsonb,
  primary key (enterprise_id, id),
  constraint "the action is INSERT, UPDATE or DELETE" check (action in ('INSERT', 'UPDATE', 'DELETE')),
  constraint "a row that was inserted had nothing before" check (action <> 'INSERT' or before is null),
  constraint "a row that was deleted has nothing after" check (action <> 'DELETE' or after is null)
);
"""

# The one unique key that no enterprise leads: it keeps two enterprises from one target, and only an admin writes here.
TARGET = f"""
create table notify.notification_target (
  enterprise_id uuid primary key,
  target text not null,
  has_plain_ids boolean not null default false,
  note text,
  created_at timestamptz not null default notify.now(),
  constraint "a target belongs to one enterprise" unique (target),
  constraint "the reserved enterprise has no target of its own" check (enterprise_id <> '{SHARED}'),
  constraint "the target is lower-case words joined by hyphens" check (target ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint "the target has at most 60 characters" check (length(target) <= 60),
  constraint "the default target is everybody's" check (target <> 'default'),
  constraint "its variables' names are not those of a file's path" check (target !~ '(^|-)file$')
);
"""

# The planner estimates from the statistics of all tenants, and EXPLAIN shows what it estimates: without them, it can't
# tell one tenant how often a value stands in another's rows. A partition that is there gets it from its parent.
NO_STATISTICS = """
do $$
declare
  v_column record;
begin
  for v_column in
    select c.oid::regclass as relation, a.attname
    from pg_class as c
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    where
      c.relnamespace = 'notify'::regnamespace
      and c.relkind in ('r', 'p')
      and exists (
        select from pg_attribute as e where e.attrelid = c.oid and e.attname = 'enterprise_id' and not e.attisdropped
      )
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""

# An index led by the lane lets a tenant's own conditions read what its policy would then filter out, and EXPLAIN counts
# that. Each lane has one of its own instead, led by the enterprise.
INDEXES = "".join(
    f"create index notification_delivery_waiting_{lane} on notify.notification_delivery (enterprise_id, due_at)"
    f" where due_at is not null and lane = '{lane}';"
    for lane in ("critical", "normal", "bulk")
)
INDEXES += "drop index notify.notification_delivery_waiting;"

# What living files of the first revision made and those of this one don't.
REPLACED = """
drop policy if exists "an analyst and an admin read what they reach" on notify.ent_notification;
drop policy if exists "an analyst and an admin read what they reach" on notify.notification_delivery;
drop policy if exists "an analyst and an admin read what they reach" on notify.notification_history;
drop policy if exists "a login stays within what it reaches" on notify.ent_notification;
drop policy if exists "a login stays within what it reaches" on notify.notification_delivery;
drop policy if exists "a login stays within what it reaches" on notify.notification_history;
drop policy if exists "a login stays within what it reaches" on notify.notification_content;
drop policy if exists "an admin reaches every enterprise and what is shared" on notify.ent_notification_workflow;
drop policy if exists "an admin reaches every enterprise and what is shared" on notify.ent_notification_template;
drop policy if exists "an admin reaches every enterprise and what is shared" on notify.notification_workflow_version;
drop function if exists notify.reach_low();
drop function if exists notify.reach_high();
-- Who is trusted, or reads all, is a role's member.
drop table if exists notify.login_scope;
drop policy if exists "an admin manages bindings" on notify.login_enterprise;
delete from notify.migration_file
where path in ('10_access/login_scope.sql', '10_access/reach_bounds.sql', '30_notification/check_context.sql');
"""


# Rights that living files of the first revision gave and those of this one don't: what is no longer granted stays.
RIGHTS = """
revoke select on notify.notification_history from notify_platform, notify_analyst, notify_admin;
revoke update on notify.login_enterprise from notify_admin;
revoke select on notify.ent_notification_workflow from notify_platform, notify_manager, notify_admin;
revoke select on notify.ent_notification_template from notify_manager, notify_admin;
revoke select on notify.notification_workflow_version from notify_manager, notify_admin;
revoke select on notify.typ_notification_category, notify.typ_notification_priority
from notify_platform, notify_manager, notify_admin, notify_analyst;
do $$
declare
  v_name text;
begin
  foreach v_name in array array['check_context', 'fill_workflow', 'refuse_transition', 'touch_updated_at'] loop
    if to_regprocedure(format('notify.%I()', v_name)) is not null then
      execute format(
        'revoke execute on function notify.%I() from notify_engine, notify_platform, notify_manager, notify_admin',
        v_name
      );
    end if;
  end loop;
end
$$
"""


def upgrade() -> None:
    for statements in (AUDIT, TARGET, INDEXES, NO_STATISTICS, REPLACED, RIGHTS):
        op.execute(statements)
    for table in ("notification_audit", "notification_target"):
        op.execute(f"alter table notify.{table} owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
