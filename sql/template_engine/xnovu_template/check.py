"""What keeps a template or a bundle from being published, told when it is saved rather than when an alarm goes out."""

from typing import Any, Final

import orjson
from minijinja import TemplateError

from xnovu_template.bundle import Bundle
from xnovu_template.item import MAX_DEPTH, cycle, missing
from xnovu_template.language import find_includes
from xnovu_template.problem import Place, Problem, explain

MAX_PROBLEMS: Final = 20
_DEEPEST: Final = 200


def inspect(source: str) -> dict[str, Any]:
    """Return {"includes": [keys that the template gives to xnovu_render, sorted], "error": None or {"code", "message",
    "line"}}.

    Includes that come behind the error are not found.
    """
    includes, problem = find_includes(source)
    if problem is None:
        try:
            Bundle(_bundle_of(source)).environment.undeclared_variables_in_template("CHAT/source/body")
        except TemplateError as error:
            problem = explain(error)
    return {"includes": includes, "error": problem and problem.facts()}


def check_bundle(bundle: str) -> list[dict[str, str | int]]:
    """Return what keeps a bundle (JSON text as for render_batch) from being published, as {"code", "message", …} each.

    "template" is such as "EMAIL/fire-alarm", "field" is body_template, subject_template or payload_schema. Every
    problem is listed, up to 20.
    """
    opened = Bundle(bundle)
    problems = list(opened.problems.values())
    for name in opened.translations:
        try:
            opened.environment.undeclared_variables_in_template(name)
        except TemplateError as error:
            problems.append(explain(error).at(Place.parse(name)))
    for channel, key in opened.entries.items():
        if not opened.has_entry(channel, "body"):
            problems.append(
                Problem("template_missing", f'There is no template "{key}" for {channel}.', channel=channel)
            )
        elif channel == "EMAIL" and not opened.has_entry(channel, "subject"):
            place = Place(channel, key, "subject")
            problems.append(Problem("template_error", "an email needs a subject_template.").at(place))
    problems += _check_includes(opened)
    return [problem.facts() for problem in problems[:MAX_PROBLEMS]]


def _check_includes(bundle: Bundle) -> list[Problem]:
    """Follow each include of each template once: those that do not exist, circles, and what is nested too deeply."""
    problems: list[Problem] = []
    heights: dict[str, int] = {}
    circles: set[frozenset[str]] = set()

    def height(name: str, stack: list[str]) -> int:
        """Return how many levels of includes are below a template, as far as no circle is met."""
        place = Place.parse(name)
        if name in heights or name not in bundle.translations:
            return heights.get(name, 0)
        stack = [*stack, place.key]
        below = 0
        for key in bundle.translations[name].includes:
            included = f"{place.channel}/{key}/body"
            if not bundle.has(included):
                problems.append(Problem("template_missing", missing(key, place.channel)).at(place))
            elif key in stack and place.field == "body":
                members = frozenset(stack[stack.index(key) :])
                if members not in circles:
                    circles.add(members)
                    words = f"templates include each other in a circle: {cycle(stack, key)}."
                    problems.append(Problem("template_cycle", words).at(place))
            elif len(stack) <= _DEEPEST:
                below = max(below, 1 + height(included, stack if place.field == "body" else []))
        heights[name] = below
        if below == MAX_DEPTH + 1:
            problems.append(
                Problem("template_depth", f"templates are nested deeper than {MAX_DEPTH} levels.").at(place)
            )
        return below

    for name in bundle.translations:
        height(name, [])
    return problems


def _bundle_of(source: str) -> str:
    templates = {"CHAT/source": {"subject": None, "body": source}}
    return orjson.dumps({"templates": templates, "channels": {}, "payload_schema": None}).decode()
