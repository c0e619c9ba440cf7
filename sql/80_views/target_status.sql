-- The targets (Novu environments): whether each is called, how many tokens it has left, and what went wrong last.
create or replace view notify.target_status with (security_invoker = true) as
select
  f.target,
  f.owner_enterprise_id,
  case
    when f.is_paused then 'PAUSED'
    when f.open_until > notify.now() then 'OPEN'
    else 'CLOSED'
  end as breaker,
  f.open_until,
  f.failure_count,
  f.last_verdict,
  f.last_error,
  f.failed_at,
  f.tokens_per_second,
  f.burst,
  f.tokens_left
from engine.target_figures() as f;

alter view notify.target_status owner to notify_owner;
grant select on notify.target_status to notify_analyst_all, notify_admin;
comment on view notify.target_status is 'The targets, a row each: whether it is called, how many tokens it has left, and what went wrong last.';
comment on column notify.target_status.target is 'Its name; default is the one that enterprises share.';
comment on column notify.target_status.owner_enterprise_id is 'Whose it is; null: it is shared, or nobody''s.';
comment on column notify.target_status.breaker is 'CLOSED: it is called; OPEN: nothing but the critical lane is, until open_until; PAUSED: nothing is, until an admin resumes it.';
comment on column notify.target_status.open_until is 'Until when the breaker is or was open; null: closed by a call that went well, or never opened.';
comment on column notify.target_status.failure_count is 'Reports in a row of which Novu took no call.';
comment on column notify.target_status.last_verdict is 'What the last failure was: STOP (key, plan or URL is refused), AWAY (can''t be reached), RETRY or AMBIGUOUS.';
comment on column notify.target_status.last_error is 'What it said.';
comment on column notify.target_status.failed_at is 'When it failed last.';
comment on column notify.target_status.tokens_per_second is 'Tokens that come a second; null: it has no limit.';
comment on column notify.target_status.burst is 'The most tokens that gather.';
comment on column notify.target_status.tokens_left is 'Tokens that are left now; null: it has no limit.';
