"""What reading any tag of a template needs: its tokens, the pieces that are put together again, and the bounds on
them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple, NoReturn

from xnovu_template.problem import MISSING, Problem

MAX_WEIGHT: Final = 64
MAX_DEPTH: Final = 40
MAX_TOKENS: Final = 20_000
"""Words and signs in the tags of a template: reading them takes about 10 µs each."""

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>//|\*\*|==|!=|<=|>=|[-+*/%~|.,:()\[\]{}<>=])""",
    re.VERBOSE | re.DOTALL,
)


_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|x00|000|00?(?![0-7]))")
"""An escape of NUL in a text, of those that minijinja knows."""


class Token(NamedTuple):
    """A word of a tag. `kind` is text, number, name, sign or end; the word of an end is such as "-%}"."""

    kind: str
    word: str
    line: int
    column: int = 1


class Piece(NamedTuple):
    """A part of an expression: what to run, how often it may hold the payload (0: a number or text), how deep it is.
    `cut`: it may be HTML of which a part is missing.
    """

    code: str
    weight: int = 0
    depth: int = 1
    constant: bool = False
    cut: bool = False


def wrong(message: str, line: int | None, code: str = "template_error") -> NoReturn:
    """Raise what is wrong with a template."""
    raise Problem(code, message, line)


def unknown(message: str, word: str, token: Token, known: Iterable[str]) -> NoReturn:
    """Raise that a word of a template is not known; the hint is one that is, and nearly the same."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else None
    raise Problem("template_error", message, token.line, column=token.column, hint=hint)


def tokenize(source: str, position: int, end: str, line: int) -> tuple[list[Token], int]:
    """Return the tokens from `position` up to `end` ("}}" or "%}"), the last one of kind "end", and the offset behind.

    Raises Problem template_error when the tag has no end or holds what is no token.
    """
    tokens: list[Token] = []
    nesting = 0
    while True:
        if nesting == 0:
            trim = source[position : position + 1] in ("-", "+")
            if source.startswith(end, position + trim):
                behind = position + trim + len(end)
                tokens.append(Token("end", source[position:behind], line, _column(source, position)))
                return tokens, behind
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            words = "a {{ or {% is not closed, or holds a character that means nothing there."
            raise Problem("template_error", words, line, column=_column(source, min(position, len(source) - 1)))
        if len(tokens) > MAX_TOKENS:
            wrong(f"the template has more than {MAX_TOKENS} words and signs in its tags.", line)
        word, position = match[0], match.end()
        if match.lastgroup == "text" and "\\" in word and _NUL.search(word) is not None:
            words = "a text holds the character NUL, which no message can have."
            raise Problem("template_error", words, line, column=_column(source, match.start()))
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, word, line, _column(source, match.start())))
        if match.lastgroup == "sign":
            nesting += (word in "([{") - (word in ")]}")
        line += word.count("\n")


def _column(source: str, position: int) -> int:
    return position - source.rfind("\n", 0, position)


class Uses:
    """What a template asks for: the templates that it includes, each call with the names that it gives (None: any), and
    its variables, with the place where each is first read; `guarded` are those that it can do without. `members` are
    those of `notification`, with their places."""

    def __init__(self) -> None:
        self.includes: set[str] = set()
        self.calls: list[tuple[str, frozenset[str] | None]] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.guarded: set[str] = set()
        self.members: dict[str, tuple[int, int]] = {}


class TagReader:
    """Goes over the tokens of one tag."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.open = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    @property
    def line(self) -> int:
        return self.next.line

    def accept(self, *words: str) -> str | None:
        """Step over the next token if it is one of the words, and return it. Texts are no words."""
        token = self.next
        if token.kind in ("text", "end") or token.word not in words:
            return None
        self.at += 1
        return token.word

    def expect(self, word: str) -> None:
        if self.accept(word) is None:
            wrong(f"{word} is expected before {self.next.word}.", self.line)

    def name(self) -> str:
        """Step over a name, and return it."""
        token = self.next
        if token.kind != "name":
            wrong(f"a name is expected before {token.word}.", self.line)
        self.at += 1
        return token.word

    def end(self) -> str:
        """Return the end of the tag. Raises Problem template_error when something is left before it."""
        if self.next.kind != "end":
            wrong(f"{self.next.word} is not expected here.", self.line)
        return self.next.word

    def enter(self) -> None:
        """Go a level deeper into an expression; `leave` comes back. The bound keeps Python's and minijinja's stacks."""
        self.open += 1
        if self.open > MAX_DEPTH:
            wrong("the expression is nested too deeply.", self.line)

    def leave(self) -> None:
        self.open -= 1

    def make(self, code: str, weight: int, *parts: Piece, constant: bool = False, cut: bool | None = None) -> Piece:
        """Return the piece that is made of `parts`. Raises Problem template_error when it is too deep or too heavy."""
        depth = 1 + len(parts) // 10 + max((part.depth for part in parts), default=0) if not constant else 1
        if depth > MAX_DEPTH:
            wrong("the expression is too long.", self.line)
        if weight > MAX_WEIGHT:
            wrong(f"a list or an object holds more than {MAX_WEIGHT} variables.", self.line)
        return Piece(code, weight, depth, constant, any(part.cut for part in parts) if cut is None else cut)

    def present(self, piece: Piece) -> str:
        """Return code for a value on its way to Python, where `undefined` would arrive as none: a stand-in tells of
        it."""
        if piece.weight == 0:
            return piece.code
        shown = piece.code if '"' not in piece.code and "\\" not in piece.code and len(piece.code) < 60 else ""
        return f'{piece.code}|default("{MISSING}{self.line}:{shown}")'

    def number(self, piece: Piece) -> str:
        """Return code for an operand: what may be a list is looked at before anything is calculated with it."""
        return f"({self.present(piece)}|xnovu_scalar({self.line}))" if piece.weight else piece.code
