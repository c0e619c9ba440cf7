"""Checks of what `xnovu migrate` has done: revisions and files in step with this release, and which pgmq there is."""

from __future__ import annotations

from typing import Any

import psycopg

from xnovu import files, version
from xnovu.doctor.check import Check, listed
from xnovu.migrate import ledger, sqlfiles

Connection = psycopg.Connection[Any]

MIGRATE = "Run `xnovu migrate`: with a superuser's DATABASE_URL the first time, or when it says that it needs one."
UNSEEN = "only a superuser or a member of notify_migrator can see {}"
FEW = 3


def check_migration(connection: Connection) -> Check:
    """Every revision and every file under sql/ of this release was applied, as it is."""
    name = "migration"
    if not ledger.exists(connection):
        return Check(name, "failed", "this database was never migrated, or it is not the one you mean", MIGRATE)
    if not _may_read(connection, "migration_file"):
        return Check(name, "skipped", UNSEEN.format("what was applied"))
    heads, known = read_revisions()
    release = sqlfiles.read_release()
    applied = _applied_revisions(connection)
    if applied - known:
        mend = "Use that release of xnovu: pip install --upgrade xnovu, here and wherever a worker runs."
        return Check(name, "failed", f"a later release than {version()} has migrated this database", mend)
    groups = (release.bootstrap, release.queue, release.python, release.living)
    behind = [f"revision {head}" for head in sorted(heads - applied)]
    behind += [f"sql/{file.path}" for group in groups for file in ledger.changed(connection, group)]
    if behind:
        more = [f"{len(behind) - FEW} more"] if len(behind) > FEW else []
        found = f"{len(behind)} behind release {version()}: {listed([*behind[:FEW], *more])}"
        return Check(name, "failed", found, MIGRATE)
    found = f"revision {listed(sorted(heads))} and {len(release.paths())} files are those of release {version()}"
    left = ledger.left_over(connection, release)
    if left:
        mend = "What they created stays until you drop it; the changelog says when that matters."
        return Check(name, "warning", f"{found}; no longer part of it: {listed(left[:FEW])}", mend)
    return Check(name, "ok", found)


def check_pgmq(connection: Connection) -> Check:
    """pgmq is there, its version is on record, and it is not older than the one that XNovu is tested with."""
    from pgmq.install import get_embedded_sql_version

    if not connection.execute("select 1 from pg_namespace where nspname = 'pgmq'").fetchone():
        return Check("pgmq", "failed", "it is not installed in this database", MIGRATE)
    row = connection.execute("select extversion from pg_extension where extname = 'pgmq'").fetchone()
    tested = get_embedded_sql_version()
    if row:
        version_found, source = str(row[0]), "extension"
    elif not ledger.exists(connection) or not _may_read(connection, "migration_fact"):
        return Check("pgmq", "skipped", f"it is installed; {UNSEEN.format('which version')}")
    else:
        version_found = ledger.fact(connection, "pgmq_version") or "unknown"
        source = ledger.fact(connection, "pgmq_source") or "unknown"
    if version_found == "unknown":
        found = f"it was there before XNovu and doesn't say its version; XNovu is tested with {tested}"
        return Check("pgmq", "warning", found, "Compare it with that version yourself; nothing else can tell.")
    if _numbers(version_found) < _numbers(tested):
        found = f"version {version_found} is older than {tested}, with which XNovu is tested"
        return Check("pgmq", "warning", found, "Upgrade it as its maker says; XNovu does not by itself.")
    return Check("pgmq", "ok", f"version {version_found}, from the {source}")


def _may_read(connection: Connection, table: str) -> bool:
    row = connection.execute(
        "select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
        " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'notify' and c.relname = %s",
        [table],
    ).fetchone()
    return row is not None and bool(row[0])


def read_revisions() -> tuple[set[str], set[str]]:
    """The heads of this release's revisions, and all of them."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(files.path("alembic")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    return set(script.get_heads()), {found.revision for found in script.walk_revisions()}


def _applied_revisions(connection: Connection) -> set[str]:
    if not connection.execute(
        "select 1 from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'notify' and c.relname = 'alembic_version'"
    ).fetchone():
        return set()
    return {row[0] for row in connection.execute("select version_num from notify.alembic_version")}


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
