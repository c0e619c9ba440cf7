"""How the template engine gets into a plpython3u function, and what happens in a backend that had an older one."""

import pytest
from tests.cluster import Connection, Database

from xnovu.migrate import engine

FUNCTION = """
create or replace function public.probe() returns text language plpython3u as $python$
# @template_engine
return engine.answer()
$python$;
"""
CARRIER = """
create or replace function template.py_engine() returns void language plpython3u stable as $python$
# @template_engine_sources
$python$;
"""

FIRST = {
    "xnovu_template.__init__": "from xnovu_template.parts import answer\n",
    "xnovu_template.parts.__init__": "from .words import WORD\n\ndef answer():\n    return WORD + str(loads())\n\n"
    "loads = __import__('itertools').count(1).__next__\n",
    "xnovu_template.parts.words": "WORD = 'first $python$ $$ \\\\ \\\\$ \"\"\" \\' “ß” {braces} %s '\n",
}
SECOND = FIRST | {"xnovu_template.parts.words": "WORD = 'second '\n"}


@pytest.fixture
def connection(empty_database: Database) -> Connection:
    opened = empty_database.connect()
    opened.execute("create extension plpython3u")
    opened.execute("create schema template")
    return opened


def install(connection: Connection, sources: dict[str, str], function: str = FUNCTION) -> None:
    connection.execute((engine.expand(CARRIER, sources) + engine.expand(function, sources)).encode())


def probe(connection: Connection) -> str:
    row = connection.execute("select public.probe()").fetchone()
    assert row is not None
    return str(row[0])


def test_modules_and_subpackages_are_imported_from_memory_with_any_text(connection: Connection) -> None:
    install(connection, FIRST)
    assert probe(connection) == 'first $python$ $$ \\ \\$ """ \' “ß” {braces} %s 1'


def test_a_backend_imports_once_for_all_functions(connection: Connection) -> None:
    install(connection, FIRST)
    assert probe(connection).endswith(" 1")
    install(connection, FIRST, FUNCTION.replace("probe", "other"))
    assert connection.execute("select public.other()").fetchone() != (probe(connection),)
    assert probe(connection).endswith(" 4")


def test_a_new_engine_replaces_the_old_one_in_a_backend_that_lives(connection: Connection) -> None:
    install(connection, FIRST)
    probe(connection)
    install(connection, SECOND)
    assert probe(connection) == "second 1"


def test_an_engine_that_can_not_be_imported_fails_each_time_until_it_is_mended(connection: Connection) -> None:
    broken = FIRST | {
        "xnovu_template.__init__": "from xnovu_template.parts import answer\nraise ValueError('broken')\n"
    }
    install(connection, broken)
    for _ in range(2):
        with pytest.raises(Exception, match="broken"):
            probe(connection)
    install(connection, SECOND)
    assert probe(connection) == "second 1"


def test_what_the_server_compiled_is_taken_unless_its_python_has_changed(connection: Connection) -> None:
    install(connection, FIRST)
    text = engine.expand(CARRIER, FIRST)
    code = engine.compile_in(connection, SECOND)
    connection.execute(engine.with_code(text, code).encode())
    assert probe(connection) == "second 1", "the sources were compiled once more"
    install(connection, SECOND)
    assert probe(connection) == "second 1"
    magic = code.split("'")[1]
    install(connection, FIRST)
    connection.execute(engine.with_code(text, code.replace(magic, "00000000")).encode())
    assert probe(connection).startswith("first ")


def test_packages_that_the_server_must_have_are_read_off_the_imports() -> None:
    sources = {
        "xnovu_template.__init__": "import json, minijinja\nfrom xnovu_template import render\nfrom . import x\n",
        "xnovu_template.render": "def f():\n    from markdown_it.rules import y\n    import os.path\n",
    }
    assert engine.foreign_modules(sources) == ["markdown_it", "minijinja"]
