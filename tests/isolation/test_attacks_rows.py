"""Attacks through what a login may write: rows of another enterprise, collisions with its keys, its workflows and
templates, and what goes out to Novu in a request that enterprises share."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.cluster import A, B, Connection, Database
from tests.isolation.support import MARK, NOWHERE, attacker, refused, value
from tests.support import SHARED, add_template, add_workflow, hand_worker, insert, one, rows, sender, status_of

INTEGRATIONS = ["test_bound_platform", "test_platform"]


RETRACT = """select notify.retract(%s, 'a guess', '{"workflow_key": "greeting", "payload": {"name": "x"}}')"""


def id_of(database: Database, table: str, enterprise: UUID) -> UUID:
    query = f"select id from notify.{table} where enterprise_id = %s order by id limit 1"
    return UUID(str(value(database.keep(), query, enterprise)))


def untouched(database: Database, enterprise: UUID = B) -> list[Any]:
    """All that an enterprise has, as it stands."""
    tables = ("ent_notification", "notification_delivery", "notification_cancellation")
    return [
        rows(database.keep(), f"select * from notify.{table} where enterprise_id = %s order by 2, 3", enterprise)
        for table in (*tables, "ent_notification_workflow", "ent_notification_template")
    ]


@pytest.mark.parametrize("login", INTEGRATIONS)
@pytest.mark.parametrize("target", [B, SHARED])
def test_an_insert_with_anothers_enterprise(settled: Database, login: str, target: UUID) -> None:
    connection = attacker(settled, login)
    assert insert(connection, enterprise_id=A)
    with refused("42501", "23514"):
        insert(connection, enterprise_id=target)
    with refused("42501", "23514"):
        connection.execute(
            "insert into notify.ent_notification (enterprise_id, workflow_key, recipients, idempotency_key)"
            " values (%s, 'greeting', '{}', %s) on conflict do nothing",
            [target, MARK[B]],
        )


@pytest.mark.parametrize("login", INTEGRATIONS)
def test_a_notifications_id_that_another_has(settled: Database, login: str) -> None:
    """It is free to A, in an INSERT as well as in an upsert, and what A does with it stays A's."""
    connection, before = attacker(settled, login), untouched(settled)
    other = id_of(settled, "ent_notification", B)
    assert insert(connection, id=other, idempotency_key=MARK[B]) == other
    connection.execute(RETRACT, [other])
    assert untouched(settled) == before


@pytest.mark.parametrize("login", INTEGRATIONS)
@pytest.mark.parametrize("status", ["PENDING", "SENT"])
def test_retracting_what_is_anothers(settled: Database, login: str, status: str) -> None:
    """The answer is the same as for an id that nobody has, and nothing is cancelled or corrected."""
    connection, before = attacker(settled, login), untouched(settled)
    query = "select id from notify.ent_notification where notification_status = %s and enterprise_id = %s"
    theirs = value(settled.keep(), query, status, B)
    with refused("XN202") as unknown:
        connection.execute(RETRACT, [nobody := uuid4()])
    with refused("XN202") as others:
        connection.execute(RETRACT, [theirs])
    assert str(others.value).replace(str(theirs), "") == str(unknown.value).replace(str(nobody), "")
    assert untouched(settled) == before


@pytest.mark.parametrize("login", INTEGRATIONS)
def test_an_idempotency_key_that_another_has(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    send = "select notify.send('greeting', array[gen_random_uuid()], '{\"name\": \"x\"}', %s)"
    assert value(connection, send, MARK[A]) == id_of(settled, "ent_notification", A)
    assert value(connection, send, MARK[B]) != id_of(settled, "ent_notification", B)


@pytest.mark.parametrize("login", INTEGRATIONS)
def test_a_workflow_of_anothers_by_id(settled: Database, login: str) -> None:
    """The answer is the same as for an id that nobody has."""
    connection = attacker(settled, login)
    own, other = (id_of(settled, "ent_notification_workflow", enterprise) for enterprise in (A, B))
    assert insert(connection, workflow_key=MARK[A], workflow_id=own)
    messages = []
    for workflow in (other, uuid4()):
        for whose in ({}, {"workflow_enterprise_id": B}, {"workflow_enterprise_id": A}):
            with refused("XN101") as error:
                insert(connection, workflow_key=MARK[B], workflow_id=workflow, **whose)
            messages.append(str(error.value).replace(str(workflow), "?"))
    assert len(set(messages)) == 1
    with refused("23514"):
        insert(connection, workflow_key=MARK[A], workflow_enterprise_id=B)


@pytest.mark.parametrize("login", INTEGRATIONS)
def test_a_workflow_of_anothers_by_key(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    reasons = []
    for key in (MARK[B], NOWHERE):
        made = insert(connection, workflow_key=key)
        hand_worker(settled).deliver_all()
        reasons.append(str(status_of(settled, made)["reason"]).replace(key, "?"))
        with refused("XN101"):
            connection.execute("select * from notify.resolve_workflow(%s)", [key])
    assert reasons[0] == reasons[1]
    assert "there is no workflow" in reasons[0]


@pytest.mark.parametrize(
    "column", ["rule_id", "notification_status", "transaction_id", "created_at", "workflow_version"]
)
def test_a_column_that_is_the_engines(settled: Database, column: str) -> None:
    for login in INTEGRATIONS:
        with refused():
            insert(attacker(settled, login), **{column: None})


def test_what_a_payload_and_an_id_say_of_the_enterprise(settled: Database) -> None:
    """The request names A as the tenant, and A in every recipient, whatever the payload claims."""
    forged = {
        "name": "x",
        "enterprise_id": str(B),
        "enterpriseId": str(B),
        "tenant": str(B),
        "context": {"tenant": str(B)},
    }
    add_workflow(settled, "echo", "{{ enterprise_id }} {{ notification.enterprise_id }}", enterprise=A)
    insert(
        attacker(settled, "test_bound_platform"),
        workflow_key="echo",
        payload=forged,
        recipients=[uuid4(), uuid4()],
        id=id_of(settled, "ent_notification", B),
    )
    (request,) = hand_worker(settled).take()
    body = one(settled.keep(), "select %s::jsonb as b", request["body"])["b"]
    assert body["context"] == {"tenant": str(A)}
    assert {to.partition(":")[0] for to in body["to"]} == {str(A)}
    assert "tenant" not in body
    assert body["payload"] == {"email": {"subject": "Subject of echo", "body": f"{B} {A}"}}


STRAY = [
    {"email": {"to": ["x@example.com"]}},
    {"fcm": {"deviceTokens": ["another's"]}},
    {"fcm": {"token": "another's"}},
    {"fcm": {"tokens": ["another's"]}},
    {"fcm": {"topic": "all"}},
    {"fcm": {"condition": "'all' in topics"}},
    {"expo": {"deviceTokens": ["another's"]}},
    {"sms": {"to": "+4512345678"}},
    {"email": {"integrationIdentifier": "another's"}},
    {"providers": {"twilio": {"_passthrough": {"body": {"To": "+4512345678"}}}}},
]


@pytest.mark.parametrize("overrides", STRAY, ids=str)
def test_overrides_that_reach_another_recipient(settled: Database, overrides: dict[str, Any]) -> None:
    """On a Novu environment that enterprises share, an override that names a device, a number or an address reaches
    whomever it names."""
    connection = attacker(settled, "test_bound_platform")
    made = insert(connection, overrides=overrides)
    harmless = insert(connection, overrides={"email": {"subject": "Hello"}})
    assert status_of(settled, made)["error_code"] == "overrides_refused"
    assert status_of(settled, harmless)["notification_status"] == "PENDING"


def test_the_answer_to_a_bulk_that_enterprises_share(settled: Database) -> None:
    """An answer to the whole call may speak of any event in it, so its words are nobody's to read; the answer to an
    event of A's own is A's."""
    for enterprise in (A, B):
        insert(sender(settled, enterprise))
    worker = hand_worker(settled)
    requests = worker.take()
    assert len({request["batch"] for request in requests}) == 1
    worker.report(requests, 400, body={"message": "events.1: Nordhavn's secret is not valid"})
    reasons = [row["r"] for row in rows(attacker(settled, "test_analyst"), REASONS)]
    assert not any("secret" in reason for reason in reasons), reasons
    requests = worker.take() + worker.take()
    for request in requests:
        worker.report([request], 400, body={"message": f"said of {request['request_id'][:1]}"})
    reasons = [row["r"] for row in rows(attacker(settled, "test_analyst"), REASONS)]
    assert any("said of a" in reason for reason in reasons)
    assert not any("said of b" in reason for reason in reasons)


REASONS = "select coalesce(reason, '') as r from notify.notification_overview"


@pytest.mark.parametrize("column", ["name", "building", "time_zone", "workflow_key"])
def test_a_text_so_large_that_rendering_it_starves_the_others(settled: Database, column: str) -> None:
    """All that a template may know of a notification is read when its claim is rendered, with the claim's others."""
    connection = attacker(settled, "test_bound_platform")
    large = "x" * 2_000_000
    try:
        made = insert(connection, **{column: large})
    except Exception as error:
        assert getattr(error, "sqlstate", None) in ("23514", "54000"), error
    else:
        assert status_of(settled, made)["notification_status"] == "FAILED"
    other = insert(sender(settled, B))
    assert [request["request_id"].split("/")[1] for request in hand_worker(settled).take()] == [str(other)]


# --- a tenant's own DBA


def add(connection: Connection, key: str, tail: str = "", **columns: Any) -> int:
    """Insert a template by a manager; returns how many."""
    names = {"template_key": key, "channel_type": "EMAIL", "name": "mine", "body_template": "mine"} | columns
    query = f"insert into notify.ent_notification_template ({', '.join(names)})"
    query += f" values ({', '.join(['%s'] * len(names))}) {tail}"
    return connection.execute(query.encode(), list(names.values())).rowcount


def test_an_upsert_onto_anothers_key_or_id(settled: Database, manager: Connection) -> None:
    """It makes a row of A's, with and without DO UPDATE; onto A's own it updates that."""
    before = untouched(settled)
    other = id_of(settled, "ent_notification_template", B)
    update = "do update set name = excluded.name, body_template = excluded.body_template"
    assert add(manager, MARK[B], f"on conflict (enterprise_id, template_key, channel_type, locale) {update}") == 1
    assert add(manager, "fresh", f"on conflict (enterprise_id, id) {update}", id=other) == 1
    assert add(manager, "fresher", "on conflict do nothing", id=uuid4()) == 1
    assert add(manager, MARK[A], "on conflict do nothing") == 0
    assert untouched(settled) == before
    for whose in (B, SHARED):
        with refused():
            add(manager, "strange", "on conflict do nothing", enterprise_id=whose)
        with refused():
            add(manager, MARK[B], f"on conflict (enterprise_id, id) {update}", enterprise_id=whose, id=other)
    assert untouched(settled) == before


def test_merge_update_and_delete_that_join_anothers_rows(settled: Database, manager: Connection) -> None:
    before = untouched(settled), untouched(settled, SHARED)
    template, workflow = "notify.ent_notification_template", "notify.ent_notification_workflow"
    merge = f"""
        merge into {template} as t using (values (%s::text)) as v (key) on t.template_key = v.key
        when matched then update set name = 'merged'
    """
    assert manager.execute(merge.encode(), [MARK[A]]).rowcount == 1
    assert manager.execute(merge.encode(), [MARK[B]]).rowcount == 0
    update = f"update {template} as t set name = w.name from {workflow} as w where t.template_key = w.workflow_key"
    seen = rows(manager, f"{update} returning t.enterprise_id as t, w.enterprise_id as w")
    assert {row["t"] for row in seen} == {A}
    assert {row["w"] for row in seen} <= {A, SHARED}
    changed = rows(
        manager, f"with u as (update {template} set name = 'all' returning *) select enterprise_id as e from u"
    )
    assert {row["e"] for row in changed} == {A}
    assert manager.execute(f"update {template} set name = name where enterprise_id <> '{A}'".encode()).rowcount == 0
    for statement in (
        f"delete from {template} as t using {workflow} as w where t.enterprise_id = w.enterprise_id",
        f"update {template} set enterprise_id = '{B}'",
        f"update {workflow} set published_version = 1",
        f"merge into {template} as t using (values (1)) as v on true when matched then delete",
    ):
        with refused():
            manager.execute(statement.encode())
    assert (untouched(settled), untouched(settled, SHARED)) == before


def test_row_locks_on_anothers_and_on_shared_rows(settled: Database, manager: Connection) -> None:
    manager.autocommit = False
    for strength in ("update", "no key update", "share", "key share"):
        locked = rows(manager, f"select enterprise_id as e from notify.ent_notification_workflow for {strength}")
        assert {row["e"] for row in locked} == {A}
    admin = settled.connect("test_admin")
    admin.execute("set lock_timeout = '100ms'")
    admin.execute("update notify.ent_notification_workflow set name = 'x' where enterprise_id <> %s", [A])
    for login in ("test_analyst", "test_bound_platform"):
        with refused():
            attacker(settled, login).execute("select id from notify.ent_notification for update")


def test_a_template_that_includes_anothers(settled: Database, manager: Connection) -> None:
    """It is missing, as one that nobody has; and a shared workflow takes no tenant's templates."""
    add_template(settled, "secret", "of B", enterprise=B)
    messages = []
    for key in ("secret", NOWHERE):
        manager.execute(
            "update notify.ent_notification_template set body_template = %s where template_key = %s",
            [f"{{{{ xnovu_render('{key}') }}}}", MARK[A]],
        )
        with refused("XN102", "XN103") as error:
            manager.execute("select notify.publish(%s)", [MARK[A]])
        messages.append(str(error.value).replace(key, "?"))
    assert messages[0] == messages[1]
    manager.execute(
        "update notify.ent_notification_workflow set template_overrides = %s where workflow_key = %s",
        ['{"EMAIL": "secret"}', MARK[A]],
    )
    with refused("XN102"):
        manager.execute("select notify.publish(%s)", [MARK[A]])
    assert add(manager, "greeting", body_template="A's greeting") == 1
    assert value(settled.keep("test_admin"), "select notify.publish('greeting')") == 2
    bundle = "select bundle::text from notify.notification_workflow_version where enterprise_id = %s and version = 2"
    assert "A's greeting" not in value(settled.keep(), bundle, SHARED)


def test_publishing_anothers_workflow(settled: Database, manager: Connection) -> None:
    before = untouched(settled)
    assert value(manager, "select notify.publish(%s)", MARK[A]) == 2
    for key in (MARK[B], "greeting"):
        with refused("XN101"):
            manager.execute("select notify.publish(%s)", [key])
    manager.execute("select set_config('app.current_enterprise_id', %s, false)", [str(B)])
    for key in (MARK[B], MARK[A]):
        with refused("XN101"):
            manager.execute("select notify.publish(%s)", [key])
    manager.execute("reset app.current_enterprise_id")
    with refused("XN101", "XN001"):
        manager.execute("select notify.publish('greeting')")
    assert untouched(settled) == before


def test_a_poisoned_rendering_beside_anothers_alarm(settled: Database) -> None:
    """A's template fails; B's notification in the same claim goes out."""
    add_workflow(
        settled, "poison", "{{ missing }}{% for a in x %}{% for b in x %}{{ b }}{% endfor %}{% endfor %}", enterprise=A
    )
    bad = insert(attacker(settled, "test_bound_platform"), workflow_key="poison", payload={"x": list(range(20000))})
    good = insert(sender(settled, B))
    requests = hand_worker(settled).take()
    assert [request["request_id"].split("/")[1] for request in requests] == [str(good)]
    assert status_of(settled, bad)["notification_status"] == "FAILED"
