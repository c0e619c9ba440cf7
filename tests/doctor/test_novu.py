"""What the doctor says of Novu: reached or not, key accepted or not, and truly Novu."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.sandbox.support import live_sandbox

from xnovu.doctor import Check, examine

LIST = b'{"page": 0, "hasMore": false, "pageSize": 1, "data": []}'


@contextmanager
def answering(status: int, body: bytes = b"{}", **headers: str) -> Iterator[str]:
    """The URL of a server that answers everything so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def look(url: str, key: str = "sandbox-key", **more: str) -> dict[str, Check]:
    variables = {"NOVU_API_URL": url, "NOVU_SECRET_KEY": key} | more
    return {check.name: check for check in examine(variables, timeout=2)}


def test_the_sandbox_is_reached_and_its_key_accepted() -> None:
    with live_sandbox() as url:
        check = look(url)["novu"]
    assert check.status == "ok"
    assert check.found == f"{url} is reached, and accepts the key"


def test_a_wrong_key_is_told_apart_from_an_unreachable_novu() -> None:
    with live_sandbox() as url:
        refused = look(url, "wr0ng-key")["novu"]
    unreachable = look("http://127.0.0.1:1", "wr0ng-key")["novu"]
    assert (refused.status, unreachable.status) == ("failed", "failed")
    assert "refuses the key (HTTP 401)" in refused.found
    assert "can't be reached" in unreachable.found
    assert "wr0ng-key" not in f"{refused}{unreachable}"


@pytest.mark.parametrize(
    ("status", "body", "verdict", "says"),
    [
        (200, LIST, "ok", "accepts the key"),
        (200, b"<!doctype html>", "failed", "not as Novu's API does"),
        (200, b"{}", "failed", "not as Novu's API does"),
        (401, b"{}", "failed", "refuses the key"),
        (402, b"{}", "failed", "plan's limit"),
        (404, b"{}", "failed", "not as Novu's API does"),
        (429, b"{}", "warning", "limits the rate"),
        (503, b"{}", "failed", "HTTP 503"),
    ],
)
def test_each_answer_is_explained(status: int, body: bytes, verdict: str, says: str) -> None:
    with answering(status, body) as url:
        check = look(url)["novu"]
    assert check.status == verdict
    assert says in check.found


def test_a_redirect_is_shown_and_not_followed() -> None:
    with answering(302, Location="https://dashboard.example/login?next=x") as url:
        check = look(url)["novu"]
    assert check.status == "failed"
    assert "https://dashboard.example/login (HTTP 302)" in check.found


def test_a_key_without_a_url_is_a_check_that_failed() -> None:
    check = {check.name: check for check in examine({"NOVU_SECRET_KEY": "k"})}["novu"]
    assert check.status == "failed"
    assert check.found == "NOVU_API_URL is not set."


def test_each_further_target_is_checked_by_name(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("of-eu\n")
    with answering(200, LIST) as url:
        checks = look(url, NOVU_API_URL_EU=url, NOVU_SECRET_KEY_EU_FILE=str(tmp_path / "key"), NOVU_API_URL_US=url)
    assert checks["novu eu"].status == "ok"
    assert checks["novu us"].found == "NOVU_SECRET_KEY_US is not set."


def test_a_clock_that_differs_is_a_warning_and_by_five_minutes_a_failure() -> None:
    with answering(200, LIST, Date="Mon, 23 Nov 2020 12:00:00 GMT") as url:
        check = look(url)["clock"]
    assert check.status == "failed"
    assert "s behind" in check.found
    assert "NTP" in (check.mend or "")
