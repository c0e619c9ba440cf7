"""The benchmark as a whole: which parts run, which files are written, which exit status."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bench.__main__ as command
import pytest
from bench import claim, insert, parts
from bench.budget import Budget
from bench.contenders import XNovu
from bench.outcome import Outcome
from bench.round import Ground
from bench.spread import Spread, percentile
from bench.throughput import Throughput
from tests.bench.test_throughput import make_throughput
from typer.testing import CliRunner

PARTS = (
    *("throughput", "latency", "insert", "claim", "fanout", "startup", "scaling", "isolation", "rendering", "http"),
    *("views", "soak"),
)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the parts that were run; that of isolation misses its budget."""
    names: list[str] = []

    def stand_in_for(name: str) -> None:
        def part(*_: object, **__: object) -> Outcome:
            names.append(name)
            budget = Budget("a ratio", 1.5 if name == "isolation" else 1.0, 1.2, is_most=True)
            return Outcome(
                names[-1], f"The table of {name}", {"name": name}, [budget], {name: lambda file: file.touch()}
            )

        monkeypatch.setattr(parts, f"run_{name}", part)

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


def test_the_quick_variant_runs_what_is_cheap(ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    @contextmanager
    def running_ground() -> Iterator[Ground]:
        yield ground

    def measured(*_: object) -> Throughput:
        return make_throughput(60_000)

    monkeypatch.setattr(parts, "running_ground", running_ground)
    monkeypatch.setattr(XNovu, "set_up", lambda self, cluster: None)
    monkeypatch.setattr(parts, "_throughput", measured)
    monkeypatch.setattr(insert, "ROWS", 50)
    monkeypatch.setattr(claim, "QUICK_AMOUNTS", (1_000, 2_000))
    monkeypatch.setattr(command, "QUICK_TURNS", 2)

    finished = CliRunner().invoke(command.app, ["--quick", "--output", str(tmp_path)])

    made = {file.name: json.loads(file.read_text()) for file in tmp_path.iterdir()}
    assert {*made} == {"throughput-quick.json", "insert-quick.json", "claim-quick.json"}, finished.output
    assert [case["waiting"] for case in made["claim-quick.json"]["cases"]] == [1_000, 2_000]
    assert made["insert-quick.json"]["commits"] is None


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["insert", "--rows", "10", "--singles", "10"], "insert"),
        (["claim", "--waiting", "2000", "--turns", "2"], "claim"),
        (["fanout", "--recipients", "10"], "fanout"),
        (["startup", "--starts", "1"], "startup"),
        (["scaling", "--workers", "3"], "scaling"),
        (["soak", "--minutes", "1", "--rate", "10"], "soak"),
        (["views", "--rows", "10000", "--rounds", "0"], "views"),
    ],
)
def test_a_part_runs_by_its_name(ran: list[str], tmp_path: Path, arguments: list[str], name: str) -> None:
    finished = CliRunner().invoke(command.app, [*arguments, "--output", str(tmp_path)])

    assert finished.exit_code == 0, finished.output
    assert ran == [name]
    assert json.loads((tmp_path / f"{name}.json").read_text()) == {"name": name}


def test_every_part_has_an_example_that_is_right() -> None:
    commands = {
        command_.name or command_.callback.__name__: command_
        for command_ in command.app.registered_commands
        if command_.callback is not None
    }
    assert set(commands) == {*PARTS}
    for name, one in commands.items():
        assert (one.epilog or "").startswith(f"Example: bench {name} --")


def test_amounts_that_can_not_be_divided_are_refused(ran: list[str]) -> None:
    finished = CliRunner().invoke(command.app, ["claim", "--waiting", "1500"])

    assert finished.exit_code == 2
    assert "multiple of 1,000" in finished.output
    assert not ran


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
