"""Writes the rules of style tags into the style attributes of the tags that they are for: many mail programs know no
other.

css-inline says what each tag's style is; this puts it into the template's own text, in which nothing else changes.
"""

import re
from typing import Final

from xnovu_template import html
from xnovu_template.language import read_parts
from xnovu_template.problem import Problem

MAX_STYLED: Final = 3_000
"""How many tags a template may have that css-inline goes through."""

_STYLE: Final = re.compile(r"<style[ \t\n\r\f>]", re.IGNORECASE | re.ASCII)
_ANY_MARK: Final = re.compile("[\U000f0000-\U0010fffd]")
_ADDED: Final = frozenset(("body", "colgroup", "head", "html", "tbody"))
"""What css-inline adds where it is missing."""


def inline_styles(body: str) -> tuple[str | None, str | None]:
    """Return a body with the rules of its style tags in its tags' attributes, or None, and why that can't be done."""
    if _STYLE.search(body) is None:
        return None, None
    try:
        parts = read_parts(body)
    except Problem:
        return None, "it can't be read"
    text, marks = html.skeleton_of(parts)
    reading = html.read(text, email=True)
    reason = _obstacle(parts, reading)
    found = None if reason else _styles(text, reading)
    if found is None:
        return None, reason or "its tags are not closed in the order in which they open"
    return _put(text, reading, found, marks), None


def _obstacle(parts: list[str | html.Mark], reading: html.Reading) -> str | None:
    """Return what keeps styles from being inlined, or None."""
    contexts = {kind for kind, _ in reading.contexts.values()}
    if any(isinstance(part, str) and _ANY_MARK.search(part) for part in parts):
        return "it has signs of Unicode's private use areas"
    if reading.faults:
        return reading.faults[0].message
    if "style" in contexts:
        return "its <style> holds variables"
    if "tag" in contexts:
        return "a tag has attributes on a condition"
    return f"it has more than {MAX_STYLED} tags" if len(reading.tags) > MAX_STYLED else None


def _styles(text: str, reading: html.Reading) -> list[str] | None:
    """Return the style that each tag of a text gets, or None where css-inline reads the tags in another order."""
    import css_inline

    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
    try:
        inlined = inliner.inline(_readable(text, reading))
    except (ValueError, css_inline.InlineError):
        return None
    result = html.read(inlined, email=True)
    styles: list[str] = []
    for tag in result.tags:
        wanted = reading.tags[len(styles)].name if len(styles) < len(reading.tags) else None
        if tag.name == wanted:
            styles.append("" if tag.style is None else inlined[tag.style[0] : tag.style[1]])
        elif tag.name not in _ADDED:
            return None
    return styles if len(styles) == len(reading.tags) and not result.faults else None


def _readable(text: str, reading: html.Reading) -> str:
    """Return a text in which marks disturb nobody: comments among tags, and no styles that they are part of."""
    without = [tag.style for tag in reading.tags if tag.style and _ANY_MARK.search(text, *tag.style)]
    pieces: list[str] = []
    last = 0
    for start, end in without:
        pieces += text[last:start], " " * (end - start)
        last = end
    text = "".join(pieces) + text[last:]
    return "".join(
        "<!---->" if reading.contexts.get(position, ("",))[0] == "text" else sign for position, sign in enumerate(text)
    )


def _put(text: str, reading: html.Reading, styles: list[str], marks: list[html.Mark]) -> str:
    """Return the template with these styles in its tags, and its own tags again where the marks stand."""
    pieces: list[str] = []
    last = 0
    for tag, style in zip(reading.tags, styles, strict=True):
        if not style:
            continue
        if tag.style is None:
            pieces += text[last : tag.end], f' style="{style}"'
            last = tag.end
        elif _ANY_MARK.search(text, *tag.style):
            quote = text[tag.style[0] - 1]
            pieces += text[last : tag.style[0]], style.rstrip("; ").replace(quote, "&#39;"), "; "
            last = tag.style[0]
        else:
            is_bare = text[tag.style[0] - 1] not in "\"'"
            pieces += text[last : tag.style[0] - (not is_bare)], f'"{style}"'
            last = tag.style[1] + (not is_bare)
    pieces.append(text[last:])
    sources = {chr(0xF0000 + number): mark.source for number, mark in enumerate(marks)}
    return _ANY_MARK.sub(lambda found: sources[found[0]], "".join(pieces))
