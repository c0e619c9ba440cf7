"""The whole way with the real database, a worker process and the sandbox: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, Connection, Database
from tests.worker.processes import Sandbox, WorkerProcess, insert, statuses, until


@pytest.fixture
def platform(database: Database) -> Connection:
    """The platform's connection in the context of A, which has published a workflow `greeting` for in-app."""
    database.bind("test_manager", A)
    manager = database.connect("test_manager", A)
    manager.execute(
        """
        insert into notify.ent_notification_workflow (name, workflow_key, workflow_type, default_channels)
        values ('Greeting', 'greeting', 'DYNAMIC', '{IN_APP}')
        """
    )
    manager.execute(
        """
        insert into notify.ent_notification_template (name, template_key, channel_type, subject_template, body_template)
        values ('Greeting', 'greeting', 'IN_APP', 'Hello', '<p>Hello {{ name }}</p>')
        """
    )
    manager.execute("select notify.publish('greeting')")
    return database.connect("test_platform", A)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path) as running:
        yield running


@pytest.fixture
def worker(tmp_path: Path, database: Database, sandbox: Sandbox) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url) as running:
        yield running


# Stands before the real rendering: a batch with a payload that says so ends its own backend.
DEADLY_RENDERING = """
    alter function template.py_render_batch rename to py_render_batch_really;
    create function template.py_render_batch(
      p_bundle_hashes text [], p_bundles text [], p_item_bundles integer [], p_payloads text [], p_contexts text [],
      p_channels text [], p_budget_ms integer
    ) returns table (item integer, content text, warnings text, error text)
    language plpgsql as $$
    begin
      if array_to_string(p_payloads, '') like '%Deadly%' then
        perform pg_terminate_backend(pg_backend_pid());
      end if;
      return query
      select * from template.py_render_batch_really(
        p_bundle_hashes, p_bundles, p_item_bundles, p_payloads, p_contexts, p_channels, p_budget_ms
      );
    end $$;
    alter function template.py_render_batch owner to notify_owner;
"""


def answers(database: Database) -> bool:
    """Whether PostgreSQL takes connections."""
    try:
        database.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def each_delivered_once(sandbox: Sandbox, count: int) -> bool:
    per_transaction = Counter(row["transactionId"] for row in sandbox.deliveries())
    return len(per_transaction) == count and set(per_transaction.values()) == {1}


def test_an_inserted_row_is_delivered_and_ends_sent(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    insert(platform, 1)
    until(lambda: statuses(database) == {"SENT": 1})
    (delivered,) = sandbox.deliveries()
    transaction = platform.execute("select transaction_id from notify.ent_notification").fetchone()
    assert transaction == (delivered["transactionId"],)
    assert "Hello Ada" in str(delivered)


def test_what_was_inserted_before_the_worker_started_is_delivered(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    worker.kill()
    insert(platform, 250)
    worker.start()
    until(lambda: statuses(database) == {"SENT": 250})
    assert each_delivered_once(sandbox, 250)


def test_a_worker_killed_in_the_middle_of_1000_loses_nothing_and_doubles_nothing(
    database: Database, platform: Connection, sandbox: Sandbox, tmp_path: Path
) -> None:
    slow = Sandbox(tmp_path / "slow", "--latency-ms", "40", "--latency-jitter-ms", "40")
    slow.log.parent.mkdir()
    with slow, WorkerProcess(tmp_path, database.url("test_worker"), slow.url, XNOVU_BATCH="20") as worker:
        insert(platform, 1000)
        until(lambda: statuses(database).get("SENT", 0) >= 100)
        worker.kill()
        left = statuses(database)
        assert left["SENT"] < 1000, "it was killed too late to tell anything"
        worker.start()
        until(lambda: statuses(database) == {"SENT": 1000}, 60)
        assert each_delivered_once(slow, 1000)


def test_sigterm_lets_what_is_under_way_end_and_leaves_the_rest(
    database: Database, platform: Connection, tmp_path: Path
) -> None:
    with Sandbox(tmp_path, "--latency-ms", "300") as slow:
        with WorkerProcess(tmp_path, database.url("test_worker"), slow.url, lease=60.0, timeout=5.0) as worker:
            insert(platform, 300)
            until(lambda: any("SENT" in entry["outcomes"] for entry in worker.events("reported")))
            assert worker.drain() == 0
            assert worker.events()[-1]["event"] == "stopped"
            assert not worker.health_file.exists()
        after = statuses(database)
        assert after["SENT"] == len(slow.deliveries())
        with database.connect() as connection:
            assert connection.execute("select count(*) from notify.notification_claim").fetchone() == (0,)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_second_signal_ends_the_worker_at_once(
    database: Database, platform: Connection, tmp_path: Path, number: int, status: int
) -> None:
    with (
        Sandbox(tmp_path, "--latency-ms", "20000") as hanging,
        WorkerProcess(tmp_path, database.url("test_worker"), hanging.url, lease=60.0, timeout=30.0) as worker,
    ):
        insert(platform, 1)
        until(lambda: statuses(database).get("PROCESSING") == 1)
        worker.signal(number)
        until(lambda: bool(worker.events("draining")))
        worker.signal(number)
        assert worker.wait(2) == status


def test_a_worker_whose_connections_are_cut_finishes(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    until(lambda: bool(worker.events("connected")))
    insert(platform, 1000)
    for _ in range(5):
        database.keep().execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'test_worker' and datname = %s",
            [database.name],
        )
        time.sleep(0.1)
    insert(platform, 10)
    until(lambda: statuses(database) == {"SENT": 1010}, 60)
    assert each_delivered_once(sandbox, 1010)
    assert worker.events("reconnecting")


def test_a_crash_of_postgresql_loses_nothing_and_doubles_nothing(
    database: Database, platform: Connection, tmp_path: Path
) -> None:
    admin = database.connect()
    admin.execute(f"alter role test_worker in database {database.name} set synchronous_commit = on")
    platform.execute("set synchronous_commit = on")
    with (
        Sandbox(tmp_path, "--latency-ms", "30") as slow,
        WorkerProcess(tmp_path, database.url("test_worker"), slow.url, XNOVU_BATCH="20") as worker,
    ):
        insert(platform, 600)
        until(lambda: statuses(database).get("SENT", 0) >= 60)
        started = admin.execute("select pg_postmaster_start_time()").fetchone()
        found = admin.execute(
            "select pid from pg_stat_activity where usename = 'test_worker' and datname = %s limit 1", [database.name]
        ).fetchone()
        assert found is not None
        os.kill(found[0], signal.SIGKILL)  # the postmaster then ends every session and recovers
        until(lambda: bool(worker.events("reconnecting")))
        until(lambda: answers(database))
        until(lambda: statuses(database) == {"SENT": 600}, 60)
        assert each_delivered_once(slow, 600)
    # by which engine.rescue_claim tells a crash from a restart
    assert database.keep().execute("select pg_postmaster_start_time()").fetchone() == started


def test_a_rendering_that_ends_its_backend_fails_and_the_rest_goes_out(
    database: Database, platform: Connection, sandbox: Sandbox, tmp_path: Path
) -> None:
    database.keep().execute(DEADLY_RENDERING)
    with WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url, lease=2.0) as worker:
        insert(platform, 5)
        insert(platform, 1, name="Deadly")
        insert(platform, 5)
        until(lambda: statuses(database) == {"SENT": 10, "FAILED": 1}, 60)
        insert(platform, 1)
        until(lambda: statuses(database) == {"SENT": 11, "FAILED": 1})
        assert worker.process is not None and worker.process.poll() is None
    assert each_delivered_once(sandbox, 11)


def test_250_people_are_greeted_by_name_in_bulk_and_become_subscribers(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    people = [uuid4() for _ in range(250)]
    before = sandbox.counts()["requests"]
    platform.execute(
        """
        insert into notify.ent_notification
          (workflow_key, recipients, payload, recipient_payload, recipient_attributes)
        values ('greeting', %s, '{"name": "everybody"}', %s, %s)
        """,
        [
            [*people, *people[:10]],
            Jsonb({str(person): {"name": f"P{n}"} for n, person in enumerate(people[:240])}),
            Jsonb({str(person): {"email": f"p{n}@example.org"} for n, person in enumerate(people)}),
        ],
    )
    until(lambda: statuses(database) == {"SENT": 1})
    got = {row["subscriberId"]: row["body"] for row in sandbox.deliveries()}
    names = [f"P{n}" for n in range(240)] + ["everybody"] * 10
    assert got == {f"{A}:{p}": f"<p>Hello {name}</p>" for p, name in zip(people, names, strict=True)}
    assert len(sandbox.deliveries()) == 250
    assert sandbox.subscribers() == {f"{A}:{p}": {"email": f"p{n}@example.org"} for n, p in enumerate(people)}
    assert sandbox.counts()["requests"] - before <= 4, "three bulks; the last claim may come in two parts"
    assert "P17" not in worker.log.read_text()


def test_while_novu_is_away_notifications_wait_and_then_go_out(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    sandbox.kill()
    insert(platform, 20)
    until(lambda: bool(worker.events("novu_unreachable")))
    time.sleep(0.5)
    assert "FAILED" not in statuses(database)
    sandbox.start()
    until(lambda: statuses(database) == {"SENT": 20}, 60)
    assert each_delivered_once(sandbox, 20)
    assert worker.events("novu_answers")


def test_an_idle_worker_takes_a_notification_up_at_once(
    database: Database, platform: Connection, sandbox: Sandbox, worker: WorkerProcess
) -> None:
    until(lambda: bool(worker.events("connected")))
    insert(platform, 1, "CRITICAL")
    until(lambda: statuses(database) == {"SENT": 1})
    for _ in range(20):
        time.sleep(0.03)
        insert(platform, 1, "CRITICAL")
        until(lambda: "PENDING" not in statuses(database) and "PROCESSING" not in statuses(database))
    rows = platform.execute(
        "select 1000 * extract(epoch from processed_at - created_at)::float from notify.ent_notification"
    ).fetchall()
    # The poll alone would make it about 500; the budget of 15 ms is the benchmark's to check.
    assert statistics.median(row[0] for row in rows) < 100


def busy_notification(worker: WorkerProcess) -> bool:
    return any("BUSY" in entry["outcomes"] for entry in worker.events("reported"))


@pytest.mark.parametrize(("end", "status"), [("rollback", "SENT"), ("commit", "RETRACTED")])
def test_a_report_waits_for_a_platform_that_holds_the_notification(
    database: Database, platform: Connection, tmp_path: Path, end: str, status: str
) -> None:
    with (
        Sandbox(tmp_path, "--latency-ms", "500") as slow,
        WorkerProcess(tmp_path, database.url("test_worker"), slow.url, lease=20.0, timeout=5.0) as worker,
    ):
        insert(platform, 3)
        rendered = "select count(*) from notify.notification_content"
        until(lambda: platform.execute(rendered).fetchone() == (3,))
        platform.execute("begin")
        platform.execute("select notify.retract(id, 'x') from notify.ent_notification limit 1")
        until(lambda: busy_notification(worker))
        assert statuses(database) == {"SENT": 2, "PROCESSING": 1}
        time.sleep(0.7)
        platform.execute(end)
        until(lambda: statuses(database) == dict(Counter(["SENT", "SENT", status])), 5)
        assert worker.drain() == 0
        assert each_delivered_once(slow, 3)
        assert not worker.events("report_given_up")


def test_a_database_with_another_default_isolation_is_worked_on(
    database: Database, platform: Connection, sandbox: Sandbox, tmp_path: Path
) -> None:
    database.keep().execute(
        f"alter role test_worker in database {database.name} set default_transaction_isolation = 'serializable'"
    )
    with WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url) as worker:
        insert(platform, 3)
        until(lambda: statuses(database) == {"SENT": 3})
        assert not worker.events("reconnecting")


@pytest.mark.parametrize(
    ("name", "login", "expected"),
    [
        ("{name}", "test_stranger", "The login test_stranger may not execute worker_v1"),
        ("{name}", "nobody_at_all", "The database refuses the login nobody_at_all"),
        ("no_such_database", "test_worker", "There is no such database: no_such_database"),
        ("postgres", "test_worker", "This database is not migrated"),
    ],
)
def test_a_worker_that_can_never_work_ends_with_a_reason(
    database: Database, tmp_path: Path, name: str, login: str, expected: str
) -> None:
    url = database.cluster.url(name.format(name=database.name), login)
    with WorkerProcess(tmp_path, url, "http://127.0.0.1:1") as worker:
        assert worker.wait(10) == 1
        log = worker.log.read_text()
    assert f"xnovu: {expected}" in log
    assert "Traceback" not in log
    assert '"connected"' not in log


def test_health_follows_the_worker(platform: Connection, worker: WorkerProcess) -> None:
    until(worker.health_file.exists)
    assert worker.drain() == 0
    assert not worker.health_file.exists()


def test_the_log_holds_neither_payloads_nor_recipients_nor_secrets(
    database: Database, platform: Connection, sandbox: Sandbox, tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url, XNOVU_LOG_LEVEL="debug") as worker:
        insert(platform, 5, name="Secret-Agent")
        until(lambda: statuses(database) == {"SENT": 5})
        recipients = platform.execute("select recipients[1]::text from notify.ent_notification").fetchall()
        worker.drain()
        log = worker.log.read_text()
    assert "reported" in log
    for word in ("Secret-Agent", "sandbox-key", *(row[0] for row in recipients)):
        assert word not in log


def test_a_worker_starts_quickly_and_stays_small(
    database: Database, platform: Connection, sandbox: Sandbox, tmp_path: Path
) -> None:
    insert(platform, 2000)
    start = datetime.now(UTC)
    with WorkerProcess(tmp_path, database.url("test_worker"), sandbox.url, XNOVU_LOG_LEVEL="debug") as worker:
        until(lambda: statuses(database) == {"SENT": 2000}, 60)
        assert worker.process is not None
        status = Path(f"/proc/{worker.process.pid}/status").read_text()
    first = datetime.fromisoformat(worker.events("claimed")[0]["time"])
    # The budgets are 1 s and 80 MB; the benchmark checks the first, on a machine that does nothing else.
    assert (first - start).total_seconds() < 3
    assert int(status.split("VmHWM:")[1].split()[0]) / 1024 < 80
