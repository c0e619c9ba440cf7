"""One notification to many recipients: how long until Novu has all of it, and until it is SENT.

Where everybody gets the same, an event goes to 100 recipients. Where recipients have values of their own, each is
rendered by itself and gets an event of its own."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb
from rich.console import Group
from rich.text import Text
from tests.cluster import Connection, Database

from bench import work
from bench.budget import Budget, cells
from bench.contender import Running
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.round import Ground, filled_database, number, wait_for_posts, wait_until, wait_until_sent
from bench.spread import Spread
from bench.timing import VoidError
from bench.work import FAN_OUT, Notification, own_values

# What the design asks for: with that many recipients, so many seconds until all of it is handed over.
RECIPIENTS, MOST_SECONDS = 10_000, 1.0
KINDS = {"shared": "the same for all", "own": "values of their own"}
_RECIPIENTS_AN_EVENT = 100
_WARM_UP = 1_000

_INSERT = """
insert into notify.ent_notification (name, workflow_key, payload, recipients, recipient_payload)
values ('Alarm', %s, %s, %s, %s)
"""

_ABOUT = """
One notification to {recipients:,} recipients, in seconds since the platform began to insert it, medians over the
rounds, {rounds} of each kind: until its commit, until the last event had come in at the stand-in for Novu, until it was
SENT. The worker runs with its default settings and is idle before. An event goes to {size} recipients, or where they
have values of their own to one. It is void when a recipient got nothing, got it twice, or got what is another's.
"""


@dataclass(frozen=True)
class Sending:
    """Seconds since the platform began."""

    inserted: float
    accepted: float
    sent: float


@dataclass
class Case:
    """All rounds of a kind."""

    kind: str
    recipients: int
    rounds: list[Sending] = field(default_factory=list)

    def spread(self, stage: str) -> Spread:
        """Of "inserted", "accepted" or "sent"."""
        return Spread.of([float(getattr(each, stage)) for each in self.rounds])

    @property
    def budget(self) -> Budget | None:
        if (self.kind, self.recipients) != ("shared", RECIPIENTS):
            return None
        name = f"fanout, {self.recipients:,} recipients"
        return Budget(name, self.spread("accepted").median, MOST_SECONDS, is_most=True)


def events(kind: str, recipients: int) -> int:
    """How many events it takes."""
    return recipients if kind == "own" else math.ceil(recipients / _RECIPIENTS_AN_EVENT)


def measure(ground: Ground, recipients: int, rounds: int, report: Callable[[str], None]) -> list[Case]:
    """Send it in turns with the same for all and with values of their own.

    Args:
        ground: where, with XNovu set up.
        recipients: to how many.
        rounds: how often each, after a warm-up.
        report: called after each, 2 × `rounds` times.

    Raises:
        VoidError: not everybody got exactly what was to be got.
    """
    contender = XNovu()
    cases = [Case(kind, recipients) for kind in KINDS]
    with filled_database(ground, contender, 0) as (name, admin):
        command = contender.command(ground.cluster, name, ground.stand_in.url)
        with (
            Running(contender, command, ground.folder / "fanout.log") as running,
            Database(ground.cluster, name).connect("test_platform", autocommit=False) as platform,
        ):
            for case in cases:
                _send(ground, running, admin, platform, Case(case.kind, min(_WARM_UP, recipients)))
            for turn in range(rounds):
                for case in cases if turn % 2 == 0 else reversed(cases):
                    case.rounds.append(_send(ground, running, admin, platform, case))
                    report(f"{KINDS[case.kind]}: {case.rounds[-1].accepted:.2f} s in round {turn + 1}")
    return cases


def _send(ground: Ground, running: Running, admin: Connection, platform: Connection, case: Case) -> Sending:
    wait_until(lambda: bool(number(admin, XNovu.idle)), "the worker does not become idle")
    ground.stand_in.empty()
    recipients = [Notification(place).recipient for place in range(case.recipients)]
    own = {str(recipient): own_values(place) for place, recipient in enumerate(recipients)}
    parameters = [
        work.WORKFLOW,
        Jsonb(FAN_OUT.payload),
        recipients,
        Jsonb(own) if case.kind == "own" else None,
    ]
    platform.execute("select notify.set_enterprise(%s)", [FAN_OUT.enterprise])
    started = time.monotonic()
    platform.execute(_INSERT, parameters)
    platform.commit()
    inserted = time.monotonic()
    wait_for_posts(ground.stand_in, running, XNovu(), events(case.kind, case.recipients))
    sent = wait_until_sent(admin, running, XNovu())
    accepted = max(at for at, _ in ground.stand_in.arrivals())
    _check(ground, case)
    return Sending(inserted - started, accepted - started, sent - started)


def _check(ground: Ground, case: Case) -> None:
    verdict = ground.stand_in.judge(case.recipients, case.kind)
    wanted = events(case.kind, case.recipients)
    if not verdict.is_right or verdict.events != wanted:
        raise VoidError(
            f"fanout, {KINDS[case.kind]}: {verdict.events} events came in and not {wanted}, {verdict.missing} of "
            f"{case.recipients} recipients are missing. {' '.join([*verdict.wrong, *verdict.strays])}".rstrip()
        )


def conclude(cases: Sequence[Case], machine: dict[str, Any]) -> Outcome:
    """What came of it."""
    recipients, rounds = cases[0].recipients, len(cases[0].rounds)
    table = plain_table(
        f"One notification to {recipients:,} recipients, seconds",
        *("events", "inserted", "accepted", "min", "max", "SENT", "recipients/s", "budget", ""),
    )
    for case in cases:
        accepted = case.spread("accepted")
        figures = (case.spread("inserted").median, *vars(accepted).values(), case.spread("sent").median)
        table.add_row(
            KINDS[case.kind],
            f"{events(case.kind, recipients):,}",
            *(f"{value:.2f}" for value in figures),
            f"{recipients / accepted.median:,.0f}",
            *cells(case.budget),
        )
    about = _ABOUT.format(recipients=recipients, rounds=rounds, size=_RECIPIENTS_AN_EVENT)
    record = {
        "machine": machine,
        "unit": "seconds",
        "recipients": recipients,
        "cases": [{"kind": case.kind, "rounds": [vars(each) for each in case.rounds]} for case in cases],
    }
    return Outcome(
        "fanout",
        Group(table, Text(), Text(paragraph(about)), Text(f"Measured on: {sentence(machine)}.")),
        record,
        [case.budget for case in cases if case.budget is not None],
    )
