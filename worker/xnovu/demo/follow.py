"""Follows the newest run of sample notifications until it is over, or until Ctrl-C."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from xnovu.demo import progress
from xnovu.demo.apply import connect
from xnovu.errors import UserError

if TYPE_CHECKING:
    from xnovu.demo.screen import Screen

REFRESH_S = 0.25
PATIENCE_S = 120.0

TRY_AS_PLATFORM = """
    begin;
    select notify.set_enterprise('aaaaaaaa-0000-4000-8000-000000000001');
    insert into notify.ent_notification (name, workflow_key, building, recipients, payload)
    values ('My visitor', 'visitor-arrival', 'Harbour Tower', array[gen_random_uuid()],
      '{"host": "Ms Lau", "visitor": "Ada Byron", "desk": "the North Lobby desk"}');
    commit;
"""

TRY_AS_ANALYST = """
    select enterprise_id, workflow_key, notification_status, age, attempts, reason
    from notify.notification_overview order by created_at desc limit 20;
"""

_NEXT = f"""
What to try next, in another terminal, in this folder:

  ./run psql --as platform      insert one yourself, and see it here:
{TRY_AS_PLATFORM}
  ./run psql --as analyst       ask what became of them; this login is bound to two of the three enterprises:
{TRY_AS_ANALYST}"""

_ENDED = "\nRun ./run demo, without --exit, to try it yourself."


def watch(database_url: str, exit_when_final: bool) -> int:
    """Show the newest sample notifications as their statuses change, four times a second.

    With exit_when_final it ends once all are final, or after 120 s; else it stays until Ctrl-C.
    Returns the exit status: 0 when each ended as it should (or Ctrl-C is how it ends), 1 when not, saying which.
    Raises UserError when the database can't be reached, is not migrated or goes away, or nothing was sent yet.
    """
    from rich.console import Console

    from xnovu.demo.screen import open_screen

    try:
        with connect(database_url) as connection:
            connection.autocommit = True
            run = progress.newest_run(connection)
            if run is None:
                raise UserError("No sample notification was sent to this database.", "Run `xnovu sample send` first.")
            with open_screen(Console()) as screen:
                return _follow(connection, run, screen, exit_when_final)
    except KeyboardInterrupt:
        return 130 if exit_when_final else 0
    except psycopg.OperationalError as error:
        raise UserError(f"The database went away: {error}", "`./run up` starts the demo's.") from error


def _follow(connection: psycopg.Connection, run: progress.Run, screen: Screen, exit_when_final: bool) -> int:
    gives_up_at = time.monotonic() + PATIENCE_S
    was_over = False
    while True:
        rows = progress.read(connection, run)
        screen.show(rows)
        is_over = progress.is_over(rows)
        if is_over and not was_over:
            screen.say(_verdict(rows) + "\n" + (_ENDED if exit_when_final else _next_steps()))
        was_over = is_over
        if exit_when_final and is_over:
            return 1 if progress.complaints(rows) else 0
        if exit_when_final and time.monotonic() > gives_up_at:
            screen.say(_gave_up(rows))
            return 1
        time.sleep(REFRESH_S)


def _verdict(rows: list[progress.Row]) -> str:
    wrong = progress.complaints(rows)
    if wrong:
        return "\n".join(["", "Not all ended as they should:", *(f"  {line}" for line in wrong)])
    count = sum(row.is_sample for row in rows)
    return f"\nAll {count} sample notifications ended as they should, the one that had to fail included."


def _gave_up(rows: list[progress.Row]) -> str:
    lines = [f"  {line}" for line in progress.complaints(rows)]
    hint = "Is a worker running? Its log says what it did, and what Novu answered."
    return "\n".join(["", f"Gave up after {PATIENCE_S:.0f} s:", *lines, hint])


def _next_steps() -> str:
    url = os.environ.get("NOVU_API_URL", "").rstrip("/")
    sandbox = ""
    if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1"):
        sandbox = f"\n  {url}/      what each recipient would get, in each channel, as it arrives\n"
    return f"{_NEXT}{sandbox}\nCtrl-C ends the demo."
