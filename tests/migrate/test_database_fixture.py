"""What the fixture `database` gives to every other test."""

from datetime import datetime, timedelta
from uuid import UUID

from tests.cluster import LOGINS, A, B, Connection, Database


def now(connection: Connection) -> datetime:
    row = connection.execute("select notify.now()").fetchone()
    assert row is not None and isinstance(row[0], datetime)
    return row[0]


def context(connection: Connection) -> UUID | None:
    row = connection.execute("select notify.current_enterprise_id()").fetchone()
    assert row is not None
    found: UUID | None = row[0]
    return found


def test_shifting_the_clock_moves_it_for_sessions_that_are_open_and_adds_up(database: Database) -> None:
    platform = database.connect("test_platform", A)
    before = now(platform)
    assert before - now(database.connect()) < timedelta(seconds=5)
    database.shift_clock(timedelta(hours=1))
    database.shift_clock(timedelta(minutes=30))
    assert timedelta(minutes=90) <= now(platform) - before < timedelta(minutes=91)


def test_the_clock_of_another_test_is_not_shifted(database: Database) -> None:
    assert database.keep().execute("select to_regclass('test.clock')").fetchone() == (None,)


def test_a_connection_has_the_context_it_was_opened_with(database: Database) -> None:
    assert context(database.connect("test_platform", A)) == A
    assert context(database.connect("test_platform", str(B), autocommit=False)) == B
    assert context(database.connect("test_platform")) is None


def test_each_login_has_its_role_and_only_that(database: Database) -> None:
    query = """
        select r.rolname, array_agg(m.roleid::regrole::text) filter (where m.roleid is not null)
        from pg_roles r left join pg_auth_members m on m.member = r.oid
        where r.rolname = any(%s) group by 1
    """
    rows = database.keep().execute(query, [list(LOGINS)]).fetchall()
    found = {login: sorted(roles or []) for login, roles in rows}
    assert found == {login: sorted(roles) for login, roles in LOGINS.items()}


def test_a_bound_login_reaches_its_enterprise(database: Database) -> None:
    database.bind("test_manager", A)
    database.bind("test_manager", A)
    manager = database.connect("test_manager")
    assert manager.execute("select notify.reachable_enterprises()").fetchone() == ([A],)
