"""What must hold for every object of ours, read from PostgreSQL's catalogue: what comes without it turns this red."""

from tests.cluster import Database
from tests.support import rows

OURS = "('notify', 'notify_partition', 'engine', 'template', 'worker_v1')"


def names(database: Database, query: str) -> list[str]:
    return sorted(row["name"] for row in rows(database.connect(), query))


def test_every_table_with_an_enterprise_has_row_level_security_enabled_and_forced(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname in {OURS} and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
            """,
        )
        # reference data without an enterprise, and the ledger, of which nobody is granted anything
        == [
            "notify.alembic_version",
            "notify.migration_fact",
            "notify.migration_file",
            "notify.typ_notification_category",
            "notify.typ_notification_priority",
        ]
    )


def test_every_key_of_a_table_with_an_enterprise_is_led_by_it(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select i.indexrelid::regclass::text as name
            from pg_index as i
            join pg_class as c on c.oid = i.indrelid
            join pg_namespace as n on n.oid = c.relnamespace
            join pg_attribute as a on a.attrelid = c.oid and a.attname = 'enterprise_id'
            where n.nspname in {OURS} and i.indisunique and i.indkey[0] <> a.attnum
            """,
        )
        == []
    )


def test_every_foreign_key_between_enterprises_tables_is_led_by_the_enterprise(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select k.conname as name
            from pg_constraint as k
            join pg_class as c on c.oid = k.conrelid
            join pg_namespace as n on n.oid = c.relnamespace
            join pg_attribute as theirs on theirs.attrelid = k.confrelid and theirs.attname = 'enterprise_id'
            join pg_attribute as ours on ours.attrelid = k.conrelid and ours.attnum = k.conkey[1]
            where n.nspname in {OURS} and k.contype = 'f'
              and (k.confkey[1] <> theirs.attnum or ours.attname not like '%enterprise_id')
            """,
        )
        == []
    )


def test_every_definer_function_pins_its_search_path_and_belongs_to_a_role_without_login(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select p.oid::regprocedure::text as name
            from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
            join pg_roles as r on r.oid = p.proowner
            where n.nspname in {OURS} and p.prosecdef
              and (r.rolcanlogin or r.rolsuper or r.rolname not in ('notify_owner', 'notify_engine')
                or not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false))
            """,
        )
        == []
    )


def test_every_function_is_bound_to_a_search_path_or_parsed_at_its_creation(database: Database) -> None:
    assert (
        names(
            database,
            f"""
            select p.oid::regprocedure::text as name
            from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
            join pg_language as l on l.oid = p.prolang
            where n.nspname in {OURS} and l.lanname <> 'plpython3u' and p.prosqlbody is null
              and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
            """,
        )
        == []
    )


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
        select nspname::text from pg_namespace
        where (nspname in {OURS} or nspname = 'pgmq')
          and (has_schema_privilege('public', oid, 'usage') or has_schema_privilege('public', oid, 'create'))
        """,
        )
        == []
    )


def test_python_functions_are_callable_by_their_owner_alone(database: Database) -> None:
    assert (
        names(
            database,
            """
        select p.oid::regprocedure::text || ' to ' || r.rolname as name
        from pg_proc as p
        join pg_language as l on l.oid = p.prolang and l.lanname = 'plpython3u'
        cross join pg_roles as r
        where not r.rolsuper and r.rolname not in ('notify_owner', 'notify_migrator')
          and has_function_privilege(r.oid, p.oid, 'execute')
        """,
        )
        == []
    )


def test_every_view_is_a_security_invoker(database: Database) -> None:
    assert (
        names(
            database,
            f"""
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in {OURS} and c.relkind in ('v', 'm')
          and not coalesce(c.reloptions @> array['security_invoker=true'], false)
        """,
        )
        == []
    )


def test_no_policy_calls_a_volatile_function_and_only_the_engines_lets_everything_through(database: Database) -> None:
    assert (
        names(
            database,
            """
        select p.policyname || ' on ' || p.tablename as name
        from pg_policies as p
        where p.schemaname = 'notify' and 'true' in (p.qual, p.with_check) and p.roles <> '{notify_engine}'
        """,
        )
        == []
    )
    assert (
        names(
            database,
            """
        select d.refobjid::regprocedure::text as name
        from pg_depend as d join pg_proc as f on f.oid = d.refobjid
        where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_proc'::regclass and f.provolatile = 'v'
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
