"""The soak keeps up a steady load, and finds out what was lost or not held."""

from pathlib import Path

import httpx
import pytest
from bench import soak
from bench.contenders import XNovu
from bench.round import Ground, filled_database
from bench.soak import HOT, Bucket, Platform, Soak, check, conclude, measure, old_snapshot
from bench.timing import VoidError
from tests.bench.conftest import MACHINE, shown
from tests.bench.test_throughput import event
from tests.cluster import Database


def test_both_variants_run_and_the_old_snapshot_leaves_dead_tuples(ground: Ground) -> None:
    told: list[str] = []

    soaks = measure(ground, 200, 4.0, 1.0, told.append)

    assert [(one.variant, len(one.buckets)) for one in soaks] == [("without", 4), ("old snapshot", 4)]
    for one in soaks:
        assert [bucket.at for bucket in one.buckets] == pytest.approx([1, 2, 3, 4], abs=0.5)
        assert sum(bucket.sent for bucket in one.buckets) == pytest.approx(800, rel=0.5)
        assert all(bucket.cost > 0 for bucket in one.buckets if bucket.sent)
        assert {*one.buckets[-1].dead} == {*one.buckets[-1].size} == {*HOT}
        assert one.buckets[-1].size["notify.ent_notification"] > 100_000
        assert one.bytes_each > 1_000
    assert sum(soaks[1].buckets[-1].dead.values()) > 0
    assert len(told) == 8


def test_a_snapshot_that_is_not_held_voids_the_run(ground: Ground) -> None:
    with filled_database(ground, XNovu(), 0) as (name, admin):
        database = Database(ground.cluster, name)
        with old_snapshot(database, admin):
            pass
        end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where state = 'idle in transaction'"
        with pytest.raises(VoidError, match="not held to the end"), old_snapshot(database, admin):
            admin.execute(end.encode())


def test_other_contents_void_the_run(ground: Ground) -> None:
    ground.stand_in.empty()
    spoilt = event(7)
    spoilt["payload"]["email"]["body"] = "<p>Less</p>"

    def post(number: int, made: object) -> None:
        assert httpx.post(f"{ground.stand_in.url}/v1/events/trigger", json=made).status_code == 201, number

    for number in range(41):
        post(number, spoilt if number == 40 else event(number))
    found = ground.stand_in.drain()

    assert (found.events, found.posts) == (41, 41)
    assert "notification 7 has other contents" in found.wrong[0]
    assert ground.stand_in.drain().events == 0


def test_counts_that_differ_void_the_run() -> None:
    check(Soak("without", 10, 60), 600, 600, 600)
    for counts in ((600, 601, 600), (600, 600, 599), (601, 600, 600)):
        with pytest.raises(VoidError, match=r"were inserted, .* came in and .* are SENT"):
            check(Soak("without", 10, 60), *counts)


def test_the_first_and_the_last_minute_are_compared(tmp_path: Path) -> None:
    def run(variant: str, sent: list[float], seconds: float) -> Soak:
        dead = dict.fromkeys(HOT, 7)
        buckets = [
            Bucket(10.0 * (place + 1), rate, place, 1e5 / rate, dead, dict.fromkeys(HOT, 1_500_000))
            for place, rate in enumerate(sent)
        ]
        return Soak(variant, 1_000, seconds, buckets, 4_321.0)

    steady = run("without", [1_000.0] * 18, 180)
    slower = run("old snapshot", [1_000.0] * 6 + [800.0] * 6 + [500.0] * 6, 180)

    assert (steady.window, steady.ratio("sent"), steady.ratio("cost")) == (6, 1, 1)
    assert (slower.first("sent"), slower.last("sent"), slower.ratio("sent")) == (1_000, 500, 0.5)
    assert slower.ratio("cost") == pytest.approx(2)
    assert run("short", [100.0, 50.0, 50.0], 30).window == 1
    outcome = conclude([steady, slower], MACHINE)
    text = shown(outcome)
    assert "old snapshot 1,000 500 0.50 ×" in text
    assert "notify.ent_notification" in text
    assert outcome.record["variants"][1]["sent_ratio"] == 0.5
    pytest.importorskip("matplotlib", reason="only ./run bench installs it")
    outcome.plots["soak"](tmp_path / "soak.png")
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")


def test_no_notification_is_inserted_twice() -> None:
    platform = Platform.__new__(Platform)
    platform._each = 5

    made = [one for turn in range(60) for one in platform.batch(turn)]

    assert len({one.number for one in made}) == len(made) == 300
    assert sorted(one.number for one in made) == list(range(300))
    assert all(len({one.enterprise for one in platform.batch(turn)}) == 1 for turn in range(60))


def test_a_rate_that_is_not_offered_voids_the_run() -> None:
    platform = Platform.__new__(Platform)
    platform.inserted = 5_700
    soak._check_offer(platform, Soak("without", 100, 60))
    platform.inserted = 5_699
    with pytest.raises(VoidError, match="inserted 95 a second, and not 100: ask for a lower --rate"):
        soak._check_offer(platform, Soak("without", 100, 60))
