"""What the operator sets: where the database and Novu are, with which credentials, and how the worker paces itself.

Credentials are kept as the place that they come from (an option, a variable or a file) and read when they are needed,
so that a rotated file takes effect at the next connection. Nothing here puts a secret in a message or a repr."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from xnovu.errors import UserError

LANES = ("critical", "normal", "bulk")
DEFAULT_SLOTS = "critical=2,normal=2,bulk=1"
DEFAULT_TARGET = "default"


@dataclass(frozen=True)
class Source:
    """Where a value comes from: given as it is, or the path of a file to read. `name` is for messages."""

    name: str
    value: str | None = field(default=None, repr=False)
    file: str | None = None

    def read(self) -> str:
        """The value now, without blanks around it. Raises UserError when the file can't be read or nothing is in it."""
        if self.value is not None:
            return self.value.strip()
        assert self.file is not None
        try:
            text = Path(self.file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UserError(
                f"{self.name}_FILE names {self.file}, which can't be read: {reason}.",
                "Check the path, and that the user who runs this may read it.",
            ) from None
        if not text:
            raise UserError(f"{self.name}_FILE names {self.file}, which is empty.", f"Put the {self.name} in it.")
        return text


@dataclass(frozen=True)
class Settings:
    """Everything that `xnovu work` needs. Times are in seconds."""

    database_url: Source
    novu_api_url: Source
    novu_secret_key: Source
    slots: Mapping[str, int]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    lease: float = 60.0
    timeout: float = 15.0
    batch: int = 100
    poll: float = 1.0
    concurrency: int = 4
    health_file: Path = Path("xnovu-worker")

    def __post_init__(self) -> None:
        if not 0 < self.timeout < self.lease:
            raise UserError(
                f"The timeout ({self.timeout:g} s) must be above 0 and below the lease ({self.lease:g} s).",
                "A request that outlives its lease could be sent twice: raise --lease or lower --timeout.",
            )

    def check_novu(self) -> None:
        """Raises UserError when the default target's URL or key is unreadable or malformed."""
        read_api_url(self.novu_api_url)
        read_secret_key(self.novu_secret_key)

    def target(self, name: str) -> tuple[Source, Source]:
        """URL and secret key of the Novu environment called `name`. Raises UserError when this worker has none."""
        if name == DEFAULT_TARGET:
            return self.novu_api_url, self.novu_secret_key
        return (
            find_source(target_variable("NOVU_API_URL", name), self.environ),
            find_source(target_variable("NOVU_SECRET_KEY", name), self.environ),
        )


def target_variable(name: str, target: str) -> str:
    """The variable `name` of the default target, as it is called for this one: NOVU_API_URL_MERIDIAN."""
    return name if target == DEFAULT_TARGET else f"{name}_{target.upper().replace('-', '_')}"


def find_source(
    name: str, environ: Mapping[str, str], option: str | None = None, file_option: str | None = None
) -> Source:
    """The source of `name`: its options win over the variables `name` and `name`_FILE; an empty one counts as not set.

    Raises UserError when nothing gives it, or when two things of the same rank do."""
    flag = "--" + name.lower().replace("_", "-")
    for value, file, spelled in (
        (option, file_option, (flag, f"{flag}-file")),
        (environ.get(name), environ.get(f"{name}_FILE"), (name, f"{name}_FILE")),
    ):
        if value and file:
            raise UserError(f"Both {spelled[0]} and {spelled[1]} are set.", "Keep one of them.")
        if value or file:
            return Source(name, value or None, file or None)
    raise UserError(f"{name} is not set.", f"Set the variable {name}, or {name}_FILE to the path of a file with it.")


def find_database_url(environ: Mapping[str, str], option: str | None = None, file_option: str | None = None) -> Source:
    """The source of DATABASE_URL, looked at once. Raises UserError when it is missing, unreadable or malformed."""
    source = find_source("DATABASE_URL", environ, option, file_option)
    read_database_url(source)
    return source


def read_database_url(source: Source) -> str:
    """A connection string that libpq takes. Raises UserError when it would not."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    url = source.read()
    try:
        conninfo_to_dict(url)
    except (ProgrammingError, UnicodeError):
        raise UserError(
            f"{source.name} is not a PostgreSQL connection URL.",
            "It looks like postgresql://user:password@host:5432/database (without +driver), "
            "with special characters of the password percent-encoded.",
        ) from None
    return url


def read_api_url(source: Source) -> str:
    """The base URL of a Novu API, without a slash at its end. Raises UserError when it is not one."""
    url = source.read().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        good = good and not (parts.query or parts.fragment or parts.username or parts.password)
    except ValueError:
        good = False
    if not good:
        raise UserError(
            f"{source.name} is not the base URL of a Novu API.",
            "It looks like https://api.novu.co or http://novu.internal:3000, without user, query or fragment.",
        )
    return url


def read_secret_key(source: Source) -> str:
    """A Novu secret key. Raises UserError when it could not be sent in a header."""
    key = source.read()
    if not re.fullmatch(r"[!-~]+", key):
        raise UserError(
            f"{source.name} holds a blank or a character that no Novu secret key has.",
            "Copy it again from Novu's API keys page, without quotes.",
        )
    return key


def parse_slots(text: str) -> dict[str, int]:
    """ "critical=2,normal=2,bulk=1" as a dict; a lane left out gets none. Raises UserError naming what is wrong."""
    hint = f"It looks like {DEFAULT_SLOTS}; a lane that is left out is not worked on."
    slots: dict[str, int] = {}
    for part in text.split(","):
        lane, _, count = (piece.strip() for piece in part.partition("="))
        if lane not in LANES:
            raise UserError(f"Slots: there is no lane {lane!r}; the lanes are {', '.join(LANES)}.", hint)
        if lane in slots:
            raise UserError(f"Slots: the lane {lane} is named twice.", hint)
        if not re.fullmatch(r"\d{1,2}", count):
            raise UserError(f"Slots: {lane} needs a number from 0 to 99, not {count!r}.", hint)
        slots[lane] = int(count)
    if not any(slots.values()):
        raise UserError("Slots: no lane has a slot, so nothing would be done.", hint)
    return slots


def default_health_file() -> Path:
    """Where a worker leaves its sign of life when nothing else is asked for: the user's runtime folder, or /tmp."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"xnovu-worker-{os.getuid()}"
