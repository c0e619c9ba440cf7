"""notify.explain: for every way in which a notification can end or wait, why each recipient did or did not get it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Cluster, Database
from tests.conftest import TEMPLATE
from tests.support import add_template, add_workflow, hand_worker, insert, one, rows, sender
from tests.support import publish_workflow as publish

PERSON = uuid4()
REFUSED = {"message": "to must be valid"}


@pytest.fixture(scope="module")
def explained(migrated: Cluster) -> Iterator[Database]:
    """A database with a workflow, one whose SMS may come out blank, and one that nothing fits."""
    with closing(Database(migrated, "test_explain")) as database:
        migrated.create_database(database.name, TEMPLATE)
        add_workflow(database)
        add_workflow(database, key="both", body="{{ name }}", channels=("EMAIL",), publish=False)
        add_template(database, "both", "{% if name == 'Bob' %}Hello{% endif %}", channel="SMS")
        with migrated.admin(database.name) as connection:
            connection.execute(
                "update notify.ent_notification_workflow set default_channels = '{EMAIL,SMS}'"
                " where workflow_key = 'both'"
            )
        publish(database, "both")
        with migrated.admin(database.name) as connection:
            connection.execute(
                "update notify.notification_sync set step = null, due_at = null, is_in_step = true,"
                " novu_version = wanted_version, novu_active = wanted_active"
            )
        database.bind("test_analyst", A)
        yield database
        database.disconnect()


def send(database: Database, **columns: Any) -> UUID:
    return insert(sender(database), **({"recipients": [PERSON]} | columns))


def report(database: Database, status: int | None, **facts: Any) -> None:
    worker = hand_worker(database)
    for request in worker.settle_cancellations(worker.take()):
        worker.report([request], status, **facts)


def sent(database: Database, **columns: Any) -> UUID:
    made = send(database, **columns)
    report(database, 201)
    return made


def receipt(database: Database, status: str) -> UUID:
    return told(database, sent(database), status)


def told(database: Database, made: UUID, status: str) -> UUID:
    database.keep().execute(
        "select engine.record_receipts(array[(enterprise_id, notification_id, number, recipients[1], 'EMAIL',"
        " transaction_id, %s, notify.now(), 'ada@example.com is full', 'WEBHOOK')::engine.receipt])"
        " from notify.notification_delivery where notification_id = %s",
        [status, made],
    )
    return made


def no_answer(database: Database) -> UUID:
    made = send(database)
    while one(database.keep(), "select open_count from notify.notification_overview where notification_id = %s", made)[
        "open_count"
    ]:
        report(database, None, error={"kind": "no_answer", "message": "no answer within 10 s"})
        database.shift_clock(timedelta(hours=1))
    return made


def stopped(database: Database) -> UUID:
    made = sent(database)
    sender(database).execute("select notify.retract(%s, 'false alarm')", [made])
    worker = hand_worker(database)
    for request in [request for request in worker.take() if request["kind"] == "cancellation"]:
        worker.report([request], 200, body={"data": True})
    return made


def failed(database: Database) -> UUID:
    made = send(database)
    report(database, 422, body=REFUSED)
    return made


def retrying(database: Database) -> UUID:
    made = send(database)
    report(database, 503)
    return made


def retracted(database: Database) -> UUID:
    made = send(database)
    sender(database).execute("select notify.retract(%s, 'false alarm')", [made])
    return made


def expired(database: Database) -> UUID:
    made = send(database, expires_at=one(database.keep(), "select notify.now() + interval '1 s' as t")["t"])
    database.shift_clock(timedelta(seconds=2))
    report(database, 201)
    return made


def scheduled(database: Database) -> UUID:
    return send(database, scheduled_for=one(database.keep(), "select notify.now() + interval '1 h' as t")["t"])


def in_hand(database: Database) -> UUID:
    made = send(database)
    hand_worker(database, "slow/normal1").take()
    return made


def limited(database: Database) -> UUID:
    made = send(database)
    database.keep("test_admin").execute(
        "insert into notify.notification_enterprise_limit (enterprise_id, recipients_per_minute, burst)"
        " values (%s, 1, 1)",
        [A],
    )
    database.keep().execute(
        "insert into notify.notification_enterprise_state (enterprise_id, allowance, refilled_at)"
        " values (%s, -9, notify.now())",
        [A],
    )
    return made


def paused(database: Database) -> UUID:
    made = send(database)
    database.keep("test_admin").execute("select notify.pause('ENTERPRISE', %s, 'they did not pay')", [str(A)])
    return made


def replayed(database: Database) -> UUID:
    made = failed(database)
    sender(database).execute("select notify.replay(%s)", [made])
    report(database, 201)
    return made


CASES: dict[str, tuple[Any, list[tuple[str | None, str]], str]] = {
    "refused at the INSERT": (lambda d: send(d, channels=["FAX"]), [(None, "REFUSED")], "refused at the INSERT: "),
    "no workflow": (lambda d: sent(d, workflow_key="nowhere"), [(None, "NO_WORKFLOW")], "there is no workflow"),
    "a value is missing": (lambda d: sent(d, payload={}), [(None, "NOT_RENDERED")], 'the variable "name" has no value'),
    "a channel is blank": (lambda d: sent(d, workflow_key="both"), [("EMAIL", "SENT"), ("SMS", "BLANK")], "left out"),
    "sent": (sent, [("EMAIL", "SENT")], "Novu accepted it at attempt 1"),
    "read": (lambda d: receipt(d, "READ"), [("EMAIL", "READ")], "delivered and read"),
    "bounced": (lambda d: receipt(d, "FAILED"), [("EMAIL", "UNDELIVERED")], "its provider could not deliver it"),
    "refused by Novu": (failed, [("EMAIL", "REFUSED_BY_NOVU")], "to must be valid"),
    "retrying": (retrying, [("EMAIL", "RETRYING")], "attempt 1 failed"),
    "retracted": (retracted, [(None, "RETRACTED")], "false alarm"),
    "expired": (expired, [(None, "EXPIRED")], "before it expired"),
    "no answer": (no_answer, [("EMAIL", "UNCERTAIN")], "Novu may have taken it"),
    "no answer, and yet read": (lambda d: told(d, no_answer(d), "READ"), [("EMAIL", "READ")], "delivered and read"),
    "stopped": (stopped, [("EMAIL", "STOPPED")], "stopped what it still had of it"),
    "stopped, and yet seen": (lambda d: told(d, stopped(d), "SEEN"), [("EMAIL", "SEEN")], "too late to stop it"),
    "replayed": (replayed, [("EMAIL", "SENT")], "had it tried again: replay of 1 delivery"),
    "scheduled": (scheduled, [(None, "SCHEDULED")], "it is scheduled for"),
    "in hand": (in_hand, [("EMAIL", "IN_HAND")], "worker slow/normal1 has it in hand"),
    "its turn": (send, [(None, "WAITING")], "turn on the lane normal"),
    "limited": (limited, [(None, "LIMITED")], "limit of recipients a minute is used up"),
    "paused": (paused, [(None, "PAUSED")], "its enterprise is paused"),
}


@pytest.mark.parametrize("case", CASES)
def test_every_outcome_is_explained(explained: Database, case: str) -> None:
    make, verdicts, words = CASES[case]
    made = make(explained)
    found = rows(sender(explained), "select * from notify.explain(%s)", made)
    assert [row["place"] for row in found] == [*range(1, len(found) + 1)]
    mine = [row for row in found if row["recipient_count"] is not None]
    assert [(row["channel_type"], row["verdict"]) for row in mine] == verdicts
    assert {(row["recipient"], row["recipient_count"]) for row in mine} <= {(PERSON, 1)}
    assert words in "\n".join(row["sentence"] for row in found)
    assert found[0]["verdict"] == "CREATED"
    if any(channel for channel, _ in verdicts):
        assert {row["template_key"] for row in mine} == {mine[0]["workflow_key"]}
        assert "RESOLVED" in {row["verdict"] for row in found}
    seen = rows(explained.connect("test_analyst"), "select * from notify.explain(%s)", made)
    assert [row["verdict"] for row in seen] == [row["verdict"] for row in found]
    assert {row["recipient"] for row in seen} == {None}
    assert "ada@example.com" not in str(seen)
    explained.disconnect()


def test_an_analyst_asks_about_one_whom_it_names_and_learns_of_no_other(explained: Database) -> None:
    others = [uuid4() for _ in range(3)]
    made = send(explained, recipients=[PERSON, *others], workflow_key="nowhere")
    analyst = explained.connect("test_analyst")

    def asked(recipient: UUID) -> list[tuple[Any, ...]]:
        found = rows(analyst, "select * from notify.explain(%s, %s)", made, recipient)
        return [(r["recipient"], r["recipient_count"], r["verdict"]) for r in found if r["recipient_count"] is not None]

    stranger = uuid4()
    assert [row[:2] for row in asked(PERSON)] == [(PERSON, 1)]
    assert asked(stranger) == [(stranger, 0, "NOT_ADDRESSED")]
    (together,) = rows(analyst, "select * from notify.explain(%s) where recipient_count > 0", made)
    assert (together["recipient"], together["recipient_count"]) == (None, 4)
    explained.disconnect()


@pytest.mark.parametrize(("login", "enterprise"), [("test_platform", B), ("test_platform", None), ("test_analyst", B)])
def test_another_enterprises_notification_is_not_there(
    explained: Database, login: str, enterprise: UUID | None
) -> None:
    made = send(explained)
    with pytest.raises(psycopg.Error, match="there is no notification") as caught:
        explained.connect(login, enterprise).execute("select * from notify.explain(%s)", [made])
    with pytest.raises(psycopg.Error) as unknown:
        explained.connect(login, enterprise).execute("select * from notify.explain(%s)", [A])
    assert str(unknown.value).replace(str(A), str(made)) == str(caught.value)
    explained.disconnect()


def test_what_was_sent_before_a_replay_keeps_its_version(database: Database) -> None:
    database.bind("test_analyst", A)
    add_workflow(database, key="versions", body="<p>One {{ name }}</p>")
    recipients = [uuid4() for _ in range(101)]  # two deliveries
    made = send(database, workflow_key="versions", recipients=recipients)
    worker = hand_worker(database)
    first, second = worker.take()
    worker.report([first])
    worker.report([second], 422, body=REFUSED)
    add_template(database, "versions", "<p>Two {{ name }}</p>")
    publish(database, "versions")
    database.keep().execute(
        "update notify.notification_sync set step = null, due_at = null, is_in_step = true,"
        " novu_version = wanted_version, novu_active = wanted_active"
    )
    database.shift_clock(timedelta(minutes=1))
    sender(database).execute("select notify.replay(%s)", [made])
    report(database, 201)
    found = rows(database.connect("test_analyst"), "select * from notify.explain(%s)", made)
    sent_by = {row["number"]: (row["verdict"], row["workflow_version"]) for row in found if row["number"] is not None}
    assert sent_by == {1: ("SENT", 1), 2: ("SENT", 2)}
    resolved = [row["sentence"] for row in found if row["verdict"] == "RESOLVED"]
    assert [sentence[:20] for sentence in resolved] == ["it goes by version 1", "it goes by version 2"]
    waits = rows(
        database.keep("test_analyst_all"),
        "select delivery_count, p99_seconds from notify.notification_latency"
        " where enterprise_id = %s and stage = 'wait' and p99_seconds >= 60",
        A,
    )
    assert [row["delivery_count"] for row in waits] == [1]


def test_a_pause_of_the_shared_workflow_is_not_that_of_an_enterprises_own(database: Database) -> None:
    add_workflow(database, key="twice")
    add_workflow(database, key="twice", enterprise=A)
    database.keep("test_admin").execute("select notify.pause('WORKFLOW', 'twice', 'x')")
    made = send(database, workflow_key="twice")
    query = "select verdict from notify.explain(%s) where recipient_count > 0"
    assert "PAUSED" not in {row["verdict"] for row in rows(sender(database), query, made)}
    with database.connect("test_admin", A) as admin:
        admin.execute("select notify.pause('WORKFLOW', 'twice', 'x')")
    assert {row["verdict"] for row in rows(sender(database), query, made)} == {"PAUSED"}


def test_ten_thousand_recipients_are_explained_in_seconds(database: Database) -> None:
    """Each with a receipt of its own, by the platform, which gets a row for each; and no statistics are there."""
    add_workflow(database, channels=("EMAIL", "SMS"))
    made = insert(sender(database), recipients=[uuid4() for _ in range(10_000)])
    hand_worker(database).deliver_all()
    database.keep().execute(
        "select engine.record_receipts(array_agg((d.enterprise_id, d.notification_id, d.number, r, c, d.transaction_id,"
        " 'DELIVERED', notify.now(), null, 'WEBHOOK')::engine.receipt))"
        " from notify.notification_delivery as d, unnest(d.recipients) as r, unnest('{EMAIL,SMS}'::text[]) as c"
    )
    database.bind("test_analyst", A)
    for reader, count in ((sender(database), 20_000), (database.connect("test_analyst"), 200)):
        reader.execute("set statement_timeout = '20s'")
        found = rows(reader, "select * from notify.explain(%s) where recipient_count > 0", made)
        assert (len(found), sum(row["recipient_count"] for row in found)) == (count, 20_000)
        assert {row["verdict"] for row in found} == {"DELIVERED"}
