"""The PostgreSQL of a benchmark: a migrated database in a server of its own, with the logins of the tests."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from psycopg import sql
from tests.cluster import Cluster, Database

from xnovu.errors import UserError
from xnovu.migrate import migrate

# A second analyst, beside those of the tests.
OTHER_ANALYST = "bench_analyst"
# A platform whom no policy binds. A superuser would not even be asked for its rights, which is no part of the price.
UNBOUND = "bench_unbound"

# As a real server has them, as far as they matter to queries. Nothing is archived or replicated, so that a table that
# is filled in the transaction that emptied it needs no log.
_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@contextmanager
def running_database() -> Iterator[Database]:
    """A migrated database in a server that lives as long as the `with` block.

    Raises:
        UserError: XNOVU_SERVER_PYTHON does not say where the server's Python packages are.
    """
    server_python = os.environ.get("XNOVU_SERVER_PYTHON")
    if not server_python:
        raise UserError(
            "XNOVU_SERVER_PYTHON is not set: it names the folder of the server's Python packages.",
            "Run the benchmark by ./run bench, which sets it.",
        )
    with Cluster(server_python, _SETTINGS) as cluster:
        cluster.create_database("bench")
        migrate(cluster.url("bench"), lambda line: None)
        cluster.create_logins()
        with closing(Database(cluster, "bench")) as database:
            connection = database.connect()
            create = sql.SQL("create role {} login in role notify_analyst; create role {} login bypassrls in role {}")
            platform = sql.SQL("notify_platform, notify_trusted")
            connection.execute(create.format(sql.Identifier(OTHER_ANALYST), sql.Identifier(UNBOUND), platform))
            yield database
