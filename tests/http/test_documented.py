"""docs/http.md: each example runs as shown, in order, against a real server."""

import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.cluster import Database
from tests.docs.blocks import ROOT, Block, is_within, read_blocks
from tests.docs.test_docs import at_the_demo
from tests.http.support import FaceProcess
from tests.worker.processes import XNOVU

from xnovu.http.app import create_app
from xnovu.http.options import FaceOptions
from xnovu.http.route import ApiRoute
from xnovu.log import Log
from xnovu.settings import Source

PAGE = "docs/http.md"
SECRETS = {
    "NOVU_SECRET_KEY": "the-secret-key",
    "NOVU_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "XNOVU_METRICS_TOKEN": "the-operators-token",
}
PARTS = {"id": r"\$ID", "target": "meridian", "file": r"page\.js"}


def run(block: Block, database: Database, folder: Path, url: str) -> None:
    """Run a block in a shell that has the variables of those before it."""
    state = folder / "state"
    program = " ".join(f"'{word}'" for word in XNOVU)
    kept = f"declare -p KEY ID >'{state}' 2>/dev/null || true"
    script = f"xnovu() {{ {program} \"$@\"; }}\nset -eu\n. '{state}'\n{block.text}\n{kept}"
    state.touch()
    environment = os.environ | SECRETS | {"DATABASE_URL": database.url(block.login), "XNOVU": url}
    finished = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, f"{block}: {finished.stderr}"
    if block.shown is not None:
        assert is_within(block.shown, finished.stdout), f"{block}: {finished.stdout}"


def test_each_example_runs_as_shown(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    blocks = [block for block in read_blocks(PAGE) if block.language in ("sh", "sql")]
    assert len(blocks) > 10
    with ExitStack() as stack:
        reader = at_the_demo(database, stack)
        face = stack.enter_context(FaceProcess(tmp_path, database.url("sample_http"), **SECRETS))
        for block in blocks:
            if block.language == "sql":
                reader.read(block)
            else:
                run(block, database, tmp_path, face.url)


def test_each_route_has_an_example_with_curl() -> None:
    app = create_app(FaceOptions(Source("DATABASE_URL", "")), Log())
    shown = "\n".join(block.text for block in read_blocks(PAGE) if block.language == "sh")
    paths = {route.path for route in app.routes if isinstance(route, ApiRoute)}
    assert len(paths) >= 9
    for path in paths:
        pattern = re.escape(f"$XNOVU{path}")
        for name, given in PARTS.items():
            pattern = pattern.replace(rf"\{{{name}\}}", given)
        assert re.search(pattern + r"[\"?]", shown), path


def test_the_limits_that_it_names_are_the_defaults() -> None:
    page = (ROOT / PAGE).read_text()
    options = FaceOptions(Source("DATABASE_URL", ""))
    assert f"the body has more than {options.body_limit // 1024**2} MB" in page
    assert options.body_seconds == 10
    assert "within ten seconds" in page
