"""What inspect and check_bundle say when a template is saved and a workflow is published."""

import pytest
from tests.template_engine.support import problems

from xnovu_template import inspect


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


def test_a_bundle_of_many_includes_is_checked_quickly() -> None:
    keys = [f"t{number}" for number in range(100)]
    body = "".join("{{ xnovu_render('" + key + "') }}" for key in keys)
    found = problems({"SMS/main": body} | {f"SMS/{key}": body for key in keys})
    assert {problem["code"] for problem in found} == {"template_cycle"}
    assert len(found) <= 20
