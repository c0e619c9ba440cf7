"""What never gets out in HTML, wherever it comes from, and what passes as it is."""

import json
from typing import Any

import pytest
from tests.template_engine.oracle import faults
from tests.template_engine.support import attempt, bundle_of, problems, render

from xnovu_template import inline_styles

SCRIPT = '<b title="q" onclick="x()">hi</b><script>y()</script>'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('<a href="{{ v }}">', '<a href="#">'),
        ("<a href='{{ v }}'>", "<a href='#'>"),
        ('<a href="{% if v %}{{ v }}{% else %}#{% endif %}">', '<a href="#">'),
        ('<img src="{{ v }}">', '<img src="">'),
        ('<p style="color: {{ css }}">', '<p style="">'),
        ("<style>p { color: {{ css }} }</style>", "<style></style>"),
        ("{{ html | safe }}", '<b title="q">hi</b>'),
        ('<p title="{{ html | safe }}">', '<p title="&lt;b title=&quot;q&quot;&gt;hi&lt;/b&gt;">'),
        ("<title>{{ html | safe }}</title>x", "<title>&lt;b title=&quot;q&quot;&gt;hi&lt;/b&gt;</title>x"),
        ("{{ html | safe | replace('hi', '<script>') }}", '<b title="q">&lt;script&gt;</b>'),
        ("x{{ html | sanitize | truncate(length=6) }}<i>", "x<i>"),
        ("x{% set t = html | safe %}{% set u = t[:3] %}{{ u }}", "x&lt;b "),
        ("<p {{ v }}>x", "<p>x</p>"),
        ("<img src=x onerror=y>", '<img src="x">'),
        ("x<script>{{ v }}</script>", "x"),
        ("x<iframe src='//y'></iframe><form><base href=x><object></object>", "x"),
        ("<a href='java&#115;cript:x'>l</a>", '<a rel="noopener noreferrer">l</a>'),
        ("x<svg><style><img src=y onerror=z></style></svg>", 'x<img src="y">'),
        ("<p{{ ' onclick=x' | safe }}>x", "<p>x</p>"),
    ],
)
def test_nothing_that_runs_or_loads_gets_out(template: str, expected: str) -> None:
    values = {"v": "javascript:alert(1)", "css": "red; background: url(//x)", "html": SCRIPT}
    for channel in ("EMAIL", "IN_APP"):
        if channel == "IN_APP" and ("<title>" in template or template.startswith("<style>")):
            continue  # no tags of an in-app message
        assert render(template, None, channel, **values) == expected


@pytest.mark.parametrize(
    "template",
    [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>T</title></head><body>x</body>',
        "<!--[if mso]><table><tr><td><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]-->",
        '<tr{% if x %} class="odd"{% endif %}><td width=3 nowrap>1 < 2</td></tr>',
        '<img src="cid:logo"><img src="data:image/png;base64,iVBORw0KGgo="><a href="mailto:a@example.com">m</a>',
        "<style>@media (max-width: 600px) { p > b { color: red } }</style><p data-x='1' aria-label=\"y\">x</p>",
        "<table>{% for n in [1, 2] %}<tr><td>{{ n }}</td></tr>{% endfor %}",
        "{{ '<b>yes</b>' | safe }} {{ '&nbsp;' | safe }}",
    ],
)
def test_what_is_harmless_is_left_as_it_is_and_no_problem(template: str) -> None:
    plain = attempt(bundle_of({"EMAIL/main": ("S", template)}), {"x": True}, "EMAIL")
    assert plain[1] == []
    assert problems({"EMAIL/main": ("S", template)}, {"properties": {"x": {}}}) == []


def test_a_link_of_the_payload_stays_when_it_leads_to_the_web() -> None:
    body = render('<a href="{{ u }}">l</a>', channel="EMAIL", u="https://example.com/a?b=1&c=2")
    assert body == '<a href="https:&#x2f;&#x2f;example.com&#x2f;a?b=1&amp;c=2">l</a>'


def test_what_was_taken_out_is_warned_of() -> None:
    _, warnings, _ = attempt(bundle_of({"EMAIL/main": ("S", '<a href="{{ u }}">l</a>')}), {"u": "vbscript:x"}, "EMAIL")
    assert [(warning["code"], warning["channel"]) for warning in warnings] == [("html_cleaned", "EMAIL")]


@pytest.mark.parametrize(
    "html",
    [
        *(f'<p{blank}title="><img src=x onerror=alert(1)>">' for blank in "\u00a0\u000b\u2003\u0085\u001f\ufeff"),
        *(f'<p title={blank}"><img src=x onerror=alert(1)>">' for blank in "\u00a0\u000b\u2003"),
        '<p title=x\u00a0title="><img src=x onerror=alert(1)>">',
        '<style></style\u00a0><img title="</style><img src=x onerror=alert(1)>">',
        '<style></\u017ftyle><img title="</style><img src=x onerror=alert(1)>">',
        '<title></t\u0131tle><img title="</title><img src=x onerror=alert(1)>">',
        '<title></title\u000b><img title="</title><img src=x onerror=alert(1)>">',
    ],
)
def test_white_space_and_letters_are_those_of_html_and_not_of_unicode(html: str) -> None:
    assert faults(html) != []
    for channel in ("EMAIL", "IN_APP"):
        assert faults(render(html, None, channel)) == []
        assert faults(render("{{ v | safe }}", None, channel, v=html)) == []
    assert problems({"EMAIL/main": ("S", html)}) != []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('<p style="{{ v }}">', '<p style="">'),
        ('<p style="background: {{ v }}">', '<p style="">'),
        ("<style>p { background: {{ v }} }</style>", "<style></style>"),
        ('<a href="{{ u }}">', '<a href="#">'),
        ("{{ h | safe }}", "x"),
        ("<p style=\"u{{ '%c' | format(0) }}rl(//evil)\">", '<p style="">'),
        ("{{ h | safe }}<p {{ v }}>", "x"),
    ],
)
def test_nul_hides_nothing(template: str, expected: str) -> None:
    values = {"v": "u\0rl(//evil)", "u": "java\0script:x", "h": "x<scr\0ipt>y</scr\0ipt>"}
    assert render(template, None, "EMAIL", **values) in (expected, expected + "<p></p>")


@pytest.mark.parametrize("escape", ["\\u0000", "\\x00", "\\0", "\\00", "\\000", "\\\\\\0", "\0"])
def test_no_text_of_a_template_holds_nul(escape: str) -> None:
    [problem] = problems({"EMAIL/main": ("S", "\n<p style=\"{{ 'u" + escape + "rl(//evil)' }}\">")})
    assert (problem["code"], problem["line"]) == ("template_error", 2)
    assert "NUL" in problem["message"]
    assert problems({"SMS/main": "{{ '\\u00e9 \\\\0 \\x0a \\012' }}"}) == []


def test_html_of_a_value_is_what_its_channel_may_hold() -> None:
    for value in ("<style>p{}</style>x", "<title>t</title>x", "<meta charset=utf-8>x", "<!doctype html>x"):
        assert render("{{ v | safe }}", None, "IN_APP", v=value) == "x"
        assert render("{% set a = v | safe %}<i>{{ a | trim }}</i>", None, "IN_APP", v=value) == "<i>x</i>"
        assert render("{{ v | safe }}", None, "EMAIL", v=value) == value


def test_html_in_text_is_text() -> None:
    assert render("{{ html | safe }}", html=SCRIPT) == SCRIPT


@pytest.mark.parametrize(
    ("body", "code", "severity", "line"),
    [
        ("<p>\n<script>x</script>", "html_forbidden", "error", 2),
        ("{{ a\n}}\n<p onclick='x'>", "html_forbidden", "error", 3),
        ("<a href='javascript:x'>", "html_forbidden", "error", 1),
        ("<link rel='stylesheet' href='https://x'>", "html_forbidden", "error", 1),
        ("<meta http-equiv='refresh' content='0'>", "html_forbidden", "error", 1),
        ("<style>@import 'x';</style>", "html_forbidden", "error", 1),
        ("<p style='background:url(https://x)'>", "html_forbidden", "error", 1),
        ("<a href={{ a }}>", "html_unclear", "warning", 1),
        ("<{{ a }}>", "html_unclear", "warning", 1),
        ("<style>td { color: red }</style><tr><td>x", "styles_not_inlined", "warning", None),
    ],
)
def test_what_a_template_itself_may_not_hold_is_told_with_its_line(
    body: str, code: str, severity: str, line: int | None
) -> None:
    found = problems({"EMAIL/main": ("S", body)}, {"properties": {"a": {}}})
    assert [(p["code"], p["severity"], p.get("line")) for p in found] == [(code, severity, line)]


def test_styles_are_inlined_and_the_template_is_otherwise_the_same() -> None:
    body = """<style>p { color: red } .a td { padding: 1px } @media print { p { color: blue } }</style>
{{ xnovu_render('x') }}<table class="a">{% for r in rows %}<tr><td style="width:{{ w }}">{{ r }}</td></tr>{% endfor %}
</table><p style='margin:0'>{{ x }}</p></td></tr></table>"""
    inlined, reason = inline_styles(body)
    assert reason is None
    assert inlined == body.replace('style="width', 'style="padding: 1px; width').replace(
        "<p style='margin:0'>", '<p style="color: red;margin: 0">'
    )


@pytest.mark.parametrize(
    "body",
    [
        "<style>p{a:b}</style><b><p>x</b></p>",
        "<style>td{color:red}</style><tr><td>x",
        "<style>p{color:{{ c }}}</style><p>",
        "<style>p{color:red}</style><p{% if x %} class='a'{% endif %}>",
    ],
)
def test_styles_that_can_not_be_inlined_stay_and_it_is_said_why(body: str) -> None:
    inlined, reason = inline_styles(body)
    assert inlined is None
    assert reason


def test_inlining_loads_nothing() -> None:
    assert inline_styles("<link rel=stylesheet href='http://127.0.0.1:9/x.css'><style>p{a:b}</style><p>")[0] is None


def in_app(extras: object, **payload: object) -> tuple[object, object]:
    bundle = json.loads(bundle_of({"IN_APP/main": ("S", "B")}))
    bundle["templates"]["IN_APP/main"]["extras"] = extras
    content, _, error = attempt(json.dumps(bundle), payload, "IN_APP")
    return content and content["in_app"], error


def test_extras_are_rendered_beside_the_text() -> None:
    extras = {
        "avatar": "https://example.com/{{ who }}.png",
        "redirect": {"url": "/alarms/{{ n }}", "target": "_blank"},
        "primaryAction": {"label": "Open {{ n }}", "redirect": {"url": "{{ url | default('') }}"}},
        "data": {"floor": 3, "names": ["{{ who }} & co"]},
    }
    content, error = in_app(extras, who="<ada>", n=7)
    assert error is None
    assert content == {
        "subject": "S",
        "body": "B",
        "avatar": "https://example.com/<ada>.png",
        "redirect": {"url": "/alarms/7", "target": "_blank"},
        "primaryAction": {"label": "Open 7"},
        "data": {"floor": 3, "names": ["<ada> & co"]},
    }


def test_a_link_in_extras_leads_to_the_web_or_nowhere() -> None:
    _, error = in_app({"redirect": {"url": "{{ u }}"}}, u="javascript:x")
    assert isinstance(error, dict)
    assert error["code"] == "link_refused"


@pytest.mark.parametrize(
    "extras", [{"nosuch": 1}, {"avatar": 1}, {"redirect": "x"}, {"data": []}, {"avatar": "{{ xnovu_render('a') }}"}]
)
def test_extras_have_a_form(extras: object) -> None:
    _, error = in_app(extras)
    assert isinstance(error, dict)
    assert error["code"] == "template_error"
    assert "extras" in error["message"]


@pytest.mark.parametrize("channel", ["EMAIL", "IN_APP"])
@pytest.mark.parametrize(
    ("template", "payload"),
    [
        (
            '<a title="{% if b %}{% set y = 1 %}{% endif %}<b title="{{ x }}">hi</b>',
            {"b": False, "x": '" onmouseover=alert(1) "'},
        ),
        (
            '<a title="{% if b %}{% set y = 1 %}{% endif %}<b title=" onmouseover=alert(1) x=">hi</b>">z',
            {"b": False},
        ),
        ('<!--{# #}><img/src="x"onerror=alert(1)>-->z', {}),
        ("<!-- {{ x }}><svg/onload=alert(1)> -->z", {"x": "--"}),
        ("<!-- a --{{ x }}><svg/onload=alert(1)> -->z", {"x": ""}),
        ("Hello <!-- a {% if x %}{% else %}--{% endif %}><math><mi/xlink:href='data:x,y'> -->z", {"x": ""}),
        ("<!--{{ x }}-><img src=x onerror=alert(1)> -->z", {"x": ""}),
        ("{{ x | safe | lower }}", {"x": '<a href="javascript&COLON;alert(1)">b</a>'}),
        ('{% filter lower %}<a href="javascript&COLON;alert(1)">b</a>{% endfilter %}', {}),
        ('{% set h %}<a href="javascript&COLON;alert(1)">{{ x }}</a>{% endset %}{{ h | lower }}', {"x": "q"}),
        ("{{ x | safe | upper }}", {"x": "<p style=\"background:ımage-set('//evil/a' 1x)\">z</p>"}),
    ],
)
def test_what_an_attack_found_is_not_executed(template: str, payload: dict[str, Any], channel: str) -> None:
    output = render(template, channel=channel, **payload)
    assert faults(output) == []
    assert "onmouseover=alert" not in output and "image-set" not in output.lower()


def test_a_tag_in_a_doctype_is_told_and_neither_printed_nor_a_crash() -> None:
    for template in ("<!doctype {{ x }}><p>a", "{% if x %}a{% endif %}<!doctype {% if x %}><p>a{% endif %}"):
        told = problems({"EMAIL/main": ("s", template)}, {"properties": {"x": {}}})
        assert all(problem["code"] != "template_error" for problem in told)
        assert all(ord(sign) < 0xF0000 for sign in render(template, channel="EMAIL", x="y"))
