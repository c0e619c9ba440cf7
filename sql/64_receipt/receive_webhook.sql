-- One webhook of a target, whose signature was checked where the secret is: kept once by its id, and applied to its delivery. Answers 200
-- also to what is of no use here: Novu would only send it again.
create or replace function http_v1.receive_webhook(p_target text, p_webhook_id text, p_body text) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event jsonb;
  v_receipt engine.receipt;
  v_outcome text;
begin
  begin
    v_event := p_body::jsonb;
  exception
    when data_exception or program_limit_exceeded then
      v_event := null;
  end;
  if coalesce(jsonb_typeof(v_event), '') <> 'object' then
    return http_v1.refuse_malformed('[{"path": "", "message": "The body is not the JSON of an object."}]');
  end if;
  insert into notify.notification_webhook (target, webhook_id, event_type, outcome)
  values (p_target, p_webhook_id, left(v_event ->> 'type', 100), 'IGNORED')
  on conflict (target, webhook_id) do nothing;
  if not found then
    return (200, null, '{"outcome": "REPEATED"}')::http_v1.answer;
  end if;
  v_receipt := engine.read_webhook(p_target, v_event);
  v_outcome := case
    when v_receipt.receipt_status is null then 'IGNORED'
    when v_receipt.number is null then 'UNMATCHED'
    when engine.record_receipts(array[v_receipt]) > 0 then 'APPLIED'
    else 'KNOWN'
  end;
  update notify.notification_webhook as w
  set outcome = v_outcome, transaction_id = v_receipt.transaction_id
  where w.target = p_target and w.webhook_id = p_webhook_id;
  return (200, null, json_build_object('outcome', v_outcome)::text)::http_v1.answer;
end
$$;

alter function http_v1.receive_webhook(text, text, text) owner to notify_engine;
grant execute on function http_v1.receive_webhook(text, text, text) to notify_http;
grant execute on function http_v1.refuse_malformed(jsonb) to notify_engine;
grant execute on function http_v1.refuse(integer, text, text, jsonb, jsonb) to notify_engine;
grant execute on function http_v1.say(integer, jsonb, jsonb) to notify_engine;
comment on function http_v1.receive_webhook(text, text, text) is
'Takes one webhook of a target: keeps it once by its id, and applies it to its delivery as a receipt.';
