-- The templates that a channel of a workflow needs: its entry template and all that it includes, directly or not, each in all its locales.
-- An enterprise's own comes before the shared one of the same locale; its own default variant hides all that is shared under that
-- key. The body is as it is published: inlined, where there was something to inline. Called under the caller's reach.
drop function if exists notify.collect_templates(uuid, text, text); -- as it was before locales
create or replace function notify.collect_templates(
  p_enterprise_id uuid,
  p_channel_type text,
  p_template_key text
) returns table (
  enterprise_id uuid,
  template_key text,
  locale text,
  subject_template text,
  body_template text,
  extras jsonb
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_wanted text[] := array[p_template_key];
  v_seen text[] := '{}';
  v_row record;
begin
  while cardinality(v_wanted) > 0 loop
    v_seen := v_seen || v_wanted;
    for v_row in
      select distinct on (t.template_key, t.locale)
        t.enterprise_id, t.template_key, t.locale, t.subject_template,
        coalesce(t.inlined_template, t.body_template) as body_template, t.extras
      from notify.ent_notification_template as t
      where
        t.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
        and t.channel_type = p_channel_type
        and t.template_key = any(v_wanted)
        and (
          t.enterprise_id = p_enterprise_id
          or not exists (
            select
            from notify.ent_notification_template as o
            where
              o.enterprise_id = p_enterprise_id
              and o.template_key = t.template_key
              and o.channel_type = t.channel_type
              and o.locale = ''
          )
        )
      order by t.template_key, t.locale, (t.enterprise_id = p_enterprise_id) desc
    loop
      enterprise_id := v_row.enterprise_id;
      template_key := v_row.template_key;
      locale := v_row.locale;
      subject_template := v_row.subject_template;
      body_template := v_row.body_template;
      extras := v_row.extras;
      return next;
      v_wanted := v_wanted || template.find_includes(v_row.body_template) || template.find_includes(v_row.subject_template);
    end loop;
    v_wanted := array(select distinct w from unnest(v_wanted) as w where w <> all(v_seen));
  end loop;
end
$$;

alter function notify.collect_templates(uuid, text, text) owner to notify_owner;
comment on function notify.collect_templates(uuid, text, text) is
'The templates that a channel needs, from its entry template down, in all their locales; an enterprise''s own before the shared one.';
