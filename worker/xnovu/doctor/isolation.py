"""Checks of what isolation rests on beside the policies: logins that policies bind, and a planner that knows nothing of
tenants' values."""

from __future__ import annotations

from typing import Any

import psycopg

from xnovu.doctor.check import Check, listed

Connection = psycopg.Connection[Any]

HELD = [
    "notify_platform", "notify_manager", "notify_admin", "notify_analyst", "notify_analyst_all", "notify_worker",
    "notify_http",
]  # fmt: skip
# Whoever is one of these too reads or writes beyond what its role of XNovu lets it.
TOO_STRONG = ["notify_owner", "notify_engine", "notify_migrator", "pg_read_all_data", "pg_write_all_data"]
FEW = 3

_TENANTS = (
    "select c.oid from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'enterprise_id'"
    " where n.nspname in ('notify', 'notify_partition') and c.relkind in ('r', 'p')"
)


def check_logins(connection: Connection) -> Check:
    """Every login that is bound exists, and has nothing by which it would pass the policies."""
    sees_all = "select 'it' where current_setting('is_superuser') = 'on' or notify.is_admin()"
    if not _names(connection, sees_all):
        return Check("logins", "skipped", "only a superuser or an admin can see who is bound")
    bound = _names(connection, "select distinct login from notify.login_enterprise")
    gone = _names(
        connection,
        "select distinct login from notify.login_enterprise where login not in (select rolname from pg_roles)",
    )
    strong = _names(
        connection,
        "select r.rolname from pg_roles as r where r.rolcanlogin and not r.rolsuper"
        " and exists (select from unnest(%s::text[]) as s (role) where pg_has_role(r.oid, s.role, 'member'))"
        " and (r.rolbypassrls or r.rolcreaterole"
        " or exists (select from unnest(%s::text[]) as t (role) where pg_has_role(r.oid, t.role, 'member')))",
        HELD,
        TOO_STRONG,
    )
    free = _names(
        connection,
        "select rolname from pg_roles"
        " where rolcanlogin and not rolsuper and pg_has_role(oid, 'notify_trusted', 'member')",
    )
    if strong:
        found = f"{listed(strong[:FEW])} can pass row-level security, or give itself a role that does"
        mend = "Give such powers to a login of its own: nobypassrls, nocreaterole, no role of owner, migrator or server"
        return Check("logins", "failed", found, f"{mend}.")
    if gone:
        found = f"bound, but not there: {listed(gone[:FEW])}; a new login of that name would have what it had"
        mend = "Delete its rows from notify.login_enterprise."
        return Check("logins", "warning", found, mend)
    if pointless := sorted({*free} & {*bound}):
        found = f"{listed(pointless[:FEW])} is bound to enterprises, but reaches every other too"
        mend = f"revoke notify_trusted from {pointless[0]}; or delete its rows from notify.login_enterprise."
        return Check("logins", "warning", found, mend)
    found = f"{len(bound)} bound to enterprises; {len(free)} reach any: {listed(free) if free else 'nobody'}"
    return Check("logins", "ok", found)


def check_guard(connection: Connection) -> Check:
    """The equality by which policies ask first has no price; a database that was restored from a dump has lost that."""
    if not _names(connection, "select proname from pg_proc where proname = 'same_enterprise'"):
        return Check("policies", "skipped", "this database is not migrated")
    dear = _names(
        connection,
        "select p.proname from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace"
        " where n.nspname || '.' || p.proname"
        " in ('notify.same_enterprise', 'notify.same_login', 'pg_catalog.uuid_eq') and p.procost <> 0",
    )
    if dear:
        found = f"{listed(dear)} has a price, as after a restore: a caller's conditions may run before the policies"
        functions = ("notify.same_enterprise(uuid, uuid)", "notify.same_login(name, name)", "uuid_eq(uuid, uuid)")
        oids = ", ".join(f"'{function}'::regprocedure" for function in functions)
        mend = f"As a superuser: update pg_proc set procost = 0 where oid in ({oids});"
        return Check("policies", "failed", found, mend)
    return Check("policies", "ok", "they come before a caller's conditions")


def check_statistics(connection: Connection) -> Check:
    """The planner keeps no statistics of tenants' columns, so that EXPLAIN tells no tenant of another's values."""
    name = "statistics"
    open_columns = _names(
        connection,
        "select a.attrelid::regclass || '.' || a.attname from pg_attribute as a"
        f" where a.attrelid in ({_TENANTS}) and a.attnum > 0 and not a.attisdropped and a.attstattarget <> 0",
    )
    if open_columns:
        mend = "alter table … alter column … set statistics 0, for each of them."
        return Check(name, "failed", f"kept for {listed(open_columns[:FEW])}, by which EXPLAIN tells tenants", mend)
    kept = _names(
        connection,
        "select distinct s.starelid::regclass || '.' || a.attname from pg_statistic as s inner join pg_attribute as a"
        f" on a.attrelid = s.starelid and a.attnum = s.staattnum where s.starelid in ({_TENANTS})",
    )
    if kept:
        mend = f"As a superuser: delete from pg_statistic where starelid in ({_TENANTS});"
        return Check(name, "failed", f"left from before: {listed(kept[:FEW])}, by which EXPLAIN tells tenants", mend)
    return Check(name, "ok", "none of tenants' columns")


def _names(connection: Connection, query: str, *parameters: object) -> list[str]:
    return sorted(row[0] for row in connection.execute(query.encode(), parameters or None))
