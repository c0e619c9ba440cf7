"""Figures and foreign texts as people read them on a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def count(number: float) -> str:
    """1,234; what is large in short, so that it fits a column: 12.3k, 4.5M."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if number >= 10 * size or (unit == "M" and number >= size):
            return f"{number / size:.1f}{unit}"
    return f"{number:,.0f}"


def duration(seconds: float | None) -> str:
    """Seconds as "12 ms", "3.4 s", "5 min", "2.1 h" or "3 days"; a dash for None."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def plain(text: str | None) -> str:
    """A text in one line, without what a terminal would obey: others wrote it."""
    return "".join(character if character.isprintable() else " " for character in text or "")


def moment(text: str) -> datetime:
    """A time that the database wrote, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def last_hour(now: str) -> list[datetime]:
    """The beginnings of the last 60 minutes that are over."""
    minute = moment(now).replace(second=0, microsecond=0)
    return [minute - timedelta(minutes=ago) for ago in range(60, 0, -1)]
