"""Who sees and may do what. Each test looks through the logins that people have."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Connection, Database
from tests.support import add_workflow, hand_worker, insert, one, platform, rows, sender

VIEWS = ("notification_overview", "notification_funnel")


def filled(database: Database) -> dict[UUID, UUID]:
    """A notification of each of three enterprises, sent."""
    add_workflow(database)
    made = {enterprise: insert(sender(database, enterprise)) for enterprise in (A, B, C)}
    hand_worker(database).deliver_all()
    return made


def enterprises_in(connection: Connection, relation: str) -> set[Any]:
    return {row["e"] for row in rows(connection, f"select distinct enterprise_id as e from notify.{relation}")}


@pytest.mark.parametrize("relation", [*VIEWS, "ent_notification", "notification_content", "notification_history"])
def test_the_platform_sees_the_enterprise_in_its_context_and_no_other(database: Database, relation: str) -> None:
    filled(database)
    assert enterprises_in(database.connect("test_platform", A), relation) == {A}
    for nothing in (None, "", "garbage", str(UUID(int=0)), str(UUID(int=9))):
        assert enterprises_in(database.connect("test_platform", nothing), relation) == set()


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_sees_what_its_login_is_bound_to_whatever_it_sets(database: Database, view: str) -> None:
    filled(database)
    assert enterprises_in(database.connect("test_analyst"), view) == set()
    database.bind("test_analyst", A)
    assert enterprises_in(database.connect("test_analyst"), view) == {A}
    assert enterprises_in(database.connect("test_analyst", B), view) == set()
    database.bind("test_analyst", C)
    assert enterprises_in(database.connect("test_analyst"), view) == {A, C}
    assert enterprises_in(database.connect("test_analyst", C), view) == {C}
    assert enterprises_in(database.connect("test_analyst", "garbage"), view) == set()


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_bound_to_all_sees_all_or_the_one_in_its_context(database: Database, view: str) -> None:
    filled(database)
    assert enterprises_in(database.connect("test_analyst_all"), view) == {A, B, C}
    assert enterprises_in(database.connect("test_analyst_all", B), view) == {B}
    for nothing in ("garbage", str(UUID(int=0)), str(UUID(int=9))):
        assert enterprises_in(database.connect("test_analyst_all", nothing), view) == set()


def test_a_lanes_depth_counts_only_what_the_login_reaches(database: Database) -> None:
    add_workflow(database)
    for enterprise in (A, A, B):
        insert(sender(database, enterprise))
    depth = "select sum(waiting_count + queued_count + claimed_count)::integer as n from notify.lane_status"
    worker = hand_worker(database)
    for _ in range(2):
        assert one(sender(database, A), depth)["n"] == 2
        assert one(sender(database, B), depth)["n"] == 1
        assert one(sender(database, C), depth)["n"] == 0
        assert one(database.keep("test_analyst_all"), depth)["n"] == 3
        worker.claim()


@pytest.mark.parametrize("column", ["payload", "recipients", "overrides", "idempotency_key"])
def test_no_analyst_reads_a_payload_or_a_recipient(database: Database, column: str) -> None:
    filled(database)
    for login in ("test_analyst_all", "test_admin"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.connect(login).execute(f"select {column} from notify.ent_notification".encode())


@pytest.mark.parametrize("login", ["test_analyst_all", "test_admin", "test_worker", "test_manager", "test_stranger"])
def test_contents_are_for_the_platform_alone(database: Database, login: str) -> None:
    filled(database)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.connect(login).execute("select content from notify.notification_content")


def test_the_worker_reads_no_table_and_calls_nothing_but_worker_v1(database: Database) -> None:
    worker = database.connect("test_worker")
    readable = rows(
        worker,
        """
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('notify', 'notify_partition', 'engine', 'template', 'pgmq')
          and c.relkind in ('r', 'v', 'p', 'm', 'S')
          and (
            has_table_privilege(c.oid, 'select, insert, update, delete, truncate')
            or has_any_column_privilege(c.oid, 'select, insert, update')
          )
        """,
    )
    assert readable == []
    callable_ = rows(
        worker,
        """
        select n.nspname || '.' || p.proname as name from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname in ('notify', 'engine', 'template', 'pgmq', 'worker_v1')
          and has_function_privilege(p.oid, 'execute') and has_schema_privilege(n.oid, 'usage')
        """,
    )
    assert sorted(row["name"] for row in callable_) == [
        "worker_v1.beat",
        "worker_v1.claim",
        "worker_v1.extend",
        "worker_v1.render",
        "worker_v1.report",
        "worker_v1.tick",
    ]


def test_a_stranger_sees_nothing_and_does_nothing(database: Database) -> None:
    filled(database)
    stranger = database.connect("test_stranger", A)
    for statement in (
        "select * from notify.ent_notification",
        "select * from notify.notification_overview",
        "select worker_v1.claim('w', 'normal')",
        "select pgmq.pop('normal')",
        "select notify.set_enterprise('aaaaaaaa-0000-4000-8000-00000000000a')",
        "insert into notify.login_enterprise values ('aaaaaaaa-0000-4000-8000-00000000000a', 'test_stranger')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stranger.execute(statement.encode())


def test_set_enterprise_lasts_for_the_transaction_and_refuses_what_the_login_does_not_reach(database: Database) -> None:
    filled(database)
    connection = database.connect("test_platform")
    with connection.transaction():
        connection.execute("select notify.set_enterprise(%s)", [A])
        assert enterprises_in(connection, "notification_overview") == {A}
        connection.execute("select notify.set_enterprise(%s)", [B])
        assert enterprises_in(connection, "notification_overview") == {B}
    assert enterprises_in(connection, "notification_overview") == set()
    for nobody in (None, UUID(int=0)):
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("select notify.set_enterprise(%s)", [nobody])
        assert refused.value.sqlstate == "XN002"
    database.bind("test_manager", A)
    with pytest.raises(psycopg.Error) as refused:
        database.keep("test_manager").execute("select notify.set_enterprise(%s)", [B])
    assert refused.value.sqlstate == "XN003"


def test_a_manager_edits_its_own_workflows_reads_the_shared_ones_and_sees_no_others(database: Database) -> None:
    database.bind("test_manager", A)
    for enterprise in (UUID(int=0), A, B):
        add_workflow(database, "alarm", enterprise=enterprise)
    manager = database.connect("test_manager", A)
    for table in ("ent_notification_workflow", "ent_notification_template", "notification_workflow_version"):
        assert enterprises_in(manager, table) == {UUID(int=0), A}
    changed = manager.execute("update notify.ent_notification_template set body_template = 'mine'")
    assert changed.rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        manager.execute("delete from notify.ent_notification_template")
    add = """
        insert into notify.ent_notification_template (enterprise_id, template_key, channel_type, name, body_template)
        values (%s, 'header', 'EMAIL', 'x', 'y')
    """
    manager.execute(add.encode(), [A])
    for forbidden in (B, UUID(int=0)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            manager.execute(add.encode(), [forbidden])
    assert enterprises_in(database.connect("test_manager", B), "ent_notification_template") == {UUID(int=0)}


def test_an_admin_manages_every_enterprise_and_what_is_shared(database: Database) -> None:
    for enterprise in (UUID(int=0), A, B):
        add_workflow(database, "alarm", enterprise=enterprise)
    admin = database.connect("test_admin")
    assert enterprises_in(admin, "ent_notification_workflow") == {UUID(int=0), A, B}
    assert admin.execute("update notify.ent_notification_workflow set name = 'renamed'").rowcount == 3
    admin.execute("insert into notify.login_enterprise values (%s, 'test_analyst')", [B])
    assert one(admin, "select count(*) as n from notify.login_enterprise")["n"] == 1


def test_nobody_changes_a_status_or_a_delivery_by_hand(database: Database) -> None:
    made = filled(database)
    database.bind("test_manager", A)
    for login in ("test_platform", "test_manager", "test_admin", "test_analyst_all", "test_worker"):
        connection = database.connect(login, A)
        for statement in (
            "update notify.ent_notification set notification_status = 'PENDING'",
            "delete from notify.ent_notification",
            "update notify.notification_delivery set delivery_status = 'OPEN'",
            "delete from notify.notification_history",
            "truncate notify.ent_notification cascade",
            "insert into notify.ent_notification (workflow_key, recipients, processed_at) values ('x', '{}', now())",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    assert len(made) == 3


def test_partitions_are_closed_to_everybody(database: Database) -> None:
    filled(database)
    names = rows(
        database.keep(),
        "select format('notify_partition.%I', tablename) as t from pg_tables where schemaname = 'notify_partition'",
    )
    assert len(names) >= 10
    for login in ("test_platform", "test_analyst_all", "test_admin", "test_worker"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.connect(login, A).execute(f"select * from {names[0]['t']}".encode())


@pytest.mark.parametrize("view", [*VIEWS, "lane_status"])
@pytest.mark.parametrize("login", ["test_platform", "test_analyst_all", "test_admin"])
def test_whoever_is_granted_a_view_can_read_it(database: Database, view: str, login: str) -> None:
    filled(database)
    assert rows(database.connect(login, A), f"select * from notify.{view}")


def test_a_login_that_is_not_listed_sees_not_even_what_is_shared(database: Database) -> None:
    add_workflow(database)
    assert rows(database.connect("test_manager", A), "select 1 from notify.ent_notification_workflow") == []
    database.bind("test_manager", A)
    assert len(rows(database.connect("test_manager", A), "select 1 from notify.ent_notification_workflow")) == 1


def test_no_login_can_stop_the_engine_with_a_lock(database: Database) -> None:
    add_workflow(database)
    made = insert(sender(database))
    database.bind("test_manager", A)
    stranger, manager = database.connect("test_stranger"), database.connect("test_manager", A)
    stranger.execute("select pg_advisory_lock(1482640949, n) from generate_series(0, 3) as n")
    for login in (stranger, manager, platform(database), database.connect("test_analyst_all")):
        for table in (
            "ent_notification",
            "ent_notification_workflow",
            "ent_notification_template",
            "notification_lane",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), login.transaction():
                login.execute(f"lock table notify.{table} in access exclusive mode nowait".encode())
    worker = hand_worker(database)
    assert worker.tick()["ran"] is True
    assert len(worker.take()) == 1
    assert made


def test_nobody_but_the_engine_reads_the_queues(database: Database) -> None:
    seen = rows(
        database.keep(),
        """
        select distinct r.rolname from pg_roles as r cross join pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'pgmq'
        where c.relkind in ('r', 'S') and not r.rolsuper and not pg_has_role(r.oid, 'notify_migrator', 'member')
          and r.rolname not in ('pg_read_all_data', 'pg_write_all_data') -- what they read is the superuser's to give
          and has_schema_privilege(r.oid, n.oid, 'usage')
        """,
    )
    assert {row["rolname"] for row in seen} <= {"notify_engine"}
