"""Shows the notifications: a table that stays in place on a terminal, a line for each change anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from xnovu.demo.progress import FINAL, Row

_STYLES = {"PENDING": "dim", "PROCESSING": "yellow", "SENT": "green", "FAILED": "red", "RETRACTED": "magenta"}


class Screen(Protocol):
    """Where the notifications are shown."""

    def show(self, rows: list[Row]) -> None:
        """Show how they stand now."""

    def say(self, text: str) -> None:
        """Print text that stays."""


@contextmanager
def open_screen(console: Console) -> Iterator[Screen]:
    """The screen that suits the console; leaves it tidy at the end."""
    if not console.is_terminal:
        yield Lines(console)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        yield InPlace(live)


class InPlace:
    """The table, drawn again over itself."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, rows: list[Row]) -> None:
        self._live.update(Group(_table(rows), *_reasons(rows)), refresh=True)

    def say(self, text: str) -> None:
        self._live.console.print(Text(text))


class Lines:
    """A line for each notification whose status, attempts or reason changed since it was shown last."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[UUID, tuple[str, int, str]] = {}

    def show(self, rows: list[Row]) -> None:
        for row in rows:
            state = (row.status, row.attempts, row.reason)
            if self._shown.get(row.notification_id) == state:
                continue
            self._shown[row.notification_id] = state
            what = f"{row.enterprise:<17}  {row.workflow_key:<16}  {row.name:<30}  {row.lane:<8}"
            how = f"{row.recipient_count:>5} to  {row.status:<10}  {_age(row):>8}  try {row.attempts}  {row.reason}"
            self.say(f"{what}  {how}".rstrip())

    def say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for title in ("Enterprise", "Workflow", "What", "Lane"):
        table.add_column(title, no_wrap=True)
    table.add_column("To", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    for title in ("Age", "Tries"):
        table.add_column(title, justify="right", no_wrap=True)
    above = ""
    for row in rows:
        table.add_row(
            row.enterprise if row.enterprise != above else "",
            row.workflow_key,
            Text(row.name),
            row.lane,
            f"{row.recipient_count:,}",
            Text(row.status, style=_STYLES[row.status]),
            _age(row),
            str(row.attempts),
        )
        above = row.enterprise
    return table


def _reasons(rows: list[Row]) -> list[Text]:
    """A line below the table for each that has a reason: in a column it would be cut to pieces."""
    return [Text(f"{row.label} {row.status}: {row.reason}", style=_STYLES[row.status]) for row in rows if row.reason]


def _age(row: Row) -> str:
    """Seconds since it was inserted, or until it was final."""
    seconds = row.age.total_seconds()
    return f"{seconds:.2f} s" if row.status in FINAL else f"{seconds:.1f} s"
