-- How many calls a target takes: Novu's own limit, counted in tokens. A target without a row has none. The admin's; the engine reads.
alter table notify.notification_target_limit enable row level security;
alter table notify.notification_target_limit force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_target_limit;
create policy "the engine sees every enterprise" on notify.notification_target_limit
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_target_limit;
create policy "an admin manages what it reaches" on notify.notification_target_limit
for all to notify_admin
using ((select notify.is_admin()));

grant select on notify.notification_target_limit to notify_engine;
grant select on notify.notification_target_limit to notify_admin;
grant insert (
  target,
  tokens_per_second,
  burst,
  bulk_cost,
  critical_share,
  polls_per_second,
  note
) on notify.notification_target_limit to notify_admin;
grant update (
  tokens_per_second,
  burst,
  bulk_cost,
  critical_share,
  polls_per_second,
  note
) on notify.notification_target_limit to notify_admin;
grant delete on notify.notification_target_limit to notify_admin;

create or replace trigger audit after insert or update or delete on notify.notification_target_limit
for each row execute function notify.record_change('target');

comment on table notify.notification_target_limit is 'Novu''s rate limit of a target, which all workers share. A target without a row has no limit, as with a self-hosted Novu.';
comment on column notify.notification_target_limit.target is 'Name of the target; default is the one that enterprises share.';
comment on column notify.notification_target_limit.tokens_per_second is 'Tokens that come a second. Novu''s cloud gives 60 (free), 240 (pro), 600 (team) or 6,000 (enterprise).';
comment on column notify.notification_target_limit.burst is 'The most tokens that gather while nothing is sent.';
comment on column notify.notification_target_limit.bulk_cost is 'What a bulk costs, whatever its size; a single event costs 1. Fewer events than this go one by one.';
comment on column notify.notification_target_limit.critical_share is 'The part of the burst that only the critical lane may use.';
comment on column notify.notification_target_limit.polls_per_second is 'How often a second, at most, Novu is asked there what became of deliveries; 0: never. A target without a row: 10. Each costs a token, from what sends leave of the upper half of the burst.';
comment on column notify.notification_target_limit.note is 'What it is about.';
