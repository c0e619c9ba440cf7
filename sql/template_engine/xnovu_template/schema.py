"""The JSON Schema of a workflow's payload: made ready once a bundle, its errors told without the payload's values.

Nothing is ever fetched, patterns are matched in linear time, and a schema may neither refer to itself nor blow up by
its references: validation can't be interrupted.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import unquote

import orjson

from xnovu_template.problem import Problem
from xnovu_template.values import load

MAX_ERRORS: Final = 5
MAX_EXPANDED: Final = 2_000
MAX_DEPTH: Final = 64
"""How many parts a schema may have once its references are written out, and how deep they may be nested."""

_DRAFTS: Final = ("2020-12", "2019-09", "draft-07", "draft-06")
_VALUE: Final = "\x01value"
_SHOWN_CHARS: Final = 60
_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_NOTHING: Final[dict[str, object]] = {}


def compile_schema(schema: object) -> Callable[[object], None] | None:
    """Return a check that takes a decoded payload, or None when every payload will do.

    Raises Problem payload_schema_invalid. The check raises Problem payload_invalid, which names path and rule of up to
    five errors.
    """
    if schema is None or schema is True:
        return None
    validator = _validator(schema)

    def check(payload: object) -> None:
        if not validator.is_valid(payload):
            faults = _list_faults(validator.iter_errors(payload), MAX_ERRORS)
            lines = "; ".join(message for _, _, message in faults)
            raise Problem("payload_invalid", f"The payload does not fit the workflow: {lines}.")

    return check


def list_faults(schema: str, payload: str) -> list[dict[str, str]]:
    """Return what of a payload breaks a schema, both JSON texts, as {"path", "rule", "message"} each, up to 50.

    A schema that can't be used is one fault, at the path "payload_schema".
    """
    try:
        decoded = orjson.loads(schema)
        if decoded is None or decoded is True:
            return []
        validator = _validator(decoded)
    except Problem as problem:
        return [{"path": "payload_schema", "rule": problem.code, "message": problem.message}]
    faults = _list_faults(validator.iter_errors(orjson.loads(payload)), 50)
    return [{"path": path, "rule": rule, "message": message} for path, rule, message in faults]


def _validator(schema: object) -> Any:
    if not isinstance(schema, (dict, bool)):
        _refuse("is not an object")
    if isinstance(schema, dict):
        _look_through(schema)
    load("jsonschema_rs")
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(
            schema, retriever=_fetch_nothing, mask=_VALUE, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        is_told = isinstance(error, jsonschema_rs.ValidationError)
        _refuse(f"is not valid: {_fault_of_schema(error) if is_told else 'it can not be read'}")


def _fault_of_schema(error: Any) -> str:
    """Return where a schema is wrong, with what stands there, and what is wrong with it."""
    path = "payload_schema" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path
    )
    value = _shortened(orjson.dumps(error.instance).decode())
    if error.instance_path and error.instance_path[-1] == "type":
        return f"{path}: {value} is no type; types are {', '.join(_TYPES)}"
    return f"{path}: {error.message.replace(_VALUE, value)}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _refuse(reason: str) -> NoReturn:
    raise Problem("payload_schema_invalid", f"The payload schema of the workflow {reason}.", field="payload_schema")


def _fetch_nothing(uri: str) -> NoReturn:
    raise ValueError("a schema can refer to its own parts only")


def _look_through(schema: dict[str, Any]) -> None:
    """Refuse what could keep the validator busy for long: references that repeat themselves, directly or not."""
    sizes: dict[int, int] = {}
    open_parts: set[int] = set()

    def measure(part: Any, depth: int) -> int:
        if id(part) in sizes:
            return sizes[id(part)]
        if id(part) in open_parts:
            _refuse("refers to itself")
        if depth > MAX_DEPTH:
            _refuse(f"is nested deeper than {MAX_DEPTH} levels")
        open_parts.add(id(part))
        size = 1
        members = part.items() if isinstance(part, dict) else enumerate(part)
        for name, member in members:
            if isinstance(member, (dict, list)):
                size += measure(member, depth + 1)
            elif name == "$ref" and isinstance(member, str):
                size += measure(_resolve(schema, member), depth + 1)
            elif name in ("$dynamicRef", "$recursiveRef") or (name == "$id" and part is not schema):
                _refuse(f"uses {name}, which is not supported")
        open_parts.discard(id(part))
        sizes[id(part)] = size
        return size

    draft = schema.get("$schema")
    if draft is not None and not any(known in str(draft) for known in _DRAFTS):
        _refuse("is of a draft that is not supported: take 2020-12")
    if measure(schema, 1) > MAX_EXPANDED:
        _refuse(f"has more than {MAX_EXPANDED} parts, its references written out")


class Declared(NamedTuple):
    """The names that a schema knows of a payload, and whether there may be others: by a pattern."""

    names: frozenset[str]
    is_open: bool


def declared(schema: object) -> Declared:
    """Return what a valid schema says of the members of a payload, also by what it refers to or is put together of."""
    names: set[str] = set()
    seen: set[int] = set()
    is_open = False
    waiting: list[object] = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        properties, required = part.get("properties"), part.get("required")
        names.update(properties if isinstance(properties, dict) else ())
        names.update(name for name in (required if isinstance(required, list) else ()) if isinstance(name, str))
        is_open = is_open or bool(part.get("patternProperties"))
        if isinstance(part.get("$ref"), str):
            waiting.append(_resolve(schema, part["$ref"]))
        for keyword in ("allOf", "anyOf", "oneOf"):
            waiting += part[keyword] if isinstance(part.get(keyword), list) else ()
        waiting += (part.get(keyword) for keyword in ("if", "then", "else"))
        dependent = part.get("dependentSchemas")
        waiting += dependent.values() if isinstance(dependent, dict) else ()
    return Declared(frozenset(names), is_open)


def _resolve(schema: object, reference: str) -> object:
    part = schema
    if not reference.startswith("#/"):
        _refuse(f'refers to "{reference}"; it can refer to its own parts only, such as "#/$defs/floor"')
    for step in reference[2:].split("/"):
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        try:
            part = part[int(name)] if isinstance(part, list) else part[name]  # type: ignore[index] # the path is the validator's
        except (KeyError, IndexError, ValueError, TypeError):
            _refuse(f'refers to "{reference}", which does not exist')
    return part if isinstance(part, (dict, list)) else _NOTHING


def _list_faults(errors: Any, most: int) -> list[tuple[str, str, str]]:
    """Return path, rule and message, the path included, of up to `most` errors."""
    faults: list[tuple[str, str, str]] = []
    for error in errors:
        if len(faults) == most:
            break
        path = "payload" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        rule = next((str(step) for step in reversed(error.schema_path) if not isinstance(step, int)), "")
        missing = getattr(error.kind, "property", None) if type(error.kind).__name__.endswith("Required") else None
        if missing is not None:
            path = f"{path}.{missing}"
            message = f"{path} is required"
        elif error.message.startswith(_VALUE):
            message = path + error.message.removeprefix(_VALUE).replace(_VALUE, "the value")
        else:
            message = f"{path}: {error.message.replace(_VALUE, 'the value')}"
        faults.append((path, rule, message))
    return faults
