"""What HTML may leave the engine: the tags, attributes, links and styles that a message may hold, and who sees to it.

Two readers share the rules. `analyse` reads a template once, when it is compiled: it tells the faults of what is
written there, and where values stand, so that those which stand in an attribute are checked as what they are there,
and those in the text, which are escaped, cost nothing. `clean` reads what was rendered, where a template could not be
understood or a value claims to be HTML: text that holds only what is allowed passes as it is, any other goes through
nh3.

The grammar here is narrower than a browser's: what it does not know, it does not trust.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

import nh3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BODY_TAGS: Final = _words(
    """a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
    details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark
    nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time
    tr tt u ul var wbr"""
)
"""The tags of an IN_APP body, and of an EMAIL's."""

DOCUMENT_TAGS: Final = _words("body head html meta style title")
"""The further tags of an EMAIL body, which may be a whole document."""

ATTRIBUTES: Final = _words(
    """abbr align alt axis bgcolor border bordercolor cellpadding cellspacing char charoff charset cite class clear
    color cols colspan compact content datetime dir face headers height href hreflang hspace id lang link name noshade
    nowrap open rel reversed role rows rowspan rules scope size span src start style summary tabindex target title type
    valign value vlink vspace width xmlns xml:lang background http-equiv alink xmlns:v xmlns:o"""
)
"""The attributes, on any of these tags; data-… and aria-… as well."""

LINK_ATTRIBUTES: Final = _words("href cite")
IMAGE_ATTRIBUTES: Final = _words("src background")
LINK_SCHEMES: Final = _words("http https mailto tel")
IMAGE_SCHEMES: Final = _words("http https cid")
_IMAGE_DATA: Final = re.compile(r"data:image/(?:gif|jpeg|png|webp);base64,[A-Za-z0-9+/=]*")
_IMAGE_START: Final = "data:image/"
_HTTP_EQUIV: Final = _words("content-type x-ua-compatible")

_LOADS: Final = re.compile(
    r"\\|<|url\s*\(|image\s*\(|image-set|src\s*\(|cross-fade|@import|@font-face|@charset|@namespace|expression|(?<!-)behavior\s*:"
    r"|-moz-binding|javascript|vbscript|/\*"
)
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_HIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]+")
_SCHEME: Final = re.compile(r"([^/?#]*?):")

CLEANED_CHARS: Final = 200_000
CLEANED_TAGS: Final = 5_000


def link_passes(value: str) -> bool:
    """Tell whether a link, as text, leads to a relative address or one of LINK_SCHEMES."""
    found = _SCHEME.match(_HIDDEN.sub("", value))
    return found is None or found[1].lower() in LINK_SCHEMES


def image_passes(value: str) -> bool:
    """Tell whether an image's address, as text, is relative, of IMAGE_SCHEMES, or the image itself."""
    found = _SCHEME.match(_HIDDEN.sub("", value))
    return found is None or found[1].lower() in IMAGE_SCHEMES or _IMAGE_DATA.fullmatch(value) is not None


def is_bad_start(text: str, schemes: frozenset[str]) -> bool:
    """Tell whether an address that begins with `text` is refused, however it goes on. The start of an image passes."""
    found = _SCHEME.match(_HIDDEN.sub("", text))
    if found is None or found[1].lower() in schemes:
        return False
    return schemes is LINK_SCHEMES or not (
        text.startswith("data:") and _IMAGE_START.startswith(text[: len(_IMAGE_START)])
    )


def style_passes(value: str) -> bool:
    """Tell whether CSS, as text, loads nothing and runs nothing."""
    return _LOADS.search(_CSS_COMMENT.sub("", value).casefold()) is None and (
        "/*" not in value or _LOADS.search(value.replace("/*", "").casefold()) is None
    )


_REFUSED: Final = (
    {
        name: f"a link ({name}) leads to an address that is not http, https, mailto, tel or relative"
        for name in LINK_ATTRIBUTES
    }
    | {
        name: f"the address of an image ({name}) is not http, https, cid, relative or an image in base64"
        for name in IMAGE_ATTRIBUTES
    }
    | {"style": "a style loads or runs something"}
)


_OWN_NAME: Final = re.compile(r"(?:data|aria)-[a-z0-9_.-]+", re.ASCII)


def fault_of_attribute(tag: str, name: str, value: str) -> str | None:
    """Return what is wrong with an attribute, its value as text, or None."""
    if name not in ATTRIBUTES and not _OWN_NAME.fullmatch(name):
        return f"the attribute {name} {'runs a script' if name.startswith('on') else 'is not allowed'}"
    if name in LINK_ATTRIBUTES and not link_passes(value):
        return _REFUSED[name]
    if name in IMAGE_ATTRIBUTES and not image_passes(value):
        return _REFUSED[name]
    if name == "style" and not style_passes(value):
        return _REFUSED[name]
    if name == "http-equiv" and value.strip().lower() not in _HTTP_EQUIV:
        return f"<{tag} http-equiv> is allowed for Content-Type and X-UA-Compatible only"
    return None


# --- reading

_MARK: Final = "\U000f0000-\U0010fffd"
"""Stand for the tags of a template, each for one."""
FIRST_MARK: Final = 0xF0000
MAX_MARKS: Final = 0x1FFF0
_ANY_MARK: Final = re.compile(f"[{_MARK}]")

_BLANK: Final = r" \t\n\r\f"
"""HTML's white space. A vertical tab or any other of Unicode's is part of a name or a value there, as \\s would not
have it; and its names fold the case of ASCII letters only."""

_TAG_NAME: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_END_TAG: Final = re.compile(rf"</([a-zA-Z][a-zA-Z0-9]*)[{_BLANK}]*>")
_IN_TAG: Final = re.compile(
    rf"""(?P<space>[{_BLANK}]+)|(?P<mark>[{_MARK}])|(?P<close>/?>)
    |(?P<name>[a-zA-Z][a-zA-Z0-9:_-]*)
     (?:[{_BLANK}]*=[{_BLANK}]*
      (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^{_BLANK}"'=<>`{_MARK}]+(?=[{_BLANK}>]))))?
     (?=[{_BLANK}/>{_MARK}]|(?<=["']))""",
    re.VERBOSE,
)
_DOCTYPE: Final = re.compile(rf"<!doctype[{_BLANK}][^<>{_MARK}]*>", re.IGNORECASE | re.ASCII)
_REVEALED: Final = re.compile(r"<!\[(?:endif|if [\w !&|().]+)\](?:--)?>", re.ASCII)
_IN_COMMENT: Final = re.compile(
    r"""<\s*(?:script|link|iframe|object|embed|form|base|svg|math|style|meta)\b|javascript:|[\s/"']on\w+\s*=""", re.I
)
# A tag of the template before what ends a comment with hyphens of its own: a value may bring those.
_MAY_END: Final = re.compile(rf"[{_MARK}]\s*-{{0,2}}\s*!?\s*>")


def is_mark(sign: str) -> bool:
    """Tell whether a character stands for a template's tag."""
    return ord(sign) >= FIRST_MARK


class Fault(NamedTuple):
    """What is wrong at a place of a text. `forbidden`: it would be taken out; else it is only not understood."""

    position: int
    message: str
    forbidden: bool


class Opening(NamedTuple):
    """A tag that opens: its name, where that ends, and from where to where the value of its style goes."""

    name: str
    end: int
    style: tuple[int, int] | None


class _Stop(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class Reading(NamedTuple):
    """What `read` found: faults, the context of each mark by its position, values with marks in them, and the tags that
    open."""

    faults: list[Fault]
    contexts: dict[int, tuple[str, int]]
    values: list[tuple[int, int, str]]
    tags: list[Opening]


def read(text: str, email: bool) -> Reading:
    """Go over HTML, which may hold marks for a template's tags.

    A context is (kind, where it began): text, tag, value, comment, style or title. `values` lists (from, to, kind) of
    each value that has to be checked as a whole once it is known: link, image, style.
    """
    reading = Reading([], {}, [], [])
    position = 0
    try:
        while True:
            start = text.find("<", position)
            _note(reading, text, position, len(text) if start < 0 else start, ("text", 0))
            if start < 0:
                return reading
            position = _read_markup(reading, text, start, email)
    except _Stop as stop:
        reading.faults.append(stop.fault)
    return reading


def _note(reading: Reading, text: str, start: int, end: int, context: tuple[str, int]) -> None:
    for mark in _ANY_MARK.finditer(text, start, end):
        reading.contexts[mark.start()] = context


def _read_markup(reading: Reading, text: str, start: int, email: bool) -> int:
    """Read what begins with a "<", and return where it ends. Raises _Stop at what can't be understood."""
    if text.startswith("<!--", start):
        return _read_comment(reading, text, start)
    found = _END_TAG.match(text, start)
    if found is not None:
        return found.end()
    found = _TAG_NAME.match(text, start)
    if found is not None and text[start + 1] != "/":
        return _read_tag(reading, text, start, found, email)
    found = _DOCTYPE.match(text, start) or _REVEALED.match(text, start)
    if found is not None and email:
        return found.end()
    # Any white space makes it text; what minijinja may trim before a tag of a template is Unicode's.
    if re.match(rf"<(?:[0-9=]|\s+[^\s{_MARK}])", text[start : start + 50]):
        return start + 1
    raise _Stop(Fault(start, "this < begins no tag that can be understood; for the sign write &lt;", False))


def _read_comment(reading: Reading, text: str, start: int) -> int:
    end = text.find("-->", start + 4)
    content = text[start + 4 : end]
    if end < 0 or content.startswith((">", "->")) or "--!>" in content or _MAY_END.search(content):
        raise _Stop(Fault(start, "a comment of HTML has no proper end", False))
    found = _IN_COMMENT.search(content)
    if found is not None:
        reading.faults.append(
            Fault(start + 4 + found.start(), "a comment holds what would run or load something", True)
        )
    _note(reading, text, start, end, ("comment", start))
    return end + 3


def _read_tag(reading: Reading, text: str, start: int, found: re.Match[str], email: bool) -> int:
    tag = found[1].lower()
    if tag not in BODY_TAGS and not (email and tag in DOCUMENT_TAGS):
        raise _Stop(Fault(start, f"the tag <{tag}> is not allowed", True))
    position, separate = found.end(), False
    reading.tags.append(Opening(tag, position, None))
    while True:
        part = _IN_TAG.match(text, position)
        if part is None:
            words = f"the tag <{tag}> can't be understood: put values of attributes in quotes"
            raise _Stop(Fault(position, words, False))
        kind = part.lastgroup if part["name"] is None else "name"
        if kind == "mark":
            reading.contexts[position] = ("tag", start)
        elif kind == "close":
            break
        elif kind == "name":
            if not separate:
                raise _Stop(Fault(position, f"the tag <{tag}> can't be understood: a blank is missing", False))
            _read_attribute(reading, text, tag, part)
        separate = kind == "space" or (kind == "mark" and separate) or text[part.end() - 1] in "\"'"
        position = part.end()
    if tag in ("style", "title"):
        return _read_content(reading, text, tag, part.end())
    return part.end()


def _read_attribute(reading: Reading, text: str, tag: str, part: re.Match[str]) -> None:
    name = part["name"].lower()
    group = next((group for group in ("double", "single", "bare") if part[group] is not None), None)
    value = part[group] if group else ""
    if name == "style" and group:
        reading.tags[-1] = reading.tags[-1]._replace(style=part.span(group))
    if group is None or _ANY_MARK.search(value) is None:
        fault = fault_of_attribute(tag, name, unescape(value))
        if fault is not None:
            reading.faults.append(Fault(part.start(), fault, True))
        return
    start, end = part.span(group)
    _note(reading, text, start, end, ("value", start))
    if name == "http-equiv":
        reading.faults.append(Fault(start, "the value of http-equiv has to be written out", True))
    elif name in LINK_ATTRIBUTES and is_bad_start(unescape(_ANY_MARK.split(value)[0]), LINK_SCHEMES):
        reading.faults.append(Fault(part.start(), _REFUSED[name], True))
    elif name in LINK_ATTRIBUTES:
        reading.values.append((start, end, "xnovu_link"))
    elif name in IMAGE_ATTRIBUTES and is_bad_start(unescape(_ANY_MARK.split(value)[0]), IMAGE_SCHEMES):
        reading.faults.append(Fault(part.start(), _REFUSED[name], True))
    elif name in IMAGE_ATTRIBUTES:
        reading.values.append((start, end, "xnovu_image"))
    elif name == "style" and not style_passes(unescape(value)):
        reading.faults.append(Fault(part.start(), _REFUSED[name], True))
    elif name == "style":
        reading.values.append((start, end, "xnovu_style"))
    else:
        fault = fault_of_attribute(tag, name, "")
        if fault is not None:
            reading.faults.append(Fault(part.start(), fault, True))


def _read_content(reading: Reading, text: str, tag: str, start: int) -> int:
    """Read a style or a title up to its end."""
    end = re.compile(rf"</{tag}[{_BLANK}]*>", re.IGNORECASE | re.ASCII).search(text, start)
    if end is None:
        raise _Stop(Fault(start, f"<{tag}> has no end", False))
    content = text[start : end.start()]
    _note(reading, text, start, end.start(), (tag, start))
    if "<" in content:
        raise _Stop(Fault(start, f"<{tag}> holds a <", True))
    if tag == "style" and not style_passes(content):
        reading.faults.append(Fault(start, "a style loads or runs something", True))
    elif tag == "style" and _ANY_MARK.search(content):
        reading.values.append((start, end.start(), "xnovu_sheet"))
    return end.end()


# --- what a template writes


class Mark(NamedTuple):
    """A tag of a template. `kind` is value, text (raw), nothing (a comment) or the keyword of a statement."""

    kind: str
    code: str
    text: str = ""
    trims: bool = False
    checked: bool = False
    source: str = ""


def analyse(parts: list[str | Mark], email: bool) -> tuple[str, list[Fault]]:
    """Return the code of a template with its checks in it, and what is wrong with its HTML.

    Where there are faults the code has no checks, and what it renders has to be cleaned.
    """
    skeleton, marks = skeleton_of(parts)
    plain = "".join(part if isinstance(part, str) else part.code for part in parts)
    if len(marks) > MAX_MARKS or any(isinstance(part, str) and _ANY_MARK.search(part) for part in parts):
        return plain, [Fault(0, "it has signs of Unicode's private use areas", False)]
    reading = read(skeleton, email)
    faults = reading.faults or list(_misplaced(reading, skeleton, marks))
    if faults:
        return plain, faults
    before: dict[int, str] = {}
    after: dict[int, str] = {}
    whole = set()
    for start, end, name in reading.values:
        before[start] = f"{{% filter {name} %}}"
        after[end] = "{% endfilter %}"
        whole.add(start)
    code: list[str] = []
    last = 0
    for position in sorted({*before, *after, *reading.contexts}):
        code += skeleton[last:position], after.get(position, ""), before.get(position, "")
        last = position
        if position in reading.contexts:
            kind, start = reading.contexts[position]
            code.append(_checked(marks[ord(skeleton[position]) - FIRST_MARK], kind, start in whole))
            last += 1
    return "".join(code) + skeleton[last:], []


def skeleton_of(parts: list[str | Mark]) -> tuple[str, list[Mark]]:
    """Return a template's text with a mark for each of its tags, and those."""
    marks: list[Mark] = []
    text = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        else:
            text.append(chr(FIRST_MARK + min(len(marks), MAX_MARKS)))
            marks.append(part)
    return "".join(text), marks


def _checked(mark: Mark, context: str, in_whole: bool) -> str:
    """Return the code of a mark, with the check that its value needs where it stands."""
    if mark.kind != "value" or in_whole:
        return mark.code
    if context == "text" and mark.checked:
        return mark.code
    name = "xnovu_html" if context == "text" else "xnovu_attribute"
    opening = mark.code[2] if mark.code[2] in "-+" else ""
    closing = mark.code[-3] if mark.code[-3] in "-+" else ""
    inner = mark.code[2 + len(opening) : len(mark.code) - 2 - len(closing)]
    return f"{{%{opening} filter {name} %}}{{{{{inner}}}}}{{% endfilter {closing}%}}"


_CLOSES: Final = {
    "endif": "if",
    "elif": "if",
    "endfor": "for",
    "endset": "set",
    "endwith": "with",
    "endfilter": "filter",
}


def _misplaced(reading: Reading, skeleton: str, marks: list[Mark]) -> Iterator[Fault]:
    """Yield the tags of a template that stand where their result can't be foreseen."""
    stack: list[tuple[str, tuple[str, int]]] = []
    for position, context in sorted(reading.contexts.items()):
        mark = marks[ord(skeleton[position]) - FIRST_MARK]
        if context[0] == "tag" and (mark.kind in ("value", "text") or mark.trims):
            yield Fault(position, "a value stands in a tag outside the quotes of an attribute", False)
        elif mark.kind == "text" and (context[0] != "text" or "<" in mark.text):
            yield Fault(position, "what is {% raw %} can't be told to be harmless here", False)
        elif mark.kind in ("if", "for", "with", "filter", "set", "assign"):
            if mark.kind != "assign":
                stack.append((mark.kind, context))
            if mark.kind in ("set", "filter", "assign") and context[0] != "text":
                yield Fault(position, f"{{% {mark.kind.replace('assign', 'set')} %}} stands within a tag", False)
        elif mark.kind in ("else", "elif", "break", "continue") or mark.kind in _CLOSES:
            if not stack or stack[-1][0] != _CLOSES.get(mark.kind, stack[-1][0]):
                yield Fault(position, f"{{% {mark.kind} %}} stands in another part of a tag than its beginning", False)
                return
            outer = stack[-1][1]
            if mark.kind in ("break", "continue"):
                outer = next((context for kind, context in reversed(stack) if kind == "for"), outer)
            elif mark.kind.startswith("end"):
                stack.pop()
            if outer != context:
                yield Fault(position, f"{{% {mark.kind} %}} stands in another part of a tag than its beginning", False)


# --- what was rendered


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    return value if fault_of_attribute(tag, name, value) is None else None


_SANITIZE: Final = nh3.Cleaner(
    tags=set(BODY_TAGS),
    clean_content_tags={"script", "style", "title", "textarea", "noscript", "iframe", "xmp", "template"},
    attributes={"*": set(ATTRIBUTES - {"rel", "http-equiv"})},
    generic_attribute_prefixes={"data-", "aria-"},
    attribute_filter=_keep_attribute,
    url_schemes=set(LINK_SCHEMES | IMAGE_SCHEMES | {"data"}),
    link_rel="noopener noreferrer",
)


def is_clean(text: str, email: bool) -> bool:
    """Tell whether HTML holds only what may leave the engine, and ends outside a tag."""
    if "<" not in text:
        return True
    if text.count("<") > CLEANED_TAGS:
        return False
    return not _ANY_MARK.search(text) and not read(text, email).faults


def clean(text: str, email: bool) -> str:
    """Return HTML as it is when it is clean, else what nh3 leaves of it: escaped altogether beyond a size."""
    if is_clean(text, email):
        return text
    if len(text) > CLEANED_CHARS or text.count("<") > CLEANED_TAGS:
        return text.replace("<", "&lt;").replace(">", "&gt;")
    return _SANITIZE.clean(text)
