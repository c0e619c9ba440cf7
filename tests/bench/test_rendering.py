"""The benchmark of rendering measures what it says. Whether the budget holds is its own to say, on a quiet machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import rendering
from bench.timing import VoidError
from tests.cluster import Database


def test_the_figures_come_out(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    finished = subprocess.run(
        [sys.executable, "-m", "bench", "rendering", "--runs", "20", "--json", file],
        capture_output=True,
        text=True,
        check=False,
    )

    figures = json.loads(file.read_text())["figures"]
    assert figures["ratio"] == figures["engine"]["median"] / figures["bare"]["median"]
    assert 0 < figures["engine"]["median"] <= figures["engine"]["p99"]
    assert figures["size"] > 1_000
    assert finished.returncode == (1 if figures["engine"]["median"] > figures["budget"] else 0), finished.stderr


def test_a_run_whose_two_sides_differ_is_void(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = rendering.bare_templates()
    monkeypatch.setattr(rendering, "bare_templates", lambda: plain.replace("Dear", "Hello"))
    with pytest.raises(VoidError, match="different emails"):
        rendering.measure(database, 1, lambda: None)
