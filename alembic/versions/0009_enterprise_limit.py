"""An enterprise's own limit: to how many recipients a minute it may send.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"

# The state is apart from the limit: one is the admin's and audited, the other changes with every admission.
LIMIT = f"""
create table notify.notification_enterprise_limit (
  enterprise_id uuid primary key,
  recipients_per_minute integer not null,
  burst integer not null,
  note text,
  constraint "the reserved enterprise sends nothing" check (enterprise_id <> '{SHARED}'),
  constraint "from 1 to 100,000,000 recipients a minute" check (recipients_per_minute between 1 and 100000000),
  constraint "the burst is from 1 to 100,000,000 recipients" check (burst between 1 and 100000000)
);
create table notify.notification_enterprise_state (
  enterprise_id uuid primary key,
  allowance double precision not null,
  refilled_at timestamptz not null
) with (fillfactor = 50);
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
        'notify.notification_enterprise_limit'::regclass, 'notify.notification_enterprise_state'::regclass
      )
      and a.attnum > 0
      and not a.attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    op.execute(LIMIT)
    op.execute(NO_STATISTICS)
    for table in ("limit", "state"):
        op.execute(f"alter table notify.notification_enterprise_{table} owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
