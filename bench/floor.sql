-- The renderer of the floor: as plain as a render can be. The templates are compiled once, minijinja does the rest, and
-- what comes out is the body of a bulk POST.
create function floor_render(
  p_templates text, p_ids uuid[], p_enterprises uuid[], p_recipients uuid[], p_payloads jsonb[]
) returns text
language plpython3u
as $$
import json
import minijinja
import orjson
environment = GD.get("floor")
if environment is None:
    environment = GD["floor"] = minijinja.Environment(
        templates=json.loads(p_templates), auto_escape_callback=lambda name: not name.endswith("subject")
    )
render = environment.render_template
events = []
for id, enterprise, recipient, payload in zip(p_ids, p_enterprises, p_recipients, p_payloads):
    values = orjson.loads(payload)
    events.append({
        "name": "bench-alarm",
        "to": [f"{enterprise}:{recipient}"],
        "transactionId": id,
        "context": {"tenant": enterprise},
        "payload": {
            "email": {"subject": render("subject", **values), "body": render("body", **values)},
            "in_app": {"subject": render("in_app_subject", **values), "body": render("in_app_body", **values)},
        },
    })
return orjson.dumps({"events": events}).decode()
$$;
