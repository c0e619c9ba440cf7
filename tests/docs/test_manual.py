"""\\d+ and \\df+ read like a manual. That there is a comment at all is asked in tests/database/test_catalogue.py."""

import psycopg
from tests.cluster import Database
from tests.support import rows

PEOPLE = "('notify_platform', 'notify_manager', 'notify_admin', 'notify_analyst', 'notify_analyst_all')"

# Tables, views, their columns, and functions of the schema for people, each with its comment.
COMMENTS = """
select c.relname as name, obj_description(c.oid, 'pg_class') as comment
from pg_class as c where c.relnamespace = 'notify'::regnamespace and c.relkind in ('r', 'p', 'v')
union all
select c.relname || '.' || a.attname, col_description(c.oid, a.attnum)
from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'notify'::regnamespace and c.relkind in ('r', 'p', 'v')
union all
select p.proname, obj_description(p.oid, 'pg_proc') from pg_proc as p where p.pronamespace = 'notify'::regnamespace
"""


def test_a_function_that_people_call_with_arguments_shows_an_example(database: Database) -> None:
    query = f"""
    select p.proname as name, obj_description(p.oid, 'pg_proc') as comment
    from pg_proc as p
    where p.pronamespace = 'notify'::regnamespace and p.pronargs > 0
      and exists (
        select from pg_roles as r where r.rolname in {PEOPLE} and has_function_privilege(r.oid, p.oid, 'execute')
      )
    """
    found = rows(database.keep(), query)
    assert {row["name"] for row in found} >= {"send", "retract", "publish", "resolve_workflow", "set_enterprise"}
    assert [row["name"] for row in found if f"notify.{row['name']}(" not in (row["comment"] or "")] == []


def test_who_is_granted_a_view_can_read_it(database: Database) -> None:
    granted = f"""
    select r.rolname as role, c.oid::regclass::text as view
    from pg_class as c cross join pg_roles as r
    where c.relnamespace = 'notify'::regnamespace and c.relkind = 'v' and r.rolname in {PEOPLE}
      and has_table_privilege(r.oid, c.oid, 'select')
    """
    refused = []
    for row in rows(database.keep(), granted):
        reader = database.keep(row["role"].replace("notify_", "test_"))
        try:
            reader.execute(f"select * from {row['view']}".encode())
        except psycopg.errors.InsufficientPrivilege as error:
            refused.append(f"{row['role']}: {row['view']}: {error.diag.message_primary}")
    assert refused == []


def test_a_comment_is_sentences(database: Database) -> None:
    commented = [row for row in rows(database.keep(), COMMENTS) if row["comment"]]
    assert len(commented) > 100
    assert [row["name"] for row in commented if not row["comment"].endswith(".")] == []
