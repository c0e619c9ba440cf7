-- Whether anything at all is paused or any breaker is open: the cheap question before the dear ones.
create or replace function engine.is_anything_held() returns boolean
language sql
stable
parallel safe
return (
  exists (select from notify.notification_pause)
  or exists (
    select
    from notify.notification_target_state as s
    where s.open_until > notify.now()
  )
);

alter function engine.is_anything_held() owner to notify_engine;
comment on function engine.is_anything_held() is 'Whether anything is paused or any breaker is open.';
