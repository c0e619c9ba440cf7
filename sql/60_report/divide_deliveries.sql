-- Divides deliveries that Novu refused into one a recipient, each under a transaction id of its own, for Novu may have seen the old
-- one, and says so in the history. An emergency that was refused for a single recipient goes out without that one's attributes, with a
-- warning on the row. The caller holds the locks of the notifications.
create or replace function engine.divide_deliveries(p_keys engine.delivery_key[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key engine.delivery_key;
  v_old notify.notification_delivery;
  v_last integer;
begin
  foreach v_key in array p_keys loop
    select d.* into v_old
    from notify.notification_delivery as d
    where d.enterprise_id = v_key.enterprise_id and d.notification_id = v_key.notification_id and d.number = v_key.number;
    select max(d.number) into v_last
    from notify.notification_delivery as d
    where d.enterprise_id = v_key.enterprise_id and d.notification_id = v_key.notification_id;

    insert into notify.notification_delivery (
      enterprise_id, notification_id, number, transaction_id, lane, recipients, attributes, due_at, target, doubtful_ids, error_details,
      http_status
    )
    select
      v_old.enterprise_id, v_old.notification_id, v_last + r.place::integer - 1,
      notify.new_transaction_id(v_old.notification_id), v_old.lane, array[r.recipient],
      engine.attributes_of(v_old.attributes, r.recipient), v_old.due_at, v_old.target, v_old.doubtful_ids,
      v_old.error_details, v_old.http_status
    from unnest(v_old.recipients) with ordinality as r (recipient, place)
    where r.place > 1;

    update notify.notification_delivery as d
    set
      recipients = v_old.recipients[1:1],
      attributes = case
        when v_old.recipient_count > 1 then engine.attributes_of(v_old.attributes, v_old.recipients[1])
      end,
      transaction_id = notify.new_transaction_id(v_key.notification_id)
    where d.enterprise_id = v_key.enterprise_id and d.notification_id = v_key.notification_id and d.number = v_key.number;

    insert into notify.notification_history
      (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
    values (
      v_key.enterprise_id, v_key.notification_id, notify.now(), 'PROCESSING', 'PROCESSING', 'Novu',
      case
        when v_old.recipient_count > 1
          then format(
            'delivery %s was refused: it goes on as %s deliveries of one recipient each, under new transaction ids',
            v_key.number, v_old.recipient_count
          )
        else format(
          'delivery %s was refused: it goes on without the recipient''s attributes, under a new transaction id', v_key.number
        )
      end
    );
    if v_old.recipient_count = 1 then
      update notify.ent_notification as n
      set warnings = coalesce(n.warnings, '[]') || jsonb_build_object(
        'code', 'recipient_attributes_refused', 'field', 'recipient_attributes',
        'message', 'Novu refused a recipient''s attributes; that one gets it by what Novu knows already'
      )
      where
        n.enterprise_id = v_key.enterprise_id
        and n.id = v_key.notification_id
        and not coalesce(n.warnings @> '[{"code": "recipient_attributes_refused"}]', false);
    end if;
  end loop;
end
$$;

alter function engine.divide_deliveries(engine.delivery_key[]) owner to notify_engine;
comment on function engine.divide_deliveries(engine.delivery_key[]) is
'Divides deliveries that Novu refused into one a recipient, under new transaction ids.';
