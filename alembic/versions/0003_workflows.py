"""Workflows and templates: what a version pins, templates by locale, in-app extras, an enterprise's settings, tests.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"
LOCALE = "'^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'"

# A template may stand once for each locale; '' is the one that all fall back to.
TEMPLATE = f"""
alter table notify.ent_notification_template
  add column locale text not null default '',
  add column extras jsonb not null default '{{}}',
  add column inlined_template text,
  add constraint "the locale is such as da or pt-BR" check (locale = '' or locale ~ {LOCALE}),
  add constraint "the extras are an object" check (jsonb_typeof(extras) = 'object'),
  add constraint "only IN_APP has extras" check (channel_type = 'IN_APP' or extras = '{{}}'),
  drop constraint ent_notification_template_enterprise_id_template_key_channe_key,
  add unique (enterprise_id, template_key, channel_type, locale);
"""

# What a version shows of its workflow, so that an edit of the draft changes nothing that is published.
VERSION = """
alter table notify.notification_workflow_version
  add column name text,
  add column description text,
  add column priority text,
  add column tags text[] not null default '{}',
  add column rolled_back_to integer;
update notify.notification_workflow_version as v
set name = w.name, description = w.description, priority = w.priority, tags = w.tags
from notify.ent_notification_workflow as w
where v.enterprise_id = w.enterprise_id and v.workflow_id = w.id;
alter table notify.notification_workflow_version
  alter column name set not null,
  alter column priority set not null,
  add constraint "it takes up an earlier version" check (rolled_back_to < version);
"""

# No check of the locale: what a platform inserts about an alarm must not fail for how it writes a language.
NOTIFICATION = """
alter table notify.ent_notification
  add column locale text,
  add column is_test boolean not null default false;
"""

SETTING = f"""
create table notify.notification_setting (
  enterprise_id uuid primary key default notify.current_enterprise_id(),
  locale text not null default '',
  time_zone text not null default 'UTC',
  sms_segment_limit integer not null default 3,
  updated_at timestamptz not null default notify.now(),
  constraint "the reserved enterprise has no settings" check (enterprise_id <> '{SHARED}'),
  constraint "the locale is such as da or pt-BR" check (locale = '' or locale ~ {LOCALE}),
  constraint "the SMS limit is from 1 to 10 segments" check (sms_segment_limit between 1 and 10)
);
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
        'notify.ent_notification_template'::regclass, 'notify.notification_workflow_version'::regclass,
        'notify.ent_notification'::regclass, 'notify.notification_setting'::regclass
      )
      and a.attstattarget <> 0
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""


def upgrade() -> None:
    for statements in (TEMPLATE, VERSION, NOTIFICATION, SETTING, NO_STATISTICS):
        op.execute(statements)
    op.execute("alter table notify.notification_setting owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
