"""What many tests need: a workflow, a notification, and a worker and a Novu played by hand."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from tests.cluster import A, Connection, Database

SHARED = UUID(int=0)

Row = dict[str, Any]


def add_template(database: Database, key: str, body: str, *, enterprise: UUID = SHARED, channel: str = "EMAIL") -> None:
    """Insert a template, or replace the body of the one with that key and channel."""
    with database.cluster.admin(database.name) as connection:
        _add_template(connection, key, body, enterprise, channel)


def _add_template(connection: Connection, key: str, body: str, enterprise: UUID, channel: str) -> None:
    connection.execute(
        """
        insert into notify.ent_notification_template
          (enterprise_id, template_key, channel_type, name, subject_template, body_template)
        values (%s, %s, %s, 'a template', %s, %s)
        on conflict (enterprise_id, template_key, channel_type, locale)
        do update set body_template = excluded.body_template
        """,
        [enterprise, key, channel, "Subject of " + key if channel == "EMAIL" else None, body],
    )


def add_workflow(  # the parts of a workflow, each with the value that most tests want
    database: Database,
    key: str = "greeting",
    body: str = "<p>Hello {{ name }}</p>",
    *,
    enterprise: UUID = SHARED,
    channels: tuple[str, ...] = ("EMAIL",),
    priority: str = "NORMAL",
    publish: bool = True,
    is_at_novu: bool = True,
    is_critical: bool = True,
    payload_schema: Row | None = None,
    fallback_text: str | None = "Something happened: ask the reception.",
) -> None:
    """Insert a workflow with a template for each channel, one that may use the critical lane, and publish it."""
    with database.cluster.admin(database.name) as connection:  # one session: each loads the template engine anew
        for channel in channels:
            _add_template(connection, key, body, enterprise, channel)
        connection.execute(
            """
            insert into notify.ent_notification_workflow
              (enterprise_id, workflow_key, workflow_type, name, priority, default_channels, payload_schema,
                fallback_text)
            values (%s, %s, %s, 'a workflow', %s, %s, %s, %s)
            """,
            [
                enterprise,
                key,
                "STATIC" if enterprise == SHARED else "DYNAMIC",
                priority,
                list(channels),
                None if payload_schema is None else Jsonb(payload_schema),
                fallback_text,
            ],
        )
        if is_critical:
            connection.execute(
                "insert into notify.notification_critical_workflow (enterprise_id, workflow_id)"
                " select enterprise_id, id from notify.ent_notification_workflow"
                " where enterprise_id = %s and workflow_key = %s",
                [enterprise, key],
            )
        if publish:
            _publish_workflow(connection, key, enterprise)
        if publish and is_at_novu:
            _settle_syncs(connection)


def settle_syncs(database: Database) -> None:
    """Let Novu have what was published, as if a worker had seen to it."""
    with database.cluster.admin(database.name) as connection:
        _settle_syncs(connection)


def _settle_syncs(connection: Connection) -> None:
    connection.execute(
        """
        update notify.notification_sync
        set step = null, due_at = null, is_in_step = true, novu_version = wanted_version,
          novu_active = wanted_active
        """
    )


def publish_workflow(database: Database, key: str, enterprise: UUID = SHARED) -> int:
    """Publish a workflow as the admin does; returns the version."""
    with database.cluster.admin(database.name) as connection:
        return _publish_workflow(connection, key, enterprise)


def _publish_workflow(connection: Connection, key: str, enterprise: UUID) -> int:
    # The session becomes the admin's for a transaction: whatever asks who is there is answered so.
    with connection.transaction():
        connection.execute("set local session authorization test_admin")
        if enterprise != SHARED:
            connection.execute("select set_config('app.current_enterprise_id', %s, true)", [str(enterprise)])
        row = connection.execute("select notify.publish(%s)", [key]).fetchone()
    assert row is not None
    return int(row[0])


def insert(platform: Connection, **columns: Any) -> UUID:
    """Insert one notification; what is not named has a value with which it is sent. Returns its id."""
    values = {"workflow_key": "greeting", "recipients": [uuid4()], "payload": {"name": "Ada"}} | columns
    names = ", ".join(values)
    marks = ", ".join("%s" for _ in values)
    json_columns = ("payload", "overrides", "recipient_payload", "recipient_attributes")
    adapted = [Jsonb(value) if name in json_columns else value for name, value in values.items()]
    row = platform.execute(
        f"insert into notify.ent_notification ({names}) values ({marks}) returning id".encode(), adapted
    ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def rows(connection: Connection, query: str, *parameters: Any) -> list[Row]:
    """The rows of a query, each as a dictionary by column."""
    cursor = connection.execute(query.encode(), parameters or None)
    names = [column.name for column in cursor.description or []]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def one(connection: Connection, query: str, *parameters: Any) -> Row:
    """The only row of a query."""
    found = rows(connection, query, *parameters)
    assert len(found) == 1, found
    return found[0]


def status_of(database: Database, notification: UUID) -> Row:
    """A notification as a superuser sees it in the overview."""
    (found,) = database.look("select * from notify.notification_overview where notification_id = %s", notification)
    return found


ACCEPTED = {"acknowledged": True, "status": "processed", "transactionId": "t"}


@dataclass
class WorkflowsAtNovu:
    """Novu's workflows, by identifier, and what it answers to the requests about them."""

    known: dict[str, Row] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, request: Row) -> tuple[int, Row | None]:
        """Do what a request about a workflow asks; returns status and body."""
        method, path = request["method"], request["path"]
        self.asked.append((method, path))
        name, sent = path.removeprefix("/v2/workflows").strip("/"), json.loads(request["body"] or "{}")
        if method == "POST":
            name = sent["workflowId"]
            while name in self.known:
                name += "-x1"
        elif name not in self.known:
            return 404, {"statusCode": 404, "message": "Workflow cannot be found"}
        if method == "DELETE":
            del self.known[name]
            return 204, None
        if method != "GET":
            kept = self.known.get(name, {"origin": "novu-cloud", "preferences": {"user": None}})
            self.known[name] = kept | sent | {"workflowId": name}
            for number, step in enumerate(self.known[name]["steps"]):
                step.setdefault("_id", f"{name}.{number}.{len(self.asked)}")
        return {"POST": 201}.get(method, 200), {"data": self.known[name]}


@dataclass
class HandWorker:
    """A worker whose every step the test takes: claim, render, report."""

    connection: Connection
    name: str = "hand/normal1"
    requests: list[Row] = field(default_factory=list)
    novu: WorkflowsAtNovu = field(default_factory=WorkflowsAtNovu)

    def claim(self, lane: str = "normal", most: int = 100, lease: str = "60 seconds") -> int:
        """Claim, and return how many deliveries."""
        answer = one(self.connection, "select worker_v1.claim(%s, %s, %s, %s) as n", self.name, lane, most, lease)
        return int(answer["n"])

    def render(self) -> list[Row]:
        """Render what was claimed last, and return the requests."""
        self.requests = rows(self.connection, "select * from worker_v1.render(%s)", self.name)
        return self.requests

    def take(self, lane: str = "normal", **options: Any) -> list[Row]:
        """Claim and render."""
        self.claim(lane, **options)
        return self.render()

    def report(self, requests: list[Row], status: int | None = 201, **facts: Any) -> dict[str, str]:
        """Report one call for all these requests; without a body every event was accepted. Returns the outcomes."""
        body = facts.pop("body", {"data": [ACCEPTED for _ in requests]} if status == 201 else None)
        call = {
            "requests": [{"request_id": r["request_id"], "attempt": r["attempt"]} for r in requests],
            "status": status,
            "body": body,
            "error": None,
            "retry_after": None,
            "latency_ms": 1.5,
        } | facts
        answer = rows(self.connection, "select * from worker_v1.report(%s)", Jsonb([call]))
        return {row["request_id"]: row["outcome"] for row in answer}

    def tick(self) -> Row:
        """Call tick."""
        return dict(one(self.connection, "select worker_v1.tick() as done")["done"])

    def sync(self) -> list[str]:
        """Bring Novu's workflows in step, until nothing is left to ask; returns what became of each request."""
        outcomes: list[str] = []
        while requests := self.take("bulk"):
            for request in requests:
                assert request["kind"] == "workflow", request
                status, body = self.novu.answer(request)
                outcomes += self.report([request], status, body=body).values()
        return outcomes

    def settle_cancellations(self, requests: list[Row]) -> list[Row]:
        """Report that Novu had nothing left to cancel, each cancellation for itself; returns the deliveries."""
        for request in [r for r in requests if r["kind"] == "cancellation"]:
            self.report([request], 200, body={"data": False})
        return [r for r in requests if r["kind"] == "delivery"]

    def deliver_all(self) -> int:
        """Claim, render and report as accepted until nothing is left on any lane; returns how many deliveries."""
        count = 0
        for lane in ("critical", "normal", "bulk"):
            while self.claim(lane):
                requests = self.render()
                for request in [r for r in requests if r["kind"] == "workflow"]:
                    status, body = self.novu.answer(request)
                    self.report([request], status, body=body)
                if deliveries := self.settle_cancellations(requests):
                    count += len(deliveries)
                    self.report(deliveries)
        return count


def hand_worker(database: Database, name: str = "hand/normal1") -> HandWorker:
    """A worker by hand, with the login of the tests' worker."""
    return HandWorker(database.connect("test_worker"), name)


def platform(database: Database, enterprise: UUID = A) -> Connection:
    """A connection of the platform, with an enterprise as its context."""
    return database.connect("test_platform", enterprise)


def sender(database: Database, enterprise: UUID = A) -> Connection:
    """As `platform`, but the same connection each time: for single statements, one after the other."""
    return database.keep("test_platform", enterprise)
