"""Emergencies: templates translated and rendered so that what is missing shows, instead of ending the notification.

Used where the strict way has failed for a notification of the critical lane, and nowhere else.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import minijinja

from xnovu_template import html
from xnovu_template.expression import COMPARISONS, MAX_TERMS, Reader
from xnovu_template.item import Item
from xnovu_template.language import Translator
from xnovu_template.placeholder import MARK, Missing, mark, readable
from xnovu_template.problem import Place, Problem
from xnovu_template.scene import scene
from xnovu_template.tag import Piece, Token, tokenize, wrong
from xnovu_template.values import clock

if TYPE_CHECKING:
    from xnovu_template.bundle import Bundle

MAX_REPAIRS: Final = 20
"""How many tags of an item's templates may be taken out because they fail."""

_NUMERIC: Final = frozenset(("abs", "count", "filesizeformat", "float", "int", "length", "round", "sum"))
_SEEN: Final = "|xnovu_seen)"


@lru_cache(maxsize=128)
def translate(source: str, channel: str = "") -> str:
    """Return the code of a template for an emergency; `channel` is EMAIL or IN_APP where it is HTML. Raises Problem."""
    translator = LenientTranslator(source, bool(channel))
    code = translator.run()
    return html.analyse(translator.parts, channel == "EMAIL")[0] if channel else code


class LenientReader(Reader):
    """Reads expressions as Reader does, and writes each variable so that a stand-in takes its place where it is
    missing, unless default() or a test for that comes next."""

    def seen(self, piece: Piece, name: str | None = None) -> Piece:
        """Return a value that is there in any case."""
        if piece.weight == 0 or piece.constant or not piece.code or piece.code.endswith(_SEEN) or piece.code == "loop":
            return piece
        stand_in = mark(self.line, readable(piece.code) if name is None else name)
        return piece._replace(code=f"({piece.code}|default({stand_in}){_SEEN}")

    def shown(self) -> Piece:
        """Read the expression of a tag that prints a value."""
        piece = self.expression()
        return self.seen(piece, readable("".join(token.word for token in self.tokens[:-1])))

    def iterable(self, piece: Piece) -> str:
        return f"({self.seen(piece).code}|xnovu_items({self.line}))"

    def filtered(self, piece: Piece) -> Piece:
        words = [token.word for token in self.tokens[self.at : self.at + 3]]
        guards = words[:2] in (["|", "default"], ["|", "d"])
        asks = words[:1] == ["is"] and words[1 + (words[1:2] == ["not"])] in ("defined", "undefined")
        return super().filtered(piece if guards or asks else self.seen(piece))

    def subscript(self, piece: Piece) -> Piece:
        words = [token.word for token in self.tokens[self.at :]]
        is_slice = ":" in words[: words.index("]")] if "]" in words else False
        return super().subscript(self.seen(piece) if is_slice else piece)

    def method(self, piece: Piece, name: str) -> Piece:
        return super().method(self.seen(piece), name)

    def present(self, piece: Piece) -> str:
        return self.seen(piece).code

    def number(self, piece: Piece) -> str:
        return f"({self.seen(piece).code})"

    def chain(self, read: Callable[[], Piece], operators: tuple[str, ...], write: Callable[[Piece], str]) -> Piece:
        if operators[0] in ("or", "and", "~"):
            return super().chain(read, operators, write)
        piece = read()
        terms, code = [piece], self.number(piece)
        while operator := self.accept(*operators):
            terms.append(read())
            code += f'|xnovu_calculate("{operator}", {self.number(terms[-1])}, {self.line})'
        if len(terms) > MAX_TERMS:
            wrong(f"more than {MAX_TERMS} terms are joined by {operators[0]}.", self.line)
        return piece if len(terms) == 1 else self.make(f"({code})", 0, *terms)

    def comparison(self) -> Piece:
        piece = self.sum()
        operator = self.accept(*COMPARISONS, "in", "not")
        if operator is None:
            return piece
        if operator == "not":
            self.expect("in")
            operator = "not in"
        other = self.sum()
        return self.make(f'({self.number(piece)}|xnovu_compare("{operator}", {self.number(other)}))', 0, piece, other)

    def prefixed(self, operator: str, read: Callable[[], Piece]) -> Piece:
        piece = super().prefixed(operator, read)
        if operator != "-" or piece.constant:
            return piece
        inner = piece.code.removeprefix("(-").removesuffix(")")
        return piece._replace(code=f'(0|xnovu_calculate("-", {self.number(Piece(inner, 1))}, {self.line}))')

    def write_filter(self, name: str, before: str, arguments: list[tuple[str | None, Piece]]) -> str:
        if name not in _NUMERIC or not before:
            return super().write_filter(name, before, arguments)
        first: list[tuple[str | None, Piece]] = [(None, Piece(f'"{name}"')), (None, Piece(str(self.line)))]
        return f"{before}|xnovu_builtin({self.written(first + arguments)})"


class LenientTranslator(Translator):
    """Translates as Translator does, by a lenient reader."""

    reader = LenientReader


_TAG: Final = re.compile(r"\{[{%#]")
_NAMED: Final = re.compile(re.escape(MARK) + r'\d+:([^"]+)"')


def without_tag(code: str, position: int) -> str | None:
    """Return a template's code without the tag at a position: a stand-in where it prints or sets a value, no loop, a
    choice against it. None where there is no such tag."""
    start = 0
    while tag := _TAG.search(code, start):
        if tag[0] == "{#":
            start = code.index("#}", tag.end()) + 2
            continue
        trim = code[tag.end() : tag.end() + 1]
        trim = trim if trim in ("-", "+") else ""
        tokens, end = tokenize(code, tag.end() + len(trim), "}}" if tag[0] == "{{" else "%}", 1)
        if tag.start() <= position < end:
            tagged = code[tag.start() : end]
            named = _NAMED.search(tagged)
            stand_in = f'"{Missing(named[1] if named else "?")}"'
            inner = stand_in if tag[0] == "{{" else _harmless(tokens, stand_in)
            lines = "\n" * tagged.count("\n")
            return None if inner is None else f"{code[: tag.end()]}{trim} {inner} {lines}{tokens[-1].word}{code[end:]}"
        start = end
    return None


def _harmless(tokens: list[Token], stand_in: str) -> str | None:
    """Return what to say in a statement instead of what fails."""
    words = [token.word for token in tokens]
    if words[0] in ("if", "elif"):
        return f"{words[0]} false"
    if words[0] == "for":
        return f"for {' '.join(words[1 : words.index('in')])} in []"
    if words[0] == "set" and "=" in words[:3]:
        return f"set {words[1]} = {stand_in}"
    return None


class LenientItem(Item):
    """One notification of an emergency: a tag that fails is taken out, and an include that fails is named in its place,
    each with a warning."""

    is_lenient = True

    def __init__(self, bundle: "Bundle", values: dict[str, Any]) -> None:
        super().__init__(bundle, values)
        self.sources = bundle.lenient
        self.environment = bundle.lenient_environment(self.sources)
        self.repairs = 0

    def attempt(self, name: str) -> str:
        outer, scene.place = scene.place, Place.parse(name)
        try:
            while True:
                try:
                    return self.environment.render_template(name, **self.values)
                except minijinja.TemplateError as error:
                    if not self.repair(name, error):
                        raise
        finally:
            scene.place = outer

    def repair(self, name: str, error: minijinja.TemplateError) -> bool:
        """Take the tag that failed out of a template, with a warning; returns whether that could be done."""
        code = self.sources.get(name, "")
        self.repairs += 1
        if error.kind == "OutOfFuel" or error.range is None or self.repairs > MAX_REPAIRS or clock.late():
            return False
        position = len(code.encode()[: error.range[0]].decode(errors="ignore"))
        mended = without_tag(code, position)
        if mended is None:
            return False
        scene.note(self.explained(error))
        self.sources = self.sources | {name: mended}
        self.environment = self.bundle.lenient_environment(self.sources)
        return True

    def include(self, key: str, given: dict[str, object]) -> str:
        try:
            return super().include(key, given)
        except Problem as problem:
            if clock.late():
                raise
            scene.note(problem)
            return str(Missing(key))
