"""YAML as a folder has it: the types of JSON only, no key twice, and a line for each member."""

from __future__ import annotations

import re
from typing import Any

import yaml

_TYPES = (
    ("null", r"(~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-+0123456789")),
)

_BREAKS = re.compile("[\r\x85\u2028\u2029]")


class YamlProblem(Exception):
    """The text is not the YAML that is wanted; line and column count from 1 within it, 0 where unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's types: yes and 2025-06-02 and 1:30 are texts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    "a name must be a text, and a text that begins with { must stand in quotes",
                    key.start_mark,
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """SafeDumper that writes several lines as a block, and a list of words on a line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") else None
    if _BREAKS.search(text):  # as a block or in single quotes they would read back as line feeds
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.SequenceNode:
    is_short = all(not isinstance(value, dict | list) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=is_short)


_Loader.yaml_implicit_resolvers = {}  # not the base's, which has YAML 1.1's types
for _name, _pattern, _first in _TYPES:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^{_pattern}$"), _first)
_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def load(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Read a mapping; returns it with the line of each of its members.

    Raises YamlProblem when it is no YAML, no mapping, or has a name twice."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        if not isinstance(node, yaml.MappingNode):
            raise YamlProblem("members such as “name: Fire alarm” are expected here.", node.start_mark.line + 1)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _explain(error, text) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlProblem(f"this is no YAML: {' '.join(str(error).split())}") from error
    finally:
        loader.dispose()
    return data, {key.value: key.start_mark.line + 1 for key, _ in node.value}


def dump(data: dict[str, Any]) -> str:
    """A mapping as YAML that reads back the same; members stay in their order."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000, default_flow_style=False)
    return str(text)


def _explain(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    words = " ".join(filter(None, (error.context, error.problem)))
    if isinstance(error, yaml.constructor.ConstructorError):
        return YamlProblem(f"{error.problem}.", line, column)
    lines = text.split("\n")
    near = lines[max(0, line - 2) : line]
    hint = ""
    if any(re.search(r":\s+(\{|%|@|`)", found) for found in near):
        hint = " Put a text that begins with {{ or {% into quotes."
    elif any("\t" in found for found in near):
        hint = " Indent by blanks, not by tabs."
    return YamlProblem(f"this is no YAML: {words}.{hint}", line, column)
