"""The platform: inserts notifications of all kinds for several enterprises, and takes some of them back."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from tests.chaos.hostile import GHOST, POISON
from tests.cluster import A, B, C, Connection, Database
from tests.support import add_workflow

D = UUID("dddddddd-0000-4000-8000-00000000000d")
E = UUID("eeeeeeee-0000-4000-8000-00000000000e")
F = UUID("ffffffff-0000-4000-8000-00000000000f")
ENTERPRISES = (A, B, C, D, E, F)
# A claim with several targets makes several calls, which wait for each other: so there is something unsent to freeze.
OWN_TARGETS = {enterprise: f"own-{str(enterprise)[0]}" for enterprise in (C, D, E, F)}

# Each kind's share, and its workflow. What a kind may end as is tests.chaos.verdict's to say.
KINDS = {"plain": 70, "personal": 10, "expiring": 6, "scheduled": 6, "broken": 2, "unknown": 1, "poison": 3, "ghost": 2}
WORKFLOWS = {"broken": "broken", "unknown": "no-such-workflow", "poison": "poison", "ghost": GHOST}
INSERT = """
insert into notify.ent_notification
  (id, workflow_key, recipients, payload, recipient_payload, recipient_attributes, priority, scheduled_for, expires_at)
select
  g.id, %(workflow)s, r.recipients, jsonb_build_object('name', 'Ada', 'mark', g.id, 'own', 'everybody'), o.own,
  o.attributes, %(priority)s, %(scheduled_for)s, %(expires_at)s
from unnest(%(ids)s::uuid[]) as g (id)
cross join lateral (
  select array(select gen_random_uuid() from generate_series(1, %(size)s) where g.id is not null) as recipients
) as r
cross join lateral (
  -- some have values of their own, some attributes, some both
  select
    jsonb_object_agg(p.id, jsonb_build_object('own', p.id))
      filter (where p.id < 'c0000000-0000-0000-0000-000000000000') as own,
    jsonb_object_agg(p.id, jsonb_build_object('email', p.id || '@example.org'))
      filter (where p.id > 'a0000000-0000-0000-0000-000000000000') as attributes
  from unnest(r.recipients) as p (id)
  where %(is_personal)s
) as o
"""


@dataclass
class Made:
    """What was asked for. `acknowledged`: the commit was; otherwise it may or may not be there."""

    kind: str
    enterprise: UUID
    acknowledged: bool = False
    taken_back: bool = False


def prepare(database: Database) -> None:
    """Publish the workflows and give two enterprises targets of their own."""
    text = "<p>Hello {{ name }}, mark:{{ mark }} own:{{ own }}</p>"
    add_workflow(database, "greeting", text)
    add_workflow(database, "broken", text + "{{ missing }}")
    add_workflow(database, "poison", text + POISON)
    add_workflow(database, GHOST, text)
    add_workflow(database, "all-clear", "<p>All clear, {{ name }}, corrects:{{ mark }}</p>")
    with database.cluster.admin(database.name) as connection:
        for enterprise, target in OWN_TARGETS.items():
            connection.execute(
                "insert into notify.notification_target (enterprise_id, target) values (%s, %s)", [enterprise, target]
            )
    database.disconnect()


class Load(threading.Thread):
    """Runs until `stop` is set. `made` is read once it has ended; a statement that fails is not repeated."""

    def __init__(self, database: Database, seed: int, pace: float) -> None:
        super().__init__(name="load", daemon=True)
        self._database = database
        self._dice = random.Random(seed)
        self._pace = pace
        self._connections: dict[UUID, Connection] = {}
        self.made: dict[UUID, Made] = {}
        self.stop = threading.Event()
        self.trouble = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self._act()
                time.sleep(self._dice.uniform(0, 2 / self._pace))
        except Exception as error:
            self.failure = error
        finally:
            for connection in self._connections.values():
                connection.close()

    def _act(self) -> None:
        enterprise = self._dice.choice(ENTERPRISES)
        try:
            if self._dice.random() < 0.25 and self.made:
                self._take_back()
            else:
                self._insert(enterprise)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self.trouble += 1
            time.sleep(0.2)

    def _connect(self, enterprise: UUID) -> Connection:
        connection = self._connections.get(enterprise)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._database.url("test_platform"), autocommit=True)
            self._connections[enterprise] = connection
            connection.execute("select set_config('app.current_enterprise_id', %s, false)", [str(enterprise)])
        return connection

    def _insert(self, enterprise: UUID) -> None:
        kind = self._dice.choices([*KINDS], [*KINDS.values()])[0]
        count, size = self._dice.choices([(1, 1), (40, 1), (5, 3), (1, 350), (1, 2500)], [40, 25, 15, 12, 4])[0]
        if kind not in ("plain", "personal"):
            count, size = min(count, 5), min(size, 350)
        # On the critical lane a template that lacks a value goes out nonetheless.
        priority = self._dice.choices(["CRITICAL", "NORMAL", "LOW"], [0 if kind == "broken" else 3, 5, 3])[0]
        self._send(enterprise, kind, count, size, priority)

    def _send(self, enterprise: UUID, kind: str, count: int, size: int, priority: str) -> None:
        now = datetime.now(UTC)
        seconds = timedelta(seconds=self._dice.uniform(0.3, 12))
        ids = [UUID(int=self._dice.getrandbits(128), version=4) for _ in range(count)]
        connection = self._connect(enterprise)
        self.made |= {id_: Made(kind, enterprise) for id_ in ids}
        connection.execute(
            INSERT.encode(),
            {
                "ids": ids,
                "size": size,
                "is_personal": kind == "personal",
                "workflow": WORKFLOWS.get(kind, "greeting"),
                "priority": priority,
                "scheduled_for": now + seconds if kind == "scheduled" else None,
                "expires_at": now + seconds if kind == "expiring" else None,
            },
        )
        for id_ in ids:
            self.made[id_].acknowledged = True

    def send_to_all_targets(self) -> None:
        """Three notifications of each enterprise, on the normal lane."""
        for enterprise in ENTERPRISES:
            self._send(enterprise, "plain", 3, 1, "NORMAL")

    def _take_back(self) -> None:
        """Retract one of the latest, or one that is SENT by now, with a correction or without, some of them again; now
        and then in a transaction that stays open for a while."""
        id_ = self._dice.choice([*self.made][-self._dice.choice([60, 200, 1000]) :])
        made = self.made[id_]
        connection = self._connect(made.enterprise)
        patience = self._dice.choice([0, 0, 0, 0.3, 1.5])
        # A Rollback comes out again when its connection has died meanwhile.
        with suppress(psycopg.errors.RaiseException, psycopg.InternalError, psycopg.Rollback), connection.transaction():
            made.taken_back = True
            connection.execute(
                "select notify.retract(%s, 'a change of mind', correction => %s)",
                [id_, Jsonb(_correction(id_)) if self._dice.random() < 0.6 else None],
            )
            self.stop.wait(patience)
            if self._dice.random() < 0.3:
                raise psycopg.Rollback


def _correction(id_: UUID) -> dict[str, object]:
    """The same each time, so that saying it again is harmless."""
    return {"workflow_key": "all-clear", "payload": {"name": "Ada", "mark": str(id_)}}
