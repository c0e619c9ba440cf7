"""The HTTP face: API keys, how many requests a key may make, and what its functions return.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"

# What is answered to a request: the body is JSON text, ready to send. No status: the next function is asked.
ANSWER = """
create type http_v1.answer as (
  status integer,
  headers jsonb,
  body text
);
alter type http_v1.answer owner to notify_owner;
"""

# A key of the reserved enterprise is the company's own, for the enterprises that it names. A key is looked up by its
# hash before any enterprise is known. The index is not unique: that would tell one who makes keys what others have.
KEYS = f"""
create table notify.notification_api_key (
  enterprise_id uuid not null,
  id uuid not null default gen_random_uuid(),
  name text not null,
  key_start text not null,
  key_hash bytea not null,
  scopes text[] not null,
  bound_enterprises uuid[],
  created_at timestamptz not null default now(),
  created_by text not null default session_user,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revocation_reason text,
  primary key (enterprise_id, id),
  constraint "a key has a name of 1 to 100 characters" check (length(name) between 1 and 100),
  constraint "a key's hash is a SHA-256" check (octet_length(key_hash) = 32),
  constraint "a key's scopes are send, read and manage" check (
    scopes <@ array['send', 'read', 'manage'] and cardinality(scopes) between 1 and 3
  ),
  constraint "a key of the company's names its enterprises, any other has its own" check (
    (enterprise_id = '{SHARED}') = (bound_enterprises is not null)
  ),
  constraint "a key is bound to 1 to 1,000 enterprises, not to the reserved one" check (
    cardinality(bound_enterprises) between 1 and 1000
    and array_position(bound_enterprises, null) is null
    and not bound_enterprises @> array['{SHARED}'::uuid]
  ),
  constraint "a revoked key says when and by whom" check ((revoked_at is null) = (revoked_by is null))
);
create index notification_api_key_by_hash on notify.notification_api_key (key_hash);
"""

# The nil key: for all keys of the enterprise. The nil enterprise: for all that have no row. The state is apart from the
# limit: one is the admin's and audited, the other changes with every request.
LIMITS = f"""
create table notify.notification_api_limit (
  enterprise_id uuid not null,
  key_id uuid not null default '{SHARED}',
  requests_per_second real not null,
  burst integer not null,
  note text,
  primary key (enterprise_id, key_id),
  constraint "from a request in 1,000 seconds to 100,000 in one" check (requests_per_second between 0.001 and 100000),
  constraint "the burst is from 1 to 1,000,000 requests" check (burst between 1 and 1000000)
);
insert into notify.notification_api_limit (enterprise_id, requests_per_second, burst, note)
values ('{SHARED}', 100, 200, 'for every key that no other row is about');

create table notify.notification_api_key_state (
  enterprise_id uuid not null,
  key_id uuid not null,
  tokens double precision not null,
  refilled_at timestamptz not null,
  primary key (enterprise_id, key_id)
) with (fillfactor = 50);
"""

TABLES = ("notification_api_key", "notification_api_limit", "notification_api_key_state")

# As for every table of tenants: see revision 0002.
NO_STATISTICS = f"""
do $$
declare
  v_column record;
begin
  for v_column in
    select a.attrelid::regclass as relation, a.attname
    from pg_attribute as a
    where
      a.attrelid = any(array[{", ".join(f"'notify.{table}'" for table in TABLES)}]::regclass[])
      and a.attnum > 0
      and not a.attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    op.execute(ANSWER)
    op.execute(KEYS)
    op.execute(LIMITS)
    op.execute(NO_STATISTICS)
    for table in TABLES:
        op.execute(f"alter table notify.{table} owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
