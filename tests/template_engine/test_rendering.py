"""What a template renders to: channels, escaping, values, includes, filters."""

import json

import pytest
from tests.template_engine.support import attempt, bundle_of, fail, render

from xnovu_template import render_batch


def test_each_channel_asked_for_gets_what_its_step_in_novu_takes() -> None:
    templates = {f"{channel}/main": ("S", "B") for channel in ("EMAIL", "IN_APP", "SMS", "PUSH", "CHAT")}
    content, warnings, _ = attempt(bundle_of(templates), channels="EMAIL,IN_APP,SMS,PUSH,CHAT")
    both, body = {"subject": "S", "body": "B"}, {"body": "B"}
    assert content == {"email": both, "in_app": both, "sms": body, "push": both, "chat": body}
    assert warnings == []
    assert attempt(bundle_of(templates), channels="SMS")[0] == {"sms": body}


def test_an_in_app_message_without_a_subject_template_has_none() -> None:
    assert attempt(bundle_of({"IN_APP/main": "B"}), channels="IN_APP")[0] == {"in_app": {"body": "B"}}


@pytest.mark.parametrize("channel", ["EMAIL", "IN_APP"])
def test_bodies_in_html_are_escaped(channel: str) -> None:
    assert render("<p>{{ name }}</p>", channel=channel, name="<b>&'") == "<p>&lt;b&gt;&amp;&#x27;</p>"


@pytest.mark.parametrize("channel", ["SMS", "PUSH", "CHAT"])
def test_bodies_in_text_are_not_escaped(channel: str) -> None:
    assert render("{{ name }}", channel=channel, name="<b>&") == "<b>&"


def test_a_subject_is_one_line_of_text() -> None:
    content, _, _ = attempt(
        bundle_of({"EMAIL/main": ("\n {{ a }}\n\n{{ b }}\r\n", "B")}), {"a": "<A>", "b": "x\ny"}, "EMAIL"
    )
    assert content is not None
    assert content["email"]["subject"] == "<A> x y"


def test_a_blank_channel_is_left_out_with_a_warning() -> None:
    content, warnings, _ = attempt(bundle_of({"SMS/main": "S", "CHAT/main": " {{ x }}\n"}), {"x": ""}, "SMS,CHAT")
    assert content == {"sms": {"body": "S"}}
    assert [(warning["code"], warning["channel"]) for warning in warnings] == [("content_blank", "CHAT")]


def test_nothing_but_blank_channels_is_an_error() -> None:
    assert fail("{# nothing #} \n")["code"] == "content_blank"


def test_the_notification_wins_over_a_payload_that_names_one() -> None:
    body = "{{ notification.building }}"
    content, _, _ = attempt(
        bundle_of({"SMS/main": body}), {"notification": {"building": "mine"}}, context={"building": "HQ"}
    )
    assert content == {"sms": {"body": "HQ"}}


def test_a_payload_can_not_take_the_place_of_a_function() -> None:
    body = "{{ xnovu_render('a') }}{% for i in range(2) %}{{ loop.index }}{% endfor %}"
    assert render(body, {"a": "A"}, xnovu_render="x", range="y", loop="z") == "A12"


@pytest.mark.parametrize("name", ["self", "name", "template_name", "odd name", "", "values", "item"])
def test_a_payload_may_use_any_other_name(name: str) -> None:
    payload = {name: 1, "x": "X"}
    assert attempt(bundle_of({"SMS/main": "{{ x }}"}), payload)[0] == {"sms": {"body": "X"}}


def test_an_include_sees_the_payload_and_what_it_is_given_and_its_caller_keeps_its_own() -> None:
    body = "{{ xnovu_render('row', {'name': 'given', 'n': n + 1}, unit='°C') }} {{ name }}{{ n }}"
    assert (
        render(body, {"row": "{{ name }} {{ n }} {{ unit }} {{ site }}"}, name="own", n=1, site="HQ")
        == "given 2 °C HQ own1"
    )


def test_includes_nest_and_inner_ones_see_what_outer_ones_were_given() -> None:
    others = {"a": "a{{ xnovu_render('b', y=2) }}{{ y|default('-') }}", "b": "{{ x }}{{ y }}"}
    assert render("{{ xnovu_render('a', {'x': 1}) }}", others) == "a12-"


def test_lists_and_objects_can_be_given_to_an_include() -> None:
    others = {"rows": "{% for row in rows %}{{ row.k }}={{ row.v }};{% endfor %}{{ more.x[0] }}{{ all|length }}"}
    body = "{{ xnovu_render('rows', {'rows': rows, 'more': {'x': [first]}, 'all': rows|list}) }}"
    assert render(body, others, rows=[{"k": "a", "v": 1}, {"k": "b", "v": 2}], first=7) == "a=1;b=2;72"


def test_an_include_in_html_is_escaped_once() -> None:
    body = "{{ xnovu_render('b', {'x': '<'}) }}{{ y }}"
    assert render(body, {"b": "<b>{{ x }}{{ y }}</b>"}, "EMAIL", y="&") == "<b>&lt;&amp;</b>&amp;"


def test_an_include_in_a_subject_is_text_even_where_the_body_is_html() -> None:
    templates = {
        "EMAIL/main": ("{{ xnovu_render('b') }}", "{{ xnovu_render('b') }}"),
        "EMAIL/b": (None, "{{ xnovu_render('c') }}"),
        "EMAIL/c": (None, "{{ x }}"),
    }
    content, _, _ = attempt(bundle_of(templates), {"x": "R&D"}, "EMAIL")
    assert content == {"email": {"subject": "R&D", "body": "R&amp;D"}}


def test_includes_stay_in_their_channel() -> None:
    templates = {"SMS/main": "{{ xnovu_render('b') }}", "SMS/b": "sms", "EMAIL/b": "email"}
    assert attempt(bundle_of(templates))[0] == {"sms": {"body": "sms"}}


def test_sanitize_keeps_harmless_html_and_is_not_escaped_again() -> None:
    html = '<b onclick="x()">hi</b><script>alert(1)</script><a href="javascript:x">l</a>'
    body = render("{{ html | sanitize }}", channel="EMAIL", html=html)
    assert body == '<b>hi</b><a rel="noopener noreferrer">l</a>'


def test_markdown_becomes_safe_html() -> None:
    text = "# Hi\n\n**all** <script>x</script> [l](javascript:x)\n\n|a|b|\n|-|-|\n|1|2|"
    body = render("{{ text | markdown }}", channel="EMAIL", text=text)
    assert "<h1>Hi</h1>" in body
    assert "<strong>all</strong>" in body
    assert "<td>1</td>" in body
    assert "<script" not in body
    assert "href" not in body


def test_tojson_can_not_break_out_of_html() -> None:
    assert render("{{ x | tojson }}", channel="EMAIL", x={"a": "</b>&'"}) == '{"a":"\\u003c/b\\u003e\\u0026\\u0027"}'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 1 + 2 * 3 - 4 / 2 }} {{ 7 // 2 }}{{ 7 % 4 }}{{ 2 ** 3 }} {{ -a }} {{ (a + b) * 2 }}", "5.0 338 -3 10"),
        ("{{ 'x' ~ a ~ s }} {{ 'x' + s }} {{ '-' * a }}", "x3t xt ---"),
        ("{{ 'y' if a > b and not none else 'n' }} {{ a == 3 or missing }} {{ 4 in rows }}", "y True False"),
        (
            "{{ a is odd }} {{ a is not divisibleby 2 }} {{ missing is defined }} {{ s is in ['t'] }}",
            "True True False True",
        ),
        ("{{ d.k }}{{ d['k'] }}{{ rows[0].n }}{{ rows[-1].n }} {{ s[0] }} {{ [1, 2, 3][1:] | join }}", "vvac t 23"),
        ("{{ s.upper() }} {{ d.get('q', 'none') }} {% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}", "T none kv"),
        ("{{ rows | map(attribute='n') | join(', ') }} {{ rows | sum(attribute='v') }}", "a, b, c 6"),
        ("{{ (rows | sort(attribute='v', reverse=true) | first).n }} {{ rows | length + 1 }}", "c 4"),
        (
            "{% for r in rows if r.v > 1 %}{{ loop.index }}{{ r.n }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1b,2c",
        ),
        ("{% for r in [] %}x{% else %}none{% endfor %}{% for r in rows %}{% break %}{% endfor %}", "none"),
        ("{% for g in rows|groupby('p') %}{{ g.grouper }}{{ g.list|length }} {% endfor %}", "x2 y1 "),
        (
            "{% set n = a + 1 %}{{ n }}{% set t %}<{{ s }}>{% endset %}{{ t }}{% set u | upper %}u{% endset %}{{ u }}",
            "4<t>U",
        ),
        ("{% with x = 1, y = a %}{{ x + y }}{% endwith %}{% filter upper|trim %} ab {% endfilter %}", "4AB"),
        ('{% raw %}{{ not }} {% this %}\\ " {% endraw %}{# {{ nor this #}|', '{{ not }} {% this %}\\ " |'),
        ("a {{- s -}} b{%- if true -%} c {%- endif %} {#- x -#} d", "atbcd"),
        ("{{ missing | default('d') }} {{ none_value | default('d', true) }} {{ d.q | default(1) + 1 }}", "d d 2"),
        (
            "{{ '%05.2f' | format(1.5) }} {{ 1234567 | filesizeformat }} {{ 'ab' | replace('a', 'b') }}",
            "01.50 1.2 MB bb",
        ),
        ("{% set labels = {'t': 'Text', 'u': ['x']} %}{{ labels[s] }}{{ labels.u[0] }}", "Textx"),
    ],
)
def test_the_language_is_jinja(template: str, expected: str) -> None:
    rows = [{"n": "a", "v": 1, "p": "x"}, {"n": "b", "v": 2, "p": "y"}, {"n": "c", "v": 3, "p": "x"}]
    assert render(template, a=3, b=2, s="t", d={"k": "v"}, rows=rows, none_value=None) == expected


def test_items_of_a_batch_have_their_own_bundle_payload_and_fate() -> None:
    bundles = [bundle_of({"SMS/main": "A{{ x }}"}), bundle_of({"SMS/main": "B{{ x }}"})]
    payloads = ['{"x": 1}', "{}", "[1]", '{"x": 2}', "no json"]
    rows = list(render_batch(["ha", "hb"], bundles, [1, 2, 1, 2, 1], payloads, ["{}"] * 5, ["SMS"] * 5, budget_ms=1000))
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert [row[1] for row in rows] == ['{"sms":{"body":"A1"}}', None, None, '{"sms":{"body":"B2"}}', None]
    codes = [json.loads(row[3])["code"] if row[3] else None for row in rows]
    assert codes == [None, "variable_missing", "payload_invalid", None, "payload_invalid"]


def test_items_without_time_are_not_returned_but_the_first_always_is() -> None:
    bundle = bundle_of({"SMS/main": "x"})
    rows = list(render_batch(["t"], [bundle], [1] * 9, ["{}"] * 9, ["{}"] * 9, ["SMS"] * 9, budget_ms=0))
    assert [row[0] for row in rows] == [1]


def test_a_bundle_is_compiled_once_and_known_by_its_hash() -> None:
    for text, expected in (("first", "first"), ("other", "first")):
        rows = list(render_batch(["same"], [bundle_of({"SMS/main": text})], [1], ["{}"], ["{}"], ["SMS"], 1000))
        assert rows == [(1, json.dumps({"sms": {"body": expected}}, separators=(",", ":")), None, None)]


def test_a_template_can_not_change_the_payload() -> None:
    for call in ("rows.append(1)", "rows.clear()", "d.update({'a': 1})", "d.pop('a')", "d.setdefault('b', 1)"):
        assert fail("{{ " + call + " }}", rows=[1], d={"a": 1})["code"] == "template_error"


@pytest.mark.parametrize("name", ["clear", "copy", "pop", "update", "fromkeys", "setdefault", "__class__"])
def test_what_is_missing_is_missing_also_where_python_has_a_method_of_that_name(name: str) -> None:
    assert fail("{{ d." + name + " }}", d={})["code"] == "variable_missing"
    assert fail("{{ l." + name + " }}", l=[])["code"] == "variable_missing"
    assert render("{{ d." + name + " }}", d={name: "there"}) == "there"
