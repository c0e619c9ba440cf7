-- The answer about a limit: its headers, and a refusal where nothing could be taken (p_taken is null).
create or replace function http_v1.limited(
  p_limit notify.notification_api_limit, p_taken double precision, p_left double precision
) returns http_v1.answer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_headers jsonb := jsonb_build_object(
    'RateLimit-Limit', p_limit.burst::text,
    'RateLimit-Remaining', greatest(floor(p_left), 0)::bigint::text,
    'RateLimit-Reset', ceil((p_limit.burst - p_left) / p_limit.requests_per_second)::bigint::text
  );
  v_wait bigint := greatest(ceil((1 - p_left) / p_limit.requests_per_second), 1);
begin
  if p_taken is not null then
    return row(null, v_headers, null)::http_v1.answer;
  end if;
  return http_v1.refuse(
    429, 'too_many_requests', format('This API key has made too many requests: wait %s s.', v_wait), '{}',
    v_headers || jsonb_build_object('Retry-After', v_wait::text)
  );
end
$$;

alter function http_v1.limited(notify.notification_api_limit, double precision, double precision) owner to notify_owner;
comment on function http_v1.limited(notify.notification_api_limit, double precision, double precision) is 'The answer about a limit.';
