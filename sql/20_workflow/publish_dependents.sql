-- Publishes the workflows that use a template, after it was changed: those that are named, or all that are published. Each is checked
-- like any other; if one is refused, none is published. It publishes what the caller manages; an admin without a context sees in the
-- answer, without a version, which enterprises' own workflows still have the old text: their drafts are theirs.
create or replace function notify.publish_dependents(
  p_template_key text,
  p_note text default null,
  p_workflow_keys text[] default null
) returns table (enterprise_id uuid, workflow_key text, version integer, remark text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_manager uuid := notify.managed_enterprise_id();
  v_dependents record;
  v_stray text;
begin
  select string_agg(quote_literal(k), ', ') into v_stray
  from unnest(p_workflow_keys) as k
  where k not in (
    select d.workflow_key from notify.list_dependents(p_template_key) as d where d.enterprise_id = v_manager
  );
  if v_stray is not null then
    raise exception using
      errcode = 'XN107',
      message = format('no workflow here with the key %s uses template %L', v_stray, p_template_key),
      hint = format('select * from notify.list_dependents(%L) shows those that do.', p_template_key);
  end if;
  for v_dependents in
    select d.*
    from notify.list_dependents(p_template_key) as d
    where case
      when p_workflow_keys is null then d.published_version is not null
      else d.workflow_key = any(p_workflow_keys) and d.enterprise_id = v_manager
    end
  loop
    enterprise_id := v_dependents.enterprise_id;
    workflow_key := v_dependents.workflow_key;
    if v_dependents.enterprise_id <> v_manager then
      version := null;
      remark := 'an enterprise''s own: publish it in its context';
    elsif v_dependents.is_in_draft then
      version := notify.publish(v_dependents.workflow_key, coalesce(p_note, 'template ' || p_template_key || ' changed'));
      remark := null;
    else
      version := null;
      remark := 'its draft uses the template no more';
    end if;
    return next;
  end loop;
end
$$;

alter function notify.publish_dependents(text, text, text[]) owner to notify_owner;
grant execute on function notify.publish_dependents(text, text, text[]) to notify_manager, notify_admin;
comment on function notify.publish_dependents(text, text, text[]) is
'Publishes the workflows that use a template, all that are published or those named: select * from notify.publish_dependents(''footer'', ''new address''), or …(''footer'', ''new address'', array[''fire-drill'']). All or none.';
