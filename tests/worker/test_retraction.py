"""Retractions with the real worker and the sandbox: what Novu holds never arrives, and whom it reached is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.cluster import Connection, Database
from tests.support import Row, add_workflow, insert, one, rows
from tests.support import platform as connect
from tests.worker.processes import Sandbox, WorkerProcess, until

RETRACT = "select notify.retract(%s, 'false alarm') as id"
CORRECT = """
select notify.retract(
  %s, 'false alarm', correction => '{"workflow_key": "all-clear", "payload": {"name": "Ada"}}'
) as id
"""


@pytest.fixture
def platform(database: Database) -> Iterator[Connection]:
    add_workflow(database, channels=("IN_APP",))
    add_workflow(database, "all-clear", "All clear, {{ name }}", channels=("IN_APP",))
    with connect(database) as connection:
        yield connection


@pytest.fixture
def admin(database: Database) -> Connection:
    return database.connect("test_admin")


def told(novu: Sandbox, says: str) -> list[UUID]:
    """Who got a message that says so, as often as they did."""
    return sorted(UUID(row["subscriberId"].split(":")[1]) for row in novu.deliveries() if says in row["body"])


def retractions(admin: Connection) -> Row:
    return one(
        admin,
        """
        select
          coalesce(sum(open_count), 0) as open, coalesce(sum(waiting_count), 0) as waiting,
          coalesce(sum(stopped_count), 0) as stopped, coalesce(sum(nothing_to_stop_count), 0) as nothing
        from notify.notification_retractions
        """,
    )


def settled(admin: Connection) -> bool:
    """Whether nothing is under way any more, of notifications or of cancellations."""
    query = """
        select count(*) as n from notify.notification_overview
        where open_count > 0 or notification_status in ('PENDING', 'PROCESSING')
    """
    return bool(retractions(admin)["waiting"] == 0 and one(admin, query)["n"] == 0)


def start_worker(database: Database, novu: Sandbox, folder: Path, **more: Any) -> WorkerProcess:
    return WorkerProcess(folder, database.url("test_worker"), novu.url, **more)


def test_what_is_queued_in_hand_or_sent_stops_and_just_whom_it_reached_is_corrected(
    database: Database, platform: Connection, admin: Connection, tmp_path: Path
) -> None:
    people = {name: sorted(uuid4() for _ in range(150)) for name in ("queued", "in hand", "sent")}
    with (
        Sandbox(tmp_path, "--latency-ms", "400") as novu,
        start_worker(database, novu, tmp_path, lease=20.0, timeout=5.0),
    ):
        made = {"sent": insert(platform, recipients=people["sent"])}
        until(lambda: settled(admin))
        made["queued"] = insert(platform, recipients=people["queued"], scheduled_for="2099-01-01")
        made["in hand"] = insert(platform, recipients=people["in hand"])
        handed_over = "select 1 from notify.notification_content where notification_id = %s"
        until(lambda: bool(rows(platform, handed_over, made["in hand"])))
        ids = {name: one(platform, CORRECT, notification)["id"] for name, notification in made.items()}
        assert [name for name, id_ in ids.items() if id_ is not None] == ["sent"]
        until(lambda: settled(admin))
        assert told(novu, "All clear") == sorted(people["sent"] + people["in hand"])
        assert told(novu, "Hello") == sorted(people["sent"] + people["in hand"])
        assert retractions(admin) == {"open": 0, "waiting": 0, "stopped": 0, "nothing": 4}
    statuses = rows(
        platform, "select distinct notification_status from notify.ent_notification where corrects_id is null"
    )
    assert [row["notification_status"] for row in statuses] == ["RETRACTED"]


def test_a_thousand_deliveries_that_novu_still_holds_never_arrive(
    database: Database, platform: Connection, admin: Connection, tmp_path: Path
) -> None:
    with (
        Sandbox(tmp_path, "--delay", "600") as novu,
        start_worker(database, novu, tmp_path, lease=20.0, timeout=5.0) as worker,
    ):
        platform.execute(
            "insert into notify.ent_notification (workflow_key, recipients, payload, priority)"
            " select 'greeting', array[gen_random_uuid()], '{\"name\": \"Ada\"}', 'CRITICAL'"
            " from generate_series(1, 1000)"
        )
        until(lambda: settled(admin), 30)
        platform.execute("select notify.retract(id, 'false alarm') from notify.ent_notification")
        until(lambda: settled(admin), 60)
        assert retractions(admin) == {"open": 0, "waiting": 0, "stopped": 1000, "nothing": 0}
        assert novu.counts()["cancelled"] == 1000
        assert novu.deliveries() == []
        assert worker.drain() == 0


def test_a_novu_that_is_away_and_then_refuses_much_is_asked_until_it_answers(
    database: Database, platform: Connection, admin: Connection, tmp_path: Path
) -> None:
    with (
        Sandbox(tmp_path, "--fault", "503=0.4") as novu,
        start_worker(database, novu, tmp_path) as worker,
        database.cluster.admin(database.name) as connection,
    ):

        def hurry() -> bool:
            for table in ("delivery", "cancellation"):
                waits = "due_at > now()" + (" and claimed_by is null" if table == "cancellation" else "")
                connection.execute(f"update notify.notification_{table} set due_at = now() where {waits}".encode())
            return settled(admin)

        made = [insert(platform) for _ in range(10)]
        until(hurry, 60)
        novu.kill()
        for notification in made:
            platform.execute(RETRACT, [notification])
        until(lambda: "novu_connect" in errors(admin))
        novu.start()
        until(hurry, 60)
        assert retractions(admin) == {"open": 0, "waiting": 0, "stopped": 0, "nothing": 10}
        assert worker.drain() == 0


def errors(admin: Connection) -> set[str]:
    """What went wrong with cancellations that are still under way."""
    query = "select distinct error_details ->> 'code' as code from notify.notification_cancellation"
    return {row["code"] for row in rows(admin, query)}
