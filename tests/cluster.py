"""The PostgreSQL of the tests: the server, the logins in it, and a database for one test."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import testing.postgresql
from psycopg import sql
from psycopg.rows import dict_row

A = UUID("aaaaaaaa-0000-4000-8000-00000000000a")
B = UUID("bbbbbbbb-0000-4000-8000-00000000000b")
C = UUID("cccccccc-0000-4000-8000-00000000000c")

# The logins of the tests, and the roles of which each is a member. Roles are the cluster's; who is neither trusted nor
# reads all reaches what Database.bind gives.
LOGINS = {
    "test_platform": ("notify_platform", "notify_trusted"),
    "test_manager": ("notify_manager",),
    "test_admin": ("notify_admin",),
    "test_analyst": ("notify_analyst",),
    "test_analyst_of_two": ("notify_analyst",),
    "test_analyst_all": ("notify_analyst_all",),
    "test_worker": ("notify_worker",),
    "test_http": ("notify_http",),
    "test_stranger": (),
    "test_bound_platform": ("notify_platform",),
    "test_unlisted_platform": ("notify_platform",),
    "test_unlisted_manager": ("notify_manager",),
    "test_unlisted_analyst": ("notify_analyst",),
}

_MEMORY_NEEDED = 4 * 1024**3
_MOST_CONNECTIONS = 40  # of one database, so that those of several fit into max_connections
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_line_prefix": "%m %u@%d ",
    "log_min_messages": "warning",
}

Connection = psycopg.Connection[tuple[Any, ...]]


class Cluster(testing.postgresql.Postgresql):  # type: ignore[misc] # the base is untyped
    """A PostgreSQL server with plpython3u in a folder of its own; as root it runs as the user `postgres`.

    It listens on a socket, where every login is trusted, and on 127.0.0.1, where its password counts.

    Args:
        server_python: folder of the Python packages for the server.
        settings: server settings beside those of every test cluster.
        scratch: where to make that folder, if the usual place (in memory, if there is room) won't do.
    """

    def __init__(self, server_python: str, settings: dict[str, str] | None = None, scratch: str | None = None) -> None:
        self.server_python = server_python
        self.server_settings = _SETTINGS | (settings or {})
        folder = tempfile.mkdtemp(prefix="xnovu-test-", dir=scratch or _scratch())
        self._own(folder)
        self.bin = _postgres_bin()
        super().__init__(base_dir=folder, initdb=str(self.bin / "initdb"), postgres=str(self.bin / "postgres"))

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """A URL through the socket, where every login is trusted."""
        return f"postgresql://{user}@/{database}?host={self.socket_folder}&port={self.port}"

    def tcp_url(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        """A URL through 127.0.0.1, where the password counts."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def admin(self, database: str = "postgres") -> Connection:
        """A superuser's connection, in autocommit mode."""
        return psycopg.connect(self.url(database), autocommit=True)

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create a database as a copy of another, to which nobody may be connected."""
        with self.admin() as connection:
            connection.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def drop_database(self, name: str) -> None:
        """Drop a database, and end the sessions in it."""
        with self.admin() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def create_logins(self) -> None:
        """Create the logins of the tests; the roles must exist."""
        with self.admin() as connection:
            for login, roles in LOGINS.items():
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
                for role in roles:
                    connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(login)))

    def log(self) -> str:
        """What the server has logged."""
        return str(self.read_bootlog())

    @property
    def socket_folder(self) -> str:
        return f"{self.base_dir}/tmp"

    @property
    def port(self) -> int:
        return int(self.settings["port"])

    def setup(self) -> None:
        for name in self.subdirectories:
            folder = f"{self.base_dir}/{name}"
            os.mkdir(folder, 0o700)
            self._own(folder)
        super().setup()

    def initialize_database(self) -> None:
        command = [*self._as_server_user(), str(self.bin / "initdb"), "-D", self.get_data_directory()]
        command += ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise RuntimeError(f"initdb failed: {finished.stderr}")

    def get_server_commandline(self) -> list[str]:
        command = [*self._as_server_user(), str(self.bin / "postgres"), "-D", self.get_data_directory()]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-k", self.socket_folder]
        for name, value in self.server_settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def is_server_available(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url()).close()
            return True
        return False

    def poststart(self) -> None:
        """Leave out the base class's database `test`."""

    def cleanup(self) -> None:
        if self.child_process is None:
            shutil.rmtree(self.base_dir, ignore_errors=True)

    def _as_server_user(self) -> list[str]:
        # The server stops when this process dies, however it dies, and never starts in a folder that it can't read.
        # Its packages bring their own bytecode, which a prefix of ours would hide from it.
        environment = ["-u", "PYTHONPYCACHEPREFIX", f"PYTHONPATH={self.server_python}"]
        command = ["env", "-C", self.base_dir, *environment, "setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            command += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        return [*command, "--"]

    def _own(self, folder: str) -> None:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")


class Database:
    """One database of the cluster, a copy of the migrated one, for one test."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self._connections: list[Connection] = []
        self._kept: dict[tuple[str, UUID | None], Connection] = {}

    def url(self, user: str = "postgres") -> str:
        """A URL for that login, through the socket."""
        return self.cluster.url(self.name, user)

    def connect(
        self, user: str = "postgres", enterprise: UUID | str | None = None, autocommit: bool = True
    ) -> Connection:
        """A connection of that login, with that enterprise as its context; closed when the database is dropped."""
        self._connections = [opened for opened in self._connections if not opened.closed]
        if len(self._connections) >= _MOST_CONNECTIONS:
            raise RuntimeError(f"{_MOST_CONNECTIONS} connections are open to {self.name}: keep one, or close them.")
        connection = psycopg.connect(self.url(user), autocommit=True)
        self._connections.append(connection)
        if enterprise is not None:
            connection.execute("select set_config('app.current_enterprise_id', %s, false)", [str(enterprise)])
        connection.autocommit = autocommit
        return connection

    def keep(self, user: str = "postgres", enterprise: UUID | None = None) -> Connection:
        """As `connect`, but the same connection for whoever asks again, unless the server has gone in between."""
        connection = self._kept.get((user, enterprise))
        if connection is None or not _answers(connection):
            connection = self._kept[user, enterprise] = self.connect(user, enterprise)
        return connection

    def look(self, query: str, *parameters: Any, user: str = "postgres") -> list[dict[str, Any]]:
        """The rows of a query of that login, on a connection that is kept: for what is asked until it is so."""
        cursor = self.keep(user).cursor(row_factory=dict_row)
        return cursor.execute(query.encode(), parameters or None).fetchall()

    def bind(self, login: str, enterprise: UUID) -> None:
        """Bind a login to an enterprise, as an admin would."""
        with self.cluster.admin(self.name) as connection:
            connection.execute(
                "insert into notify.login_enterprise (enterprise_id, login) values (%s, %s) on conflict do nothing",
                [enterprise, login],
            )

    def shift_clock(self, by: timedelta) -> None:
        """Move notify.now() by that much, for all sessions, on top of what it was moved before."""
        with self.cluster.admin(self.name) as connection:
            connection.execute(_CLOCK)
            connection.execute("update test.clock set shift = shift + %s", [by])

    def disconnect(self) -> None:
        """Close what `connect` opened: then the database can be copied."""
        for connection in self._connections:
            connection.close()

    def close(self) -> None:
        """Close what `connect` opened and drop the database, whoever else is still in it."""
        self.disconnect()
        self.cluster.drop_database(self.name)


# Exists in test databases only: in production nothing but the wall moves the clock.
_CLOCK = """
do $$
begin
  if to_regclass('test.clock') is null then
    create schema test;
    create table test.clock (shift interval not null);
    insert into test.clock values ('0');
    grant usage on schema test to public;
    grant select on test.clock to public;
    create or replace function notify.now() returns timestamptz
    language sql stable parallel safe
    return pg_catalog.statement_timestamp() + (select shift from test.clock);
  end if;
end
$$
"""


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("select")
    except psycopg.OperationalError:
        return False
    return True


def _scratch() -> str:
    # A copy of the migrated database takes 12 ms in memory, 100 ms on a disk. Both paths are short: a socket's may have
    # no more than 107 characters.
    if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > _MEMORY_NEEDED:
        return "/dev/shm"
    return "/tmp"


def _postgres_bin() -> Path:
    libraries = Path("/usr/lib/postgresql").glob("*/lib/plpython3.so")
    homes = sorted((path.parent.parent for path in libraries), key=lambda home: float(home.name))
    if not homes:
        raise RuntimeError("No PostgreSQL with plpython3u under /usr/lib/postgresql: run the tests by ./run test.")
    return homes[-1] / "bin"
