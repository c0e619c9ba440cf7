"""The values that templates see, and the filters that are written in Python.

minijinja lets a template call any public method of a Python object, and prints what it finds under a name that is
missing from a dict but a method of it. So templates get dicts and lists that show their items only and can't be
changed. Whatever may run long here stops at the item's deadline, because neither PostgreSQL nor minijinja's fuel can
interrupt Python.
"""

import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

import minijinja
import nh3
import orjson

from xnovu_template.problem import MISSING, Problem, endless, refuse_missing

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

VALUE_DEPTH: Final = 32
"""How deep the objects and lists of a payload may be nested."""

PASSED_NODES: Final = 20_000
PASSED_CHARS: Final = 256 * 1024
"""How many values, and how many characters in them, one xnovu_render may hand over."""

SANITIZE_CHARS: Final = 100_000
SANITIZE_TAGS: Final = 3_000
MARKDOWN_CHARS: Final = 16_000
MARKDOWN_BRACKETS: Final = 1_000
"""What the two filters take. Both libraries are quadratic in nested tags or brackets: these bounds keep a call below
0.1 s."""


class _Clock:
    """The end of the item that is being rendered. A backend renders one item at a time."""

    deadline = float("inf")

    def late(self) -> bool:
        return time.monotonic() > self.deadline


clock: Final = _Clock()


class _Hidden:
    """Stands for a method that a template must not find: its name is undefined, like any other that has no value."""

    def __get__(self, owner: object, kind: type) -> NoReturn:
        raise AttributeError


class Record(dict[str, object]):
    """An object of a payload: its items, and the methods items, keys, values and get."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(()) if clock.late() else super().__iter__()

    def items(self) -> Iterable[tuple[str, object]]:  # type: ignore[override] # narrower than dict's on purpose
        return () if clock.late() else super().items()

    def __eq__(self, other: object) -> bool:
        return not clock.late() and dict.__eq__(self, other)

    __hash__ = None


class Items(list[object]):
    """A list of a payload, without methods."""

    __slots__ = ()

    def __len__(self) -> int:
        return 0 if clock.late() else super().__len__()

    def __eq__(self, other: object) -> bool:
        return not clock.late() and list.__eq__(self, other)

    __hash__ = None


for _kind, _kept in ((Record, ("items", "keys", "values", "get")), (Items, ())):
    for _name in dir(_kind):
        if not _name.startswith("_") and _name not in _kept:
            setattr(_kind, _name, _Hidden())


def protect(value: object, depth: int = 1) -> object:
    """Return decoded JSON with every object a Record and every list Items. The argument is used up.

    Raises Problem payload_invalid when it is nested deeper than VALUE_DEPTH.
    """
    if depth > VALUE_DEPTH:
        raise Problem("payload_invalid", f"The payload is nested deeper than {VALUE_DEPTH} levels.")
    if type(value) is dict:
        for name, member in value.items():
            if type(member) is dict or type(member) is list:
                value[name] = protect(member, depth + 1)
        return Record(value)
    if type(value) is list:
        return Items([protect(member, depth + 1) if type(member) in (dict, list) else member for member in value])
    return value


class _Customs:
    """Counts what one xnovu_render hands over, and turns what the template built into values that can't be changed."""

    def __init__(self) -> None:
        self.nodes = PASSED_NODES
        self.chars = PASSED_CHARS

    def admit(self, value: object, depth: int = 1) -> object:
        self.nodes -= 1
        if isinstance(value, str):
            if value.startswith(MISSING):
                refuse_missing(value)
            self.chars -= len(value)
        if self.nodes < 0 or self.chars < 0 or depth > VALUE_DEPTH:
            raise Problem("template_endless", "xnovu_render is given too many or too large values.")
        if isinstance(value, dict):
            members = {str(name): self.admit(member, depth + 1) for name, member in dict.items(value)}
            return value if type(value) is Record else Record(members)
        if isinstance(value, (list, tuple)):
            copies = [self.admit(member, depth + 1) for member in value]
            return value if type(value) is Items else Items(copies)
        return value


def admit_all(values: dict[str, object]) -> dict[str, object]:
    """Return the values that a template gives to xnovu_render, in the form that templates see.

    Raises Problem variable_missing where one is missing, template_endless where they are too many.
    """
    customs = _Customs()
    return {str(name): customs.admit(value) for name, value in values.items()}


def scalar(value: object, line: int) -> object:
    """Return a number or text unchanged, for + - * / and so on. Lists would grow beyond what minijinja's fuel
    counts."""
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise Problem("template_error", "a list or an object can't be calculated with; only numbers and texts can.", line)


def _text(value: object, name: str, limit: int) -> str:
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    if clock.late():
        raise endless()
    text = "" if value is None else str(value)
    if len(text) > limit:
        raise Problem("template_endless", f"the filter {name} takes up to {limit} characters.")
    return text


def sanitize(value: object) -> str:
    """Filter: HTML without scripts, styles, event handlers and unknown links (nh3's defaults), not escaped again."""
    text = _text(value, "sanitize", SANITIZE_CHARS)
    if text.count("<") > SANITIZE_TAGS:
        raise Problem("template_endless", f"the filter sanitize takes up to {SANITIZE_TAGS} tags.")
    return minijinja.safe(nh3.clean(text))


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # a third of the engine's start, for a filter that few templates use

    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def markdown(value: object) -> str:
    """Filter: the HTML of a text in Markdown (CommonMark with tables), sanitised, not escaped again."""
    text = _text(value, "markdown", MARKDOWN_CHARS)
    if text.count("[") > MARKDOWN_BRACKETS:
        raise Problem("template_endless", f"the filter markdown takes up to {MARKDOWN_BRACKETS} brackets.")
    return minijinja.safe(nh3.clean(_markdown().render(text)))


_HTML_IN_JSON: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"})


def tojson(value: object, indent: object = None) -> str:
    """Filter: JSON that is safe in HTML. It replaces minijinja's, whose indentation has no bound: `indent` means
    two."""
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
    except (TypeError, ValueError):
        raise Problem("template_error", "tojson is given something that has no form in JSON.") from None
    return minijinja.safe(text.translate(_HTML_IN_JSON))
