"""How long a notification is worth sending, as people write it: “2 hours”, “1 day 12 hours”."""

from __future__ import annotations

import re
from decimal import Decimal

# (months, days, microseconds) of each unit: the three parts of PostgreSQL's interval, which it keeps apart.
_UNITS = {
    "year": (12, 0, 0),
    "month": (1, 0, 0),
    "week": (0, 7, 0),
    "day": (0, 1, 0),
    "hour": (0, 0, 3_600_000_000),
    "minute": (0, 0, 60_000_000),
    "second": (0, 0, 1_000_000),
}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s+(year|month|week|day|hour|minute|second)s?")
_WRITTEN = ("year", "month", "day", "hour", "minute", "second")


def parse(text: str) -> tuple[int, int, int]:
    """The parts of “1 day 12 hours”. Raises ValueError when it is not written so."""
    total = [0, 0, 0]
    rest = text.strip()
    while rest:
        found = _PART.match(rest)
        if found is None:
            raise ValueError(text)
        for index, size in enumerate(_UNITS[found[2]]):
            amount = Decimal(found[1]) * size
            if amount % 1:
                raise ValueError(text)
            total[index] += int(amount)
        rest = rest[found.end() :].lstrip(" ,")
    if total == [0, 0, 0]:
        raise ValueError(text)
    return total[0], total[1], total[2]


def write(parts: tuple[int, int, int]) -> str:
    """The parts as people write them, the largest units first."""
    rest = list(parts)
    words = []
    for unit in _WRITTEN:
        index, size = next((i, size) for i, size in enumerate(_UNITS[unit]) if size)
        amount: Decimal | int
        if unit == "second":
            amount = (Decimal(rest[index]) / size).normalize()
            amount = int(amount) if amount == int(amount) else amount
        else:
            amount, rest[index] = divmod(rest[index], size)
        if amount:
            words.append(
                f"{amount:f} {unit}{'' if amount == 1 else 's'}"
                if isinstance(amount, Decimal)
                else f"{amount} {unit}{'' if amount == 1 else 's'}"
            )
    return " ".join(words)


def as_interval(parts: tuple[int, int, int]) -> str:
    """The parts in PostgreSQL's words."""
    return f"{parts[0]} months {parts[1]} days {parts[2]} microseconds"
