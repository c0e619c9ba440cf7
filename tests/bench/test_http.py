"""The benchmark of HTTP, in small: both ways insert what they say, and a run that lost something is void."""

from collections.abc import Iterator

import pytest
from bench.caller import Job
from bench.http import Figures, _run, conclude, measure, running_face
from bench.machine import describe
from bench.timing import VoidError
from tests.cluster import A, Database
from tests.http.support import FaceProcess


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Database, FaceProcess, str]]:
    with running_face() as found:
        yield found


def test_both_ways_take_turns_and_the_rate_is_kept(running: tuple[Database, FaceProcess, str]) -> None:
    lines: list[str] = []
    figures = measure(*running, rounds=1, seconds=0.5, report=lines.append)
    assert [line.split(":")[0].split()[0] for line in lines] == ["insert", "http", "http"]
    assert figures.rate == pytest.approx(figures.posted[0] / 2)
    assert len(figures.latencies) == pytest.approx(figures.rate, rel=0.2, abs=5)


def test_a_run_that_is_refused_is_void(running: tuple[Database, FaceProcess, str]) -> None:
    database, face, _ = running
    with pytest.raises(VoidError, match="key_malformed"):
        _run(database, Job("http", face.url, "xnovu_wrong", 1, 0.1))
    with pytest.raises(VoidError, match="insert"):
        _run(database, Job("insert", database.url("test_stranger"), str(A), 1, 0.1))


def test_a_third_of_the_rate_and_50_ms_are_the_budget(running: tuple[Database, FaceProcess, str]) -> None:
    machine = describe(running[0].cluster)
    assert conclude(Figures([900.0], [300.0], 150.0, [1.0, 50.0]), machine).is_met
    assert not conclude(Figures([900.0], [299.0], 150.0, [1.0, 50.0]), machine).is_met
    assert not conclude(Figures([900.0], [300.0], 150.0, [51.0, 51.0]), machine).is_met
