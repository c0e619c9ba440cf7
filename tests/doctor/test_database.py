"""What the doctor says of the database: in order, broken in one place, and as seen by each kind of login."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from tests.cluster import A, Cluster, Database
from tests.doctor.support import look, look_as, statuses
from tests.support import add_workflow, hand_worker, insert, sender

WELL = {
    "database": "ok",
    "connection": "ok",
    "server version": "ok",
    "encoding": "ok",
    "plpython3u": "ok",
    "server packages": "ok",
    "roles": "ok",
    "migration": "ok",
    "pgmq": "ok",
    "login": "ok",
    "worker's rights": "ok",
    "HTTP face's rights": "ok",
    "logins": "ok",
    "policies": "ok",
    "statistics": "ok",
    "partitions": "ok",
    "workers": "ok",
    "queue": "ok",
    "workflows": "ok",
    "fallbacks": "ok",
    "novu": "skipped",
    "clock": "ok",
}


@pytest.fixture
def living(database: Database) -> Database:
    """A database with a worker that has just given a sign of life."""
    beat(database)
    return database


def beat(database: Database, name: str = "host:1:x") -> None:
    database.keep("test_worker").execute("select worker_v1.beat(%s, %s)", [name, '{"version": "0.1.0", "idle": []}'])


@pytest.fixture
def undo(migrated: Cluster) -> Iterator[list[str]]:
    """Statements that put the cluster's roles back when the test ends."""
    statements: list[str] = []
    yield statements
    with migrated.admin() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_a_good_installation_is_well_throughout(living: Database) -> None:
    assert statuses(look_as(living)) == WELL


def test_it_changes_nothing(living: Database) -> None:
    def written() -> object:
        query = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
        connection = living.connect()
        connection.execute("select pg_stat_force_next_flush()")
        return connection.execute(query).fetchone()

    before = written()
    look_as(living)
    assert written() == before


# --- reaching the database


def test_an_unreachable_database_fails_and_the_rest_is_skipped() -> None:
    checks = look("postgresql://somebody:s3cr3t@127.0.0.1:1/none")
    assert checks["database"].status == "failed"
    assert "Connection refused" in checks["database"].found
    assert "s3cr3t" not in str(checks)
    assert {name for name, check in checks.items() if check.status != "skipped"} == {"database"}


def test_a_wrong_password_fails_and_is_not_shown(migrated: Cluster) -> None:
    checks = look(migrated.tcp_url("postgres", "postgres", "s3cr3t"))
    assert "password authentication failed" in checks["database"].found
    assert "s3cr3t" not in str(checks)


def test_a_missing_url_is_a_check_that_failed() -> None:
    checks = look("")
    assert checks["database"].status == "failed"
    assert checks["database"].found == "DATABASE_URL is not set."


# --- the server


def test_an_old_minor_release_is_a_warning_with_the_one_to_take(
    living: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnovu.doctor.server.SAFE_MINOR", {15: 99, 16: 99, 17: 99, 18: 99})
    check = look_as(living)["server version"]
    assert check.status == "warning"
    assert ".99" in (check.mend or "")


def test_a_database_that_is_not_in_utf8_fails(cluster: Cluster) -> None:
    with cluster.admin() as connection:
        connection.execute("create database test_latin encoding 'LATIN1' locale 'C' template template0")
    try:
        assert look(cluster.url("test_latin"))["encoding"].status == "failed"
    finally:
        cluster.drop_database("test_latin")


def test_a_package_of_another_version_is_a_warning(living: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnovu.doctor.server.read_pins", lambda: {"minijinja": "0.0.1", "nothing-such": "1"})
    check = look_as(living)["server packages"]
    assert check.status == "warning"
    assert "(tested with 0.0.1)" in check.found
    assert "nothing-such of an unknown version" in check.found
    assert "PYTHONPATH" in (check.mend or "")


def test_packages_that_the_server_can_not_import_fail(
    living: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Cluster(str(tmp_path_factory.mktemp("empty"))) as bare:
        with bare.admin() as connection:
            connection.execute("create extension plpython3u")
        check = look(bare.url())["server packages"]
    assert check.status == "failed"
    assert "minijinja (No module named 'minijinja')" in check.found
    assert "requirements-server.txt" in (check.mend or "")


# --- the migration


def test_a_database_that_was_never_migrated_says_so(empty_database: Database) -> None:
    checks = look_as(empty_database)
    assert {name for name, check in checks.items() if check.status == "failed"} >= {"plpython3u", "migration", "pgmq"}
    assert "xnovu migrate" in (checks["migration"].mend or "")


def test_what_only_a_migrated_database_has_is_skipped_until_then(migrated: Cluster, empty_database: Database) -> None:
    checks = look_as(empty_database, "test_platform")
    assert {name for name, check in checks.items() if check.status == "failed"} == {"plpython3u", "migration", "pgmq"}
    assert {"login", "worker's rights", "partitions", "queue"} <= {
        name for name, check in checks.items() if check.status == "skipped"
    }


def test_a_changed_file_and_a_missing_revision_are_out_of_step(living: Database) -> None:
    connection = living.connect()
    connection.execute("update notify.migration_file set sha256 = 'x' where path = '70_time/beat.sql'")
    check = look_as(living)["migration"]
    assert check.status == "failed"
    assert "sql/70_time/beat.sql" in check.found
    head = connection.execute("delete from notify.alembic_version returning version_num").fetchone()
    assert head and f"revision {head[0]}" in look_as(living)["migration"].found


def test_a_database_of_a_later_release_says_so(living: Database) -> None:
    living.connect().execute("insert into notify.alembic_version values ('9999')")
    check = look_as(living)["migration"]
    assert check.status == "failed"
    assert "later release" in check.found


def test_a_file_that_is_no_longer_part_of_the_release_is_a_warning(living: Database) -> None:
    living.connect().execute("insert into notify.migration_file (path, sha256) values ('99_old/gone.sql', 'x')")
    check = look_as(living)["migration"]
    assert check.status == "warning"
    assert "99_old/gone.sql" in check.found


def test_an_old_pgmq_is_a_warning(living: Database) -> None:
    living.connect().execute("update notify.migration_fact set value = '1.4.4' where name = 'pgmq_version'")
    assert look_as(living)["pgmq"].status == "warning"


# --- roles and rights


def test_a_membership_that_is_missing_is_named_with_the_statement_that_mends_it(
    living: Database, undo: list[str]
) -> None:
    undo.append("grant notify_engine to notify_migrator")
    living.connect().execute("revoke notify_engine from notify_migrator")
    check = look_as(living)["roles"]
    assert check.status == "failed"
    assert check.found == "notify_migrator is no member of notify_engine"
    assert "grant notify_engine to notify_migrator;" in (check.mend or "")


def test_a_group_role_with_too_much_power_fails(living: Database, undo: list[str]) -> None:
    undo += ["alter role notify_platform nologin nobypassrls", "revoke notify_engine from notify_worker"]
    connection = living.connect()
    connection.execute("alter role notify_platform login bypassrls")
    connection.execute("grant notify_engine to notify_worker")
    check = look_as(living)["roles"]
    for part in ("can log in", "bypasses row-level security", "notify_worker is a member of notify_engine"):
        assert part in check.found
    for part in ("nologin;", "nobypassrls;", "revoke notify_engine from notify_worker;"):
        assert part in (check.mend or "")


def test_a_worker_that_may_do_more_is_named(living: Database, undo: list[str]) -> None:
    undo.append("revoke notify_platform from test_worker")
    connection = living.connect()
    connection.execute("grant notify_platform to test_worker")
    check = look_as(living)["worker's rights"]
    assert check.status == "warning"
    assert "test_worker may call " in check.found


def test_a_worker_without_one_of_its_functions_fails(living: Database) -> None:
    living.connect().execute("revoke execute on function worker_v1.tick() from notify_worker")
    check = look_as(living)["worker's rights"]
    assert check.status == "failed"
    assert "notify_worker may not call worker_v1.tick" in check.found


# --- as each login


@pytest.mark.parametrize(
    ("login", "skipped", "says"),
    [
        ("test_worker", {"migration", "pgmq", "logins", "queue", "workflows", "fallbacks"}, "notify_worker"),
        ("test_platform", {"migration", "pgmq", "logins", "queue", "workflows", "fallbacks"}, "chooses any enterprise"),
        ("test_analyst_all", {"migration", "pgmq", "logins", "workflows", "fallbacks"}, "reads every enterprise"),
        ("test_admin", {"migration", "pgmq"}, "reads every enterprise"),
    ],
)
def test_what_a_login_may_not_see_is_skipped_with_the_reason(
    living: Database, login: str, skipped: set[str], says: str
) -> None:
    checks = look_as(living, login)
    assert {name for name, check in checks.items() if check.status == "skipped"} == skipped | {
        "novu",
        "server packages",
        "statistics",
    }
    assert not [check for check in checks.values() if check.status == "failed"]
    assert says in checks["login"].found


def test_a_login_that_migrates_sees_the_migration(living: Database, undo: list[str]) -> None:
    undo.append("drop role if exists test_doctor_deployer")
    living.connect().execute("create role test_doctor_deployer login in role notify_migrator")
    checks = look_as(living, "test_doctor_deployer")
    assert (checks["migration"].status, checks["pgmq"].status) == ("ok", "ok")
    assert (checks["server packages"].status, checks["logins"].status) == ("skipped", "skipped")
    assert not [check for check in checks.values() if check.status == "failed"]


def test_a_login_that_is_bound_says_to_how_many(living: Database) -> None:
    assert "it sees nothing" in look_as(living, "test_manager")["login"].found
    living.bind("test_manager", A)
    check = look_as(living, "test_manager")["login"]
    assert check.status == "ok"
    assert check.found.endswith("bound to 1 enterprise")


def test_a_login_without_a_role_fails_and_learns_which_to_get(living: Database) -> None:
    checks = look_as(living, "test_stranger")
    assert checks["login"].status == "failed"
    assert "grant notify_worker to test_stranger" in (checks["login"].mend or "")
    assert checks["queue"].status == "skipped"


def test_a_platform_that_bypasses_row_level_security_is_a_warning(living: Database, undo: list[str]) -> None:
    undo.append("alter role test_platform nobypassrls")
    living.connect().execute("alter role test_platform bypassrls")
    check = look_as(living, "test_platform")["login"]
    assert check.status == "warning"
    assert "nobypassrls" in (check.mend or "")


# --- the running system


def test_without_a_worker_it_fails_and_says_how_to_start_one(database: Database) -> None:
    check = look_as(database)["workers"]
    assert check.status == "failed"
    assert "xnovu work" in (check.mend or "")


def test_a_worker_that_is_silent_for_minutes_fails(living: Database) -> None:
    living.shift_clock(timedelta(minutes=3))
    check = look_as(living)["workers"]
    assert check.status == "failed"
    assert "3 min old, by host:1:x" in check.found


def test_an_order_of_the_admin_is_a_warning(living: Database) -> None:
    living.connect("test_admin").execute("update notify.notification_worker set paused_lanes = '{bulk}'")
    check = look_as(living)["workers"]
    assert check.status == "warning"
    assert "the lane bulk is paused" in check.found


def test_a_worker_that_is_connected_as_superuser_is_a_warning(living: Database) -> None:
    with psycopg.connect(living.url(), application_name="xnovu control"):
        check = look_as(living)["workers"]
    assert check.status == "warning"
    assert "as postgres" in check.found


def test_a_login_that_may_not_read_the_workers_counts_their_sessions(living: Database) -> None:
    assert look_as(living, "test_worker")["workers"].status == "warning"
    with psycopg.connect(living.url("test_worker"), application_name="xnovu control"):
        assert look_as(living, "test_worker")["workers"].found.startswith("1 connected")


def test_todays_partition_missing_fails_and_tomorrows_warns(living: Database) -> None:
    connection = living.connect()
    names = [
        name
        for (name,) in connection.execute(
            "select 'notification_history_' || to_char((now() at time zone 'UTC')::date + n, 'YYYYMMDD')"
            " from generate_series(0, 1) as n"
        )
    ]
    for name, status in ((names[1], "warning"), (names[0], "failed")):
        connection.execute(sql.SQL("drop table notify_partition.{}").format(sql.Identifier(name)))
        check = look_as(living, "test_worker")["partitions"]
        assert check.status == status
        assert name in check.found


def test_what_waits_too_long_is_named_by_its_lane(living: Database) -> None:
    add_workflow(living)
    insert(sender(living))
    assert look_as(living)["queue"].status == "ok"
    for minutes, status in ((2, "warning"), (10, "failed")):
        living.shift_clock(timedelta(minutes=minutes))
        check = look_as(living)["queue"]
        assert check.status == status
        assert "normal 1 (the oldest for" in check.found
    hand_worker(living).deliver_all()
    assert look_as(living)["queue"].status == "ok"


def test_a_workflow_that_novu_has_not_is_named_with_what_novu_said(living: Database) -> None:
    add_workflow(living, is_at_novu=False)
    assert look_as(living)["workflows"].status == "ok"  # a worker will see to it
    worker = hand_worker(living, "hand/bulk1")
    worker.report(worker.take("bulk"), 401, body={"message": "Unauthorized"})
    check = look_as(living)["workflows"]
    assert (check.status, check.mend is None) == ("warning", False)
    assert "1 of 1 are not at Novu as published: greeting on default: Novu answered 401: Unauthorized" in check.found
    living.shift_clock(timedelta(minutes=2))
    worker.sync()
    assert look_as(living)["workflows"].found == "1 at Novu, none behind"


# --- what isolation rests on


def test_a_binding_of_a_login_that_is_gone_is_a_warning(living: Database) -> None:
    living.bind("test_left_us", A)
    check = look_as(living)["logins"]
    assert check.status == "warning"
    assert "test_left_us" in check.found
    assert "notify.login_enterprise" in (check.mend or "")


@pytest.mark.parametrize(
    ("give", "take"),
    [
        ("alter role test_manager createrole", "alter role test_manager nocreaterole"),
        ("alter role test_manager bypassrls", "alter role test_manager nobypassrls"),
        ("grant pg_read_all_data to test_manager", "revoke pg_read_all_data from test_manager"),
        ("grant notify_owner to test_manager", "revoke notify_owner from test_manager"),
    ],
)
def test_a_login_that_can_pass_the_policies_fails(living: Database, undo: list[str], give: str, take: str) -> None:
    undo.append(take)
    living.connect().execute(give.encode())
    check = look_as(living)["logins"]
    assert check.status == "failed"
    assert "test_manager" in check.found


def test_a_login_that_is_bound_and_reaches_any_all_the_same_is_a_warning(living: Database) -> None:
    living.bind("test_platform", A)
    check = look_as(living)["logins"]
    assert check.status == "warning"
    assert "revoke notify_trusted from test_platform" in (check.mend or "")


def test_statistics_of_tenants_values_fail_whether_they_may_come_or_are_there(living: Database) -> None:
    connection = living.connect()
    connection.execute("alter table notify.ent_notification alter column building set statistics 100")
    insert(sender(living, A), building="Harbour Tower")
    connection.execute("analyze notify.ent_notification")
    check = look_as(living)["statistics"]
    assert check.status == "failed" and "building" in check.found
    connection.execute("alter table notify.ent_notification alter column building set statistics 0")
    check = look_as(living)["statistics"]
    assert check.status == "failed" and "left from before" in check.found
    connection.execute((check.mend or "").removeprefix("As a superuser: ").encode())
    assert look_as(living)["statistics"].status == "ok"


def test_a_database_whose_policies_lost_their_precedence_fails(living: Database) -> None:
    connection = living.connect()
    for function in ("notify.same_enterprise", "pg_catalog.uuid_eq"):
        connection.execute(f"alter function {function}(uuid, uuid) cost 1".encode())
    check = look_as(living)["policies"]
    assert check.status == "failed" and "same_enterprise" in check.found and "uuid_eq" in check.found
    connection.execute((check.mend or "").removeprefix("As a superuser: ").encode())
    assert look_as(living)["policies"].status == "ok"


def test_an_emergency_without_a_text_to_fall_back_on_is_named(living: Database) -> None:
    add_workflow(living, is_critical=False, fallback_text=None)
    assert look_as(living)["fallbacks"].status == "ok"
    with living.cluster.admin(living.name) as connection:
        connection.execute(
            "insert into notify.notification_critical_workflow (enterprise_id, workflow_id)"
            " select enterprise_id, id from notify.ent_notification_workflow"
        )
    check = look_as(living)["fallbacks"]
    assert (check.status, "greeting" in check.found) == ("warning", True)
