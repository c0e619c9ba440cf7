"""/openapi.json and /docs; and schemathesis, which asks each route for what they promise.

Longer: XNOVU_SCHEMATHESIS_EXAMPLES=500 ./run test tests/http/test_openapi.py"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.cluster import A, Database
from tests.http.support import FaceProcess, Keys
from tests.http.test_health import live

from xnovu.http.app import create_app
from xnovu.http.options import FaceOptions
from xnovu.http.route import ApiRoute
from xnovu.log import Log
from xnovu.settings import Source

# That what fits its schema is taken can't be asked of all routes: schemathesis can't sign as Novu does, a cursor comes
# from the page before, a text may hold no NUL, and what a body says may contradict itself (recipients beside
# subscriberId, an expiresAt that is over). No schema says that; the tests of each route look at what is refused so.
LEFT_OUT = "positive_data_acceptance"
EXAMPLES = os.environ.get("XNOVU_SCHEMATHESIS_EXAMPLES", "12")


@pytest.fixture(scope="module")
def client(face: FaceProcess) -> Iterator[httpx.Client]:
    with face.client() as opened:
        yield opened


def test_every_route_is_described_and_no_other(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    app = create_app(FaceOptions(Source("DATABASE_URL", "")), Log())
    routes = [route for route in app.routes if isinstance(route, ApiRoute)]
    assert len(routes) == len(app.routes)
    assert described == {(route.path, route.method) for route in routes}
    assert document["openapi"] == "3.1.0"


def test_the_page_shows_each_route_and_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "src=" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def examine(face: FaceProcess, key: str, folder: Path, *more: str) -> None:
    """Run schemathesis with every check that it has, but for what `more` says."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--no-color", "run", f"{face.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {key}"]
    command += ["--checks", "all", *more, "--max-examples", EXAMPLES, "--seed", "8"]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stdout[-15000:] + finished.stderr[-2000:]
    assert [entry for entry in face.events() if entry["event"] == "crashed"] == []


def test_it_answers_as_described_whatever_is_asked(face: FaceProcess, keys: Keys, tmp_path: Path) -> None:
    examine(face, keys.make(A), tmp_path, "--exclude-path", "/api/health", "--exclude-checks", LEFT_OUT)


def test_health_is_as_described(database: Database, tmp_path: Path) -> None:
    """By itself, where a worker lives: elsewhere its 503 says that none does, which is no fault of the route's."""
    live(database)
    with FaceProcess(tmp_path, database.url("test_http")) as face:
        examine(face, Keys(database).make(A), tmp_path, "--include-path", "/api/health")
