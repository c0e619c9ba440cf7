"""`xnovu status`: what it shows in 80 columns, as JSON and in place, its exit status, and its errors."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from tests.cluster import A, B, Database
from tests.load import HOSTILE, beat
from tests.support import add_workflow, hand_worker, insert, one, sender
from tests.worker.test_cli import xnovu

from xnovu.status import _statuses
from xnovu.status.judge import judge, overall
from xnovu.status.screen import draw
from xnovu.status.words import count, duration

AT = "2026-11-29T08:31:12.123456+00:00"
EMPTY: dict[str, Any] = {
    "at": AT,
    "enterpriseId": None,
    "lanes": [
        {"lane": lane, "waiting": 0, "scheduled": 0, "queued": 0, "claimed": 0, "oldestSeconds": None}
        for lane in ("critical", "normal", "bulk")
    ],
    "minutes": [],
    "failures": [],
    "stuck": [],
}
WORKER: dict[str, Any] = {
    "worker": "w",
    "version": None,
    "state": "ALIVE",
    "silentSeconds": 1.0,
    "underWay": None,
    "orders": [],
}
TARGET: dict[str, Any] = {
    "target": "default",
    "breaker": "CLOSED",
    "failureCount": 0,
    "verdict": None,
    "tokensLeft": None,
}


def test_it_is_shown_once_in_80_columns(loaded: Database) -> None:
    beat(loaded, "tower-1/4711")
    finished = xnovu("status --once", DATABASE_URL=loaded.url("test_admin"), NO_COLOR="1", PYTHONIOENCODING="utf-8")
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert max(cell_len(line) for line in lines) <= 80 and "\x1b" not in finished.stdout
    assert lines[0].startswith("XNovu WARNING") and "all that this login reaches" in lines[0]
    assert "! target meridian: its breaker is open (AWAY)" in lines[1:4]
    for title in ("LANES", "RATE", "LATENCY", "FAILURES", "WORKERS", "TARGETS"):
        assert [line for line in lines if line.startswith(title)], title
    assert any(re.match(r"tower-1/4711 +0\.1\.0 +ALIVE .* ago  3 under way", line) for line in lines)
    assert any(line.startswith("      7  variable_missing lift-maintenance: ") for line in lines)


def test_a_bound_analyst_sees_its_enterprise_in_ascii_too(loaded: Database) -> None:
    loaded.bind("test_analyst", B)
    variables = {"DATABASE_URL": loaded.url("test_analyst"), "PYTHONIOENCODING": "ascii:strict", "COLUMNS": "60"}
    finished = xnovu("status", **variables)
    assert finished.returncode == 0, finished.stderr
    assert max(len(line) for line in finished.stdout.splitlines()) <= 60
    assert "of-b-only: Novu answered 422: <img" in finished.stdout and "WORKERS" not in finished.stdout
    other = xnovu(f"status --enterprise {A}", **variables)
    assert (other.returncode, other.stdout) == (2, "")
    assert "xnovu: login test_analyst is not bound to this enterprise. " in other.stderr


def test_as_json_it_is_one_object_with_its_alarms(loaded: Database) -> None:
    beat(loaded, "tower-1/4711")
    finished = xnovu(f"status --json --enterprise {A}", DATABASE_URL=loaded.url("test_admin"))
    told = json.loads(finished.stdout)
    assert (finished.returncode, told["status"], told["alarms"]) == (0, "ok", [])
    assert told["enterpriseId"] == str(A) and "workers" not in told
    assert {minute["lane"] for minute in told["minutes"]} == {"critical", "normal", "bulk"}


def test_what_was_inserted_long_ago_and_fails_or_is_sent_now_is_of_the_last_hour(database: Database) -> None:
    add_workflow(database)
    due = one(database.keep(), "select notify.now() + interval '5 hours' as at")["at"]
    insert(sender(database), scheduled_for=due)
    insert(sender(database), scheduled_for=due, payload={})
    database.shift_clock(timedelta(hours=5, minutes=1))
    hand_worker(database).tick()
    hand_worker(database).deliver_all()
    database.bind("test_analyst", A)
    for login in ("test_analyst", "test_admin"):
        told = one(database.keep(login), "select notify.read_status() as told")["told"]
        assert [(each["code"], each["count"]) for each in told["failures"]] == [("variable_missing", 1)], login
        assert sum(minute["sent"] for minute in told["minutes"]) == 1, login
    database.shift_clock(timedelta(hours=1, minutes=2))
    told = one(database.keep("test_admin"), "select notify.read_status() as told")["told"]
    assert (told["failures"], told["minutes"]) == ([], [])


def test_without_a_worker_the_exit_status_is_1(database: Database) -> None:
    finished = xnovu("status --once", DATABASE_URL=database.url("test_analyst_all"))
    assert (finished.returncode, finished.stderr) == (1, "")
    assert finished.stdout.splitlines()[1] == "! no worker has given a sign of life in the last minute"


@pytest.mark.parametrize("login", ["test_worker", "test_stranger", "test_manager"])
def test_who_may_not_read_it_is_told_which_login_may(database: Database, login: str) -> None:
    finished = xnovu("status", DATABASE_URL=database.url(login))
    assert (finished.returncode, finished.stdout) == (2, "")
    assert re.fullmatch(r"xnovu: The login may not read the status: permission denied .*\n", finished.stderr)
    assert "notify_analyst" in finished.stderr


def test_what_can_not_be_told_is_one_paragraph_and_exit_status_2(empty_database: Database) -> None:
    for url, said in (
        (empty_database.url(), "This database is not migrated. Run `xnovu migrate` first."),
        ("postgresql://nobody@127.0.0.1:1/none", "The database can't be reached"),
    ):
        finished = xnovu("status --json", DATABASE_URL=url)
        assert (finished.returncode, finished.stdout) == (2, "")
        assert said in finished.stderr and "Traceback" not in finished.stderr


def test_on_a_terminal_it_stays_in_place_until_ctrl_c(loaded: Database) -> None:
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "DATABASE_URL": loaded.url("test_admin")}
    command = [sys.executable, "-c", "from xnovu.cli import main; main()", "status", "--every", "0.5"]
    process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=environment)
    os.close(end)
    shown, latest = b"", time.monotonic() + 30
    while shown.count(b"XNovu") < 2 and time.monotonic() < latest:
        shown += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    while process.poll() is None and time.monotonic() < latest:
        if select.select([terminal], [], [], 0.1)[0]:
            with suppress(OSError):  # its other end is closed
                shown += os.read(terminal, 65536)
    with suppress(OSError):
        shown += os.read(terminal, 65536)
    os.close(terminal)
    assert process.wait(timeout=10) == 0
    assert (
        b"LANES" in shown
        and b"TARGETS" in shown
        and b"\x1b[?1049h" in shown
        and b"\x1b[?1049l" in shown
        and b"Traceback" not in shown
    )


def test_a_database_that_goes_away_is_waited_for(database: Database) -> None:
    statuses = _statuses(database.url("test_admin"), None)
    assert "lost" not in next(statuses)
    with database.cluster.admin() as superuser:
        superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and application_name = 'xnovu status'",
            [database.name],
        )
    told = next(statuses)
    assert "terminating connection" in told["lost"] and told["lanes"]
    assert draw(told, [], 80, False)[1].plain.startswith("! this is old: ")
    assert "lost" not in next(statuses)
    statuses.close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "ok"),
        ({"workers": [WORKER], "targets": [TARGET]}, "ok"),
        ({"lanes": [EMPTY["lanes"][0] | {"oldestSeconds": 11.0}]}, "warning"),
        ({"lanes": [EMPTY["lanes"][0] | {"oldestSeconds": 61.0}]}, "failed"),
        ({"lanes": [EMPTY["lanes"][2] | {"oldestSeconds": 1e6}]}, "warning"),
        ({"workers": []}, "failed"),
        ({"workers": [WORKER, WORKER | {"orders": ["drain"]}]}, "warning"),
        ({"workers": [WORKER | {"silentSeconds": 61.0}]}, "failed"),
        ({"targets": [TARGET | {"breaker": "OPEN", "verdict": "RETRY"}]}, "warning"),
        ({"targets": [TARGET | {"breaker": "OPEN", "verdict": "STOP"}]}, "failed"),
        ({"stuck": [{"lane": "bulk", "state": "QUEUED", "count": 3, "ageSeconds": 700.0}]}, "warning"),
    ],
)
def test_what_worries_is_judged_by_the_doctors_patience(change: dict[str, Any], expected: str) -> None:
    alarms = judge(EMPTY | change)
    assert overall(alarms) == expected and bool(alarms) == (expected != "ok")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("is_unicode", [True, False])
def test_no_line_is_wider_than_the_terminal_nor_says_anything_to_it(width: int, is_unicode: bool) -> None:
    hostile = HOSTILE + "\r\n\x9b31m" + "警報" * 100
    status = EMPTY | {
        "failures": [{"code": hostile, "workflow": hostile, "message": hostile, "count": 10**9, "lastAt": AT}] * 9,
        "workers": [WORKER | {"worker": hostile, "version": hostile, "orders": [hostile]}] * 9,
        "targets": [TARGET | {"target": hostile, "breaker": "OPEN", "failureCount": 9, "verdict": "STOP"}] * 9,
        "minutes": [{"at": AT, "lane": "bulk", "sent": 10**7, "p50": 0.0004, "p95": 5000.0, "p99": 10.0**6}],
        "lost": hostile,
    }
    lines = [line.plain for line in draw(status, judge(status), width, is_unicode)]
    assert max(cell_len(line) for line in lines) <= width
    assert all(character.isprintable() for line in lines for character in line)
    assert sum("and 4 more" in line for line in lines) >= 3


@pytest.mark.parametrize(
    ("height", "whole"), [(200, True), (34, True), (24, True), (22, False), (10, False), (1, False)]
)
def test_on_a_low_terminal_sections_get_shorter_and_what_is_left_out_is_counted(height: int, whole: bool) -> None:
    status = EMPTY | {
        "failures": [{"code": "x", "workflow": "w", "message": "m", "count": 1, "lastAt": AT}] * 9,
        "workers": [WORKER | {"orders": ["drain"]}] * 9,
        "targets": [TARGET] * 9,
        "minutes": [
            {"at": AT, "lane": lane["lane"], "sent": 7, "p50": 0.1, "p95": 0.2, "p99": 0.3} for lane in EMPTY["lanes"]
        ],
    }
    everything = draw(status, judge(status), 80, True)
    lines = [line.plain for line in draw(status, judge(status), 80, True, height)]
    assert len(lines) <= height
    assert any("TARGETS" in line for line in lines) == whole
    assert len(everything) > 34 and (len(lines) == len(everything)) == (height == 200)
    if not whole:
        assert re.fullmatch(r"and \d+ lines more: see --once", lines[-1])


def test_figures_are_short() -> None:
    assert [count(n) for n in (0, 9999, 12_345, 1_234_567)] == ["0", "9,999", "12.3k", "1.2M"]
    assert [duration(s) for s in (None, 0.012, 3.44, 3.0, 300, 9000, 400_000)] == [
        "-", "12 ms", "3.4 s", "3 s", "5 min", "2.5 h", "4.6 days",
    ]  # fmt: skip
