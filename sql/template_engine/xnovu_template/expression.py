"""Reads the expressions of a template and writes them again: what minijinja runs is only what was understood here.

minijinja's fuel counts steps and text, but not the size of a value: lists of lists that hold each other take 2^n steps
to print, and objects nested deep enough end the process with a stack overflow. So each expression gets a weight, the
number of times that a value of the payload may occur in it, and a depth, and both are bounded.
"""

from collections.abc import Callable
from typing import Final

from xnovu_template.grammar import (
    CHOOSING_METHODS,
    CONSTANTS,
    FILTERS,
    FUNCTIONS,
    KEYWORDS,
    PYTHON_FILTERS,
    REPEATING_FILTERS,
    SCALAR_FILTERS,
    SCALAR_METHODS,
    TESTS,
    WHOLE_FILTERS,
)
from xnovu_template.tag import Piece, TagReader, Token, Uses, unknown, wrong

MAX_TERMS: Final = 100
MAX_REPEATED: Final = 100
"""Characters of an argument that a filter repeats in each element of a list."""

COMPARISONS: Final = frozenset(("==", "!=", "<", "<=", ">", ">="))
_LOOP_COUNTS: Final = frozenset(("depth", "first", "index", "index0", "last", "length", "revindex", "revindex0"))
_LOOP_METHODS: Final = frozenset(("cycle", "changed"))


class Reader(TagReader):
    """Reads the expressions of one tag. `bound` gives the weights of the names that the template binds, `cut` those of
    them that may be HTML in pieces."""

    def __init__(self, tokens: list[Token], bound: dict[str, int], uses: Uses, cut: set[str]) -> None:
        super().__init__(tokens)
        self.bound = bound
        self.uses = uses
        self.cut = cut

    def shown(self) -> Piece:
        """Read the expression of a tag that prints a value."""
        return self.expression()

    def iterable(self, piece: Piece) -> str:
        """Return code for what a loop goes over."""
        return piece.code

    # Expressions, from the loosest operator to the tightest

    def expression(self) -> Piece:
        self.enter()
        piece = self.choice()
        while self.accept("if"):
            test = self.choice()
            other = self.expression() if self.accept("else") else None
            parts = (piece, test) if other is None else (piece, test, other)
            tail = "" if other is None else f" else {other.code}"
            weight = max(1 if other is None else other.weight, piece.weight)
            piece = self.make(f"({piece.code} if {test.code}{tail})", weight, *parts)
        self.leave()
        return piece

    def chain(self, read: Callable[[], Piece], operators: tuple[str, ...], write: Callable[[Piece], str]) -> Piece:
        """Read terms that operators of one rank join from left to right."""
        piece = read()
        terms, code = [piece], write(piece)
        while operator := self.accept(*operators):
            terms.append(read())
            code += f" {operator} {write(terms[-1])}"
        if len(terms) > MAX_TERMS:
            wrong(f"more than {MAX_TERMS} terms are joined by {operators[0]}.", self.line)
        if len(terms) == 1:
            return piece
        weight = max(term.weight for term in terms) if operators[0] in ("or", "and") else 0
        return self.make(f"({code})", weight, *terms)

    def choice(self) -> Piece:
        return self.chain(self.conjunction, ("or",), _code)

    def conjunction(self) -> Piece:
        return self.chain(self.negation, ("and",), _code)

    def negation(self) -> Piece:
        return self.prefixed("not ", self.negation) if self.accept("not") else self.comparison()

    def comparison(self) -> Piece:
        piece = self.sum()
        operator = self.accept(*COMPARISONS, "in", "not")
        if operator is None:
            return piece
        if operator == "not":
            self.expect("in")
            operator = "not in"
        other = self.sum()
        if self.accept(*COMPARISONS):
            wrong("comparisons can't be chained: write a < b and b < c.", self.line)
        return self.make(f"({piece.code} {operator} {other.code})", 0, piece, other)

    def sum(self) -> Piece:
        return self.chain(self.join, ("+", "-"), self.number)

    def join(self) -> Piece:
        return self.chain(self.product, ("~",), _code)

    def product(self) -> Piece:
        return self.chain(self.power, ("*", "/", "//", "%"), self.number)

    def power(self) -> Piece:
        return self.chain(self.unary, ("**",), self.number)

    def unary(self) -> Piece:
        return self.filtered(self.signed())

    def signed(self) -> Piece:
        return self.prefixed("-", self.signed) if self.accept("-") else self.postfix(self.primary())

    def prefixed(self, operator: str, read: Callable[[], Piece]) -> Piece:
        self.enter()
        piece = read()
        self.leave()
        return self.make(f"({operator}{piece.code})", 0, piece, constant=piece.constant)

    # Values

    def primary(self) -> Piece:
        token = self.next
        if token.kind == "end":
            wrong(f"a value is expected before {token.word}.", self.line)
        self.at += 1
        if token.kind in ("text", "number") or token.word in CONSTANTS:
            return Piece(token.word, constant=True)
        if token.kind == "name" and token.word not in KEYWORDS:
            return self.variable(token.word)
        if token.word == "(":
            return self.group()
        if token.word == "[":
            return self.collection("[", self.elements("]"), "]")
        if token.word != "{":
            wrong(f"a value is expected here, not {token.word}.", self.line)
        return self.collection("{", self.members(), "}")

    def variable(self, name: str) -> Piece:
        if name in FUNCTIONS and (self.next.word != "(" or self.next.kind != "sign"):
            wrong(f"{name} is a function: it needs its arguments in parentheses.", self.line)
        token = self.tokens[self.at - 1]
        self.uses.places.setdefault(name, (token.line, token.column))
        return Piece(name, self.bound.get(name, 1), cut=name in self.cut)

    def group(self) -> Piece:
        piece = self.expression()
        if self.accept(")"):
            return self.make(f"({piece.code})", piece.weight, piece, constant=piece.constant)
        self.expect(",")
        rest = self.elements(")")
        return self.collection("(", [piece, *rest], ",)" if not rest else ")")

    def elements(self, close: str) -> list[Piece]:
        pieces = []
        while not self.accept(close):
            pieces.append(self.expression())
            if not self.accept(","):
                self.expect(close)
                break
        return pieces

    def members(self, to_python: bool = False) -> list[Piece]:
        pieces = []
        while not self.accept("}"):
            key = self.next
            if key.kind not in ("text", "number"):
                wrong(f'the key {key.word} has to be written in quotes: {{"{key.word}": …}}.', self.line)
            self.at += 1
            self.expect(":")
            value = self.expression()
            code = self.present(value) if to_python else value.code
            pieces.append(value._replace(code=f"{key.word}: {code}"))
            if not self.accept(","):
                self.expect("}")
                break
        return pieces

    def collection(self, start: str, parts: list[Piece], end: str) -> Piece:
        constant = all(part.constant for part in parts)
        weight = 1 if constant else sum(max(1, part.weight) for part in parts)
        return self.make(start + ", ".join(part.code for part in parts) + end, weight, *parts, constant=constant)

    def postfix(self, piece: Piece) -> Piece:
        while True:
            if self.accept("."):
                piece = self.attribute(piece, self.name())
            elif self.accept("["):
                piece = self.subscript(piece)
            elif self.accept("("):
                piece = self.call(piece)
            else:
                return piece

    def attribute(self, piece: Piece, name: str) -> Piece:
        if self.accept("("):
            return self.method(piece, name)
        if piece.code == "notification" and "notification" not in self.bound:
            token = self.tokens[self.at - 1]
            self.uses.members.setdefault(name, (token.line, token.column))
        counts = piece.code == "loop" and name in _LOOP_COUNTS
        return self.make(f"{piece.code}.{name}", 0 if counts else max(1, piece.weight), piece)

    def subscript(self, piece: Piece) -> Piece:
        parts: list[Piece] = []
        code = ""
        while not self.accept("]"):
            if self.accept(":"):
                code += ":"
            else:
                parts.append(self.expression())
                code += parts[-1].code
        return self.make(f"{piece.code}[{code}]", max(1, piece.weight), piece, *parts)

    def arguments(self) -> list[tuple[str | None, Piece]]:
        """Read arguments behind the opening parenthesis: (name or None, value) each."""
        arguments: list[tuple[str | None, Piece]] = []
        while not self.accept(")"):
            named = self.next.kind == "name" and self.tokens[self.at + 1].word == "="
            name = self.name() if named else None
            self.at += named
            arguments.append((name, self.expression()))
            if not self.accept(","):
                self.expect(")")
                break
        return arguments

    def written(self, arguments: list[tuple[str | None, Piece]]) -> str:
        return ", ".join(piece.code if name is None else f"{name}={piece.code}" for name, piece in arguments)

    def method(self, piece: Piece, name: str) -> Piece:
        token = self.tokens[self.at - 2]
        arguments = self.arguments()
        parts = [part for _, part in arguments]
        code = f"{piece.code}.{name}({self.written(arguments)})"
        if name in SCALAR_METHODS:
            return self.make(code, 0, piece, *parts, cut=True)
        if name in CHOOSING_METHODS or (piece.code == "loop" and name in _LOOP_METHODS):
            weight = max(1, piece.weight, *(part.weight for part in parts))
            return self.make(code, weight, piece, *parts, cut=True if name.startswith("split") else None)
        words = f"there is no method {name}; look for a filter: {{{{ value | {name} }}}}."
        return unknown(words, name, token, SCALAR_METHODS | CHOOSING_METHODS)

    def call(self, piece: Piece) -> Piece:
        if piece.code == "xnovu_render":
            return self.render()
        token = self.tokens[self.at - 2]
        arguments = self.arguments()
        if piece.code != "range":
            words = f"there is no function {piece.code}; there are xnovu_render and range."
            unknown(words, piece.code, token, FUNCTIONS)
        return self.make(f"range({self.written(arguments)})", 1, *(part for _, part in arguments))

    def render(self) -> Piece:
        """Read what follows xnovu_render: the key, an object of values, values by name."""
        key = self.next
        if key.kind != "text" or "\\" in key.word or self.tokens[self.at + 1].word not in (",", ")"):
            wrong("the first argument of xnovu_render has to be a key in quotes.", self.line, "include_not_literal")
        self.at += 1
        self.uses.includes.add(key.word[1:-1])
        values: list[tuple[str | None, Piece]] = [(None, Piece(key.word))]
        given: set[str] = set()
        if self.accept(",") and self.accept("{"):
            members = self.members(to_python=True)
            given |= {member.code.partition(":")[0][1:-1] for member in members}
            values.append((None, self.collection("{", members, "}")))
            self.accept(",")
        rest = self.arguments()
        given |= {name for name, _ in rest if name is not None}
        is_known = all(name is not None for name, _ in rest)
        self.uses.calls.append((key.word[1:-1], frozenset(given) if is_known else None))
        values += [(name, part._replace(code=self.present(part))) for name, part in rest]
        if sum(name is None for name, _ in values) > 2:
            wrong("xnovu_render takes a key, one object of values, and values by name.", self.line)
        parts = [part for _, part in values]
        self.make("", sum(part.weight for part in parts), *parts)
        return self.make(f"xnovu_render({self.written(values)})", 0, *parts, cut=False)

    # Filters and tests

    def filtered(self, piece: Piece) -> Piece:
        while True:
            if self.accept("|"):
                piece = self.filter(piece)
            elif self.accept("is"):
                piece = self.test(piece)
            else:
                return piece

    def filter(self, piece: Piece) -> Piece:
        name = self.name()
        if name not in FILTERS:
            unknown(f"there is no filter {name}.", name, self.tokens[self.at - 1], FILTERS)
        arguments = self.arguments() if self.accept("(") else []
        parts = [part for _, part in arguments]
        if name in REPEATING_FILTERS and any(not part.constant or len(part.code) > MAX_REPEATED for part in parts):
            wrong(f"the filter {name} takes short constants only.", self.line)
        mapped = parts[0].code[1:-1] if name == "map" and parts and arguments[0][0] is None else name
        if mapped not in FILTERS:
            unknown(f"there is no filter {mapped}.", mapped, self.tokens[self.at - 1], FILTERS)
        before = piece.code
        if name in ("default", "d"):
            self.uses.guarded.add(piece.code)
        if name in PYTHON_FILTERS:
            before = self.present(piece) if piece.code else ""
            arguments.append(("xnovu_line", Piece(str(self.line))))
        code = self.write_filter(name, before, arguments)
        weight = 0 if name in SCALAR_FILTERS else max(1, piece.weight, *(part.weight for part in parts))
        whole = name in WHOLE_FILTERS or (name == "trim" and not parts)
        return self.make(code, weight, piece, *parts, cut=None if whole else True)

    def write_filter(self, name: str, before: str, arguments: list[tuple[str | None, Piece]]) -> str:
        return f"{before}|{name}({self.written(arguments)})" if arguments else f"{before}|{name}"

    def test(self, piece: Piece) -> Piece:
        negated = "not " if self.accept("not") else ""
        name = self.name()
        if name.lower() not in TESTS:
            unknown(f"there is no test {name}.", name, self.tokens[self.at - 1], TESTS)
        parts: list[Piece] = []
        if self.accept("("):
            parts = self.elements(")")
        elif self.next.word == "[" or (self.next.kind in ("text", "number", "name") and self.next.word not in KEYWORDS):
            parts = [self.postfix(self.primary())]
        if name.lower() in ("defined", "undefined"):
            self.uses.guarded.add(piece.code)
        code = f"({', '.join(part.code for part in parts)})" if parts else ""
        return self.make(f"({piece.code} is {negated}{name}{code})", 0, piece, *parts)


def _code(piece: Piece) -> str:
    return piece.code
