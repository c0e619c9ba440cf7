"""Finds the folders that travel with the package: sql, alembic and samples."""

from pathlib import Path

from xnovu.errors import UserError

_PACKAGE = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the folder `name` ("sql", "alembic", "samples") of this release.

    An installed package carries it under `_files`; in a checkout it is in the repository's root.

    Raises:
        UserError: there is no such folder.
    """
    installed = _PACKAGE / "_files" / name
    if installed.is_dir():
        return installed
    root = _PACKAGE.parent.parent
    if (root / "pyproject.toml").is_file() and (root / name).is_dir():
        return root / name
    raise UserError(
        f"The folder “{name}” of XNovu is missing; looked for {installed} and {root / name}.",
        "Install the package again, or use a complete checkout.",
    )
