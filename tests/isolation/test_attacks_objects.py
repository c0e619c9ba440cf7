"""Attacks on the objects of the database: on tables, queues, sequences and locks; by listening; by a worker's login."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, Connection, Database
from tests.isolation.support import BOUND, attacker, refused, value
from tests.support import HandWorker, Row, hand_worker, insert, platform, rows, sender, status_of

PEOPLE = [*BOUND, "test_platform", "test_analyst_all", "test_worker", "test_stranger"]


@pytest.mark.parametrize("login", PEOPLE)
def test_changing_tables_of_ours(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    table = "notify.ent_notification"
    for statement in (
        f"comment on table {table} is 'x'",
        f"alter table {table} disable row level security",
        f"alter table {table} no force row level security",
        f"alter table {table} add column x text",
        f"alter table {table} alter column building set statistics 100",
        f"create policy mine on {table} using (true)",
        f'drop policy "a platform stays within what it reaches" on {table}',
        f"create index on {table} (building)",
        f"create statistics pg_temp.mine on building, name from {table}",
        f"create trigger mine after insert on {table} execute function pg_notify('x', 'y')",
        f"create rule mine as on select to {table} do instead select 1",
        f"create temp table child () inherits ({table})",
        "create table pg_temp.part partition of notify.notification_history default",
        f"truncate {table}",
        "create view notify.mine as select 1",
        "create function notify.mine() returns integer language sql as 'select 1'",
        "create schema mine",
        "create table public.mine ()",
        "create or replace function notify.reaches_all() returns boolean language sql as 'select true'",
        "alter function notify.reaches_all() security invoker",
        "drop view notify.notification_overview",
        "create publication mine for all tables",
        "create event trigger mine on ddl_command_start execute function notify.record_change()",
        "create temp table t (e uuid, l name, foreign key (e, l) references notify.login_enterprise)",
    ):
        with refused("42501", "42P16", "42809", "42P17"):
            connection.execute(statement.encode())


@pytest.mark.parametrize("login", PEOPLE)
def test_planting_and_reading_messages_in_the_queues(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    for statement in (
        "select pgmq.send('normal', '{}')",
        "select pgmq.read('normal', 1, 1)",
        "select pgmq.pop('critical')",
        "select pgmq.purge_queue('critical')",
        "select pgmq.list_queues()",
        "select * from pgmq.q_normal",
        "insert into pgmq.q_normal (vt, message) values (now(), '{}')",
        "select last_value from pgmq.q_normal_msg_id_seq",
    ):
        with refused():
            connection.execute(statement.encode())


@pytest.mark.parametrize("login", PEOPLE)
def test_what_sequences_tell(settled: Database, login: str) -> None:
    """Their last values would be how many claims and messages there were, of everybody."""
    connection = attacker(settled, login)
    ours = "schemaname in ('notify', 'pgmq', 'engine')"
    told = rows(connection, f"select last_value as v from pg_sequences where {ours}")
    assert len(told) >= 4
    assert {row["v"] for row in told} == {None}
    sequence = "'notify.notification_claim_claim_id_seq'::regclass"
    for call in (f"pg_sequence_last_value({sequence})", f"nextval({sequence})", f"setval({sequence}, 1)"):
        with refused("42501", "55000"):
            connection.execute(f"select {call}".encode())


@pytest.mark.parametrize("login", PEOPLE)
def test_what_the_functions_that_are_nobodys_tell(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    for call in (
        "engine.find_fault(null, null, '{}', '{}', '', '', '', '', null, null)",
        "engine.take_deliveries('normal', 1)",
        "engine.admit('normal')",
        f"notify.find_workflow('{B}', 'nordhavn')",
        f"notify.collect_templates('{B}', 'EMAIL', 'nordhavn')",
        "notify.make_partitions()",
        "notify.refresh_statistics()",
        "template.render_batch(null, null, null, null, null, null, 1)",
        "template.py_inspect('')",
        "notify.find_workflow(null, null)",
    ):
        with refused():
            connection.execute(f"select {call}".encode())


def test_what_other_sessions_do(settled: Database) -> None:
    busy = platform(settled, B)
    busy.execute("select 'secret of B'")
    for login in ("test_stranger", "test_analyst", "test_bound_platform"):
        seen = rows(attacker(settled, login), "select usename, query from pg_stat_activity where datname is not null")
        assert any(row["usename"] == login and "pg_stat_activity" in row["query"] for row in seen)
        assert not any("secret" in str(row["query"]) for row in seen)


def test_large_objects_and_temporary_tables_are_their_owners(settled: Database) -> None:
    owner, other = attacker(settled, "test_bound_platform"), attacker(settled, "test_analyst")
    loid = value(owner, "select lo_from_bytea(0, 'mine')")
    owner.execute("create temp table notes as select 'mine' as note")
    assert bytes(value(owner, "select lo_get(%s)", loid)) == b"mine"
    with refused():
        other.execute("select lo_get(%s)", [loid])
    name = value(
        owner,
        "select 'notes'::regclass::oid::regclass::text || ' ' || relnamespace::regnamespace from pg_class"
        " where oid = 'notes'::regclass",
    ).split()
    with refused():
        other.execute(f"select * from {name[1]}.{name[0]}".encode())


def test_listening_hears_that_something_happened_and_no_more(settled: Database) -> None:
    settled.keep("test_worker").execute("select worker_v1.beat('w', %s)", [Jsonb({"idle": ["normal", "critical"]})])
    spy = settled.connect("test_stranger")
    spy.execute("listen xnovu_work")
    insert(sender(settled, B), priority="CRITICAL")
    insert(sender(settled, B))
    heard = list(spy.notifies(timeout=1, stop_after=2))
    assert heard
    assert {notice.payload for notice in heard} == {""}


def test_forged_wake_ups_change_nothing(settled: Database) -> None:
    forger = settled.connect("test_stranger")
    for payload in ("critical", str(B), "x" * 7000, "'; drop table notify.ent_notification; --"):
        forger.execute("select pg_notify('xnovu_work', %s)", [payload])
    made = insert(sender(settled, B))
    assert hand_worker(settled).deliver_all() == 1
    assert status_of(settled, made)["notification_status"] == "SENT"


@pytest.mark.parametrize("login", ["test_bound_platform", "test_manager", "test_analyst"])
def test_locks_that_would_stop_the_others(settled: Database, login: str) -> None:
    """A tenant may keep readers' locks for as long as it likes. The engine goes on, and so do the others."""
    hostile = attacker(settled, login)
    hostile.autocommit = False
    own = insert(sender(settled, A))
    insert(sender(settled, B))
    relation = "ent_notification_workflow" if login == "test_manager" else "ent_notification"
    hostile.execute(f"select count(id) from notify.{relation}".encode())
    for mode in ("access exclusive", "share row exclusive", "share", "row exclusive"):
        with refused(), hostile.transaction():
            hostile.execute(f"lock table notify.{relation} in {mode} mode nowait".encode())
    hostile.execute("select pg_advisory_xact_lock(n) from generate_series(0, 9) as n")
    if login == "test_bound_platform":
        hostile.execute("select notify.retract(%s, 'held')", [own])
    if login == "test_manager":
        hostile.execute("update notify.ent_notification_workflow set name = 'held', category = 'FIRE'")
    worker = hand_worker(settled)
    worker.connection.execute("set lock_timeout = '2s'; set statement_timeout = '5s'")
    assert worker.tick()["ran"] is True
    assert str(B) in {request["request_id"].split("/")[0] for request in worker.take()}


# --- a worker's login


@pytest.fixture
def worker(settled: Database) -> HandWorker:
    return hand_worker(settled)


def request_of(enterprise: UUID, notification: UUID, attempt: int, number: int = 1) -> Row:
    return {"request_id": f"{enterprise}/{notification}/{number}", "attempt": attempt}


def waiting(database: Database, enterprise: UUID) -> UUID:
    query = "select id from notify.ent_notification where notification_status = 'PENDING' and enterprise_id = %s"
    return UUID(str(value(database.keep(), query, enterprise)))


def test_a_worker_reports_what_was_not_claimed(settled: Database, worker: HandWorker) -> None:
    unclaimed = waiting(settled, B)
    for request in (
        request_of(B, unclaimed, 0),
        request_of(B, unclaimed, 1),
        request_of(A, unclaimed, 0),
        request_of(B, uuid4(), 1),
        request_of(B, unclaimed, 0, number=2),
    ):
        assert worker.report([request]) == {request["request_id"]: "STALE"}
    assert status_of(settled, unclaimed)["notification_status"] == "PENDING"
    insert(sender(settled, B))
    assert set(worker.report(worker.take()).values()) == {"SENT"}


def test_a_worker_replays_an_old_attempt(settled: Database, worker: HandWorker) -> None:
    made = insert(sender(settled, B))
    first = worker.take()
    assert list(worker.report(first, 503).values()) == ["RETRY"]
    assert list(worker.report(first).values()) == ["STALE"]
    settled.keep().execute("update notify.notification_delivery set due_at = now() where due_at < '2099-01-01'")
    second = worker.take()
    assert [request["attempt"] for request in second] == [2]
    assert list(worker.report(first).values()) == ["STALE"]
    assert list(worker.report(second).values()) == ["SENT"]
    assert list(worker.report(second, 400).values()) == ["STALE"]
    assert status_of(settled, made)["notification_status"] == "SENT"


def test_a_worker_extends_anothers_lease(settled: Database, worker: HandWorker) -> None:
    insert(sender(settled, B))
    (request,) = worker.take()
    asked = Jsonb([{"request_id": request["request_id"], "attempt": request["attempt"]}])
    extend = "select extended from worker_v1.extend(%s, %s, '1 hour')"
    assert value(worker.connection, extend, "another", asked) is False
    stale = Jsonb([{"request_id": request["request_id"], "attempt": request["attempt"] + 1}])
    assert value(worker.connection, extend, worker.name, stale) is False
    assert value(worker.connection, extend, worker.name, asked) is True


@pytest.mark.parametrize(
    "request_id", ["", "x", "a/b/c", f"{B}", f"{B}/{B}", f"{B}/{B}/x", f"{B}/{B}/99999999999", None]
)
def test_a_malformed_request_id(settled: Database, worker: HandWorker, request_id: str | None) -> None:
    """It is refused, or is nothing's name; what was claimed stays so."""
    insert(sender(settled, B))
    taken = worker.take()
    call: dict[str, Any] = {"requests": [{"request_id": request_id, "attempt": 1}], "status": 201, "body": {"data": {}}}
    try:
        outcomes = rows(worker.connection, "select outcome as o from worker_v1.report(%s)", Jsonb([call]))
        assert {row["o"] for row in outcomes} <= {"STALE", "BUSY"}
    except Exception as error:
        assert getattr(error, "sqlstate", "") in ("22P02", "22003", "22004", "23502"), error
    assert set(worker.report(taken).values()) == {"SENT"}


def test_a_worker_reads_tables(settled: Database, worker: HandWorker) -> None:
    connection: Connection = worker.connection
    for relation in ("ent_notification", "notification_delivery", "notification_overview", "notification_target"):
        with refused():
            connection.execute(f"select * from notify.{relation}".encode())
    with refused("XN301"):
        connection.execute("select worker_v1.claim('', 'normal; drop table x', 1, '1 second')")
