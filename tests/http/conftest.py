"""Fixtures: one `xnovu serve` and one database for these tests; each has enterprises of its own, or means A or B."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.cluster import A, B, Cluster, Database
from tests.conftest import TEMPLATE
from tests.http.support import FaceProcess, Keys
from tests.support import add_workflow

SCHEMA = {
    "type": "object",
    "properties": {"floor": {"type": "integer", "minimum": 0}},
    "required": ["floor"],
}


@pytest.fixture(scope="session")
def served(migrated: Cluster) -> Iterator[Database]:
    """A database with workflows of A, of B and shared ones."""
    with closing(Database(migrated, "test_http")) as database:
        migrated.create_database(database.name, TEMPLATE)
        add_workflow(database)
        add_workflow(database, "of-a", enterprise=A)
        add_workflow(database, "of-b", enterprise=B)
        add_workflow(database, "strict", "<p>Floor {{ floor }}</p>", payload_schema=SCHEMA)
        add_workflow(database, "alarm", "<p>Floor {{ floor }}</p>", payload_schema=SCHEMA, priority="CRITICAL")
        add_workflow(database, "draft", publish=False)
        add_workflow(database, "fire-alarm")  # which the examples of /openapi.json name
        with migrated.admin(database.name) as superuser:
            superuser.execute("update notify.notification_api_limit set requests_per_second = 100000, burst = 1000000")
        yield database


@pytest.fixture(scope="session")
def keys(served: Database) -> Keys:
    """API keys for A, for B and for both."""
    return Keys(served)


@pytest.fixture(scope="session")
def face(served: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceProcess]:
    """The HTTP face as a process."""
    folder: Path = tmp_path_factory.mktemp("face")
    with FaceProcess(folder, served.url("test_http"), "--body-timeout", "1", "--drain", "0.2") as running:
        yield running
