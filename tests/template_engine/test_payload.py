"""The check of a payload against its workflow's JSON Schema, and of the payload as such."""

import json
import time
from typing import Any

import pytest
from tests.template_engine.support import attempt, bundle_of, problems


def check(schema: Any, payload: Any) -> dict[str, Any] | None:
    return attempt(bundle_of({"SMS/main": "x"}, schema), payload)[2]


SCHEMA = {
    "type": "object",
    "required": ["floor"],
    "properties": {
        "floor": {"type": "integer"},
        "lifts": {"type": "array", "items": {"$ref": "#/$defs/lift"}},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
    },
    "additionalProperties": False,
    "$defs": {"lift": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}}},
}


def test_a_payload_that_fits_is_rendered() -> None:
    assert check(SCHEMA, {"floor": 3, "lifts": [{"name": "A"}], "code": "x"}) is None


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "payload.floor is required"),
        ({"floor": "Secret"}, 'payload.floor is not of type "integer"'),
        ({"floor": 1, "lifts": [{}, {"name": "Secret"}]}, "payload.lifts[1].name is longer than 3 characters"),
        ({"floor": 1, "code": "Secret"}, 'payload.code does not match "^[a-z]+$"'),
        ({"floor": 1, "typo": "Secret"}, "('typo' was unexpected)"),
    ],
)
def test_path_and_rule_are_told_and_the_value_is_not(payload: Any, words: str) -> None:
    error = check(SCHEMA, payload)
    assert error is not None
    assert error["code"] == "payload_invalid"
    assert words in error["message"]
    assert "Secret" not in error["message"]


def test_up_to_five_errors_are_told() -> None:
    schema = {"properties": {f"p{number}": {"type": "null"} for number in range(9)}}
    error = check(schema, {f"p{number}": 1 for number in range(9)})
    assert error is not None
    assert error["message"].count("is not of type") == 5


def nested(levels: int) -> Any:
    return {"a": nested(levels - 1)} if levels > 1 else {}


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("{", "not valid JSON"),
        ('{"a": NaN}', "not valid JSON"),
        (json.dumps({"a": "x" * 131_072}), "longer than 128 KB"),
        (json.dumps(nested(40)), "nested deeper than 32 levels"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_payload_that_is_no_small_object_is_refused(payload: str, words: str) -> None:
    error = check(None, payload)
    assert error is not None
    assert error["code"] == "payload_invalid"
    assert words in error["message"]


def doubling(levels: int) -> Any:
    parts = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": parts | {f"d{levels}": {"type": "object"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nosuch"}, "is not valid"),
        ({"properties": 5}, "is not valid"),
        ([1], "is not an object"),
        ({"pattern": "("}, "is not valid"),
        ({"pattern": "(a+)+$(?=b)"}, "is not valid"),
        ({"$ref": "http://example.com/schema"}, "can refer to its own parts only"),
        ({"$ref": "file:///etc/passwd"}, "can refer to its own parts only"),
        ({"$ref": "#/$defs/nosuch"}, "does not exist"),
        ({"$ref": "#"}, "can refer to its own parts only"),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "refers to itself"),
        ({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, "refers to itself"),
        ({"$dynamicRef": "#x"}, "$dynamicRef"),
        ({"items": {"$id": "http://example.com/other"}}, "$id"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "draft"),
        ({"$schema": "http://example.com/own"}, "draft"),
        (doubling(20), "has more than 2000 parts"),
        (json.loads('{"items": ' * 100 + "{}" + "}" * 100), "is nested deeper than 64 levels"),
    ],
)
def test_a_schema_that_is_wrong_or_could_run_for_long_is_refused(schema: Any, words: str) -> None:
    [problem] = problems({"SMS/main": "x"}, schema)
    assert (problem["code"], problem["field"]) == ("payload_schema_invalid", "payload_schema")
    assert words in problem["message"]
    error = check(schema, {})
    assert error is not None
    assert error["code"] == "payload_schema_invalid"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"properties": {"a": {"type": "objekt"}}}, 'payload_schema.properties.a.type: "objekt" is no type; types are'),
        ({"allOf": [{"required": "a"}]}, 'payload_schema.allOf[0].required: "a" is not of type "array"'),
        ({"properties": ["x" * 100]}, f'payload_schema.properties: ["{"x" * 58}… is not of type "object"'),
    ],
)
def test_a_wrong_schema_is_told_with_the_place_and_what_stands_there(schema: Any, words: str) -> None:
    [problem] = problems({"SMS/main": "x"}, schema)
    assert words in problem["message"]


def test_a_pattern_takes_linear_time() -> None:
    start = time.process_time()
    assert check({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 50_000 + "!"}) is not None
    assert time.process_time() - start < 0.5


def test_a_property_may_be_named_like_a_keyword() -> None:
    assert check({"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}}, {"$ref": "x"}) is None
