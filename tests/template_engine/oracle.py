"""What a browser would run or load in HTML."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import lxml.html
import nh3

from xnovu_template.html import ATTRIBUTES, BODY_TAGS, DOCUMENT_TAGS

FORBIDDEN = {"script", "iframe", "object", "embed", "form", "svg", "math", "base", "link", "applet", "frame"}
FORBIDDEN |= {"textarea", "noscript", "template"}


def parse_as_a_browser(html: str, look: Callable[[str, list[tuple[str, Any]]], None]) -> None:
    """Call `look` for the tags and attributes that the standard's parser finds: nh3 lets them all through here."""

    def see(tag: str, name: str, value: str) -> str:
        look(tag, [(name, value)])
        return value

    tree = nh3.clean(
        html,
        tags=set(BODY_TAGS | DOCUMENT_TAGS | FORBIDDEN) - {"rel"},
        clean_content_tags=set(),
        attributes={"*": set(ATTRIBUTES) - {"rel"}},
        generic_attribute_prefixes={"on", "data-", "aria-", "form", "xlink", "srcdoc"},
        attribute_filter=see,
        url_schemes={"javascript", "vbscript", "data", "http", "https", "mailto", "tel", "cid", "file", "ftp", "blob"},
        link_rel=None,
        strip_comments=True,
    )
    for tag in FORBIDDEN:
        if f"<{tag}>" in tree or f"<{tag} " in tree:
            look(tag, [])


def faults(html: str) -> list[str]:
    """What a browser would run or load in a piece of HTML: by a browser's parser (nh3's) and two lax ones."""
    found: list[str] = []

    def look(tag: str, attributes: list[tuple[str, Any]]) -> None:
        if tag in FORBIDDEN:
            found.append(tag)
        for name, value in attributes:
            text = "".join(str(value or "").split()).lower()
            if name.startswith("on") or (name == "http-equiv" and "refresh" in text):
                found.append(name)
            if text.startswith(("javascript:", "vbscript:")) and name in ("href", "src", "cite", "background"):
                found.append(f"{name}={text}")
            if text.startswith("data:") and not (name in ("src", "background") and text.startswith("data:image/")):
                found.append(f"{name}={text}") if name in ("href", "src", "background") else None
            if name == "style" and ("url(" in text or "expression(" in text):
                found.append(f"{name}={text}")

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            look(tag, attrs)

    parse_as_a_browser(html, look)
    Parser().feed(html)
    if html.strip():
        for element in lxml.html.fromstring(f"<div>{html}</div>").iter():
            if isinstance(element.tag, str):
                look(element.tag, list(element.attrib.items()))
    return found
