"""A property: whatever many clients do over pooled connections, each connection sees what a model in Python says.

Hypothesis makes up programs of steps (a client takes a connection from the pool, chooses an enterprise or forgets to,
sends, publishes, edits, fails, rolls back to a savepoint, hands the connection on …), runs them against one database,
and after each step compares what every connection sees with the model, row by row. Names collide on purpose: the same
ids of notifications, idempotency keys, workflow keys and template keys in each enterprise. The model is in model.py,
and shares nothing with the SQL.

The default run takes the same programs every time. For a longer one, and for other programs:

    XNOVU_PROPERTY_EXAMPLES=2000 ./run test tests/isolation/test_property.py
    XNOVU_PROPERTY_EXAMPLES=2000 XNOVU_PROPERTY_SEED=7 ./run test tests/isolation/test_property.py

A failure ends with the shortest program that a minute's search has found, and with the connection that saw something
else.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID, uuid5

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from tests.cluster import A, B, C, Cluster, Connection, Database
from tests.conftest import TEMPLATE
from tests.isolation.model import (
    DENIED,
    DUPLICATE,
    ENTERPRISES,
    LOCKED,
    NO_CONTEXT,
    NOT_BOUND,
    NULL,
    D,
    Key,
    Login,
    Model,
    Notification,
    Session,
    Template,
    Transaction,
    Workflow,
    expected,
    look,
    meaning,
    reach,
)
from tests.support import SHARED, HandWorker, Row, hand_worker

EXAMPLES = 40
STEPS = 35
SHORTEN_SECONDS = 60

NO_ENTERPRISE, NO_WORKFLOW, NO_TEMPLATE = "XN002", "XN101", "XN102"
NO_NOTIFICATION, ABORTED, BY_ZERO = "XN202", "25P02", "22012"

POOL = (
    Login("test_platform", "notify_platform", "any"),
    Login("test_platform", "notify_platform", "any"),
    Login("test_bound_platform", "notify_platform", frozenset({A, C})),
    Login("test_unlisted_platform", "notify_platform", frozenset()),
    Login("test_manager", "notify_manager", frozenset({A, B})),
    Login("test_admin", "notify_admin", "every"),
    Login("test_analyst_of_two", "notify_analyst", frozenset({A, C})),
    Login("test_analyst_all", "notify_analyst_all", "every"),
)
# Connections by their places in the pool, as often as a step is to take them.
ANY = (0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7)
PLATFORMS = (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3)
MANAGERS = (4, 4, 5)
ADMIN = 5

KEYS = ("greeting", "alarm")
IDS = tuple(UUID(int=n) for n in (1, 2))
# Values that somebody could put into app.current_enterprise_id without notify.set_enterprise.
BY_HAND = (str(A), str(B), str(C), str(D), str(B).upper(), str(SHARED), "", f"{A}' or true --", f"{{{A}}}", f"{A}\n")
SET_LOCK_TIMEOUT = "set lock_timeout = '40ms'"

# Without these, the programs would have proven little.
MUST_HAPPEN = (
    "rows of several enterprises in sight",
    "an id that another enterprise has",
    "an idempotency key that another enterprise has",
    "back to a savepoint of another enterprise",
    "rendered by an enterprise's own workflow",
    "rendered by the shared workflow",
    *("SENT", "FAILED", "RETRACTED", "cancelled at Novu"),
    *(DENIED, DUPLICATE, ABORTED, NO_CONTEXT, NOT_BOUND, NO_WORKFLOW, NO_NOTIFICATION),
)

# Every workflow of these programs may use the critical lane from its first moment; nobody's trail tells of it.
CRITICAL = """
alter table notify.notification_critical_workflow disable trigger user;
create function public.list_as_critical() returns trigger language plpgsql security definer as $$
begin
  insert into notify.notification_critical_workflow (enterprise_id, workflow_id) values (new.enterprise_id, new.id);
  return null;
end $$;
create trigger list_as_critical after insert on notify.ent_notification_workflow
for each row execute function public.list_as_critical();
"""

CLEAN = """
set session_replication_role = replica;
delete from notify.notification_audit;
delete from notify.notification_claim;
delete from notify.notification_content;
delete from notify.notification_history;
delete from notify.notification_cancellation;
delete from notify.notification_delivery;
delete from notify.ent_notification;
delete from notify.notification_failed;
delete from notify.notification_critical_workflow;
delete from notify.notification_workflow_version;
delete from notify.ent_notification_workflow;
delete from notify.ent_notification_template;
delete from pgmq.q_normal;
delete from pgmq.q_critical;
reset session_replication_role;
"""


@dataclass
class World:
    """The database of all programs with its pool, emptied before each, and what has happened in all of them."""

    superuser: Connection
    sessions: list[Session]
    worker: HandWorker
    happened: Counter[str] = field(default_factory=Counter)
    failures: list[list[str]] = field(default_factory=list)
    first_failure: float | None = None

    @contextmanager
    def remembering_failure(self, program: list[str]) -> Iterator[None]:
        try:
            yield
        except Exception:
            self.first_failure = self.first_failure or time.monotonic()
            self.failures.append(program)
            raise

    def has_looked_long_enough(self, program: list[str]) -> bool:
        """Whether there was time enough to look for a shorter program that fails; those that did are run again."""
        since = 0 if self.first_failure is None else time.monotonic() - self.first_failure
        return since > SHORTEN_SECONDS and program not in self.failures

    def clean(self) -> None:
        for session in self.sessions:
            session.connection.execute("rollback")
            session.connection.execute("reset app.current_enterprise_id")
            session.setting, session.transaction = "", None
        self.superuser.execute(CLEAN)


@pytest.fixture(scope="module")
def world(migrated: Cluster) -> Iterator[World]:
    with closing(Database(migrated, "test_property")) as database:
        migrated.create_database(database.name, TEMPLATE)
        database.keep().execute(CRITICAL)
        for login in POOL:
            for enterprise in login.reaches if isinstance(login.reaches, frozenset) else ():
                database.bind(login.name, enterprise)
        sessions = [Session(login, database.connect(login.name)) for login in POOL]
        for session in sessions:
            session.connection.execute(SET_LOCK_TIMEOUT)
        yield World(database.connect(), sessions, hand_worker(database))


# --- programs


@dataclass(frozen=True)
class Step:
    """A step of a program: a method of Clients, which connection it is for, and its other arguments."""

    name: str
    number: int
    arguments: Row

    def __str__(self) -> str:
        return f"{self.name} {self.number} {' '.join(f'{name}={value}' for name, value in self.arguments.items())}"


Among = tuple[int, ...] | Callable[[Session], bool]
METHODS: dict[str, Among] = {}
CHOICES: list[tuple[str, st.SearchStrategy[Row]]] = []
Method = TypeVar("Method", bound=Callable[..., None])


def step(weight: int, among: Among, /, **arguments: Any) -> Callable[[Method], Method]:
    """Make a method a step of the programs, so often among the others, for one of these connections.

    An argument is one of the values given for it.
    """

    def add(method: Method) -> Method:
        METHODS[method.__name__] = among
        drawn = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in arguments.items()})
        CHOICES.extend([(method.__name__, drawn)] * weight)
        return method

    return add


@st.composite
def steps(draw: st.DrawFn) -> Step:
    name, arguments = draw(st.sampled_from(CHOICES))
    return Step(name, draw(st.integers(0, 2**16)), draw(arguments))


def programs() -> st.SearchStrategy[list[Step]]:
    """Programs of one length, with pauses where fewer steps do.

    That their numbers differ keeps Hypothesis from making most programs by copying steps about within others.
    """
    return st.lists(steps(), min_size=STEPS, max_size=STEPS, unique_by=lambda step: step.number)


def test_no_interleaving_of_tenants_over_pooled_connections_shows_one_what_is_anothers(world: World) -> None:
    """And none lets one write what is another's, or makes one wait for another: each error is expected as well."""
    examples = int(os.environ.get("XNOVU_PROPERTY_EXAMPLES", EXAMPLES))
    chosen_seed = os.environ.get("XNOVU_PROPERTY_SEED")

    @settings(
        max_examples=examples,
        derandomize=chosen_seed is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(programs())
    def run(program: list[Step]) -> None:
        shown = [str(step) for step in program if step.name != "pause"]
        if world.has_looked_long_enough(shown):
            return
        note("\n  ".join(["the program:", *shown]))
        with world.remembering_failure(shown):
            clients = Clients(world)
            for step in program:
                if step.name != "pause":
                    clients.take_step(step)

    (run if chosen_seed is None else seed(int(chosen_seed))(run))()
    if examples >= EXAMPLES:
        assert not [what for what in MUST_HAPPEN if not world.happened[what]], world.happened


def is_open(session: Session) -> bool:
    return session.transaction is not None


def is_idle(session: Session) -> bool:
    return session.transaction is None


def has_savepoint(session: Session) -> bool:
    return session.transaction is not None and bool(session.transaction.savepoints)


# For whom a client begins where the connection has no transaction that works; None: it forgets to.
BEGIN = (A, A, A, B, B, C, C, D, None)
# Whose a workflow or a template is to be; None: the context's, by default.
OWNERS = (None, None, None, A, B, SHARED)
BOTH = (False, True)


class Clients:
    """Clients that share the pool: a step is a statement or two on one connection, in the database and in the model."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = Model(world.sessions)
        world.clean()
        self.seed()

    def seed(self) -> None:
        """Workflows and templates of which some lead nowhere, and notifications of three enterprises.

        A key's are the shared ones and A's, with B's as a draft. The other's are A's, with a shared draft that has no
        template.
        """
        admin = self.world.sessions[ADMIN]
        for key, owner in (("greeting", SHARED), ("greeting", A), ("greeting", B), ("alarm", A)):
            self.add_template(admin, key, owner)
            self.add_workflow(admin, key, owner)
        self.add_workflow(admin, "alarm", SHARED)
        self.publish(admin, "greeting", False)
        self.take(admin, A)
        for key in KEYS:
            self.publish(admin, key, False)
        self.commit(admin)
        for enterprise in (A, B, C):
            self.take(self.world.sessions[0], enterprise)
            self.insert(self.world.sessions[0], "greeting", IDS[0], None, True)
            self.send(self.world.sessions[0], "alarm", "once", False, True)
            self.commit(self.world.sessions[0])

    def take_step(self, step: Step) -> None:
        among = METHODS[step.name]
        found = [self.world.sessions[n] for n in among] if isinstance(among, tuple) else []
        found = found or [session for session in self.world.sessions if callable(among) and among(session)]
        if not found:
            return
        session = found[step.number % len(found)]
        arguments = dict(step.arguments)
        enterprise = arguments.pop("begin", None)
        if enterprise and (session.transaction is None or session.is_aborted):
            self.take(session, enterprise)
        getattr(self, step.name)(session, **arguments)
        self.compare()

    def compare(self) -> None:
        """Each connection, in its transaction or without one, sees exactly what the model says."""
        for number, session in enumerate(self.world.sessions):
            if session.is_aborted:
                continue
            seen, should = look(session), expected(session, self.model.visible(session))
            where = f"connection {number}, {session.login.name}, context {session.context!r}"
            assert seen == should, f"{where}: sees {seen - should}, and misses {should - seen}"
            several = len({row[1] for row in seen if row[0] == "overview"}) > 1
            self.world.happened["rows of several enterprises in sight"] += several

    def execute(
        self, session: Session, statement: str, *values: Any, refused: str | None = None, prepare: bool = False
    ) -> list[tuple[Any, ...]] | None:
        """Run a statement that is to be refused with this SQLSTATE, or not at all; its rows, or None when it was."""
        refusal = ABORTED if session.is_aborted else refused
        found, error = [], None
        try:
            cursor = session.connection.execute(statement.encode(), values or None, prepare=prepare)
            found = cursor.fetchall() if cursor.description else []
        except psycopg.Error as raised:
            error = raised
        assert (error and error.sqlstate) == refusal, (session.login.name, session.context, statement, error)
        if refusal is None:
            return found
        self.world.happened[refusal] += 1
        if session.transaction:
            session.transaction.fail()
        return None

    def insert_row(self, session: Session, table: str, row: Row, refused: str | None, prepare: bool = False) -> bool:
        """Insert a row, without the columns for which there is no value; whether it went in."""
        given = {name: value for name, value in row.items() if value is not None}
        names, marks = ", ".join(given), ", ".join(["%s"] * len(given))
        statement = f"insert into notify.{table} ({names}) values ({marks})"
        return self.execute(session, statement, *given.values(), refused=refused, prepare=prepare) is not None

    # --- the pool, transactions, contexts

    @step(1, ANY)
    def pause(self, session: Session) -> None:
        """The first of all, since it is what a program gets shorter by."""

    @step(2, ANY, enterprise=(*ENTERPRISES, None))
    def take(self, session: Session, enterprise: UUID | None) -> None:
        """A client takes the connection, whatever the last one left open is rolled back, and begins; it may forget."""
        if session.transaction:
            self.roll_back(session)
        session.connection.execute("begin")
        session.transaction = Transaction(session.setting)
        if enterprise is not None:
            self.choose(session, enterprise)

    @step(2, ANY, enterprise=(*ENTERPRISES, SHARED))
    def choose(self, session: Session, enterprise: UUID) -> None:
        """Outside of a transaction, it is for nothing."""
        in_reach = enterprise in reach(session.login, str(enterprise))
        refused = NO_ENTERPRISE if enterprise == SHARED else None if in_reach else NOT_BOUND
        done = self.execute(session, "select notify.set_enterprise(%s)", enterprise, refused=refused, prepare=True)
        if done is not None and session.transaction:
            session.transaction.context = str(enterprise)

    @step(4, ANY, value=BY_HAND)
    def choose_by_hand(self, session: Session, value: str) -> None:
        done = self.execute(session, "select set_config('app.current_enterprise_id', %s, true)", value)
        if done is not None and session.transaction:
            session.transaction.context = value

    @step(2, is_idle, value=BY_HAND)
    def leave_a_context_behind(self, session: Session, value: str) -> None:
        """What no client should do: the value stays for whoever takes the connection next, and is all that it sees."""
        self.execute(session, "select set_config('app.current_enterprise_id', %s, false)", value)
        session.setting = value

    @step(2, is_idle)
    def discard_all(self, session: Session) -> None:
        """As some pools do when a connection comes back; psycopg sees only of a new statement that it does this."""
        self.execute(session, "discard all -- " + self.model.unused())
        self.execute(session, SET_LOCK_TIMEOUT)
        session.setting = ""

    @step(7, is_open)
    def commit(self, session: Session) -> None:
        session.connection.execute("commit")
        self.model.finish(session)

    @step(1, is_open)
    def roll_back(self, session: Session) -> None:
        session.connection.execute("rollback")
        session.transaction = None

    @step(1, is_open)
    def fail(self, session: Session) -> None:
        self.execute(session, "select 1 / 0", refused=BY_ZERO)

    @step(2, is_open)
    def set_savepoint(self, session: Session) -> None:
        if self.execute(session, "savepoint here") is not None and session.transaction:
            session.transaction.save()

    @step(2, has_savepoint)
    def roll_back_to_savepoint(self, session: Session) -> None:
        before = session.context
        session.connection.execute("rollback to savepoint here")
        if session.transaction:
            session.transaction.restore()
        is_another = bool(before) and session.context not in ("", before)
        self.world.happened["back to a savepoint of another enterprise"] += is_another

    @step(1, has_savepoint)
    def release_savepoint(self, session: Session) -> None:
        if self.execute(session, "release savepoint here") is not None and session.transaction:
            session.transaction.savepoints.pop()

    @step(2, PLATFORMS, first=ENTERPRISES, second=ENTERPRISES, key=KEYS)
    def nest(self, session: Session, first: UUID, second: UUID, key: str) -> None:
        """Work for one enterprise within the work for another, taken back."""
        self.take(session, first)
        self.set_savepoint(session)
        self.choose(session, second)
        self.send(session, key, "once", False, True)
        self.compare()
        if has_savepoint(session):
            self.roll_back_to_savepoint(session)

    # --- the platform's work

    @step(6, PLATFORMS, begin=BEGIN, key=KEYS, idempotency_key=(None, "once"), critical=BOTH, prepare=BOTH)
    def send(self, session: Session, key: str, idempotency_key: str | None, critical: bool, prepare: bool) -> None:
        model, name, enterprise = self.model, self.model.unused("n"), meaning(session.context)
        once: Key = ("idempotency key", enterprise, idempotency_key)
        refused = model.refusal_to_write(session)
        first: Key = ("notification", enterprise, model.visible(session).get(once))
        if refused is None and (model.is_held(session, once) or model.is_held(session, first, to_insert=True)):
            refused = LOCKED
        statement = "select notify.send(%s, array[%s]::uuid[], %s, %s, p_name => %s, p_priority => %s)"
        values = [key, person(enterprise), Jsonb({"name": name}), idempotency_key, name, priority(critical)]
        sent = self.execute(session, statement, *values, refused=refused, prepare=prepare)
        if sent is None or enterprise is None:
            return
        ((made,),) = sent
        if once in model.visible(session):
            assert made == model.visible(session)[once], "what was sent by this key of this enterprise"
            return
        is_critical = critical and self.is_usable(session, enterprise, key)
        row = Notification(enterprise, made, name, key, queued=is_critical, is_critical=is_critical)
        model.change(session, ("notification", enterprise, made), row)
        if idempotency_key:
            self.note_collision(session, once, "an idempotency key that another enterprise has")
            model.change(session, once, made)

    @step(6, PLATFORMS, begin=BEGIN, key=KEYS, given_id=IDS, owner=(None, None, None, A, B), critical=BOTH)
    def insert(self, session: Session, key: str, given_id: UUID, owner: UUID | None, critical: bool) -> None:
        name, enterprise = self.model.unused("n"), owner or meaning(session.context)
        mine: Key = ("notification", enterprise, given_id)
        refused = self.model.refusal_to_write(session, owner) or self.model.refusal_to_insert(session, mine)
        row: Row = {"enterprise_id": owner, "id": given_id, "name": name, "workflow_key": key}
        row |= {"payload": Jsonb({"name": name}), "recipients": [person(enterprise)], "priority": priority(critical)}
        if self.insert_row(session, "ent_notification", row, refused, prepare=True) and enterprise:
            self.note_collision(session, mine, "an id that another enterprise has")
            is_critical = critical and self.is_usable(session, enterprise, key)
            made = Notification(enterprise, given_id, name, key, queued=is_critical, is_critical=is_critical)
            self.model.change(session, mine, made)

    def is_usable(self, session: Session, enterprise: UUID, key: str) -> bool:
        """Whether the session sees a workflow that is published and active: else nothing may be critical."""
        seen = self.model.visible(session)
        workflows = [seen.get(("workflow", owner, key)) for owner in (enterprise, SHARED)]
        return any(workflow and workflow.version and not workflow.deactivated for workflow in workflows)

    def note_collision(self, session: Session, key: Key, what: str) -> None:
        others = [found for found in self.model.visible(session) if found[0] == key[0] and found[-1] == key[-1]]
        self.world.happened[what] += bool(others)

    @step(4, PLATFORMS, begin=BEGIN, place=range(12), prepare=BOTH)
    def retract(self, session: Session, place: int, prepare: bool) -> None:
        """One that exists, in whichever enterprise."""
        ids = dict.fromkeys([*IDS, *(n.id for n in self.model.notifications())])
        chosen = list(ids)[place % len(ids)]
        mine: Key = ("notification", meaning(session.context), chosen)
        found: Notification | None = self.model.visible(session).get(mine)
        refused = None
        if found is None or found.enterprise not in session.reaches:
            refused = NO_NOTIFICATION
        elif self.model.is_held(session, mine):
            refused = LOCKED
        done = self.execute(session, "select notify.retract(%s, '')", chosen, refused=refused, prepare=prepare)
        if done is not None and found is not None:
            retracted = replace(found, status="RETRACTED")
            if found.status == "SENT":
                retracted = replace(retracted, cancellation="open")
            self.model.change(session, mine, retracted)
            if found.status != "RETRACTED":
                self.world.happened["RETRACTED"] += 1
                moved = (str(chosen), found.status, "RETRACTED", session.login.name)
                self.model.add_event(session, "history", found.enterprise, *moved)

    # --- the managers' work

    @step(2, MANAGERS, begin=BEGIN, key=KEYS, owner=OWNERS)
    def add_template(self, session: Session, key: str, owner: UUID | None) -> None:
        body = self.model.unused("text ") + " for {{ name }}"
        row = {"template_key": key, "channel_type": "SMS", "name": "a template", "body_template": body}
        whose = self.add_managed(session, "template", row, owner)
        if whose:
            self.model.change(session, ("template", whose, key), Template(whose, key, body))

    @step(2, MANAGERS, begin=BEGIN, key=KEYS, owner=OWNERS)
    def add_workflow(self, session: Session, key: str, owner: UUID | None) -> None:
        row = {"workflow_key": key, "name": "a workflow", "default_channels": ["SMS"], "fallback_text": "Go."}
        row["workflow_type"] = "STATIC" if owner == SHARED else "DYNAMIC"
        whose = self.add_managed(session, "workflow", row, owner)
        if whose:
            self.model.change(session, ("workflow", whose, key), Workflow(whose, key))

    def add_managed(self, session: Session, kind: str, row: Row, owner: UUID | None) -> UUID | None:
        """Insert a workflow or a template; whose it is when it went in."""
        table, whose = f"ent_notification_{kind}", owner or meaning(session.context)
        refused = self.model.refusal_to_write(session, owner, managed=True)
        if refused is None:
            mine: Key = (kind, whose, row[f"{kind}_key"])
            refused = NULL if whose is None else self.model.refusal_to_insert(session, mine)
        if not self.insert_row(session, table, {"enterprise_id": owner} | row, refused) or whose is None:
            return None
        self.model.audit(session, table, "INSERT", [whose])
        return whose

    @step(2, MANAGERS, begin=BEGIN, key=KEYS, prepare=BOTH)
    def edit_template(self, session: Session, key: str, prepare: bool) -> None:
        body = self.model.unused("text ") + " for {{ name }}"
        for mine, row in self.update_all(session, "template", key, "body_template = %s", body, prepare=prepare):
            self.model.change(session, mine, replace(row, body=body))

    @step(1, MANAGERS, begin=BEGIN, key=KEYS, prepare=BOTH)
    def switch_workflow(self, session: Session, key: str, prepare: bool) -> None:
        """Deactivate it, or make it active again."""
        for mine, row in self.update_all(session, "workflow", key, "deactivated = not deactivated", prepare=prepare):
            self.model.change(session, mine, replace(row, deactivated=not row.deactivated))

    def update_all(
        self, session: Session, kind: str, key: str, assignment: str, *values: str, prepare: bool
    ) -> list[tuple[Key, Any]]:
        """Change every row with the key, as far as the session may, and return them as they were."""
        refused = self.model.refusal_to_write(session, managed=True)
        within = session.reaches | ({SHARED} if refused is None and not session.context else set())
        rows = {
            mine: row
            for mine, row in self.model.visible(session).items()
            if mine[0] == kind and mine[2] == key and mine[1] in within
        }
        if refused is None and any(self.model.is_held(session, mine) for mine in rows):
            refused = LOCKED
        statement = f"update notify.ent_notification_{kind} set {assignment} where {kind}_key = %s"
        statement += " returning enterprise_id"
        done = self.execute(session, statement, *values, key, refused=refused, prepare=prepare)
        if done is None:
            return []
        assert sorted(whose for (whose,) in done) == sorted(whose for _, whose, _ in rows), session
        self.model.audit(session, f"ent_notification_{kind}", "UPDATE", [whose for _, whose, _ in rows])
        return list(rows.items())

    @step(3, MANAGERS, begin=(*BEGIN, None), key=KEYS, prepare=BOTH)
    def publish(self, session: Session, key: str, prepare: bool) -> None:
        rows, owner = self.model.visible(session), meaning(session.context) or SHARED
        mine: Key = ("workflow", owner, key)
        is_mine = owner in session.reaches or (owner == SHARED and session.is_admin and not session.context)
        workflow: Workflow | None = rows.get(mine) if is_mine else None
        template: Template | None = rows.get(("template", owner, key)) or rows.get(("template", SHARED, key))
        refused = NO_WORKFLOW if workflow is None else None if template else NO_TEMPLATE
        if workflow is not None and self.model.is_held(session, mine):
            refused = LOCKED
        done = self.execute(session, "select notify.publish(%s)", key, refused=refused, prepare=prepare)
        if done is None or workflow is None or template is None:
            return
        version = workflow.version + 1
        assert done == [(version,)]
        self.model.change(session, mine, replace(workflow, version=version, body=template.body))
        self.model.add_event(session, "version", owner, str(version), session.login.name)
        self.model.audit(session, "notification_workflow_version", "INSERT", [owner])
        self.model.audit(session, "ent_notification_workflow", "UPDATE", [owner])

    # --- the worker's work

    def let_go(self) -> None:
        """Whoever holds a notification that others see commits, so that the worker puts none off."""
        for session in self.world.sessions:
            if any(key[0] == "notification" and key in self.model.rows for key in session.changed):
                self.commit(session)

    @step(4, (0,))
    def deliver(self, _: Session) -> None:
        """Claim what waits, of every enterprise, and render it."""
        self.let_go()
        for lane in ("critical", "normal"):
            committed = self.model.notifications()
            waiting = [n for n in committed if n.status == "PENDING" and n.queued == (lane == "critical")]
            to_cancel = [n for n in committed if n.cancellation == "open" and n.is_critical == (lane == "critical")]
            assert self.world.worker.claim(lane) == len(waiting) + len(to_cancel)
            for n in committed:
                asked = replace(n, cancellation="asked") if n in to_cancel else n
                self.model.change(None, ("notification", n.enterprise, n.id), replace(asked, queued=False))
            requests = [described(request) for request in self.world.worker.render()]
            cancelled = [(f"cancel/{n.enterprise}/{n.id}",) for n in to_cancel]
            self.world.happened["cancelled at Novu"] += len(cancelled)
            assert sorted(requests) == sorted([*self.rendered(waiting), *cancelled])

    def rendered(self, waiting: list[Notification]) -> Iterator[tuple[Any, ...]]:
        """Render them in the model; the requests, each to the people of its enterprise, in its name, with its text."""
        for n in waiting:
            workflow = self.usable_workflow(n)
            made = replace(n, status="FAILED", queued=False)
            if workflow is not None:
                content = workflow.body.replace("{{ name }}", n.name)
                made = replace(n, status="PROCESSING", content=content, in_hand=True, queued=False)
                to = f"{n.enterprise}:{person(n.enterprise)}"
                yield f"{n.enterprise}/{n.id}/1", [to], {"tenant": str(n.enterprise)}, content
            moved = (str(n.id), "PENDING", made.status, self.world.worker.name)
            self.model.change(None, ("notification", n.enterprise, n.id), made)
            self.model.add_event(None, "history", n.enterprise, *moved)
            self.world.happened[made.status] += 1

    def usable_workflow(self, n: Notification) -> Workflow | None:
        """The enterprise's own before the shared one, if it is published and active."""
        for owner, whose in ((n.enterprise, "an enterprise's own"), (SHARED, "the shared")):
            workflow: Workflow | None = self.model.rows.get(("workflow", owner, n.key))
            if workflow and workflow.version and not workflow.deactivated:
                self.world.happened[f"rendered by {whose} workflow"] += 1
                return workflow
        return None

    @step(3, (0,))
    def report(self, _: Session) -> None:
        """Novu has accepted all that the worker has in its hands."""
        self.let_go()
        in_hand = [n for n in self.model.notifications() if n.in_hand]
        requests: list[Row] = [{"request_id": f"{n.enterprise}/{n.id}/1", "attempt": 1} for n in in_hand]
        outcomes = self.world.worker.report(requests) if requests else {}
        assert set(outcomes.values()) <= {"SENT"}
        for n in in_hand:
            is_sent = n.status == "PROCESSING"
            made = replace(n, in_hand=False, status="SENT" if is_sent else n.status)
            if n.status == "RETRACTED":
                made = replace(made, cancellation="open")
            self.model.change(None, ("notification", n.enterprise, n.id), made)
            if is_sent:
                self.model.add_event(None, "history", n.enterprise, str(n.id), n.status, "SENT", "Novu")
                self.world.happened["SENT"] += 1


def person(enterprise: UUID | None) -> UUID:
    """Who gets the notifications of an enterprise."""
    return uuid5(enterprise or SHARED, "a person")


def priority(critical: bool) -> str | None:
    return "CRITICAL" if critical else None


def described(request: Row) -> tuple[Any, ...]:
    """What a request says: which delivery it is, and to whom, in whose name and with what text it goes; or what it
    cancels."""
    if request["kind"] == "cancellation":
        return (request["request_id"].rsplit("/", 1)[0],)
    body = json.loads(request["body"])
    return request["request_id"], body["to"], body["context"], body["payload"]["sms"]["body"]
