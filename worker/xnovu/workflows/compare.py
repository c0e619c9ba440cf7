"""What differs between two trees, file by file, as a unified diff for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from xnovu.workflows.model import Template, Tree
from xnovu.workflows.write import files_of


@dataclass(frozen=True)
class Change:
    """A file whose text differs; before or after is None where there is no such file."""

    path: str
    before: str | None
    after: str | None

    def lines(self) -> Iterator[str]:
        """The lines of a unified diff, the heading first."""
        return difflib.unified_diff(
            _lines(self.before),
            _lines(self.after),
            "/dev/null" if self.before is None else f"before/{self.path}",
            "/dev/null" if self.after is None else f"after/{self.path}",
            lineterm="",
        )


def compare(before: Tree, after: Tree, inline_schemas: frozenset[str]) -> list[Change]:
    """The files that differ, in the order of their paths. Each tree is written in the same way for this, so comments
    and the order of members in a folder's files don't count."""
    homes = frozenset(before.workflows) | frozenset(after.workflows)
    old, new = files_of(before, inline_schemas, homes), files_of(after, inline_schemas, homes)
    paths = sorted(old.keys() | new.keys())
    return [Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def missing_in(tree: Tree, other: Tree) -> list[Template]:
    """The templates that the other has under the tree's keys, and the tree has not."""
    keys = tree.keys()
    return [found for name, found in other.templates.items() if name.key in keys and name not in tree.templates]


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.removesuffix("\n").split("\n")
