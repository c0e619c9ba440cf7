"""The mapped classes are in step with the database, and can do what a platform does."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, Table, create_engine, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.cluster import A, B, Database
from tests.support import add_workflow, hand_worker, rows

from xnovu import models

TABLES: dict[str, Table] = models.Base.metadata.tables

# Every column of notify that the platform may read, and whether it may insert it; a view's columns have no nullability.
COLUMNS = """
select
  c.relname as table_name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type,
  case when c.relkind <> 'v' then not a.attnotnull end as is_nullable,
  has_column_privilege('notify_platform', c.oid, a.attnum, 'insert') as may_insert,
  a.atthasdef as has_default
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'notify'
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'v') and has_column_privilege('notify_platform', c.oid, a.attnum, 'select')
"""


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    add_workflow(database, "greeting")
    made = create_engine(database.url("test_platform").replace("postgresql:", "postgresql+psycopg:"))
    yield made
    made.dispose()


@pytest.fixture
def columns(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    """What the database says of each column, by table and column."""
    return {(row["table_name"], row["column_name"]): row for row in rows(database.keep(), COLUMNS)}


def mapped() -> dict[tuple[str, str], Any]:
    return {(table.name, column.name): column for table in TABLES.values() for column in table.columns}


def test_what_the_platform_may_read_is_mapped_and_nothing_else(columns: dict[tuple[str, str], Any]) -> None:
    assert sorted(mapped()) == sorted(columns)


def test_types_are_those_of_the_database(columns: dict[tuple[str, str], Any]) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy
    types = {key: column.type.compile(dialect=dialect).lower() for key, column in mapped().items()}
    assert types == {key: row["type"] for key, row in columns.items()}


def test_nullability_is_that_of_the_database(columns: dict[tuple[str, str], Any]) -> None:
    tables = {key: row["is_nullable"] for key, row in columns.items() if row["is_nullable"] is not None}
    assert {key: mapped()[key].nullable for key in tables} == tables


def test_what_the_platform_may_not_insert_is_left_out_of_an_insert(columns: dict[tuple[str, str], Any]) -> None:
    table = TABLES["notify.ent_notification"]
    rights = {column.name: columns[table.name, column.name] for column in table.columns}
    assert {c.name for c in table.columns if "read_only" not in c.info} == {
        n for n, r in rights.items() if r["may_insert"]
    }
    given = {column.name for column in table.columns if column.server_default is not None}
    assert given >= {name for name, right in rights.items() if right["has_default"] or not right["may_insert"]}


def test_a_notification_is_inserted_and_its_id_read_back(engine: Engine, database: Database) -> None:
    with Session(engine) as session, session.begin():
        models.set_enterprise(session, A)
        made = models.Notification(workflow_key="greeting", recipients=[uuid4()], payload={"name": "Ada"})
        session.add(made)
        session.flush()
        assert (made.enterprise_id, made.notification_status, made.tags) == (A, "PENDING", [])
        key = made.id
    hand_worker(database).deliver_all()
    with Session(engine) as session, session.begin():
        models.set_enterprise(session, A)
        overview = session.get_one(models.NotificationOverview, (A, key))
        assert (overview.notification_status, overview.sent_count, overview.reason) == ("SENT", 1, None)
        content = session.scalars(select(models.NotificationContent)).one()
        assert content.content["email"]["body"] == "<p>Hello Ada</p>"
        history = select(models.NotificationHistory.to_status).order_by(models.NotificationHistory.happened_at)
        assert session.scalars(history).all() == ["PROCESSING", "SENT"]


def test_many_are_inserted_by_one_statement(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        models.set_enterprise(session, A)
        values = [{"workflow_key": "greeting", "recipients": [uuid4()], "payload": {"name": str(n)}} for n in range(50)]
        ids = session.scalars(insert(models.Notification).returning(models.Notification.id), values).all()
        assert len(set(ids)) == 50


def test_the_next_transaction_has_no_enterprise(engine: Engine) -> None:
    with Session(engine) as session:
        with session.begin():
            models.set_enterprise(session, A)
        with session.begin(), pytest.raises(DBAPIError) as raised:
            session.add(models.Notification(workflow_key="greeting", recipients=[uuid4()]))
            session.flush()
    assert getattr(raised.value.orig, "sqlstate", None) == "XN001"


def test_every_class_can_be_queried(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        models.set_enterprise(session, B)
        for mapper in models.Base.registry.mappers:
            session.scalars(select(mapper.class_).limit(1)).all()


def test_a_key_that_was_used_before_sends_nothing(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        models.set_enterprise(session, A)
        ids = [
            models.send(
                session, "greeting", [uuid4()], {"name": "Ada"}, idempotency_key="once", building="Harbour Tower"
            )
            for _ in range(2)
        ]
        found = session.scalars(select(models.Notification)).all()
        assert ids == [found[0].id] * 2
        assert [(n.payload, n.building) for n in found] == [({"name": "Ada"}, "Harbour Tower")]


def test_a_column_that_does_not_exist_is_refused(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(KeyError):
        models.send(session, "greeting", [uuid4()], bulding="Harbour Tower")
