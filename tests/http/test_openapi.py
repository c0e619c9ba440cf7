"""/openapi.json and /docs; and schemathesis, which asks each route for what they promise.

Longer: XNOVU_SCHEMATHESIS_EXAMPLES=500 ./run test tests/http/test_openapi.py"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.cluster import A
from tests.http.support import FaceProcess, Keys

from xnovu.http.app import create_app
from xnovu.http.options import FaceOptions
from xnovu.http.route import ApiRoute
from xnovu.log import Log
from xnovu.settings import Source

# What it can know nothing of is left out: which workflow a well-formed event fits, which ids are there, and whose.
LEFT_OUT = "positive_data_acceptance,use_after_free,ensure_resource_availability,object_level_authorization"
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


def test_it_answers_as_described_whatever_is_asked(face: FaceProcess, keys: Keys, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--no-color", "run", f"{face.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {keys.make(A)}"]
    command += ["--checks", "all", "--exclude-checks", LEFT_OUT, "--max-examples", EXAMPLES, "--seed", "8"]
    command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]
    command += ["--exclude-path", "/api/health"]  # takes nothing; its 503 says that no worker runs here
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stdout[-15000:] + finished.stderr[-2000:]
    assert [entry for entry in face.events() if entry["event"] == "crashed"] == []
