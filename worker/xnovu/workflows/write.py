"""Workflows and templates as the text of files: what pull writes, and what a diff compares."""

from __future__ import annotations

import json
from typing import Any

from xnovu.workflows import duration, yamltext
from xnovu.workflows.model import Template, Tree, Workflow, template_file
from xnovu.workflows.read import DEFINITION, MARK, SCHEMA


def files_of(tree: Tree, inline_schemas: frozenset[str], homes: frozenset[str]) -> dict[str, str]:
    """The text of each file by its path.

    Args:
        tree: what to write.
        inline_schemas: the keys of the workflows whose schema stands in the definition, not in a file of its own.
        homes: the keys whose templates stand beside a workflow.
    """
    files: dict[str, str] = {}
    for key, workflow in tree.workflows.items():
        is_inline = key in inline_schemas
        files[f"workflows/{key}/{DEFINITION}"] = definition(workflow, is_inline)
        if workflow.payload_schema is not None and not is_inline:
            files[f"workflows/{key}/{SCHEMA}"] = schema_text(workflow.payload_schema)
    for template in tree.templates.values():
        folder = "workflows" if template.key in homes else "templates"
        files[f"{folder}/{template.key}/{template_file(template.channel, template.locale)}"] = template_text(template)
    return files


def definition(workflow: Workflow, schema_is_inline: bool) -> str:
    """The text of workflow.yaml; what is as it would be anyway is left out."""
    data: dict[str, Any] = {
        "name": workflow.name,
        "description": workflow.description,
        "category": workflow.category,
        "priority": workflow.priority,
        "default_channels": workflow.default_channels,
        "template_overrides": _sorted(workflow.template_overrides),
        "expires_after": workflow.expires_after and duration.write(workflow.expires_after),
        "fallback_text": workflow.fallback_text,
        "tags": workflow.tags,
        "deactivated": workflow.deactivated,
    }
    data = {name: value for name, value in data.items() if value not in (None, [], {}, False)}
    if schema_is_inline and workflow.payload_schema is not None:
        data["payload_schema"] = _sorted(workflow.payload_schema)
    return yamltext.dump(data)


def schema_text(schema: dict[str, Any]) -> str:
    """The text of payload_schema.json."""
    return json.dumps(_sorted(schema), indent=2, ensure_ascii=False) + "\n"


def template_text(template: Template) -> str:
    """The text of a template's file: front matter, and the body with a line feed behind it."""
    data: dict[str, Any] = {
        "name": template.name,
        "description": template.description,
        "subject": template.subject,
        "variables_description": _sorted(template.variables_description),
        "extras": _sorted(template.extras),
    }
    front = yamltext.dump({name: value for name, value in data.items() if value not in (None, {})})
    return f"{MARK}\n{front}{MARK}\n{template.body}\n"


def _sorted(value: Any) -> Any:
    """The value with its members in one order, short names first: jsonb keeps no other, and a diff needs one."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value, key=lambda name: (len(name.encode()), name))}
    if isinstance(value, list):
        return [_sorted(member) for member in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
