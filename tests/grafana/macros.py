"""What Grafana makes of a query before PostgreSQL gets it: first the dashboard's variables, then the data source's
macros. What Grafana would refuse is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)(?!\w|\()")
_MACRO = re.compile(r"\$(\w+)\(([^)]*)\)")


@dataclass(frozen=True)
class Span:
    """The time range that the dashboard shows, and the interval that its width gives: seconds between two points."""

    start: datetime
    end: datetime
    interval: int = 60

    @property
    def texts(self) -> tuple[str, str]:
        """Its ends as the macros write them."""
        first, last = (moment.astimezone(UTC).isoformat().replace("+00:00", "Z") for moment in (self.start, self.end))
        return first, last


def last_hours(hours: int, now: datetime) -> Span:
    """The span from so many hours ago until a minute from now."""
    return Span(now - timedelta(hours=hours), now + timedelta(minutes=1))


def expand(query: str, variables: Mapping[str, str], span: Span) -> str:
    """The query as PostgreSQL gets it. Raises ValueError for a variable, a format or a macro that there is not."""
    known = {"__interval": f"{span.interval}s", "__interval_ms": str(span.interval * 1000), **variables}

    def put_variable(match: re.Match[str]) -> str:
        name, form = match[1] or match[3], match[2]
        if name not in known:
            raise ValueError(f"there is no variable {name}")
        if form not in (None, "sqlstring", "raw"):
            raise ValueError(f"the format {form} is not for SQL")
        return "'" + known[name].replace("'", "''") + "'" if form == "sqlstring" else known[name]

    def put_macro(match: re.Match[str]) -> str:
        return _expand_macro(match[1], [argument.strip() for argument in match[2].split(",")], span)

    return _MACRO.sub(put_macro, _VARIABLE.sub(put_variable, query))


def _expand_macro(name: str, arguments: list[str], span: Span) -> str:
    first, last = span.texts
    column = arguments[0]
    match name:
        case "__timeFrom":
            return f"'{first}'"
        case "__timeTo":
            return f"'{last}'"
        case "__timeFilter" if column:
            return f"{column} BETWEEN '{first}' AND '{last}'"
        case "__time" if column:
            return f'{column} AS "time"'
        case "__timeGroup" | "__timeGroupAlias" if len(arguments) > 1:
            seconds = _seconds(arguments[1].strip("'"))
            group = f"floor(extract(epoch from {column})/{seconds})*{seconds}"
            return f'{group} AS "time"' if name == "__timeGroupAlias" else group
    raise ValueError(f"there is no macro {name} with the arguments {arguments}")


def _seconds(interval: str) -> int:
    match = re.fullmatch(r"(\d+)([smhd])", interval)
    if match is None:
        raise ValueError(f"{interval!r} is no interval")
    return int(match[1]) * UNITS[match[2]]
