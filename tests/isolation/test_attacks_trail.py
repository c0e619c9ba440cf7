"""Attacks on the audit trail: to forge it, to avoid it, and to learn of another enterprise from it."""

from tests.cluster import A, B, Connection, Database
from tests.isolation.support import refused, value
from tests.support import rows


def test_moving_a_login_to_another_enterprise_says_there_whence_it_came(settled: Database, manager: Connection) -> None:
    """An admin that moves a binding from B to A must not tell A's manager of B."""
    admin = settled.connect("test_admin")
    admin.execute("insert into notify.login_enterprise (enterprise_id, login) values (%s, 'moved')", [B])
    try:
        admin.execute("update notify.login_enterprise set enterprise_id = %s where login = 'moved'", [A])
    except Exception as error:
        assert getattr(error, "sqlstate", None) == "42501"
        admin.execute("insert into notify.login_enterprise (enterprise_id, login) values (%s, 'moved')", [A])
    trail = "select row_to_json(a)::text as t from notify.notification_audit as a where table_name = 'login_enterprise'"
    texts = [row["t"] for row in rows(manager, trail)]
    assert any("moved" in text for text in texts)
    assert not any(str(B) in text for text in texts)


def test_forging_the_trail(settled: Database, manager: Connection) -> None:
    """Whom the application says it acts for can be forged, and is called so; the login and the enterprise can't."""
    manager.execute("set app.current_user_id = 'somebody else'")
    manager.execute("set role notify_manager")
    manager.execute("update notify.ent_notification_workflow set name = 'forged'")
    last = rows(manager, "select * from notify.notification_audit order by id desc limit 1")[0]
    assert (last["login"], last["enterprise_id"], last["application_user"]) == ("test_manager", A, "somebody else")
    manager.execute("reset role")
    for statement in (
        "insert into notify.notification_audit (enterprise_id, table_name, action, row_key)"
        " values (%s, 'x', 'UPDATE', '{}')",
        "update notify.notification_audit set login = 'x' where enterprise_id = %s",
        "delete from notify.notification_audit where enterprise_id = %s",
        "with u as (select %s::uuid) update notify.notification_audit set after = null",
    ):
        with refused():
            manager.execute(statement.encode(), [A])
    with refused():
        manager.execute("truncate notify.notification_audit")
    assert {row["e"] for row in rows(manager, "select distinct enterprise_id as e from notify.notification_audit")} == {
        A
    }


def test_changing_without_a_trace(settled: Database, manager: Connection) -> None:
    count = "select count(*) from notify.notification_audit"
    for statement in (
        "set session_replication_role = replica",
        "alter table notify.ent_notification_workflow disable trigger audit",
        "alter table notify.ent_notification_workflow disable trigger all",
        "drop trigger audit on notify.ent_notification_workflow",
        "alter function notify.record_change() rename to gone",
        "create or replace function notify.record_change() returns trigger"
        " language plpgsql as 'begin return null; end'",
    ):
        with refused():
            manager.execute(statement.encode())
    for statement in (
        "update notify.ent_notification_workflow set name = 'b'",
        "with u as (update notify.ent_notification_workflow set name = 'c' returning 1) select * from u",
        "merge into notify.ent_notification_workflow as w using (values (1)) as v on true"
        f" when matched and w.enterprise_id = '{A}' then update set name = 'd'",
        "prepare p as update notify.ent_notification_workflow set name = 'e'; execute p",
        "do $$ begin update notify.ent_notification_workflow set name = 'f'; end $$",
    ):
        before = value(manager, count)
        manager.execute(statement.encode())
        assert value(manager, count) == before + 1, statement


def test_attaching_the_trails_trigger_to_a_table_of_ones_own(settled: Database, manager: Connection) -> None:
    manager.execute("create temp table login_enterprise (enterprise_id uuid, login name)")
    for function in ("notify.record_change('login')", "engine.accept_notifications()", "notify.check_context()"):
        create = "create trigger forge after insert on pg_temp.login_enterprise for each row execute function"
        with refused():
            manager.execute(f"{create} {function}".encode())
