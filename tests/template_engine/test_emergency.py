"""Notifications of the critical lane: whatever templates and payload lack, each channel ends with a text."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.template_engine.oracle import faults
from tests.template_engine.support import Template, attempt, bundle_of

from xnovu_template import preview
from xnovu_template.emergency import EMERGENCY_BYTES

CHANNELS = ("EMAIL", "IN_APP", "SMS", "PUSH", "CHAT")
TEXT = "Leave the building by the stairs."
FALLBACK: dict[str, Any] = {
    "email": {"subject": "Fire alarm", "body": f"<p>{TEXT}</p>"},
    "in_app": {"subject": "Fire alarm", "body": f"<p>{TEXT}</p>"},
    "sms": {"body": TEXT},
    "push": {"subject": "Fire alarm", "body": TEXT},
    "chat": {"body": TEXT},
}
EMERGENCY = {"emergency": {"fallback": FALLBACK}}


def emergency(
    templates: Mapping[str, Template], payload: Any = None, *, schema: Any = None, context: dict[str, Any] | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Render an emergency for the channels that have templates; return content and warnings."""
    bundle = bundle_of(templates, schema)
    channels = ",".join(dict.fromkeys(name.split("/")[0] for name in templates if name.endswith("/main")))
    content, warnings, error = attempt(bundle, payload, channels, EMERGENCY | (context or {}))
    assert error is None
    assert content is not None
    return content, warnings


def sms(template: str, others: dict[str, str] | None = None, **payload: Any) -> tuple[str, list[dict[str, Any]]]:
    """Return the text of an emergency's SMS, and the warnings."""
    templates = {"SMS/main": template} | {f"SMS/{key}": text for key, text in (others or {}).items()}
    content, warnings = emergency(templates, payload)
    return content["sms"]["body"], warnings


def codes(warnings: list[dict[str, Any]]) -> list[str]:
    return [warning["code"] for warning in warnings]


def test_what_lacks_nothing_is_rendered_as_any_other() -> None:
    templates: dict[str, Template] = {
        "EMAIL/main": ("Floor {{ floor }}", "<p>{{ who | title }}: {{ n * 2 }}</p>"),
        "SMS/main": "{{ floor }}",
    }
    payload = {"floor": 3, "who": "<ada>", "n": 21}
    content, warnings = emergency(templates, payload)
    assert content == attempt(bundle_of(templates), payload, "EMAIL,SMS")[0]
    assert warnings == []


@pytest.mark.parametrize(
    ("template", "text", "variable"),
    [
        ("Fire on floor {{ floor }}.", "Fire on floor [floor].", "floor"),
        ("{{ room.name }}", "[room.name]", "room.name"),
        ("{{ room.lift.name[0] }}", "[room.lift.name[0]]", "room.lift.name[0]"),
        ("{{ floor | upper }}", "[FLOOR]", "floor"),
        ("{{ floor | round(1) }}", "[floor]", "floor"),
        ("{{ floor | number }}", "[floor]", "floor"),
        ('{{ price | currency("EUR") }}', "[price]", "price"),
        ("{{ at | datetime }}", "[at]", "at"),
        (
            "{{ rooms }} {{ rooms | length }} {{ rooms | count | plural(other='x') }}",
            "[rooms] [rooms] [rooms]",
            "rooms",
        ),
        ("{{ floor + 1 }}", "[floor]", "floor"),
        ("{{ 2 * (3 - floor) }}", "[floor]", "floor"),
        ("{{ -floor }}", "[floor]", "floor"),
        ("{{ 'Floor ' ~ floor }}", "Floor [floor]", "floor"),
        ("{% for r in rooms %}{{ r.name }};{% endfor %}", "[rooms.name];", "rooms"),
        ("{% for k, v in more.items() %}{{ k }}{% endfor %}Leave", "Leave", "more"),
        ("{% if hot %}HOT{% else %}Leave{% endif %}", "Leave", "hot"),
        ("{% if degrees > 60 %}HOT{% else %}Leave{% endif %}", "Leave", "degrees"),
        ("{% if 60 < degrees %}HOT{% else %}Leave{% endif %}", "Leave", "degrees"),
        ("{% if 'lift' not in closed %}Take the lift{% else %}Leave{% endif %}", "Leave", "closed"),
        ("{{ names | join(', ') }}", "[names]", "names"),
        ("{{ names | first }} {{ names[1:] }}", "[names] [names]", "names"),
        ("{% set where = floor %}{{ where }}", "[floor]", "floor"),
        ("{% set where %}Floor {{ floor }}{% endset %}{{ where | upper }}", "FLOOR [FLOOR]", "floor"),
        ("{% filter upper %}floor {{ floor }}{% endfilter %}", "FLOOR [FLOOR]", "floor"),
        ("{{ floor if floor else 'Leave' }}", "Leave", "floor"),
        ("{{ floor or 'Leave' }}", "Leave", "floor"),
        ("{{ text.upper() }}", "[text.upper]", "text"),
        ("{{ notification.floor }}", "[notification.floor]", "notification.floor"),
        ("{{ xnovu_render('part', {'where': floor}) }}", "at [floor]", "floor"),
        ("{{ xnovu_render('part') }}", "at [where]", "where"),
    ],
)
def test_a_missing_variable_shows_and_is_named(template: str, text: str, variable: str) -> None:
    rendered, warnings = sms(template, {"part": "at {{ where }}"})
    assert rendered == text
    assert warnings[0]["code"] == "variable_missing"
    assert warnings[0]["variable"] == variable
    assert warnings[0]["template"] == ("SMS/part" if variable == "where" else "SMS/main")
    assert (warnings[0]["channel"], warnings[0]["line"]) == ("SMS", 1)
    assert variable in warnings[0]["message"]
    assert "fallback_used" not in codes(warnings)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ floor | default('all floors') }} {{ x }}", "all floors [x]"),
        ("{{ a.b.c | default('all floors') }} {{ x }}", "all floors [x]"),
        ("{% if floor is defined %}a{% else %}b{% endif %} {{ x }}", "b [x]"),
        ("{% if floor is not defined %}b{% endif %} {{ x }}", "b [x]"),
        ("{{ x }} {{ n + 1 }} {{ n / 2 }} {{ n ** 2 }} {{ -n }} {{ n | float }} {{ n > 3 }}", "[x] 8 3.5 49 -7 7 True"),
        ("{{ x }} {{ 1 + 2 * n - 3 }} {{ (1 + 2) * n }}", "[x] 12 21"),
        ("{{ x }} {{ [n, 1] | sum }} {{ 'é' * 2 }} {{ n | number(2) }}", "[x] 8 éé 7.00"),
        ("{{ x }}{% for k, v in d.items() %} {{ k }}={{ v }}{{ loop.index }}{% endfor %}", "[x] k=v1"),
        ("{{ x }}{% for r in l %}{{ r.a }}{{ r.b }}{% endfor %}", "[x]1[r.b]2[r.b]"),
        ("{{ x }}{% for i in range(3) %}{{ i }}{% endfor %}", "[x]012"),
    ],
)
def test_all_else_is_as_it_would_be(template: str, text: str) -> None:
    rendered, warnings = sms(template, n=7, d={"k": "v"}, l=[{"a": 1}, {"a": 2}])
    assert rendered == text
    assert {warning["variable"] for warning in warnings} <= {"x", "r.b"}


@pytest.mark.parametrize(
    ("template", "text", "code"),
    [
        ("{{ word + 1 }}.", "[?].", "template_error"),
        ("{{ word | round }}.", "up.", "template_error"),
        ("{{ word | number }}.", "up.", "template_error"),
        ("{{ word | date }}.", "up.", "template_error"),
        ("{{ list | currency('EUR') }}.", "[?].", "template_error"),
        ("{{ list - 1 }}.", "[?].", "template_error"),
        ("{% for r in number %}{{ r }}{% endfor %}Leave", "Leave", "template_error"),
        ("{% for k, v in list %}{{ k }}{% endfor %}Leave", "Leave", "template_error"),
        ("{{ number.upper() }} {{ word }}", "[number] up", "template_error"),
        ("é{{ word | batch(2) | first | sum }} {{ word }}", "é[?] up", "template_error"),
        ("{{ xnovu_render('gone') }} Leave", "[gone] Leave", "template_missing"),
        ("{{ xnovu_render('broken') }} Leave", "[broken] Leave", "template_error"),
        ("{{ xnovu_render('main') }} Leave", "[main] Leave", "template_cycle"),
    ],
)
def test_what_can_not_be_done_is_left_out(template: str, text: str, code: str) -> None:
    rendered, warnings = sms(template, {"broken": "{{ 'x' }"}, word="up", number=3, list=["a", "b"])
    assert rendered == text
    assert codes(warnings) == [code]


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{{ floor", "template_error"),
        ("{{ floor | uper }}", "template_error"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", "template_endless"),
        ("{% if false %}x{% endif %}", "content_blank"),
        ("x" * 900, "sms_too_long"),
    ],
)
def test_what_can_not_be_rendered_at_all_gives_way_to_the_fallback(template: str, code: str) -> None:
    content, warnings = emergency({"SMS/main": template}, {"floor": 3}, context={"settings": {"sms_segment_limit": 3}})
    assert content == {"sms": {"body": TEXT}}
    assert codes(warnings) == [code, "fallback_used"]
    assert {warning["channel"] for warning in warnings} == {"SMS"}


def test_each_channel_falls_back_by_itself() -> None:
    templates = {f"{channel}/main": "{{ floor" for channel in CHANNELS} | {"SMS/main": "Fire on {{ floor }}"}
    content, warnings = emergency(templates, {"floor": 3})
    assert content == FALLBACK | {"sms": {"body": "Fire on 3"}}
    assert [w["channel"] for w in warnings if w["code"] == "fallback_used"] == ["EMAIL", "IN_APP", "PUSH", "CHAT"]


def test_a_broken_subject_alone_is_the_fallback_s() -> None:
    templates = {
        "EMAIL/main": ("{{ 1 | nothing }}", "<p>{{ floor }}</p>"),
        "PUSH/main": ("{% if a is defined %}a{% endif %}", "b"),
    }
    content, warnings = emergency(templates, {"floor": 3})
    assert content == {
        "email": {"subject": "Fire alarm", "body": "<p>3</p>"},
        "push": {"subject": "Fire alarm", "body": "b"},
    }
    assert codes(warnings) == ["template_error"]


def test_a_bad_link_takes_no_message_with_it() -> None:
    bundle = json.loads(bundle_of({"IN_APP/main": "<p>Leave</p>"}))
    bundle["templates"]["IN_APP/main"]["extras"] = {"redirect": {"url": "{{ url }}"}}
    content, warnings, _ = attempt(json.dumps(bundle), {"url": "javascript:alert(1)"}, "IN_APP", EMERGENCY)
    assert content == {"in_app": {"body": "<p>Leave</p>"}}
    assert codes(warnings) == ["link_refused"]


def test_a_payload_that_breaks_the_schema_is_a_warning() -> None:
    schema = {"type": "object", "required": ["floor"], "properties": {"zone": {"type": "integer"}}}
    content, warnings = emergency({"SMS/main": "{{ zone }} {{ floor }}"}, {"zone": "secret"}, schema=schema)
    assert content["sms"]["body"] == "secret [floor]"
    assert codes(warnings) == ["payload_invalid", "variable_missing"]
    assert "payload.zone" in warnings[0]["message"]
    assert "secret" not in json.dumps(warnings)


@pytest.mark.parametrize(
    "payload",
    ["[1]", "3", '"text"', "null", "{", json.dumps({"a": "x" * 140_000}), '{"a": ' + "[" * 40 + "]" * 40 + "}"],
)
def test_a_payload_that_is_of_no_use_gives_way_to_the_fallback(payload: str) -> None:
    content, warnings = emergency({f"{channel}/main": "Leave" for channel in CHANNELS}, payload)
    assert content == FALLBACK
    assert codes(warnings) == ["payload_invalid"] + ["fallback_used"] * 5


def test_what_is_too_large_gives_way_to_the_fallback_where_it_is_largest() -> None:
    row = "{% for n in range(60) %}{{ text }}{% endfor %}"
    content, warnings = emergency({"EMAIL/main": row, "CHAT/main": "{{ text[:5] }}"}, {"text": "é" * 4_500})
    assert content == {"email": FALLBACK["email"], "chat": {"body": "ééééé"}}
    assert codes(warnings) == ["content_too_large", "fallback_used"]
    assert len(json.dumps(content)) < EMERGENCY_BYTES


def test_a_channel_without_a_template_is_told_of() -> None:
    context = {"emergency": {"fallback": FALLBACK, "dropped": ["CHAT"]}}
    _, warnings = emergency({"SMS/main": "Leave"}, {}, context=context)
    assert [(warning["code"], warning["channel"]) for warning in warnings] == [("template_missing", "CHAT")]


def test_a_test_says_so() -> None:
    content, _ = emergency({"SMS/main": "{{ floor }}"}, {}, context={"is_test": True})
    assert content["sms"]["body"] == "[TEST] [floor]"


def test_what_is_put_in_place_is_safe_in_html() -> None:
    body = "<p title='{{ a['<b>'] }}'>{{ a['<i>'] }} "
    body += "<a href=\"{{ link }}\">x</a><b style='color: {{ c }}'>{{ a['<i>'] | safe }}</b></p>"
    content, _ = emergency({"EMAIL/main": body}, {})
    assert content["email"]["body"] == (
        "<p title='[a[&#x27;&lt;b&gt;&#x27;]]'>[a[&#x27;&lt;i&gt;&#x27;]] <a href=\"[link]\">x</a>"
        "<b style='color: [c]'>[a['<i>']]</b></p>"
    )
    assert faults(content["email"]["body"]) == []


def test_a_stand_in_can_not_be_forged_by_a_payload() -> None:
    rendered, warnings = sms("{{ a }} {{ b }}", a="\x01missing:1:password")
    assert "[b]" in rendered
    assert "password" not in json.dumps(warnings)


def test_warnings_are_bounded_and_the_fallback_is_always_told() -> None:
    names = [f"v{number}" for number in range(60)]
    body = " ".join(f"{{{{ {name} }}}}" for name in names)
    content, warnings = emergency({"CHAT/main": body, "SMS/main": "{{ x"}, {})
    assert content["chat"]["body"] == " ".join(f"[{name}]" for name in names)
    assert content["sms"] == FALLBACK["sms"]
    assert len(warnings) == 21
    assert warnings[-1]["code"] == "fallback_used"


def test_the_faults_of_one_notification_are_not_the_next_one_s() -> None:
    bundle = bundle_of({"SMS/main": "{{ list | batch(2) | first | sum }} {{ floor }}"})
    for payload, text in (
        ({"list": ["a"]}, "[?] [floor]"),
        ({"list": [1, 2], "floor": 3}, "3 3"),
        ({"list": [1]}, "1 [floor]"),
    ):
        content, _, _ = attempt(bundle, payload, "SMS", EMERGENCY)
        assert content == {"sms": {"body": text}}


def test_a_hopeless_template_is_given_up_in_time() -> None:
    loop = "{% for a in range(9999) %}{{ xnovu_render('other') }}{% endfor %}{{ x }}"
    bundle = bundle_of({f"{c}/{key}": text for c in CHANNELS for key, text in (("main", loop), ("other", "{{ y }}"))})
    started = time.monotonic()
    content, _, _ = attempt(bundle, {}, ",".join(CHANNELS), EMERGENCY)
    assert time.monotonic() - started < 1
    assert content is not None
    assert all(part["body"].strip() for part in content.values())


def test_a_preview_shows_it() -> None:
    bundle = bundle_of({"EMAIL/main": ("{{ floor }}", "<p>{{ floor }}</p>"), "SMS/main": "{{ floor"})
    seen = preview(bundle, "{}", json.dumps(EMERGENCY), "EMAIL,SMS")
    assert (seen["error"], seen["channels"]["EMAIL"]["subject"]) == (None, "[floor]")
    assert seen["channels"]["EMAIL"]["templates"] == ["EMAIL/main"]
    assert seen["channels"]["SMS"]["body"] == TEXT
    assert codes(seen["warnings"])[-1] == "fallback_used"


# --- whatever the payload is

NAMES = ["a", "b", "items", "room", "when"]
HOLES = [
    "{{ a }}",
    "{{ a | upper }}",
    "{{ a.b.c }}",
    "{{ a[0] }}",
    "{{ a['<b>'] }}",
    "{{ b | number(1) }}",
    "{{ b | round }}",
    '{{ b | currency("EUR") }}',
    "{{ when | datetime('short') }}",
    "{{ when | date(a) }}",
    "{{ b + 1 }}",
    "{{ a ~ b }}",
    "{{ b * b / 2 }}",
    "{{ -b }}",
    "{{ items | join(', ') }}",
    "{{ items | sort | first }}",
    "{{ items | length }}",
    "{{ items | map('upper') | join }}",
    "{{ room.items() }}",
    "{{ a.upper() }}",
    "{{ a[1:3] }}",
    "{{ items | sum }}",
    "{{ a | safe }}",
    "{{ a | sanitize }}",
    "{{ a | markdown }}",
    "{{ a | tojson }}",
    "{{ room | dictsort }}",
    "{{ items | groupby('x') }}",
    "{{ a | replace('x', b) }}",
    "{{ b | plural(one='one', other='more') }}",
    "{{ xnovu_render('part', {'a': a, 'x': room.x}) }}",
    "{{ xnovu_render('part', a=b) }}",
    "{{ a is even }}",
    "{{ a | urlencode }}",
    "{{ a or b }}",
    "{{ a and b }}",
    "{{ not a }}",
    "{{ a in items }}",
    "{{ b if a > 3 else room }}",
    "{% for i in items %}<i>{{ i.name }}{{ loop.index }}</i>{% endfor %}",
    "{% for k, v in room.items() %}{{ k }}{{ v }}{% endfor %}",
    "{% if b > 3 and a %}x{% elif items %}y{% else %}z{% endif %}",
    "{% set q = a | int %}{{ q }}",
    "{% with q = b %}{{ q }}{% endwith %}",
    "{% set q %}<b>{{ a }}</b>{% endset %}{{ q }}",
    "{% filter upper %}{{ a }}{% endfilter %}",
    '<a href="{{ a }}">{{ b }}</a>',
    "<p title='{{ room }}' style=\"color: {{ a }}\">x</p>",
    '<img src="{{ when }}">',
    "<!-- {{ a }} -->",
    "{{ a",
]
NASTY = [
    "<script>alert(1)</script>",
    '" onload="x',
    "javascript:alert(1)",
    "[a]",
    "{{ 7 * 7 }}",
    "",
    "12",
    "2026-03-01",
    "\x00",
    "é" * 300,
]
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.sampled_from(NASTY), st.text(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "x", "b", "<b>"]), inner, max_size=3)
    ),
    max_leaves=6,
)
payloads = st.one_of(st.dictionaries(st.sampled_from(NAMES), values, max_size=5), values)
bodies = st.lists(st.sampled_from(HOLES), min_size=1, max_size=5).map(" ".join)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies, bodies, payloads)
def test_an_emergency_always_has_a_text_for_every_channel(body: str, part: str, payload: Any) -> None:
    templates: dict[str, Template] = {f"{channel}/main": ("{{ a | title }}", body) for channel in CHANNELS}
    templates |= {
        f"{channel}/part": (None, part.replace("xnovu_render('part'", "xnovu_render('main'")) for channel in CHANNELS
    }
    schema = {"type": "object", "required": ["a", "b"], "properties": {"b": {"type": "number"}}}
    content, warnings = emergency(templates, json.dumps(payload), schema=schema)
    assert set(content) == set(FALLBACK)
    for step, parts in content.items():
        assert parts["body"].strip()
        assert parts.get("subject", "-").strip()
        if step in ("email", "in_app"):
            assert faults(parts["body"]) == [], parts["body"]
    fallen = [warning["channel"] for warning in warnings if warning["code"] == "fallback_used"]
    assert len(set(fallen)) == len(fallen)


@pytest.mark.parametrize("payload", [{}, {"a": None, "b": "x", "items": 3, "room": "r"}])
@pytest.mark.parametrize("hole", HOLES[:-1])
def test_no_hole_costs_the_text_around_it(hole: str, payload: dict[str, Any]) -> None:
    content, warnings = emergency({"EMAIL/main": f"<p>Leave now.</p> {hole}", "EMAIL/part": "{{ x }}"}, payload)
    assert content["email"]["body"].startswith("<p>Leave now.</p>"), warnings
