-- Whether overrides reach for what is not the enterprise's own. On a Novu environment that enterprises share, some keys choose other
-- recipients, devices, senders, integrations or topics, and Novu's providers learn new ones; so what looks and sounds may be
-- overridden by name, and nothing else. Within a platform's part of a push message, which is passed on as it is, no key may address.
create or replace function engine.overrides_stray(p_overrides jsonb) returns boolean
language sql
immutable
parallel safe
return (
  jsonb_path_exists(
    p_overrides,
    '$.keyvalue() ? (!(@.key like_regex "^(email|in_app|sms|push|chat|fcm|apns|expo|one-signal|pushpad)$"))'
  )
  or jsonb_path_exists(p_overrides, '$.* ? (@.type() != "object")')
  or jsonb_path_exists(
    p_overrides,
    (
      '$.*.keyvalue() ? (!(@.key like_regex "^(senderName|subject|title|subtitle|body|content|sound|badge|icon|image|'
      || 'color|tag|priority|ttl|timeToLive|expiration|collapseKey|clickAction|category|threadId|interruptionLevel|'
      || 'relevanceScore|contentAvailable|mutableContent|data|android|apns|webpush)$"))'
    )::jsonpath
  )
  or jsonb_path_exists(
    p_overrides,
    (
      '$.*.keyvalue() ? (@.key == "android" || @.key == "apns" || @.key == "webpush").value.** '
      || '? (@.type() == "object").keyvalue() ? ('
      || '@.key like_regex "(token|topic|condition|recipient|subscriber|address|phone|email)" flag "i" '
      || '|| @.key like_regex "^(to|cc|bcc|from|replyTo)$" flag "i")'
    )::jsonpath
  )
);

alter function engine.overrides_stray(jsonb) owner to notify_engine;
grant execute on function engine.overrides_stray(jsonb) to notify_owner;
comment on function engine.overrides_stray(jsonb) is 'Whether overrides name what may belong to another enterprise of a Novu environment.';
