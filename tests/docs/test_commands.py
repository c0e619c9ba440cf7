"""The shell commands that documents show exist: their subcommands and options."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer
from tests.docs.blocks import ROOT, read_blocks

from xnovu.cli import app

PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
_COMMAND = re.compile(r"(?:^|[\s(\"`;])((?:\./run|xnovu) [^`#|<>;&)]*)")


def shown(page: str) -> Iterator[tuple[str, str]]:
    """The commands of a page, each with its place: those in blocks for a shell, and those within a line."""
    in_shell = {}
    for block in read_blocks(page):
        lines = enumerate(block.text.replace("\\\n", "  ").splitlines(), start=block.line)
        in_shell.update({number: line if block.language == "sh" else "" for number, line in lines})
    for number, line in enumerate((ROOT / page).read_text().splitlines(), start=1):
        texts = [in_shell[number]] if number in in_shell else re.findall(r"`([^`]+)`", line)
        for text in texts:
            for command in _COMMAND.findall(text):
                yield f"{page}:{number}", command


@cache
def usage_of_run() -> dict[str, str]:
    """The usage of ./run: what it says of each subcommand."""
    text = subprocess.run(["sh", str(ROOT / "run"), "help"], capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    name = "help"
    for line in text.splitlines():
        if (begins := re.match(r"  (\w+)\b", line)) is not None:
            name = begins[1]
        found[name] = found.get(name, "") + line + "\n"
    return found


def fault_of_run(words: list[str]) -> str | None:
    """What is wrong with the arguments of ./run, or None."""
    name = "help" if words[0] in ("-h", "--help") else words[0]
    usage = usage_of_run()
    if name not in usage:
        return f"./run has no {name}"
    if name == "xnovu":
        return fault_of_xnovu(words[1:])
    options = [word for word in words[1:] if word.startswith("--")]
    if name in ("psql", "test"):  # what follows is handed on
        options = [option for option in options if option == "--as"]
    return next((f"./run {name} has no {option}" for option in options if option not in usage[name]), None)


def fault_of_xnovu(words: list[str]) -> str | None:
    """What is wrong with the arguments of xnovu, or None."""
    command: Any = typer.main.get_command(app)
    options = {"-h", "--help"}
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"xnovu has no {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    options |= {option for parameter in command.params for option in parameter.opts}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in options]
    return f"xnovu {command.name} has no {unknown[0]}" if unknown else None


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_shown_exist(page: str) -> None:
    faults = []
    for place, command in shown(page):
        program, *words = shlex.split(command, posix=False)
        if words:
            fault = fault_of_run(words) if program == "./run" else fault_of_xnovu(words)
            if fault is not None:
                faults.append(f"{place}: {fault}")
    assert faults == []


def test_a_command_that_does_not_exist_is_found() -> None:
    assert fault_of_run(["dmeo"]) == "./run has no dmeo"
    assert fault_of_run(["demo", "--quit"]) == "./run demo has no --quit"
    assert fault_of_run(["xnovu", "sample", "sned"]) == "xnovu has no sned"
    assert fault_of_xnovu(["work", "--slot", "critical=1"]) == "xnovu work has no --slot"
    assert fault_of_xnovu(["sample", "watch", "--exit"]) is None


def test_commands_are_found_in_blocks_and_within_lines() -> None:
    commands = {command.strip() for _, command in shown("docs/platform.md")}
    assert {"./run demo", "./run psql --as platform", "./run env"} <= commands
