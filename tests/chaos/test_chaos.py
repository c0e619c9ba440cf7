"""Under load and faults of all kinds nothing gets lost and nothing is sent twice; and the suite notices what it is for.

This is the short run, of one seed. A long one: ./run chaos --minutes 10 --seed 7"""

import os
from contextlib import closing
from pathlib import Path

import pytest
from tests.chaos.mutations import MUTATIONS, mutate
from tests.chaos.plan import make_plan
from tests.chaos.suite import SERVER_SETTINGS, Chaos, Options
from tests.cluster import Cluster, Database
from tests.conftest import TEMPLATE

from xnovu.migrate import migrate


def test_nothing_is_lost_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    with Cluster(os.environ["XNOVU_SERVER_PYTHON"], SERVER_SETTINGS) as cluster:
        cluster.create_database("chaos")
        migrate(cluster.url("chaos"), lambda line: None)
        cluster.create_logins()
        with closing(Database(cluster, "chaos")) as database:
            verdict = Chaos(database, Options(seed=9, seconds=35), tmp_path, print).run()
    print(verdict.counts)
    assert verdict.violations == []
    assert verdict.counts["did restart"] and verdict.counts["did freeze"] and verdict.counts["did kill"]
    assert verdict.counts["pairs delivered"] > 1000
    assert verdict.counts["cancellations that ended"] and verdict.counts["pairs corrected"]


@pytest.mark.parametrize(
    ("name", "options", "noticed"),
    [
        ("fence", Options(1, 1.0, weights={"cut": 1}, rates={}), "under way together"),
        ("dedup", Options(1, 4.0, weights={"cut": 1}, rates={"reset_after": 0.5}, overture=False), "more than once"),
        (
            "follow",
            Options(1, 6.0, pace=20, weights={"cut": 1}, rates={"late": 0.8}, overture=False),
            "and was not cancelled",
        ),
        ("values", Options(1, 4.0, weights={"cut": 1}, rates={}, overture=False), "not the recipient's own"),
        ("split", Options(1, 3.0, pace=30, patience=6.0, weights={"cut": 1}, rates={}, overture=False), "did not end"),
    ],
)
def test_it_notices_a_broken(name: str, options: Options, noticed: str, migrated: Cluster, tmp_path: Path) -> None:
    """In one of six runs at the latest: it shows when two workers meet, which a busy machine can hinder."""
    for seed in range(1, 7):
        with closing(Database(migrated, f"chaos_{name}_{seed}")) as database:
            migrated.create_database(database.name, TEMPLATE)
            folder = tmp_path / str(seed)
            folder.mkdir()
            changed = {"mutation": name, "seed": seed}
            verdict = Chaos(database, Options(**(vars(options) | changed)), folder, print).run()
        if any(noticed in violation for violation in verdict.violations):
            return
    pytest.fail(str(verdict))


@pytest.mark.parametrize("name", MUTATIONS)
def test_there_is_what_a_mutation_breaks(name: str, database: Database) -> None:
    mutate(database, name)


def test_a_seed_makes_the_same_plan_again() -> None:
    assert make_plan(7, 600) == make_plan(7, 600)
    assert make_plan(7, 600) != make_plan(8, 600)
