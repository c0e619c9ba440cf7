"""What the operator sets for `xnovu serve`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from xnovu.errors import UserError
from xnovu.settings import Source, find_source, target_variable


@dataclass(frozen=True)
class FaceOptions:
    """Times are in seconds, sizes in bytes. `database_url` leads straight to PostgreSQL, as a login with notify_http.

    connections: to the database. client_limit: of clients; while there are more, only /livez is answered.
    body_limit, depth_limit: the largest body that is read, and how many objects and lists may stand in one another.
    body_seconds: time in which the head, and then the body, of a request must have come.
    answer_seconds: time that a request may take in all; statements in the database get a little less.
    environ: the variables, for the secrets of targets, which are read when they are needed.
    drain_seconds: how long it goes on accepting after SIGTERM, so that a proxy sees /readyz fail first.
    """

    database_url: Source
    host: str = "127.0.0.1"
    port: int = 8080
    connections: int = 10
    client_limit: int = 2000
    body_limit: int = 4 * 1024 * 1024
    depth_limit: int = 32
    body_seconds: float = 10.0
    answer_seconds: float = 20.0
    drain_seconds: float = 2.0
    origins: tuple[str, ...] = ()
    certificate: Path | None = None
    certificate_key: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.certificate_key is None):
            raise UserError(
                "A certificate needs its private key, and the key its certificate.",
                "Give both --certificate and --certificate-key, or neither.",
            )
        for path in (self.certificate, self.certificate_key):
            if path is not None and not path.is_file():
                raise UserError(f"There is no file {path}.", "Check --certificate and --certificate-key.")

    def secret(self, name: str, target: str) -> Source:
        """Where a target's secret that is called `name` comes from. Raises UserError when this process has none."""
        if not _is_target(target):
            raise UserError(f"There can be no target {target!r}.", "A target is lower-case words joined by hyphens.")
        return find_source(target_variable(name, target), self.environ)


def _is_target(name: str) -> bool:
    """Whether a target may be called that. One called file would be taken for the path of another's secret."""
    return re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None and re.search(r"(^|-)file$", name) is None


def parse_origins(text: str) -> tuple[str, ...]:
    """ "https://a.example,https://b.example" as a tuple; empty for "". Raises UserError for what is no origin."""
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or f"{parts.scheme}://{parts.netloc}" != origin:
            raise UserError(
                f"{origin!r} is not an origin.",
                "It looks like https://platform.example, without a path; commas stand between several.",
            )
    return origins
