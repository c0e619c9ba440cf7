"""docker-compose.yml and its Dockerfiles, as far as they can be checked without running them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from tests.cluster import Database
from tests.compose.support import DOCKERFILES, ROOT, parse, read_compose, read_dockerfile
from tests.sandbox.support import live_sandbox

COMPOSE = read_compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "ports", "profiles",
    "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip


GRAFANA = "grafana/grafana:12.3.1"


def test_its_first_line_says_that_it_was_not_run() -> None:
    first = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").splitlines()[0]
    assert "was not run" in first
    assert "only checked" in first


def test_every_service_says_what_compose_knows() -> None:
    assert set(COMPOSE) - {"name", "services", "volumes"} == {"x-xnovu", "x-administrator"}
    assert {key for service in SERVICES.values() for key in service} <= KEYS
    for service in SERVICES.values():
        for key in ("command", "tmpfs", "ports", "volumes", "cap_drop"):
            assert all(isinstance(item, str) for item in service.get(key, [])), (key, service[key])
        assert all(isinstance(value, str) for value in service.get("environment", {}).values())


def test_what_a_service_waits_for_exists_and_can_come_true() -> None:
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name]
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert SERVICES[name]["restart"] == "no"


def test_what_keeps_running_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        assert ("healthcheck" in service) is (service["restart"] == "unless-stopped"), name


def test_no_secret_stands_in_it() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            hidden = re.sub(r"\$\{\w+:\?[^}]+\}", "", value)
            if variable == "DATABASE_URL":
                assert re.fullmatch(r"postgresql://\w+:@postgres:5432/xnovu", hidden), (name, hidden)
            elif re.search("PASSWORD|SECRET|KEY|TOKEN", variable):
                assert hidden in ("", "${NOVU_SECRET_KEY:-sandbox-key}"), (name, variable)


def test_every_image_is_pinned_and_belongs_to_this_release() -> None:
    images = {service["image"] for service in SERVICES.values()}
    assert images == {f"xnovu:{PROJECT['project']['version']}", "xnovu-postgres:15.20", GRAFANA}
    for path in DOCKERFILES:
        for word, rest in read_dockerfile(path):
            if word == "FROM":
                assert re.match(r"\w+:\d+\.\d+(\.\d+)?-", rest), f"{path.name}: {rest}"


def test_each_image_of_ours_is_built_by_a_service_that_the_others_wait_for() -> None:
    built = {service["image"] for service in SERVICES.values() if "build" in service}
    assert built == {service["image"] for service in SERVICES.values()} - {GRAFANA}


def test_names_and_ports_are_those_of_the_run_script() -> None:
    run = (ROOT / "run").read_text(encoding="utf-8")
    assert "echo 8900" in run
    assert "@/xnovu?host=" in run
    assert SERVICES["sandbox"]["ports"] == ["127.0.0.1:8900:8900"]
    assert SERVICES["postgres"]["environment"]["POSTGRES_DB"] == "xnovu"


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if service["image"].startswith("xnovu:")])
def test_each_command_is_one_of_the_command_line(name: str) -> None:
    parse(SERVICES[name]["command"])
    test = SERVICES[name].get("healthcheck", {}).get("test", [])
    if "xnovu" in test:
        parse(test[2:])


def test_the_sandboxs_health_check_tells_life_from_death() -> None:
    _, program, *arguments = SERVICES["sandbox"]["healthcheck"]["test"]
    assert program == "python"
    with live_sandbox() as url:
        alive = [argument.replace("http://127.0.0.1:8900", url) for argument in arguments]
        assert subprocess.run([sys.executable, *alive], check=False).returncode == 0
    dead = subprocess.run([sys.executable, *alive], capture_output=True, check=False)
    assert dead.returncode != 0


def test_the_databases_health_check_tells_life_from_death(database: Database) -> None:
    command = [*SERVICES["postgres"]["healthcheck"]["test"][1:]]
    command[0] = str(database.cluster.bin / command[0])
    alive = subprocess.run([*command, f"--port={database.cluster.port}"], capture_output=True, check=False)
    assert alive.returncode == 0
    assert subprocess.run([*command, "--port=1"], capture_output=True, check=False).returncode != 0


def test_grafana_gets_all_that_its_data_source_asks_for_and_the_dashboards() -> None:
    service = SERVICES["grafana"]
    asked = re.findall(r"\$(\w+)", (ROOT / "docker/grafana/provisioning/datasources/xnovu.yml").read_text())
    assert set(asked) == {name for name in service["environment"] if name.startswith("GRAFANA_")}
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in service["volumes"])
    assert mounted.pop("grafana-data") == "/var/lib/grafana"
    assert all((ROOT / folder).is_dir() for folder in mounted) and len(mounted) == 2
    assert service["profiles"] == ["grafana"] and service["ports"] == ["127.0.0.1:3000:3000"]


def test_the_logins_step_gives_each_login_its_password(database: Database) -> None:
    password = 'it\'s a "word" with a \\ and a $'
    connection = database.connect()
    for kind in ("worker", "http"):
        if not connection.execute("select 1 from pg_roles where rolname = %s", [f"sample_{kind}"]).fetchone():
            connection.execute(f"create role sample_{kind} login in role notify_{kind}".encode())
    command = [
        argument for argument in SERVICES["logins"]["command"] if not argument.startswith(("--host", "--dbname"))
    ]
    command = [argument.replace("/usr/local/share/xnovu", str(ROOT / "docker")) for argument in command]
    target = ["--host", database.cluster.socket_folder, "--port", str(database.cluster.port), "--dbname", database.name]
    variables = dict(os.environ, WORKER_PASSWORD=password, HTTP_PASSWORD=password, GRAFANA_PASSWORD=password)
    command[0] = str(database.cluster.bin / "psql")
    subprocess.run([*command, *target], env=variables, check=True, capture_output=True)
    with psycopg.connect(
        database.cluster.tcp_url(database.name, "sample_grafana", quote(password, safe=""))
    ) as grafana:
        assert grafana.execute("select notify.reaches_all(), current_setting('transaction_read_only')").fetchone() == (
            True,
            "on",
        )
    for login in ("sample_worker", "sample_http", "sample_grafana"):
        psycopg.connect(database.cluster.tcp_url(database.name, login, quote(password, safe=""))).close()
        connection.execute(sql.SQL("alter role {} password null").format(sql.Identifier(login)))
    connection.execute("drop role sample_grafana")  # roles are the cluster's, and the documents tell which there are


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_what_a_dockerfile_copies_exists_and_is_not_ignored(path: Any) -> None:
    ignore = (path.parent / f"{path.name}.dockerignore").read_text(encoding="utf-8").split()
    assert ignore[0] == "*"
    kept = {line[1:] for line in ignore if line.startswith("!")}
    copied = set()
    for word, rest in read_dockerfile(path):
        if word == "COPY" and not rest.startswith("--from"):
            copied.update(rest.split()[:-1])
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def test_the_command_lines_image_gets_all_that_the_wheel_carries() -> None:
    instructions = read_dockerfile(ROOT / "docker" / "xnovu.Dockerfile")
    copied = {name for word, rest in instructions if word == "COPY" for name in rest.split()[:-1]}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["force-include"], *(package.split("/")[0] for package in wheel["packages"])}
    assert copied >= {*wanted, "pyproject.toml", PROJECT["project"]["readme"], "constraints.txt"}
    assert ("ENTRYPOINT", '["xnovu"]') in instructions


def test_the_servers_image_has_one_major_version_and_its_python_sees_the_packages() -> None:
    text = (ROOT / "docker" / "postgres.Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"postgres:(\d+)\.|plpython3-(\d+)", text)) == {("15", ""), ("", "15")}
    instructions = dict(reversed(read_dockerfile(ROOT / "docker" / "postgres.Dockerfile")))
    _, _, folder = instructions["ENV"].partition("=")
    assert any(rest.split()[-1] == folder for word, rest in read_dockerfile(DOCKERFILES[0]) if word == "COPY")
