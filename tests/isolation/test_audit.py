"""The audit trail: who changed which workflow, template, binding, target or order, when, from what to what."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, Connection, Database
from tests.support import SHARED, Row, add_workflow, hand_worker, rows

TRAIL = "select * from notify.notification_audit order by changed_at, id"


@pytest.fixture
def manager(database: Database) -> Connection:
    """The manager of A, which has a workflow; B and what is shared have one, too."""
    for enterprise in (SHARED, A, B):
        add_workflow(database, enterprise=enterprise)
    database.bind("test_manager", A)
    return database.connect("test_manager", A)


@pytest.fixture
def since(database: Database, manager: Connection) -> Callable[[], list[Row]]:
    """What a superuser sees in the trail since the fixtures were made."""
    known = {row["id"] for row in rows(database.keep(), TRAIL)}
    return lambda: [row for row in rows(database.keep(), TRAIL) if row["id"] not in known]


def test_an_update_is_recorded_with_the_login_the_time_and_what_it_changed(
    database: Database, manager: Connection, since: Callable[[], list[Row]]
) -> None:
    manager.execute("update notify.ent_notification_workflow set name = 'Hello', priority = 'HIGH'")
    (change,) = since()
    assert (change["enterprise_id"], change["login"], change["application_user"]) == (A, "test_manager", None)
    assert (change["table_name"], change["action"]) == ("ent_notification_workflow", "UPDATE")
    assert change["row_key"]["workflow_key"] == "greeting"
    assert change["before"] == {"name": "a workflow", "priority": "NORMAL"}
    assert change["after"] == {"name": "Hello", "priority": "HIGH"}
    (now,) = rows(database.keep(), "select notify.now() as now")
    assert now["now"] - change["changed_at"] < timedelta(minutes=1)


def test_an_update_that_changes_nothing_leaves_no_trace(manager: Connection, since: Callable[[], list[Row]]) -> None:
    manager.execute("update notify.ent_notification_workflow set name = name")
    assert since() == []


def test_an_insert_is_recorded_whole_and_a_delete_with_what_was_lost(
    database: Database, manager: Connection, since: Callable[[], list[Row]]
) -> None:
    manager.execute(
        "insert into notify.ent_notification_template (template_key, channel_type, name, body_template)"
        " values ('header', 'SMS', 'Header', 'Tower:')"
    )
    database.connect("test_admin", A).execute(
        "delete from notify.ent_notification_template where template_key = 'header'"
    )
    added, removed = since()
    assert (added["action"], added["before"], added["after"]["body_template"]) == ("INSERT", None, "Tower:")
    assert (removed["action"], removed["before"]["body_template"], removed["after"]) == ("DELETE", "Tower:", None)
    assert [row["login"] for row in (added, removed)] == ["test_manager", "test_admin"]
    assert added["row_key"] == removed["row_key"]


def test_publishing_is_recorded_without_the_bundle(manager: Connection, since: Callable[[], list[Row]]) -> None:
    manager.execute("select notify.publish('greeting', 'a new text')")
    version, workflow = sorted(since(), key=lambda row: row["action"])
    assert (version["table_name"], version["login"]) == ("notification_workflow_version", "test_manager")
    assert (version["after"]["version"], version["after"]["note"]) == (2, "a new text")
    assert "bundle" not in version["after"] and len(version["after"]["bundle_hash"]) == 64
    assert (workflow["before"], workflow["after"]) == ({"published_version": 1}, {"published_version": 2})


def test_the_application_says_for_whom_it_acts(manager: Connection, since: Callable[[], list[Row]]) -> None:
    with manager.transaction():
        manager.execute("set local app.current_user_id = 'ada@tower.example'")
        manager.execute("update notify.ent_notification_workflow set name = 'One'")
    manager.execute("update notify.ent_notification_workflow set name = 'Two'")
    assert [row["application_user"] for row in since()] == ["ada@tower.example", None]


def test_what_is_rolled_back_leaves_no_trace(manager: Connection, since: Callable[[], list[Row]]) -> None:
    with manager.transaction(force_rollback=True):
        manager.execute("update notify.ent_notification_workflow set name = 'Never'")
    assert since() == []


def test_bindings_targets_reference_data_and_orders_are_recorded(
    database: Database, since: Callable[[], list[Row]]
) -> None:
    hand_worker(database).connection.execute("select worker_v1.beat('w', '{}')")
    admin = database.connect("test_admin")
    for statement in (
        f"insert into notify.login_enterprise values ('{A}', 'somebody')",
        f"insert into notify.notification_target (enterprise_id, target) values ('{A}', 'tower')",
        "insert into notify.typ_notification_category values ('SPA', 'Spa')",
        "update notify.typ_notification_priority set rank = 9 where priority = 'LOW'",
        "update notify.notification_worker set is_draining = true",
        "delete from notify.login_enterprise where login = 'somebody'",
    ):
        admin.execute(statement.encode())
    recorded = [(row["table_name"], row["action"], row["enterprise_id"]) for row in since()]
    assert recorded == [
        ("login_enterprise", "INSERT", A),
        ("notification_target", "INSERT", A),
        ("typ_notification_category", "INSERT", SHARED),
        ("typ_notification_priority", "UPDATE", SHARED),
        ("notification_worker", "UPDATE", SHARED),
        ("login_enterprise", "DELETE", A),
    ]
    assert {row["login"] for row in since()} == {"test_admin"}


def test_a_workers_beat_is_no_order_and_leaves_no_trace(database: Database, since: Callable[[], list[Row]]) -> None:
    worker = hand_worker(database)
    for _ in range(2):
        worker.connection.execute("""select worker_v1.beat('w', '{"idle": ["normal"]}')""")
    worker.tick()
    assert since() == []


def test_a_managers_trail_is_its_enterprises_and_an_admins_is_all(database: Database, manager: Connection) -> None:
    def enterprises(connection: Connection) -> set[UUID]:
        return {row["enterprise_id"] for row in rows(connection, TRAIL)}

    assert enterprises(manager) == {A}
    assert enterprises(database.connect("test_manager", B)) == set()
    assert enterprises(database.connect("test_manager")) == set()
    assert enterprises(database.connect("test_admin")) == {SHARED, A, B}
    assert enterprises(database.connect("test_admin", B)) == {B}
    for login in ("test_platform", "test_analyst_all", "test_worker"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.connect(login, A).execute(TRAIL.encode())


@pytest.mark.parametrize("login", ["test_manager", "test_admin", "test_platform", "test_analyst_all", "test_worker"])
def test_nobody_writes_the_trail_by_hand(database: Database, manager: Connection, login: str) -> None:
    connection = database.connect(login, A)
    for statement in (
        f"insert into notify.notification_audit (enterprise_id, table_name, action, row_key)"
        f" values ('{A}', 'x', 'INSERT', '{{}}')",
        "update notify.notification_audit set login = 'postgres'",
        "delete from notify.notification_audit",
        "truncate notify.notification_audit",
        "alter table notify.notification_audit disable row level security",
        "alter table notify.ent_notification_workflow disable trigger audit",
        "set session_replication_role = replica",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
