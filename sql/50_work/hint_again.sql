-- Queues those of the deliveries again that are still to be claimed, one message each, to be seen in a second.
create or replace function engine.hint_again(p_lane text, p_keys engine.delivery_key[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_messages jsonb[];
begin
  select array_agg(
    jsonb_build_object(
      'enterprise_id', d.enterprise_id, 'deliveries', jsonb_build_array(jsonb_build_array(d.notification_id, d.number))
    ) || case when d.is_alone then '{"alone": true}' else '{}' end::jsonb
  )
  into v_messages
  from unnest(p_keys) as k
  inner join notify.notification_delivery as d
    on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
  where d.delivery_status = 'OPEN' and d.claim_id is null and d.due_at is null;
  if v_messages is not null then
    perform pgmq.send_batch(p_lane, v_messages, 1);
  end if;
end
$$;

alter function engine.hint_again(text, engine.delivery_key[]) owner to notify_engine;
comment on function engine.hint_again(text, engine.delivery_key[]) is 'Queues deliveries again that could not be claimed now.';
