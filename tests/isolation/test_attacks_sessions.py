"""Attacks through the session: contexts in every spelling, borrowed roles, planted names, prepared statements, cursors
and pooled connections; and the mistakes that a trusted platform makes with them."""

from contextlib import suppress
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Connection, Database
from tests.isolation.support import MARK, attacker, refused, value
from tests.support import SHARED, insert, one, rows

SEEN = "select distinct enterprise_id as e from notify.ent_notification"


def seen(connection: Connection) -> set[UUID]:
    return {row["e"] for row in rows(connection, SEEN)}


def choose(connection: Connection, context: str) -> None:
    connection.execute("select set_config('app.current_enterprise_id', %s, false)", [context])


SPELLED = ["{}", "{{{}}}", " {}", "{} ", "{}\n", "\t{}", "'{}'"]
RESERVED = [
    *(form.format(SHARED) for form in SPELLED),
    SHARED.hex,
    "{" + SHARED.hex + "}",
    "0" * 36,
    "00000000-0000-0000-0000-00000000000",
    "null",
]


@pytest.mark.parametrize("context", RESERVED)
def test_the_reserved_enterprise_as_the_context(settled: Database, context: str) -> None:
    """Nobody becomes the owner of what is shared by choosing it, nor sees all."""
    for login in ("test_platform", "test_bound_platform", "test_manager", "test_analyst", "test_analyst_all"):
        connection = settled.connect(login, context)
        if login != "test_manager":
            assert seen(connection) == set()
    manager = settled.connect("test_manager", context)
    with refused("XN001", "XN003"):
        manager.execute("update notify.ent_notification_workflow set name = 'mine'")
    with refused("XN001", "XN003"):
        insert(settled.connect("test_platform", context))
    choose(manager, str(A).upper())
    assert manager.execute("update notify.ent_notification_workflow set name = 'mine'").rowcount == 1


@pytest.mark.parametrize("form", ["{{{}}}", " {}", "{} ", "{}\n", "{},{}", "{}' or true --"])
def test_an_enterprise_that_is_spelled_in_another_way(settled: Database, form: str) -> None:
    for login in ("test_platform", "test_analyst_of_two", "test_analyst_all"):
        assert seen(settled.connect(login, form.format(A, B))) == set()
        assert seen(settled.connect(login, str(A).upper())) == {A}


def test_choosing_another_enterprise(settled: Database) -> None:
    """The error is the same for one that exists as for one that doesn't, and nothing is chosen afterwards."""
    for login, bound in (("test_bound_platform", A), ("test_manager", A), ("test_analyst_of_two", C)):
        connection = settled.connect(login)
        messages = set()
        for other in (B, UUID(int=9)):
            with connection.transaction():
                connection.execute("select notify.set_enterprise(%s)", [bound])
                with refused("XN003") as error, connection.transaction():
                    connection.execute("select notify.set_enterprise(%s)", [other])
                messages.add(str(error.value))
                assert value(connection, "select notify.current_enterprise_id()") == bound
        assert len(messages) == 1


def test_an_analyst_of_two_between_whom_another_lies(settled: Database) -> None:
    analyst = attacker(settled, "test_analyst_of_two")
    for relation in ("ent_notification", "notification_delivery", "notification_history", "notification_overview"):
        found = rows(analyst, f"select distinct enterprise_id as e from notify.{relation}")
        assert {row["e"] for row in found} == {A, C}
    between = "select count(*) from notify.ent_notification where enterprise_id > %s and enterprise_id < %s"
    assert value(analyst, between, A, C) == 0
    lanes = "select sum(scheduled_count + waiting_count) from notify.lane_status"
    assert value(analyst, lanes) == 2
    choose(analyst, str(B))
    assert seen(analyst) == set()
    assert value(analyst, lanes) == 0


@pytest.mark.parametrize("login", ["test_unlisted_platform", "test_unlisted_analyst"])
@pytest.mark.parametrize("context", ["", str(A), str(SHARED), "garbage"])
def test_a_login_that_is_listed_nowhere(settled: Database, login: str, context: str) -> None:
    connection = settled.connect(login, context)
    assert seen(connection) == set()
    assert value(connection, "select sum(scheduled_count) from notify.lane_status") == 0
    assert rows(connection, "select * from notify.typ_notification_category") == []


# --- roles


def test_setting_a_role(settled: Database) -> None:
    """The login decides, whatever role it plays."""
    for login, role in (("test_analyst", "notify_analyst"), ("test_bound_platform", "notify_platform")):
        connection = attacker(settled, login)
        connection.execute(f"set role {role}".encode())
        assert seen(connection) == {A}
        choose(connection, str(B))
        assert seen(connection) == set()
        for other in ("notify_engine", "notify_owner", "notify_admin", "notify_analyst_all", "postgres"):
            with refused():
                connection.execute(f"set role {other}".encode())
            with refused():
                connection.execute(f"set session authorization {other}".encode())


def test_lending_ones_role_to_a_stranger(settled: Database) -> None:
    """Only who may grant the role can. Whoever plays a bound login's role is still nobody: it is bound to nothing."""
    lenders = ("test_analyst", "test_bound_platform")
    try:
        for lender in lenders:
            with refused():
                settled.connect(lender).execute("grant notify_analyst, notify_platform to test_stranger")
            settled.keep().execute(f"grant {lender} to test_stranger".encode())
            stranger = settled.connect("test_stranger")
            for context in ("", str(A), str(B)):
                choose(stranger, context)
                assert seen(stranger) == set()
                stranger.execute(f"set role {lender}".encode())
                assert value(stranger, "select current_user") == lender
                assert seen(stranger) == set()
                stranger.execute("reset role")
    finally:
        settled.keep().execute(f"revoke {', '.join(lenders)} from test_stranger".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "create role mine",
        "alter role test_analyst bypassrls",
        "alter role test_analyst superuser",
        "grant notify_analyst_all to test_analyst",
        "grant notify_engine to test_analyst",
        "grant test_analyst_all to test_analyst",
        "alter role test_analyst_all password 'x'",
        "alter role all set app.current_enterprise_id = 'x'",
        "alter database postgres set app.current_enterprise_id = 'x'",
        "alter system set row_security = off",
        "set session_replication_role = replica",
        "create extension plperlu",
        "create extension postgres_fdw",
        "create extension dblink",
        "do language plpython3u 'pass'",
        "create function pg_temp.f() returns text language plpython3u as 'return 1'",
        "create function pg_temp.f(text) returns boolean leakproof language sql as 'select true'",
        "copy notify.ent_notification (id) to program 'cat'",
        "select pg_read_file('postgresql.conf')",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'test_worker'",
    ],
)
def test_taking_more_than_one_was_given(settled: Database, statement: str) -> None:
    settled.connect("test_worker")
    with refused("42501", "0A000", "58P01"):
        attacker(settled, "test_analyst").execute(statement.encode())


@pytest.mark.parametrize("login", ["test_analyst", "test_manager", "test_platform"])
def test_granting_ones_rights_on(settled: Database, login: str) -> None:
    """PostgreSQL warns and grants nothing, or refuses where the right is to columns."""
    connection = attacker(settled, login)
    relation = "ent_notification_workflow" if login == "test_manager" else "notification_overview"
    with suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"grant select on notify.{relation} to public".encode())
    with refused():
        settled.keep("test_stranger").execute(f"select * from notify.{relation}".encode())


@pytest.mark.parametrize("login", ["test_analyst", "test_bound_platform"])
def test_switching_row_level_security_off(settled: Database, login: str) -> None:
    connection = attacker(settled, login)
    connection.execute("set row_security = off")
    with refused():
        seen(connection)
    connection.execute("set row_security = on")
    assert seen(connection) == {A}


# --- planted names


def test_names_like_ours_and_like_postgresqls_in_a_temporary_schema(settled: Database) -> None:
    """Functions and views of ours find PostgreSQL's and their own, whatever stands in front of them for the caller."""
    connection = attacker(settled, "test_bound_platform")
    for statement in (
        f"create function pg_temp.current_setting(text, boolean) returns text language sql as $$ select '{B}' $$",
        "create function pg_temp.reachable_enterprises() returns uuid[] language sql as"
        f" $$ select array['{B}'::uuid] $$",
        "create function pg_temp.any_equal(uuid, uuid) returns boolean language sql as 'select true'",
        "create operator pg_temp.= (leftarg = uuid, rightarg = uuid, function = pg_temp.any_equal)",
        f"create temp table login_enterprise as select session_user::name as login, '{B}'::uuid as enterprise_id",
        "create temp table pg_roles as select session_user::name as rolname, true as rolsuper",
        f"create temp table inserted as select '{B}'::uuid as enterprise_id",
        "create temp table ent_notification as select 1 as id",
        "create type pg_temp.uuid as (x text)",
        "set search_path = pg_temp, notify, pg_catalog",
    ):
        connection.execute(statement.encode())
    assert seen(connection) == {A}
    assert value(connection, "select notify.reaches_all()") is False
    assert value(connection, "select notify.reachable_enterprises()::text") == "{" + str(A) + "}"
    assert value(connection, "select sum(scheduled_count) from notify.lane_status") == 1
    made = insert(connection)
    owner = value(
        settled.keep(), "select enterprise_id from notify.notification_delivery where notification_id = %s", made
    )
    assert owner == A
    with refused("XN003"):
        connection.execute("select notify.set_enterprise(%s)", [B])


# --- what outlives a context


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan", "auto"])
@pytest.mark.parametrize("login", ["test_platform", "test_analyst_of_two"])
def test_a_prepared_statement_used_in_another_context(settled: Database, login: str, mode: str) -> None:
    connection = settled.connect(login, A)
    connection.execute(f"set plan_cache_mode = {mode}".encode())
    connection.execute(f"prepare seen as {SEEN}".encode())
    connection.execute(
        "create function pg_temp.seen() returns uuid[] language plpgsql as"
        " $$ begin return array(select distinct enterprise_id from notify.ent_notification); end $$"
    )
    own = C if login == "test_analyst_of_two" else B
    for _ in range(3):
        for enterprise in (A, own, UUID(int=9)):
            choose(connection, str(enterprise))
            expected = {enterprise} - {UUID(int=9)}
            for _ in range(3):
                assert {row["e"] for row in rows(connection, "execute seen")} == expected
                assert set(value(connection, "select pg_temp.seen()")) == expected
    choose(connection, "")
    assert bool(rows(connection, "execute seen")) == (login == "test_analyst_of_two")


def test_a_prepared_statement_used_in_another_role(settled: Database) -> None:
    """A plan that was made without policies would be kept without them: PostgreSQL makes it anew for each role."""
    boss = settled.connect()
    boss.execute(f"prepare seen as {SEEN}".encode())
    assert {row["e"] for row in rows(boss, "execute seen")} == {A, B, C}
    boss.execute("set session authorization test_analyst")
    assert {row["e"] for row in rows(boss, "execute seen")} == {A}
    boss.execute("reset session authorization")


def test_a_connection_that_goes_back_to_the_pool(settled: Database) -> None:
    """What notify.set_enterprise chose ends with the transaction, however that ends, also behind a savepoint."""
    connection = settled.connect("test_platform")
    for end in ("commit", "rollback", "rollback to s; commit"):
        connection.execute("begin")
        connection.execute("savepoint s")
        connection.execute("select notify.set_enterprise(%s)", [A])
        assert seen(connection) == {A}
        connection.execute(end.encode())
        assert value(connection, "select coalesce(current_setting('app.current_enterprise_id', true), '')") == ""
        assert seen(connection) == set()
        with refused("XN001"):
            insert(connection)


def test_a_savepoint_brings_the_former_context_back(settled: Database) -> None:
    connection = settled.connect("test_platform")
    with connection.transaction():
        connection.execute("select notify.set_enterprise(%s)", [A])
        connection.execute("savepoint s")
        connection.execute("select notify.set_enterprise(%s)", [B])
        assert seen(connection) == {B}
        connection.execute("rollback to s")
        assert seen(connection) == {A}


def test_a_cursor_that_is_opened_in_one_context_and_fetched_in_another(settled: Database) -> None:
    """What it may read is decided at its first FETCH, for one WITH HOLD at the latest at COMMIT, and is within what the
    login reaches then; from there on it is the same."""
    query = "select enterprise_id as e from notify.ent_notification"
    for login, own in (("test_analyst_of_two", C), ("test_platform", B)):
        connection = settled.connect(login, A)
        connection.execute("begin")
        for cursor in ("early", "late"):
            connection.execute(f"declare {cursor} cursor with hold for {query}".encode())
        assert {row["e"] for row in rows(connection, "fetch 1 from early")} == {A}
        choose(connection, str(own))
        assert {row["e"] for row in rows(connection, "fetch 1 from late")} == {own}
        choose(connection, str(UUID(int=9)))
        connection.execute("commit")
        assert {row["e"] for row in rows(connection, "fetch all from early")} == {A}
        assert {row["e"] for row in rows(connection, "fetch all from late")} == {own}
        connection.execute("begin")
        connection.execute(f"declare never cursor for {query}".encode())
        assert rows(connection, "fetch all from never") == []
        connection.execute("commit")


def test_copying_a_table_out_and_in(settled: Database) -> None:
    connection = attacker(settled, "test_bound_platform")
    with connection.cursor().copy("copy notify.ent_notification (enterprise_id, name) to stdout") as copy:
        copied = b"".join(bytes(data) for data in copy).decode()
    assert str(A) in copied
    assert MARK[B] not in copied
    assert str(B) not in copied
    with refused("0A000"), connection.cursor().copy("copy notify.ent_notification (workflow_key) from stdin") as copy:
        copy.write("greeting\n")


def test_a_forgotten_context(settled: Database) -> None:
    platform = settled.connect("test_platform")
    for statement in (
        "select notify.send('greeting', array[gen_random_uuid()])",
        "select notify.retract(gen_random_uuid(), '')",
    ):
        with refused("XN001", "XN202"):
            platform.execute(statement.encode())
    for relation in ("ent_notification", "notification_delivery", "notification_content", "notification_overview"):
        assert rows(platform, f"select 1 from notify.{relation}") == []
    assert one(platform, "select sum(scheduled_count)::integer as n from notify.lane_status")["n"] == 0
