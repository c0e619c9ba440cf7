"""A target can be in bridge mode; what became of deliveries (receipts); what the system counts about itself (measures).

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# The upper part is an admin's, the lower one the engine's: what is under way to have Novu discover the workflows anew.
BRIDGE = """
create table notify.notification_bridge (
  target text primary key,
  bridge_url text not null,
  note text,
  created_at timestamptz not null default notify.now(),
  changed_at timestamptz not null default notify.now(),
  due_at timestamptz default notify.now(),
  attempt integer not null default 0,
  claimed_by text,
  asked_at timestamptz,
  is_in_step boolean not null default false,
  failure_count integer not null default 0,
  http_status integer,
  error_details jsonb,
  answered_at timestamptz,
  constraint "the target is a name" check (target ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(target) <= 60),
  constraint "the bridge's URL is one" check (
    bridge_url ~ '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$' and length(bridge_url) <= 500
  )
);
alter table notify.notification_bridge owner to notify_owner;
"""

# The key by which delivery ids are signed, as HMAC (RFC 2104) uses it: combined with its two paddings. It never leaves
# the database.
KEY = """
create table notify.notification_bridge_key (
  is_only boolean primary key default true,
  inner_key bytea not null,
  outer_key bytea not null,
  constraint "there is one row" check (is_only)
);
alter table notify.notification_bridge_key owner to notify_owner;
do $$
declare
  -- random ids of 122 bits each, mixed to 32 bytes; HMAC fills up with zeros to 64
  v_key bytea := sha256(
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
  ) || decode(repeat('00', 32), 'hex');
  v_inner bytea := v_key;
  v_outer bytea := v_key;
begin
  for i in 0 .. 63 loop
    v_inner := set_byte(v_inner, i, get_byte(v_key, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(v_key, i) # 92);
  end loop;
  insert into notify.notification_bridge_key (inner_key, outer_key) values (v_inner, v_outer);
end
$$;
"""

# No foreign key: pruning deletes them with their notification, as it does deliveries.
RECEIPTS = """
create table notify.notification_receipt (
  enterprise_id uuid not null,
  notification_id uuid not null,
  number integer not null,
  recipient uuid not null,
  channel_type text not null,
  transaction_id uuid not null,
  receipt_status text not null,
  happened_at timestamptz not null,
  detail text,
  source text not null,
  recorded_at timestamptz not null default notify.now(),
  primary key (enterprise_id, notification_id, number, recipient, channel_type),
  constraint "the channel is a known one" check (channel_type in ('EMAIL', 'IN_APP', 'SMS', 'PUSH', 'CHAT')),
  constraint "the status is a known one" check (
    receipt_status in ('UNKNOWN', 'DISPATCHED', 'SKIPPED', 'FAILED', 'DELIVERED', 'SEEN', 'READ')
  ),
  constraint "the source is a known one" check (source in ('WEBHOOK', 'POLL'))
) with (fillfactor = 80);
alter table notify.notification_receipt owner to notify_owner;
create type engine.receipt as (
  enterprise_id uuid,
  notification_id uuid,
  number integer,
  recipient uuid,
  channel_type text,
  transaction_id uuid,
  receipt_status text,
  happened_at timestamptz,
  detail text,
  source text
);
alter type engine.receipt owner to notify_engine;
"""

# What Novu called for, each once: never its body, which names people.
WEBHOOKS = """
create table notify.notification_webhook (
  target text not null,
  webhook_id text not null,
  received_at timestamptz not null default notify.now(),
  event_type text,
  transaction_id uuid,
  outcome text not null,
  primary key (target, webhook_id),
  constraint "the outcome is a known one" check (outcome in ('APPLIED', 'KNOWN', 'UNMATCHED', 'IGNORED'))
);
create index notification_webhook_by_time on notify.notification_webhook (received_at);
alter table notify.notification_webhook owner to notify_owner;
"""

# What the system counts about itself. A row a backend, so that no two transactions ever wait for the same: of backends
# that ended, the tick adds them up under 0. Each array has an element a bucket of latency, and one for what is above.
MEASURES = """
create table notify.notification_measure (
  backend integer not null,
  lane text not null,
  claim_count bigint not null default 0,
  claimed_count bigint not null default 0,
  sent_count bigint not null default 0,
  retry_count bigint not null default 0,
  failed_count bigint not null default 0,
  retracted_count bigint not null default 0,
  dead_count bigint not null default 0,
  cache_hit_count bigint not null default 0,
  cache_miss_count bigint not null default 0,
  render_buckets bigint[] not null default array_fill(0, array[17]),
  render_seconds double precision not null default 0,
  wait_buckets bigint[] not null default array_fill(0, array[17]),
  wait_seconds double precision not null default 0,
  post_buckets bigint[] not null default array_fill(0, array[17]),
  post_seconds double precision not null default 0,
  total_buckets bigint[] not null default array_fill(0, array[17]),
  total_seconds double precision not null default 0,
  primary key (backend, lane),
  constraint "the lane is a known one, or there is none yet" check (lane in ('critical', 'normal', 'bulk', 'none'))
) with (fillfactor = 50);
alter table notify.notification_measure owner to notify_owner;
create type engine.measured as (
  claim_id bigint,
  lane text,
  outcome text,
  since timestamptz,
  latency_ms real
);
alter type engine.measured owner to notify_engine;
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
    where a.attrelid = 'notify.notification_receipt'::regclass and a.attnum > 0 and not a.attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""

# What the engine's part of the HTTP face answers.
TYPES = "grant usage on type http_v1.answer to notify_engine"


def upgrade() -> None:
    for statements in (BRIDGE, KEY, TYPES, RECEIPTS, WEBHOOKS, MEASURES, NO_STATISTICS):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
