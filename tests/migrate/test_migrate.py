"""What `xnovu migrate` does to a database, and when it refuses."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pgmq.install import get_embedded_sql_version, install_pgmq_from_sql
from tests.cluster import A, Cluster, Database
from tests.migrate.conftest import add_revision, revisions, run

from xnovu.errors import UserError
from xnovu.migrate import migrate

SNAPSHOT = """
select string_agg(format('%s %s %s', n.nspname, c.relname, c.relkind), ',' order by 1)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


def objects(database: Database) -> object:
    return database.keep().execute(SNAPSHOT).fetchone()


def recorded_facts(database: Database) -> dict[str, str]:
    return {name: value for name, value in database.keep().execute("select name, value from notify.migration_fact")}


def test_a_fresh_database_gets_everything(empty_database: Database) -> None:
    lines = run(empty_database)
    assert any(line.startswith("installed pgmq") for line in lines)
    assert "applied 5 files of sql/bootstrap" in lines
    assert any(line.startswith("applied revision 0001") for line in lines)
    assert any(line.endswith("files of sql/10_access") for line in lines)
    assert "nothing to do" not in lines


def test_the_second_run_finds_nothing_to_do_within_a_second(database: Database) -> None:
    started = time.monotonic()
    assert run(database) == ["nothing to do"]
    assert time.monotonic() - started < 1


@pytest.mark.usefixtures("no_collection")
def test_two_at_once_do_the_work_once(empty_database: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: run(empty_database), range(2))
    fewer, more = sorted((first, second), key=len)
    assert fewer == ["waiting for another migration of this database to end", "nothing to do"]
    assert any(line.endswith("files of sql/10_access") for line in more)


def test_the_version_of_pgmq_is_recorded(database: Database) -> None:
    facts = recorded_facts(database)
    assert facts["pgmq_version"] == get_embedded_sql_version()
    assert facts["pgmq_source"] in ("extension", "package")


def test_a_pgmq_that_was_there_before_is_left_alone_and_recorded(empty_database: Database) -> None:
    connection = empty_database.connect(autocommit=False)
    install_pgmq_from_sql(conn=connection)
    connection.commit()
    lines = run(empty_database)
    assert not any(line.startswith("installed pgmq") for line in lines)
    assert any("doesn't say its version" in line for line in lines)
    facts = recorded_facts(empty_database)
    assert (facts["pgmq_version"], facts["pgmq_source"]) == ("unknown", "unknown")


def test_an_older_pgmq_is_reported_and_not_upgraded(database: Database) -> None:
    database.keep().execute("update notify.migration_fact set value = '1.4.4' where name = 'pgmq_version'")
    lines = run(database)
    assert len(lines) == 2
    assert lines[0].startswith("pgmq is 1.4.4")
    assert lines[1] == "nothing to do"


def test_without_a_superuser_the_first_part_is_refused_before_anything_changes(
    empty_database: Database, deployer: str
) -> None:
    before = objects(empty_database)
    with pytest.raises(UserError, match=r"superuser once.*sql/bootstrap/10_roles\.sql \(new\).*pgmq") as raised:
        run(empty_database, deployer)
    assert "superuser's DATABASE_URL" in (raised.value.hint or "")
    assert objects(empty_database) == before


def test_without_a_superuser_a_changed_first_part_is_refused_before_anything_changes(
    database: Database, deployer: str, release: Path
) -> None:
    change(release / "sql/bootstrap/10_roles.sql", lambda text: text + "\n-- changed\n")
    change(release / "sql/10_access/now.sql", lambda text: text + "\n-- changed\n")
    ledger = "select path, sha256 from notify.migration_file order by path"
    before = database.keep().execute(ledger).fetchall()
    with pytest.raises(UserError, match=r"sql/bootstrap/10_roles\.sql \(changed\)"):
        run(database, deployer)
    assert database.keep().execute(ledger).fetchall() == before


def test_after_the_first_part_a_member_of_notify_migrator_does_the_rest(bootstrapped: Database, deployer: str) -> None:
    lines = run(bootstrapped, deployer)
    assert any(line.startswith("applied revision 0001") for line in lines)
    assert not any("bootstrap" in line for line in lines)
    assert run(bootstrapped) == ["nothing to do"]


def test_a_deployers_database_has_the_same_owners_as_a_superusers(
    bootstrapped: Database, deployer: str, database: Database
) -> None:
    run(bootstrapped, deployer)
    owners = """
        select n.nspname, c.relname, c.relowner::regrole::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2
    """
    assert bootstrapped.connect().execute(owners).fetchall() == database.keep().execute(owners).fetchall()


def test_a_login_outside_notify_migrator_is_told_which_grant_it_needs(database: Database) -> None:
    with pytest.raises(UserError, match="test_stranger may not migrate") as raised:
        run(database, "test_stranger")
    assert "grant notify_migrator to test_stranger" in (raised.value.hint or "")


def test_a_changed_file_is_applied_again_and_no_other(database: Database, release: Path) -> None:
    change(release / "sql/10_access/now.sql", lambda text: text.replace("The time", "The very time"))
    assert run(database) == ["applied sql/10_access/now.sql"]
    row = database.keep().execute("select obj_description('notify.now()'::regprocedure)").fetchone()
    assert row is not None and row[0].startswith("The very time")
    assert run(database) == ["nothing to do"]


def test_a_file_may_use_what_a_later_one_creates(database: Database, release: Path) -> None:
    write(release / "sql/99_order/a.sql", "create view notify.a as select notify.b() as b;")
    write(release / "sql/99_order/b.sql", "create function notify.b() returns int language sql return notify.c();")
    write(release / "sql/99_order/c.sql", "create function notify.c() returns int language sql return 3;")
    assert sorted(run(database)) == [f"applied sql/99_order/{name}.sql" for name in "abc"]
    assert database.keep().execute("select b from notify.a").fetchone() == (3,)


def test_files_that_miss_what_no_file_creates_are_all_named(database: Database, release: Path) -> None:
    write(release / "sql/99_order/a.sql", "create view notify.a as select notify.b() as b;")
    write(release / "sql/99_order/b.sql", "create function notify.b() returns int language sql return notify.c();")
    with pytest.raises(
        UserError, match=r"a\.sql, line 1: function notify\.b\(\) does.*b\.sql: function notify\.c\(\) does"
    ):
        run(database)


def test_a_broken_file_is_named_with_its_line_and_nothing_of_the_step_stays(database: Database, release: Path) -> None:
    change(release / "sql/10_access/new_id.sql", lambda text: text + "create table notify.leftover ();\n")
    change(release / "sql/10_access/now.sql", lambda text: "-- one\n-- two\nselect nonsense;\n")
    with pytest.raises(UserError, match=r'sql/10_access/now\.sql, line 3: column "nonsense" does not exist'):
        run(database)
    assert database.keep().execute("select to_regclass('notify.leftover')").fetchone() == (None,)
    (release / "sql/10_access/now.sql").unlink()
    assert "applied sql/10_access/new_id.sql" in run(database)


def head_of(release: Path) -> str:
    """The number of its last revision."""
    return revisions(release)[-1].name.partition("_")[0]


def test_a_broken_revision_is_named_with_its_line_and_leaves_the_ones_before_it(
    database: Database, release: Path
) -> None:
    add_revision(release, "9001", head_of(release), "create table notify.kept ()")
    add_revision(release, "9002", "9001", "create table notify.lost (); select nonsense")
    with pytest.raises(UserError, match=r'alembic/versions/9002\.py, line \d+: column "nonsense" does not exist'):
        run(database)
    tables = "select to_regclass('notify.kept') is not null, to_regclass('notify.lost') is not null"
    assert database.keep().execute(tables).fetchone() == (True, False)


def test_a_database_of_a_later_release_is_refused(database: Database) -> None:
    database.keep().execute("update notify.alembic_version set version_num = 'later'")
    with pytest.raises(UserError, match="later") as raised:
        run(database)
    assert "later release" in (raised.value.hint or "")


def test_a_file_that_is_gone_from_the_release_is_reported(database: Database, release: Path) -> None:
    (release / "sql/10_access/now.sql").unlink()
    lines = run(database)
    assert lines[0].startswith("sql/10_access/now.sql is no longer part of this release")
    assert lines[1:] == ["nothing to do"]


def test_row_security_never_hides_rows_from_a_file(database: Database, release: Path) -> None:
    database.bind("somebody", A)
    add = "create table notify.seen as select login from notify.login_enterprise;"
    (release / "sql/99_last.sql").write_text(add, encoding="utf-8")
    run(database)
    assert database.keep().execute("select login from notify.seen").fetchall() == [("somebody",)]


def test_a_lock_that_is_held_gives_up_and_says_so(database: Database, release: Path) -> None:
    (release / "sql/99_last.sql").write_text(
        "set local lock_timeout = '50ms'; lock table notify.login_enterprise;", encoding="utf-8"
    )
    holder = database.connect(autocommit=False)
    holder.execute("lock table notify.login_enterprise")
    with pytest.raises(UserError, match=r"sql/99_last\.sql.*lock timeout") as raised:
        run(database)
    assert "run it again" in (raised.value.hint or "")


def test_missing_python_packages_of_the_server_are_named(database: Database, release: Path) -> None:
    write(release / "sql/template_engine/xnovu_template/probe.py", "import a_package_that_nobody_has\n")
    with pytest.raises(UserError, match=r"can't import: a_package_that_nobody_has") as raised:
        run(database)
    assert "requirements-server.txt" in (raised.value.hint or "")
    assert "PYTHONPATH" in (raised.value.hint or "")


def test_an_unreachable_server_and_a_malformed_url_are_told_without_the_password() -> None:
    with pytest.raises(UserError, match="Can't connect"):
        migrate("postgresql://someone:secret@127.0.0.1:1/x", lambda line: None)
    with pytest.raises(UserError, match="not a PostgreSQL connection string") as raised:
        migrate("host=a secret", lambda line: None)
    assert "secret" not in str(raised.value)


def test_a_key_value_connection_string_does_as_well(database: Database) -> None:
    lines: list[str] = []
    cluster = database.cluster
    migrate(f"host={cluster.socket_folder} port={cluster.port} user=postgres dbname={database.name}", lines.append)
    assert lines == ["nothing to do"]


def test_a_database_in_another_encoding_is_refused(migrated: Cluster) -> None:
    with migrated.admin() as connection:
        connection.execute("create database test_latin encoding 'LATIN1' locale 'C' template template0")
    try:
        with pytest.raises(UserError, match="encoding is LATIN1"):
            migrate(migrated.url("test_latin"), lambda line: None)
    finally:
        migrated.drop_database("test_latin")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path: Path, how: Callable[[str], str]) -> None:
    path.write_text(how(path.read_text(encoding="utf-8")), encoding="utf-8")
