"""Checks of the running system: today's partitions, workers that live, and what waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg

from xnovu.doctor.check import Check, listed

Connection = psycopg.Connection[Any]

START = "Start one: `xnovu work`, or systemctl start xnovu-worker; its log says what keeps it from the database."
BEAT_SECONDS = 60
SHOWN = 3
# How long the oldest of a lane may have waited, in seconds: a warning above the first, a failure above the second.
PATIENCE: dict[str, tuple[float, float]] = {
    "critical": (10, 60),
    "normal": (60, 600),
    "bulk": (600, float("inf")),
}


def check_partitions(connection: Connection) -> Check:
    """The daily partitions of content and history are there, for today and tomorrow."""
    rows = connection.execute(
        "select d.days, string_agg(t.name || '_' || to_char(d.day, 'YYYYMMDD'), ', ' order by t.name)"
        " filter (where c.oid is null)"
        " from (values ('notification_content'), ('notification_history')) as t (name)"
        " cross join lateral (select n as days, (now() at time zone 'UTC')::date + n as day"
        " from generate_series(0, 1) as n) as d"
        " left join (pg_class as c inner join pg_namespace as s"
        " on s.oid = c.relnamespace and s.nspname = 'notify_partition')"
        " on c.relname = t.name || '_' || to_char(d.day, 'YYYYMMDD')"
        " where exists (select from pg_namespace where nspname = 'notify_partition')"
        " group by d.days order by d.days"
    ).fetchall()
    if not rows:
        return Check("partitions", "skipped", "this database is not migrated")
    missing = [names for _, names in rows if names]
    if not missing:
        return Check("partitions", "ok", "those of today and tomorrow are there")
    mend = f"A worker's tick makes them. {START} At once, as a superuser: select notify.make_partitions();"
    found = f"missing: {', '.join(missing)}; rows go to the default partition, which is never dropped as a whole"
    today_is_missing = rows[0][1] is not None
    return Check("partitions", "failed" if today_is_missing else "warning", found, mend)


def check_workers(connection: Connection) -> Check:
    """A worker has given a sign of life in the last minute, and none works as a superuser."""
    lords = _too_mighty(connection)
    if lords:
        mend = "Give workers a login that is a member of notify_worker and nothing else, and change their DATABASE_URL."
        return Check("workers", "warning", f"a worker is connected as {listed(lords)}, which bypasses all rights", mend)
    if not _sees_workers(connection):
        return _connected_workers(connection)
    rows = connection.execute(
        "select worker, version, is_draining, paused_lanes, notify.now() - beaten_at from notify.notification_worker"
        " order by beaten_at desc"
    ).fetchall()
    if not rows:
        return Check("workers", "failed", "no worker has given a sign of life in the last day", START)
    living = [row for row in rows if row[4] <= timedelta(seconds=BEAT_SECONDS)]
    if not living:
        worker, _, _, _, age = rows[0]
        return Check("workers", "failed", f"the last sign of life is {_time(age)} old, by {worker}", START)
    versions = sorted({str(row[1]) for row in living})
    found = f"{len(living)} gave a sign of life in the last minute, of version {listed(versions)}"
    held = sorted({lane for row in living for lane in row[3]})
    draining = [row[0] for row in living if row[2]]
    if held or draining:
        orders = [f"the lane {lane} is paused" for lane in held] + [f"{worker} is draining" for worker in draining]
        mend = "An admin lifts it: update notify.notification_worker set paused_lanes = '{}', is_draining = false;"
        return Check("workers", "warning", f"{found}; by an admin's order {listed(orders)}", mend)
    return Check("workers", "ok", found)


def check_queue(connection: Connection) -> Check:
    """What is due does not wait long."""
    may_look, everything = _may_look(connection)
    if not may_look:
        found = "only an admin, an analyst of all, or a superuser can see every lane"
        return Check("queue", "skipped", found)
    if not everything:
        return Check("queue", "skipped", "this login sees the lanes of some enterprises only")
    late, worst, parts = [], 0, []
    for lane, due, age in connection.execute(
        "select lane, waiting_count + queued_count + claimed_count, oldest_age from notify.lane_status"
    ):
        parts.append(f"{lane} {due}" + (f" (the oldest for {_time(age)})" if age else ""))
        warn, fail = PATIENCE[lane]
        seconds = age.total_seconds() if age else 0.0
        if seconds > warn:
            late.append(lane)
            worst = max(worst, 2 if seconds > fail else 1)
    found = f"due: {', '.join(parts)}"
    if not late:
        return Check("queue", "ok", found)
    mend = (
        f"Too long on {listed(late)}: see whether workers live and Novu answers (above), and the reasons in "
        "notify.notification_overview; then run more workers, or more --slots for that lane."
    )
    return Check("queue", "failed" if worst == 2 else "warning", found, mend)


def check_workflows(connection: Connection) -> Check:
    """Novu has the workflows as they are published, as far as the login sees; what was just published has a while."""
    rows = connection.execute(
        "select workflow_key, target, state, answer,"
        " is_in_step or (answer is null and since > notify.now() - make_interval(secs => %s))"
        " from notify.workflow_sync_status order by workflow_key, target",
        [BEAT_SECONDS],
    ).fetchall()
    behind = [row for row in rows if not row[4]]
    if not behind:
        return Check("workflows", "ok", f"{len(rows)} at Novu, none behind" if rows else "none is published")
    some = "; ".join(
        f"{key} on {target}: {answer or state.lower()}" for key, target, state, answer, _ in behind[:SHOWN]
    )
    found = f"{len(behind)} of {len(rows)} are not at Novu as published: {some}"
    mend = "Mend what Novu says; notify.workflow_sync_status shows all of them. Then: xnovu workflows sync"
    return Check("workflows", "warning", found, mend)


def check_fallbacks(connection: Connection) -> Check:
    """What may use the critical lane was published with a text to fall back on, as far as the login sees."""
    rows = connection.execute(
        "select distinct w.workflow_key from notify.ent_notification_workflow as w"
        " inner join notify.notification_workflow_version as v"
        " on v.enterprise_id = w.enterprise_id and v.workflow_id = w.id and v.version = w.published_version"
        " inner join notify.notification_critical_workflow as c"
        " on c.enterprise_id = w.enterprise_id and c.workflow_id = w.id"
        " where not w.deactivated and v.fallback_text is null order by 1"
    ).fetchall()
    if not rows:
        return Check("fallbacks", "ok", "what may use the critical lane has a text to fall back on")
    keys = [key for (key,) in rows]
    more = [f"{len(keys) - SHOWN} more"] if len(keys) > SHOWN else []
    found = f"without a text to fall back on, an emergency may go out as its name alone: {listed(keys[:SHOWN] + more)}"
    mend = "Set fallback_text in notify.ent_notification_workflow, and notify.publish each."
    return Check("fallbacks", "warning", found, mend)


def _too_mighty(connection: Connection) -> list[str]:
    rows = connection.execute(
        "select distinct r.rolname from pg_stat_activity as a inner join pg_roles as r on r.oid = a.usesysid"
        " where a.datname = current_database() and a.application_name = 'xnovu control'"
        " and (r.rolsuper or r.rolbypassrls) order by 1"
    )
    return [row[0] for row in rows]


def _connected_workers(connection: Connection) -> Check:
    """For a login that may not read the workers' rows: the sessions that everybody may count."""
    (count,) = connection.execute(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and application_name = 'xnovu control'"
    ).fetchone() or (0,)
    if count:
        return Check("workers", "ok", f"{count} connected; their signs of life only an admin or a superuser can see")
    found = "none is connected under its usual name; signs of life only an admin or a superuser can see"
    return Check("workers", "warning", found, START)


def _sees_workers(connection: Connection) -> bool:
    if connection.info.parameter_status("is_superuser") == "on":
        return True
    row = connection.execute(
        "select exists (select from pg_roles where rolname = 'notify_admin')"
        " and coalesce((select pg_has_role(oid, 'usage') from pg_roles where rolname = 'notify_admin'), false)"
    ).fetchone()
    if not (row and row[0]):
        return False
    row = connection.execute("select notify.is_admin()").fetchone()
    return bool(row and row[0])


def _may_look(connection: Connection) -> tuple[bool, bool]:
    """Whether the login may read the lanes at all, and whether it then sees those of every enterprise."""
    row = connection.execute(
        "select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
        " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'notify' and c.relname = 'lane_status'"
    ).fetchone()
    if not (row and row[0]):
        return False, False
    connection.execute("select set_config('app.current_enterprise_id', '', true)")
    row = connection.execute("select notify.reaches_all()").fetchone()
    return True, bool(row and row[0])


def _time(age: timedelta) -> str:
    """An age for people: "4 s", "3 min", "2.5 h", "9 days"."""
    seconds = age.total_seconds()
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{max(seconds, 0):.0f} s"
