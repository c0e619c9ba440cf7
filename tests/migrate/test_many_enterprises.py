"""Migrations of a database with data of many enterprises, whose tables are under forced row-level security.

They run as a member of notify_migrator, which bypasses the policies: a role that doesn't would change no row of
anybody's, and say nothing.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.cluster import Connection, Database
from tests.migrate.conftest import add_revision, aside, living, revisions, run
from tests.support import one, rows

from xnovu.errors import UserError

MANY = 30
# Tables whose rows are the migration's own, and the one that a role took the place of.
NOT_COMPARED = {"migration_file", "migration_fact", "alembic_version", "login_scope"}

# Rows of MANY enterprises in every table of the first release; without triggers, so that they stay as they are given.
FILL = f"""
set session_replication_role = replica;
create temporary view enterprise as
select n, ('eeeeeeee-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid as id from generate_series(1, {MANY}) as n;

insert into notify.ent_notification_workflow
  (enterprise_id, id, workflow_key, name, default_channels, publish_status, published_version)
select id, id, 'alarm', 'Alarm of ' || n, array['SMS'], 'PUBLISHED', 1 from enterprise;
insert into notify.ent_notification_template (enterprise_id, id, template_key, channel_type, name, body_template)
select id, id, 'alarm', 'SMS', 'Alarm', 'Enterprise ' || n from enterprise;
insert into notify.notification_workflow_version
  (enterprise_id, workflow_id, version, default_channels, bundle, bundle_hash)
select id, id, 1, array['SMS'], json_build_object('n', n), md5(n::text) from enterprise;
insert into notify.ent_notification_rule (enterprise_id, id, name, workflow_enterprise_id, workflow_id, trigger_type)
select id, id, 'Rule ' || n, id, id, 'EVENT' from enterprise;
insert into notify.ent_notification
  (enterprise_id, id, name, workflow_key, workflow_enterprise_id, workflow_id, rule_id, payload, recipients)
select e.id, m.id, m.name, 'alarm', e.id, e.id, e.id, jsonb_build_object('n', e.n), array[e.id]
from enterprise as e
cross join lateral (
  values (e.id, 'one of ' || n), ('00000000-0000-4000-8000-000000000001', 'the same id')
) as m (id, name);
insert into notify.notification_delivery (enterprise_id, notification_id, number, lane, recipients)
select id, id, 1, 'normal', array[id] from enterprise;
insert into notify.notification_content
  (enterprise_id, notification_id, rendered_at, workflow_enterprise_id, workflow_id, workflow_version, content)
select id, id, now() - interval '30 days', id, id, 1, json_build_object('n', n) from enterprise;
insert into notify.notification_history (enterprise_id, notification_id, happened_at, from_status, to_status, actor)
select id, id, now() - interval '30 days', 'PENDING', 'PROCESSING', 'worker ' || n from enterprise;
insert into notify.notification_claim (worker, lane, claimed_at, leased_until, open_count, keys)
select 'worker ' || n, 'normal', now(), now(), 1, array[(id, id, 1)::engine.delivery_key] from enterprise;
insert into notify.notification_worker (worker, started_at, beaten_at)
select 'worker ' || n, now(), now() from enterprise;
insert into notify.login_enterprise (enterprise_id, login) select id, 'login ' || n from enterprise;
reset session_replication_role;
"""

# The same in the tables of this release: columns that later revisions made, and tables.
FILL_NOW = (
    FILL.replace(
        "(enterprise_id, workflow_id, version, default", "(name, priority, enterprise_id, workflow_id, version, default"
    )
    .replace("select id, id, 1, array['SMS'], json", "select 'Alarm', 'NORMAL', id, id, 1, array['SMS'], json")
    .replace(
        "reset session_replication_role;",
        """
        insert into notify.notification_setting (enterprise_id, locale) select id, 'da' from enterprise;
        insert into notify.notification_target (enterprise_id, target) select id, 'target-' || n from enterprise;
        insert into notify.notification_audit (enterprise_id, table_name, action, row_key)
        select id, 'a table', 'INSERT', '{}' from enterprise;
        reset session_replication_role;
        """,
    )
)

# What the first release's living files had made and those of later ones don't; its tables were under forced policies.
FIRST_RELEASE = """
insert into notify.login_scope (login, scope) values ('test_platform', 'TRUSTED'), ('test_admin', 'ALL');
do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid from pg_class as c
    where c.relnamespace = 'notify'::regnamespace and c.relkind in ('r', 'p') and c.relname not like 'migration%'
      and c.relname <> 'alembic_version'
  loop
    execute format('alter table %s enable row level security, force row level security', v_table);
  end loop;
end
$$;
create function notify.reach_low() returns uuid language sql return null::uuid;
create function notify.reach_high() returns uuid language sql return null::uuid;
create policy "an analyst and an admin read what they reach" on notify.ent_notification
for select to notify_admin using (enterprise_id between notify.reach_low() and notify.reach_high());
create policy "an analyst and an admin read what they reach" on notify.notification_delivery
for select to notify_admin using (enterprise_id between notify.reach_low() and notify.reach_high());
create policy "an analyst and an admin read what they reach" on notify.notification_history
for select to notify_admin using (enterprise_id between notify.reach_low() and notify.reach_high());
create policy "a login stays within what it reaches" on notify.ent_notification
as restrictive for all to notify_owner, notify_platform using (true);
create policy "a login stays within what it reaches" on notify.notification_content
as restrictive for all to notify_platform using (true);
create policy "an admin reaches every enterprise and what is shared" on notify.ent_notification_workflow
for all to notify_admin using (true);
insert into notify.migration_file (path, sha256)
select path, 'of then' from unnest(
  array['10_access/reach_bounds.sql', '10_access/login_scope.sql', '30_notification/check_context.sql']
) as path;
"""
# Rights that its living files gave and those of later ones don't.
FIRST_RIGHTS = """
grant select on notify.notification_history to notify_platform, notify_analyst, notify_admin;
grant update on notify.login_enterprise to notify_admin;
create function notify.check_context() returns trigger language plpgsql as 'begin return null; end';
create function notify.fill_workflow() returns trigger language plpgsql as 'begin return new; end';
create function notify.refuse_transition() returns trigger language plpgsql as 'begin return new; end';
create function notify.touch_updated_at() returns trigger language plpgsql as 'begin return new; end';
alter function notify.check_context() owner to notify_owner;
alter function notify.fill_workflow() owner to notify_owner;
alter function notify.refuse_transition() owner to notify_owner;
alter function notify.touch_updated_at() owner to notify_owner;
revoke execute on all functions in schema notify from public;
grant execute on function notify.check_context() to notify_platform;
grant execute on function notify.fill_workflow() to notify_platform;
grant execute on function notify.refuse_transition() to notify_engine;
grant execute on function notify.touch_updated_at() to notify_admin, notify_manager;
"""

UPDATE = "update notify.ent_notification set building = 'moved'"
ORPHAN = "delete from notify.ent_notification where name = 'one of 17'"
REFERENCE = """
alter table notify.notification_delivery add constraint "the notification exists"
foreign key (enterprise_id, notification_id) references notify.ent_notification (enterprise_id, id)
"""
IN_TWO_STEPS = f"{REFERENCE} not valid; alter table notify.notification_delivery validate constraint "
IN_TWO_STEPS += '"the notification exists"'


@pytest.fixture
def first(empty_database: Database, release: Path, deployer: str) -> Database:
    """A database as the first release left it, with data of many enterprises."""
    with aside(release, [*living(release), *revisions(release)]):
        run(empty_database)
    with aside(release, [*living(release), *revisions(release)[1:]]):
        assert run(empty_database, deployer) == ["applied revision 0001"]
    empty_database.connect().execute(FIRST_RELEASE + FILL)
    return empty_database


@pytest.fixture
def filled(database: Database) -> Database:
    """A database of this release with data of many enterprises."""
    database.keep().execute(FILL_NOW)
    return database


def compared_tables(connection: Connection) -> dict[str, str]:
    """The tables whose rows a migration is to leave alone, each with its columns."""
    found = rows(
        connection,
        """
        select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
        from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'notify'::regnamespace and c.relkind in ('r', 'p') group by c.relname
        """,
    )
    return {row["name"]: row["columns"] for row in found if row["name"] not in NOT_COMPARED}


def checksums(connection: Connection, tables: dict[str, str]) -> dict[str, Any]:
    """How many rows each table has, and a checksum of their columns."""
    query = "select count(*) as n, md5(string_agg(t::text, '|' order by t::text)) as sum from "
    return {
        name: one(connection, f"{query} (select {columns} from notify.{name}) as t") for name, columns in tables.items()
    }


def head(database: Database) -> str:
    return str(one(database.keep(), "select version_num from notify.alembic_version")["version_num"])


def schema_of(database: Database) -> dict[str, list[str]]:
    """What pg_dump says of the schema, object by object, without what differs between two runs of one release.

    That is: comments, the random word of \\restrict, the days of the partitions and how many there are (a database that
    was made before midnight has one more), and the order in a list of rights, which is the one in which they were
    granted.
    """
    command = [str(database.cluster.bin / "pg_dump"), "--schema-only", "--dbname", database.url()]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    text = re.sub(r"(?m)^\\(un)?restrict .*$", "", text)
    text = re.sub(r"\d{4}-\d\d-\d\d 00:00:00\+00", "DAY", re.sub(r"_20\d{6}(?!\d)", "_DAY", text))
    _, *parts = re.split(r"(?m)^-- (Name: .*)$", text)
    dumped: dict[str, list[str]] = {}
    partitions = set()
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if "_DAY" in name and (name, body) in partitions:
            continue
        partitions.add((name, body))
        lines = [line for line in body.splitlines() if line and not line.startswith("--")]
        is_rights = "Type: ACL" in name or "Type: DEFAULT ACL" in name
        dumped.setdefault(name, []).extend(sorted(lines) if is_rights else lines)
    return dumped


def differences(database: Database, other: Database) -> dict[str, tuple[Any, Any]]:
    ours, theirs = schema_of(database), schema_of(other)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in ours.keys() | theirs.keys()
        if ours.get(name) != theirs.get(name)
    }


# --- from the first release to this one


def test_an_upgrade_leaves_every_row_of_every_enterprise_as_it_was(first: Database, deployer: str) -> None:
    superuser = first.connect()
    tables = compared_tables(superuser)
    before = checksums(superuser, tables)
    of_enterprises = [name for name, columns in tables.items() if "enterprise_id" in columns.split(", ")]
    assert len(of_enterprises) == 9
    for name in of_enterprises:
        counted = one(superuser, f"select count(distinct enterprise_id) as n from notify.{name}")
        assert counted["n"] == MANY, name
    assert all(row["n"] for row in before.values())
    run(first, deployer)
    assert checksums(superuser, tables) == before


def test_an_upgraded_database_has_the_schema_of_a_new_one(first: Database, deployer: str, database: Database) -> None:
    assert len(differences(first, database)) > 100
    run(first, deployer)
    assert differences(first, database) == {}
    assert run(first) == ["nothing to do"]
    another_day = "select notify.make_partition('notification_content', 'notification_content_20990101', '2099-01-01')"
    first.connect().execute(f"set role notify_owner; {another_day}".encode())
    assert differences(first, database) == {}


def test_an_upgrade_takes_back_the_rights_that_this_release_does_not_give(
    first: Database, deployer: str, database: Database
) -> None:
    first.connect().execute(FIRST_RIGHTS)
    run(first, deployer)
    assert differences(first, database) == {}


def test_an_upgrade_queues_what_novu_must_be_told_of_the_workflows_that_are_published(
    first: Database, deployer: str
) -> None:
    run(first, deployer)
    queued = "select state, wanted, wanted_version, count(*) as n from notify.workflow_sync_status group by 1, 2, 3"
    assert one(first.connect("test_admin"), queued) == {
        "state": "WAITING",
        "wanted": "ACTIVE",
        "wanted_version": 1,
        "n": MANY,
    }


def test_after_an_upgrade_each_of_many_enterprises_is_seen_alone(first: Database, deployer: str) -> None:
    run(first, deployer)
    forced = "select count(*) as n from pg_class where relnamespace = 'notify'::regnamespace and relforcerowsecurity"
    assert one(first.connect(), forced)["n"] > len(compared_tables(first.connect())) - 1
    platform = first.connect("test_platform")
    seen = "select array_agg(distinct enterprise_id::text) as e, count(*) as n from notify.notification_overview"
    assert one(platform, seen) == {"e": None, "n": 0}
    for row in rows(first.connect(), "select distinct enterprise_id::text as e from notify.ent_notification"):
        platform.execute("select set_config('app.current_enterprise_id', %s, false)", [row["e"]])
        assert one(platform, seen) == {"e": [row["e"]], "n": 2}
    assert one(first.connect("test_admin"), seen)["n"] == 2 * MANY


# --- a revision that changes rows, or looks at them


def test_a_revisions_update_reaches_the_rows_of_every_enterprise(
    filled: Database, release: Path, deployer: str
) -> None:
    add_revision(release, "9001", head(filled), UPDATE)
    run(filled, deployer)
    counted = (
        "select count(*) as n, count(distinct enterprise_id) as e from notify.ent_notification where building = 'moved'"
    )
    assert one(filled.connect(), counted) == {"n": 2 * MANY, "e": MANY}


def test_a_revision_may_change_what_is_audited_and_leaves_a_trail(
    filled: Database, release: Path, deployer: str
) -> None:
    add_revision(release, "9001", head(filled), "update notify.ent_notification_workflow set description = 'moved'")
    run(filled, deployer)
    changed = "select count(*) as n from notify.ent_notification_workflow where description = 'moved'"
    recorded = "select count(*) as n from notify.notification_audit where after ->> 'description' = 'moved'"
    assert one(filled.connect(), changed) == one(filled.connect(), recorded)
    assert one(filled.connect(), changed)["n"] > MANY // 2


def test_a_revision_may_change_templates_which_are_looked_at_when_saved(
    filled: Database, release: Path, deployer: str
) -> None:
    body = "update notify.ent_notification_template set body_template = body_template || ' {{ broken | uper }}'"
    add_revision(release, "9001", head(filled), body)
    run(filled, deployer)
    changed = "select count(*) as n from notify.ent_notification_template where body_template like '%uper%'"
    assert one(filled.connect(), changed)["n"] == MANY


@pytest.mark.parametrize("constraint", [REFERENCE, IN_TWO_STEPS], ids=["at once", "in two steps"])
def test_a_foreign_key_finds_the_orphan_of_one_enterprise_and_nothing_of_its_revision_stays(
    filled: Database, release: Path, deployer: str, constraint: str
) -> None:
    filled.connect().execute(ORPHAN)
    before = head(filled)
    add_revision(release, "9001", before, f"{UPDATE}; {constraint}")
    with pytest.raises(UserError, match=r"9001\.py.*the notification exists.*-000000000017"):
        run(filled, deployer)
    assert head(filled) == before
    superuser = filled.connect()
    kept = "select from pg_constraint where conname = 'the notification exists'"
    assert rows(superuser, kept) == []
    assert rows(superuser, "select from notify.ent_notification where building = 'moved'") == []
    superuser.execute("delete from notify.notification_delivery where enterprise_id::text like '%17'")
    run(filled, deployer)
    assert one(superuser, "select convalidated from pg_constraint where conname = 'the notification exists'")


# --- why notify_migrator bypasses row-level security: what would happen to whom does not


def as_owner(database: Database, row_security: str) -> Connection:
    """A deployer's connection that acts as the owner of the tables, who is under their policies as anybody is."""
    connection = database.connect("test_deployer")
    connection.execute("set role notify_owner")
    connection.execute(f"set row_security = {row_security}".encode())
    return connection


def test_the_owner_would_update_no_row_at_all_and_be_told_nothing(filled: Database, deployer: str) -> None:
    assert as_owner(filled, "on").execute(UPDATE).rowcount == 0
    assert filled.connect().execute(UPDATE).rowcount == 2 * MANY


@pytest.mark.parametrize("constraint", [REFERENCE, IN_TWO_STEPS], ids=["at once", "in two steps"])
def test_the_owner_would_validate_a_foreign_key_without_seeing_the_orphan(
    filled: Database, deployer: str, constraint: str
) -> None:
    filled.connect().execute(ORPHAN)
    as_owner(filled, "on").execute(constraint.encode())
    superuser = filled.connect()
    assert one(superuser, "select convalidated from pg_constraint where conname = 'the notification exists'")
    orphans = "select from notify.notification_delivery where (enterprise_id, notification_id) not in"
    assert len(rows(superuser, f"{orphans} (select enterprise_id, id from notify.ent_notification)")) == 1


@pytest.mark.parametrize("statement", [UPDATE, REFERENCE, IN_TWO_STEPS], ids=["update", "at once", "in two steps"])
def test_with_row_security_off_the_owner_is_refused_instead(filled: Database, deployer: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="affected by row-level security"):
        as_owner(filled, "off").execute(statement.encode())


def test_a_file_that_reads_rows_as_a_role_under_the_policies_fails_instead_of_missing_them(
    filled: Database, release: Path, deployer: str
) -> None:
    reads = "set local role notify_owner; create table notify.seen as select count(*) from notify.ent_notification;"
    (release / "sql/99_last.sql").write_text(reads, encoding="utf-8")
    with pytest.raises(UserError, match=r"99_last\.sql.*affected by row-level security policy"):
        run(filled, deployer)
    assert one(filled.connect(), "select to_regclass('notify.seen') as made") == {"made": None}
