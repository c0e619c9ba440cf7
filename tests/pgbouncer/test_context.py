"""Behind a PgBouncer in transaction mode, an enterprise that a transaction chose is that transaction's alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import permutations
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Connection, Database
from tests.pgbouncer.pooler import Pooler
from tests.support import add_workflow, insert, one, rows

NOTHING = {"context": "", "enterprises": []}
COUNTS = "select enterprise_id, name, count(*) from notify.ent_notification group by enterprise_id, name"
ROUNDS = 20


@contextmanager
def chosen(client: Connection, enterprise: UUID) -> Iterator[Connection]:
    """A transaction of the client that has chosen the enterprise."""
    with client.transaction():
        client.execute("select notify.set_enterprise(%s)", [enterprise])
        yield client


def backend(client: Connection) -> int:
    """The server's process that the client's next statement, or its transaction, gets."""
    return int(one(client, "select pg_backend_pid() as pid")["pid"])


def found(client: Connection) -> dict[str, Any]:
    """What the client comes upon without choosing: the context, and the enterprises whose rows it sees."""
    return one(
        client,
        """
        select
          coalesce(current_setting('app.current_enterprise_id', true), '') as context,
          coalesce(array_agg(distinct enterprise_id), '{}') as enterprises
        from notify.ent_notification
        """,
    )


def test_each_login_arrives_as_itself(pooler: Pooler) -> None:
    for login in ("test_platform", "test_analyst"):
        assert one(pooler.connect(login), "select session_user::text as login") == {"login": login}


def test_what_a_transaction_chose_is_gone_for_the_next_client_on_the_same_server_connection(pooler: Pooler) -> None:
    first, second = pooler.connect(), pooler.connect()
    with chosen(first, A):
        insert(first)
        assert found(first) == {"context": str(A), "enterprises": [A]}
        shared = backend(first)
    assert backend(second) == shared
    assert found(second) == NOTHING
    assert found(first) == NOTHING


def test_a_transaction_that_chose_nothing_sees_nothing_and_inserts_nothing(pooler: Pooler) -> None:
    first, second = pooler.connect(), pooler.connect()
    with chosen(first, A):
        insert(first)
        shared = backend(first)
    with pytest.raises(psycopg.DatabaseError) as refused, second.transaction():
        assert backend(second) == shared
        assert found(second) == NOTHING
        insert(second)
    assert refused.value.sqlstate == "XN001"


def test_a_rolled_back_transaction_leaves_no_context(pooler: Pooler) -> None:
    first, second = pooler.connect(), pooler.connect()
    with chosen(first, A):
        insert(first)
    first.execute("begin")
    first.execute("select notify.set_enterprise(%s)", [A])
    shared = backend(first)
    first.execute("rollback")
    assert backend(second) == shared
    assert found(second) == NOTHING


def test_an_aborted_transaction_leaves_no_context(pooler: Pooler) -> None:
    first, second = pooler.connect(), pooler.connect()
    with chosen(first, A):
        insert(first)
    with pytest.raises(psycopg.errors.DivisionByZero), chosen(first, A):
        shared = backend(first)
        first.execute("select 1 / 0")
    assert backend(second) == shared
    assert found(second) == NOTHING


def test_a_client_that_vanishes_inside_its_transaction_leaves_no_context(pooler: Pooler) -> None:
    first, second = pooler.connect(), pooler.connect()
    with chosen(first, A):
        insert(first)
    first.execute("begin")
    first.execute("select notify.set_enterprise(%s)", [A])
    first.close()
    assert found(second) == NOTHING


def test_clients_that_interleave_see_and_write_only_their_own(database: Database) -> None:
    add_workflow(database)
    used = set()
    written = dict.fromkeys((A, B, C), 0)
    with Pooler(database, size=2) as pooler:
        clients = {enterprise: pooler.connect() for enterprise in written}
        # Three enterprises share two server connections, of which now this, now that is the one given back last.
        for pair in list(permutations(written, 2)) * ROUNDS:
            with ExitStack() as transactions:
                for enterprise in pair:
                    transactions.enter_context(chosen(clients[enterprise], enterprise))
                    used.add((backend(clients[enterprise]), enterprise))
                for enterprise in pair:
                    insert(clients[enterprise], name=str(enterprise))
                    written[enterprise] += 1
                for enterprise in pair:
                    assert rows(clients[enterprise], COUNTS) == [
                        {"enterprise_id": enterprise, "name": str(enterprise), "count": written[enterprise]}
                    ]
            assert [found(client) for client in clients.values()] == [NOTHING] * 3
    assert len({pid for pid, _ in used}) == 2
    assert len(used) == 6, "each server connection served each enterprise"


def test_a_context_set_for_the_session_leaks_to_the_next_client_of_the_login(pooler: Pooler) -> None:
    """The misuse of which docs/platform.md warns."""
    misuse(pooler)
    assert found(pooler.connect()) == {"context": str(A), "enterprises": [A]}


@pytest.mark.parametrize("reset", ["DISCARD ALL", "RESET ALL"])
def test_a_reset_after_each_transaction_keeps_a_sessions_context_from_the_next(database: Database, reset: str) -> None:
    """The safety net that docs/install.md recommends."""
    add_workflow(database)
    with Pooler(database, server_reset_query_always="1", server_reset_query=reset) as pooler:
        shared = misuse(pooler)
        client = pooler.connect()
        assert backend(client) == shared
        assert found(client) == NOTHING


def misuse(pooler: Pooler) -> int:
    """A client inserts for A as it should, and then chooses A for its session; returns the server's process."""
    client = pooler.connect()
    with chosen(client, A):
        insert(client)
        shared = backend(client)
    client.execute(f"set app.current_enterprise_id = '{A}'".encode())
    return shared
