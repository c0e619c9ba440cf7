"""Fixtures: a PgBouncer whose clients all share one server connection."""

from collections.abc import Iterator

import pytest
from tests.cluster import Database
from tests.pgbouncer.pooler import Pooler
from tests.support import add_workflow


@pytest.fixture
def pooler(database: Database) -> Iterator[Pooler]:
    """One server connection for each login; the workflow `greeting` is published."""
    add_workflow(database)
    with Pooler(database) as running:
        yield running
