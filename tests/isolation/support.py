"""What the attacks need: three enterprises with something to find in every table, and ways to look for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Connection, Database
from tests.support import SHARED, add_workflow, hand_worker, insert, one, sender

# Who is bound to what. B's id lies between A's and C's.
BOUND = {
    "test_analyst": (A,),
    "test_analyst_of_two": (A, C),
    "test_manager": (A,),
    "test_bound_platform": (A,),
}
# What an enterprise's rows hold that another's don't, and a value that nobody's hold.
MARK = {A: "harbour", B: "nordhavn", C: "meridian"}
NOWHERE = "nowhere"


def settle(database: Database) -> None:
    """Bind the logins, and give each enterprise a workflow, a template, a sent notification and a waiting one."""
    for login, enterprises in BOUND.items():
        for enterprise in enterprises:
            database.bind(login, enterprise)
    add_workflow(database)
    for enterprise, mark in MARK.items():
        add_workflow(database, mark, enterprise=enterprise)
        common = {"name": mark, "building": mark, "tags": [mark], "payload": {"name": mark}}
        insert(sender(database, enterprise), **common, idempotency_key=mark)
    hand_worker(database).deliver_all()
    for enterprise, mark in MARK.items():
        insert(sender(database, enterprise), name=mark, building=mark, scheduled_for="2099-01-01")


def fill(database: Database, enterprise: UUID, count: int) -> None:
    """Let an enterprise have many scheduled notifications more, and one that failed."""
    insert(sender(database, enterprise), recipients=[], name=MARK[enterprise], building=MARK[enterprise])
    sender(database, enterprise).execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, name, building, scheduled_for)
        select 'greeting', array[gen_random_uuid()], %s, %s, '2099-01-01'::timestamptz + n * interval '1 second'
        from generate_series(1, %s) as n
        """,
        [MARK[enterprise], MARK[enterprise], count],
    )


def attacker(database: Database, login: str) -> Connection:
    """A connection of a bound login: a manager and a platform have A as their context, as they must."""
    return database.connect(login, A if login in ("test_manager", "test_bound_platform", "test_platform") else None)


@contextmanager
def refused(*sqlstates: str) -> Iterator[pytest.ExceptionInfo[psycopg.Error]]:
    """Expect an error with one of these SQLSTATEs; 42501, insufficient privilege, when none is given."""
    with pytest.raises(psycopg.Error) as error:
        yield error
    assert error.value.sqlstate in (sqlstates or ("42501",)), error.value


def value(connection: Connection, query: str, *parameters: Any) -> Any:
    """The only value of a query."""
    (found,) = one(connection, query, *parameters).values()
    return found


def explain(connection: Connection, query: str, options: str = "analyze, timing off, summary off") -> list[Any]:
    """The nodes of a query's plan."""
    tree = value(connection, f"explain ({options}, format json) {query}")
    return list(_nodes(tree[0]["Plan"]))


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def masked(nodes: list[Any], *words: str) -> str:
    """A plan as text, without these words and without the figures that differ from run to run."""
    text = json.dumps([{k: v for k, v in node.items() if k != "Plans"} for node in nodes])
    for word in words:
        text = text.replace(word, "?")
    return text


__all__ = [
    "BOUND",
    "MARK",
    "NOWHERE",
    "SHARED",
    "attacker",
    "explain",
    "fill",
    "masked",
    "refused",
    "settle",
    "value",
]
