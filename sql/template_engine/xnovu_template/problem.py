"""What keeps a notification from being rendered or a workflow from being published, in words for whoever writes
templates.

A message names template, channel, line and variable, and never holds the value of a variable: values are personal data.
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import Final, NoReturn

from minijinja import TemplateError


@dataclass(frozen=True)
class Place:
    """Where a problem is: the body, the subject or a member of the extras of a template of a channel."""

    channel: str
    key: str
    field: str

    @classmethod
    def parse(cls, name: str) -> "Place":
        """Read a place off the name under which a template is compiled, such as "EMAIL/fire-alarm/body"."""
        channel, key, field = name.split("/", 2)
        return cls(channel, key, "body" if field == "text" else field)

    @property
    def column(self) -> str:
        """The column of the table of templates in which it is; for a member of extras with its path."""
        return self.field if self.field.startswith("extras") else f"{self.field}_template"

    def __str__(self) -> str:
        return f'template "{self.key}" ({self.channel} {self.field})'


@dataclass(eq=False)
class Problem(Exception):
    """One fault. `message` is a full sentence once `at` has been called on it, or when no template is concerned."""

    code: str
    message: str
    line: int | None = None
    variable: str | None = None
    field: str | None = None
    channel: str | None = None
    template: str | None = None
    column: int | None = None
    hint: str | None = None
    severity: str | None = None

    def at(self, place: Place) -> "Problem":
        """Return the same problem with its place, for the template in which it was found; a known place is kept."""
        if self.template is not None:
            return self
        where = str(place) if self.line is None else f"{place}, line {self.line}"
        return replace(
            self,
            message=f"{where[0].upper()}{where[1:]}: {self.message}",
            field=place.column,
            channel=place.channel,
            template=f"{place.channel}/{place.key}",
        )

    def again(self) -> "Problem":
        """Return a copy to raise, so that a problem which is kept does not gather tracebacks."""
        return replace(self)

    def facts(self) -> dict[str, str | int]:
        """Return what is known: code and message, and field, channel, template, line and variable where there is
        one."""
        return {name: value for name, value in asdict(self).items() if value is not None}


MISSING: Final = "\x01missing:"
"""Opens the text that stands for a variable without a value on its way to Python, which can't see `undefined`."""


def refuse_missing(text: str) -> NoReturn:
    """Raise the problem that a stand-in `text` of the form MISSING + line + ":" + variable tells of."""
    line, _, variable = text.removeprefix(MISSING).partition(":")
    raise Problem("variable_missing", _missing(variable or None), int(line), variable or None)


def _missing(variable: str | None) -> str:
    if variable is None:
        return "a value is missing. Add it to the payload, or give it a default() in the template."
    return (
        f'the variable "{variable}" has no value. Add it to the payload, or write {{{{ {variable} | default("…") }}}}.'
    )


_ENDLESS = "it takes too much work to render: too many or too large loops, texts or lists."
_WRONG_KIND = "an operation was given a value that it can't work with."
_WRONG_CALLS: Final = {
    "TooManyArguments": "a filter, a test or a function is given an argument that it does not take.",
    "MissingArgument": "a filter, a test or a function lacks an argument.",
}
# Details of minijinja that hold words of the template and names of types, but no values.
_HARMLESS = re.compile(
    r"tried to use \S+ operator on unsupported types [\w ]+ and [\w ]+|cannot convert [a-z ]+ to [a-z0-9 ]+"
    r"|can only sum numbers, got [a-z ]+|cannot round value \([a-z ]+\)|invalid float literal|value is not iterable"
    r"|expected [a-z]+, got [a-z]+|value of type [a-z]+ is not callable|missing keyword argument '\w+'"
    r"|strings can only be multiplied with integers|[a-z ]+ is not iterable|value is not a string"
    r"|range has too many elements|count cannot be 0"
)


def explain(error: TemplateError) -> Problem:
    """Turn an error of minijinja into a problem without a place: its kind decides the code, its values are left out."""
    detail, line = error.detail or "", error.line
    if error.kind == "OutOfFuel":
        return Problem("template_endless", _ENDLESS, line)
    if error.kind == "UndefinedError":
        found = re.match(r"`(.+)` is undefined", detail)
        return Problem("variable_missing", _missing(found and found[1]), line, found and found[1])
    if error.kind in ("SyntaxError", "UnknownFilter", "UnknownTest", "UnknownFunction", "UnknownMethod"):
        return Problem("template_error", f"{detail}.", line)
    if error.kind in _WRONG_CALLS:
        return Problem("template_error", _WRONG_CALLS[error.kind], line)
    harmless = _HARMLESS.fullmatch(detail)
    return Problem("template_error", f"{_WRONG_KIND[:-1]}: {harmless[0]}." if harmless else _WRONG_KIND, line)


def endless() -> Problem:
    """Return the problem of an item that used up its time or its output."""
    return Problem("template_endless", _ENDLESS)
