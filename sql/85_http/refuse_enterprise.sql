-- The same for an enterprise that there is not and for one that the key is not for.
create or replace function http_v1.refuse_enterprise() returns http_v1.answer
language sql
immutable
return http_v1.refuse(403, 'enterprise_refused', 'This API key is not for this enterprise.');

alter function http_v1.refuse_enterprise() owner to notify_owner;
comment on function http_v1.refuse_enterprise() is 'The refusal of an enterprise that the key is not for.';
