"""The HTTP face for its tests: `xnovu serve` as a process, or the application in this one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from tests.cluster import Database
from tests.support import one
from tests.worker.processes import Process, until


class Keys:
    """API keys, made by an admin as they are asked for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ids: dict[str, UUID] = {}

    def make(self, *enterprises: UUID, scopes: str = "{send,read,manage}", expires_at: str | None = None) -> str:
        """A key of this enterprise; of the company's own, for several."""
        alone = enterprises[0] if len(enterprises) == 1 else None
        with self.database.connect("test_admin", alone) as admin:
            row = one(
                admin,
                "select * from notify.create_api_key('a key', %s, %s, %s)",
                scopes,
                expires_at,
                None if alone else list(enterprises),
            )
        key = str(row["api_key"])
        self.ids[key] = row["key_id"]
        return key


class FaceProcess(Process):
    """`xnovu serve` as test_http on a free port."""

    def __init__(self, folder: Path, database_url: str, *arguments: str, **variables: str) -> None:
        super().__init__(
            folder, "serve", "serve", "--port", "0", "--log-format", "json", *arguments, DATABASE_URL=database_url,
            **variables,
        )  # fmt: skip
        self.url = ""

    def start(self) -> None:
        before = len(self.events()) if self.log.exists() else 0
        super().start()
        until(lambda: any(entry["event"] == "serving" for entry in self.events()[before:]) or self.has_ended())
        self.url = next(entry["url"] for entry in self.events()[before:] if entry["event"] == "serving")

    def has_ended(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return False

    def events(self) -> list[dict[str, Any]]:
        """Its log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def client(self, key: str | None = None) -> httpx.Client:
        """A client that shows this API key."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30.0)
