"""A workflow's templates, ready to render: one minijinja environment for each bundle, used for all its items."""

from collections.abc import Callable
from typing import Any, Final, NoReturn

import minijinja
import orjson

from xnovu_template.language import Translation, translate
from xnovu_template.problem import Place, Problem, endless, explain
from xnovu_template.schema import compile_schema
from xnovu_template.values import admit_all, clock, markdown, sanitize, scalar, tojson

FUEL: Final = 30_000
"""Steps of minijinja, and 64ths of a character, for one template. An email with 20 values and a loop of 10 takes 240."""

MAX_INCLUDES: Final = 500
MAX_DEPTH: Final = 8
OUTPUT_CHARS: Final = 512 * 1024

HTML_CHANNELS: Final = frozenset(("EMAIL", "IN_APP"))


class Bundle:
    """The templates and the payload schema of one version of a workflow.

    `problems` has what keeps a part of it from being used, by the name of that part: "EMAIL/fire-alarm/body", or
    "payload_schema". It is raised when the part is used, and listed when the bundle is checked.
    """

    def __init__(self, text: str) -> None:
        """Read and compile a bundle of the form that the package's docstring gives."""
        content = orjson.loads(text)
        self.entries: dict[str, str] = content["channels"]
        self.translations: dict[str, Translation] = {}
        self.problems: dict[str, Problem] = {}
        self.check_payload: Callable[[object], None] | None = None
        for name, template in content["templates"].items():
            self.translate(f"{name}/body", template["body"])
            self.translate(f"{name}/subject", template["subject"])
        try:
            self.check_payload = compile_schema(content["payload_schema"])
        except Problem as problem:
            self.problems["payload_schema"] = problem
        self.environment = minijinja.Environment(
            loader=self.load,
            fuel=FUEL,
            undefined_behavior="strict",
            auto_escape_callback=_escapes,
            filters={"markdown": markdown, "sanitize": sanitize, "tojson": tojson, "xnovu_scalar": scalar},
            globals={"xnovu_render": self.include},
        )
        for name in ("cycler", "debug", "dict", "joiner", "namespace"):
            self.environment.remove_global(name)
        for name in ("chain", "pprint", "zip"):
            self.environment.remove_filter(name)
        self.stack: list[str] = []
        self.includes = 0
        self.channel = self.field = ""
        self.values: dict[str, Any] = {}

    def translate(self, name: str, source: str | None) -> None:
        if source is None:
            return
        try:
            self.translations[name] = translate(source)
        except Problem as problem:
            self.problems[name] = problem.at(Place.parse(name))

    def load(self, name: str) -> str | None:
        """Return what minijinja compiles under a name. "…/text" is a body without escaping, for use in a subject."""
        translation = self.translations.get(name.removesuffix("/text") + "/body" if name.endswith("/text") else name)
        return translation and translation.code

    def begin(self, values: dict[str, Any]) -> None:
        """Start on an item, whose templates see `values`."""
        self.values = values
        self.includes = 0

    def has(self, channel: str, field: str) -> bool:
        """Tell whether a channel's entry template has a `field`: subject or body."""
        name = f"{channel}/{self.entries.get(channel)}/{field}"
        return name in self.translations or name in self.problems

    def render(self, channel: str, field: str) -> str:
        """Return the text of a channel's `field`, subject or body, for the item that was begun.

        Raises Problem, with its place.
        """
        key = self.entries.get(channel)
        if key is None or not self.has(channel, field):
            _refuse_channel(channel)
        self.channel, self.field = channel, field
        self.stack = [key]
        return self.run(f"{channel}/{key}/{field}", self.values)

    def run(self, name: str, values: dict[str, Any]) -> str:
        if self.problems and name.replace("/text", "/body") in self.problems:
            raise self.problems[name.replace("/text", "/body")].again()
        try:
            text = self.environment.render_template(name, **values)
        except Problem as problem:
            raise problem.at(Place.parse(name)) from None
        except minijinja.TemplateError as error:
            raise explain(error).at(Place.parse(name)) from None
        except Exception as error:
            raise Problem("template_error", f"it can't be rendered ({type(error).__name__}).").at(Place.parse(name)) from None
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise Problem("template_error", "it can't be rendered (minijinja gave up).").at(Place.parse(name)) from None
        if len(text) > OUTPUT_CHARS or clock.late():
            raise endless().at(Place.parse(name))
        return text

    def include(self, key: str, given: object = None, /, **named: object) -> str:
        """What templates call as xnovu_render: the body of another template of the channel, with more values."""
        self.includes += 1
        if self.includes > MAX_INCLUDES or clock.late():
            raise endless()
        if key in self.stack:
            raise Problem("template_cycle", f"templates include each other in a circle: {cycle(self.stack, key)}.")
        if len(self.stack) > MAX_DEPTH:
            raise Problem("template_depth", f"templates are nested deeper than {MAX_DEPTH} levels.")
        if f"{self.channel}/{key}/body" not in self.translations and f"{self.channel}/{key}/body" not in self.problems:
            raise Problem("template_missing", missing(key, self.channel))
        values = self.values
        if given is not None and not isinstance(given, dict):
            raise Problem("template_error", "xnovu_render takes an object of values after the key.")
        if given or named:
            values = values | admit_all({**(given or {}), **named})
            hide_reserved(values)
        outer = self.values
        self.values = values
        self.stack.append(key)
        try:
            text = self.run(f"{self.channel}/{key}/{'text' if self.field == 'subject' else 'body'}", values)
        finally:
            self.stack.pop()
            self.values = outer
        return minijinja.safe(text) if self.channel in HTML_CHANNELS and self.field == "body" else text


def hide_reserved(values: dict[str, Any]) -> None:
    """Take out names that mean something else in a template."""
    values.pop("xnovu_render", None)
    values.pop("range", None)
    values.pop("loop", None)


def cycle(stack: list[str], key: str) -> str:
    """Return a circle of includes as "a → b → a"."""
    return " → ".join([*stack[stack.index(key) :], key])


def missing(key: str, channel: str) -> str:
    """Return the words for a template that does not exist."""
    return f'there is no template "{key}" for {channel}, which xnovu_render asks for.'


def _refuse_channel(channel: str) -> NoReturn:
    message = f"The workflow has no template for the channel {channel}."
    raise Problem("template_missing", message, channel=channel)


def _escapes(name: str) -> bool:
    channel, _, field = name.split("/")
    return field == "body" and channel in HTML_CHANNELS


