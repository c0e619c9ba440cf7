"""What each connection of a pool should see: a model of rows and transactions that knows nothing of the SQL.

What decides is the rule `reach`: which enterprises a login sees with what its connection has for a context.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from tests.cluster import A, B, C, Connection
from tests.support import SHARED

D = UUID(int=9)  # of which nothing says that it exists: the platform is trusted with any
ENTERPRISES = (A, B, C, D)

DENIED, DUPLICATE, LOCKED, NULL = "42501", "23505", "55P03", "23502"
NO_CONTEXT, NOT_BOUND = "XN001", "XN003"


@dataclass(frozen=True)
class Login:
    """A login with its role and what it reaches.

    That is any enterprise, which it must choose; every enterprise, or the one that it chooses; or those that it is
    bound to, of which an analyst need not choose one. Who reaches nothing sees not even what is shared.
    """

    name: str
    role: str
    reaches: Literal["any", "every"] | frozenset[UUID]


@dataclass(frozen=True)
class Notification:
    """A notification; `content` is what was rendered, `in_hand` that a worker has its delivery. `cancellation`: none,
    or open until a worker has got its request.

    What is critical is `queued` until the worker comes for it, even if it is retracted meanwhile.
    """

    enterprise: UUID
    id: UUID
    name: str
    key: str
    status: str = "PENDING"
    content: str | None = None
    in_hand: bool = False
    queued: bool = False
    is_critical: bool = False
    cancellation: Literal["none", "open", "asked"] = "none"

    @property
    def is_open(self) -> bool:
        return self.in_hand or self.queued or self.status in ("PENDING", "PROCESSING")


@dataclass(frozen=True)
class Workflow:
    """A workflow; `body` is the text that its published version has pinned."""

    enterprise: UUID
    key: str
    version: int = 0
    body: str = ""
    deactivated: bool = False


@dataclass(frozen=True)
class Template:
    """A template, whose key is that of a workflow."""

    enterprise: UUID
    key: str
    body: str


@dataclass(frozen=True)
class Event:
    """What is only added to: a row of the history, of the audit trail, or a version."""

    relation: str
    enterprise: UUID
    values: tuple[str | None, ...]


# What a row is called within the model, such as ("notification", A, id), and the row.
Key = tuple[Any, ...]
State = dict[Key, Any]


def meaning(value: str) -> UUID | None:
    """The enterprise that a value of app.current_enterprise_id means."""
    well_formed = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.lower())
    return UUID(value) if well_formed and UUID(value) != SHARED else None


def reach(login: Login, value: str) -> frozenset[UUID]:
    """The enterprises whose rows a login may see with that value of app.current_enterprise_id."""
    chosen = meaning(value)
    if value and chosen is None:
        return frozenset()
    if login.reaches == "any":
        return frozenset({chosen} if chosen else ())
    if login.reaches == "every":
        return frozenset({chosen} if chosen else ENTERPRISES)
    if chosen is None:
        return login.reaches if login.role == "notify_analyst" else frozenset()
    return login.reaches & {chosen}


@dataclass
class Transaction:
    """What an open transaction has done: rows that it changed or holds, its context, and its savepoints."""

    context: str
    changed: State = field(default_factory=dict)
    is_aborted: bool = False
    savepoints: list[tuple[str, State]] = field(default_factory=list)

    def save(self) -> None:
        self.savepoints.append((self.context, dict(self.changed)))

    def fail(self) -> None:
        """What was done since the last savepoint is undone at once, and nothing can be done before a rollback."""
        self.is_aborted = True
        self.changed = dict(self.savepoints[-1][1]) if self.savepoints else {}

    def restore(self) -> None:
        self.is_aborted = False
        self.context, changed = self.savepoints[-1]
        self.changed = dict(changed)


@dataclass
class Session:
    """A connection of the pool: the real one, and what the model says of it."""

    login: Login
    connection: Connection
    setting: str = ""  # the context outside of transactions
    transaction: Transaction | None = None

    @property
    def context(self) -> str:
        return self.transaction.context if self.transaction else self.setting

    @property
    def is_aborted(self) -> bool:
        return self.transaction is not None and self.transaction.is_aborted

    @property
    def is_admin(self) -> bool:
        return self.login.role == "notify_admin"

    @property
    def reaches(self) -> frozenset[UUID]:
        return reach(self.login, self.context)

    @property
    def counts(self) -> frozenset[UUID]:
        """The enterprises in whose lanes' depths it is: a bound login's all, also where it would see no row of them."""
        bound = self.login.reaches
        return self.reaches if self.context or isinstance(bound, str) else bound

    @property
    def changed(self) -> State:
        return self.transaction.changed if self.transaction else {}


@dataclass
class Model:
    """The committed rows of all enterprises, and what the sessions' transactions add to them."""

    sessions: list[Session]
    rows: State = field(default_factory=dict)
    count: int = 0

    def unused(self, prefix: str = "") -> str:
        """A text that nothing in this model has had before."""
        self.count += 1
        return f"{prefix}{self.count}"

    def visible(self, session: Session) -> State:
        """The rows that the session would see, were there no enterprises."""
        return self.rows | session.changed

    def change(self, session: Session | None, key: Key, row: Any) -> None:
        """Put a row into the session's transaction or, where there is none, among the committed ones."""
        rows = session.transaction.changed if session and session.transaction else self.rows
        rows[key] = row

    def add_event(self, session: Session | None, relation: str, enterprise: UUID, *values: str | None) -> None:
        self.change(session, ("event", self.unused()), Event(relation, enterprise, values))

    def audit(self, session: Session, table: str, action: str, enterprises: Iterable[UUID]) -> None:
        for enterprise in enterprises:
            self.add_event(session, "audit", enterprise, session.login.name, table, action)

    def finish(self, session: Session) -> None:
        """End the session's transaction, and keep what it did unless it has failed."""
        if session.transaction and not session.transaction.is_aborted:
            self.rows.update(session.transaction.changed)
        session.transaction = None

    def notifications(self) -> list[Notification]:
        """The committed ones."""
        return [row for row in self.rows.values() if isinstance(row, Notification)]

    # --- why a statement is refused: an SQLSTATE, or None

    def is_held(self, session: Session, key: Key, to_insert: bool = False) -> bool:
        """Whether another's open transaction has changed the row; or only locked it, for which no INSERT waits."""
        others = [other.changed for other in self.sessions if other is not session]
        return any(key in rows and not (to_insert and rows[key] == self.rows.get(key)) for rows in others)

    def refusal_to_insert(self, session: Session, key: Key) -> str | None:
        if self.is_held(session, key, to_insert=True):
            return LOCKED
        return DUPLICATE if key in self.visible(session) else None

    def refusal_to_write(self, session: Session, enterprise: UUID | None = None, managed: bool = False) -> str | None:
        """For rows of the enterprise, None: of the context's; an admin without one manages what is anybody's."""
        chosen = meaning(session.context)
        if chosen is not None and chosen not in session.reaches:
            return NOT_BOUND
        if chosen is not None:
            return DENIED if enterprise not in (None, chosen) else None
        return None if managed and session.is_admin and not session.context else NO_CONTEXT


# --- what a connection sees, and what it should

LOOKS = {
    "overview": (
        "enterprise_id::text, notification_id::text, name, workflow_key, notification_status",
        "notify.notification_overview",
    ),
    "funnel": (
        "enterprise_id::text, workflow_key, channel_type, sum(notification_count)::text,"
        " sum(failed_notification_count)::text",
        "notify.notification_funnel group by enterprise_id, workflow_key, channel_type",
    ),
    "content": (
        "enterprise_id::text, notification_id::text, content -> 'sms' ->> 'body'",
        "notify.notification_content",
    ),
    "history": (
        "enterprise_id::text, notification_id::text, from_status, to_status, actor",
        "notify.notification_history",
    ),
    "retractions": (
        "enterprise_id::text, notification_id::text, cancellation_count::text",
        "notify.notification_retractions",
    ),
    "lanes": (
        "sum(waiting_count + scheduled_count + queued_count + claimed_count)::text",
        "notify.lane_status",
    ),
    "workflow": (
        "enterprise_id::text, workflow_key, published_version::text, deactivated::text",
        "notify.ent_notification_workflow",
    ),
    "template": (
        "enterprise_id::text, template_key, body_template",
        "notify.ent_notification_template",
    ),
    "version": (
        "enterprise_id::text, version::text, published_by",
        "notify.notification_workflow_version",
    ),
    "audit": (
        "enterprise_id::text, login, table_name, action",
        "notify.notification_audit",
    ),
}
SHOWN = {
    "notify_platform": ("overview", "funnel", "content", "history", "retractions", "lanes", "workflow"),
    "notify_manager": ("workflow", "template", "version", "audit"),
    "notify_admin": (
        *("overview", "funnel", "history", "retractions", "lanes", "workflow", "template", "version", "audit"),
    ),
    "notify_analyst": ("overview", "funnel", "history", "retractions", "lanes"),
    "notify_analyst_all": ("overview", "funnel", "history", "retractions", "lanes"),
}
STATEMENTS = {
    role: " union all ".join(
        f"select array['{name}', {columns}] from {source}"
        for name, (columns, source) in LOOKS.items()
        if name in relations
    ).encode()
    for role, relations in SHOWN.items()
}
Seen = Counter[tuple[str | None, ...]]


def look(session: Session) -> Seen:
    """Everything that the connection sees, each row with the name of its relation: one statement, prepared once."""
    found = session.connection.execute(STATEMENTS[session.login.role or ""], prepare=True)
    return Counter(tuple(values) for (values,) in found)


def expected(session: Session, state: State) -> Seen:
    """Everything that the connection should see."""
    shown = SHOWN[session.login.role or ""]
    in_sight = session.reaches
    with_shared = in_sight | ({SHARED} if session.login.reaches else set())
    of_company = in_sight | ({SHARED} if session.is_admin and not session.context else set())
    within = dict.fromkeys(("workflow", "template", "version"), with_shared) | {"audit": of_company}
    seen: Seen = Counter()
    for row in state.values():
        for relation, *values in described(row):
            if relation in shown and row.enterprise in within.get(relation, in_sight):
                seen[(relation, str(row.enterprise), *values)] += 1
    if "lanes" in shown:
        seen.update(totals(session, [row for row in state.values() if isinstance(row, Notification)]))
    return seen


def described(row: Any) -> Iterator[tuple[str | None, ...]]:
    """A row of the model as the rows of relations in which it shows, without the enterprise."""
    match row:
        case Notification():
            yield "overview", str(row.id), row.name, row.key, row.status
            if row.status == "RETRACTED":
                yield "retractions", str(row.id), str(int(row.cancellation != "none"))
            if row.content is not None:
                yield "content", str(row.id), row.content
        case Workflow():
            yield "workflow", row.key, str(row.version) if row.version else None, str(row.deactivated).lower()
        case Template():
            yield "template", row.key, row.body
        case Event():
            yield row.relation, *row.values


def totals(session: Session, notifications: list[Notification]) -> Iterator[tuple[str | None, ...]]:
    """The depth of the lanes, and the funnel by workflow and channel."""
    yield "lanes", str(sum(n.is_open and n.enterprise in session.counts for n in notifications))
    groups: Counter[tuple[str | None, ...]] = Counter()
    failed: Counter[tuple[str | None, ...]] = Counter()
    for n in notifications:
        if n.enterprise in session.reaches:
            group = (str(n.enterprise), n.key, "SMS" if n.content is not None else None)
            groups[group] += 1
            failed[group] += n.status == "FAILED"
    for key, count in groups.items():
        yield "funnel", *key, str(count), str(failed[key])
