"""The PostgreSQL of a benchmark: a server of its own, with the logins of the tests."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg import sql
from tests.cluster import Cluster, Database

from xnovu.errors import UserError
from xnovu.migrate import migrate

# A second analyst, beside those of the tests.
OTHER_ANALYST = "bench_analyst"
# A platform whom no policy binds. A superuser would not even be asked for its rights, which is no part of the price.
UNBOUND = "bench_unbound"

# As a real server has them, as far as they matter to queries.
_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
}
# Nothing is archived or replicated, so that a table that is filled in the transaction that emptied it needs no log.
_FOR_QUERIES = {"wal_level": "minimal", "max_wal_senders": "0"}
# What is committed is on the disk: the cluster of the tests, which needs no such promise, has these off.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
# On a disk: /tmp may be in memory, where fsync costs nothing.
_DISK = "/var/tmp"


@contextmanager
def running_database() -> Iterator[Database]:
    """A migrated database in a server that lives as long as the `with` block.

    Raises:
        UserError: XNOVU_SERVER_PYTHON does not say where the server's Python packages are.
    """
    with Cluster(_server_python(), _SETTINGS | _FOR_QUERIES) as cluster:
        cluster.create_database("bench")
        migrate(cluster.url("bench"), lambda line: None)
        cluster.create_logins()
        with closing(Database(cluster, "bench")) as database:
            connection = database.connect()
            create = sql.SQL("create role {} login in role notify_analyst; create role {} login bypassrls in role {}")
            platform = sql.SQL("notify_platform, notify_trusted")
            connection.execute(create.format(sql.Identifier(OTHER_ANALYST), sql.Identifier(UNBOUND), platform))
            yield database


@contextmanager
def durable_server() -> Iterator[Cluster]:
    """A server on a disk, with nothing in it, that loses nothing which was committed; it lives as long as the block.

    Raises:
        UserError: XNOVU_SERVER_PYTHON does not say where the server's Python packages are.
    """
    with Cluster(_server_python(), _SETTINGS | DURABLE, _DISK) as cluster:
        yield cluster


def processes(cluster: Cluster) -> list[int]:
    """The ids of the server's processes, the first of which is the parent of the others."""
    parent = int(Path(cluster.get_data_directory(), "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


def _server_python() -> str:
    folder = os.environ.get("XNOVU_SERVER_PYTHON")
    if not folder:
        raise UserError(
            "XNOVU_SERVER_PYTHON is not set: it names the folder of the server's Python packages.",
            "Run the benchmark by ./run bench, which sets it.",
        )
    return folder
