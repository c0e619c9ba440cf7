"""Attacks through the planner: its estimates, the counts and the order of execution that a plan betrays, and functions
of one's own that are called while another's rows are looked at. A login may set any enable_* as it likes."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest
from tests.cluster import A, B, C, Cluster, Database
from tests.conftest import TEMPLATE
from tests.isolation.support import BOUND, MARK, NOWHERE, attacker, explain, fill, masked, refused, settle, value
from tests.support import rows

SCAN_ALL = "set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off"
SCAN_INDEXES = "set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off; set random_page_cost = 0"

# A login, a relation, a column of it that can be compared without leaking, and its values: A's own, B's, and nobody's.
UNKNOWN = UUID(int=9)
PROBES = [
    ("test_analyst", "ent_notification", "enterprise_id", A, B, UNKNOWN),
    ("test_analyst", "ent_notification", "building", *(MARK[A], MARK[B], NOWHERE)),
    ("test_analyst_of_two", "ent_notification", "name", *(MARK[C], MARK[B], NOWHERE)),
    ("test_analyst", "notification_delivery", "enterprise_id", A, B, UNKNOWN),
    ("test_analyst_of_two", "notification_history", "enterprise_id", C, B, UNKNOWN),
    ("test_analyst", "notification_overview", "building", *(MARK[A], MARK[B], NOWHERE)),
    ("test_analyst", "notification_failures", "enterprise_id", A, B, UNKNOWN),
    ("test_bound_platform", "ent_notification", "building", *(MARK[A], MARK[B], NOWHERE)),
    ("test_bound_platform", "notification_content", "enterprise_id", A, B, UNKNOWN),
    ("test_bound_platform", "ent_notification_workflow", "workflow_key", *(MARK[A], MARK[B], NOWHERE)),
    ("test_manager", "ent_notification_workflow", "workflow_key", *(MARK[A], MARK[B], NOWHERE)),
    ("test_manager", "ent_notification_template", "template_key", *(MARK[A], MARK[B], NOWHERE)),
    ("test_manager", "notification_workflow_version", "enterprise_id", A, B, UNKNOWN),
    ("test_manager", "notification_audit", "enterprise_id", A, B, UNKNOWN),
    ("test_analyst", "login_enterprise", "enterprise_id", A, B, UNKNOWN),
    ("test_analyst", "login_enterprise", "login", "test_analyst", "test_analyst_of_two", NOWHERE),
]
PROBE_NAMES = [f"{login}-{relation}-{column}" for login, relation, column, *_ in PROBES]
PROBE = pytest.mark.parametrize("probe", PROBES, ids=PROBE_NAMES)


@pytest.fixture(scope="module")
def full(migrated: Cluster) -> Iterator[Database]:
    """A database in which B has thousands of rows and A a few, analyzed; the tests change nothing in it."""
    with closing(Database(migrated, "test_attacks_plans")) as database:
        migrated.create_database(database.name, TEMPLATE)
        settle(database)
        fill(database, B, 3000)
        fill(database, A, 20)
        database.keep().execute("analyze")
        yield database


@PROBE
def test_a_function_of_ones_own_behind_a_leakproof_condition(full: Database, probe: tuple[str, ...]) -> None:
    """The planner may move a leakproof condition before a policy. Joined to an uncorrelated sub-select by OR, it says
    whether any row fulfilled it, whosever: the sub-select is run only then."""
    login, relation, column, own, other, _ = probe
    with attacker(full, login) as spy:
        spy.execute(SCAN_ALL)
        spy.execute("create temp sequence told")
        spy.execute(
            "create function pg_temp.tell() returns boolean language sql volatile as"
            " 'select nextval(''pg_temp.told'') < 0'"
        )

        def tells(searched: object) -> bool:
            spy.execute("select setval('pg_temp.told', 1, false)")
            condition = f"(not {column} = any(array[%s]) or (select pg_temp.tell()))"
            spy.execute(f"select count(*) from notify.{relation} where {condition}".encode(), [searched])
            return bool(value(spy, "select is_called from pg_temp.told"))

        assert tells(own)
        assert not tells(other)


@pytest.mark.parametrize("probe", [p for p in PROBES if isinstance(p[3], str)], ids=lambda p: f"{p[0]}-{p[1]}-{p[2]}")
def test_a_function_of_ones_own_behind_a_condition_that_costs_nothing(full: Database, probe: tuple[str, ...]) -> None:
    """A subscript is leakproof and has no price, and what it is asked for may be a column; the same holds for IS NULL
    and a boolean column. At the same price, a policy comes first."""
    login, relation, column, own, other, _ = probe
    with attacker(full, login) as spy:
        spy.execute(SCAN_ALL)
        spy.execute("create temp sequence told")
        spy.execute(
            "create function pg_temp.tell() returns boolean language sql volatile as"
            " 'select nextval(''pg_temp.told'') < 0'"
        )

        def tells(searched: str) -> bool:
            spy.execute("select setval('pg_temp.told', 1, false)")
            found = f"('{{\"{searched}\": 1}}'::jsonb)[{column}] is not null"
            spy.execute(
                f"select count(*) from notify.{relation} where not ({found}) or (select pg_temp.tell())".encode()
            )
            return bool(value(spy, "select is_called from pg_temp.told"))

        assert tells(own)
        assert not tells(other)


@pytest.mark.parametrize("login", ["test_bound_platform", "test_manager"])
def test_a_row_that_is_shared_says_who_else_refers_to_it(full: Database, login: str) -> None:
    """A foreign key locks the row that it refers to, and xmax is the transaction that did."""
    with attacker(full, login) as spy:
        for relation in ("ent_notification_workflow", "typ_notification_category", "typ_notification_priority"):
            assert rows(spy, f"select * from notify.{relation}")
            for column in ("xmin", "xmax", "ctid", "tableoid"):
                with refused():
                    spy.execute(f"select {column} from notify.{relation}".encode())


@PROBE
def test_explain_says_whether_a_policy_was_asked(full: Database, probe: tuple[str, ...]) -> None:
    """The sub-selects of a policy are run when the first row needs them: "never executed" would say that no row, of
    whatever enterprise, fulfilled the conditions before it."""
    login, relation, column, own, other, nobody = probe
    with attacker(full, login) as spy:
        for setting in (SCAN_ALL, SCAN_INDEXES):
            spy.execute("reset all")
            spy.execute(f"set app.current_enterprise_id = '{A}'".encode())
            spy.execute(setting.encode())

            def plan(searched: object) -> str:
                query = f"select 1 from notify.{relation} where {column} = any(array['{searched}']::{kind(searched)}[])"
                return masked(explain(spy, query), str(searched))

            assert plan(other) == plan(nobody)
            if own in (A, MARK[A]):
                assert plan(own) != plan(nobody)


def kind(searched: object) -> str:
    return "uuid" if isinstance(searched, UUID) else "text"


@PROBE
def test_the_planners_estimates_for_anothers_value(full: Database, probe: tuple[str, ...]) -> None:
    login, relation, column, _, other, nobody = probe
    with attacker(full, login) as spy:

        def estimate(operator: str, searched: object) -> str:
            query = f"select 1 from notify.{relation} where {column} {operator} '{searched}'::{kind(searched)}"
            return masked(explain(spy, query, "verbose"), str(searched))

        for operator in ("=", ">", "<>", "is distinct from"):
            assert estimate(operator, other) == estimate(operator, nobody)


@pytest.mark.parametrize("login", BOUND)
def test_the_planners_estimates_grow_with_ones_own_rows_no_faster_than_with_anothers(
    full: Database, login: str
) -> None:
    """B has a hundred times as many rows as A, and the estimate for one is the estimate for the other."""
    relation = "ent_notification_workflow" if login == "test_manager" else "ent_notification"
    with attacker(full, login) as spy:
        estimates = {
            explain(spy, f"select 1 from notify.{relation} where enterprise_id = '{enterprise}'", "verbose")[0][
                "Plan Rows"
            ]
            for enterprise in (A, B, UNKNOWN)
        }
        assert len(estimates) == 1


ORDERS = [
    ("notification_delivery", "lane = 'normal' and due_at is not null", "lane, enterprise_id, due_at"),
    ("notification_delivery", "lane = 'normal' and due_at > '2099-01-01'", "enterprise_id, due_at"),
    ("notification_delivery", "due_at is not null", "lane, enterprise_id, due_at"),
    ("notification_delivery", "lane = 'normal' and due_at is not null", "due_at"),
    ("notification_delivery", "true", "enterprise_id, notification_id, number"),
    ("notification_delivery", f"notification_id > '{UUID(int=0)}'", "notification_id"),
    ("ent_notification", "true", "enterprise_id, id"),
    ("ent_notification", f"id > '{UUID(int=0)}'", "id"),
    ("ent_notification", "created_at > '2000-01-01'", "created_at desc"),
    ("ent_notification", "true", "enterprise_id, created_at desc"),
    ("notification_history", f"notification_id > '{UUID(int=0)}'", "enterprise_id, notification_id"),
    ("notification_overview", "created_at > '2000-01-01'", "created_at desc"),
]


@pytest.mark.parametrize("login", ["test_analyst", "test_analyst_of_two", "test_bound_platform"])
@pytest.mark.parametrize(("relation", "condition", "order"), ORDERS)
def test_explain_counts_what_an_index_scan_filters_out(
    full: Database, login: str, relation: str, condition: str, order: str
) -> None:
    """An index in which another column stands before the enterprise may be read in its order with the policy as a
    filter; "Rows Removed by Filter" is then how many rows of others fulfil the condition."""
    with attacker(full, login) as spy:
        for settings in (SCAN_INDEXES, "set enable_seqscan = off; set enable_bitmapscan = on; set enable_sort = on"):
            spy.execute(settings.encode())
            nodes = explain(spy, f"select 1 from notify.{relation} where {condition} order by {order}")
            scans = [node for node in nodes if "Index" in node["Node Type"] or "Bitmap" in node["Node Type"]]
            assert scans
            assert sum(node["Actual Rows"] for node in scans) > 0
            removed = sum(node.get("Rows Removed by Filter", 0) for node in scans)
            assert removed <= value(spy, f"select count(*) from notify.{relation} where ({condition}) is not true")


def test_a_login_in_two_roles_whose_policies_are_joined_by_or(full: Database) -> None:
    """Two permissive policies are joined by OR, which no index serves: then a notification's id alone is searched for,
    and a policy as the filter behind it counts whether somebody has it."""
    boss = full.connect()
    boss.execute("create role test_both_roles login in role notify_platform, notify_analyst")
    try:
        full.bind("test_both_roles", A)
        known = {
            enterprise: value(
                boss, "select min(id::text) from notify.ent_notification where enterprise_id = %s", enterprise
            )
            for enterprise in (A, B)
        }
        with full.connect("test_both_roles", A) as spy:
            spy.execute(SCAN_INDEXES)

            def plan(searched: str) -> str:
                return masked(explain(spy, f"select 1 from notify.ent_notification where id = '{searched}'"), searched)

            assert plan(known[B]) == plan(str(UNKNOWN))
            assert plan(known[A]) != plan(str(UNKNOWN))
    finally:
        boss.execute("drop role test_both_roles")


def test_an_index_on_tenants_rows_is_led_by_what_the_policy_compares(full: Database) -> None:
    """Then a policy's condition is always a part of the search in it, and never a filter after it. That is the
    enterprise, but for bindings, of which a login reads its own."""
    strange = rows(
        full.connect(),
        """
        select i.indexrelid::regclass::text as name
        from pg_index as i
        join pg_attribute as a on a.attrelid = i.indrelid and a.attname = 'enterprise_id'
        join pg_class as c on c.oid = i.indrelid and c.relnamespace = 'notify'::regnamespace
        where i.indkey[0] <> a.attnum and exists (
          -- a column that a role may not read is in no condition of its, such as the hash of an API key
          select from pg_roles as r where has_column_privilege(r.oid, c.oid, i.indkey[0], 'select')
            and r.rolname in ('notify_platform', 'notify_manager', 'notify_analyst')
        )
        """,
    )
    assert [row["name"] for row in strange] == ["notify.login_enterprise_by_login"]


@pytest.mark.parametrize("login", ["test_stranger", *BOUND])
def test_the_catalogue_of_statistics(full: Database, login: str) -> None:
    with attacker(full, login) as spy:
        kept = "schemaname in ('notify', 'notify_partition', 'engine', 'pgmq')"
        tenants = "attname in ('enterprise_id', 'building', 'name', 'login', 'keys', 'message')"
        assert rows(spy, f"select * from pg_stats where {kept} and {tenants}") == []
        assert rows(spy, f"select * from pg_stats_ext where {kept}") == []
        assert value(spy, "select count(*) from pg_stats where schemaname = 'pg_catalog'") > 0


@pytest.mark.parametrize("login", ["test_analyst", "test_bound_platform"])
def test_a_leaky_function_operator_cast_or_domain_of_ones_own(full: Database, login: str) -> None:
    """Each raises what it was given; it is given A's rows only."""
    with attacker(full, login) as spy:
        spy.execute(SCAN_ALL)
        for statement in (
            "create function pg_temp.seen(text) returns boolean language plpgsql cost 0.0001 as"
            " $$ begin raise notice '%', $1; return true; end $$",
            "create function pg_temp.same(text, text) returns boolean language plpgsql cost 0.0001 as"
            " $$ begin raise notice '%', $1; return true; end $$",
            "create operator pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.same)",
            "create operator pg_temp.< (leftarg = text, rightarg = text, function = pg_temp.same)",
            "create domain pg_temp.word as text check (pg_temp.seen(value))",
            "create aggregate pg_temp.all_seen(text) (sfunc = pg_temp.gather, stype = text)",
        ):
            if "aggregate" in statement:
                spy.execute(
                    "create function pg_temp.gather(text, text) returns text language plpgsql as"
                    " $$ begin raise notice '%', $2; return $2; end $$"
                )
            spy.execute(statement.encode())
        heard: list[str] = []
        spy.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        spy.execute("set search_path = pg_temp, pg_catalog")
        table = "notify.ent_notification as n"
        for query in (
            f"select 1 from {table} where pg_temp.seen(building)",
            f"select 1 from {table} where building operator(pg_temp.=) 'x'",
            f"select 1 from {table} where building operator(pg_temp.<) 'x' or building is null",
            f"select building::pg_temp.word from {table}",
            f"select 1 from {table} order by pg_temp.seen(building)",
            f"select pg_temp.all_seen(building) over (order by id) from {table}",
            f"select pg_temp.all_seen(building) filter (where pg_temp.seen(building)) from {table}",
            f"select 1 from {table} join (values ('x')) as v (x) on pg_temp.same(n.building, v.x)",
            f"select 1 from {table}, lateral (select pg_temp.seen(n.building)) as l",
            f"select 1 from {table} tablesample system (100) where case when pg_temp.seen(building) then true end",
        ):
            heard.clear()
            spy.execute(query.encode())
            assert set(heard) == {MARK[A]}, query


@pytest.mark.parametrize("query", ["1 / (char_length(building) - 8)", "building::integer", "(tags)[1]::uuid"])
def test_an_error_in_a_condition_comes_from_ones_own_rows(full: Database, query: str) -> None:
    """Each fails on a row of B's, or names its value in the message: "nordhavn" has eight letters."""
    with attacker(full, "test_analyst") as spy:
        spy.execute(SCAN_ALL)
        try:
            spy.execute(f"select 1 from notify.ent_notification where ({query}) is not null".encode())
        except Exception as error:
            assert MARK[A] in str(error), error
            assert MARK[B] not in str(error)


@pytest.mark.parametrize("login", ["test_analyst", "test_bound_platform", "test_manager"])
def test_debug_output_of_parser_and_planner(full: Database, login: str) -> None:
    """debug_print_plan and its like print what functions of ours run, too, but no row."""
    with attacker(full, login) as spy:
        heard: list[str] = []
        spy.add_notice_handler(lambda notice: heard.append(f"{notice.message_primary} {notice.message_detail}"))
        for setting in ("client_min_messages = debug5", "debug_print_plan = on", "debug_print_rewritten = on"):
            spy.execute(f"set {setting}".encode())
        spy.execute("set trace_sort = on")
        relation = "ent_notification_workflow" if login == "test_manager" else "lane_status"
        spy.execute(f"select * from notify.{relation}".encode())
        assert heard
        assert not any(MARK[B] in text or str(B) in text for text in heard)


def test_the_columns_that_tell_where_a_row_lies(full: Database) -> None:
    with attacker(full, "test_bound_platform") as spy:
        own = value(spy, "select count(*) from notify.ent_notification where ctid >= '(0,0)'")
        assert own == value(spy, "select count(*) from notify.ent_notification") > 0
        places = f"select ctid::text as place from notify.ent_notification where enterprise_id = '{B}' limit 5"
        for row in rows(full.connect(), places):
            query = f"select xmin, tableoid from notify.ent_notification where ctid = '{row['place']}'"
            assert rows(spy, query) == []
    with attacker(full, "test_analyst") as spy, refused():
        spy.execute("select ctid from notify.ent_notification")


def test_a_parallel_plan_knows_the_login_too(full: Database) -> None:
    with attacker(full, "test_analyst") as spy:
        spy.execute(
            "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;"
            "set force_parallel_mode = on"
        )
        seen = rows(spy, "select distinct enterprise_id as e from notify.ent_notification")
        assert [row["e"] for row in seen] == [A]
