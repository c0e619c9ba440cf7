"""The files under sql/: which there are, in which order they apply, and what is sent to the server for each."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from xnovu import files
from xnovu.errors import UserError
from xnovu.migrate import engine

FEW = 3


@dataclass(frozen=True)
class SqlFile:
    """One file: its path under sql/, the text sent to the server, and that text's checksum."""

    path: str
    text: str
    source: str
    sha256: str

    def line_at(self, position: int | None) -> int | None:
        """The line of the file at a 1-based character `position` of its text; None where expansion has moved it."""
        if position is None:
            return None
        before = self.text[: position - 1]
        return before.count("\n") + 1 if self.source.startswith(before) else None


@dataclass(frozen=True)
class Release:
    """All files of this release, each group in the order in which it applies; the first three by a superuser.

    `engine` is the sources of the template engine, `server_modules` the Python modules that the server must be able to
    import for it.
    """

    bootstrap: list[SqlFile]
    queue: list[SqlFile]
    python: list[SqlFile]
    living: list[SqlFile]
    engine: dict[str, str]
    server_modules: list[str]

    def paths(self) -> set[str]:
        """The path of every file."""
        return {file.path for group in (self.bootstrap, self.queue, self.python, self.living) for file in group}


def read_release() -> Release:
    """Read sql/ of this release; the Python functions come out with the template engine.

    Raises:
        UserError: the folder is missing.
    """
    root = files.path("sql")
    sources = engine.read_sources(root / "template_engine")
    groups: dict[str, list[SqlFile]] = {"bootstrap": [], "queue": [], "python": [], "living": []}
    for path in sorted(root.rglob("*.sql"), key=lambda found: found.relative_to(root).parts):
        folder = path.relative_to(root).parts[0]
        if folder == "template_engine":
            continue
        group = folder if folder in groups else "living"
        groups[group].append(_read(root, path, sources if group == "python" else None))
    return Release(**groups, engine=sources, server_modules=engine.foreign_modules(sources))


def describe_applied(files: Iterable[SqlFile]) -> list[str]:
    """One line for each file, or for each folder of which more than three were applied."""
    lines: list[str] = []
    for folder, found in groupby(sorted(file.path for file in files), key=lambda path: path.rpartition("/")[0]):
        paths = list(found)
        if len(paths) > FEW:
            lines.append(f"applied {len(paths)} files of sql/{folder}")
        else:
            lines.extend(f"applied sql/{path}" for path in paths)
    return lines


def _read(root: Path, path: Path, sources: dict[str, str] | None) -> SqlFile:
    name = path.relative_to(root).as_posix()
    source = path.read_text(encoding="utf-8")
    text = source
    if sources is not None:
        text = engine.expand(source, sources)
        if text == source:
            raise UserError(f"sql/{name} has no line “{engine.MARKER}”.", "Add it at the top of the function's body.")
    return SqlFile(name, text, source, hashlib.sha256(text.encode()).hexdigest())
