"""The functions of the database that wrap the engine, as their owner calls them."""

import json
from typing import Any

import pytest
from tests.cluster import Connection, Database
from tests.template_engine.support import bundle_of


@pytest.fixture
def owner(database: Database) -> Connection:
    connection = database.connect()
    connection.execute("set role notify_owner")
    return connection


def call(owner: Connection, function: str, *arguments: str) -> Any:
    marks = ", ".join(["%s"] * len(arguments))
    row = owner.execute(f"select template.{function}({marks}) as answer".encode(), arguments).fetchone()
    assert row is not None
    return row[0]


def test_preview_shows_each_channel_with_sizes_and_text_and_what_fails(owner: Connection) -> None:
    bundle = bundle_of(
        {
            "EMAIL/main": ("Fire", "<h1>{{ floor }}</h1>{{ xnovu_render('foot') }}"),
            "EMAIL/foot": (None, "<p>Bye</p>"),
            "SMS/main": "Floor {{ floor }} €",
            "PUSH/main": "{{ missing }}",
        }
    )
    answer = call(owner, "preview", bundle, '{"floor": 3}', '{"is_test": true}', "EMAIL,SMS,PUSH")
    email, sms, push = (answer["channels"][channel] for channel in ("EMAIL", "SMS", "PUSH"))
    assert (email["subject"], email["body"]) == ("[TEST] Fire", "<h1>3</h1><p>Bye</p>")
    assert email["text"].split() == ["3", "Bye"]
    assert email["templates"] == ["EMAIL/foot", "EMAIL/main"]
    assert email["bytes"] == len('{"subject":"[TEST] Fire","body":"<h1>3</h1><p>Bye</p>"}')
    assert (sms["body"], sms["segments"], sms["encoding"]) == ("[TEST] Floor 3 €", 1, "GSM-7")
    assert push["error"]["variable"] == "missing"
    assert answer["error"]["code"] == "variable_missing"
    assert answer["event_bytes"] > email["bytes"]


def test_validate_payload_names_path_and_rule(owner: Connection) -> None:
    schema = {"required": ["floor"], "properties": {"lifts": {"items": {"maxLength": 3}}}}
    faults = call(owner, "validate_payload", json.dumps(schema), '{"lifts": ["A", "Secret"]}')
    assert {(fault["path"], fault["rule"]) for fault in faults} == {
        ("payload.floor", "required"),
        ("payload.lifts[1]", "maxLength"),
    }
    assert "Secret" not in str(faults)
    assert call(owner, "validate_payload", json.dumps(schema), '{"floor": 1}') == []
    assert call(owner, "validate_payload", "null", "{}") == []


def test_inspect_lists_includes_and_what_must_be_given(owner: Connection) -> None:
    source = (
        "{{ a }}{{ b | default(1) }}{% for c in d %}{{ c }}{% endfor %}{{ notification.name }}{{ xnovu_render('x') }}"
    )
    assert call(owner, "inspect", source) == {"includes": ["x"], "variables": ["a", "d"], "error": None}
    assert call(owner, "inspect", "{{ a | }}")["error"]["column"] == 8


def test_inline_styles_keeps_the_tags_of_the_template(owner: Connection) -> None:
    body = "<style>p { color: red }</style>{% if x %}<p>{{ x }}</p>{% endif %}"
    assert call(owner, "inline_styles", body) == body.replace("<p>", '<p style="color: red;">')
    assert call(owner, "inline_styles", "<p>x</p>") is None


def test_check_template_tells_where_and_what_was_meant(owner: Connection) -> None:
    template = {"channel": "EMAIL", "key": "a", "locale": "da", "subject": "{{ x }}", "body": "<p>\n  {{ x | uper }}"}
    [problem] = call(owner, "check_template", json.dumps(template))
    assert (problem["severity"], problem["template"], problem["field"]) == ("error", "EMAIL/a@da", "body_template")
    assert (problem["line"], problem["column"], problem["hint"]) == (2, 10, "Did you mean upper?")


@pytest.mark.parametrize("function", ["py_preview", "py_validate_payload", "py_inline_styles", "py_check_template"])
def test_nobody_else_may_call_the_python(database: Database, function: str) -> None:
    query = """
    select count(*) from pg_proc as p cross join pg_roles as r
    where p.proname = %s and r.rolname in ('notify_platform', 'notify_manager', 'notify_admin', 'notify_worker')
      and has_function_privilege(r.oid, p.oid, 'execute')
    """
    row = database.keep().execute(query.encode(), [function]).fetchone()
    assert row is not None
    assert row[0] == 0
