"""The benchmark of INSERT measures what it says, and finds out rows that are missing."""

import pytest
from bench import insert
from bench.contenders import XNovu
from bench.insert import BARE, OURS, Commits, Pair, conclude, measure, measure_commits
from bench.round import Ground, filled_database, number
from bench.timing import VoidError
from tests.bench.conftest import MACHINE, shown
from tests.cluster import Connection


def test_both_sides_are_measured(ground: Ground) -> None:
    told: list[str] = []

    pairs = measure(ground, 2, 40, 12, told.append)

    assert [(pair.rows, len(pair.ours), len(pair.bare)) for pair in pairs] == [(40, 2, 2), (1, 12, 12), (1, 12, 12)]
    assert all(min(*pair.ours, *pair.bare) > 0 for pair in pairs)
    assert all(whole >= alone for whole, alone in zip(pairs[1].ours, pairs[2].ours, strict=True))
    assert told == ["40 rows, the warm-up", "40 rows, round 1", "40 rows, round 2", "one row"]
    assert conclude(pairs, None, MACHINE).budgets == []


def test_the_bare_table_has_the_indexes_and_checks_and_nothing_else(ground: Ground) -> None:
    def of(admin: Connection, table: str, query: str) -> int:
        return number(admin, query.format(f"'{table}'::regclass").encode())

    with filled_database(ground, XNovu(), 0) as (_, admin):
        admin.execute(insert._TABLES)

        for same in (
            "select count(*) from pg_index where indrelid = {}",
            "select count(*) from pg_constraint where conrelid = {} and contype = 'c'",
            "select count(*) from pg_attribute where attrelid = {} and attnum > 0",
            "select count(*) from pg_attrdef where adrelid = {}",
            "select count(*) from pg_class where oid = {} and reloptions = '{{fillfactor=60}}'",
        ):
            assert of(admin, BARE, same) == of(admin, OURS, same) > 0
        for more in (
            "select count(*) from pg_trigger where tgrelid = {}",
            "select count(*) from pg_class where oid = {} and relrowsecurity",
        ):
            assert of(admin, BARE, more) == 0 < of(admin, OURS, more)


def test_rows_that_are_missing_void_the_run(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    lose = b"""
    create rule lose as on insert to bench.bare where new.recipients[1] = '5ec10000-0000-4000-8000-000000000003'
    do instead nothing;
    """
    monkeypatch.setattr(insert, "_TABLES", insert._TABLES + lose)

    with pytest.raises(VoidError, match=r"bench\.bare has 39 rows, and 40 were inserted"):
        measure(ground, 1, 40, 10, lambda line: None)


def test_clients_commit_beside_a_worker(ground: Ground) -> None:
    told: list[str] = []

    commits = measure_commits(ground, 1, 1, 2, told.append)

    assert commits.clients == 2
    assert min(*commits.shipped, *commits.mute) > 0
    assert [line.split(":")[0] for line in told] == ["2 clients, shipped", "2 clients, mute"]
    assert commits.budget is None


def test_a_mute_trigger_notifies_nobody_and_the_shipped_one_does(ground: Ground) -> None:
    idle = b"""
    insert into notify.notification_worker (worker, version, started_at, beaten_at, idle_lanes, facts)
    values ('idle', '1', now(), now(), '{critical,normal,bulk}', '{}')
    """
    notified = {}
    for contender in (XNovu(), insert.Mute()):
        with filled_database(ground, contender, 0) as (name, admin):
            admin.execute(idle)
            admin.execute(b"listen xnovu_work")

            contender.fill(ground.cluster, name, admin, 1)

            notified[type(contender)] = len([*admin.notifies(timeout=0.5)])
    assert notified == {XNovu: 1, insert.Mute: 0}


def test_clients_that_fail_void_the_run(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insert, "_PGBENCH", "select {payload!r};")
    with pytest.raises(VoidError, match="pgbench ended with status"):
        measure_commits(ground, 1, 1, 1, lambda line: None)

    monkeypatch.setattr(insert, "_PGBENCH", "select 1;")
    with pytest.raises(VoidError, match=r"1 clients committed .* rows, and 0 are there"):
        measure_commits(ground, 1, 1, 1, lambda line: None)


def test_budgets_count_at_the_size_that_they_are_for() -> None:
    def pair(ours: float, rows: int = 10_000) -> Pair:
        return Pair("rows", rows, [ours, ours, 9.0], [1.0, 1.0, 5.0])

    def commits(shipped: float, clients: int = 8) -> Commits:
        return Commits(clients, [shipped, shipped, 1.0], [1_000.0] * 3)

    outcome = conclude([pair(3.0), pair(9.0, 1)], commits(800), MACHINE)
    assert [(budget.value, budget.limit, budget.is_met) for budget in outcome.budgets] == [
        (3, 3, True),
        (0.8, 0.8, True),
    ]
    assert not any(budget.is_met for budget in conclude([pair(3.01)], commits(799), MACHINE).budgets)
    assert conclude([pair(9.0, 9_999)], commits(1, clients=7), MACHINE).budgets == []


def test_the_table_has_the_figures_and_the_quick_one_only_ratios() -> None:
    pairs, commits = [Pair("10,000 rows", 10_000, [0.4], [0.1])], Commits(8, [900.0], [1_000.0])

    whole, quick = (shown(conclude(pairs, commits, MACHINE, is_quick)) for is_quick in (False, True))

    assert "400.00 400.00 100.00 100.00 25,000 4.00 × ≤ 3 missed" in whole
    assert "900 900 900 1,000 90% ≥ 0.8 ok" in whole
    assert "4.00 × ≤ 3 missed" in quick
    assert "400.00" not in quick
    assert "25,000" not in quick
    assert "Measured on: 2026-03-01, 2 × A processor" in quick
