-- To how many recipients an enterprise may send now; null: it has no limit. A parsed body, so that the planner inlines it.
create or replace function engine.allowance(p_enterprise_id uuid) returns double precision
language sql
stable
parallel safe
return (
  select
    least(
      l.burst,
      coalesce(s.allowance, l.burst)
      + coalesce(extract(epoch from notify.now() - s.refilled_at), 0) * l.recipients_per_minute / 60
    )
  from (select p_enterprise_id as enterprise_id) as e
  inner join notify.notification_enterprise_limit as l on e.enterprise_id = l.enterprise_id
  left join notify.notification_enterprise_state as s on l.enterprise_id = s.enterprise_id
);

alter function engine.allowance(uuid) owner to notify_engine;
comment on function engine.allowance(uuid) is 'To how many recipients an enterprise may send now; null: it has no limit.';
