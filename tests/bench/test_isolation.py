"""The benchmark of isolation measures what it says. Whether the budget holds is its own to say, on a quiet machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bench.isolation
import bench.server
import pytest
from bench.__main__ import main
from bench.isolation import Figures, Pair
from bench.timing import Query
from tests.cluster import Database

SMALL = ["isolation", "--rows", "4000", "--enterprises", "8", "--runs", "20"]


def test_the_figures_come_out(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    finished = subprocess.run(
        [sys.executable, "-m", "bench", *SMALL, "--json", file], capture_output=True, text=True, check=False
    )

    record = json.loads(file.read_text())
    assert (record["rows"], record["enterprises"], record["runs"]) == (4000, 8, 20)
    assert {figures["prepared"] for figures in record["figures"]} == {True, False}
    for figures in record["figures"]:
        assert figures["ratio"] == figures["isolated"]["median"] / figures["plain"]["median"]
        assert 0 < figures["isolated"]["median"] <= figures["isolated"]["p99"]
        assert f"{figures['ratio']:.2f}" in finished.stdout
    budgeted = {figures["name"] for figures in record["figures"] if figures["budget"] is not None}
    assert budgeted == {"platform: table", "platform: view", "analyst of 1: view, named"}
    over = any(figures["is_over"] for figures in record["figures"])
    assert finished.returncode == (1 if over else 0), finished.stderr


@pytest.mark.parametrize(
    ("isolated", "said"),
    [
        ("select 2", "different rows: 1 and 1, of which 0 are the same"),
        ("select 1 where false", "different rows: 0 and 1"),
        ("select n from generate_series(1, 2) as n", "different rows: 2 and 1, of which 1 are the same"),
    ],
)
def test_a_run_whose_two_sides_differ_is_void(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    isolated: str,
    said: str,
) -> None:
    @contextmanager
    def running_database() -> Iterator[Database]:
        yield database

    def pairs(enterprises: int) -> list[Pair]:
        return [Pair("a pair", Query("test_analyst", isolated), Query("postgres", "select 1"), budget=1000)]

    monkeypatch.setattr(bench.server, "running_database", running_database)
    monkeypatch.setattr(bench.isolation, "pairs", pairs)
    monkeypatch.setattr(sys, "argv", ["bench", *SMALL])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert f"bench: the run is void. a pair: the two queries gave {said}" in capsys.readouterr().err


def test_a_budget_is_exceeded_by_a_greater_ratio_only() -> None:
    def figures(ratio: float, budget: float | None) -> Figures:
        return Figures("a pair", True, {}, {}, None, ratio, budget)

    assert figures(1.21, 1.2).is_over
    assert not figures(1.2, 1.2).is_over
    assert not figures(9.0, None).is_over
