-- A member of a body that is a text; null: there is none.
create or replace function http_v1.read_text(p_body jsonb, p_member text) returns text
language sql
immutable
return case when jsonb_typeof(p_body -> p_member) = 'string' then p_body ->> p_member end;

alter function http_v1.read_text(jsonb, text) owner to notify_owner;
comment on function http_v1.read_text(jsonb, text) is 'A member of a body that is a text.';
