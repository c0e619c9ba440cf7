"""What the documents show runs as shown, in order, as whom they say, with the samples loaded."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from tests.cluster import Database
from tests.docs.blocks import comparable, is_within, read_blocks
from tests.docs.players import Reader
from tests.support import rows

from xnovu import demo


@pytest.fixture
def reader(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Who has just seen `./run demo`: the samples are loaded, sent and final."""
    monkeypatch.setenv("DATABASE_URL", "")  # restored at the end: the documents' Python reads it
    with ExitStack() as stack:
        yield at_the_demo(database, stack)


def at_the_demo(database: Database, stack: ExitStack) -> Reader:
    demo.load(database.url())
    demo.send(database.url())
    database.shift_clock(timedelta(seconds=10))  # one is scheduled in five seconds
    reader = Reader(database, stack)
    reader.let_work(201)
    return reader


def read_through(reader: Reader, name: str) -> None:
    blocks = [block for block in read_blocks(name) if block.language in ("sql", "python")]
    assert blocks
    for block in blocks:
        reader.read(block)


@pytest.mark.parametrize(
    "name",
    [
        "docs/platform.md",
        "docs/dba.md",
        "docs/workflows.md",
        "docs/templates.md",
        "docs/analysts.md",
        "docs/operations.md",
        "docs/security.md",
    ],
)
def test_what_a_page_shows_runs_as_shown(reader: Reader, name: str) -> None:
    read_through(reader, name)


def test_the_readme_runs_and_what_it_inserts_is_sent(reader: Reader) -> None:
    read_through(reader, "README.md")
    reader.let_work(201)
    inserted = "select workflow_key, notification_status, reason from notify.notification_overview where tags = '{}'"
    assert [row for row in rows(reader.database.connect(), inserted) if row["notification_status"] != "SENT"] == []


def test_an_output_is_compared_without_ids_times_and_widths() -> None:
    output = """
     id                                   | age
    --------------------------------------+-----------------
     0198c0de-0000-7000-8000-000000000001 | 00:00:01.234567
    (1 row)
    """
    assert comparable(output) == ["id | age", "<id> | <interval>"]
    assert is_within("id | age\n01980000-0000-7000-8000-00000000000f | 00:00:09", output)
    assert not is_within("id | attempts", output)
