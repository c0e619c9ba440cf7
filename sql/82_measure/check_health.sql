-- GET /api/health: the platform's view of the system, each thing with a status and a figure; 503 when one of them failed.
create or replace function http_v1.check_health(p_release jsonb) returns http_v1.answer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select (
    case t.status when 'failed' then 503 else 200 end,
    null,
    json_build_object('status', t.status, 'checks', t.checks)::text
  )::http_v1.answer
  from (
    select
      json_agg(
        json_build_object(
          'name', j.name, 'status', j.status, 'figure', round(j.figure::numeric, 3), 'unit', j.unit, 'note', j.note
        )
        order by j.place
      ) as checks,
      case
        when bool_or(j.status = 'failed') then 'failed'
        when bool_or(j.status in ('warning', 'unknown')) then 'warning'
        else 'ok'
      end as status
    from (
      select
        c.*,
        case
          when c.figure is null then 'unknown'
          when c.figure > c.fail_above then 'failed'
          when c.figure > c.warn_above then 'warning'
          else 'ok'
        end as status
      from engine.list_checks(p_release) as c
    ) as j
  ) as t
$$;

alter function http_v1.check_health(jsonb) owner to notify_engine;
grant execute on function http_v1.check_health(jsonb) to notify_http;
comment on function http_v1.check_health(jsonb) is
'GET /api/health: whether the system is well, thing by thing. Takes what of the release should be there.';
