"""What rendering costs inside PostgreSQL: template.render_batch beside a bare render, minijinja and JSON decoding."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from tests.cluster import Connection, Database

from bench.budget import Budget
from bench.outcome import Outcome
from bench.timing import VoidError, microseconds

BUDGET = 60.0
"""Microseconds for one email."""

_BATCH = 100

# Twenty values: fourteen of the payload, five of the notification, and one of the loop's; the loop, ten times.
_ROW = '<tr><td>{{ row.name }}</td><td align="right">{{ row.state }}</td></tr>\n'
_BODY = """<h1 style="color:#1f4e79">{{ title | upper }}</h1>
<p>Dear {{ first_name }} {{ last_name }}, at {{ time }} on {{ date }} the alarm {{ alarm }} was raised on floor
<strong>{{ floor }}</strong> of {{ notification.building }}, in the zone {{ zone }}.</p>
<p>{{ notification.name }}: {{ cause | default("the cause is not known yet") }}. Go to {{ assembly_point }} by the
stairs of {{ stairs }}. Priority {{ notification.priority }}.</p>
<table cellpadding="4">
{% for row in rows %}ROW{% endfor %}</table>
<p>Ask {{ contact }}, <a href="tel:{{ phone }}">{{ phone }}</a>, or see
<a href="{{ url }}">the plan of {{ site | upper }}</a>.</p>
""".replace("ROW", _ROW)
_HEADER = """<!doctype html>
<html><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body style="margin:0;font-family:Arial,sans-serif">
<table width="100%" cellpadding="16"><tr><td style="background:#1f4e79;color:#fff">{{ notification.building }}</td></tr>
<tr><td>
"""
_FOOTER = """</td></tr><tr><td style="font-size:12px">
Sent to {{ email }} because {{ reason | default("you work here") }}.
{{ notification.id }}</td></tr></table></body></html>
"""
_SUBJECT = "{{ title | upper }}, floor {{ floor }}"

_CONTEXT = {
    "id": "0198c0de-0000-7000-8000-000000000001",
    "enterprise_id": "aaaaaaaa-0000-4000-8000-000000000001",
    "name": "Fire alarm",
    "building": "Harbour Tower",
    "time_zone": "Europe/Copenhagen",
    "is_drill": False,
    "priority": "CRITICAL",
    "created_at": "2026-03-01T09:30:00+00:00",
    "locale": "en-GB",
    "is_test": False,
    "settings": {"locale": "", "time_zone": "UTC", "sms_segment_limit": 3},
}

# As plain as a render can be: the templates are compiled once, the payload is decoded, minijinja does the rest.
_BARE = """
create function public.bare_render(p_bundle text, p_payloads text[], p_contexts text[]) returns setof text
language plpython3u as $python$
import json
import minijinja
import orjson
environment = GD.get("bare")
if environment is None:
    environment = GD["bare"] = minijinja.Environment(
        templates=json.loads(p_bundle), auto_escape_callback=lambda name: name != "subject"
    )
render = environment.render_template
for payload, context in zip(p_payloads, p_contexts):
    values = orjson.loads(payload)
    values["notification"] = orjson.loads(context)
    email = {"subject": render("subject", **values), "body": render("body", **values)}
    yield orjson.dumps({"email": email}).decode()
$python$
"""
# What came of a batch, and how long it took by the server's clock: neither the network nor the client is in it.
_TIMED = """
create function public.timed_{name}({parameters}) returns table (emails text, seconds float)
language plpgsql as $$
declare
  v_started timestamptz := clock_timestamp();
begin
  {query};
  seconds := extract(epoch from clock_timestamp() - v_started);
  return next;
end
$$;
"""
_BARE_QUERY = "select string_agg(r, '') into emails from public.bare_render($1, $2, $3) as r"
_ENGINE_QUERY = """
  select case when count(r.error) = 0 then string_agg(r.content, '' order by r.item) end into emails
  from template.render_batch(array[$1], array[$2], $3, $4, $5, $6, 60000) as r
"""
_ASK_BARE = b"select * from public.timed_bare(%s, %s, %s)"
_ASK_ENGINE = b"select * from public.timed_engine(%s, %s, %s, %s, %s, %s)"

_NOTE = """
One email of {size:,} characters: 20 values, a loop of 10, two includes, upper and default the only filters. Batches of
100, in turns, in a session each; microseconds for one email by the server's clock. "Bare" decodes the same JSON
and renders the same templates by minijinja in a plpython3u function, with nothing else on.
"""


@dataclass(frozen=True)
class Figures:
    """Microseconds for one email, with all on and bare, and the ratio of the medians."""

    engine: dict[str, float]
    bare: dict[str, float]
    ratio: float
    size: int
    budget: float = BUDGET

    @property
    def is_over(self) -> bool:
        return self.engine["median"] > self.budget


def payload(number: int) -> dict[str, Any]:
    """The payload of one of the notifications: no two are the same."""
    names = ("title", "first_name", "last_name", "time", "date", "alarm", "zone", "assembly_point", "stairs", "site")
    values: dict[str, Any] = {name: f"{name.replace('_', ' ')} {number}" for name in names}
    return values | {
        "floor": number,
        "contact": "R & D desk",
        "phone": "+4512345678",
        "email": f"person{number}@example.com",
        "url": f"https://example.com/plans/{number}",
        "rows": [{"name": f"Lift {row}", "state": "out of service"} for row in range(10)],
    }


def bundle() -> str:
    """The workflow that is rendered, as a version keeps it."""
    body = "{{ xnovu_render('header') }}" + _BODY + "{{ xnovu_render('footer') }}"
    templates = {"fire": (_SUBJECT, body), "header": (None, _HEADER), "footer": (None, _FOOTER)}
    return json.dumps(
        {
            "templates": {
                f"EMAIL/{key}": {"subject": subject, "body": text} for key, (subject, text) in templates.items()
            },
            "channels": {"EMAIL": "fire"},
            "payload_schema": {
                "type": "object",
                "required": ["title", "floor"],
                "properties": {"floor": {"type": "integer"}},
            },
        }
    )


def bare_templates() -> str:
    """The same templates for minijinja by itself."""
    body = "{% include 'header' %}" + _BODY + "{% include 'footer' %}"
    return json.dumps({"subject": _SUBJECT, "body": body, "header": _HEADER, "footer": _FOOTER})


def measure(database: Database, runs: int, report: Callable[[], None]) -> Figures:
    """Render batches in turns.

    Args:
        database: migrated.
        runs: how many batches each renders, beside a warm-up.
        report: called after each run of both.

    Raises:
        VoidError: the two did not render the same.
    """
    one, other = database.connect(), database.connect()
    one.execute(_BARE.encode())
    parameters = {"bare": "text, text[], text[]", "engine": "text, text, integer[], text[], text[], text[]"}
    for name, query in (("bare", _BARE_QUERY), ("engine", _ENGINE_QUERY)):
        one.execute(_TIMED.format(name=name, parameters=parameters[name], query=query).encode())
    text = bundle()
    payloads = [json.dumps(payload(number)) for number in range(_BATCH)]
    contexts = [json.dumps(_CONTEXT)] * _BATCH
    digest = hashlib.sha256(text.encode()).hexdigest()
    engine = (digest, text, [1] * _BATCH, payloads, contexts, ["EMAIL"] * _BATCH)
    bare = (bare_templates(), payloads, contexts)
    times: tuple[list[float], list[float]] = ([], [])
    size = 0
    for number in range(-10, runs):
        if number % 2 == 0:
            made, plain = _run(one, _ASK_ENGINE, engine), _run(other, _ASK_BARE, bare)
        else:
            plain, made = _run(other, _ASK_BARE, bare), _run(one, _ASK_ENGINE, engine)
        if made[1] != plain[1]:
            raise VoidError("the engine and the bare render gave different emails")
        size = len(made[1]) // _BATCH
        if number >= 0:
            times[0].append(made[0] / _BATCH)
            times[1].append(plain[0] / _BATCH)
            report()
    under, without = microseconds(times[0]), microseconds(times[1])
    return Figures(under, without, under["median"] / without["median"], size)


def _run(connection: Connection, query: bytes, parameters: tuple[object, ...]) -> tuple[float, str]:
    row = connection.execute(query, parameters).fetchone()
    if row is None or row[0] is None:
        raise VoidError("there are notifications that could not be rendered")
    return row[1], row[0]


def conclude(figures: Figures, runs: int) -> Outcome:
    """What came of it."""
    record = {"runs": runs, "unit": "microseconds", "figures": asdict(figures) | {"is_over": figures.is_over}}
    budget = Budget("rendering, an email", figures.engine["median"], figures.budget, is_most=True)
    return Outcome("rendering", show(figures), record, [budget])


def show(figures: Figures) -> RenderableType:
    """The figures for people."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for title in ("engine", "p99", "bare", "p99", "ratio", "budget"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_row(
        "an email",
        *(f"{side[part]:,.1f}" for side in (figures.engine, figures.bare) for part in ("median", "p99")),
        f"{figures.ratio:.2f}",
        f"{figures.budget:.0f}",
        Text("over", style="red") if figures.is_over else Text("ok", style="green"),
    )
    return Group(table, Text(), Text(_NOTE.strip().replace("\n", " ").format(size=figures.size)))
