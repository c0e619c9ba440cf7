"""What came of a part of the benchmark, and where it goes: a table, a JSON file, plots."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from bench.budget import Budget


@dataclass(frozen=True)
class Outcome:
    """A part's figures: `table` for people, `record` for programs, and for each plot what draws it into a file."""

    name: str
    table: RenderableType
    record: Mapping[str, Any]
    budgets: Sequence[Budget] = ()
    plots: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return all(budget.is_met for budget in self.budgets)


def plain_table(title: str, *headings: str) -> Table:
    """A table without lines: names on the left, figures on the right."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", title=title, title_justify="left"
    )
    table.add_column("", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def paragraph(text: str) -> str:
    """A text of several lines in one, which the terminal breaks where it must."""
    return " ".join(text.split())


def default_folder() -> Path:
    """Where files go when nothing else is asked for: with what was installed for the benchmark, else here."""
    return Path(os.environ.get("XNOVU_BENCH_STATE", "."))


def publish(outcome: Outcome, console: Console, folder: Path) -> None:
    """Print the table, and write the files NAME.json and NAME.png into the folder, which is made if there is none."""
    console.print(outcome.table)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{outcome.name}.json"
    write_json(file, outcome.record)
    written = [file]
    for name, draw in outcome.plots.items():
        written.append(folder / f"{name}.png")
        draw(written[-1])
    console.print(f"\nWritten: {', '.join(map(str, written))}\n", style="dim", soft_wrap=True)


def write_json(file: Path, record: Mapping[str, Any]) -> None:
    """Write a record, for programs and for people."""
    file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
