"""The benchmark of the start-up measures what it says."""

import os
import subprocess

import pytest
from bench import memory, startup
from bench.round import Ground
from bench.startup import Memory, Start, Startup, conclude, measure
from bench.timing import VoidError
from tests.bench.conftest import MACHINE, shown


def test_starts_and_memory_are_measured(ground: Ground) -> None:
    told: list[str] = []

    measured = measure(ground, 1, 300, told.append)

    assert len(measured.starts) == 1
    assert all(0 < start.first_claim < start.first_event < 30 for start in measured.starts)
    used = measured.memory
    assert used.notifications == 300
    assert used.backends >= 7
    assert 10 < used.idle <= used.busy < 500
    assert 1 < used.idle_backends < used.busy_backends
    assert [line.split(":")[0] for line in told] == ["start 1", "memory"]
    assert [budget.name for budget in conclude(measured, MACHINE).budgets] == ["startup, first claim"]


def test_a_claim_that_nobody_made_voids_the_run(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "_NOTE_CLAIMS", startup._NOTE_CLAIMS.replace(b"create trigger note after", b"--"))
    with pytest.raises(VoidError, match="which nobody claimed"):
        measure(ground, 1, 100, lambda line: None)


def test_memory_is_in_megabytes() -> None:
    program = "kept = bytearray(b'x') * 50_000_000; print(flush=True); input(); del kept; print(flush=True); input()"
    with subprocess.Popen(["python3", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        assert 50 < memory.private(process.pid) < memory.resident(process.pid) < 100
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert memory.resident(process.pid) < 50 < memory.peak(process.pid)
        process.kill()
    assert memory.resident(os.getpid()) <= memory.peak(os.getpid())


def test_budgets() -> None:
    def measured(claim: float, busy: float, notifications: int = 10_000) -> Startup:
        starts = [Start(claim, 3.0), Start(claim, 2.0), Start(9.0, 9.0)]
        return Startup(starts, Memory(notifications, 7, 50.0, 60.0, busy, 90.0))

    outcome = conclude(measured(1.0, 80.0), MACHINE)
    assert [(budget.value, budget.limit, budget.is_met) for budget in outcome.budgets] == [(1, 1, True), (80, 80, True)]
    assert not any(budget.is_met for budget in conclude(measured(1.01, 80.1), MACHINE).budgets)
    assert len(conclude(measured(1.0, 80.0, 9_999), MACHINE).budgets) == 1
    text = shown(outcome)
    assert "first claim 1.00 1.00 9.00 ≤ 1 ok" in text
    assert "the worker 50 80 ≤ 80 ok" in text
    assert "its 7 backends 60 90" in text
