-- The schemas of XNovu, and what their objects grant by default: nothing to anybody.
create schema if not exists notify;
alter schema notify owner to notify_owner;
comment on schema notify is 'XNovu for people: tables, status views, and the functions that platform, managers, admins and analysts call.';

create schema if not exists template;
alter schema template owner to notify_owner;
comment on schema template is 'The template engine: Python functions, and the SQL functions that wrap them.';

create schema if not exists notify_partition;
alter schema notify_partition owner to notify_owner;
comment on schema notify_partition is 'The daily partitions of content and history; read through their parents only.';

create schema if not exists engine;
alter schema engine owner to notify_engine;
comment on schema engine is 'What the insert trigger and the worker functions are made of; called by nobody directly.';

create schema if not exists worker_v1;
alter schema worker_v1 owner to notify_engine;
comment on schema worker_v1 is 'The worker''s whole world, first version: claim, render, report, extend, tick, beat.';

create schema if not exists http_v1;
alter schema http_v1 owner to notify_owner;
comment on schema http_v1 is 'The HTTP face''s whole world, first version: a function a route.';

grant usage on schema notify to
notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
grant usage on schema template to notify_engine;
grant usage on schema engine to notify_owner;
grant usage on schema worker_v1 to notify_worker;
grant usage on schema http_v1 to notify_http;
-- What the face does for Novu, and for who watches over it, is the engine's: it is asked without any enterprise.
grant usage, create on schema http_v1 to notify_engine;

-- Whoever creates a function here grants it by name: PUBLIC, that is every login, gets nothing by default.
alter default privileges for role notify_migrator revoke execute on functions from public;
alter default privileges for role notify_owner revoke execute on functions from public;
alter default privileges for role notify_engine revoke execute on functions from public;
alter default privileges for role notify_migrator revoke usage on types from public;
