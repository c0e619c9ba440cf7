-- A JSON Schema of an object with these properties and no others, as Novu's protocol has them.
create or replace function engine.bridge_schema(p_properties jsonb, p_required text[]) returns jsonb
language sql
immutable
parallel safe
return jsonb_build_object(
  'type', 'object', 'properties', p_properties, 'required', to_jsonb(p_required), 'additionalProperties', false
);

alter function engine.bridge_schema(jsonb, text[]) owner to notify_engine;
comment on function engine.bridge_schema(jsonb, text[]) is 'A JSON Schema of an object with these properties alone.';
