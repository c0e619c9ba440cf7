"""The first tables: workflows and templates, notifications and deliveries, content, history, claims, workers, logins.

Policies, triggers, comments, grants and partitions are living objects and stand under sql/.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"
CHANNELS = "'EMAIL', 'IN_APP', 'SMS', 'PUSH', 'CHAT'"
PRIORITIES = "'CRITICAL', 'HIGH', 'NORMAL', 'LOW'"
STATUSES = "'PENDING', 'PROCESSING', 'SENT', 'FAILED', 'RETRACTED'"
LANES = "'critical', 'normal', 'bulk'"

# Defaults need these two; their living versions stand in sql/10_access.
FUNCTIONS = """
create function notify.now() returns timestamptz
language sql stable parallel safe
return pg_catalog.statement_timestamp();

create function notify.current_enterprise_id() returns uuid
language sql stable parallel safe
return null::uuid;

create function notify.new_id() returns uuid
language sql volatile parallel safe
return pg_catalog.gen_random_uuid();
"""

TYPES = """
create type engine.notification_key as (enterprise_id uuid, notification_id uuid);
create type engine.delivery_key as (enterprise_id uuid, notification_id uuid, number integer);
create type engine.render_item as (
  enterprise_id uuid,
  notification_id uuid,
  workflow_enterprise_id uuid,
  workflow_id uuid,
  workflow_version integer,
  channels text[],
  expires_at timestamptz,
  payload text,
  context text,
  fault jsonb
);
create type engine.answer as (
  enterprise_id uuid,
  notification_id uuid,
  number integer,
  attempt integer,
  http_status integer,
  latency_ms real,
  verdict text,
  retry_after interval,
  error_details jsonb
);
"""

REFERENCE = f"""
create table notify.typ_notification_category (
  category text primary key,
  description text not null
);
create table notify.typ_notification_priority (
  priority text primary key,
  lane text not null,
  rank integer not null unique,
  description text not null,
  constraint "the lane is a known one" check (lane in ({LANES}))
);
insert into notify.typ_notification_category (category, description) values
  ('FIRE', 'Fire and other dangers to life'),
  ('DRILL', 'Evacuation and other drills'),
  ('MAINTENANCE', 'Works on lifts, water, power and other installations'),
  ('ACCESS', 'Access control: doors, cards, parking'),
  ('VISITOR', 'Visitors and deliveries'),
  ('ENERGY', 'Energy and comfort'),
  ('GENERAL', 'Everything else');
insert into notify.typ_notification_priority (priority, lane, rank, description) values
  ('CRITICAL', 'critical', 1, 'Danger to life: a lane of its own'),
  ('HIGH', 'normal', 2, 'Matters within minutes'),
  ('NORMAL', 'normal', 3, 'The ordinary case'),
  ('LOW', 'bulk', 4, 'Newsletters and the like: when there is room');
"""

WORKFLOWS = f"""
create table notify.ent_notification_workflow (
  enterprise_id uuid not null default notify.current_enterprise_id(),
  id uuid not null default notify.new_id(),
  workflow_key text not null,
  workflow_type text not null default 'DYNAMIC',
  name text not null,
  description text,
  category text references notify.typ_notification_category (category),
  priority text not null default 'NORMAL' references notify.typ_notification_priority (priority),
  default_channels text[] not null,
  template_overrides jsonb not null default '{{}}',
  payload_schema jsonb,
  expires_after interval,
  tags text[] not null default '{{}}',
  publish_status text not null default 'DRAFT',
  published_version integer,
  deactivated boolean not null default false,
  created_at timestamptz not null default notify.now(),
  updated_at timestamptz not null default notify.now(),
  primary key (enterprise_id, id),
  unique (enterprise_id, workflow_key),
  constraint "the key is lower-case words joined by hyphens" check (workflow_key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint "the key has at most 60 characters" check (length(workflow_key) <= 60),
  constraint "the type is STATIC or DYNAMIC" check (workflow_type in ('STATIC', 'DYNAMIC')),
  constraint "a STATIC workflow is shared, a DYNAMIC one is an enterprise's own"
    check ((workflow_type = 'STATIC') = (enterprise_id = '{SHARED}')),
  constraint "the default channels are known ones" check (default_channels <@ array[{CHANNELS}]),
  constraint "there is a default channel" check (cardinality(default_channels) > 0),
  constraint "the template overrides are an object" check (jsonb_typeof(template_overrides) = 'object'),
  constraint "the payload schema is an object" check (jsonb_typeof(payload_schema) = 'object'),
  constraint "the publish status is DRAFT or PUBLISHED" check (publish_status in ('DRAFT', 'PUBLISHED')),
  constraint "what is published has a version" check (publish_status = 'DRAFT' or published_version is not null),
  constraint "it expires after some time, at most ten years"
    check (expires_after > interval '0' and expires_after <= interval '10 years')
);

create table notify.ent_notification_template (
  enterprise_id uuid not null default notify.current_enterprise_id(),
  id uuid not null default notify.new_id(),
  template_key text not null,
  channel_type text not null,
  name text not null,
  description text,
  subject_template text,
  body_template text not null,
  variables_description jsonb not null default '{{}}',
  created_at timestamptz not null default notify.now(),
  updated_at timestamptz not null default notify.now(),
  primary key (enterprise_id, id),
  unique (enterprise_id, template_key, channel_type),
  constraint "the key is lower-case words joined by hyphens" check (template_key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint "the key has at most 60 characters" check (length(template_key) <= 60),
  constraint "the channel is a known one" check (channel_type in ({CHANNELS})),
  constraint "the variables' description is an object" check (jsonb_typeof(variables_description) = 'object')
);

create table notify.notification_workflow_version (
  enterprise_id uuid not null,
  workflow_id uuid not null,
  version integer not null,
  default_channels text[] not null,
  bundle json not null,
  bundle_hash text not null,
  expires_after interval,
  note text,
  published_at timestamptz not null default notify.now(),
  published_by text not null default session_user,
  primary key (enterprise_id, workflow_id, version),
  foreign key (enterprise_id, workflow_id) references notify.ent_notification_workflow (enterprise_id, id),
  constraint "versions count from 1" check (version >= 1)
);

alter table notify.ent_notification_workflow
  add constraint "the published version exists"
  foreign key (enterprise_id, id, published_version)
  references notify.notification_workflow_version (enterprise_id, workflow_id, version);

create table notify.ent_notification_rule (
  enterprise_id uuid not null default notify.current_enterprise_id(),
  id uuid not null default notify.new_id(),
  name text not null,
  workflow_enterprise_id uuid not null,
  workflow_id uuid not null,
  trigger_type text not null,
  trigger_config jsonb not null default '{{}}',
  rule_payload jsonb not null default '{{}}',
  publish_status text not null default 'DRAFT',
  deactivated boolean not null default false,
  created_at timestamptz not null default notify.now(),
  updated_at timestamptz not null default notify.now(),
  primary key (enterprise_id, id),
  foreign key (workflow_enterprise_id, workflow_id)
    references notify.ent_notification_workflow (enterprise_id, id),
  constraint "the workflow is the enterprise's own or shared"
    check (workflow_enterprise_id in (enterprise_id, '{SHARED}')),
  constraint "the trigger is CRON, SCHEDULE or EVENT" check (trigger_type in ('CRON', 'SCHEDULE', 'EVENT')),
  constraint "the trigger's configuration is an object" check (jsonb_typeof(trigger_config) = 'object'),
  constraint "the rule's payload is an object" check (jsonb_typeof(rule_payload) = 'object'),
  constraint "the publish status is DRAFT or PUBLISHED" check (publish_status in ('DRAFT', 'PUBLISHED'))
);
"""

# fillfactor leaves room on each page for the updates of a row that has just been inserted: they stay HOT.
NOTIFICATIONS = f"""
create table notify.ent_notification (
  enterprise_id uuid not null default notify.current_enterprise_id(),
  id uuid not null default notify.new_id(),
  name text,
  workflow_key text not null,
  workflow_enterprise_id uuid,
  workflow_id uuid,
  rule_id uuid,
  payload jsonb not null default '{{}}',
  recipients uuid[] not null,
  channels text[],
  overrides jsonb not null default '{{}}',
  tags text[] not null default '{{}}',
  priority text,
  building text,
  time_zone text,
  is_drill boolean not null default false,
  scheduled_for timestamptz,
  expires_at timestamptz,
  idempotency_key text,
  notification_status text not null default 'PENDING',
  workflow_version integer,
  rendered_channels text[],
  rendered_at timestamptz,
  transaction_id text,
  processed_at timestamptz,
  retracted_at timestamptz,
  retraction_reason text,
  error_details jsonb,
  created_at timestamptz not null default notify.now(),
  primary key (enterprise_id, id),
  foreign key (workflow_enterprise_id, workflow_id)
    references notify.ent_notification_workflow (enterprise_id, id),
  foreign key (enterprise_id, rule_id) references notify.ent_notification_rule (enterprise_id, id),
  constraint "the enterprise is not the reserved one" check (enterprise_id <> '{SHARED}'),
  constraint "the workflow is the enterprise's own or shared"
    check (workflow_enterprise_id in (enterprise_id, '{SHARED}')),
  constraint "a workflow's id comes with its enterprise"
    check ((workflow_id is null) = (workflow_enterprise_id is null)),
  constraint "the priority is a known one" check (priority in ({PRIORITIES})),
  constraint "an idempotency key is not empty" check (idempotency_key <> ''),
  constraint "it is scheduled for a time, not for ever" check (isfinite(scheduled_for)),
  constraint "it expires at a time, not never" check (isfinite(expires_at)),
  constraint "the status is a known one" check (notification_status in ({STATUSES}))
) with (fillfactor = 60);
create index ent_notification_newest on notify.ent_notification (enterprise_id, created_at desc);
create unique index ent_notification_idempotency_key on notify.ent_notification (enterprise_id, idempotency_key)
  where idempotency_key is not null;

create table notify.notification_delivery (
  enterprise_id uuid not null,
  notification_id uuid not null,
  number integer not null,
  transaction_id uuid not null default gen_random_uuid(),
  lane text not null,
  recipients uuid[] not null,
  recipient_count integer not null generated always as (cardinality(recipients)) stored,
  delivery_status text not null default 'OPEN',
  due_at timestamptz,
  claim_id bigint,
  attempt integer not null default 0,
  failure_count smallint not null default 0,
  strike_count smallint not null default 0,
  is_alone boolean not null default false,
  http_status integer,
  latency_ms real,
  error_details jsonb,
  finished_at timestamptz,
  primary key (enterprise_id, notification_id, number),
  constraint "the lane is a known one" check (lane in ({LANES})),
  constraint "the status is a known one" check (delivery_status in ('OPEN', 'SENT', 'FAILED', 'RETRACTED')),
  constraint "it waits, or is claimed, or neither, never both" check (due_at is null or claim_id is null),
  constraint "what is finished neither waits nor is claimed"
    check (delivery_status = 'OPEN' or (due_at is null and claim_id is null))
) with (fillfactor = 60);
create index notification_delivery_waiting on notify.notification_delivery (lane, enterprise_id, due_at)
  where due_at is not null;

create table notify.notification_content (
  enterprise_id uuid not null,
  notification_id uuid not null,
  variant text not null default '',
  rendered_at timestamptz not null,
  workflow_enterprise_id uuid not null,
  workflow_id uuid not null,
  workflow_version integer not null,
  content json not null,
  warnings json,
  primary key (enterprise_id, notification_id, variant, rendered_at)
) partition by range (rendered_at);
create table notify_partition.notification_content_default partition of notify.notification_content default;

create table notify.notification_history (
  enterprise_id uuid not null,
  notification_id uuid not null,
  happened_at timestamptz not null,
  from_status text not null,
  to_status text not null,
  actor text not null,
  reason text
) partition by range (happened_at);
create table notify_partition.notification_history_default partition of notify.notification_history default;
create index notification_history_of_one on notify.notification_history (enterprise_id, notification_id);
"""

# lz4 compresses several times faster than PostgreSQL's own method; a server that was built without it keeps that.
COMPRESSION = """
do $$
begin
  alter table notify.notification_content alter column content set compression lz4;
  alter table notify.ent_notification alter column payload set compression lz4;
exception
  when feature_not_supported then
    null;
end
$$
"""

WORK = f"""
create table notify.notification_claim (
  claim_id bigint generated by default as identity primary key,
  worker text not null,
  lane text not null,
  claimed_at timestamptz not null,
  leased_until timestamptz not null,
  rendered_at timestamptz,
  open_count integer not null,
  keys engine.delivery_key[] not null,
  constraint "the lane is a known one" check (lane in ({LANES}))
) with (fillfactor = 60);
create index notification_claim_newest on notify.notification_claim (worker, claim_id desc);

create table notify.notification_lane (
  lane text primary key,
  last_enterprise_id uuid not null default '00000000-0000-0000-0000-000000000000',
  constraint "the lane is a known one" check (lane in ({LANES}))
);
insert into notify.notification_lane (lane) values ('critical'), ('normal'), ('bulk');

create table notify.notification_tick (
  is_only boolean primary key default true,
  ticked_at timestamptz not null default '-infinity',
  partitioned_at timestamptz not null default '-infinity',
  constraint "there is one row" check (is_only)
) with (fillfactor = 50);
insert into notify.notification_tick default values;

create table notify.notification_worker (
  worker text primary key,
  version text,
  started_at timestamptz not null,
  beaten_at timestamptz not null,
  idle_lanes text[] not null default '{{}}',
  facts jsonb not null default '{{}}',
  is_draining boolean not null default false,
  paused_lanes text[] not null default '{{}}'
) with (fillfactor = 50);
"""

LOGINS = f"""
create table notify.login_scope (
  login name primary key,
  scope text not null,
  note text,
  constraint "the scope is TRUSTED or ALL" check (scope in ('TRUSTED', 'ALL'))
);
create table notify.login_enterprise (
  enterprise_id uuid not null,
  login name not null,
  primary key (enterprise_id, login),
  constraint "nobody is bound to the reserved enterprise" check (enterprise_id <> '{SHARED}')
);
create index login_enterprise_by_login on notify.login_enterprise (login);
"""

TABLES = [
    "typ_notification_category",
    "typ_notification_priority",
    "ent_notification_workflow",
    "ent_notification_template",
    "notification_workflow_version",
    "ent_notification_rule",
    "ent_notification",
    "notification_delivery",
    "notification_content",
    "notification_history",
    "notification_claim",
    "notification_lane",
    "notification_tick",
    "notification_worker",
    "login_scope",
    "login_enterprise",
]


def upgrade() -> None:
    for statements in (FUNCTIONS, TYPES, REFERENCE, WORKFLOWS, NOTIFICATIONS, COMPRESSION, WORK, LOGINS):
        op.execute(statements)
    for table in TABLES:
        op.execute(f"alter table notify.{table} owner to notify_owner")
    for table in ("notification_content_default", "notification_history_default"):
        op.execute(f"alter table notify_partition.{table} owner to notify_owner")
    for function in ("now", "current_enterprise_id", "new_id"):
        op.execute(f"alter function notify.{function}() owner to notify_owner")
    for type_name in ("notification_key", "delivery_key", "render_item", "answer"):
        op.execute(f"alter type engine.{type_name} owner to notify_engine")
        op.execute(f"grant usage on type engine.{type_name} to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
