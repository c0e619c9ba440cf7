"""What the doctor's tests share: an examination as a given login, and its checks by name."""

from __future__ import annotations

from tests.cluster import Database

from xnovu.doctor import Check, examine


def look(url: str, **variables: str) -> dict[str, Check]:
    """All checks by name, with only these variables set."""
    checks = examine({"DATABASE_URL": url} | variables, timeout=3)
    found = {check.name: check for check in checks}
    assert len(found) == len(checks), "two checks have one name"
    return found


def look_as(database: Database, login: str = "postgres", **variables: str) -> dict[str, Check]:
    """All checks by name, as that login sees the database."""
    return look(database.url(login), **variables)


def statuses(checks: dict[str, Check]) -> dict[str, str]:
    """How each check stands."""
    return {name: check.status for name, check in checks.items()}
