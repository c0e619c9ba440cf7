-- Forgets the webhooks of more than 30 days ago, up to p_most: Novu calls none again after that.
create or replace function engine.prune_webhooks(p_most integer) returns integer
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
    limit p_most
  );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_webhooks(integer) owner to notify_engine;
comment on function engine.prune_webhooks(integer) is 'Forgets webhooks of more than 30 days ago; returns how many.';
