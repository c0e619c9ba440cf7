"""What the tests of the worker share: settings that need no environment, and requests."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from xnovu.database import Request
from xnovu.log import Log
from xnovu.settings import Settings, Source


def make_settings(url: str = "http://127.0.0.1:1", **more: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": Source("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none"),
        "novu_api_url": Source("NOVU_API_URL", url),
        "novu_secret_key": Source("NOVU_SECRET_KEY", "the-secret-key"),
        "slots": {"normal": 1},
        "timeout": 1.0,
        "lease": 10.0,
        "poll": 0.05,
        "health_file": Path("/dev/null"),
    }
    return Settings(**(values | more))


def make_log(level: str = "debug") -> tuple[Log, io.StringIO]:
    stream = io.StringIO()
    return Log("json", level, stream), stream


def events(stream: io.StringIO, event: str | None = None) -> list[dict[str, Any]]:
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [entry for entry in entries if event in (None, entry["event"])]


def make_request(number: int, batch: str | None = "b", **more: Any) -> Request:
    values: dict[str, Any] = {
        "request_id": f"r{number}",
        "kind": "delivery",
        "attempt": 1,
        "target": "default",
        "batch": batch,
        "deadline": 9.0,
        "method": "POST",
        "path": "/v1/events/trigger/bulk" if batch else "/v1/events/trigger",
        "headers": {},
        "body": json.dumps({"name": "w", "transactionId": f"t{number}"}),
    }
    return Request(**(values | more))
