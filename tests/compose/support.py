"""What these tests share: the repository's files as data, and the command line's own parser to check commands with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import typer.main
import yaml

from xnovu.cli import app

ROOT = Path(__file__).resolve().parents[2]
INSTALL = ROOT / "docs" / "install.md"
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))


def read_compose() -> dict[str, Any]:
    """docker-compose.yml as Compose reads it, before variables are put in."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, and the remark `<!-- … -->` on the line before it, or None."""

    language: str
    text: str
    remark: str | None


def read_blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    pattern = r"(?:^<!-- (?P<remark>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$"
    found = re.finditer(pattern, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(match["language"], match["text"], match["remark"]) for match in found]


def read_dockerfile(path: Path) -> list[tuple[str, str]]:
    """(instruction, the rest) for each instruction, its lines joined."""
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def parse(arguments: list[str]) -> None:
    """Parse a command line of xnovu without running it. Raises click.ClickException when it doesn't exist so."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("xnovu", list(arguments))
    rest = [*context._protected_args, *context.args]
    while rest:
        name, command, rest = command.resolve_command(context, rest)
        if command is None:
            raise click.UsageError(f"no command {name}")
        context = command.make_context(name, rest, parent=context)
        rest = [*context._protected_args, *context.args] if hasattr(command, "resolve_command") else []
