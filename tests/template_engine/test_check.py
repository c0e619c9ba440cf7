"""What inspect and check_bundle say when a template is saved and a workflow is published."""

import json

import pytest
from tests.template_engine.support import bundle_of, problems

from xnovu_template import check_bundle, inspect
from xnovu_template.grammar import NOTIFICATION


def test_includes_are_found_once_each_and_sorted() -> None:
    source = "{{ xnovu_render('b') }}{% if x %}{{ xnovu_render(\"a-1\", {'x': xnovu_render('c')}) }}{% endif %}"
    source += "{{ xnovu_render('b') }}"
    assert inspect(source) == {"includes": ["a-1", "b", "c"], "variables": ["x"], "error": None}


@pytest.mark.parametrize(
    "source",
    [
        "xnovu_render('a')",
        "{# {{ xnovu_render('a') }} #}",
        "{% raw %}{{ xnovu_render('a') }}{% endraw %}",
        "{%- raw -%}{{ xnovu_render('a') }}{%- endraw -%}",
        "{{ \"xnovu_render('a')\" }}",
    ],
)
def test_what_only_looks_like_an_include_is_none(source: str) -> None:
    assert inspect(source) == {"includes": [], "variables": [], "error": None}


@pytest.mark.parametrize(
    "argument", ["key", "'a' ~ 'b'", "['a'][0]", "'a' if x else 'b'", "", "1", "'a'|upper", "'\\x61'"]
)
def test_the_key_of_an_include_has_to_be_a_literal(argument: str) -> None:
    error = inspect("\n{{ xnovu_render(" + argument + ") }}")["error"]
    assert (error["code"], error["line"]) == ("include_not_literal", 2)


def test_a_fault_of_syntax_has_a_line_and_the_includes_before_it_are_found() -> None:
    answer = inspect("{{ xnovu_render('a') }}\n{% if %}")
    assert answer["includes"] == ["a"]
    assert (answer["error"]["code"], answer["error"]["line"]) == ("template_error", 2)


def test_a_sound_bundle_has_no_problems() -> None:
    templates = {
        "EMAIL/main": ("{{ x }}", "{{ xnovu_render('header') }}"),
        "EMAIL/header": (None, "h"),
        "SMS/main": (None, "{{ x }}"),
    }
    assert problems(templates, {"type": "object", "properties": {"x": {}}}) == []


def test_every_problem_is_told_with_its_place() -> None:
    templates = {
        "EMAIL/main": ("{{ x | nosuch }}", "\n{{ xnovu_render('gone') }}"),
        "SMS/main": (None, "\n\n{{ xnovu_render('a', {name: 1}) }}"),
        "CHAT/main": (None, "{{ xnovu_render(key) }}"),
    }
    found = {(p["code"], p["template"], p["field"], p.get("line")) for p in problems(templates)}
    assert found == {
        ("template_error", "EMAIL/main", "subject_template", 1),
        ("template_missing", "EMAIL/main", "body_template", None),
        ("template_error", "SMS/main", "body_template", 3),
        ("include_not_literal", "CHAT/main", "body_template", 1),
    }


def test_a_circle_is_told_once_with_its_members() -> None:
    templates = {
        "SMS/main": "{{ xnovu_render('a') }}",
        "SMS/a": "{{ xnovu_render('b') }}",
        "SMS/b": "{% if false %}{{ xnovu_render('a') }}{% endif %}",
    }
    [problem] = problems(templates)
    assert problem["code"] == "template_cycle"
    assert "a → b → a" in problem["message"]


def test_a_template_that_includes_itself_is_a_circle() -> None:
    [problem] = problems({"SMS/main": "{{ xnovu_render('main') }}"})
    assert "main → main" in problem["message"]


def test_a_subject_may_include_the_body_of_its_own_template() -> None:
    assert problems({"EMAIL/main": ("{{ xnovu_render('title') }}", "x"), "EMAIL/title": "t"}) == []


def test_more_than_eight_levels_are_refused() -> None:
    chain = {f"SMS/t{level}": "{{ xnovu_render('t" + str(level + 1) + "') }}" for level in range(1, 9)}
    templates = {"SMS/main": "{{ xnovu_render('t1') }}", **chain}
    assert problems({**templates, "SMS/t8": "x"}) == []
    [problem] = problems({**templates, "SMS/t9": "x"})
    assert problem["code"] == "template_depth"


def test_an_email_needs_a_subject() -> None:
    [problem] = problems({"EMAIL/main": "x"})
    assert (problem["template"], problem["field"]) == ("EMAIL/main", "subject_template")


@pytest.mark.parametrize("subject", ["", " \n"])
def test_a_blank_subject_is_none(subject: str) -> None:
    [problem] = problems({"EMAIL/main": (subject, "x"), "EMAIL/included": "y"})
    assert (problem["severity"], problem["field"]) == ("error", "subject_template")


def test_a_notification_has_no_other_members_than_those_that_are_known() -> None:
    known = sorted(NOTIFICATION)
    assert len(known) == 10
    assert problems({"SMS/main": "".join(f"{{{{ notification.{name} }}}}" for name in known)}) == []
    [problem] = problems({"SMS/main": "\n{{ notification.bilding }}"})
    facts = {name: problem[name] for name in ("severity", "line", "variable", "hint")}
    hint = "Did you mean notification.building?"
    assert facts == {"severity": "error", "line": 2, "variable": "notification.bilding", "hint": hint}
    [problem] = problems({"SMS/main": "{{ notification.floor | default('x') }}"})
    assert (problem["severity"], problem["variable"]) == ("warning", "notification.floor")
    assert problems({"SMS/main": "{% set notification = {'a': 1} %}{{ notification.a }}"}) == []


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("javascript:x", True),
        (" java\tscript:{{ x }}", True),
        ("{# c #}ftp://{{ x }}", True),
        ("https://{{ x }}", False),
        ("{{ x }}:8080/a", False),
        ("{% if x %}a{% endif %}", False),
        ("/a:b", False),
        ("", False),
    ],
)
def test_a_link_of_extras_that_is_always_refused_is_an_error(url: str, refused: bool) -> None:
    for extras in ({"avatar": url}, {"redirect": {"url": url}}, {"primaryAction": {"redirect": {"url": url}}}):
        bundle = json.loads(bundle_of({"IN_APP/main": "B"}, {"properties": {"x": {}}}))
        bundle["templates"]["IN_APP/main"]["extras"] = extras | {"data": {"redirect": {"url": url}}}
        found = [(problem["code"], problem["severity"]) for problem in check_bundle(json.dumps(bundle))]
        assert found == ([("link_refused", "error")] if refused else [])


@pytest.mark.parametrize(
    ("tag", "refused"),
    [
        ("<a href=\"javascript:go('{{ x }}')\">", True),
        ('<a href="java&#115;cript:{{ x }}">', True),
        ('<img src="ftp://{{ x }}">', True),
        ('<img src="data:text/html,{{ x }}">', True),
        ('<p style="background:url({{ x }})">', True),
        ('<a href="mailto:{{ x }}">', False),
        ('<a href="{{ x }}:8080">', False),
        ('<img src="data:image/png;base64,{{ x }}">', False),
        ('<img src="data:{{ x }}">', False),
        ('<p style="color:{{ x }}">', False),
    ],
)
def test_what_is_taken_out_whatever_the_value_is_is_an_error(tag: str, refused: bool) -> None:
    found = problems({"EMAIL/main": ("S", tag)}, {"properties": {"x": {}}})
    assert [(p["code"], p["severity"]) for p in found] == ([("html_forbidden", "error")] if refused else [])


@pytest.mark.parametrize(
    ("schema", "severities"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"x": {}, "y": {}}}}}, []),
        ({"allOf": [{"properties": {"x": {}}}, {"required": ["y"]}]}, []),
        ({"properties": {"x": {}}, "anyOf": [{"oneOf": [{"properties": {"y": {}}}]}]}, []),
        ({"properties": {"x": {}}, "if": {}, "then": {"properties": {"y": {}}}}, []),
        ({"allOf": [{"properties": {"x": {}}}]}, ["error"]),
        ({"properties": {"x": {}}, "patternProperties": {"^z": {}}}, ["warning"]),
        ({"allOf": [{"type": "object"}]}, ["warning", "warning"]),
    ],
)
def test_a_schema_declares_variables_through_its_parts(schema: object, severities: list[str]) -> None:
    assert [problem["severity"] for problem in problems({"SMS/main": "{{ x }}{{ y }}"}, schema)] == severities


def test_a_bundle_of_many_includes_is_checked_quickly() -> None:
    keys = [f"t{number}" for number in range(100)]
    body = "".join("{{ xnovu_render('" + key + "') }}" for key in keys)
    found = problems({"SMS/main": body} | {f"SMS/{key}": body for key in keys})
    assert {problem["code"] for problem in found} == {"template_cycle"}
    assert len(found) <= 20
