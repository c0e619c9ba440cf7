"""Translates a template: what a user wrote into what minijinja runs, line for line.

Text passes as it is; every tag is read and written again, so that only what is known to end, and to stay small, gets
through.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from xnovu_template import html
from xnovu_template.expression import Reader
from xnovu_template.grammar import KEYWORDS, RESERVED
from xnovu_template.problem import Problem
from xnovu_template.tag import MAX_TOKENS, Piece, Uses, tokenize, unknown, wrong

SOURCE_CHARS: Final = 128 * 1024
MAX_BLOCKS: Final = 40
MAX_BRANCHES: Final = 50
_MAX_PASSES: Final = 6

_MARKER: Final = re.compile(r"\{[{%#]")
_RAW: Final = re.compile(r"\{%([-+]?)\s*raw\s*([-+]?)%\}")
_END_RAW: Final = re.compile(r"\{%([-+]?)\s*endraw\s*([-+]?)%\}")

_INSTEAD: Final = {
    "include": "use xnovu_render",
    "import": "use xnovu_render",
    "from": "use xnovu_render",
    "extends": "use xnovu_render",
    "block": "use xnovu_render",
    "macro": "use xnovu_render",
    "call": "use xnovu_render",
    "autoescape": "use the filter safe",
    "do": "there is nothing to be done without a result",
}


class Translation(NamedTuple):
    """A template as minijinja gets it, the keys that it gives to xnovu_render, sorted, what else it uses, and what is
    wrong with its HTML: where anything is, what it renders has to be cleaned."""

    code: str
    includes: tuple[str, ...]
    uses: Uses
    faults: tuple[html.Fault, ...] = ()


@lru_cache(maxsize=512)
def translate(source: str, channel: str = "") -> Translation:
    """Return the translation of a template; `channel` is EMAIL or IN_APP where it is HTML.

    Raises Problem, with a line and without a place: template_error, or include_not_literal.
    """
    translator = Translator(source, bool(channel))
    code = translator.run()
    includes = tuple(sorted(translator.uses.includes))
    if not channel:
        return Translation(code, includes, translator.uses)
    code, faults = html.analyse(translator.parts, channel == "EMAIL")
    return Translation(code, includes, translator.uses, tuple(faults))


def read_parts(source: str) -> list[str | html.Mark]:
    """Return a template's text and tags in order. Raises Problem as `translate` does."""
    translator = Translator(source)
    translator.run()
    return translator.parts


def find_includes(source: str) -> tuple[list[str], Problem | None]:
    """Return the keys that a template gives to xnovu_render, sorted, up to the first fault, and that fault."""
    translator = Translator(source)
    try:
        translator.run()
    except Problem as problem:
        return sorted(translator.uses.includes), problem
    return sorted(translator.uses.includes), None


class Translator:
    """Translates one template. `reader` reads its expressions."""

    reader = Reader

    def __init__(self, source: str, is_html: bool = False) -> None:
        self.source = source
        self.is_html = is_html
        self.uses = Uses()
        self.bound: dict[str, int] = {}
        self.cut: set[str] = set()
        self.parts: list[str | html.Mark] = []
        self.blocks: list[str] = []
        self.branches = self.tokens = 0
        self.statements: dict[str, Callable[[Reader], str]] = {
            "if": self.read_if,
            "elif": self.read_elif,
            "else": self.read_else,
            "for": self.read_for,
            "set": self.read_set,
            "with": self.read_with,
            "filter": self.read_filter,
            "break": self.read_nothing,
            "continue": self.read_nothing,
        }

    def run(self) -> str:
        """Return the code. A name may get heavier by what is bound to it further down, so: until none does."""
        if len(self.source) > SOURCE_CHARS:
            wrong(f"the template is longer than {SOURCE_CHARS} characters.", None)
        if "\0" in self.source:
            wrong("it holds the character NUL.", self.source.count("\n", 0, self.source.index("\0")) + 1)
        for _ in range(_MAX_PASSES):
            before, cut = dict(self.bound), len(self.cut)
            code = self.read()
            if self.bound == before and len(self.cut) == cut:
                return code
        return wrong("the values that it sets depend on each other too much.", None)

    def read(self) -> str:
        parts: list[str | html.Mark] = []
        source, position, line = self.source, 0, 1
        self.blocks, self.branches, self.tokens = [], 0, 0
        self.uses = Uses()
        while marker := _MARKER.search(source, position):
            text = source[position : marker.start()]
            line += text.count("\n")
            if marker[0] == "{#":
                mark, position = self.read_comment(marker.start(), line)
            elif raw := _RAW.match(source, marker.start()):
                mark, position = self.read_raw(raw, line)
            else:
                mark, position = self.read_tag(marker.start(), line)
            parts += text, mark._replace(source=source[marker.start() : position])
            line += source.count("\n", marker.start(), position)
        if self.blocks:
            wrong(f"{{% {self.blocks[-1]} %}} has no {{% end{self.blocks[-1]} %}}.", line)
        self.parts = [*parts, source[position:]]
        return "".join(part if isinstance(part, str) else part.code for part in self.parts)

    def read_comment(self, start: int, line: int) -> tuple[html.Mark, int]:
        end = self.source.find("#}", start + 2)
        if end < 0:
            wrong("a comment has no end.", line)
        text = self.source[start + 2 : end]
        before, after = text[:1].strip(" \n"), text[1:][-1:].strip(" \n")
        lines = "\n" * text.count("\n")
        before, after = before if before in "-+" else "", after if after in "-+" else ""
        return html.Mark("nothing", f"{{#{before} {lines} {after}#}}", trims="-" in before + after), end + 2

    def read_raw(self, start: re.Match[str], line: int) -> tuple[html.Mark, int]:
        """Write what is raw as a text, so that minijinja can't see another end of it."""
        end = _END_RAW.search(self.source, start.end())
        if end is None:
            wrong("{% raw %} has no {% endraw %}.", line)
        content = self.source[start.end() : end.start()]
        lines = self.source.count("\n", start.start(), end.end())
        content = content.lstrip() if start[2] == "-" else content
        content = content.rstrip() if end[1] == "-" else content
        text = content.replace("\\", "\\\\").replace('"', '\\"')
        blank = "\n" * (lines - text.count("\n"))
        return html.Mark("text", f'{{{{{start[1]} "{text}"|xnovu_raw {blank}{end[2]}}}}}', content), end.end()

    def read_tag(self, start: int, line: int) -> tuple[html.Mark, int]:
        trim = self.source[start + 2 : start + 3]
        trim = trim if trim in ("-", "+") else ""
        opening = self.source[start : start + 2]
        tokens, behind = tokenize(self.source, start + 2 + len(trim), "}}" if opening == "{{" else "%}", line)
        self.tokens += len(tokens)
        if self.tokens > MAX_TOKENS:
            wrong(f"the template has more than {MAX_TOKENS} words and signs in its tags.", line)
        reader = self.reader(tokens, self.bound, self.uses, self.cut)
        try:
            piece = reader.shown() if opening == "{{" else Piece(self.read_statement(reader))
            end = reader.end()
        except Problem as problem:
            problem.column = problem.column or reader.next.column
            raise
        lines = self.source.count("\n", start, behind) - piece.code.count("\n")
        kind = "value" if opening == "{{" else tokens[0].word
        if kind == "set" and len(tokens) > 2 and tokens[2].word == "=":
            kind = "assign"  # {% set a = 1 %} has no end
        code = f"{opening}{trim} {piece.code} {chr(10) * lines}{end}"
        return html.Mark(kind, code, trims="-" in (trim, end[0]), checked=not piece.cut), behind

    def read_statement(self, reader: Reader) -> str:
        keyword = reader.name()
        if keyword in self.statements:
            return self.statements[keyword](reader)
        if not keyword.startswith("end") or keyword[3:] not in self.statements:
            words = f"there is no {{% {keyword} %}} here: {_INSTEAD.get(keyword, 'it is unknown')}."
            ends = {f"end{name}" for name in self.statements}
            unknown(words, keyword, reader.tokens[0], {*self.statements, *ends} if keyword not in _INSTEAD else ())
        if not self.blocks or self.blocks.pop() != keyword[3:]:
            wrong(f"{{% {keyword} %}} closes nothing that is open.", reader.line)
        return keyword

    def open(self, keyword: str, reader: Reader) -> None:
        self.blocks.append(keyword)
        if len(self.blocks) > MAX_BLOCKS:
            wrong("blocks are nested too deeply.", reader.line)

    def bind(self, reader: Reader, weight: int) -> str:
        """Read a name and note what it may hold from now on: as much as the heaviest value that it ever gets."""
        name = reader.name()
        if name in RESERVED or name in KEYWORDS:
            wrong(f"{name} can't be set: it has a meaning of its own.", reader.line)
        self.weigh(name, weight)
        return name

    def weigh(self, name: str, weight: int, cut: bool = False) -> None:
        self.bound[name] = max(1, weight, self.bound.get(name, 1))
        if cut:
            self.cut.add(name)

    def read_if(self, reader: Reader) -> str:
        self.open("if", reader)
        return f"if {reader.expression().code}"

    def read_elif(self, reader: Reader) -> str:
        self.branches += 1
        if self.branches > MAX_BRANCHES:
            wrong(f"there are more than {MAX_BRANCHES} elif.", reader.line)
        return f"elif {reader.expression().code}"

    def read_else(self, reader: Reader) -> str:
        if not self.blocks or self.blocks[-1] not in ("if", "for"):
            wrong("{% else %} belongs to no if or for.", reader.line)
        return "else"

    def read_nothing(self, reader: Reader) -> str:
        """Read break and continue."""
        if "for" not in self.blocks:
            wrong("break and continue belong into a for.", reader.line)
        return reader.tokens[0].word

    def read_for(self, reader: Reader) -> str:
        self.open("for", reader)
        in_parentheses = reader.accept("(") is not None
        names = [self.bind(reader, 1)]
        while reader.accept(","):
            names.append(self.bind(reader, 1))
        if in_parentheses:
            reader.expect(")")
        reader.expect("in")
        values = reader.choice()
        for name in (*names, "loop"):
            self.weigh(name, values.weight, values.cut)
        condition = f" if {reader.expression().code}" if reader.accept("if") else ""
        return f"for {', '.join(names)} in {reader.iterable(values)}{condition}"

    def read_set(self, reader: Reader) -> str:
        name = self.bind(reader, 1)
        if reader.accept(".", ","):
            wrong("{% set %} takes one plain name: there are no namespaces.", reader.line)
        if reader.accept("="):
            value = reader.expression()
            self.weigh(name, value.weight, value.cut)
            return f"set {name} = {value.code}"
        self.open("set", reader)
        filters = reader.filtered(Piece(""))
        self.weigh(name, 1, filters.cut)
        return f"set {name} {filters.code}"

    def read_with(self, reader: Reader) -> str:
        self.open("with", reader)
        settings = []
        while reader.next.kind != "end":
            name = self.bind(reader, 1)
            reader.expect("=")
            value = reader.expression()
            self.weigh(name, value.weight, value.cut)
            settings.append(f"{name} = {value.code}")
            if not reader.accept(","):
                break
        return f"with {', '.join(settings)}"

    def read_filter(self, reader: Reader) -> str:
        self.open("filter", reader)
        first, rest = reader.filter(Piece("")), reader.filtered(Piece(""))
        check = "|xnovu_html" if self.is_html and (first.cut or rest.cut) else ""
        return f"filter {(first.code + rest.code).removeprefix('|')}{check}"
