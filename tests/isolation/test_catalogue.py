"""What must hold for every object of ours, read from PostgreSQL's catalogue: what comes without it turns this red."""

import re

import pytest
from tests.cluster import Database
from tests.support import Row, rows

OURS = "('notify', 'notify_partition', 'engine', 'template', 'worker_v1', 'http_v1')"
# Not a superuser, nor one who migrates, who is a member of the owners.
ORDINARY = "not r.rolsuper and not pg_has_role(r.oid, 'notify_migrator', 'member')"
_ACCESS = "reached_enterprise_id|is_admin|is_listed|reachable_enterprises|reaches_all|highest_reached|lowest_reached"
BINDINGS = r"e\.enterprise_id\s+FROM notify\.login_enterprise e\)"
BOUND = ("notify_platform", "notify_manager", "notify_analyst")
CALLED = rf"notify\.(?:{_ACCESS})\(\)"

# The forms in which a policy asks first, as PostgreSQL prints them.
_REACHED = "(enterprise_id OPERATOR(notify.~=) ( SELECT notify.reached_enterprise_id() AS reached_enterprise_id))"
_SHARED = "(enterprise_id OPERATOR(notify.~=) '00000000-0000-0000-0000-000000000000'::uuid)"
GUARDS = {
    _REACHED,
    f"({_REACHED} OR ({_SHARED} AND ( SELECT notify.is_listed() AS is_listed)))",
    "(enterprise_id = ANY (ARRAY( SELECT e.enterprise_id FROM notify.login_enterprise e)))",
    '(login OPERATOR(notify.~=) ( SELECT SESSION_USER AS "session_user"))',
}

# Tables, views and columns that hold an enterprise's rows.
TENANTS = f"""
select c.oid, c.relkind, c.oid::regclass::text as name, a.attnum
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attname = 'enterprise_id'
where n.nspname in {OURS} and c.relkind in ('r', 'p')
"""


def names(database: Database, query: str) -> list[str]:
    return sorted(row["name"] for row in rows(database.keep(), query))


@pytest.fixture
def policies(database: Database) -> list[Row]:
    """The policies of schema notify: table, name, roles, command, kind and expressions."""
    return rows(database.keep(), "select * from pg_policies where schemaname like 'notify%' order by 2, 3")


# --- tables


def test_every_table_but_the_ledger_has_row_level_security_enabled_and_forced(database: Database) -> None:
    assert names(
        database,
        f"""
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in {OURS} and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
        """,
    ) == ["notify.alembic_version", "notify.migration_fact", "notify.migration_file"]


def test_every_key_of_a_table_with_an_enterprise_is_led_by_it(database: Database) -> None:
    # The one exception keeps two enterprises from one target. Only an admin writes there, so it tells a tenant nothing.
    assert names(
        database,
        f"""
        select i.indexrelid::regclass::text as name from pg_index as i join ({TENANTS}) as t on t.oid = i.indrelid
        where i.indisunique and i.indkey[0] <> t.attnum
        """,
    ) == ['notify."a target belongs to one enterprise"']
    writers = rows(
        database.keep(),
        f"""
        select r.rolname from pg_roles as r
        where {ORDINARY} and has_any_column_privilege(r.oid, 'notify.notification_target', 'insert, update')
          and r.rolname like 'notify%' and r.rolname <> 'notify_owner'
        """,
    )
    assert [row["rolname"] for row in writers] == ["notify_admin"]


def test_every_foreign_key_between_enterprises_tables_is_led_by_the_enterprise(database: Database) -> None:
    keys = rows(
        database.keep(),
        f"""
        select k.conname as name, ours.attname as ours, theirs.attname as theirs
        from pg_constraint as k
        join ({TENANTS}) as t on t.oid = k.confrelid
        join pg_attribute as theirs on theirs.attrelid = k.confrelid and theirs.attnum = k.confkey[1]
        join pg_attribute as ours on ours.attrelid = k.conrelid and ours.attnum = k.conkey[1]
        where k.contype = 'f'
        """,
    )
    assert len(keys) >= 5
    assert [k for k in keys if k["theirs"] != "enterprise_id" or not k["ours"].endswith("enterprise_id")] == []


def test_a_reference_to_what_may_be_shared_is_checked_to_be_the_rows_own_or_shared(database: Database) -> None:
    references = rows(
        database.keep(),
        """
        select c.oid::regclass::text || '.' || a.attname as name,
          (
            select array_agg(pg_get_constraintdef(k.oid)) from pg_constraint as k
            where k.conrelid = c.oid and k.contype = 'c'
          ) as checks
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join pg_attribute as a on a.attrelid = c.oid and a.attname like '%\\_enterprise\\_id'
        where n.nspname = 'notify' and c.relkind = 'r' and exists (
          select from pg_constraint as f where f.conrelid = c.oid and f.contype = 'f' and f.conkey[1] = a.attnum
        )
        """,
    )
    assert {r["name"] for r in references} == {
        "notify.ent_notification.workflow_enterprise_id",
        "notify.ent_notification_rule.workflow_enterprise_id",
    }
    own = r"\(\(workflow_enterprise_id = enterprise_id\) OR "
    own_or_shared = own + r"\(workflow_enterprise_id = '0{8}-0000-0000-0000-0{12}'::uuid\)\)"
    assert [r["name"] for r in references if not re.search(own_or_shared, str(r["checks"]))] == []


def test_the_planner_keeps_no_statistics_of_what_belongs_to_tenants(database: Database) -> None:
    connection = database.connect()
    connection.execute("select notify.make_partitions()")
    columns = f"""
        select t.name || '.' || a.attname as name from ({TENANTS}) as t
        join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    """
    assert len(names(database, columns)) > 150
    assert names(database, f"{columns} where a.attstattarget <> 0") == []
    kept = f"select 1 from pg_statistic_ext as s join ({TENANTS}) as t on t.oid = s.stxrelid"
    assert rows(connection, kept) == []


def test_a_partition_is_read_through_its_parent_alone(database: Database) -> None:
    partitions = rows(
        database.keep(),
        """
        select c.oid::regclass::text as name, c.relacl,
          exists (select from pg_policy as p where p.polrelid = c.oid) as has_policy
        from pg_class as c where c.relnamespace = 'notify_partition'::regnamespace and c.relkind = 'r'
        """,
    )
    assert len(partitions) >= 10
    assert [p["name"] for p in partitions if p["relacl"] is not None or p["has_policy"]] == []


# --- policies


def test_what_a_policy_calls_it_calls_once_a_statement(policies: list[Row]) -> None:
    called = [str(p[part]) for p in policies for part in ("qual", "with_check") if p[part] and "notify." in p[part]]
    assert len(called) > 45
    for expression in called:
        rest = expression.replace("OPERATOR(notify.~=)", "")
        rest = re.sub(rf"ARRAY\( SELECT {BINDINGS}", "", rest)
        for wrapped in _selects(expression):
            rest = rest.replace(wrapped, "")
        assert "notify." not in rest, expression


def _selects(expression: str) -> list[str]:
    """The uncorrelated sub-selects of a policy, as PostgreSQL prints them: ( SELECT notify.f() AS f)."""
    return re.findall(rf"\( SELECT {CALLED} AS \w+\)", expression)


def test_no_policy_calls_a_volatile_function(database: Database) -> None:
    called = rows(
        database.keep(),
        """
        select f.oid::regprocedure::text as name, f.provolatile as v
        from pg_depend as d join pg_proc as f on f.oid = d.refobjid
        where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_proc'::regclass
        """,
    )
    assert {row["v"] for row in called} == {"s"}


def test_only_the_engines_policies_let_everything_through(policies: list[Row]) -> None:
    through = [p for p in policies if "true" in (p["qual"], p["with_check"])]
    assert through
    assert [(p["tablename"], p["policyname"]) for p in through if p["roles"] != ["notify_engine"]] == []
    assert [p["policyname"] for p in policies if "public" in p["roles"]] == []


def test_each_policy_is_named_as_the_sentence_that_it_asserts(policies: list[Row]) -> None:
    assert [p["policyname"] for p in policies if len(p["policyname"].split()) < 3] == []


def test_a_bound_login_is_held_by_a_restrictive_policy_that_comes_before_its_own_conditions(
    database: Database, policies: list[Row]
) -> None:
    """On each table whose rows it may touch, in the form that no condition of the caller comes before."""
    tenants = {row["name"].partition(".")[2] for row in rows(database.keep(), TENANTS)}
    reached = {(p["tablename"], role) for p in policies if p["permissive"] == "PERMISSIVE" for role in p["roles"]}
    held = {
        (p["tablename"], role)
        for p in policies
        if p["permissive"] == "RESTRICTIVE" and p["cmd"] == "ALL" and p["with_check"] is None
        for role in p["roles"]
        if " ".join(p["qual"].split()) in GUARDS
    }
    wanted = {(table, role) for table, role in reached if table in tenants and role in BOUND}
    assert len(wanted) >= 12
    assert wanted - held == set()


def test_who_reads_all_and_the_owner_are_held_by_what_the_login_reaches(
    database: Database, policies: list[Row]
) -> None:
    tenants = {row["name"].partition(".")[2] for row in rows(database.keep(), TENANTS)}
    asked = r"reached_enterprise_id|lowest_reached|session_user|SESSION_USER"
    loose = [
        (p["tablename"], p["policyname"])
        for p in policies
        if p["tablename"] in tenants and not {*p["roles"]} <= {*BOUND, "notify_engine"}
        if not all(re.search(asked, e) for e in (p["qual"], p["with_check"]) if e is not None)
    ]
    assert loose == []


def test_a_bound_login_reads_a_table_by_one_policy(policies: list[Row]) -> None:
    """Two would be joined by OR, which no index can serve: rows of others would be read, and filtered out."""
    reads: dict[tuple[str, str], list[str]] = {}
    for p in policies:
        if p["permissive"] == "PERMISSIVE" and p["cmd"] in ("SELECT", "ALL"):
            for role in {*p["roles"]} & {*BOUND}:
                reads.setdefault((p["tablename"], role), []).append(p["policyname"])
    assert len(reads) >= 12
    assert {key: names for key, names in reads.items() if len(names) > 1} == {}


def test_the_operators_of_the_policies_have_no_price(database: Database) -> None:
    query = "select procost from pg_proc where proname in ('same_enterprise', 'same_login', 'uuid_eq')"
    costs = [row["procost"] for row in rows(database.keep(), query)]
    assert costs == [0, 0, 0]  # as cheap as anything can be; at the same price a policy comes first


def test_a_policy_stands_behind_every_right(database: Database) -> None:
    """A role that is granted a command on a table with policies has one that lets some rows through; otherwise the
    grant is a mistake."""
    missing = rows(
        database.keep(),
        """
        select c.relname, r.rolname, k.command
        from pg_class as c
        cross join pg_roles as r
        cross join (values ('select', 'r'), ('insert', 'a'), ('update', 'w'), ('delete', 'd')) as k (command, letter)
        where c.relnamespace = 'notify'::regnamespace and c.relrowsecurity
          and r.rolname like 'notify%' and r.rolname not in ('notify_owner', 'notify_migrator')
          and case k.command
            when 'delete' then has_table_privilege(r.oid, c.oid, 'delete')
            else has_any_column_privilege(r.oid, c.oid, k.command)
          end
          and not exists (
            select from pg_policy as p
            where p.polrelid = c.oid and p.polpermissive and r.oid = any(p.polroles)
              and p.polcmd in ('*', k.letter::"char")
          )
        """,
    )
    assert missing == []


# --- functions and views


def test_every_definer_function_pins_its_search_path_and_belongs_to_a_role_without_login(database: Database) -> None:
    definers = rows(
        database.keep(),
        f"""
        select p.oid::regprocedure::text as name, r.rolname as owner, r.rolcanlogin or r.rolsuper as is_strong,
          coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false) as is_pinned
        from pg_proc as p
        join pg_namespace as n on n.oid = p.pronamespace
        join pg_roles as r on r.oid = p.proowner
        where n.nspname in {OURS} and p.prosecdef
        """,
    )
    assert len(definers) > 15
    assert {d["owner"] for d in definers} == {"notify_owner", "notify_engine"}
    assert [d["name"] for d in definers if d["is_strong"] or not d["is_pinned"]] == []


def test_every_function_is_bound_to_a_search_path_or_parsed_at_its_creation(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select p.oid::regprocedure::text as name
            from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
            join pg_language as l on l.oid = p.prolang
            where n.nspname in {OURS} and l.lanname not in ('plpython3u', 'internal') and p.prosqlbody is null
              and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
            """,
        )
        == []
    )


def test_no_function_of_ours_is_leakproof(database: Database) -> None:
    """PostgreSQL would run it on rows that a policy hides."""
    query = f"""
        select p.oid::regprocedure::text as name from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where (n.nspname in {OURS} or n.nspname = 'pgmq') and p.proleakproof
    """
    assert names(database, query) == []


def test_public_may_execute_read_or_create_nothing_of_ours(database: Database) -> None:
    assert (
        names(
            database,
            f"""
        select p.oid::regprocedure::text as name from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where (n.nspname in {OURS} or n.nspname = 'pgmq') and has_function_privilege('public', p.oid, 'execute')
        union all
        select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where (n.nspname in {OURS} or n.nspname = 'pgmq')
          and c.relkind in ('r', 'p', 'v', 'S') and c.relacl::text ~ '[{{,]='
        union all
        select c.oid::regclass::text || '.' || a.attname from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join pg_attribute as a on a.attrelid = c.oid
        where (n.nspname in {OURS} or n.nspname = 'pgmq') and a.attacl::text ~ '[{{,]='
        union all
        select nspname::text from pg_namespace
        where (nspname in {OURS} or nspname = 'pgmq')
          and (has_schema_privilege('public', oid, 'usage') or has_schema_privilege('public', oid, 'create'))
        """,
        )
        == []
    )


def test_nobody_but_an_owner_creates_objects_in_our_schemas(database: Database) -> None:
    creators = rows(
        database.keep(),
        f"""
        select distinct r.rolname from pg_roles as r cross join pg_namespace as n
        where (n.nspname in {OURS} or n.nspname = 'pgmq') and {ORDINARY}
          and has_schema_privilege(r.oid, n.oid, 'create')
        """,
    )
    assert {row["rolname"] for row in creators} == {"notify_owner", "notify_engine"}


def test_nobody_but_the_engine_has_rights_on_the_queues(database: Database) -> None:
    holders = rows(
        database.keep(),
        f"""
        select distinct r.rolname from pg_roles as r
        where {ORDINARY} and (
          has_schema_privilege(r.oid, 'pgmq', 'usage')
          or exists (
            select from pg_class as c where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'p', 'v')
              and has_any_column_privilege(r.oid, c.oid, 'select, insert, update')
              and r.rolname not in ('pg_read_all_data', 'pg_write_all_data') -- a superuser's to give
          )
        )
        """,
    )
    assert {row["rolname"] for row in holders} - {"pg_read_all_data", "pg_write_all_data"} == {"notify_engine"}


def test_python_functions_are_callable_by_their_owner_alone(database: Database) -> None:
    assert (
        names(
            database,
            f"""
        select p.oid::regprocedure::text || ' to ' || r.rolname as name
        from pg_proc as p
        join pg_language as l on l.oid = p.prolang and l.lanname = 'plpython3u'
        cross join pg_roles as r
        where {ORDINARY} and r.rolname <> 'notify_owner' and has_function_privilege(r.oid, p.oid, 'execute')
        """,
        )
        == []
    )


def test_every_view_is_a_security_invoker_and_none_is_materialized(database: Database) -> None:
    views = f"""
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in {OURS} and c.relkind in ('v', 'm')
    """
    assert len(names(database, views)) >= 3
    wrong = "(c.relkind = 'm' or not coalesce(c.reloptions @> array['security_invoker=true'], false))"
    assert names(database, f"{views} and {wrong}") == []


def test_no_role_of_ours_can_log_in_or_bypasses_more_than_it_must(database: Database) -> None:
    rights = "rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    for role in rows(database.keep(), f"select rolname, {rights} from pg_roles where rolname like 'notify%'"):
        strong = {name for name, value in role.items() if value is True}
        assert strong == ({"rolbypassrls"} if role["rolname"] == "notify_migrator" else set()), role["rolname"]


# --- the trail and the comments


def test_what_people_may_change_leaves_a_trail(database: Database) -> None:
    """Every table that a manager or an admin may write has the audit trigger for what they may do. A platform's
    notifications have their own history."""
    assert (
        names(
            database,
            """
        select c.relname || ' ' || k.command as name
        from pg_class as c
        cross join (values ('insert', 4), ('update', 16), ('delete', 8)) as k (command, bit)
        where c.relnamespace = 'notify'::regnamespace and c.relkind in ('r', 'p')
          and exists (
            select from pg_roles as r where r.rolname in ('notify_manager', 'notify_admin')
              and case k.command
                when 'delete' then has_table_privilege(r.oid, c.oid, 'delete')
                else has_any_column_privilege(r.oid, c.oid, k.command)
              end
          )
          and not exists (
            select from pg_trigger as t
            where t.tgrelid = c.oid and t.tgfoid = 'notify.record_change'::regproc and t.tgtype & k.bit > 0
          )
        """,
        )
        == []
    )


def test_everything_that_people_see_is_commented(database: Database) -> None:
    assert (
        names(
            database,
            """
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'notify' and c.relkind in ('r', 'p', 'v') and c.relname <> 'alembic_version'
          and obj_description(c.oid, 'pg_class') is null
        union all
        select c.oid::regclass::text || '.' || a.attname from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = 'notify' and c.relkind in ('r', 'p', 'v') and c.relname <> 'alembic_version'
          and col_description(c.oid, a.attnum) is null
        union all
        select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname in ('notify', 'engine', 'template', 'worker_v1') and obj_description(p.oid, 'pg_proc') is null
        """,
        )
        == []
    )
