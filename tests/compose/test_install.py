"""docs/install.md: what it shows is run here, or at least understood by what it is written for."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer.main
import yaml
from tests.cluster import Cluster
from tests.compose.support import INSTALL, ROOT, parse, read_blocks

from xnovu.cli import app
from xnovu.doctor import examine
from xnovu.migrate import migrate

BLOCKS = read_blocks(INSTALL)
UNIT = next(block.text for block in BLOCKS if block.text.startswith("[Unit]"))


@pytest.fixture(scope="module")
def fresh() -> Iterator[Cluster]:
    """A server of its own, migrated: the page makes roles, and removes all of them at its end."""
    with Cluster(os.environ["XNOVU_SERVER_PYTHON"]) as cluster:
        migrate(cluster.url(), lambda line: None)
        yield cluster


def test_its_sql_runs_from_the_first_login_to_the_last_role(fresh: Cluster) -> None:
    statements = [block for block in BLOCKS if block.language == "sql"]
    assert all(block.remark for block in statements)
    for block in statements:
        user = (block.remark or "").removeprefix("run as ").removesuffix(", last")
        if block.remark == "run as superuser, last":
            _check_the_logins(fresh)
        url = fresh.url(user="postgres" if user == "superuser" else user)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(block.text.encode())
    with fresh.admin() as connection:
        rows = connection.execute("select rolname from pg_roles where rolname ~ '^(notify|my|xnovu)_'").fetchall()
        assert rows == []


def _check_the_logins(cluster: Cluster) -> None:
    """Each login that the page makes is what the doctor wants it to be."""
    for login in ("xnovu_migrator", "xnovu_worker", "xnovu_http", "my_platform", "my_dba", "my_analyst"):
        checks = {check.name: check for check in examine({"DATABASE_URL": cluster.url(user=login)})}
        assert checks["login"].status == "ok", checks["login"].found
        assert checks["worker's rights"].status == "ok"
        assert checks["HTTP face's rights"].status == "ok"
    assert _migrate_again(cluster, "xnovu_migrator") == ["nothing to do"]


def _migrate_again(cluster: Cluster, login: str) -> list[str]:
    lines: list[str] = []
    migrate(cluster.url(user=login), lines.append)
    return lines


def test_every_command_that_it_shows_exists() -> None:
    text = INSTALL.read_text(encoding="utf-8")
    shown = [line for block in BLOCKS if block.language == "sh" for line in block.text.splitlines()]
    shown += re.findall(r"`(xnovu [^`]*)`", text)
    checked = 0
    for line in shown:
        match = re.search(r"(?:^\s*|\S+=\S+ )xnovu ([a-z][a-z ]*.*)", line.split("#")[0])
        if match and "-worker" not in match[0]:
            parse(shlex.split(re.sub(r"\[(.*?)\]", r"\1", match[1])))
            checked += 1
    assert checked >= 6


def test_every_variable_of_the_command_line_is_in_its_table() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", INSTALL.read_text(encoding="utf-8"), re.MULTILINE))
    commands: Any = typer.main.get_command(app)
    known = {
        parameter.envvar for command in commands.commands.values() for parameter in command.params if parameter.envvar
    }
    assert known <= documented
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "worker").rglob("*.py"))
    assert {name for name in documented if name not in source} <= {"NO_COLOR"}


def test_the_units_command_and_settings_are_known(tmp_path: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # its documented use
    unit.read_string(UNIT)
    parse(shlex.split(unit["Service"]["ExecStart"])[1:])
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    file = tmp_path / "xnovu-worker.service"
    file.write_text(UNIT.replace("/usr/local/bin/xnovu", sys.executable).replace("=xnovu\n", "=daemon\n"))
    finished = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert [line for line in finished.stderr.splitlines() if "xnovu-worker" in line] == []


def test_the_containers_example_keeps_its_secrets_in_files() -> None:
    (example,) = (yaml.safe_load(block.text) for block in BLOCKS if block.language == "yaml")
    (service,) = example["services"].values()
    parse(service["command"])
    parse(service["healthcheck"]["test"][2:])
    assert set(service["secrets"]) == set(example["secrets"])
    files = {value for name, value in service["environment"].items() if name.endswith("_FILE")}
    assert files == {f"/run/secrets/{name}" for name in example["secrets"]}
