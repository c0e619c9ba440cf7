"""The values that templates see, and the filters that are written in Python.

minijinja lets a template call any public method of a Python object, and prints what it finds under a name that is
missing from a dict but a method of it. So templates get dicts and lists that show their items only and can't be
changed. Whatever may run long here stops at the item's deadline, because neither PostgreSQL nor minijinja's fuel can
interrupt Python.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import unescape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

import minijinja
import nh3
import orjson

from xnovu_template import html
from xnovu_template.problem import MISSING, Problem, endless, refuse_missing
from xnovu_template.scene import scene

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

    def late(self, now: Callable[[], float] = time.monotonic) -> bool:
        return now() > self.deadline


clock: Final = _Clock()


@cache
def load(name: str) -> None:
    """Import a package when a template first needs it, at no one's expense: a busy machine takes long for that, and the
    item that happens to be the backend's first must not lose its time."""
    started = time.monotonic()
    import_module(name)
    clock.deadline += time.monotonic() - started


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


_NESTING: Final = frozenset((dict, list))


def protect(value: object, depth: int = 1) -> object:
    """Return decoded JSON with every object a Record and every list Items. The argument is used up.

    Raises Problem payload_invalid when it is nested deeper than VALUE_DEPTH.
    """
    if depth > VALUE_DEPTH:
        raise Problem("payload_invalid", f"The payload is nested deeper than {VALUE_DEPTH} levels.")
    if type(value) is dict:
        if not _NESTING.isdisjoint(map(type, value.values())):
            for name, member in value.items():
                if type(member) in _NESTING:
                    value[name] = protect(member, depth + 1)
        return Record(value)
    if type(value) is list:
        return Items([protect(member, depth + 1) if type(member) in _NESTING else member for member in value])
    return value


class _Customs:
    """Counts what one xnovu_render hands over, and turns what the template built into values that can't be changed."""

    def __init__(self, html: bool) -> None:
        self.html = html
        self.nodes = PASSED_NODES
        self.chars = PASSED_CHARS

    def admit(self, value: object, depth: int = 1) -> object:
        self.nodes -= 1
        if isinstance(value, str):
            if value.startswith(MISSING):
                refuse_missing(value)
            self.chars -= len(value)
            if self.html and type(value) is not str and "<" in value:
                value = cleaned(value)
        if self.nodes < 0 or self.chars < 0 or depth > VALUE_DEPTH:
            raise Problem("template_endless", "xnovu_render is given too many or too large values.")
        if isinstance(value, dict):
            members = {str(name): self.admit(member, depth + 1) for name, member in dict.items(value)}
            return value if type(value) is Record else Record(members)
        if isinstance(value, (list, tuple)):
            copies = [self.admit(member, depth + 1) for member in value]
            return value if type(value) is Items else Items(copies)
        return value


def admit_all(values: dict[str, object], html: bool) -> dict[str, object]:
    """Return the values that a template gives to xnovu_render, in the form that templates see; `html`: to one in HTML.

    Raises Problem variable_missing where one is missing, template_endless where they are too many.
    """
    customs = _Customs(html)
    return {str(name): customs.admit(value) for name, value in values.items()}


def scalar(value: object, line: int) -> object:
    """Return a number or text unchanged, for + - * / and so on. Lists would grow beyond what minijinja's fuel
    counts."""
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise Problem("template_error", "a list or an object can't be calculated with; only numbers and texts can.", line)


def _text(value: object, name: str, limit: int, line: int | None) -> str:
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    if clock.late():
        raise endless()
    text = "" if value is None else str(value)
    if len(text) > limit:
        raise Problem("template_endless", f"the filter {name} takes up to {limit} characters.", line)
    return text


def _html_text(value: object, name: str, line: int | None) -> str:
    text = _text(value, name, SANITIZE_CHARS, line)
    if text.count("<") > SANITIZE_TAGS:
        raise Problem("template_endless", f"the filter {name} takes up to {SANITIZE_TAGS} tags.", line)
    return text


def sanitize(value: object, xnovu_line: int | None = None) -> str:
    """Filter: HTML without scripts, styles, event handlers and unknown links (nh3's defaults), not escaped again."""
    return minijinja.safe(nh3.clean(_html_text(value, "sanitize", xnovu_line), url_schemes=_LINKS))


def html_to_text(value: object, xnovu_line: int | None = None) -> str:
    """Filter: the text of HTML, with its lists and tables laid out, by inscriptis."""
    return text_of(_html_text(value, "html_to_text", xnovu_line))


def text_of(text: str) -> str:
    """Return the text of HTML. What could lay it out at any width is taken away first."""
    load("inscriptis")
    from inscriptis import get_text
    from inscriptis.model.config import ParserConfig

    bare = nh3.clean(text, attributes={"a": {"href"}}, url_schemes=_LINKS, link_rel=None)
    return str(get_text(f"<body>{bare}</body>", ParserConfig())).strip("\n")


@minijinja.pass_state
def safe(state: Any, value: object) -> str:
    """Filter: HTML as it is, if it holds only what a message may hold; else without the rest. In text, as it is."""
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    text = "" if value is None else str(value)
    return minijinja.safe(cleaned(text) if "<" in text and state.auto_escape else text)


def raw(text: str) -> str:
    """Filter: what a template has between raw and endraw."""
    return minijinja.safe(text)


# What is put around values of HTML templates, by the place in which they stand (html.analyse). They get what was
# rendered there, escaped or marked as HTML.


def without_nul(text: str) -> str:
    """Return a text without the character that PostgreSQL can't keep: before it is judged, or it would hide
    something."""
    return text.replace("\0", "") if "\0" in text else text


def cleaned(value: object, email: bool | None = None) -> str:
    """Filter: a value between tags, of which a part may be missing; with what `email` or the scene's channel may
    hold."""
    text = without_nul(str(value))
    if "<" not in text:
        return minijinja.safe(text)
    if clock.late():
        raise endless()
    kept = html.clean(text, scene.channel == "EMAIL" if email is None else email)
    if kept != text:
        scene.warn("html_cleaned", "HTML in a value held what a message may not hold: it was taken out.")
    return minijinja.safe(kept)


def in_attribute(value: object) -> str:
    """Filter: a value in the quotes of an attribute, in a title or in a comment."""
    text = value if isinstance(value, str) else str(value)
    if "\0" in text:
        text = without_nul(str(text))
    if '"' in text or "'" in text or "<" in text or ">" in text:
        return minijinja.safe(str(text).translate(_IN_ATTRIBUTE))
    return text if type(text) is not str else minijinja.safe(text)


def in_link(value: object) -> str:
    """Filter: the value of an attribute that holds a link."""
    text = in_attribute(value)
    if text.startswith(_COMMON_LINKS) or html.link_passes(unescape(text)):
        return text
    scene.warn("html_cleaned", "A link is not http, https, mailto, tel or relative: it was taken out.")
    return "#"


def in_image(value: object) -> str:
    """Filter: the value of an attribute that holds the address of an image."""
    text = in_attribute(value)
    if text.startswith(_COMMON_IMAGES) or html.image_passes(unescape(text)):
        return text
    scene.warn("html_cleaned", "The address of an image is not http, https, cid or relative: it was taken out.")
    return ""


def in_style(value: object) -> str:
    """Filter: the value of an attribute style."""
    text = without_nul(str(value))
    if html.style_passes(text) and ("&" not in text or html.style_passes(unescape(text))):
        return in_attribute(text)
    scene.warn("html_cleaned", "A style loaded or ran something: it was taken out.")
    return ""


def in_sheet(value: object) -> str:
    """Filter: what stands between style tags."""
    text = without_nul(str(value))
    return minijinja.safe(text) if html.style_passes(text) else in_style(text)


_IN_ATTRIBUTE: Final = str.maketrans({'"': "&quot;", "'": "&#x27;", "<": "&lt;", ">": "&gt;"})
_LINKS: Final = set(html.LINK_SCHEMES)
_WEB: Final = ("https://", "http://", "https:&#x2f;&#x2f;", "http:&#x2f;&#x2f;")
_COMMON_LINKS: Final = (*_WEB, "mailto:", "tel:")
_COMMON_IMAGES: Final = (*_WEB, "cid:")


@cache
def _markdown() -> "MarkdownIt":
    load("markdown_it")
    from markdown_it import MarkdownIt  # a third of the engine's start, for a filter that few templates use

    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def markdown(value: object, xnovu_line: int | None = None) -> str:
    """Filter: the HTML of a text in Markdown (CommonMark with tables), sanitised, not escaped again."""
    text = _text(value, "markdown", MARKDOWN_CHARS, xnovu_line)
    if text.count("[") > MARKDOWN_BRACKETS:
        raise Problem("template_endless", f"the filter markdown takes up to {MARKDOWN_BRACKETS} brackets.", xnovu_line)
    return minijinja.safe(nh3.clean(_markdown().render(text), url_schemes=_LINKS))


_HTML_IN_JSON: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"})


def tojson(value: object, indent: object = None, xnovu_line: int | None = None) -> str:
    """Filter: JSON that is safe in HTML. It replaces minijinja's, whose indentation has no bound: `indent` means
    two."""
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
    except (TypeError, ValueError):
        raise Problem(
            "template_error", "the filter tojson is given something that has no form in JSON.", xnovu_line
        ) from None
    return minijinja.safe(text.translate(_HTML_IN_JSON))
