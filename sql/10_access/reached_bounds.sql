-- The lowest and the highest enterprise of a login that reads all, for the policies of those roles. As a range, an index can serve it whether
-- the login reads all enterprises or the one in its context. Never the range around the enterprises that a login is bound to: what
-- lies between these would be read and then filtered out, which EXPLAIN counts.
create or replace function notify.lowest_reached() returns uuid
language sql
stable
parallel safe
return case
  when notify.reaches_all() then '00000000-0000-0000-0000-000000000000'::uuid
  else notify.current_enterprise_id()
end;

create or replace function notify.highest_reached() returns uuid
language sql
stable
parallel safe
return case
  when notify.reaches_all() then 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
  else notify.current_enterprise_id()
end;

alter function notify.lowest_reached() owner to notify_owner;
alter function notify.highest_reached() owner to notify_owner;
grant execute on function notify.lowest_reached() to notify_owner, notify_analyst_all, notify_admin;
grant execute on function notify.highest_reached() to notify_owner, notify_analyst_all, notify_admin;
comment on function notify.lowest_reached() is 'The lowest id that a login which reads all reaches with its present context.';
comment on function notify.highest_reached() is 'The highest id that a login which reads all reaches with its present context.';
