"""`xnovu workflows sync`: has the workers look at Novu now, waits for what they find, and shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import psycopg

from xnovu.connection import connect
from xnovu.errors import UserError
from xnovu.workflows.owner import explained

Connection = psycopg.Connection
Say = Callable[[str], None]

LOOK_EVERY = 0.1
STARTING = 2.0
LIVING = "select count(*) from notify.notification_worker where beaten_at > notify.now() - interval '1 minute'"
STATUS: LiteralString = """
    select
      workflow_key, case when is_shared then '' else enterprise_id::text end, target, wanted,
      coalesce(wanted_version::text, ''), coalesce(novu_version::text, ''), state, coalesce(answer, ''),
      is_in_step, next_attempt_at is not null
    from notify.workflow_sync_status
    where %(key)s::text is null or workflow_key = %(key)s
    order by 1, 2, 3
"""
HEADINGS = ("workflow", "enterprise", "target", "wanted", "version", "at Novu", "state", "what Novu said")


@dataclass(frozen=True)
class Standing:
    """How one workflow stands on one target: what is shown of it, whether Novu is in step, and whether work is due."""

    cells: tuple[str, ...]
    is_in_step: bool
    is_due: bool

    @property
    def is_well(self) -> bool:
        return self.is_in_step and not self.is_due


def sync(
    database_url: str,
    *,
    say: Say,
    key: str | None = None,
    enterprise: UUID | None = None,
    is_check: bool = False,
    wait: float = 30.0,
) -> bool:
    """Have Novu brought in step or, with `is_check`, only looked at; returns whether all of it is in step.

    Args:
        database_url: of an admin, or of a manager with its `enterprise`.
        say: called with each line for the user.
        key: the workflow; all without it.
        enterprise: whose workflows are meant; without it, an admin's are all.
        is_check: only look, and mend nothing that somebody changed at Novu.
        wait: seconds until what is not done counts as not in step.

    Raises UserError when no worker runs that could ask Novu."""
    with connect(database_url, "xnovu workflows sync") as connection, explained():
        if enterprise is not None:
            connection.execute("select set_config('app.current_enterprise_id', %s, false)", [str(enterprise)])
            connection.commit()
        _need_worker(connection)
        _ask(connection, key, is_check)
        found = _wait(connection, key, time.monotonic() + wait)
    _show(found, say, wait)
    return all(standing.is_well for standing in found)


def _ask(connection: Connection, key: str | None, is_check: bool) -> None:
    try:
        connection.execute("select notify.sync_workflow(%s, %s)", [key, is_check])
    except psycopg.DatabaseError as error:
        if error.sqlstate != "XN101":
            raise
        raise UserError(f"The database says: {error.diag.message_primary}.", error.diag.message_hint or "") from error
    connection.commit()


def _need_worker(connection: Connection) -> None:
    """Refuse to wait for a worker that isn't there, nor was just started. A manager may not see workers, and waits."""
    until = time.monotonic() + STARTING
    try:
        while connection.execute(LIVING).fetchone() == (0,):
            connection.commit()
            if time.monotonic() >= until:
                mend = "Start one (`xnovu work`), and run this again."
                raise UserError("No worker is running, and only a worker asks Novu.", mend)
            time.sleep(LOOK_EVERY)
    except psycopg.errors.InsufficientPrivilege:
        connection.rollback()
        return
    connection.commit()


def _wait(connection: Connection, key: str | None, until: float) -> list[Standing]:
    while True:
        rows = connection.execute(STATUS, {"key": key}).fetchall()
        connection.commit()
        found = [Standing(tuple(row[:-2]), row[-2], row[-1]) for row in rows]
        if time.monotonic() >= until or not any(standing.is_due for standing in found):
            return found
        time.sleep(LOOK_EVERY)


def _show(found: Sequence[Standing], say: Say, wait: float) -> None:
    if not found:
        say("No workflow is published here.")
        return
    for line in _table([HEADINGS, *(standing.cells for standing in found)]):
        say(line)
    well = sum(standing.is_well for standing in found)
    say(f"{well} of {len(found)} are in step." if well < len(found) else f"All {well} are in step.")
    if any(standing.is_due for standing in found):
        say(f"Not all was done within {wait:g} s: see whether a worker has slots for the bulk lane, or --wait longer.")


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows as lines with aligned columns, but for those that are empty throughout."""
    used = [place for place in range(len(HEADINGS)) if any(row[place] for row in rows[1:])]
    widths = {place: max(len(row[place]) for row in rows) for place in used}
    return ["  ".join(f"{row[place]:<{widths[place]}}" for place in used).rstrip() for row in rows]
