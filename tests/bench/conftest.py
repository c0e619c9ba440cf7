"""What tests of the benchmark share: a server and a stand-in with XNovu set up, a machine, and a table as text."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.contenders import XNovu
from bench.outcome import Outcome
from bench.round import Ground
from bench.standin import running_stand_in
from rich.console import Console
from tests.cluster import Cluster

MACHINE = {
    "date": "2026-03-01",
    "processors": 2,
    "processor": "A processor",
    "memory_gb": 8,
    "system": "A system",
    "postgresql": "15.20",
    "fsync_ms": 1.0,
}


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """As bench.round.running_ground makes it, but in memory: what is tested is not how long it takes."""
    folder: Path = tmp_path_factory.mktemp("bench")
    with Cluster(os.environ["XNOVU_SERVER_PYTHON"]) as cluster, running_stand_in() as stand_in:
        XNovu().set_up(cluster)
        yield Ground(cluster, stand_in, folder)


def shown(outcome: Outcome) -> str:
    """What people see, on a wide terminal, with single blanks."""
    console = Console(width=220)
    with console.capture() as capture:
        console.print(outcome.table)
    return re.sub(" +", " ", capture.get())
