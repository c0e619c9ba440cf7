-- The error details of what is not rendered any more, because rendering it ended the database process too often.
create or replace function engine.crashed_fault(p_strikes integer) returns jsonb
language sql
stable
parallel safe
return jsonb_build_object(
  'code', 'render_crashed',
  'message', 'rendering it ended the database process ' || case p_strikes
    when 2 then 'twice'
    when 3 then 'three times'
    else p_strikes::text || ' times'
  end
);

alter function engine.crashed_fault(integer) owner to notify_engine;
comment on function engine.crashed_fault(integer) is 'Error details for a notification that is rendered no more.';
