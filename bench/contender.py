"""What a contender is: a database that is ready for the work, and the processes that do it."""

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import Cluster, Connection

from bench.work import WORKFLOW


@dataclass(frozen=True)
class Command:
    """A process of a contender, and what it needs in its environment beside ours."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Contender(ABC):
    """One way to do the work. `key` names its database, `name` stands in the table.

    `tuning` replaces numbers with which its processes were found fastest, to try others."""

    key: str
    name: str
    about: str
    # True as soon as everything is marked SENT; asked often.
    done: bytes = b"select not exists (select from notification where status <> 'SENT')"
    # How many are marked SENT.
    sent: bytes = b"select count(*) from notification where status = 'SENT'"
    tables: bytes = b"notification"

    def __init__(self, tuning: Mapping[str, int] | None = None, processes: int = 1) -> None:
        self.tuning = dict(tuning or {})
        self.processes = processes

    @property
    def template(self) -> str:
        """The database of which each round gets a copy."""
        return f"{self.key}_template"

    @abstractmethod
    def set_up(self, cluster: Cluster) -> None:
        """Create the template: all that it needs, without notifications."""

    @abstractmethod
    def fill(self, cluster: Cluster, database: str, connection: Connection, count: int) -> None:
        """Put the first `count` notifications of the work into a fresh database, ready to be sent."""

    @abstractmethod
    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        """What to run, `processes` times."""


class Running:
    """The processes of a contender while they run; as a context manager it ends them."""

    def __init__(self, contender: Contender, command: Command, log: Path) -> None:
        self.log = log
        environment = {**os.environ, **command.environment, "BENCH_TUNING": json.dumps(contender.tuning)}
        with log.open("wb") as output:
            self.processes = [
                subprocess.Popen(
                    command.arguments, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
                )
                for _ in range(contender.processes)
            ]

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def failure(self) -> str | None:
        """Why one of them has ended, if one has."""
        ended = [process.returncode for process in self.processes if process.poll() is not None]
        if not ended:
            return None
        return f"a process ended with status {ended[0]}: {self.log.read_text(errors='replace')[-800:]}"


def run_once(command: Command, folder: Path) -> None:
    """Run a command to its end. Raises CalledProcessError, with what it wrote on our standard error."""
    subprocess.run(
        command.arguments, env={**os.environ, **command.environment}, check=True, stdout=sys.stderr, cwd=folder
    )


def peer_environment(database_url: str, novu_url: str, templates: Mapping[str, str]) -> dict[str, str]:
    """What the processes of all peers find in their environment."""
    return {
        "DATABASE_URL": database_url,
        "NOVU_API_URL": novu_url,
        "BENCH_TEMPLATES": json.dumps(templates),
        "BENCH_WORKFLOW": WORKFLOW,
    }
