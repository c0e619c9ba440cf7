"""The real things for the tests of the whole way: a sandbox and a worker, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from tests.cluster import Connection, Database

XNOVU = [sys.executable, "-c", "from xnovu.cli import main; main()"]
KEY = "sandbox-key"


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition; fails the test when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"this did not come true within {seconds:g} s"
        time.sleep(0.02)


class Process:
    """A process of the command line that is killed when the block ends; its log stands in `folder`."""

    def __init__(self, folder: Path, name: str, *arguments: str, **variables: str) -> None:
        self.log = folder / f"{name}.log"
        self._command = [*XNOVU, *arguments]
        self._variables = variables
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=os.environ | self._variables, stderr=log, stdout=log)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, seconds: float = 15.0) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if error is not None:
            print(f"--- {self.log.name}\n{self.log.read_text()[-20000:]}")


class Sandbox(Process):
    """The Novu sandbox on a free port, which it keeps when it is started again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._port = 0
        self._arguments = arguments
        super().__init__(folder, "sandbox")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        before = self.log.stat().st_size if self.log.exists() else 0
        self._command = [*XNOVU, "sandbox", "--port", str(self._port), *self._arguments]
        super().start()
        until(lambda: b"http://" in self.log.read_bytes()[before:])
        self._port = int(self.log.read_text()[before:].split("http://127.0.0.1:")[1].split(":")[0])

    def deliveries(self) -> list[dict[str, Any]]:
        """What it delivered, a row a recipient and channel."""
        rows: list[dict[str, Any]] = httpx.get(f"{self.url}/sandbox/deliveries?limit=1000000").json()
        return rows

    def subscribers(self) -> dict[str, Any]:
        """What it was told of subscribers, by id."""
        known: dict[str, Any] = httpx.get(f"{self.url}/sandbox/subscribers").json()
        return known

    def counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = httpx.get(f"{self.url}/sandbox/counts").json()
        return counts


class WorkerProcess(Process):
    """`xnovu work` as test_worker, with a short lease."""

    def __init__(
        self, folder: Path, database_url: str, novu_url: str, lease: float = 3.0, timeout: float = 1.0, **more: str
    ) -> None:
        self.health_file = folder / "life"
        super().__init__(
            folder,
            "worker",
            "work",
            DATABASE_URL=database_url,
            NOVU_API_URL=novu_url,
            NOVU_SECRET_KEY=KEY,
            XNOVU_LEASE=str(lease),
            XNOVU_TIMEOUT=str(timeout),
            XNOVU_HEALTH_FILE=str(self.health_file),
            **more,
        )

    def events(self, event: str | None = None) -> list[dict[str, Any]]:
        """Its log so far."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [entry for entry in entries if event in (None, entry["event"])]

    def drain(self) -> int:
        """SIGTERM; returns its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()


def statuses(database: Database) -> dict[str, int]:
    """How many notifications stand where."""
    with database.connect() as connection:
        rows = connection.execute("select notification_status from notify.ent_notification").fetchall()
    return dict(Counter(row[0] for row in rows))


def insert(platform: Connection, count: int, priority: str = "NORMAL", name: str = "Ada") -> None:
    """Insert that many notifications of the workflow `greeting`, one recipient each, in one statement."""
    platform.execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload, priority)
        select 'greeting', array[gen_random_uuid()], jsonb_build_object('name', %s::text), %s
        from generate_series(1, %s)
        """,
        [name, priority, count],
    )
