"""The matrix: every table, view and function of the catalogue × every kind of login × every context × every command.

What there is comes from the catalogue; what is expected comes from tests/isolation/decisions.py. A table, a column or a
function that nobody has decided about fails, and so does a table that holds no rows of three enterprises, since nothing
would be proven about it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from tests.cluster import A, B, C, Cluster, Connection, Database
from tests.conftest import TEMPLATE
from tests.isolation.decisions import (
    CLOSED_SCHEMAS,
    CONTEXTS,
    FUNCTIONS,
    LOGINS,
    ROLES,
    SHARED,
    TABLES,
    Login,
    Table,
    reach,
)
from tests.support import add_workflow, hand_worker, insert, rows, sender

DENIED, NOT_SUPPORTED, NOT_UPDATABLE = "42501", "0A000", "55000"
REFERRED_TO, CHECK_VIOLATION, UNIQUE_VIOLATION = "23503", "23514", "23505"
NO_CONTEXT, NOT_BOUND = "XN001", "XN003"
# Tables on which a statement without an enterprise is told what is missing.
TOLD = ("ent_notification", "ent_notification_workflow", "ent_notification_template", "notification_setting")
TOLD_TO_ADMINS = (
    "notification_target",
    "login_enterprise",
    "notification_critical_workflow",
    "notification_pause",
    "notification_retry_policy",
    "notification_retention",
    "notification_enterprise_limit",
    "notification_api_limit",
)
# Tables of the company's with rows of the reserved enterprise that hold for everybody who has none.
FOR_EVERYBODY = (
    "notify.notification_retry_policy",
    "notify.notification_retention",
    "notify.notification_api_limit",
)


# Of all enterprises together, for who reaches all.
OF_ALL_TOGETHER = ("notify.notification_latency_count", "notify.notification_latency_minute")


# What the fill puts into tables for each enterprise.
OF_EACH = (
    ("notification_pause", "kind, name, reason", "'WORKFLOW', 'x', 'y'"),
    (
        "notification_retry_policy",
        "lane, failure_limit, first_delay, longest_delay",
        "'bulk', 5, interval '1 s', interval '9 s'",
    ),
    ("notification_retention", "content_days, history_days, notification_days", "9, 9, 9"),
    ("notification_enterprise_limit", "recipients_per_minute, burst", "9, 9"),
    ("notification_enterprise_state", "allowance, refilled_at", "9, notify.now()"),
    (
        "notification_api_key",
        "name, key_start, key_hash, scopes",
        "'a key', 'xnovu_', sha256(uuid_send(enterprise_id)), array['read']",
    ),
    ("notification_api_limit", "requests_per_second, burst", "9, 9"),
    ("notification_api_key_state", "key_id, tokens, refilled_at", "gen_random_uuid(), 9, notify.now()"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a statement: rows, or the SQLSTATE of its error."""

    rows: list[tuple[Any, ...]] | None = None
    error: str | None = None

    @property
    def enterprises(self) -> set[Any] | str:
        return self.error or {row[0] for row in self.rows or []}


def attempt(connection: Connection, statement: sql.Composed, *parameters: Any) -> Outcome:
    """Run a statement and take it back."""
    try:
        with connection.transaction(force_rollback=True):
            cursor = connection.execute(statement, parameters or None)
            return Outcome(cursor.fetchall() if cursor.description else [])
    except psycopg.Error as error:
        assert error.sqlstate, error
        return Outcome(error=error.sqlstate)


@pytest.fixture(scope="module")
def seeded(migrated: Cluster) -> Iterator[Database]:
    """A database with rows of three enterprises, and shared ones, in every table; the tests change nothing in it."""
    with closing(Database(migrated, "test_matrix")) as database:
        migrated.create_database(database.name, TEMPLATE)
        for login in LOGINS:
            for enterprise in login.bound:
                database.bind(login.name, enterprise)
        for enterprise in (SHARED, A, B, C):
            add_workflow(database, enterprise=enterprise)
        retracted = {}
        for enterprise in (A, B, C):
            insert(sender(database, enterprise))
            retracted[enterprise] = insert(sender(database, enterprise))
            insert(sender(database, enterprise), channels=["FAX"])
            database.bind("somebody", enterprise)
        worker = hand_worker(database)
        worker.deliver_all()
        for enterprise in (A, B, C):
            sender(database, enterprise).execute("select notify.retract(%s, 'x')", [retracted[enterprise]])
            insert(sender(database, enterprise))
        worker.tick()
        for statement in (
            "select engine.find_uncounted()",
            "select engine.add_latencies()",
            "select engine.count_enterprise(enterprise_id, now()) from notify.notification_daily_state",
            "insert into notify.notification_daily_stale"
            " select enterprise_id, '2020-01-01' from notify.notification_daily_state",
        ):
            database.keep().execute(statement.encode())
        worker.claim(most=1)
        worker.connection.execute("select worker_v1.beat('w', '{}')")
        database.keep().execute(
            "update notify.notification_delivery set due_at = now() - interval '1 h'"
            " where delivery_status = 'OPEN' and claim_id is null"
        )
        database.keep().execute("update notify.notification_claim set leased_until = now() - interval '1 s'")
        with migrated.admin(database.name) as connection:
            connection.execute(
                "insert into notify.ent_notification_rule"
                " (enterprise_id, name, workflow_enterprise_id, workflow_id, trigger_type)"
                " select enterprise_id, 'a rule', enterprise_id, id, 'EVENT' from notify.ent_notification_workflow"
            )
            connection.execute(
                "insert into notify.notification_target (enterprise_id, target)"
                " select distinct enterprise_id, 't-' || left(enterprise_id::text, 4) from notify.ent_notification"
            )
            for table, columns, values in OF_EACH:
                connection.execute(
                    f"insert into notify.{table} (enterprise_id, {columns})"
                    f" select distinct enterprise_id, {values} from notify.ent_notification".encode()
                )
            connection.execute(
                "insert into notify.notification_target_limit (target, tokens_per_second, burst) values ('far', 9, 9)"
            )
            connection.execute("insert into notify.notification_target_state (target) values ('far')")
            connection.execute(
                "insert into notify.notification_bridge (target, bridge_url) values ('far', 'https://x.example')"
            )
            connection.execute(
                "insert into notify.notification_webhook (target, webhook_id, outcome) values ('far', 'x', 'IGNORED')"
            )
            connection.execute(
                "select engine.record_receipts(array_agg((d.enterprise_id, d.notification_id, d.number,"
                " d.recipients[1], 'EMAIL', d.transaction_id, 'SEEN', now(), null, 'WEBHOOK')::engine.receipt))"
                " from notify.notification_delivery as d"
            )
            connection.execute(
                "insert into notify.notification_setting (enterprise_id, locale)"
                " select distinct enterprise_id, 'da' from notify.ent_notification"
            )
        database.disconnect()
        yield database


@pytest.fixture(params=LOGINS, ids=lambda login: login.name)
def login(request: pytest.FixtureRequest) -> Login:
    found: Login = request.param
    return found


@pytest.fixture(params=CONTEXTS)
def context(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connection(seeded: Database, login: Login, context: str) -> Iterator[Connection]:
    value, _ = CONTEXTS[context]
    with seeded.connect(login.name, value) as opened:
        yield opened


def relation(name: str) -> sql.Composable:
    return sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))


def listed(columns: set[str] | list[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(column) for column in sorted(columns))


# --- what is expected


def held(login: Login, context: str) -> set[Any]:
    """The enterprises that a login reaches and that have rows."""
    return {*reach(login, context)} & {A, B, C}


def sees(table: Table, name: str, login: Login, context: str) -> set[Any] | str:
    """The enterprises whose rows a login sees in a table with enterprise_id, or the error."""
    if login.role not in table.shown_to:
        return DENIED
    if name in OF_ALL_TOGETHER:
        return together(name, login, context)
    if name == "notify.workflow_sync_status" and CONTEXTS[context][1] in held(login, context):
        return held(login, context)  # it has a target of its own: what is shared is there, in its own rows
    if table.kind == "with shared":
        return {*held(login, context), SHARED} if login.is_listed else set()
    shows_shared = name.endswith("audit") or name in FOR_EVERYBODY
    if table.kind == "company" and shows_shared and login.reads_all and not CONTEXTS[context][0]:
        return {A, B, C, SHARED}
    return held(login, context) | together(name, login, context)


def together(name: str, login: Login, context: str) -> set[Any]:
    """What is shown of all enterprises together."""
    shows_it = name in ("notify.notification_latency", *OF_ALL_TOGETHER)
    return {SHARED} if shows_it and login.reads_all and not CONTEXTS[context][0] else set()


def changes(table: Table, name: str, login: Login, context: str) -> set[Any] | str:
    """The enterprises whose rows an UPDATE or DELETE of everything changes, or the error."""
    value, enterprise = CONTEXTS[context]
    reached = reach(login, context)
    short = name.partition(".")[2]
    if short in TOLD or short in TOLD_TO_ADMINS:
        if enterprise is not None and enterprise not in reached:
            return NOT_BOUND
        if enterprise is None and (value or not login.reads_all):
            return NO_CONTEXT
    if (table.kind == "with shared" or name in FOR_EVERYBODY) and login.reads_all and not value:
        return {A, B, C, SHARED}
    return held(login, context)


def adds(table: Table, name: str, login: Login, context: str, enterprise: UUID) -> str | None:
    """The error of an INSERT of a row of that enterprise; None when it goes in."""
    changed = changes(table, name, login, context)
    if isinstance(changed, str):
        return changed
    if login.reads_all and not CONTEXTS[context][0]:
        if enterprise == SHARED and name in FOR_EVERYBODY:
            return UNIQUE_VIOLATION
        return CHECK_VIOLATION if enterprise == SHARED and table.kind != "with shared" else None
    return None if enterprise in reach(login, context) else DENIED


def is_admin(login: Login) -> bool:
    return login.role == "notify_admin"


# --- that there is a decision


def test_every_table_and_view_stands_in_the_decisions(seeded: Database) -> None:
    found = rows(
        seeded.keep(),
        "select c.oid::regclass::text as name, n.nspname as schema from pg_class as c"
        " join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')",
    )
    open_ones = {row["name"] for row in found if row["schema"] not in CLOSED_SCHEMAS}
    assert open_ones == set(TABLES)


def test_every_column_stands_in_the_decisions(seeded: Database) -> None:
    superuser = seeded.connect()
    for name, table in TABLES.items():
        found = rows(
            superuser,
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            name,
        )
        assert {row["attname"] for row in found} == table.columns(), name


def test_every_table_with_an_enterprise_holds_rows_of_three(seeded: Database) -> None:
    superuser = seeded.connect()
    for name, table in TABLES.items():
        if "enterprise_id" in table.columns() and name not in OF_ALL_TOGETHER:
            found = attempt(superuser, sql.SQL("select distinct enterprise_id from {}").format(relation(name)))
            assert {A, B, C} <= set(found.enterprises), name
        elif table.kind != "closed":
            assert attempt(superuser, sql.SQL("select 1 from {}").format(relation(name))).rows, name


def test_every_function_stands_in_the_decisions(seeded: Database) -> None:
    found = rows(
        seeded.keep(),
        "select n.nspname || '.' || p.proname as name from pg_proc as p"
        " join pg_namespace as n on n.oid = p.pronamespace where n.nspname in ('notify', 'worker_v1', 'http_v1')",
    )
    of_views = {name for name in FUNCTIONS if name.startswith("engine.")}
    assert {row["name"] for row in found} | of_views == set(FUNCTIONS)


# --- rights, by role


@pytest.mark.parametrize("role", [*ROLES, "public"])
def test_rights_on_columns_are_those_of_the_decisions(seeded: Database, role: str) -> None:
    connection = seeded.connect()
    for name, table in TABLES.items():
        for command, expected in (
            ("select", table.readable(role)),
            ("insert", set(table.insert.get(role, "").split())),
            ("update", set(table.update.get(role, "").split())),
            ("references", set()),
        ):
            found = rows(
                connection,
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
                " and has_column_privilege(%s, attrelid, attnum, %s)",
                name,
                role,
                command,
            )
            assert {row["attname"] for row in found} == expected, (name, command)
        for command in ("delete", "truncate", "trigger"):
            (right,) = rows(connection, "select has_table_privilege(%s, %s, %s) as held", role, name, command)
            assert right["held"] == (command == "delete" and role in table.delete), (name, command)


@pytest.mark.parametrize("role", [*ROLES, "public"])
def test_what_is_closed_is_closed_to_every_role(seeded: Database, role: str) -> None:
    open_to = rows(
        seeded.keep(),
        """
        select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'S')
          and (
            case when c.relkind = 'S' then has_sequence_privilege(%s, c.oid, 'usage, select, update')
            else has_any_column_privilege(%s, c.oid, 'select, insert, update, references')
              or has_table_privilege(%s, c.oid, 'delete, truncate, trigger') end
          )
        """,
        [*CLOSED_SCHEMAS, "notify"],
        role,
        role,
        role,
    )
    decided = {name for name, table in TABLES.items() if role in (*table.shown_to, *table.insert, *table.update)}
    assert {row["name"] for row in open_to} == decided


# --- what happens


def test_select_shows_the_rows_and_the_columns_that_were_decided(
    connection: Connection, login: Login, context: str
) -> None:
    for name, table in TABLES.items():
        readable = table.readable(login.role)
        for column in table.columns() - readable:
            query = sql.SQL("select {} from {}").format(sql.Identifier(column), relation(name))
            assert attempt(connection, query).error == DENIED, (name, column)
        query = sql.SQL("select {} from {}").format(listed(readable or table.columns()), relation(name))
        shown = attempt(connection, query)
        if "enterprise_id" in table.columns():
            place = sorted(readable or table.columns()).index("enterprise_id")
            seen = shown.error or {row[place] for row in shown.rows or []}
            assert seen == (DENIED if table.kind == "closed" else sees(table, name, login, context)), name
        elif login.role not in table.shown_to:
            assert shown.error == DENIED, name
        else:
            assert bool(shown.rows) == may_see_what_is_of_no_enterprise(table, login), name


def may_see_what_is_of_no_enterprise(table: Table, login: Login) -> bool:
    return {"company": login.reads_all, "reference": login.is_listed, "totals": True}[table.kind]


def test_copy_gives_what_select_gives_and_takes_nothing(connection: Connection, login: Login, context: str) -> None:
    for name, table in TABLES.items():
        readable = table.readable(login.role)
        columns = listed((readable or table.columns()) - {"recipient_count"})  # COPY takes no generated column
        query = sql.SQL("select {} from {}").format(columns, relation(name))
        expected = attempt(connection, query)
        count = expected.error or len(expected.rows or [])
        assert copied(connection, sql.SQL("({})").format(query)) == count, name
        if name not in VIEWS:
            # under row-level security, COPY of a partitioned table is of the parent alone, which is empty
            count = expected.error or (0 if name in PARTITIONED else count)
            assert copied(connection, sql.SQL("{} ({})").format(relation(name), columns)) == count, name
        given = sql.SQL("copy {} from stdin").format(relation(name))
        assert attempt(connection, given).error in (DENIED, NOT_SUPPORTED, "42809"), name


PARTITIONED = ("notify.notification_content", "notify.notification_history")
VIEWS = (
    "notify.notification_overview",
    "notify.notification_timeline",
    "notify.notification_counted",
    "notify.notification_funnel",
    "notify.notification_latency",
    "notify.notification_stuck",
    "notify.template_status",
    "notify.enterprise_status",
    "notify.worker_status",
    "notify.target_status",
    "notify.lane_status",
    "notify.workflow_sync_status",
    "notify.notification_failures",
    "notify.notification_retractions",
    "notify.notification_channel_status",
    "notify.api_key_status",
)


def copied(connection: Connection, source: sql.Composable) -> int | str | None:
    """How many rows COPY … TO STDOUT gives, or the error."""
    try:
        with (
            connection.transaction(force_rollback=True),
            connection.cursor().copy(sql.SQL("copy {} to stdout").format(source)) as copy,
        ):
            return sum(1 for _ in copy.rows())
    except psycopg.Error as error:
        return error.sqlstate


def test_update_changes_the_rows_that_were_decided(connection: Connection, login: Login, context: str) -> None:
    for name, table in TABLES.items():
        may = sorted(table.update.get(login.role or "", "").split())
        column = sql.Identifier(may[0] if may else min(table.columns()))
        statement = sql.SQL("update {} set {} = {}").format(relation(name), column, column)
        assert changed(connection, statement, name) == expected_change(bool(may), name, login, context), name


def test_delete_takes_the_rows_that_were_decided(connection: Connection, login: Login, context: str) -> None:
    for name, table in TABLES.items():
        done = changed(connection, sql.SQL("delete from {}").format(relation(name)), name)
        if done != REFERRED_TO:  # what others refer to stays, whoever asks; the policies have let it through
            assert done == expected_change(login.role in table.delete, name, login, context), name
        else:
            assert login.role in table.delete, name


def changed(connection: Connection, statement: sql.Composed, name: str) -> object:
    """The enterprises whose rows were changed, or whether any row was, or the error."""
    has_enterprise = "enterprise_id" in TABLES[name].columns()
    done = attempt(connection, statement + sql.SQL(" returning enterprise_id" if has_enterprise else " returning 1"))
    if done.error in (NOT_UPDATABLE, NOT_SUPPORTED) and name in VIEWS:
        return DENIED  # an aggregate can't be changed, which PostgreSQL says before it asks who wants to
    return done.enterprises if has_enterprise else done.error or bool(done.rows)


def expected_change(allowed: bool, name: str, login: Login, context: str) -> object:
    if not allowed:
        return DENIED
    if "enterprise_id" in TABLES[name].columns():
        return changes(TABLES[name], name, login, context)
    return is_admin(login)


def test_truncate_is_for_nobody(connection: Connection) -> None:
    for name in TABLES:
        if name not in VIEWS:
            assert attempt(connection, sql.SQL("truncate {} cascade").format(relation(name))).error == DENIED, name


# A row that goes in, for each table into which somebody may insert.
SAMPLES: dict[str, dict[str, Any]] = {
    "notify.ent_notification": {"workflow_key": "greeting", "recipients": [B]},
    "notify.ent_notification_workflow": {"workflow_key": "new", "name": "New", "default_channels": ["EMAIL"]},
    "notify.ent_notification_template": {
        "template_key": "new",
        "channel_type": "EMAIL",
        "name": "New",
        "body_template": "Hello",
    },
    "notify.notification_target": {"target": "new"},
    "notify.notification_bridge": {"target": "new", "bridge_url": "https://x.example/api/novu"},
    "notify.notification_setting": {"locale": "pt-BR"},
    "notify.notification_pause": {"kind": "ENTERPRISE", "name": "", "reason": "because"},
    "notify.notification_retry_policy": {
        "lane": "normal",
        "failure_limit": 3,
        "first_delay": "1 s",
        "longest_delay": "2 s",
    },
    "notify.notification_retention": {"content_days": 3, "history_days": 3, "notification_days": 3},
    "notify.notification_enterprise_limit": {"recipients_per_minute": 3, "burst": 3},
    "notify.notification_api_limit": {"requests_per_second": 3, "burst": 3},
    "notify.notification_critical_workflow": {"workflow_id": UUID(int=9)},
    "notify.notification_target_limit": {"target": "new", "tokens_per_second": 1, "burst": 1},
    "notify.notification_receipt_schedule": {"lane": "bulk", "ask_after": "9 s"},
    "notify.login_enterprise": {"login": "new"},
    "notify.typ_notification_category": {"category": "NEW", "description": "New"},
}


def test_insert_adds_what_was_decided(connection: Connection, login: Login, context: str) -> None:
    for name, table in TABLES.items():
        if login.role not in table.insert:
            statement = sql.SQL("insert into {} default values").format(relation(name))
            assert attempt(connection, statement).error in (DENIED, NOT_UPDATABLE), name
        elif "enterprise_id" not in table.columns():
            added = attempt(connection, *insertion(name, {}))
            assert added.error == (None if is_admin(login) else DENIED), name
        else:
            # A and B have a target and settings already; the unknown enterprise has none
            for enterprise in (
                (UUID(int=9), SHARED)
                if name.endswith(("target", "setting", "retention", "enterprise_limit", "api_limit"))
                else (A, B, SHARED)
            ):
                row: dict[str, Any] = {"enterprise_id": enterprise}
                if name == "notify.ent_notification_workflow" and enterprise == SHARED:
                    row["workflow_type"] = "STATIC"
                expected = adds(table, name, login, context, enterprise)
                if expected is None and name.endswith("critical_workflow"):
                    expected = REFERRED_TO  # it goes in, and there is no such workflow
                assert attempt(connection, *insertion(name, row)).error == expected, (name, enterprise)


def insertion(name: str, row: dict[str, Any]) -> tuple[Any, ...]:
    values = {**SAMPLES[name], **row}
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in values)
    marks = sql.SQL(", ").join([sql.SQL("%s")] * len(values))
    statement = sql.SQL("insert into {} ({}) values ({})").format(relation(name), columns, marks)
    return statement, *values.values()


# --- functions


def test_each_function_is_called_by_whom_it_was_decided(seeded: Database, login: Login) -> None:
    """Not only by the catalogue: who may not is refused when it calls, before the function's body runs."""
    connection = seeded.connect(login.name, A)
    functions = rows(
        seeded.keep(),
        """
        select n.nspname || '.' || p.proname as name, n.nspname as schema, p.proname as function,
          p.prorettype = 'trigger'::regtype as is_trigger, p.prokind, p.proargtypes::regtype[]::text[] as types,
          has_schema_privilege(%s, n.oid, 'usage') and has_function_privilege(%s, p.oid, 'execute') as may
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname in ('notify', 'engine', 'template', 'worker_v1', 'http_v1', 'pgmq') and p.prokind = 'f'
        """,
        login.name,
        login.name,
    )
    assert len(functions) > 100
    for f in functions:
        decided = login.role in FUNCTIONS.get(f["name"], ())
        assert f["may"] == decided, f["name"]
        if not decided and not f["is_trigger"]:
            arguments = sql.SQL(", ").join(sql.SQL("null::" + t) for t in f["types"])
            call = sql.SQL("select {}({})").format(sql.Identifier(f["schema"], f["function"]), arguments)
            assert attempt(connection, call).error == DENIED, f["name"]
