"""Where settings come from, and what the operator is told when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.worker.support import make_settings

from xnovu.errors import UserError
from xnovu.settings import (
    Source,
    find_database_url,
    find_source,
    parse_slots,
    read_api_url,
    read_database_url,
    read_secret_key,
)

SECRET = "s3cr3t-word"


def complaint(error: pytest.ExceptionInfo[UserError]) -> str:
    return f"{error.value.message} {error.value.hint}"


def test_a_missing_variable_is_named_with_its_file_variant() -> None:
    with pytest.raises(UserError) as error:
        find_source("NOVU_SECRET_KEY", {})
    assert "NOVU_SECRET_KEY is not set" in complaint(error)
    assert "NOVU_SECRET_KEY_FILE" in complaint(error)


def test_an_empty_variable_counts_as_missing() -> None:
    with pytest.raises(UserError):
        find_source("DATABASE_URL", {"DATABASE_URL": "", "DATABASE_URL_FILE": ""})


def test_a_variable_and_its_file_together_are_refused() -> None:
    with pytest.raises(UserError) as error:
        find_source("DATABASE_URL", {"DATABASE_URL": SECRET, "DATABASE_URL_FILE": "/some/file"})
    assert "Both DATABASE_URL and DATABASE_URL_FILE are set" in complaint(error)
    assert SECRET not in complaint(error)


def test_an_option_wins_over_both_variables() -> None:
    environ = {"DATABASE_URL": "from-variable", "DATABASE_URL_FILE": "/some/file"}
    assert find_source("DATABASE_URL", environ, "from-option").read() == "from-option"


def test_a_file_is_read_again_each_time(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first\n")
    source = find_source("NOVU_SECRET_KEY", {"NOVU_SECRET_KEY_FILE": str(file)})
    assert source.read() == "first"
    file.write_text("second\n")
    assert source.read() == "second"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError) as error:
        find_source("NOVU_SECRET_KEY", {}, file_option=str(file)).read()
    assert str(file) in complaint(error)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://u:{SECRET}@host/db",
        f"postgresql://u:{SECRET}@host:5432/db?nonsense=1",
        f"mysql://u:{SECRET}@host/db",
        f"password {SECRET}",
        f"postgresql://u:{SECRET}%zz@host/db",
    ],
)
def test_a_malformed_database_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UserError) as error:
        find_database_url({"DATABASE_URL": url})
    assert "DATABASE_URL" in complaint(error)
    assert SECRET not in complaint(error)


@pytest.mark.parametrize("url", ["postgresql://u:p@h:5432/db", "postgres://h/db", "host=/run/x dbname=db user=u"])
def test_what_libpq_takes_is_taken(url: str) -> None:
    assert read_database_url(Source("DATABASE_URL", url)) == url


@pytest.mark.parametrize(
    "url",
    ["api.novu.co", "ftp://novu", "https://", "http://h:99999", f"https://u:{SECRET}@h", "http://[::1", "http://h?a=b"],
)
def test_a_malformed_novu_url_is_refused(url: str) -> None:
    with pytest.raises(UserError) as error:
        read_api_url(Source("NOVU_API_URL", url))
    assert "NOVU_API_URL" in complaint(error)
    assert SECRET not in complaint(error)


def test_a_novu_url_may_have_a_path_and_loses_its_last_slash() -> None:
    assert read_api_url(Source("NOVU_API_URL", "http://novu:3000/api/")) == "http://novu:3000/api"


def test_a_key_with_a_line_break_or_a_quote_character_of_another_alphabet_is_refused_without_showing_it() -> None:
    for key in (f"{SECRET}\nmore", f"“{SECRET}”"):
        with pytest.raises(UserError) as error:
            read_secret_key(Source("NOVU_SECRET_KEY", key))
        assert SECRET not in complaint(error)


def test_another_target_has_variables_of_its_own() -> None:
    environ = {"NOVU_API_URL_NORTH_WING": "http://north", "NOVU_SECRET_KEY_NORTH_WING": "north-key"}
    url, key = make_settings(environ=environ).target("north-wing")
    assert (url.read(), key.read()) == ("http://north", "north-key")


def test_a_target_that_this_worker_does_not_know_says_which_variable_is_missing() -> None:
    with pytest.raises(UserError) as error:
        make_settings(environ={}).target("north-wing")
    assert "NOVU_API_URL_NORTH_WING" in complaint(error)


@pytest.mark.parametrize(("timeout", "lease"), [(0.0, 10.0), (10.0, 10.0), (20.0, 10.0)])
def test_the_timeout_must_fit_in_the_lease(timeout: float, lease: float) -> None:
    with pytest.raises(UserError, match="timeout"):
        make_settings(timeout=timeout, lease=lease)


def test_slots_are_counted_by_lane() -> None:
    assert parse_slots("critical=2, normal=10,bulk=0") == {"critical": 2, "normal": 10, "bulk": 0}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("urgent=1", "urgent"),
        ("critical=1,critical=2", "twice"),
        ("critical=many", "many"),
        ("critical", "critical"),
        ("critical=-1", "-1"),
        ("critical=0,bulk=0", "no lane"),
        ("", "no lane"),
    ],
)
def test_slots_that_make_no_sense_are_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UserError) as error:
        parse_slots(text)
    assert named in complaint(error)


def test_secrets_are_not_in_the_repr_of_settings() -> None:
    settings = make_settings(
        database_url=Source("DATABASE_URL", f"postgresql://u:{SECRET}@h/d"),
        novu_secret_key=Source("NOVU_SECRET_KEY", SECRET),
        environ={"NOVU_SECRET_KEY_X": SECRET},
    )
    assert SECRET not in repr(settings)
