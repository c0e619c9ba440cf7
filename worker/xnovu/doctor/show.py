"""Shows what the doctor found: a table on a terminal, a line each anywhere else, JSON for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from xnovu import version
from xnovu.doctor.check import Check, Status, is_well

_STYLES: dict[Status, str] = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def as_json(checks: Sequence[Check]) -> str:
    """{"ok": …, "version": …, "checks": [{"name", "status", "found", "mend"}]}, indented."""
    content = {"ok": is_well(checks), "version": version(), "checks": [asdict(check) for check in checks]}
    return json.dumps(content, indent=2, ensure_ascii=False)


def show(checks: Sequence[Check], console: Console) -> None:
    """Print them, and a summary; colours only where the console is a terminal that wants them."""
    if console.is_terminal:
        console.print(_table(checks))
    else:
        for check in checks:
            console.print(Text(f"{check.status:<8} {check.name:<16} {check.found}"), soft_wrap=True)
            if check.mend:
                console.print(Text(f"{'':<25} mend: {check.mend}"), soft_wrap=True)
    console.print(Text(_summary(checks)), soft_wrap=True)


def _table(checks: Sequence[Check]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        text = Text(check.found)
        if check.mend:
            text.append(f"\n→ {check.mend}", style="italic")
        table.add_row(Text(check.status, style=_STYLES[check.status]), check.name, text)
    return table


def _summary(checks: Sequence[Check]) -> str:
    counts = Counter(check.status for check in checks)
    numbers = ", ".join(f"{counts[status]} {status}" for status in _STYLES if counts[status])
    return f"{'Well' if is_well(checks) else 'Not well'}: {numbers}."
