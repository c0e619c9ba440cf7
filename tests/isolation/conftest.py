"""Fixtures of the attacks: a database in which three enterprises have something to find, made once and copied."""

import itertools
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.cluster import Cluster, Connection, Database
from tests.conftest import TEMPLATE
from tests.isolation.support import attacker, settle

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def settled_template(migrated: Cluster) -> Iterator[Database]:
    """The database that the others are copies of."""
    with closing(Database(migrated, "test_settled")) as database:
        migrated.create_database(database.name, TEMPLATE)
        settle(database)
        database.disconnect()
        yield database


@pytest.fixture
def settled(settled_template: Database) -> Iterator[Database]:
    """A database for one test: A, B and C each have a workflow, a sent notification and a waiting one."""
    with closing(Database(settled_template.cluster, f"test_settled_{next(_numbers)}")) as database:
        database.cluster.create_database(database.name, settled_template.name)
        yield database


@pytest.fixture
def manager(settled: Database) -> Connection:
    """A tenant's own DBA: bound to A, and with A as its context."""
    return attacker(settled, "test_manager")
