"""Reads how the sample notifications stand, and judges whether they ended as they should."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

ENTERPRISES = {
    UUID("aaaaaaaa-0000-4000-8000-000000000001"): "Harbour Tower",
    UUID("bbbbbbbb-0000-4000-8000-000000000002"): "Nordhavn Campus",
    UUID("cccccccc-0000-4000-8000-000000000003"): "Meridian Exchange",
}

FINAL = frozenset({"SENT", "FAILED", "RETRACTED"})

_NEWEST_RUN = """
select run.tag, min(n.created_at) as started_at
from notify.ent_notification as n, unnest(n.tags) as run (tag)
where run.tag like 'sample-run:%'
group by run.tag
order by run.tag desc
limit 1
"""

_ROWS = """
select
  o.enterprise_id,
  o.notification_id,
  coalesce(o.name, '') as name,
  o.workflow_key,
  coalesce(o.lane, '') as lane,
  o.recipient_count,
  o.notification_status as status,
  o.age,
  o.attempts,
  split_part(coalesce(o.reason, ''), e'\\n', 1) as reason,
  o.tags @> array[%(tag)s::text] as is_sample,
  coalesce((select substr(t, 8) from unnest(o.tags) as t where t like 'expect:%%'), 'SENT') as expected
from notify.notification_overview as o
where o.created_at >= %(started_at)s
order by o.enterprise_id, o.created_at, o.notification_id
limit 100
"""


@dataclass(frozen=True)
class Run:
    """One call of `xnovu sample send`: the tag that its notifications carry, and when the first was inserted."""

    tag: str
    started_at: datetime


@dataclass(frozen=True)
class Row:
    """A notification as it stands; age runs until it is final, expected is the status in which it should end."""

    enterprise_id: UUID
    notification_id: UUID
    name: str
    workflow_key: str
    lane: str
    recipient_count: int
    status: str
    age: timedelta
    attempts: int
    reason: str
    is_sample: bool
    expected: str

    @property
    def enterprise(self) -> str:
        return ENTERPRISES.get(self.enterprise_id, str(self.enterprise_id))

    @property
    def label(self) -> str:
        return f"{self.enterprise}: {self.name or self.workflow_key}"


def newest_run(connection: psycopg.Connection) -> Run | None:
    """The newest run in the database, or None when nothing was sent yet."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(_NEWEST_RUN).fetchone()


def read(connection: psycopg.Connection, run: Run) -> list[Row]:
    """The notifications of the run and those inserted since, by enterprise and age; at most 100."""
    with connection.cursor(row_factory=class_row(Row)) as cursor:
        return cursor.execute(_ROWS, {"tag": run.tag, "started_at": run.started_at}).fetchall()


def is_over(rows: list[Row]) -> bool:
    """Whether every notification of the run is final; what was inserted by hand doesn't count."""
    return all(row.status in FINAL for row in rows if row.is_sample)


def complaints(rows: list[Row]) -> list[str]:
    """A line for each notification of the run that is still open, or ended otherwise than it should."""
    lines = []
    for row in rows:
        if not row.is_sample or row.status == row.expected:
            continue
        how = "ended" if row.status in FINAL else "is still"
        why = f" ({row.reason})" if row.reason else ""
        lines.append(f"{row.label} {how} {row.status}, not {row.expected}{why}")
    return lines
