"""The sandbox's options, its start and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from xnovu.errors import UserError
from xnovu.sandbox import SandboxOptions, parse_faults, serve


def test_faults_are_parsed() -> None:
    assert parse_faults(["503=0.01", "reset-after=1e-2", " hang = 0.5 "]) == (
        ("503", 0.01),
        ("reset-after", 0.01),
        ("hang", 0.5),
    )
    assert parse_faults([]) == ()


@pytest.mark.parametrize(
    ("specs", "named"),
    [
        (["503"], '"503" has no probability'),
        (["sleep=0.1"], '"sleep"'),
        (["200=0.1"], '"200"'),
        (["503=often"], '"often"'),
        (["503=nan"], '"nan"'),
        (["503=1.5"], '"1.5"'),
        (["503=-0.1"], '"-0.1"'),
        (["503=0.1", "503=0.2"], "503 is given twice"),
        (["503=0.6", "500=0.6"], "1.2"),
    ],
)
def test_a_wrong_fault_is_named(specs: list[str], named: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_faults(specs)
    assert named in caught.value.message
    assert caught.value.hint


def test_a_negative_latency_is_named() -> None:
    with pytest.raises(UserError) as caught:
        SandboxOptions(latency_ms=-1)
    assert "latency_ms" in caught.value.message


def test_the_defaults_listen_on_this_machine_only() -> None:
    options = SandboxOptions()
    assert (options.host, options.port, options.api_key) == ("127.0.0.1", 8900, "sandbox-key")


def test_an_address_in_use_is_a_user_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UserError) as caught:
        serve(SandboxOptions(port=taken.getsockname()[1]))
    assert str(taken) and "127.0.0.1" in caught.value.message


def test_importing_the_package_imports_no_server() -> None:
    code = "import sys, xnovu.sandbox; sys.exit(bool({'starlette', 'uvicorn', 'orjson'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=_environment(), check=False).returncode == 0


def test_it_says_where_it_is_and_sigterm_ends_it_cleanly() -> None:
    code = "from xnovu.sandbox import *; serve(SandboxOptions(port=0))"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=_environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("Novu sandbox on http://127.0.0.1:") and "delivers to nobody" in line
        url = line.split()[3].removesuffix(":")
        assert httpx.get(f"{url}/v1/health-check").json() == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
