"""A copy of the release's files that a test may change."""

import shutil
from pathlib import Path

import pytest

from xnovu import files


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of sql/ and alembic/, which `migrate` uses in place of the real ones."""
    for name in ("sql", "alembic"):
        shutil.copytree(files.path(name), tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(files, "path", lambda name: tmp_path / name)
    return tmp_path
