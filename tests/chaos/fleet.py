"""The workers: real `xnovu work` processes that are killed, frozen, woken and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.plan import LEASE, TIMEOUT

CLOCK = Path(__file__).parent / "clock"
GRACE = 1.0
"""Seconds after a waking in which what begins may come from before the sleep: a look at the clock, then the write."""


@dataclass(frozen=True)
class Freeze:
    """Which incarnation of a worker was frozen, from when to when, by the monotonic clock."""

    name: str
    start: float
    end: float


@dataclass
class Member:
    """One worker's place. Each process in it is an incarnation with a name of its own, which Novu sees in the path."""

    number: int
    folder: Path
    database_url: str
    novu_url: str
    targets: tuple[str, ...]
    incarnation: int = 0
    process: subprocess.Popen[bytes] | None = None
    logged_before: int = 0
    is_starting: bool = False
    frozen_at: float | None = None
    freezes: list[Freeze] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"w{self.number}.{self.incarnation}"

    @property
    def log(self) -> Path:
        return self.folder / f"w{self.number}.log"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, shift: float = 0.0) -> None:
        """Start it, with a wall clock that is wrong by `shift` seconds."""
        if self.process is not None:
            return
        self.incarnation += 1
        self.logged_before = self.log.stat().st_size if self.log.exists() else 0
        # It dies when this process does, however it does.
        command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-c", "from xnovu.cli import main; main()"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, "work"], env=self._environment(shift), stdout=log, stderr=log)

    def _environment(self, shift: float) -> dict[str, str]:
        novu = f"{self.novu_url}/{self.name}"
        own: dict[str, str] = {}
        for target in self.targets:
            suffix = target.upper().replace("-", "_")
            own |= {f"NOVU_API_URL_{suffix}": f"{novu}/{target}", f"NOVU_SECRET_KEY_{suffix}": "key"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("XNOVU_", "NOVU_", "PG"))}
        return (
            kept
            | own
            | {
                "DATABASE_URL": self.database_url,
                "NOVU_API_URL": f"{novu}/default",
                "NOVU_SECRET_KEY": "key",
                "XNOVU_SLOTS": "critical=1,normal=2,bulk=1",
                "XNOVU_LEASE": str(LEASE),
                "XNOVU_TIMEOUT": str(TIMEOUT),
                "XNOVU_BATCH": "60",
                "XNOVU_CONCURRENCY": "1",
                "XNOVU_LOG_FORMAT": "json",
                "XNOVU_HEALTH_FILE": str(self.folder / f"w{self.number}.life"),
                "PYTHONPATH": str(CLOCK),
                "CHAOS_CLOCK": str(shift),
            }
        )

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self._note_waking()

    def freeze(self) -> None:
        """SIGSTOP."""
        if self.process is not None:
            self.frozen_at = time.monotonic()
            self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
        self._note_waking()

    def _note_waking(self) -> None:
        if self.frozen_at is not None:
            self.freezes.append(Freeze(self.name, self.frozen_at, time.monotonic() + GRACE))
            self.frozen_at = None

    def drain(self) -> None:
        """SIGTERM: it must end by itself, with status 0, within its lease and what its last calls take."""
        self.tell_to_end()
        self.await_end()

    def tell_to_end(self) -> None:
        """SIGTERM. A frozen worker hears it when it wakes."""
        if self.process is not None:
            # until it says that it has started it does not listen to SIGTERM, and has nothing in hand
            self.is_starting = b'"event": "started"' not in self.log.read_bytes()[self.logged_before :]
            self.process.terminate()

    def await_end(self) -> None:
        """See that it ends as it was told."""
        if self.process is None:
            return
        try:
            status = self.process.wait(3 * LEASE)
        except subprocess.TimeoutExpired:
            self.faults.append(f"{self.name} did not end within {3 * LEASE:g} s of SIGTERM")
            self.kill()
            return
        if status != 0 and not (self.is_starting and status == -signal.SIGTERM):
            self.faults.append(f"{self.name} ended with status {status} after SIGTERM")
        self.process = None

    def look(self) -> None:
        """Note it when it has ended by itself, which it never may, and start another."""
        if self.process is not None and self.process.poll() is not None:
            self.faults.append(f"{self.name} ended by itself with status {self.process.poll()}: {self.log}")
            self.process = None
            self.start()

    def complaints(self) -> list[str]:
        """What it logged that no fault of others explains."""
        found = list(self.faults)
        for line in self.log.read_text().splitlines() if self.log.exists() else []:
            if not line.startswith("{"):
                found.append(f"w{self.number} wrote {line!r}")
                continue
            entry = json.loads(line)
            if entry["event"] in ("crashed", "report_refused"):
                found.append(f"w{self.number} logged {line}")
        return found
