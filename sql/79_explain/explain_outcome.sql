-- What became of a delivery for one of its recipients, on one channel: a word, a sentence, and when. What Novu tells of the recipient (p_receipt_status
-- and so on) says more than the delivery's own state: of what got no answer it may tell that it went out, and of what it stopped that it did not for
-- everybody. p_detail: what Novu said, where the caller may read that; p_cancellation: the status of the delivery's cancellation.
create or replace function engine.explain_outcome(
  p_delivery notify.notification_delivery,
  p_notification notify.ent_notification,
  p_is_blank boolean,
  p_receipt_status text,
  p_told_at timestamptz,
  p_detail text,
  p_cancellation text,
  out verdict text,
  out sentence text,
  out at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code text := p_delivery.error_details ->> 'code';
begin
  at := p_delivery.finished_at;
  if p_receipt_status in ('DISPATCHED', 'DELIVERED', 'SEEN', 'READ') then
    verdict := p_receipt_status;
    at := p_told_at;
    sentence := case verdict
      when 'DISPATCHED' then 'Novu''s provider took it; nothing is known of its arrival'
      when 'DELIVERED' then 'it was delivered'
      when 'SEEN' then 'it was delivered and seen'
      else 'it was delivered and read'
    end;
  elsif p_delivery.delivery_status = 'OPEN' then
    select w.verdict, w.sentence, w.at into verdict, sentence, at from engine.explain_wait(p_delivery, p_notification) as w;
  elsif p_delivery.delivery_status = 'RETRACTED' then
    verdict := 'RETRACTED';
    sentence := format('it was taken back before Novu had it: %s', coalesce(p_notification.retraction_reason, 'no reason was given'));
  elsif p_delivery.delivery_status = 'FAILED' then
    verdict := case
      when v_code = 'expired' then 'EXPIRED'
      when v_code like 'workflow\_%' then 'NO_WORKFLOW'
      when v_code in ('novu_ambiguous', 'novu_no_answer') then 'UNCERTAIN'
      when v_code like 'novu\_%' or p_delivery.http_status >= 400 then 'REFUSED_BY_NOVU'
      else 'NOT_RENDERED'
    end;
    sentence := format(
      '%s: %s',
      case verdict
        when 'EXPIRED' then 'it was too late'
        when 'NO_WORKFLOW' then 'there was no workflow to go by'
        when 'UNCERTAIN' then format('given up after attempt %s, and Novu may have taken it', p_delivery.attempt)
        when 'REFUSED_BY_NOVU' then format('given up after attempt %s', p_delivery.attempt)
        else 'it could not be rendered'
      end,
      p_delivery.error_details ->> 'message'
    );
  elsif p_is_blank then
    verdict := 'BLANK';
    sentence := 'the template''s text came out blank for this channel, so that it was left out';
  elsif p_receipt_status in ('FAILED', 'SKIPPED') then
    verdict := case p_receipt_status when 'FAILED' then 'UNDELIVERED' else 'SKIPPED' end;
    at := p_told_at;
    sentence := concat_ws(
      ': ',
      case verdict
        when 'UNDELIVERED' then 'Novu accepted it, and its provider could not deliver it'
        else 'Novu accepted it, and left this channel out'
      end,
      p_detail
    );
  elsif p_cancellation = 'STOPPED' then
    verdict := 'STOPPED';
    sentence := format(
      'Novu accepted it, and stopped what it still had of it when it was retracted: %s', p_notification.retraction_reason
    );
  else
    verdict := 'SENT';
    sentence := format('Novu accepted it at attempt %s; it has told nothing of it since', p_delivery.attempt);
  end if;
  if p_notification.notification_status = 'RETRACTED' and p_delivery.delivery_status = 'SENT' and verdict <> 'STOPPED' then
    sentence := format('%s; it was retracted at %s, too late to stop it', sentence, p_notification.retracted_at);
  end if;
end
$$;

alter function engine.explain_outcome(
  notify.notification_delivery, notify.ent_notification, boolean, text, timestamptz, text, text
) owner to notify_engine;
comment on function engine.explain_outcome(
  notify.notification_delivery, notify.ent_notification, boolean, text, timestamptz, text, text
) is 'What became of a delivery for a recipient on a channel.';
