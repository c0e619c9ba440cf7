"""A real PgBouncer in transaction mode in front of the test cluster, as platforms run it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from tests.cluster import LOGINS, Connection, Database

PGBOUNCER = "/usr/sbin/pgbouncer"
PORT = 6432


class Pooler:
    """PgBouncer for one database, running while the block does. Each login arrives as itself, over at most `size`
    server connections that its clients share; `settings` go into PgBouncer's configuration as they are."""

    def __init__(self, database: Database, size: int = 1, **settings: str) -> None:
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix="xnovu-pool-", dir="/tmp"))  # short: a socket's path must be
        self._settings = {
            "pool_mode": "transaction",
            "default_pool_size": str(size),
            "unix_socket_dir": str(self.folder),
            "listen_port": str(PORT),
            "auth_type": "trust",
            "auth_file": str(self.folder / "logins"),
        } | settings
        self._clients: list[Connection] = []

    def url(self, login: str) -> str:
        """A URL for that login, through PgBouncer."""
        return f"postgresql://{login}@/{self.database.name}?host={self.folder}&port={PORT}"

    def connect(self, login: str = "test_platform") -> Connection:
        """A client that prepares nothing, in autocommit mode; closed when the block ends."""
        client = psycopg.connect(self.url(login), autocommit=True, prepare_threshold=None)
        self._clients.append(client)
        return client

    def log(self) -> str:
        """What PgBouncer has logged."""
        return (self.folder / "log").read_text()

    def __enter__(self) -> Self:
        self._configure()
        with (self.folder / "log").open("wb") as log:
            command = [*_as_server_user(), PGBOUNCER, str(self.folder / "ini")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        socket = self.folder / f".s.PGSQL.{PORT}"
        end = time.monotonic() + 10
        while not socket.exists():
            assert self.process.poll() is None and time.monotonic() < end, self.log()
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        if error is not None:
            print(f"--- pgbouncer\n{self.log()[-20000:]}")
        shutil.rmtree(self.folder)

    def _configure(self) -> None:
        cluster = self.database.cluster
        lines = ["[databases]", f"* = host={cluster.socket_folder} port={cluster.port}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in self._settings.items()]
        (self.folder / "ini").write_text("\n".join(lines) + "\n")
        (self.folder / "logins").write_text("".join(f'"{login}" ""\n' for login in LOGINS))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")


def _as_server_user() -> list[str]:
    # PgBouncer refuses to run as root; it stops when this process dies, however it dies.
    command = ["setpriv", "--pdeathsig", "TERM"]
    if os.geteuid() == 0:
        command += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return [*command, "--"]
