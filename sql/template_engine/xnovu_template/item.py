"""The notification that is being rendered: its values, and which templates are open, for xnovu_render."""

from typing import TYPE_CHECKING, Any, Final

import minijinja

from xnovu_template.problem import Place, Problem, endless, explain
from xnovu_template.scene import scene
from xnovu_template.values import admit_all, cleaned, clock

if TYPE_CHECKING:
    from xnovu_template.bundle import Bundle

MAX_INCLUDES: Final = 500
MAX_DEPTH: Final = 8
OUTPUT_CHARS: Final = 512 * 1024

HTML_CHANNELS: Final = frozenset(("EMAIL", "IN_APP"))


class Item:
    """One notification. `values` is what its templates see."""

    def __init__(self, bundle: "Bundle", values: dict[str, Any]) -> None:
        self.bundle = bundle
        self.values = values
        self.locales = scene.locales if bundle.variants else ()
        self.used: set[str] = set()
        self.is_unsafe = False
        self.channel = self.field = ""
        self.stack: list[str] = []
        self.includes = 0

    is_lenient = False
    """Whether it is to go out whatever its templates and payload lack."""

    def render(self, channel: str, field: str) -> str:
        """Return the text of a channel's `field`, subject or body.

        Raises Problem, with its place.
        """
        key = self.bundle.entries.get(channel)
        if key is None or not self.bundle.has_entry(channel, "body"):
            raise Problem(
                "template_missing", f"The workflow has no template for the channel {channel}.", channel=channel
            )
        self.channel = scene.channel = channel
        self.field = field
        self.stack = [key]
        _open.item = self
        self.is_unsafe = False
        try:
            text = self.run(f"{self.entry(channel)}/{field}")
        finally:
            _open.item = None
        return cleaned(text, channel == "EMAIL") if self.is_unsafe else text

    def entry(self, channel: str) -> str:
        """Return the name of a channel's entry template, in the item's language: such as "EMAIL/fire-alarm@da"."""
        key = self.bundle.entries.get(channel, "")
        return f"{channel}/{self.bundle.find(channel, key, self.locales) if self.locales else key}"

    def run(self, name: str) -> str:
        """Return the text of a template with the values as they are now. Raises Problem, with its place."""
        bundle = self.bundle
        problems = bundle.problems
        self.used.add(name)
        if bundle.unsafe and name in bundle.unsafe:
            self.is_unsafe = True
        if problems and name.replace("/text", "/body") in problems:
            raise problems[name.replace("/text", "/body")].again()
        try:
            text = self.attempt(name)
        except Exception as error:
            raise self.explained(error).at(Place.parse(name)) from None
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise self.explained(error).at(Place.parse(name)) from None
        if len(text) > OUTPUT_CHARS or clock.late():
            raise endless().at(Place.parse(name))
        return text

    def attempt(self, name: str) -> str:
        """Return what minijinja makes of a template. Raises what minijinja and the filters raise."""
        return self.bundle.environment.render_template(name, **self.values)

    @staticmethod
    def explained(error: BaseException) -> Problem:
        """Return what was raised as a problem, as yet without a place."""
        if isinstance(error, Problem):
            return error
        if isinstance(error, minijinja.TemplateError):
            return explain(error)
        if isinstance(error, AttributeError):
            return Problem("template_error", f"a list or an object of the payload has no method {error.name}.")
        return Problem("template_error", f"it can't be rendered ({type(error).__name__}).")

    def include(self, key: str, given: dict[str, object]) -> str:
        """Return the body of another template of the channel, rendered with more values. Raises Problem."""
        found = self.bundle.find(self.channel, key, self.locales) if self.locales else key
        name = f"{self.channel}/{found}/body"
        self.includes += 1
        if self.includes > MAX_INCLUDES or clock.late():
            raise endless()
        if key in self.stack:
            raise Problem("template_cycle", f"templates include each other in a circle: {cycle(self.stack, key)}.")
        if len(self.stack) > MAX_DEPTH:
            raise Problem("template_depth", f"templates are nested deeper than {MAX_DEPTH} levels.")
        if not self.bundle.has(name):
            raise Problem("template_missing", missing(key, self.channel))
        outer = self.values
        if given:
            is_html = self.field == "body" and self.channel in HTML_CHANNELS
            self.values = outer | hide_reserved(admit_all(given, is_html))
        self.stack.append(key)
        try:
            if self.field != "body":
                return self.run(f"{self.channel}/{found}/text")
            text = self.run(name)
        finally:
            self.stack.pop()
            self.values = outer
        return minijinja.safe(text) if self.channel in HTML_CHANNELS else text


class _Open:
    item: Item | None = None


_open: Final = _Open()


def xnovu_render(key: str, given: object = None, /, **named: object) -> str:
    """What templates call: the body of another template of the channel, with given values before the payload's."""
    if _open.item is None or (given is not None and not isinstance(given, dict)):
        raise Problem("template_error", "xnovu_render takes an object of values after the key.")
    return _open.item.include(key, given | named if given else named)


def hide_reserved(values: dict[str, Any]) -> dict[str, Any]:
    """Take out names that mean something else in a template, and return the values."""
    values.pop("xnovu_render", None)
    values.pop("range", None)
    values.pop("loop", None)
    return values


def cycle(stack: list[str], key: str) -> str:
    """Return a circle of includes as "a → b → a"."""
    return " → ".join([*stack[stack.index(key) :], key])


def missing(key: str, channel: str) -> str:
    """Return the words for a template that does not exist."""
    return f'there is no template "{key}" for {channel}, which xnovu_render asks for.'
