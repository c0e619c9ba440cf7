-- Who acts, as histories tell it: the login, or the API key by which a login of the HTTP face does.
create or replace function notify.actor() returns text
language sql
stable
return case
  when
    coalesce(pg_catalog.current_setting('app.api_key_proof', true), '') <> ''
    and pg_catalog.pg_has_role(session_user, 'notify_http', 'member')
    then pg_catalog.current_setting('app.current_user_id', true)
  else session_user
end;

alter function notify.actor() owner to notify_owner;
comment on function notify.actor() is 'Who acts: the login, or the API key by which the HTTP face does.';
