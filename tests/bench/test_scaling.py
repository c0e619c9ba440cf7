"""The benchmark of several workers runs them, and compares them with the first."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import scaling, throughput
from bench.contender import Contender, Running
from bench.flood import Flood
from bench.round import Ground, Round, filled_database, run_round
from bench.scaling import Workers, conclude, measure, times
from bench.throughput import Standing, Throughput
from tests.bench.conftest import MACHINE, shown
from tests.bench.test_throughput import make_round


def test_several_workers_do_the_work(ground: Ground) -> None:
    workers = Workers(2)

    done = run_round(ground, workers, 600)

    with filled_database(ground, workers, 0) as (name, _):
        command = workers.command(ground.cluster, name, ground.stand_in.url)
        with Running(workers, command, ground.folder / "workers.log") as running:
            assert len(running.pids) == 2
    assert (done.count, workers.name) == (600, "2 workers")
    assert done.rate > 0


def test_each_number_of_workers_has_its_turns(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def run(_: Ground, contender: Contender, count: int) -> Round:
        ran.append(contender.processes)
        return replace(make_round(1_000.0), count=count)

    monkeypatch.setattr(throughput, "run_round", run)
    monkeypatch.setattr(throughput, "flood", lambda stand_in: Flood(1e6, 1e6))

    result = measure(ground, [1, 3], 2, 5.0, lambda line: None)

    assert ran == [1, 3, 1, 3, 3, 1]
    assert [(each.contender.name, each.count, len(each.rounds)) for each in result.standings] == [
        ("1 worker", 6_200, 2),
        ("3 workers", 6_200, 2),
    ]


def test_rates_are_multiples_of_the_first(tmp_path: Path) -> None:
    rates = ((1, 1_000.0), (2, 1_800.0), (4, 900.0))
    result = Throughput(
        [Standing(Workers(count), 1_000, [make_round(rate, others=0.5)]) for count, rate in rates], Flood(1e6, 1e6)
    )

    assert [times(result, each) for each in result.standings] == [1, 1.8, 0.9]
    outcome = conclude(result, MACHINE)
    text = shown(outcome)
    assert "2 workers 1,800 1,800 1,800 1.80 × 556 10%/80%/10%" in text
    assert "kept 0.50 of this machine's processors busy" in text
    assert [each["processes"] for each in outcome.record["workers"]] == [1, 2, 4]
    assert scaling.PROCESSES == (1, 2, 4)
    pytest.importorskip("matplotlib", reason="only ./run bench installs it")
    outcome.plots["scaling"](tmp_path / "scaling.png")
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
