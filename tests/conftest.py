"""Fixtures: one PostgreSQL for the whole run, and a migrated database of its own for each test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.cluster import Cluster, Database
from tests.load import load_hour

from xnovu.migrate import migrate

TEMPLATE = "xnovu_template"
# What takes longest begins first, so that no process is left with it alone in the end.
LONG = ("tests/chaos/", "tests/worker/test_delivery.py")
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running server with nothing of XNovu in it; XNOVU_SERVER_PYTHON names its Python packages."""
    server_python = os.environ.get("XNOVU_SERVER_PYTHON")
    if not server_python:
        pytest.fail(
            "XNOVU_SERVER_PYTHON is not set: it names the folder of the server's Python packages. "
            "Run the tests by ./run test, which sets it.",
            pytrace=False,
        )
    with Cluster(server_python) as running:
        yield running


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> Cluster:
    """The cluster with the roles, the logins of the tests, and the migrated database that the others are copies of."""
    cluster.create_database(TEMPLATE)
    migrate(cluster.url(TEMPLATE), lambda line: None)
    cluster.create_logins()
    return cluster


@pytest.fixture
def database(migrated: Cluster) -> Iterator[Database]:
    """A migrated database for one test."""
    with closing(Database(migrated, f"test_{next(_numbers)}")) as fresh:
        migrated.create_database(fresh.name, TEMPLATE)
        yield fresh


@pytest.fixture(scope="session")
def loaded(migrated: Cluster) -> Iterator[Database]:
    """A database with an hour behind it, for tests that only look, or add what others don't see."""
    with closing(Database(migrated, "test_loaded")) as database:
        migrated.create_database(database.name, TEMPLATE)
        load_hour(database)
        database.disconnect()
        yield database


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[Database]:
    """A database in which nothing was migrated; the cluster's roles may exist or not."""
    with closing(Database(cluster, f"test_{next(_numbers)}")) as fresh:
        cluster.create_database(fresh.name)
        yield fresh
