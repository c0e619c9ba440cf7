"""How an error reads: code, place, variable, and never a value."""

import pytest
from tests.template_engine.support import attempt, bundle_of, fail, render


def test_a_missing_variable_is_named_with_template_channel_line_and_field() -> None:
    error = fail("line 1\n{{ floor }}")
    assert error["code"] == "variable_missing"
    assert error["message"].startswith('Template "main" (SMS body), line 2: the variable "floor" has no value.')
    facts = {name: error[name] for name in ("variable", "template", "line", "field", "channel")}
    assert facts == {"variable": "floor", "template": "SMS/main", "line": 2, "field": "body_template", "channel": "SMS"}


@pytest.mark.parametrize(
    ("template", "variable"),
    [
        ("{{ d.zone.name }}", "d.zone"),
        ("{{ rows[0].x }}", "rows[0].x"),
        ("{% if x %}{% endif %}", "x"),
        ("{% for i in x %}{% endfor %}", "x"),
        ("{{ x | upper }}", "x"),
        ("{{ x + 1 }}", "x"),
        ("{{ 1 - d.y }}", "d.y"),
        ("{{ x | sanitize }}", "x"),
        ("{{ x | tojson }}", "x"),
        ("{{ xnovu_render('other', {'a': x}) }}", "x"),
        ("{{ xnovu_render('other', a=d.y) }}", "d.y"),
    ],
)
def test_a_missing_variable_is_found_wherever_it_is_used(template: str, variable: str) -> None:
    error = fail("\n" + template, {"other": "-"}, d={}, rows=[{}])
    assert (error["code"], error["variable"], error["line"]) == ("variable_missing", variable, 2)


def test_an_error_in_an_include_names_the_include() -> None:
    error = fail("{{ xnovu_render('header') }}", {"header": "\n\n{{ x }}"})
    assert (error["template"], error["line"], error["variable"]) == ("SMS/header", 3, "x")


def test_an_error_in_a_subject_names_the_subject() -> None:
    _, _, error = attempt(bundle_of({"EMAIL/main": ("{{ x }}", "B")}), channels="EMAIL")
    assert error is not None
    assert error["field"] == "subject_template"
    assert error["message"].startswith('Template "main" (EMAIL subject), line 1: ')


@pytest.mark.parametrize(
    "template",
    [
        "{{ s | int }}",
        "{{ s + n }}",
        "{{ s | round }}",
        "{{ n / zero }}",
        "{{ l | sum }}",
        "{{ s.items() }}",
        "{{ '%d' | format(s) }}",
        "{{ n | batch(s) }}",
        "{{ d[s].x }}",
        "{{ l.upper() }}",
        "{{ s | float + missing }}",
        "{{ l + l }}",
        "{{ d * 2 }}",
        "{{ range(s) }}",
        "{% for a, b in l %}{% endfor %}",
    ],
)
def test_no_error_tells_a_value(template: str) -> None:
    text = str(fail(template, s="Ms Secret", n=4711, l=["Ms Secret"], d={"Ms Secret": 4711}, zero=0))
    assert "Secret" not in text
    assert "4711" not in text


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ x | nosuch }}", "there is no filter nosuch"),
        ("{{ nosuch(x) }}", "there is no function nosuch"),
        ("{{ x is nosuch }}", "there is no test nosuch"),
        ("{{ x.nosuch() }}", "there is no method nosuch"),
        ("{% nosuch %}", "{% nosuch %}"),
        ("{% include 'a' %}", "use xnovu_render"),
        ("{% macro m() %}{% endmacro %}", "use xnovu_render"),
        ("{% set n.x = 1 %}", "no namespaces"),
        ("{% if x %}", "has no {% endif %}"),
        ("{% endif %}", "closes nothing"),
        ("{{ x", "not closed"),
        ("{{ x + }}", "a value is expected"),
        ("{{ x y }}", "y is not expected"),
        ("{{ 1 < x < 3 }}", "can't be chained"),
        ("{# x", "a comment has no end"),
        ("{% raw %}", "has no {% endraw %}"),
        ("{{ {name: 1} }}", 'has to be written in quotes: {"name": …}'),
        ("{{ range }}", "range is a function"),
        ("{% set loop = 1 %}", "can't be set"),
        ("{{ 'a' + 1 }}", "+ operator on unsupported types string and number"),
        ("{{ x.split(',') }}", "has no method split"),
    ],
)
def test_a_fault_of_a_template_is_told_with_its_line(template: str, words: str) -> None:
    error = fail("\n" + template, x=[])
    assert error["code"] == "template_error"
    assert words in error["message"]
    assert error.get("line", 2) == 2
    assert error["template"] == "SMS/main"


def test_lines_are_right_behind_tags_comments_and_raw_text_of_several_lines() -> None:
    before = "{# a\n #}{% raw %}\n{{\n{% endraw %}{{ 'a\nb'\n}}{% set x =\n1 %}"
    assert fail(before + "\n{{ y }}")["line"] == 8
    assert render(before + "{{ x }}") == "\n{{\na\nb1"


def test_a_channel_without_a_template_is_named() -> None:
    _, _, error = attempt(bundle_of({"SMS/main": "x"}), channels="SMS,EMAIL")
    assert error == {
        "code": "template_missing",
        "message": "The workflow has no template for the channel EMAIL.",
        "channel": "EMAIL",
    }


def test_an_include_that_does_not_exist_is_named() -> None:
    error = fail("{{ xnovu_render('nosuch') }}")
    assert error["code"] == "template_missing"
    assert 'there is no template "nosuch" for SMS' in error["message"]


def test_a_circle_of_includes_is_named_where_it_closes() -> None:
    error = fail("{{ xnovu_render('a') }}", {"a": "{{ xnovu_render('b') }}", "b": "{{ xnovu_render('a') }}"})
    assert (error["code"], error["template"]) == ("template_cycle", "SMS/b")
    assert "a → b → a" in error["message"]


def test_eight_levels_of_includes_are_rendered_and_nine_are_not() -> None:
    others = {f"t{level}": "{{ xnovu_render('t" + str(level + 1) + "') }}" for level in range(1, 9)}
    assert render("{{ xnovu_render('t1') }}", others | {"t8": "deep"}) == "deep"
    error = fail("{{ xnovu_render('t1') }}", others | {"t9": "deeper"})
    assert error["code"] == "template_depth"


def test_a_fault_in_a_channel_that_is_not_asked_for_does_not_matter() -> None:
    bundle = bundle_of({"SMS/main": "x", "EMAIL/main": ("{{ x", "{{ y |")})
    assert attempt(bundle)[0] == {"sms": {"body": "x"}}


def test_nothing_that_postgresql_can_not_keep_gets_out() -> None:
    assert render("a{{ x }}b", x="\0") == "ab"
