"""What keeps a template or a bundle from being published, told when it is saved rather than when an alarm goes out.

Problems are errors, which publishing refuses, or warnings, of what may be meant.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final

import orjson
from minijinja import TemplateError

from xnovu_template import html, rules
from xnovu_template.bundle import Bundle, is_link
from xnovu_template.grammar import NOTIFICATION, RESERVED
from xnovu_template.item import HTML_CHANNELS, MAX_DEPTH, cycle, missing
from xnovu_template.language import find_includes, read_parts
from xnovu_template.problem import Place, Problem, explain
from xnovu_template.schema import declared
from xnovu_template.styles import inline_styles
from xnovu_template.tag import Uses

MAX_PROBLEMS: Final = 20
_DEEPEST: Final = 200
_MAX_VISITS: Final = 2_000
_GIVEN: Final = RESERVED | {"notification"}

Facts = dict[str, Any]


def inspect(source: str) -> Facts:
    """Return {"includes": [keys that the template gives to xnovu_render, sorted], "variables": [names that it needs and
    has no default for, sorted], "error": None or {"code", "message", "line", …}}.

    Includes that come behind the error are not found, and variables only where there is none.
    """
    includes, problem = find_includes(source)
    variables: list[str] = []
    if problem is None:
        bundle = Bundle(_bundle_of("CHAT/source", {"subject": None, "body": source}))
        try:
            names = _variables(bundle, "CHAT/source/body")
        except TemplateError as error:
            problem = explain(error)
        else:
            variables = sorted(names - bundle.translations["CHAT/source/body"].uses.guarded)
    return {"includes": includes, "variables": variables, "error": problem and problem.facts()}


def check_template(template: Facts) -> list[Facts]:
    """Return what is wrong with one template by itself: faults of syntax, HTML that may not get out, styles that can't
    be inlined, and, where it has a variables_description, variables that this does not name.

    It is {"channel", "key", "locale", "subject", "body", "extras", "variables_description"}.
    """
    channel, locale = template["channel"], template.get("locale") or ""
    name = f"{channel}/{template['key']}" + (f"@{locale}" if locale else "")
    parts = {"subject": template.get("subject"), "body": template["body"], "extras": template.get("extras")}
    bundle = Bundle(_bundle_of(name, parts))
    problems = _check_parts(bundle)
    described = template.get("variables_description")
    if isinstance(described, dict) and described:
        for part in bundle.translations:
            for variable in sorted(_safe_variables(bundle, part) - set(described)):
                problems.append(_undeclared(bundle, part, variable, "variables_description does not name it", False))
    return _facts(problems)


def check_bundle(bundle: str) -> list[Facts]:
    """Return what is wrong with a bundle (JSON text as for render_batch), as {"severity", "code", "message", …} each.

    "template" is such as "EMAIL/fire-alarm", "field" is body_template, subject_template, payload_schema, or begins with
    extras. Errors, which keep it from being published, come before warnings; up to 20 are listed. The bundle may have
    two members more: "variables", the names that variables_description declares by template, and "settings" with the
    enterprise's sms_segment_limit.
    """
    opened = Bundle(bundle)
    problems = _check_parts(opened)
    for channel, key in opened.entries.items():
        if not opened.has_entry(channel, "body"):
            problems.append(
                Problem("template_missing", f'There is no template "{key}" for {channel}.', channel=channel)
            )
        elif channel == "EMAIL":
            for found in (key, *opened.variants.get(f"EMAIL/{key}", {}).values()):
                name = f"EMAIL/{found}"
                template = opened.content["templates"].get(name) or {}
                if opened.has(f"{name}/body") and not (template.get("subject") or "").strip():
                    fault = Problem("template_error", "an email needs a subject_template.")
                    problems.append(fault.at(Place(channel, found, "subject")))
    problems += _check_includes(opened)
    if not any(problem.severity is None for problem in problems):
        problems += _check_variables(opened)
    return _facts(problems)


def _facts(problems: list[Problem]) -> list[Facts]:
    for problem in problems:
        problem.severity = problem.severity or "error"
    problems.sort(key=lambda problem: problem.severity != "error")
    return [problem.facts() for problem in problems[:MAX_PROBLEMS]]


def _error(code: str, message: str, line: int | None = None, variable: str | None = None, **more: Any) -> Problem:
    return Problem(code, message, line, variable, **more)


def _warning(code: str, message: str, line: int | None = None, hint: str | None = None, **more: Any) -> Problem:
    return Problem(code, message, line, hint=hint, severity="warning", **more)


def _check_parts(bundle: Bundle) -> list[Problem]:
    """Look at each text by itself."""
    problems = [problem.again() for problem in bundle.problems.values()]
    settings = bundle.content.get("settings") or {}
    calls = (given for translation in bundle.translations.values() for _, given in translation.uses.calls)
    handed = any(given is None or "notification" in given for given in calls)
    for name, translation in bundle.translations.items():
        place = Place.parse(name)
        try:
            bundle.environment.undeclared_variables_in_template(name)
        except TemplateError as error:
            problems.append(explain(error).at(place))
            continue
        problems += (fault.at(place) for fault in _check_members(translation.uses, handed))
        if place.field.startswith("extras"):
            problems += (fault.at(place) for fault in _check_extras(bundle, place))
        source = _source(bundle, place)
        if source is not None:
            if place.channel in HTML_CHANNELS and place.field == "body":
                problems += (fault.at(place) for fault in _check_html(source, translation.faults, place.channel))
            problems += (fault.at(place) for fault in _check_rules(source, place, settings))
    return problems


def _source(bundle: Bundle, place: Place) -> str | None:
    template = bundle.content["templates"][f"{place.channel}/{place.key}"]
    source = template.get(place.field)
    return source if isinstance(source, str) else None


def _check_html(source: str, faults: Iterable[html.Fault], channel: str) -> Iterator[Problem]:
    text, marks = html.skeleton_of(read_parts(source))
    for fault in faults:
        code = [marks[ord(sign) - html.FIRST_MARK].source for sign in text[: fault.position] if html.is_mark(sign)]
        line = text.count("\n", 0, fault.position) + 1 + sum(part.count("\n") for part in code)
        if fault.forbidden:
            hint = "docs/templates.md lists the tags, attributes and links that a message may hold."
            yield _error("html_forbidden", f"{fault.message}.", line, hint=hint)
        else:
            hint = "What it renders is cleaned each time: it takes longer, and may lose more than is wanted."
            yield _warning("html_unclear", f"{fault.message}.", line, hint)
    if channel == "EMAIL" and not any(fault.forbidden for fault in faults):
        _, reason = inline_styles(source)
        if reason is not None:
            hint = "Write the styles into the tags, as style attributes, for mail programs that know no other."
            yield _warning("styles_not_inlined", f"the rules of <style> can't be inlined: {reason}.", hint=hint)


def _check_members(uses: Uses, handed: bool) -> Iterator[Problem]:
    """Find what a template reads of `notification` that no notification has; `handed`: an include gets another."""
    for name, (line, column) in uses.members.items():
        if handed or name in NOTIFICATION:
            continue
        path = f"notification.{name}"
        near = get_close_matches(name, sorted(NOTIFICATION), n=1, cutoff=0.6)
        words = f"Did you mean notification.{near[0]}?" if near else f"It has {', '.join(sorted(NOTIFICATION))}."
        why = f'a notification has no "{name}".'
        problem = _error("variable_undeclared", why, line, path, column=column, hint=words)
        problem.severity = "warning" if path in uses.guarded else None
        yield problem


def _check_extras(bundle: Bundle, place: Place) -> Iterator[Problem]:
    """Find a link that is refused whatever the payload is."""
    if not is_link(place.field):
        return
    parts = read_parts(bundle.text_of(place))
    text, marks = html.skeleton_of([part for part in parts if isinstance(part, str) or part.kind != "nothing"])
    first = rules.one_line(text) if not marks else text.partition(chr(html.FIRST_MARK))[0].lstrip()
    if html.is_bad_start(first, html.LINK_SCHEMES):
        yield rules.refused_link(place.field)


def _check_rules(source: str, place: Place, settings: Facts) -> Iterator[Problem]:
    """Check what is certain of a channel's rules before anything is rendered: the text that is always there."""
    if place.field == "subject" and "\n" in source.strip():
        yield _warning("subject_lines", "a subject is one line: line breaks become blanks.")
    if place.field != "body" or place.channel not in ("SMS", "PUSH"):
        return
    text = _certain(source)
    if place.channel == "PUSH" and len(text.encode()) > rules.PUSH_BYTES:
        words = f"its text alone takes more than the {rules.PUSH_BYTES} bytes of a push message."
        yield Problem("push_too_long", words)
    elif place.channel == "SMS":
        count, encoding = rules.segments(text)
        limit = settings.get("sms_segment_limit")
        if isinstance(limit, int) and count > limit:
            yield _warning("sms_too_long", f"its text alone takes {count} segments; the limit is {limit}.")
        if encoding == "UCS-2":
            signs = " ".join(sorted(rules.outside_gsm(text)))[:40]
            words = f"these characters are not in GSM-7: {signs}. A segment holds 70 characters then, not 160."
            yield _warning("sms_not_gsm", words)


def _certain(source: str) -> str:
    """Return the text of a template that stands in no block."""
    depth, texts = 0, []
    for part in read_parts(source):
        if isinstance(part, str):
            texts.append("" if depth else part)
        elif part.kind == "text":
            texts.append("" if depth else part.text)
        elif part.kind.startswith("end"):
            depth -= 1
        elif part.kind in ("if", "for", "filter", "with") or (part.kind == "set" and "=" not in part.code):
            depth += 1
    return "".join(texts).strip()


# --- variables


def _variables(bundle: Bundle, name: str) -> set[str]:
    """Return the names that a template reads and does not bind. Raises TemplateError."""
    return set(bundle.environment.undeclared_variables_in_template(name)) - _GIVEN


def _safe_variables(bundle: Bundle, name: str) -> set[str]:
    try:
        return _variables(bundle, name)
    except TemplateError:
        return set()


def _undeclared(bundle: Bundle, name: str, variable: str, why: str, is_error: bool) -> Problem:
    uses = bundle.translations[name].uses
    line, column = uses.places.get(variable, (None, None))
    problem = _error("variable_undeclared", f'the variable "{variable}": {why}.', line, variable, column=column)
    if not is_error or variable in uses.guarded:
        problem.severity = "warning"
    problem.hint = "Name it in the workflow's payload_schema (properties) or in the template's variables_description."
    return problem.at(Place.parse(name))


def _check_variables(bundle: Bundle) -> list[Problem]:
    """Find what the entry templates, and what they include, read though nobody says that a payload has it."""
    properties, is_open = declared(bundle.content.get("payload_schema"))
    described = bundle.content.get("variables") or {}
    visited: set[tuple[str, frozenset[str]]] = set()
    variables = {name: _safe_variables(bundle, name) for name in bundle.translations}
    found: dict[tuple[str, str], Problem] = {}

    def visit(name: str, known: frozenset[str]) -> None:
        if name not in bundle.translations or (name, known) in visited or len(visited) > _MAX_VISITS:
            return
        visited.add((name, known))
        place = Place.parse(name)
        known |= frozenset(described.get(f"{place.channel}/{place.key}") or ())
        for variable in sorted(variables[name] - known):
            why = "neither the payload schema nor variables_description declares it"
            problem = _undeclared(bundle, name, variable, why, bool(properties) and not is_open)
            found.setdefault((problem.template or "", variable), problem)
        for key, given in bundle.translations[name].uses.calls:
            if given is not None:
                for variant in {key, *bundle.variants.get(f"{place.channel}/{key}", {}).values()}:
                    visit(f"{place.channel}/{variant}/body", known | given)

    for channel, key in bundle.entries.items():
        for variant in (key, *bundle.variants.get(f"{channel}/{key}", {}).values()):
            own = f"{channel}/{variant}/"
            for name in [name for name in bundle.translations if name.startswith(own)]:
                visit(name, properties)
    return list(found.values())


# --- includes


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
        stack = [*stack, place.key.partition("@")[0]]
        below = 0
        for key in bundle.translations[name].includes:
            variants = (key, *bundle.variants.get(f"{place.channel}/{key}", {}).values())
            if not bundle.has(f"{place.channel}/{key}/body"):
                problems.append(Problem("template_missing", missing(key, place.channel)).at(place))
            elif key in stack and place.field == "body":
                members = frozenset(stack[stack.index(key) :])
                if members not in circles:
                    circles.add(members)
                    words = f"templates include each other in a circle: {cycle(stack, key)}."
                    problems.append(Problem("template_cycle", words).at(place))
            elif len(stack) <= _DEEPEST:
                stack = stack if place.field == "body" else []
                below = max(below, *(1 + height(f"{place.channel}/{variant}/body", stack) for variant in variants))
        heights[name] = below
        if below == MAX_DEPTH + 1:
            problems.append(
                Problem("template_depth", f"templates are nested deeper than {MAX_DEPTH} levels.").at(place)
            )
        return below

    for name in bundle.translations:
        height(name, [])
    return problems


def _bundle_of(name: str, template: Facts) -> str:
    return orjson.dumps({"templates": {name: template}, "channels": {}, "payload_schema": None}).decode()
