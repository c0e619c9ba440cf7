-- The requests of the polls that this worker has just leased, each once. What needs no question any more, since webhooks told all of it or
-- the delivery is gone, gets none and ends here.
create or replace function engine.build_poll_requests(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from notify.notification_poll as p where p.is_chosen and p.claimed_by = p_worker and not p.is_handed_over
  ) then
    return;
  end if;
  delete from notify.notification_poll as p
  where
    p.is_chosen
    and p.claimed_by = p_worker
    and not p.is_handed_over
    and coalesce(engine.is_told(p.enterprise_id, p.notification_ids[1], p.numbers[1]), true);
  return query
  update notify.notification_poll as p
  set is_handed_over = true
  from notify.notification_delivery as d
  where
    p.is_chosen
    and p.claimed_by = p_worker
    and not p.is_handed_over
    and d.enterprise_id = p.enterprise_id
    and d.notification_id = p.notification_ids[1]
    and d.number = p.numbers[1]
  returning
    'poll/' || p.enterprise_id::text || '/' || p.poll_id::text,
    'receipt',
    p.attempt,
    p.target,
    null::text,
    extract(epoch from p.due_at - interval '1 second' - notify.now())::double precision * 2 / 3,
    'GET',
    format(
      case p.question
        when 'NOTIFICATIONS' then '/v1/notifications?transactionId=%s&page=%s&limit=50'
        else '/v1/messages?transactionId=%s&page=%s&limit=100'
      end, d.transaction_id, p.page
    ),
    '{}'::jsonb,
    null::text;
end
$$;

alter function engine.build_poll_requests(text) owner to notify_engine;
comment on function engine.build_poll_requests(text) is 'The requests of the polls that a worker has just leased.';
