-- Triggers events of the enterprise in the context, an answer each: those that can be sent are inserted in one statement, whatever becomes of the
-- others. An idempotency key that was used already is answered with its notification, if that is the same.
create or replace function http_v1.trigger_events(p_events jsonb[]) returns http_v1.answer[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_answers http_v1.answer[] := array_fill(null::http_v1.answer, array[cardinality(p_events)]);
  v_rows notify.ent_notification[] := array_fill(null::notify.ent_notification, array[cardinality(p_events)]);
  v_ids uuid[] := '{}';
  v_row notify.ent_notification;
  v_enterprise_id uuid := notify.current_enterprise_id();
  v_errors jsonb;
  v_place integer;
  v_transactions jsonb;
begin
  for v_place in 1 .. cardinality(p_events) loop
    v_errors := http_v1.find_malformed(p_events[v_place]);
    if v_errors is not null then
      v_answers[v_place] := http_v1.refuse_malformed(v_errors);
    elsif (p_events[v_place] ->> 'enterpriseId')::uuid <> v_enterprise_id then
      v_answers[v_place] := http_v1.refuse_enterprise();
    elsif coalesce(p_events[v_place] -> 'notificationId', 'null') <> 'null' then
      v_answers[v_place] := http_v1.trigger_again(p_events[v_place]);
    else
      v_row := http_v1.read_event(p_events[v_place]);
      v_answers[v_place] := http_v1.refuse_event(v_row);
      if (v_answers[v_place]).status is null then
        v_rows[v_place] := v_row;
        v_ids := v_ids || v_row.id;
      elsif
        exists (
          select
          from notify.ent_notification as n
          where n.enterprise_id = v_enterprise_id and n.idempotency_key = v_row.idempotency_key
        )
      then
        v_answers[v_place] := http_v1.show_earlier(v_row); -- it was taken when it could be sent
      end if;
    end if;
  end loop;

  if cardinality(v_ids) > 0 then
    insert into notify.ent_notification (
      enterprise_id, id, workflow_key, payload, recipients, recipient_payload, recipient_attributes, channels, overrides, tags,
      priority, name, building, time_zone, locale, is_drill, scheduled_for, expires_at, idempotency_key
    )
    select
      r.enterprise_id, r.id, r.workflow_key, r.payload, r.recipients, r.recipient_payload, r.recipient_attributes, r.channels,
      r.overrides, r.tags, r.priority, r.name, r.building, r.time_zone, r.locale, r.is_drill, r.scheduled_for, r.expires_at,
      r.idempotency_key
    from unnest(v_rows) as r
    where r.id is not null
    on conflict (enterprise_id, idempotency_key) where idempotency_key is not null do nothing;

    -- Which were made is told by their deliveries: each look at a table asks the policies, and a RETURNING would as well.
    select jsonb_object_agg(i.id, d.transaction_id) into v_transactions
    from unnest(v_ids) as i (id)
    cross join lateral (
      select w.transaction_id
      from notify.notification_delivery as w
      where w.enterprise_id = v_enterprise_id and w.notification_id = i.id and w.number = 1
      offset 0
    ) as d;
  end if;

  for v_place in 1 .. cardinality(p_events) loop
    if (v_answers[v_place]).status is null then
      v_row := v_rows[v_place];
      v_answers[v_place] := case
        when v_transactions ? v_row.id::text
          then http_v1.say(
            201,
            jsonb_build_object(
              'notificationId', v_row.id, 'status', 'PENDING', 'workflowId', v_row.workflow_key, 'enterpriseId', v_enterprise_id,
              'transactionId', v_transactions -> v_row.id::text
            )
          )
        else http_v1.show_earlier(v_row)
      end;
    end if;
  end loop;
  return v_answers;
end
$$;

alter function http_v1.trigger_events(jsonb[]) owner to notify_owner;
comment on function http_v1.trigger_events(jsonb[]) is 'Triggers events of the enterprise in the context; an answer each.';
