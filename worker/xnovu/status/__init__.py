"""`xnovu status`: how things are going, on a terminal: once, or again and again in its place."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from itertools import chain
from uuid import UUID

import orjson
import psycopg
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from xnovu.connection import connect
from xnovu.errors import UserError
from xnovu.status.judge import Status, judge, overall
from xnovu.status.screen import draw

EXIT = {"ok": 0, "warning": 0, "failed": 1}


def show_once(database_url: str, enterprise: UUID | None, console: Console) -> int:
    """Show the status as lines. Returns the exit status: 1 when something failed. Raises UserError when it can't be
    told."""
    status = next(_statuses(database_url, enterprise))
    for line in _lines(status, console):
        console.print(line, soft_wrap=True)
    return EXIT[overall(judge(status))]


def write_json(database_url: str, enterprise: UUID | None, say: Callable[[str], None]) -> int:
    """Say the status as one JSON object, with its alarms; else as show_once."""
    status = next(_statuses(database_url, enterprise))
    alarms = judge(status)
    told = {"status": overall(alarms), "alarms": [alarm._asdict() for alarm in alarms], **status}
    say(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    return EXIT[overall(alarms)]


def follow(database_url: str, enterprise: UUID | None, console: Console, every: float) -> int:
    """Show the status in place, anew each `every` seconds, until Ctrl-C, which is exit status 0; while the database is
    away, that it is. Raises UserError when it can't be told at the start."""
    statuses = _statuses(database_url, enterprise)
    first = next(statuses)
    stopping = threading.Event()
    # An exception in the middle of whatever runs could be lost in a library's callback.
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for status in chain([first], statuses):
            live.update(Group(*_lines(status, console, console.height)), refresh=True)
            if stopping.wait(every):
                break
    return 0


def read(connection: psycopg.Connection, enterprise: UUID | None) -> Status:
    """What notify.read_status tells this login; of that enterprise only, if one is given. Raises UserError when it may
    not ask."""
    try:
        with connection.transaction():
            if enterprise is not None:
                connection.execute("select notify.set_enterprise(%s)", [enterprise])
            row = connection.execute("select notify.read_status()").fetchone()
    except psycopg.errors.UndefinedFunction:
        raise UserError("This database is of an older release.", "Run `xnovu migrate` first.") from None
    except psycopg.InternalError as error:  # such as an enterprise that the login is not bound to
        raise UserError(f"{error.diag.message_primary}.", error.diag.message_hint) from None
    assert row is not None
    status: Status = row[0]
    return status


def _statuses(database_url: str, enterprise: UUID | None) -> Generator[Status, None, None]:
    """The status, as often as it is asked for. While the database is away after the first time, a status has why as
    "lost", beside what was known last."""
    status: Status = {}
    while True:
        try:
            with connect(database_url, "xnovu status") as connection:
                while True:
                    status = read(connection, enterprise)
                    yield status
        except psycopg.errors.InsufficientPrivilege as error:
            raise UserError(
                f"The login may not read the status: {error.diag.message_primary}.",
                "Use one with the role notify_admin, notify_analyst_all or notify_analyst.",
            ) from None
        except (UserError, psycopg.OperationalError) as error:
            if not status:
                raise
            yield {**status, "lost": " ".join(str(error).split())}


def _lines(status: Status, console: Console, height: int | None = None) -> list[Text]:
    is_unicode = (console.encoding or "").lower().startswith("utf")
    return draw(status, judge(status), console.width, is_unicode, height)
