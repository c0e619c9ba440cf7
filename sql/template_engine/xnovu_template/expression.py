"""Reads the expressions of a template and writes them again, so that what minijinja runs is only what was understood here.

minijinja's fuel counts steps and text, but not the size of a value: lists of lists that hold each other take 2^n steps to
print, and objects nested deep enough end the process with a stack overflow. So each expression gets a weight, the number of
times that a value of the payload may occur in it, and a depth, and both are bounded.
"""

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
)
from xnovu_template.tag import Piece, TagReader, Token, wrong

MAX_REPEATED: Final = 100
"""Characters of an argument that a filter repeats in each element of a list."""

_COMPARISONS: Final = frozenset(("==", "!=", "<", "<=", ">", ">="))
_LOOP_COUNTS: Final = frozenset(("depth", "first", "index", "index0", "last", "length", "revindex", "revindex0"))
_LOOP_METHODS: Final = frozenset(("cycle", "changed"))


class Reader(TagReader):
    """Reads the expressions of one tag. `bound` gives the weights of the names that the template binds."""

    def __init__(self, tokens: list[Token], bound: dict[str, int], includes: set[str]) -> None:
        super().__init__(tokens)
        self.bound = bound
        self.includes = includes

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

    def choice(self) -> Piece:
        piece = self.conjunction()
        while self.accept("or"):
            other = self.conjunction()
            piece = self.make(f"({piece.code} or {other.code})", max(piece.weight, other.weight), piece, other)
        return piece

    def conjunction(self) -> Piece:
        piece = self.negation()
        while self.accept("and"):
            other = self.negation()
            piece = self.make(f"({piece.code} and {other.code})", max(piece.weight, other.weight), piece, other)
        return piece

    def negation(self) -> Piece:
        if not self.accept("not"):
            return self.comparison()
        self.enter()
        piece = self.negation()
        self.leave()
        return self.make(f"(not {piece.code})", 0, piece)

    def comparison(self) -> Piece:
        piece = self.sum()
        operator = self.accept(*_COMPARISONS, "in", "not")
        if operator is None:
            return piece
        if operator == "not":
            self.expect("in")
            operator = "not in"
        other = self.sum()
        if self.accept(*_COMPARISONS):
            wrong("comparisons can't be chained: write a < b and b < c.", self.line)
        return self.make(f"({piece.code} {operator} {other.code})", 0, piece, other)

    def sum(self) -> Piece:
        piece = self.join()
        while operator := self.accept("+", "-"):
            piece = self.calculate(piece, operator, self.join())
        return piece

    def join(self) -> Piece:
        piece = self.product()
        while self.accept("~"):
            other = self.product()
            piece = self.make(f"({piece.code} ~ {other.code})", 0, piece, other)
        return piece

    def product(self) -> Piece:
        piece = self.power()
        while operator := self.accept("*", "/", "//", "%"):
            piece = self.calculate(piece, operator, self.power())
        return piece

    def power(self) -> Piece:
        piece = self.unary()
        while self.accept("**"):
            piece = self.calculate(piece, "**", self.unary())
        return piece

    def calculate(self, piece: Piece, operator: str, other: Piece) -> Piece:
        return self.make(f"({self.number(piece)} {operator} {self.number(other)})", 0, piece, other)

    def unary(self, filters: bool = True) -> Piece:
        if self.accept("-"):
            self.enter()
            operand = self.unary(filters=False)
            self.leave()
            piece = self.make(f"(-{operand.code})", 0, operand, constant=operand.constant)
        else:
            piece = self.postfix(self.primary())
        return self.filtered(piece) if filters else piece

    # Values

    def primary(self) -> Piece:
        token = self.next
        self.at += token.kind != "end"
        if token.kind in ("text", "number"):
            return Piece(token.word, constant=True)
        if token.word in CONSTANTS:
            return Piece(token.word, constant=True)
        if token.word in FUNCTIONS and (self.next.word != "(" or self.next.kind != "sign"):
            wrong(f"{token.word} is a function: it needs its arguments in parentheses.", self.line)
        if token.kind == "name" and token.word not in KEYWORDS:
            return Piece(token.word, self.bound.get(token.word, 1))
        if token.word == "(" and token.kind == "sign":
            return self.group()
        if token.word == "[" and token.kind == "sign":
            return self.collection("[", self.elements("]"), "]")
        if token.word == "{" and token.kind == "sign":
            return self.collection("{", self.members(), "}")
        return wrong(f"a value is expected here, not {token.word or 'the end'}.", self.line)

    def group(self) -> Piece:
        if self.accept(")"):
            return Piece("()", 1, constant=True)
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
        arguments = self.arguments()
        parts = [part for _, part in arguments]
        code = f"{piece.code}.{name}({self.written(arguments)})"
        if name in SCALAR_METHODS:
            return self.make(code, 0, piece, *parts)
        if name in CHOOSING_METHODS or (piece.code == "loop" and name in _LOOP_METHODS):
            return self.make(code, max(1, piece.weight, *(part.weight for part in parts)), piece, *parts)
        return wrong(f"there is no method {name}; look for a filter: {{{{ value | {name} }}}}.", self.line)

    def call(self, piece: Piece) -> Piece:
        if piece.code == "xnovu_render":
            return self.render()
        arguments = self.arguments()
        if piece.code != "range":
            wrong(f"there is no function {piece.code}; there are xnovu_render and range.", self.line)
        parts = [part for _, part in arguments]
        return self.make(f"range({self.written(arguments)})", 1, *parts)

    def render(self) -> Piece:
        """Read what follows xnovu_render: the key, an object of values, values by name."""
        key = self.next
        if key.kind != "text" or "\\" in key.word or self.tokens[self.at + 1].word not in (",", ")"):
            wrong("the first argument of xnovu_render has to be a key in quotes.", self.line, "include_not_literal")
        self.at += 1
        self.includes.add(key.word[1:-1])
        values: list[tuple[str | None, Piece]] = [(None, Piece(key.word))]
        if self.accept(",") and self.accept("{"):
            values.append((None, self.collection("{", self.members(to_python=True), "}")))
            self.accept(",")
        values += [(name, part._replace(code=self.present(part))) for name, part in self.arguments()]
        if sum(name is None for name, _ in values) > 2:
            wrong("xnovu_render takes a key, one object of values, and values by name.", self.line)
        parts = [part for _, part in values]
        self.make("", sum(part.weight for part in parts), *parts)
        return self.make(f"xnovu_render({self.written(values)})", 0, *parts)

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
            wrong(f"there is no filter {name}.", self.line)
        arguments = self.arguments() if self.accept("(") else []
        parts = [part for _, part in arguments]
        if name in REPEATING_FILTERS and any(not part.constant or len(part.code) > MAX_REPEATED for part in parts):
            wrong(f"the filter {name} takes short constants only.", self.line)
        if name == "map" and parts and arguments[0][0] is None and parts[0].code[1:-1] not in FILTERS:
            wrong(f"there is no filter {parts[0].code[1:-1]}.", self.line)
        before = self.present(piece) if name in PYTHON_FILTERS else piece.code
        code = f"{before}|{name}({self.written(arguments)})" if arguments else f"{before}|{name}"
        weight = 0 if name in SCALAR_FILTERS else max(1, piece.weight, *(part.weight for part in parts))
        return self.make(code, weight, piece, *parts)

    def test(self, piece: Piece) -> Piece:
        negated = "not " if self.accept("not") else ""
        name = self.name()
        if name.lower() not in TESTS:
            wrong(f"there is no test {name}.", self.line)
        parts: list[Piece] = []
        if self.accept("("):
            parts = self.elements(")")
        elif self.next.kind in ("text", "number") or (self.next.kind == "name" and self.next.word not in KEYWORDS):
            parts = [self.postfix(self.primary())]
        code = f"({', '.join(part.code for part in parts)})" if parts else ""
        return self.make(f"({piece.code} is {negated}{name}{code})", 0, piece, *parts)
