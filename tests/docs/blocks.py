"""Reads the fenced blocks of a document: what to run, as whom, and the output that is shown below it.

    ```sql as=platform error=XN001      a session of psql, as the sample login of a platform; must fail with XN001
    ```python as=platform               DATABASE_URL is that login's
    ```sh as=admin status=1             a shell whose DATABASE_URL is that login's; must end with 1
    ```text                             below one of these: lines that its output must hold
    ```text varies                      an output that is never twice the same

Where the paragraph above a block says "a moment later", a worker has delivered by then; a comment
`<!-- Novu answers 503 -->` there says that Novu was in the way.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(?P<language>\w*) *(?P<info>.*)$")
_NOVU = re.compile(r"<!-- Novu answers (\d+) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is that of its first line within; `above` is the paragraph before it."""

    path: Path
    line: int
    language: str
    info: str
    text: str
    above: str
    shown: str | None = None

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    def option(self, name: str) -> str | None:
        """The value of `name=value` behind the language, or None."""
        found = re.search(rf"\b{name}=(\S+)", self.info)
        return found and found[1]

    @property
    def login(self) -> str:
        """The login that runs it: a sample one (a platform's, unless it says another), or the administrator."""
        kind = self.option("as") or "platform"
        return "postgres" if kind == "administrator" else f"sample_{kind}"

    @property
    def is_later(self) -> bool:
        """Whether a worker had time before it."""
        return "moment later" in self.above

    @property
    def novu_status(self) -> int:
        """What Novu answers to the worker before it: an HTTP status."""
        found = _NOVU.search(self.above)
        return int(found[1]) if found else 201


def read_blocks(name: str) -> list[Block]:
    """The blocks of a document (path below the repository), in order, each with the output shown right below it."""
    path = ROOT / name
    blocks: list[Block] = []
    lines = path.read_text().splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("```")), None)
        assert end is not None, f"{name}:{at + 1}: the block has no end"
        above = _paragraph(lines[:at])
        block = Block(path, at + 2, fence["language"], fence["info"], "\n".join(lines[at + 1 : end]), above)
        if (
            block.language == "text"
            and not above
            and blocks
            and (blocks[-1].language in ("sql", "python") or blocks[-1].option("as"))
        ):
            if block.info != "varies":
                blocks[-1] = replace(blocks[-1], shown=block.text)
        else:
            blocks.append(block)
        at = end + 1
    return blocks


def _paragraph(before: list[str]) -> str:
    """The paragraph at the end of these lines; empty where a block ends there."""
    while before and not before[-1].strip():
        before = before[:-1]
    if not before or before[-1].startswith("```"):
        return ""
    start = max((n + 1 for n, line in enumerate(before) if not line.strip()), default=0)
    return "\n".join(before[start:])


_UNSTABLE = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::\d\d)?)?"), "<time>"),
    (re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?"), "<interval>"),
)


def comparable(output: str) -> list[str]:
    """The lines of an output without what differs each time (ids, times) and how psql draws a table."""
    lines = []
    for pattern, instead in _UNSTABLE:
        output = pattern.sub(instead, output)
    for line in (" ".join(written.split()) for written in output.splitlines()):
        if line and not re.fullmatch(r"[-+]+|-\[ RECORD \d+ \].*|\(\d+ rows?\)", line):
            lines.append(line)
    return lines


def is_within(shown: str, output: str) -> bool:
    """Whether the lines that are shown stand in the output, one right after the other."""
    wanted, got = comparable(shown), comparable(output)
    return any(got[n : n + len(wanted)] == wanted for n in range(len(got) - len(wanted) + 1))
