"""The sign of life, and what `xnovu health` makes of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from xnovu import health


def test_a_fresh_sign_is_well(tmp_path: Path) -> None:
    health.touch(tmp_path / "life", "host:1:x")
    well, line = health.check(tmp_path / "life", 30)
    assert well
    assert "host:1:x" in line


@pytest.mark.parametrize("offset", [-31, 31])
def test_a_sign_that_is_too_old_or_from_the_future_is_not_well(tmp_path: Path, offset: int) -> None:
    file = tmp_path / "life"
    health.touch(file, "host:1:x")
    os.utime(file, (time.time() + offset, time.time() + offset))
    well, line = health.check(file, 30)
    assert not well
    assert "host:1:x" in line


def test_touching_again_makes_an_old_sign_fresh(tmp_path: Path) -> None:
    file = tmp_path / "life"
    health.touch(file, "host:1:x")
    os.utime(file, (1, 1))
    health.touch(file, "host:1:x")
    assert health.check(file, 30)[0]


def test_without_a_sign_there_is_no_worker_or_it_has_not_reached_the_database(tmp_path: Path) -> None:
    well, line = health.check(tmp_path / "life", 30)
    assert not well
    assert line == (
        f"no sign of life: {tmp_path / 'life'} does not exist (no worker here, or it has not reached the database yet)"
    )


def test_a_worker_that_stopped_leaves_no_sign(tmp_path: Path) -> None:
    health.touch(tmp_path / "life", "host:1:x")
    health.remove(tmp_path / "life")
    health.remove(tmp_path / "life")
    assert not health.check(tmp_path / "life", 30)[0]


def test_a_link_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "life").symlink_to(precious)
    with pytest.raises(OSError, match="symbolic link"):
        health.touch(tmp_path / "life", "host:1:x")
    assert precious.read_text() == "mine"
