"""Checks of the PostgreSQL server: its version, the database's encoding, the language plpython3u and its packages."""

from __future__ import annotations

import json
import re
from typing import Any

import psycopg

from xnovu import files
from xnovu.doctor.check import Check, listed
from xnovu.migrate import sqlfiles

Connection = psycopg.Connection[Any]

OLDEST = 15
# Below these, row-level security has known holes (cached plans used under the wrong role, among others). They came out
# on one day, as PostgreSQL's minor releases do.
SAFE_MINOR = {15: 20, 16: 16, 17: 12, 18: 6}
FOLDER_HINT = (
    "pip install --no-deps --target FOLDER -r sql/requirements-server.txt, with the Python that plpython3.so links; "
    "put PYTHONPATH = 'FOLDER' into the server's environment file (Debian: /etc/postgresql/15/main/environment), "
    "restart it"
)


def check_version(connection: Connection) -> Check:
    """PostgreSQL 15 or later, with the minor release that closes the known holes of row-level security."""
    major, minor = divmod(connection.info.server_version, 10000)
    found = f"PostgreSQL {major}.{minor}"
    if major < OLDEST:
        return Check("server version", "failed", f"{found}; XNovu needs {OLDEST} or later", "Upgrade the server.")
    safe = SAFE_MINOR.get(major, 0)
    if minor < safe:
        return Check(
            "server version",
            "warning",
            f"{found} has known security holes, in row-level security too, that {major}.{safe} has not",
            f"Upgrade to {major}.{safe} or later: install it and restart the server; the data stay as they are.",
        )
    return Check("server version", "ok", found)


def check_encoding(connection: Connection) -> Check:
    """The database is in UTF-8."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding == "UTF8":
        return Check("encoding", "ok", "UTF8")
    mend = "Create a database with: create database … encoding 'UTF8' template template0; an encoding can't be changed."
    return Check("encoding", "failed", f"the database is in {encoding}; XNovu needs UTF8", mend)


def check_language(connection: Connection) -> Check:
    """The language plpython3u is there, or can be made by the migration."""
    row = connection.execute("select extversion from pg_extension where extname = 'plpython3u'").fetchone()
    if row:
        return Check("plpython3u", "ok", f"version {row[0]}")
    if connection.execute("select 1 from pg_available_extensions where name = 'plpython3u'").fetchone():
        mend = "Run `xnovu migrate` with a superuser's DATABASE_URL: it creates the language."
        return Check("plpython3u", "failed", "the server offers it, this database doesn't have it", mend)
    major = connection.info.server_version // 10000
    mend = (
        f"On the server: apt-get install postgresql-plpython3-{major}. A service that doesn't offer it can't be used."
    )
    return Check("plpython3u", "failed", "the server doesn't offer it", mend)


def check_packages(connection: Connection) -> Check:
    """The server's Python imports what the template engine needs, in the versions that it was tested with."""
    name = "server packages"
    if connection.info.parameter_status("is_superuser") != "on":
        found = "only a superuser can ask the server's Python"
        return Check(name, "skipped", found, "Run `xnovu doctor` with a superuser's DATABASE_URL to see it.")
    if not connection.execute("select 1 from pg_language where lanname = 'plpython3u'").fetchone():
        return Check(name, "skipped", "the database has no plpython3u yet")
    wanted = read_pins()
    answer = _ask_server(connection, sqlfiles.read_release().server_modules, list(wanted))
    python = f"the server's Python {answer['python']}"
    if answer["missing"]:
        return Check(name, "failed", f"{python} can't import {listed(answer['missing'])}", f"{FOLDER_HINT}.")
    other = [
        f"{package} {answer['versions'][package] or 'of an unknown version'} (tested with {version})"
        for package, version in wanted.items()
        if answer["versions"][package] != version
    ]
    if other:
        return Check(name, "warning", f"{python} has {listed(other)}", f"{FOLDER_HINT}.")
    return Check(name, "ok", f"{python} has {listed(f'{package} {version}' for package, version in wanted.items())}")


def read_pins() -> dict[str, str]:
    """The server's packages and their versions, as sql/requirements-server.txt of this release pins them."""
    text = (files.path("sql") / "requirements-server.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", text, re.MULTILINE))


def _ask_server(connection: Connection, modules: list[str], packages: list[str]) -> dict[str, Any]:
    """What the server's Python imports. The answer comes back in a setting that ends with the transaction."""
    code = f"""
import json
import sys
from importlib import metadata

missing = []
for name in {modules!r}:
    try:
        __import__(name)
    except Exception as error:
        missing.append("%s (%s)" % (name, error))
versions = dict.fromkeys({packages!r})
for name in versions:
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
answer = dict(python="%d.%d" % sys.version_info[:2], missing=missing, versions=versions)
plan = plpy.prepare("select set_config('xnovu.doctor', $1, true)", ["text"])
plpy.execute(plan, [json.dumps(answer)])
"""
    connection.execute(f"do $doctor$ {code} $doctor$ language plpython3u".encode())
    row = connection.execute("select current_setting('xnovu.doctor')").fetchone()
    assert row is not None
    return dict(json.loads(row[0]))
