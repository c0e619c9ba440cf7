"""Checks of roles and rights: the roles are what the migration makes them, and a worker and the HTTP face can do their
work only. All of it is read from the catalogue, which every login may read."""

from __future__ import annotations

from typing import Any

import psycopg

from xnovu.doctor.check import Check, listed

Connection = psycopg.Connection[Any]

ROLES = (
    "notify_owner",
    "notify_engine",
    "notify_migrator",
    "notify_platform",
    "notify_manager",
    "notify_admin",
    "notify_worker",
    "notify_http",
    "notify_analyst",
    "notify_analyst_all",
    "notify_trusted",
)
MEMBERSHIPS = {
    ("notify_migrator", "notify_owner"),
    ("notify_migrator", "notify_engine"),
    ("notify_admin", "notify_trusted"),
    ("notify_analyst_all", "notify_trusted"),
}
WORKER_FUNCTIONS = ("beat", "claim", "extend", "render", "report", "tick")
HTTP_FUNCTIONS = ("admit", "ready")  # what every request needs; each route has one more
SCHEMAS = ["notify", "notify_partition", "template", "engine", "worker_v1", "http_v1", "pgmq"]
MIGRATE = "Run `xnovu migrate` with a superuser's DATABASE_URL."


def check_roles(connection: Connection) -> Check:
    """The roles exist, with the attributes and the memberships that they must have, and no others."""
    rows = connection.execute(
        "select rolname, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb, rolbypassrls from pg_roles"
        " where rolname = any(%s)",
        [list(ROLES)],
    ).fetchall()
    missing = sorted(set(ROLES) - {row[0] for row in rows})
    if missing:
        return Check("roles", "failed", f"there is no {listed(missing)}", MIGRATE)
    wrong, statements = [], []
    for role, login, powers, bypasses in sorted(rows):
        migrator = role == "notify_migrator"
        attributes = [
            ("can log in", login, "nologin"),
            ("is a superuser or creates roles or databases", powers, "nosuperuser nocreaterole nocreatedb"),
            ("bypasses row-level security", bypasses and not migrator, "nobypassrls"),
            ("doesn't bypass row-level security", migrator and not bypasses, "bypassrls"),
        ]
        for trouble, is_so, cure in attributes:
            if is_so:
                wrong.append(f"{role} {trouble}")
                statements.append(f"alter role {role} {cure};")
    memberships = {
        (member, role)
        for member, role in connection.execute(
            "select m.rolname, r.rolname from pg_auth_members as a"
            " inner join pg_roles as m on m.oid = a.member inner join pg_roles as r on r.oid = a.roleid"
            " where m.rolname = any(%s)",
            [list(ROLES)],
        )
    }
    for member, role in sorted(MEMBERSHIPS - memberships):
        wrong.append(f"{member} is no member of {role}")
        statements.append(f"grant {role} to {member};")
    for member, role in sorted(memberships - MEMBERSHIPS):
        wrong.append(f"{member} is a member of {role}")
        statements.append(f"revoke {role} from {member};")
    if wrong:
        return Check("roles", "failed", "; ".join(wrong), f"As a superuser: {' '.join(statements)}")
    return Check("roles", "ok", f"all {len(ROLES)} are there, with their attributes and memberships")


def check_worker(connection: Connection) -> Check:
    """notify_worker, and each login that is a member of it, may call the worker's functions and do nothing else."""
    return _check_narrow(connection, "worker", "notify_worker", "worker_v1", WORKER_FUNCTIONS)


def check_http(connection: Connection) -> Check:
    """notify_http, and each login that is a member of it, may call the HTTP face's functions and do nothing else."""
    return _check_narrow(connection, "HTTP face", "notify_http", "http_v1", HTTP_FUNCTIONS)


def _check_narrow(connection: Connection, whose: str, role: str, schema: str, allowed: tuple[str, ...]) -> Check:
    """A role, and each login that is a member of it, may call these functions of a schema and do nothing else."""
    name = f"{whose}'s rights"
    subjects = [
        row[0]
        for row in connection.execute(
            "select rolname from pg_roles where rolname = %(role)s or (rolcanlogin and not rolsuper"
            " and exists (select from pg_roles where rolname = %(role)s)"
            " and pg_has_role(oid, (select oid from pg_roles where rolname = %(role)s), 'member'))"
            " order by rolname <> %(role)s, rolname",
            {"role": role},
        )
    ]
    if not subjects:
        return Check(name, "skipped", f"there is no role {role}")
    if not connection.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone():
        return Check(name, "skipped", "this database is not migrated")
    functions = _functions(connection, subjects)
    lacking = [
        f"{subject} may not call {schema}.{function}"
        for subject in subjects
        for function in allowed
        if (subject, schema, function) not in functions
    ]
    if lacking:
        return Check(name, "failed", "; ".join(lacking[:3]), MIGRATE)
    extra = [
        f"{subject} may call {other}.{function}" for subject, other, function in sorted(functions) if other != schema
    ]
    extra += [f"{subject} may {what} {table}" for subject, table, what in _tables(connection, subjects)]
    if extra:
        more = f" and {len(extra) - 3} more" if len(extra) > 3 else ""
        mend = f"Give such a login {role} and nothing else: revoke what was granted to it, or other roles of it."
        return Check(name, "warning", f"more than a {whose} needs: {'; '.join(extra[:3])}{more}", mend)
    logins = f" and {listed(subjects[1:])}" if len(subjects) > 1 else ""
    count = len({function for subject, _, function in functions if subject == role})
    return Check(name, "ok", f"{role}{logins}: the {count} functions of {schema}, nothing else")


def _functions(connection: Connection, subjects: list[str]) -> set[tuple[str, str, str]]:
    """(role, schema, function) for what each may call in the schemas that it may use."""
    rows = connection.execute(
        "select s.name, n.nspname, p.proname from unnest(%s::text[]) as s (name)"
        " cross join pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace"
        " where n.nspname = any(%s) and has_schema_privilege(s.name, n.oid, 'usage')"
        " and has_function_privilege(s.name, p.oid, 'execute')",
        [subjects, SCHEMAS],
    )
    return {(row[0], row[1], row[2]) for row in rows}


def _tables(connection: Connection, subjects: list[str]) -> list[tuple[str, str, str]]:
    """(role, table, what it may do) for tables, views and sequences in the schemas that each may use."""
    rows = connection.execute(
        "select s.name, n.nspname || '.' || c.relname,"
        " case when has_any_column_privilege(s.name, c.oid, 'select') then 'read' else 'change' end"
        " from unnest(%s::text[]) as s (name)"
        " cross join pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and has_schema_privilege(s.name, n.oid, 'usage')"
        " and (has_any_column_privilege(s.name, c.oid, 'select, insert, update, references')"
        " or has_table_privilege(s.name, c.oid, 'delete, truncate, trigger'))"
        " order by 1, 2",
        [subjects, SCHEMAS],
    )
    return [(row[0], row[1], row[2]) for row in rows]
