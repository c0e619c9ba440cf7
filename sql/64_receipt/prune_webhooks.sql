-- Forgets the webhooks of more than 30 days ago, some thousands a call: Novu calls none again after that.
create or replace function engine.prune_webhooks() returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  delete from notify.notification_webhook as w
  where (w.target, w.webhook_id) in (
    select o.target, o.webhook_id
    from notify.notification_webhook as o
    where o.received_at < notify.now() - interval '30 days'
    order by o.received_at
    limit 100000
  );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_webhooks() owner to notify_engine;
comment on function engine.prune_webhooks() is 'Forgets webhooks of more than 30 days ago; returns how many.';
