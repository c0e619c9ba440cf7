"""The log's two forms, and what never gets into it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from tests.worker.support import events, make_log

from xnovu.log import Log


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield root
    root.handlers = handlers
    root.setLevel(level)


def test_an_event_is_one_line_of_json() -> None:
    log, stream = make_log()
    log.info("reported", lane="normal", outcomes={"SENT": 2}, note="two\nlines")
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "info",
        "event": "reported",
        "lane": "normal",
        "outcomes": {"SENT": 2},
        "note": "two\nlines",
    }


def test_text_is_one_readable_line() -> None:
    stream = io.StringIO()
    Log("text", "info", stream).warning("post_refused", status=422, lanes=["a", "b"], reason="went\nwrong")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith('warning  post_refused     status=422  lanes=a,b  reason="went wrong"')


def test_what_is_no_terminal_gets_json() -> None:
    stream = io.StringIO()
    Log("auto", "info", stream).info("started")
    assert json.loads(stream.getvalue())["event"] == "started"


def test_below_the_level_nothing_is_written() -> None:
    log, stream = make_log("warning")
    log.debug("ticked")
    log.info("reported")
    assert stream.getvalue() == ""


def test_warnings_of_libraries_come_in_the_same_form_without_their_arguments(root_logger: logging.Logger) -> None:
    log, stream = make_log()
    log.adopt_libraries()
    logging.getLogger("some.package").warning("could not send %s", "a-personal-value")
    logging.getLogger("some.package").info("not a warning")
    (entry,) = events(stream)
    assert entry["event"] == "library_warning"
    assert entry["library"] == "some.package"
    assert "a-personal-value" not in stream.getvalue()
