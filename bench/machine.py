"""What a benchmark was run on: a figure means nothing without it."""

import os
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from tests.cluster import Cluster

_PAGE = b"x" * 8192


def describe(cluster: Cluster) -> dict[str, Any]:
    """The machine, PostgreSQL and its settings that are not the default."""
    with cluster.admin() as connection:
        version = connection.execute("show server_version").fetchone()
        settings = connection.execute(
            "select name, current_setting(name) from pg_settings where source = 'command line' order by name"
        ).fetchall()
    assert version is not None
    name = _first(r'PRETTY_NAME="(.*)"', Path("/etc/os-release")) or platform.system()
    hidden = {"data_directory", "hba_file", "ident_file", "unix_socket_directories", "listen_addresses", "port"}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _first(r"model name\s*: (.*)", Path("/proc/cpuinfo")) or platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo")) or 0) / 1024**2),
        "system": f"{name}, Linux {platform.release()}",
        "fsync_ms": round(_fsync_seconds() * 1000, 2),
        "postgresql": str(version[0]).split()[0],
        "python": platform.python_version(),
        "settings": {name: value for name, value in settings if name not in hidden},
    }


def sentence(machine: dict[str, Any]) -> str:
    """The machine in one line."""
    return (
        f"{machine['date']}, {machine['processors']} × {machine['processor']}, {machine['memory_gb']} GB, "
        f"{machine['system']}, PostgreSQL {machine['postgresql']}, an fsync takes {machine['fsync_ms']} ms"
    )


def _first(pattern: str, file: Path) -> str | None:
    try:
        found = re.search(pattern, file.read_text())
    except OSError:
        return None
    return found[1].strip() if found else None


def _fsync_seconds() -> float:
    """The median of writing a page to the disk where the servers are."""
    times = []
    with TemporaryFile(dir="/var/tmp") as file:
        for _ in range(100):
            os.pwrite(file.fileno(), _PAGE, 0)
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times)
