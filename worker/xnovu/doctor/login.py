"""The checks of the login that the doctor was given: how it is connected, what kind it is, and whether it can do what
that kind does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg

from xnovu.doctor.check import Check, listed

Connection = psycopg.Connection[Any]

SCOPED = {"notify_platform", "notify_manager", "notify_admin", "notify_analyst", "notify_analyst_all"}


def check_connection(connection: Connection) -> Check:
    """Whether the login speaks with the server itself. A pooler hands out process ids of its own making."""
    (process,) = _one(connection, "select pg_backend_pid()")
    if process == connection.info.backend_pid:
        return Check("connection", "ok", "straight to the server")
    found = "through a pooler, such as PgBouncer"
    if not _granted_roles(connection) & {"notify_worker", "notify_migrator"}:
        return Check("connection", "ok", f"{found}: choose the enterprise in the transaction of each INSERT")
    mend = "Let workers and `xnovu migrate` connect to PostgreSQL itself; the platform may use the pooler."
    return Check("connection", "warning", f"{found}; in transaction mode LISTEN and session locks don't work", mend)


def check_login(connection: Connection) -> Check:
    """Which roles the login has, which enterprises it reaches, and whether row-level security holds for it."""
    login, quoted, superuser, bypasses = _one(
        connection,
        "select rolname, quote_ident(rolname), rolsuper, rolbypassrls from pg_roles where rolname = session_user",
    )
    roles = _granted_roles(connection)
    kind = listed(sorted(roles)) if roles else "no role of XNovu"
    unbound = "is a superuser" if superuser else "bypasses row-level security" if bypasses else None
    if unbound and roles & (SCOPED | {"notify_worker", "notify_http"}):
        mend = f"alter role {quoted} nosuperuser nobypassrls; what needs a superuser is a login of its own."
        found = f"{login} {unbound}, so row-level security doesn't hold for it, and has {kind}"
        return Check("login", "warning", found, mend)
    if unbound:
        fit = "good for `xnovu migrate` and `xnovu doctor`, not for a worker or a platform"
        return Check("login", "ok", f"{login} {unbound}: {fit}")
    if not roles:
        mend = f"As a superuser: grant notify_worker to {quoted}; (or notify_platform, and so on: whatever it is for)."
        return Check("login", "failed", f"{login} has no role of XNovu: it can do nothing", mend)
    if not roles & SCOPED:
        return Check("login", "ok", f"{login} has {kind}")
    return _check_reach(connection, login, quoted, roles, kind)


def _check_reach(connection: Connection, login: str, quoted: str, roles: set[str], kind: str) -> Check:
    reach = _reach(connection)
    found = f"{login} has {kind}, {reach}"
    if reach == "bound to no enterprise":
        mend = (
            f"An admin binds it: insert into notify.login_enterprise (enterprise_id, login) values ('…', '{login}'); "
            f"a platform that chooses freely is trusted by a superuser: grant notify_trusted to {quoted};"
        )
        return Check("login", "failed", f"{found}: it sees nothing", mend)
    return Check("login", "ok", found)


def _reach(connection: Connection) -> str:
    """What the login reaches: every enterprise, any that it chooses, or those that it is bound to. Only a trusted login
    reaches an enterprise that has just been made up; the transaction's end forgets that context."""
    connection.execute("select set_config('app.current_enterprise_id', '', true)")
    (all_of_them, bound) = _one(connection, "select notify.reaches_all(), cardinality(notify.reachable_enterprises())")
    if all_of_them:
        return "reads every enterprise"
    connection.execute("select set_config('app.current_enterprise_id', %s, true)", [str(uuid4())])
    (trusted,) = _one(connection, "select notify.reached_enterprise_id() is not null")
    if trusted:
        return "chooses any enterprise"
    return f"bound to {bound or 'no'} enterprise{'s' if bound > 1 else ''}"


def _granted_roles(connection: Connection) -> set[str]:
    """The roles of XNovu that were granted to the login, also by way of others; a superuser has none for that alone."""
    rows = connection.execute(
        "with recursive granted as ("
        " select oid from pg_roles where rolname = session_user"
        " union select a.roleid from granted as g inner join pg_auth_members as a on a.member = g.oid)"
        " select r.rolname from granted as g inner join pg_roles as r on r.oid = g.oid"
        " where r.rolname like 'notify\\_%' and r.rolname <> session_user"
    )
    return {row[0] for row in rows}


def _one(connection: Connection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row
