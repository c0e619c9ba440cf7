"""The JSON Schema of a workflow's payload: made ready once a bundle, its errors told without the payload's values.

Nothing is ever fetched, patterns are matched in linear time, and a schema may neither refer to itself nor blow up by
its references: validation can't be interrupted.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn
from urllib.parse import unquote

import jsonschema_rs

from xnovu_template.problem import Problem

MAX_ERRORS: Final = 5
MAX_EXPANDED: Final = 2_000
MAX_DEPTH: Final = 64
"""How many parts a schema may have once its references are written out, and how deep they may be nested."""

_DRAFTS: Final = ("2020-12", "2019-09", "draft-07", "draft-06")
_VALUE: Final = "\x01value"
_NOTHING: Final[dict[str, object]] = {}


def compile_schema(schema: object) -> Callable[[object], None] | None:
    """Return a check that takes a decoded payload, or None when every payload will do.

    Raises Problem payload_schema_invalid. The check raises Problem payload_invalid, which names path and rule of up to
    five errors.
    """
    if schema is None or schema is True:
        return None
    if not isinstance(schema, (dict, bool)):
        _refuse("is not an object")
    if isinstance(schema, dict):
        _look_through(schema)
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_fetch_nothing, mask=_VALUE, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        _refuse(f"is not valid: {getattr(error, 'message', 'it can not be read')}")

    def check(payload: object) -> None:
        if not validator.is_valid(payload):
            raise Problem("payload_invalid", _describe(validator.iter_errors(payload)))

    return check


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


def _describe(errors: Any) -> str:
    lines: list[str] = []
    for error in errors:
        if len(lines) == MAX_ERRORS:
            break
        path = "payload" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        missing = getattr(error.kind, "property", None) if type(error.kind).__name__.endswith("Required") else None
        if missing is not None:
            lines.append(f"{path}.{missing} is required")
        elif error.message.startswith(_VALUE):
            lines.append(path + error.message.removeprefix(_VALUE).replace(_VALUE, "the value"))
        else:
            lines.append(f"{path}: {error.message.replace(_VALUE, 'the value')}")
    return "The payload does not fit the workflow: " + "; ".join(lines) + "."
