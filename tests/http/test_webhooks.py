"""Novu's outgoing webhooks: verified, stored once, and applied to deliveries as receipts that never go backwards."""

from __future__ import annotations

import base64
import itertools
import json
import random
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Connection, Database
from tests.database.test_targets import give_target
from tests.http.test_bridge import app, ask
from tests.support import Row, add_workflow, hand_worker, insert, one, platform, rows, sender, status_of

from xnovu.errors import UserError
from xnovu.http.webhooks import find_fault, read_secrets, sign

KEY = b"a key of thirty-two bytes, or so"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = 1_700_000_000
_ids = itertools.count(1)


# --- signatures


def headers(key: bytes = KEY, body: bytes = b"{}", at: int = NOW, webhook: str = "msg_1") -> dict[str, str]:
    signature = sign(key, webhook, at, body)
    return {"webhook-id": webhook, "webhook-timestamp": str(at), "webhook-signature": signature}


def test_the_form_of_a_signature_is_that_of_standard_webhooks() -> None:
    """The example that the specification's libraries test themselves with."""
    (key,) = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == expected


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({}, True),
        ({"webhook-signature": "v1,AAAA v2,x " + headers()["webhook-signature"]}, True),
        ({"webhook-signature": "v1,AAAA"}, False),
        ({"webhook-signature": headers()["webhook-signature"].removeprefix("v1,")}, False),
        ({"webhook-signature": "é"}, False),
        ({"webhook-id": "msg_2"}, False),
        ({"webhook-id": ""}, False),
        ({"webhook-timestamp": str(NOW + 1)}, False),
        ({"webhook-timestamp": "soon"}, False),
        ({"webhook-timestamp": "٣"}, False),
        (headers(at=NOW - 300), True),
        (headers(at=NOW - 301), False),
        (headers(at=NOW + 301), False),
        (headers(body=b"{} "), False),
        (headers(key=b"another"), False),
    ],
)
def test_a_signature_is_good_for_five_minutes_and_for_the_very_body(change: dict[str, str], is_good: bool) -> None:
    assert (find_fault(headers() | change, b"{}", [b"an old one", KEY], NOW) is None) == is_good


@pytest.mark.parametrize("text", ["whsec_", "whsec_AAAA", SECRET + " whsec_", "whsec_é"])
def test_what_is_no_secret_is_none(text: str) -> None:
    with pytest.raises(UserError, match="no secret of a webhook"):
        read_secrets(text)


def test_without_a_secret_nothing_is_good() -> None:
    assert find_fault(headers(), b"{}", [], NOW) is not None
    assert find_fault({}, b"{}", [KEY], NOW) is not None


# --- what is told


@pytest.fixture
def sent(database: Database) -> Row:
    """A delivery to two people that Novu accepted."""
    add_workflow(database, channels=("EMAIL", "SMS"))
    people = [uuid4(), uuid4()]
    notification = insert(sender(database), recipients=people)
    hand_worker(database).deliver_all()
    found = one(database.keep(), "select transaction_id from notify.notification_delivery")
    return {"notification": notification, "people": people, "transaction": found["transaction_id"]}


def event(sent: Row, kind: str, **more: Any) -> Row:
    message = {
        "transactionId": str(sent["transaction"]),
        "subscriberId": f"{A}:{sent['people'][0]}",
        "channel": "email",
    } | more
    at = message.pop("timestamp", "2026-01-02T03:04:05.678Z")
    return {"id": "x", "type": kind, "object": "message", "data": {"object": message}, "timestamp": at}


def tell(database: Database, event: Any, webhook: str | None = None, target: str = "default") -> str:
    answer = one(
        database.keep("test_http"),
        "select * from http_v1.receive_webhook(%s, %s, %s)",
        target,
        webhook or f"msg_{next(_ids)}",
        event if isinstance(event, str) else json.dumps(event),
    )
    body = json.loads(answer["body"])
    return str(body["outcome"] if answer["status"] == 200 else body["code"])


def receipts(connection: Connection) -> list[Row]:
    return rows(connection, "select * from notify.notification_receipt order by recipient, channel_type")


def test_a_receipt_says_what_became_of_a_delivery_for_one_recipient_and_channel(database: Database, sent: Row) -> None:
    before = status_of(database, sent["notification"])
    assert tell(database, event(sent, "message.sent")) == "APPLIED"
    assert tell(database, event(sent, "message.sent", channel="sms")) == "APPLIED"
    other = {"subscriberId": f"{A}:{sent['people'][1]}"}
    assert tell(database, event(sent, "message.failed", errorText="no such mailbox", **other)) == "APPLIED"
    found = receipts(platform(database))
    said = {(r["recipient"], r["channel_type"]): (r["receipt_status"], r["detail"]) for r in found}
    assert said == {
        (sent["people"][0], "EMAIL"): ("DISPATCHED", None),
        (sent["people"][0], "SMS"): ("DISPATCHED", None),
        (sent["people"][1], "EMAIL"): ("FAILED", "no such mailbox"),
    }
    assert {(r["notification_id"], r["number"], r["source"]) for r in found} == {(sent["notification"], 1, "WEBHOOK")}
    assert found[0]["happened_at"].isoformat() == "2026-01-02T03:04:05.678000+00:00"
    after = status_of(database, sent["notification"])
    assert (after["notification_status"], after["sent_count"]) == ("SENT", 1) == (before["notification_status"], 1)


ORDER = ("message.sent", "message.failed", "message.delivered", "message.seen", "message.read")
ENDS = ("DISPATCHED", "FAILED", "DELIVERED", "SEEN", "READ")


def test_late_twice_or_out_of_order_moves_no_receipt_backwards(database: Database, sent: Row) -> None:
    """All orders of all that Novu may tell: the receipt is at each moment the furthest of what was told."""
    generator = random.Random(5)
    kinds = [*ORDER, *ORDER]
    connection = database.connect()
    for channel in ("email", "sms", "push", "chat", "in_app"):
        generator.shuffle(kinds)
        furthest = -1
        for kind in kinds:
            moved = tell(database, event(sent, kind, channel=channel))
            assert moved == ("APPLIED" if ORDER.index(kind) > furthest else "KNOWN")
            furthest = max(furthest, ORDER.index(kind))
            query = "select receipt_status from notify.notification_receipt where channel_type = %s"
            assert one(connection, query, channel.upper())["receipt_status"] == ENDS[furthest]


def test_the_same_webhook_is_applied_once(database: Database, sent: Row) -> None:
    assert tell(database, event(sent, "message.sent"), "msg_a") == "APPLIED"
    assert tell(database, event(sent, "message.read"), "msg_a") == "REPEATED"
    assert [r["receipt_status"] for r in receipts(database.connect())] == ["DISPATCHED"]
    kept = rows(database.keep("test_admin"), "select * from notify.notification_webhook")
    assert [(w["webhook_id"], w["event_type"], w["outcome"]) for w in kept] == [("msg_a", "message.sent", "APPLIED")]
    assert kept[0]["transaction_id"] == sent["transaction"]


def test_what_is_not_ours_is_taken_and_changes_nothing(database: Database, sent: Row) -> None:
    person = sent["people"][0]
    for strange in (
        {"transactionId": str(uuid4())},
        {"transactionId": "txn_1"},
        {"transactionId": None},
        {"subscriberId": f"{B}:{person}"},
        {"subscriberId": f"{A}:{uuid4()}"},
        {"subscriberId": str(person)},
        {"subscriberId": None},
    ):
        assert tell(database, event(sent, "message.sent", **strange)) == "UNMATCHED", strange
    for ignored in (
        event(sent, "message.unread"),
        event(sent, "workflow.updated"),
        event(sent, "message.sent", channel="fax"),
        event(sent, "message.sent", channel=None),
        {"type": 7, "data": []},
        {},
    ):
        assert tell(database, ignored) == "IGNORED"
    for malformed in ("", "{", "[]", '"x"', '{"a": "\\u0000"}'):
        assert tell(database, malformed) == "malformed"
    assert receipts(database.connect()) == []


def test_one_targets_webhooks_say_nothing_of_anothers_deliveries(database: Database, sent: Row) -> None:
    give_target(database, B, "meridian", has_plain_ids=True)
    assert tell(database, event(sent, "message.sent"), target="meridian") == "UNMATCHED"
    person = uuid4()
    insert(sender(database, B), recipients=[person])
    hand_worker(database).deliver_all()
    query = "select transaction_id from notify.notification_delivery where enterprise_id = %s"
    theirs = {"transaction": one(database.keep(), query, B)["transaction_id"], "people": [person]}
    plain = event(theirs, "message.seen", subscriberId=str(person))
    assert tell(database, plain) == "UNMATCHED"
    assert tell(database, plain, target="meridian") == "APPLIED"
    assert [r["receipt_status"] for r in receipts(platform(database, B))] == ["SEEN"]
    assert receipts(platform(database, A)) == []


def test_times_that_are_none_or_to_come_are_now(database: Database, sent: Row) -> None:
    for kind, at in zip(ORDER, ("2026-13-99T00:00:00Z", "soon", None, "2999-01-01T00:00:00Z"), strict=False):
        assert tell(database, event(sent, kind, timestamp=at)) == "APPLIED"
        query = "select now() - happened_at as age from notify.notification_receipt"
        assert timedelta(0) <= one(database.keep(), query)["age"] < timedelta(minutes=1)


def test_after_a_replay_what_went_wrong_before_is_forgotten_and_nothing_else(database: Database, sent: Row) -> None:
    tell(database, event(sent, "message.failed"))
    tell(database, event(sent, "message.delivered", channel="sms"))
    with database.cluster.admin(database.name) as superuser:  # Novu may have taken it, and gave no answer
        superuser.execute("set session_replication_role = replica")
        superuser.execute(
            "update notify.notification_delivery set delivery_status = 'FAILED', doubtful_ids = array[transaction_id]"
        )
        superuser.execute("update notify.ent_notification set notification_status = 'FAILED', processed_at = now()")
    sender(database).execute("select notify.replay(%s)", [sent["notification"]])
    new = one(database.keep(), "select transaction_id from notify.notification_delivery")["transaction_id"]
    assert new != sent["transaction"] and str(new)[:13] == str(sent["notification"])[:13]
    again = sent | {"transaction": new}
    assert tell(database, event(again, "message.sent")) == "APPLIED"
    assert tell(database, event(again, "message.failed", channel="sms")) == "KNOWN"
    assert tell(database, event(sent, "message.sent", channel="sms")) == "KNOWN"
    assert tell(database, event(sent, "message.failed")) == "APPLIED"  # of the doubtful one, and further on
    said = {r["channel_type"]: r["receipt_status"] for r in receipts(database.connect())}
    assert said == {"EMAIL": "FAILED", "SMS": "DELIVERED"}


def test_a_poll_will_feed_the_same_place(database: Database, sent: Row) -> None:
    """What the poll of a delivery will call: some receipts at once, in any order and twice."""
    tell(database, event(sent, "message.seen"))
    told = [
        (A, sent["notification"], 1, person, channel, sent["transaction"], status, "now", None, "POLL")
        for person in [*sent["people"], uuid4()]
        for channel, status in (("EMAIL", "DISPATCHED"), ("EMAIL", "DELIVERED"), ("SMS", "SKIPPED"))
    ]
    row = "(" + ", ".join(["%s"] * 10) + ")::engine.receipt"
    query = f"select engine.record_receipts(array[{', '.join([row] * len(told))}]) as moved"
    assert one(database.keep(), query, *itertools.chain(*told))["moved"] == 3
    said = {
        (r["recipient"], r["channel_type"]): (r["receipt_status"], r["source"]) for r in receipts(database.connect())
    }
    assert said == {
        (sent["people"][0], "EMAIL"): ("SEEN", "WEBHOOK"),
        (sent["people"][0], "SMS"): ("SKIPPED", "POLL"),
        (sent["people"][1], "EMAIL"): ("DELIVERED", "POLL"),
        (sent["people"][1], "SMS"): ("SKIPPED", "POLL"),
    }


def test_receipts_go_with_their_notification_and_webhooks_after_thirty_days(database: Database, sent: Row) -> None:
    tell(database, event(sent, "message.sent"))
    worker = hand_worker(database)
    for days, kept in ((29, 1), (400, 0)):
        database.shift_clock(timedelta(days=days))
        worker.tick()
        assert len(rows(database.keep(), "select 1 from notify.notification_webhook")) == kept
    assert receipts(database.connect()) == [] == rows(database.keep(), "select 1 from notify.ent_notification")


def test_an_analyst_counts_receipts_and_learns_nobodys_name(database: Database, sent: Row) -> None:
    tell(database, event(sent, "message.failed", errorText="ada@example.org is full"))
    database.bind("test_analyst", A)
    for login in ("test_analyst", "test_admin"):
        connection = database.connect(login)
        query = "select channel_type, receipt_status from notify.notification_receipt"
        assert one(connection, query) == {"channel_type": "EMAIL", "receipt_status": "FAILED"}
        for column in ("recipient", "detail", "transaction_id"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select {column} from notify.notification_receipt".encode())


def test_the_delivery_is_found_by_its_key(database: Database, sent: Row) -> None:
    connection = database.connect()
    for notification in (sent["notification"], UUID(int=2**128 - 1)):
        made = one(connection, "select notify.new_transaction_id(%s) as id", notification)["id"]
        assert str(made)[:13] == str(notification)[:13] and made.version == 4
    connection.execute("set enable_seqscan = off")
    plan = connection.execute(
        "explain select from notify.notification_delivery as d where d.enterprise_id = %s"
        " and d.notification_id between %s and %s and d.transaction_id = %s",
        [A, UUID(int=0), sent["notification"], sent["transaction"]],
    ).fetchall()
    assert "Index Cond: ((enterprise_id" in str(plan) and "notification_id >=" in str(plan)


# --- over HTTP


async def test_a_webhook_comes_in_over_http(database: Database, sent: Row) -> None:
    face = app(database, NOVU_WEBHOOK_SECRET=f"whsec_{'A' * 32} {SECRET}", NOVU_WEBHOOK_SECRET_BROKEN="???")
    body = json.dumps(event(sent, "message.delivered")).encode()
    now = int(time.time())

    async def post(path: str, given: dict[str, str], content: bytes = body) -> tuple[int, Row]:
        found = await ask(face, path, method="POST", content=content, headers=given)
        return found.status_code, found.json()

    async with face.router.lifespan_context(face):
        good = headers(body=body, at=now, webhook="msg_http")
        assert await post("/api/webhooks/novu", good) == (200, {"outcome": "APPLIED"})
        assert await post("/api/webhooks/novu/default", good) == (200, {"outcome": "REPEATED"})
        for path, given in (
            ("/api/webhooks/novu", {}),
            ("/api/webhooks/novu", headers(body=body, at=now - 301)),
            ("/api/webhooks/novu", headers(b"another", body=body, at=now)),
            ("/api/webhooks/novu/meridian", good),
            ("/api/webhooks/novu/broken", good),
        ):
            assert (await post(path, given))[0] == 401
        for content in (b"\xff", b"{", b'{"a": "\x00"}'):
            status, answer = await post("/api/webhooks/novu", headers(body=content, at=now), content)
            assert (status, answer["code"]) == (400, "malformed")
