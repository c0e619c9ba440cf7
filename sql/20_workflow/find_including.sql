-- The keys of the templates that include one of these on a channel, directly or not, and these themselves: of the enterprise
-- and what is shared. A text that doesn't hold the key is not looked into.
create or replace function notify.find_including(p_enterprise_id uuid, p_channel_type text, p_keys text[])
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := p_keys;
  v_found text[] := p_keys;
begin
  while cardinality(v_found) > 0 loop
    v_found := array(
      select distinct t.template_key
      from notify.ent_notification_template as t
      where
        t.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
        and t.channel_type = p_channel_type
        and t.template_key <> all(v_keys)
        and exists (
          select
          from unnest(v_found) as f
          where strpos(t.body_template, f) > 0 or strpos(t.subject_template, f) > 0
        )
        and (template.find_includes(t.body_template) || template.find_includes(t.subject_template)) && v_found
    );
    v_keys := v_keys || v_found;
  end loop;
  return v_keys;
end
$$;

alter function notify.find_including(uuid, text, text[]) owner to notify_owner;
comment on function notify.find_including(uuid, text, text[]) is 'The keys of the templates that include one of these, and these.';
