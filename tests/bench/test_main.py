"""The benchmark as a whole: which parts run, which files are written, which exit status."""

import json
from pathlib import Path

import bench.__main__ as command
import pytest
from bench.budget import Budget
from bench.outcome import Outcome
from bench.spread import Spread, percentile
from typer.testing import CliRunner

PARTS = ("throughput", "latency", "isolation", "rendering", "http")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the parts that were run; that of isolation misses its budget."""
    names: list[str] = []

    def stand_in_for(name: str) -> None:
        def part(*_: object, is_quick: bool = False, **__: object) -> Outcome:
            names.append(f"{name}-quick" if is_quick else name)
            budget = Budget("a ratio", 1.5 if name == "isolation" else 1.0, 1.2, is_most=True)
            return Outcome(
                names[-1], f"The table of {name}", {"name": name}, [budget], {name: lambda file: file.touch()}
            )

        monkeypatch.setattr(command, f"_{name}", part)

    for name in PARTS:
        stand_in_for(name)
    return names


def test_without_a_name_everything_runs(ran: list[str], tmp_path: Path) -> None:
    finished = CliRunner().invoke(command.app, ["--output", str(tmp_path / "made")])

    assert ran == [*PARTS]
    assert finished.exit_code == 1
    assert all(f"The table of {name}" in finished.output for name in ran)
    assert json.loads((tmp_path / "made" / "isolation.json").read_text()) == {"name": "isolation"}
    assert (tmp_path / "made" / "throughput.png").exists()


def test_the_quick_variant_runs_one_part(ran: list[str], tmp_path: Path) -> None:
    finished = CliRunner().invoke(command.app, ["--quick", "--output", str(tmp_path)])

    assert ran == ["throughput-quick"]
    assert finished.exit_code == 0
    assert (tmp_path / "throughput-quick.json").exists()


def test_a_budget_is_met_at_its_limit() -> None:
    assert Budget("at least", 6, 6).is_met
    assert not Budget("at least", 5.99, 6).is_met
    assert Budget("at most", 1.2, 1.2, is_most=True).is_met
    assert not Budget("at most", 1.21, 1.2, is_most=True).is_met


def test_spread_and_percentiles() -> None:
    assert Spread.of([3, 1, 2]) == Spread(2, 1, 3)
    assert Spread.of([4]) == Spread(4, 4, 4)
    assert percentile(list(range(101)), 99) == 99
    assert percentile([5, 5], 50) == 5
