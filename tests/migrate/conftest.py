"""A copy of the release's files that a test may change, who migrates, and a database that has had a part of it."""

import gc
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cluster import Cluster, Database

from xnovu import files
from xnovu.migrate import migrate

SUPERUSERS = ("bootstrap", "queue", "python", "template_engine")


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of sql/ and alembic/, which `migrate` uses in place of the real ones."""
    for name in ("sql", "alembic"):
        shutil.copytree(files.path(name), tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(files, "path", lambda name: tmp_path / name)
    return tmp_path


@pytest.fixture
def deployer(migrated: Cluster) -> str:
    """A login without superuser that is a member of notify_migrator."""
    with migrated.admin() as connection:
        if not connection.execute("select 1 from pg_roles where rolname = 'test_deployer'").fetchone():
            connection.execute("create role test_deployer login in role notify_migrator")
    return "test_deployer"


@pytest.fixture
def no_collection() -> Iterator[None]:
    """No garbage collection, for a test that migrates in two threads.

    Once Hypothesis has run, a collection calls a function of it. Amid an ast.parse this lets the other thread into its
    own, which Python 3.11 takes for an error of the parser.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def bootstrapped(empty_database: Database, release: Path) -> Database:
    """A database that has had the superuser's part of the release and nothing else."""
    with aside(release, [*living(release), *revisions(release)]):
        run(empty_database)
    return empty_database


def run(database: Database, user: str = "postgres") -> list[str]:
    """Migrate, and return the lines that it told."""
    lines: list[str] = []
    migrate(database.url(user), lines.append)
    return lines


def living(release: Path) -> list[Path]:
    """The folders of the living files, which no superuser is needed for."""
    return [path for path in (release / "sql").iterdir() if path.name not in SUPERUSERS]


def revisions(release: Path) -> list[Path]:
    """The revisions in their order."""
    return sorted((release / "alembic" / "versions").glob("*.py"))


@contextmanager
def aside(release: Path, paths: Iterable[Path]) -> Iterator[None]:
    """Take some of the release's files and folders out of it for a while."""
    hidden = list(paths)
    folder = release / "aside"
    folder.mkdir()
    for path in hidden:
        path.rename(folder / path.name)
    yield
    for path in hidden:
        (folder / path.name).rename(path)
    folder.rmdir()


def add_revision(release: Path, revision: str, after: str, statement: str) -> None:
    """Add a revision that executes the statement."""
    (release / f"alembic/versions/{revision}.py").write_text(
        f'"""{revision}"""\nfrom alembic import op\n\nrevision = "{revision}"\ndown_revision = "{after}"\n\n\n'
        f"def upgrade() -> None:\n    op.execute({statement!r})\n",
        encoding="utf-8",
    )
