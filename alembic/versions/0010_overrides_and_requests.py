"""Template overrides are of channels, and keys; what the engine asks of a worker has a type.

A database that was migrated by an early 0003 has the constraints already: they are made again.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHANNELS = "'EMAIL', 'IN_APP', 'SMS', 'PUSH', 'CHAT'"

# An override of a channel that there is not, or with something else than a key, did nothing.
OVERRIDES = f"""
update notify.ent_notification_workflow as w
set template_overrides = coalesce(
  (
    select jsonb_object_agg(o.key, o.value)
    from jsonb_each(w.template_overrides) as o
    where o.key in ({CHANNELS}) and jsonb_typeof(o.value) = 'string'
  ),
  '{{}}'
);
alter table notify.ent_notification_workflow
  drop constraint if exists "template overrides are of channels",
  drop constraint if exists "a template override is a key",
  add constraint "template overrides are of channels" check (template_overrides - array[{CHANNELS}] = '{{}}'),
  add constraint "a template override is a key"
  check (not jsonb_path_exists(template_overrides, '$.* ? (@.type() != "string")'));
"""

# One HTTP call, whatever it is for: worker_v1.render hands it out.
REQUEST = """
create type engine.request as (
  request_id text,
  kind text,
  attempt integer,
  target text,
  batch text,
  deadline double precision,
  method text,
  path text,
  headers jsonb,
  body text
);
alter type engine.request owner to notify_engine;
"""


def upgrade() -> None:
    op.execute(OVERRIDES)
    op.execute(REQUEST)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
