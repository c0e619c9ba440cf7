"""What a figure must not fall below or exceed."""

from dataclasses import dataclass

from rich.text import Text


@dataclass(frozen=True)
class Budget:
    """A figure with its limit: at least that, or with `is_most` at most."""

    name: str
    value: float
    limit: float
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.is_most else self.value >= self.limit


def cells(budget: Budget | None) -> tuple[str, Text]:
    """The limit and whether it is met, for two cells of a table; empty without a budget."""
    if budget is None:
        return "", Text()
    return f"{'≤' if budget.is_most else '≥'} {budget.limit:g}", mark(budget.is_met)


def mark(is_met: bool) -> Text:
    """How a table says whether a budget is met."""
    return Text("ok", style="green") if is_met else Text("missed", style="red")
