"""Recipients' own values and attributes: who gets what, what is rendered when and by which version, and what fails."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cluster import A, B, Database
from tests.database.test_work import queue_agrees
from tests.support import (
    ACCEPTED,
    Row,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    platform,
    publish_workflow,
    rows,
    sender,
    settle_syncs,
    status_of,
)

GREETING = "<p>Hello {{ name }}, {{ place | default('everywhere') }}</p>"
SLOW = '{% for n in range(400) %}{{ xnovu_render("slow-part") }}{% endfor %}Hello {{ name }}'


def people(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def names(recipients: list[UUID]) -> dict[str, Row]:
    """A name of its own for each."""
    return {str(recipient): {"name": f"R-{recipient.hex[:6]}"} for recipient in recipients}


def texts(requests: list[Row]) -> dict[str, str]:
    """What each subscriber gets, by id without its enterprise."""
    found: dict[str, str] = {}
    for request in requests:
        body = json.loads(request["body"])
        for to in body["to"]:
            subscriber = to["subscriberId"] if isinstance(to, dict) else to
            assert subscriber.startswith(f"{A}:")
            found[subscriber.partition(":")[2]] = body["payload"]["email"]["body"]
    return found


def contents(database: Database, made: UUID) -> list[Row]:
    return rows(
        database.keep(),
        "select variant, rendered_at, workflow_version from notify.notification_content"
        " where notification_id = %s order by rendered_at, variant",
        made,
    )


def take_everything(database: Database, most: int = 100) -> list[Row]:
    worker = hand_worker(database)
    found: list[Row] = []
    while requests := worker.take(most=most):
        worker.report(requests)
        found += requests
    return found


def test_each_recipient_gets_what_is_its_own_and_the_others_share_what_is_everybodys(database: Database) -> None:
    add_workflow(database, body=GREETING)
    own, others = people(3), people(250)
    values = names(own) | {str(others[0]): {}}
    values[str(own[1])]["place"] = "the roof"
    payload = {"name": "all", "place": "the hall"}
    made = insert(sender(database), recipients=[*others, *own, *others], payload=payload, recipient_payload=values)
    requests = take_everything(database)
    got = texts(requests)
    assert set(got) == {str(recipient) for recipient in (*own, *others)}
    for recipient, text in got.items():
        value = payload | values.get(recipient, {})
        assert text == f"<p>Hello {value['name']}, {value['place']}</p>"
    assert Counter(len(json.loads(request["body"])["to"]) for request in requests) == {1: 3, 100: 2, 50: 1}
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["recipient_count"], seen["sent_count"]) == ("SENT", 253, 6)
    kept = contents(database, made)
    assert [row["variant"] for row in kept] == ["", *sorted(str(recipient) for recipient in own)]
    assert {row["rendered_at"] for row in kept} == {seen["rendered_at"]}


def test_what_is_a_recipients_own_goes_out_in_bulk(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(250)
    insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    requests = take_everything(database)
    assert {request["path"] for request in requests} == {"/v1/events/trigger/bulk"}
    assert sorted(Counter(request["batch"] for request in requests).values()) == [50, 100, 100]
    assert len({json.loads(request["body"])["transactionId"] for request in requests}) == 250


def test_no_step_reads_all_the_deliveries_that_a_large_one_has(database: Database) -> None:
    """Each is found by its whole key, whatever the planner believes of tables that were empty when it planned."""
    add_workflow(database, body=GREETING)
    recipients = people(1500)
    insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    read = (
        "select coalesce(sum(idx_tup_read), 0)::integer as n from pg_stat_user_indexes"
        " where relname like 'notification_delivery' or relname like 'notification_content%%' and 0 <> %s"
    )
    for is_analyzed in (False, True):
        if is_analyzed:
            database.keep().execute("analyze")
        before = one(database.keep(), read, 1)["n"]
        worker = hand_worker(database)
        for verdict in (503, 201, 201, 201):
            requests = worker.take()
            worker.report(requests, verdict)
        worker.connection.close()
        time.sleep(0.1)
        after = one(database.keep(), read, 1)["n"]
        assert after - before < 400 * 25


def test_a_payload_that_only_with_the_own_values_fits_the_schema_is_sent(database: Database) -> None:
    schema = {"type": "object", "required": ["name", "seat"], "properties": {"seat": {"type": "integer"}}}
    add_workflow(database, payload_schema=schema)
    good, bad = people(2)
    values = {str(good): {"seat": 4}, str(bad): {"seat": "the last"}}
    made = insert(sender(database), recipients=[good, bad], recipient_payload=values)
    assert set(texts(take_everything(database))) == {str(good)}
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["sent_count"], seen["failed_count"]) == ("FAILED", 1, 1)
    assert seen["error_code"] == "payload_invalid"
    assert "payload.seat" in seen["reason"]
    assert "the last" not in str(one(database.keep(), "select error_details from notify.ent_notification"))


def test_a_rendering_that_fails_for_one_recipient_fails_that_delivery_alone(database: Database) -> None:
    add_workflow(database, body="<p>{{ name }} {{ seat }}</p>")
    recipients = people(120)
    values = {str(recipient): {"seat": n} for n, recipient in enumerate(recipients)}
    del values[str(recipients[7])]["seat"]
    values[str(recipients[7])]["other"] = 1
    made = insert(sender(database), recipients=recipients, recipient_payload=values)
    assert set(texts(take_everything(database))) == {str(r) for r in recipients if r != recipients[7]}
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["error_code"]) == ("FAILED", "variable_missing")
    assert (seen["sent_count"], seen["failed_count"], seen["open_count"]) == (119, 1, 0)
    assert queue_agrees(database)


def test_when_the_shared_part_fails_the_own_parts_go_out(database: Database) -> None:
    add_workflow(database, body="<p>{{ seat }}</p>")
    own, others = people(3), people(150)
    made = insert(sender(database), recipients=[*own, *others], recipient_payload={str(r): {"seat": 1} for r in own})
    assert set(texts(take_everything(database))) == {str(recipient) for recipient in own}
    seen = status_of(database, made)
    assert (seen["sent_count"], seen["failed_count"], seen["notification_status"]) == (3, 2, "FAILED")


def test_what_is_wrong_with_the_whole_notification_ends_it_at_once(database: Database) -> None:
    recipients = people(250)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients[:200]))
    assert hand_worker(database).take() == []
    seen = status_of(database, made)
    assert (seen["error_code"], seen["failed_count"], seen["open_count"]) == ("workflow_unknown", 201, 0)


def test_all_of_it_goes_by_the_version_that_its_first_part_was_rendered_with(database: Database) -> None:
    add_workflow(database, body="<p>first {{ name }}</p>")
    recipients = people(250)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    worker = hand_worker(database)
    worker.report(worker.take())
    assert status_of(database, made)["notification_status"] == "PROCESSING"
    add_template(database, "greeting", "<p>second {{ name }}</p>")
    publish_workflow(database, "greeting")
    add_workflow(database, body="<p>own {{ name }}</p>", enterprise=A)
    settle_syncs(database)
    later = insert(sender(database), recipients=recipients[:1], recipient_payload=names(recipients[:1]))
    rest = take_everything(database)
    assert len(rest) == 151
    by_notification: dict[bool, set[str]] = {True: set(), False: set()}
    for request in rest:
        body = json.loads(request["body"])
        by_notification[str(made) in request["request_id"]].add(body["payload"]["email"]["body"].split()[0])
    assert by_notification == {True: {"<p>first"}, False: {"<p>own"}}
    assert {row["workflow_version"] for row in contents(database, made)} == {1}
    assert len({row["rendered_at"] for row in contents(database, made)}) == 1
    assert {status_of(database, n)["notification_status"] for n in (made, later)} == {"SENT"}
    history = rows(
        sender(database), "select to_status from notify.notification_history where notification_id = %s", made
    )
    assert sorted(row["to_status"] for row in history) == ["PROCESSING", "SENT"]


def test_workers_at_once_render_it_together_by_one_version_and_nothing_twice(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(1000)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients[:950]))

    def work(number: int) -> list[Row]:
        worker = hand_worker(database, f"w{number}/n")
        found: list[Row] = []
        for _ in range(12):
            requests = worker.take()
            found += requests
            while "BUSY" in worker.report(requests).values():
                time.sleep(0.05)  # another worker is at the same notification
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [request for part in pool.map(work, range(4)) for request in part]
    database.shift_clock(timedelta(minutes=1))
    taken += take_everything(database)
    assert len({request["request_id"] for request in taken}) == 951
    got = texts(taken)
    assert all(got[str(r)] == f"<p>Hello {names([r])[str(r)]['name']}, everywhere</p>" for r in recipients[:950])
    assert status_of(database, made)["notification_status"] == "SENT"
    assert len(contents(database, made)) == 951
    assert "deadlock" not in database.cluster.log()


def test_a_retry_sends_what_was_rendered_and_renders_nothing_anew(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(30)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients[:20]))
    worker = hand_worker(database)
    first = worker.take()
    worker.report(first, 503)
    before = contents(database, made)
    database.keep().execute("delete from notify.notification_content where variant = %s", [str(recipients[0])])
    database.keep().execute('update notify.notification_content set content = \'{"email": {"body": "kept"}}\'')
    database.shift_clock(timedelta(minutes=5))
    again = take_everything(database)
    assert {json.loads(r["body"])["transactionId"] for r in again} == {
        json.loads(r["body"])["transactionId"] for r in first
    }
    got = texts(again)
    assert got.pop(str(recipients[0])) == texts(first)[str(recipients[0])], "this one was not there: it was rendered"
    assert set(got.values()) == {"kept"}
    assert contents(database, made) == before


def test_a_replay_renders_what_failed_anew_with_what_is_published_now(database: Database) -> None:
    add_workflow(database, body="<p>{{ name }} {{ seat }}</p>")
    recipients = people(120)
    values = names(recipients)
    for recipient in recipients[5:]:
        values[str(recipient)]["seat"] = 1
    made = insert(sender(database), recipients=recipients, recipient_payload=values)
    assert len(take_everything(database)) == 115
    add_template(database, "greeting", "<p>{{ name }} {{ seat | default('standing') }}</p>")
    publish_workflow(database, "greeting")
    replayed = one(sender(database), "select delivery_count from notify.replay(%s)", made)
    assert replayed["delivery_count"] == 5
    got = texts(take_everything(database, most=2))
    assert got == {str(r): f"<p>{values[str(r)]['name']} standing</p>" for r in recipients[:5]}
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["workflow_version"], seen["sent_count"]) == ("SENT", 2, 120)
    assert Counter(row["workflow_version"] for row in contents(database, made)) == {1: 115, 2: 5}


def test_retracted_in_the_middle_nothing_more_of_it_is_rendered(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(250)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    worker, other = hand_worker(database, "one/n"), hand_worker(database, "two/n")
    worker.report(worker.take())
    held = worker.take()
    other.claim()
    sender(database).execute("select notify.retract(%s, 'a change of mind')", [made])
    assert other.render() == []
    worker.report(held)
    cancelled = []
    while requests := worker.take():
        cancelled += requests
        for request in requests:
            worker.report([request], 200, body={"data": False})
    assert [request["kind"] for request in cancelled] == ["cancellation"] * 200
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["sent_count"], seen["open_count"]) == ("RETRACTED", 200, 0)
    assert len(contents(database, made)) == 200
    assert queue_agrees(database)


def test_what_there_was_no_time_for_comes_with_the_next_claim(database: Database) -> None:
    add_template(database, "slow-part", "{% for n in range(700) %}{% if false %}{% endif %}{% endfor %}")
    add_workflow(database, body=SLOW)
    own, others = people(30), people(120)
    made = insert(sender(database), recipients=[*own, *others], recipient_payload=names(own))
    worker = hand_worker(database)
    sizes = []
    for _ in range(60):
        worker.tick()
        requests = worker.take()
        sizes.append(len(requests))
        worker.report(requests)
        assert queue_agrees(database)
        if status_of(database, made)["notification_status"] == "SENT":
            break
    assert status_of(database, made)["sent_count"] == 32
    assert max(sizes) < 32, "it was quick: that proves nothing"
    assert one(database.keep(), "select count(*) as n from notify.notification_claim")["n"] == 0


def test_own_values_that_kill_the_rendering_fail_alone_after_three_strikes(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(5)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    killer = one(
        database.keep(), "select number from notify.notification_delivery where recipients = %s", [recipients[2]]
    )["number"]
    database.keep().execute("delete from notify.notification_receipt_schedule")  # else a claim may be of polls
    worker = hand_worker(database)
    assert worker.claim(lease="1 second") == 5  # and the backend dies while it renders
    database.shift_clock(timedelta(seconds=3))
    worker.tick()
    while worker.claim(lease="1 second"):
        (key,) = rows(
            database.keep(),
            "select k.number from notify.notification_claim as c cross join unnest(c.keys) as k"
            " where c.claim_id = (select max(claim_id) from notify.notification_claim)",
        )
        if key["number"] == killer:
            database.shift_clock(timedelta(seconds=3))
            worker.tick()
        else:
            worker.report(worker.render())
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["error_code"]) == ("FAILED", "render_crashed")
    assert (seen["sent_count"], seen["failed_count"]) == (4, 1)
    assert queue_agrees(database)


def test_an_expired_rest_is_never_rendered(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(250)
    soon = one(database.keep(), "select now() + interval '1 minute' as t")["t"]
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients), expires_at=soon)
    worker, slow = hand_worker(database, "one/n"), hand_worker(database, "two/n")
    worker.report(worker.take())
    held = slow.take()
    database.shift_clock(timedelta(seconds=50))
    worker.claim()
    database.shift_clock(timedelta(seconds=20))
    assert worker.render() == []
    slow.report(held)
    seen = status_of(database, made)
    assert (seen["notification_status"], seen["error_code"]) == ("FAILED", "expired")
    assert (seen["sent_count"], seen["failed_count"], seen["open_count"]) == (200, 50, 0)
    assert len(contents(database, made)) == 200


def test_what_was_rendered_is_kept_while_a_recipient_still_waits(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(350)
    shared = insert(sender(database), recipients=recipients)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients[:150]))
    worker = hand_worker(database)
    worker.tick()
    for _ in range(2):
        worker.report(worker.take(most=1)[:1])
    admin = database.connect("test_admin")
    admin.execute("select notify.pause('LANE', 'normal', 'closed for months')")
    database.shift_clock(timedelta(days=70))
    worker.tick()
    admin.execute("select notify.resume('LANE', 'normal')")
    for _ in range(12):
        worker.tick()
        take_everything(database)
        database.shift_clock(timedelta(minutes=2))
    for notification, count in ((shared, 4), (made, 152)):
        seen = status_of(database, notification)
        assert (seen["notification_status"], seen["sent_count"]) == ("SENT", count)


def test_an_answer_to_a_bulk_is_each_recipients_own(database: Database) -> None:
    add_workflow(database, body=GREETING)
    recipients = people(3)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    worker = hand_worker(database)
    refused = {"acknowledged": True, "status": "error", "error": ["invalid_recipients"], "transactionId": "t"}
    worker.report(worker.take(), body={"data": [ACCEPTED, refused, ACCEPTED]})
    seen = status_of(database, made)
    assert (seen["sent_count"], seen["failed_count"], seen["error_code"]) == (2, 1, "novu_refused")


def test_a_workflow_that_novu_does_not_know_yet_is_waited_for(database: Database) -> None:
    add_workflow(database, body=GREETING, is_at_novu=False)
    recipients = people(2)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    worker = hand_worker(database)
    unknown = {"acknowledged": True, "status": "error", "error": ["workflow_not_found"], "transactionId": "t"}
    assert set(worker.report(worker.take(), body={"data": [unknown, unknown]}).values()) == {"RETRY"}
    assert status_of(database, made)["notification_status"] == "PROCESSING"


# --- emergencies


def test_what_one_recipient_lacks_shows_in_that_ones_text_alone(database: Database) -> None:
    add_workflow(database, body="<p>{{ name }}, seat {{ seat }}</p>", priority="CRITICAL")
    first, second, third = people(3)
    values = {str(first): {"seat": 1}, str(second): {"name": "Bo"}}
    made = insert(sender(database), recipients=[first, second, third], recipient_payload=values)
    worker = hand_worker(database)
    requests = worker.take("critical")
    worker.report(requests)
    assert texts(requests) == {
        str(first): "<p>Ada, seat 1</p>",
        str(second): "<p>Bo, seat [seat]</p>",
        str(third): "<p>Ada, seat [seat]</p>",
    }
    assert status_of(database, made)["warning_codes"] == ["variable_missing"]


def test_what_a_later_part_lacks_is_a_warning_on_the_row_too(database: Database) -> None:
    add_workflow(database, body="<p>{{ name }}, seat {{ seat }}</p>", priority="CRITICAL")
    recipients = people(3)
    values = {str(recipient): {"seat": n} for n, recipient in enumerate(recipients)}
    del values[str(recipients[2])]["seat"]
    values[str(recipients[2])]["name"] = 7
    made = insert(sender(database), recipients=recipients, recipient_payload=values)
    database.keep().execute("update notify.notification_delivery set is_alone = true, due_at = now()")
    database.keep().execute("select pgmq.purge_queue('critical')")
    worker = hand_worker(database)
    seen = []
    for _ in range(3):
        worker.tick()
        worker.report(worker.take("critical"))
        seen.append(status_of(database, made)["warning_codes"])
    assert seen == [None, None, ["variable_missing"]]
    assert status_of(database, made)["notification_status"] == "SENT"


@pytest.mark.parametrize(
    ("columns", "text", "to", "code"),
    [
        ({"recipient_payload": [1]}, "Ada", "bare", "recipient_payload_invalid"),
        ({"recipient_payload": "x"}, "Ada", "bare", "recipient_payload_invalid"),
        ({"recipient_payload": None}, "Ada", "bare", "recipient_payload_invalid"),
        ({"recipient_payload": {"R": "x"}}, "Ada", "bare", "recipient_payload_invalid"),
        ({"recipient_payload": {"R": {"name": "x" * 5000}}}, "Ada", "bare", "recipient_payload_too_large"),
        ({"recipient_attributes": {"R": 7}}, "Ada", "bare", "recipient_attributes_invalid"),
        ({"recipient_attributes": {"R": {"email": "x"}}}, "Ada", "bare", "recipient_attributes_invalid"),
        (
            {"recipient_attributes": {"R": {"email": "x"}}, "recipient_payload": {"R": {"name": "Bo"}}},
            "Bo",
            "bare",
            "recipient_attributes_invalid",
        ),
        (
            {"recipient_attributes": {"R": {"email": "a@x.org"}}, "recipient_payload": {"R": 7}},
            "Ada",
            "object",
            "recipient_payload_invalid",
        ),
        (
            {"payload": [1], "recipient_attributes": {"R": 7}, "recipient_payload": {"R": {"name": "Bo"}}},
            "Bo",
            "bare",
            None,
        ),
        ({"payload": {"x": "y" * 140_000}, "recipient_payload": {"R": {"name": "Bo"}}}, "Bo", "bare", None),
        ({"payload": [1], "recipient_attributes": 7, "recipient_payload": 7}, None, "bare", "payload_invalid"),
    ],
)
def test_an_emergency_goes_out_without_what_is_of_no_use(
    database: Database, columns: dict[str, Any], text: str | None, to: str, code: str | None
) -> None:
    add_workflow(database, priority="CRITICAL", fallback_text="Leave.")
    given = json.loads(json.dumps(columns).replace('"R"', f'"{R}"'))
    made = insert(sender(database), **{"recipients": [R]} | given)
    worker = hand_worker(database)
    (request,) = worker.take("critical")
    worker.report([request])
    body = json.loads(request["body"])
    assert body["payload"]["email"]["body"] == ("<p>Leave.</p>" if text is None else f"<p>Hello {text}</p>")
    assert isinstance(body["to"][0], dict) == (to == "object")
    seen = status_of(database, made)
    assert seen["notification_status"] == "SENT"
    assert seen["warning_codes"] is None if code is None else code in seen["warning_codes"]


def test_one_whose_values_crash_the_rendering_gets_the_fallback_and_the_others_their_own(database: Database) -> None:
    add_workflow(database, body=GREETING, priority="CRITICAL", fallback_text="Leave.")
    recipients = people(3)
    made = insert(sender(database), recipients=recipients, recipient_payload=names(recipients))
    worker = hand_worker(database)
    got: dict[str, str] = {}
    killer = one(
        database.keep(), "select number from notify.notification_delivery where recipients = %s", [recipients[1]]
    )["number"]
    assert worker.claim("critical", lease="1 second") == 3
    database.shift_clock(timedelta(seconds=3))
    worker.tick()
    for _ in range(4):
        worker.claim("critical", lease="1 second")
        (key,) = rows(
            database.keep(),
            "select k.number, d.strike_count from notify.notification_claim as c cross join unnest(c.keys) as k"
            " join notify.notification_delivery as d using (enterprise_id, notification_id, number)"
            " where c.claim_id = (select max(claim_id) from notify.notification_claim)",
        )
        if key["number"] == killer and key["strike_count"] < 2:
            database.shift_clock(timedelta(seconds=3))
            worker.tick()
        else:
            requests = worker.render()
            got |= texts(requests)
            worker.report(requests)
    assert got.pop(str(recipients[1])) == "<p>Leave.</p>"
    assert got == {str(r): f"<p>Hello {names([r])[str(r)]['name']}, everywhere</p>" for r in recipients[::2]}
    assert status_of(database, made)["notification_status"] == "SENT"


# --- attributes

ADA = {
    "email": "ada@example.org",
    "phone": "+45 12 34 56 78",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "locale": "en-GB",
    "avatar": "https://example.org/ada.png",
    "data": {"floor": 3},
}


def test_attributes_go_to_novu_as_subscribers_under_our_ids(database: Database) -> None:
    add_workflow(database)
    recipients = people(150)
    attributes: dict[str, Row] = {
        str(recipients[0]): ADA,
        str(recipients[120]): {"email": "b@example.org", "phone": None},
    }
    attributes[str(recipients[5])] = {"phone": "", "email": None}
    insert(sender(database), recipients=recipients, recipient_attributes=attributes)
    to = [entry for request in take_everything(database) for entry in json.loads(request["body"])["to"]]
    assert len(to) == 150
    objects = {entry["subscriberId"]: entry for entry in to if isinstance(entry, dict)}
    named = {"firstName" if n == "first_name" else "lastName" if n == "last_name" else n: v for n, v in ADA.items()}
    assert objects == {
        f"{A}:{recipients[0]}": named | {"subscriberId": f"{A}:{recipients[0]}"},
        f"{A}:{recipients[120]}": {"email": "b@example.org", "subscriberId": f"{A}:{recipients[120]}"},
    }
    assert {e for e in to if isinstance(e, str)} == {f"{A}:{r}" for n, r in enumerate(recipients) if n not in (0, 120)}


def test_attributes_and_own_values_go_together_also_with_plain_ids(database: Database) -> None:
    add_workflow(database, body=GREETING)
    database.keep("test_admin").execute(
        "insert into notify.notification_target (enterprise_id, target, has_plain_ids) values (%s, 'own', true)", [A]
    )
    settle_syncs(database)
    first, second = people(2)
    insert(
        platform(database),
        recipients=[first, second],
        recipient_payload={str(first): {"name": "Ada"}},
        recipient_attributes={str(first): {"locale": "da_DK"}},
    )
    sent = [json.loads(request["body"]) for request in take_everything(database)]
    assert [body["to"] for body in sent] == [[{"locale": "da_DK", "subscriberId": str(first)}], [str(second)]]


def test_an_event_stays_within_what_novu_takes_whatever_its_attributes(database: Database) -> None:
    add_workflow(database, body="{{ name }}" * 4)
    recipients = people(200)
    attributes = {str(recipient): {"data": {"about": "y" * 2000}} for recipient in recipients}
    overrides = {"email": {"content": "z" * 16_000}}
    made = insert(
        platform(database),
        recipients=recipients,
        recipient_attributes=attributes,
        overrides=overrides,
        payload={"name": "x" * 119_900},
    )
    requests = take_everything(database)
    assert max(len(request["body"]) for request in requests) < 512 * 1024
    assert len(texts(requests)) == 200
    assert status_of(database, made)["notification_status"] == "SENT"


# --- faults

R = UUID("12345678-1234-4234-8234-123456789abc")
BAD_ROWS: list[tuple[str, Any, str, str]] = [
    ("recipient_payload", [1], "recipient_payload_invalid", "of type array"),
    ("recipient_payload", None, "recipient_payload_invalid", "of type null"),
    ("recipient_payload", {"nobody-special": {}}, "recipient_payload_invalid", "1 of 1"),
    ("recipient_payload", {str(UUID(int=4)): {}, str(R): {}}, "recipient_payload_invalid", "1 of 2"),
    ("recipient_payload", {str(R).upper(): {}}, "recipient_payload_invalid", "in lower case"),
    ("recipient_payload", {str(R): "Secret"}, "recipient_payload_invalid", "not an object"),
    ("recipient_payload", {str(R): {"name": "Secret" * 1000}}, "recipient_payload_too_large", "4096 bytes"),
    ("recipient_attributes", "Secret", "recipient_attributes_invalid", "of type string"),
    ("recipient_attributes", {str(UUID(int=4)): {}}, "recipient_attributes_invalid", "not among the recipients"),
    ("recipient_attributes", {str(R): ["Secret"]}, "recipient_attributes_invalid", "not an object"),
    ("recipient_attributes", {str(R): {"data": {"x": "Secret" * 1000}}}, "recipient_attributes_too_large", "2048"),
    ("recipient_attributes", {str(R): {"firstName": "Secret"}}, "recipient_attributes_invalid", "firstName is no"),
    ("recipient_attributes", {str(R): {"Secret 7": "x"}}, "recipient_attributes_invalid", "no attribute"),
    ("recipient_attributes", {str(R): {"subscriberId": "Secret"}}, "recipient_attributes_invalid", "no attribute"),
    ("recipient_attributes", {str(R): {"email": 7}}, "recipient_attributes_invalid", "email is not a text"),
    ("recipient_attributes", {str(R): {"data": "Secret"}}, "recipient_attributes_invalid", "data is not an object"),
    ("recipient_attributes", {str(R): {"email": "Secret"}}, "recipient_attributes_invalid", "not an e-mail address"),
    ("recipient_attributes", {str(R): {"email": "Secret@x.org,b@x.org"}}, "recipient_attributes_invalid", "e-mail"),
    (
        "recipient_attributes",
        {str(R): {"email": "a@x.org\nBcc: Secret@x.org"}},
        "recipient_attributes_invalid",
        "control",
    ),
    ("recipient_attributes", {str(R): {"phone": "Secret"}}, "recipient_attributes_invalid", "phone"),
    ("recipient_attributes", {str(R): {"phone": "1" * 41}}, "recipient_attributes_invalid", "too long"),
    ("recipient_attributes", {str(R): {"locale": "Secretish"}}, "recipient_attributes_invalid", "da or pt-BR"),
    ("recipient_attributes", {str(R): {"avatar": "javascript:Secret"}}, "recipient_attributes_invalid", "avatar"),
    ("recipient_attributes", {str(R): {"first_name": "Secret" * 50}}, "recipient_attributes_invalid", "too long"),
]


@pytest.mark.parametrize(
    ("column", "value", "code", "words"), BAD_ROWS, ids=[f"{row[2]}-{n}" for n, row in enumerate(BAD_ROWS)]
)
def test_bad_values_never_fail_the_insert_and_the_message_names_no_person_and_no_value(
    database: Database, column: str, value: Any, code: str, words: str
) -> None:
    add_workflow(database)
    made = insert(sender(database), recipients=[R], **{column: value})
    seen = one(database.keep("test_analyst_all"), "select error_code, reason from notify.notification_overview")
    assert seen["error_code"] == code
    assert seen["reason"].startswith(column)
    assert words in seen["reason"]
    told = str(rows(database.keep(), "select error_details from notify.ent_notification where id = %s", made))
    assert "Secret" not in told + seen["reason"]
    assert str(R) not in told + seen["reason"]
    assert take_everything(database) == []


def test_the_whole_may_have_eight_megabytes(database: Database) -> None:
    add_workflow(database, body="{{ name }}")
    recipients = people(2200)
    for size, status in ((3700, "PENDING"), (4000, "FAILED")):
        values = {str(recipient): {"name": "n" * size} for recipient in recipients}
        made = insert(sender(database), recipients=recipients, recipient_payload=values)
        assert status_of(database, made)["notification_status"] == status
    assert status_of(database, made)["error_code"] == "recipient_payload_too_large"


@pytest.mark.parametrize("address", ["ada.lovelace+alarm@example.co.uk", "ÅSE@bülach.example", "o'neill@x.io"])
def test_addresses_that_are_in_use_pass(database: Database, address: str) -> None:
    add_workflow(database)
    for phone in ("+4512345678", "112", "(030) 123-45.6/7", "+1 (555) 010-9999"):
        attributes = {str(R): {"email": address, "phone": phone}}
        made = insert(sender(database), recipients=[R], recipient_attributes=attributes)
        assert status_of(database, made)["notification_status"] == "PENDING", phone


# --- attacks


def test_own_values_choose_neither_the_enterprise_nor_the_recipient(database: Database) -> None:
    add_workflow(database, body="{{ name }} {{ notification.enterprise_id }}")
    other = uuid4()
    values = {
        "name": "Ada",
        "enterprise_id": str(B),
        "enterpriseId": str(B),
        "subscriberId": f"{B}:{other}",
        "to": [f"{B}:{other}"],
        "context": {"tenant": str(B)},
        "notification": {"enterprise_id": str(B)},
        "transactionId": "x",
        "overrides": {},
    }
    made = insert(sender(database, A), recipients=[R], recipient_payload={str(R): values})
    (request,) = take_everything(database)
    body = json.loads(request["body"])
    assert (body["to"], body["context"]) == ([f"{A}:{R}"], {"tenant": str(A)})
    assert str(B) not in request["body"]
    assert "overrides" not in body
    assert status_of(database, made)["enterprise_id"] == A


def test_attributes_that_got_past_the_check_choose_no_other_subscriber(database: Database) -> None:
    """Not even if a row is written by who may write anything."""
    add_workflow(database)
    made = insert(sender(database, A), recipients=[R], recipient_attributes={str(R): {"email": "a@x.org"}})
    stolen = {str(R): {"subscriberId": f"{B}:{R}", "email": "a@x.org"}, str(uuid4()): {"email": "b@x.org"}}
    database.keep().execute(
        "update notify.notification_delivery set attributes = %s where notification_id = %s", [Jsonb(stolen), made]
    )
    (request,) = take_everything(database)
    assert json.loads(request["body"])["to"] == [{"subscriberId": f"{A}:{R}", "email": "a@x.org"}]


def test_neither_an_analyst_nor_another_enterprise_reads_them(database: Database) -> None:
    add_workflow(database, body=GREETING)
    values = {"recipient_payload": names([R]), "recipient_attributes": {str(R): {"email": "a@x.org"}}}
    insert(sender(database, A), recipients=[R], **values)
    take_everything(database)
    mine = "select recipient_payload, recipient_attributes from notify.ent_notification"
    assert one(sender(database, A), mine) == values
    text = "select content -> 'email' ->> 'body' as body from notify.notification_content where variant = %s"
    assert names([R])[str(R)]["name"] in one(sender(database, A), text, str(R))["body"]
    assert rows(sender(database, B), mine) == rows(sender(database, B), text, str(R)) == []
    database.bind("test_analyst", A)
    for query in (
        mine,
        "select payload from notify.notification_delivery",
        "select attributes from notify.notification_delivery",
    ):
        for login in ("test_analyst", "test_analyst_all", "test_admin"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                database.connect(login).execute(query.encode())
    for column in ("payload", "attributes"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sender(database, A).execute(f"select {column} from notify.notification_delivery".encode())


# --- ways in


def test_send_takes_both(database: Database) -> None:
    add_workflow(database, body=GREETING)
    sent = one(
        sender(database),
        "select notify.send('greeting', %s, p_recipient_payload => %s, p_recipient_attributes => %s) as id",
        [R],
        Jsonb(names([R])),
        Jsonb({str(R): {"email": "a@x.org"}}),
    )["id"]
    (request,) = take_everything(database)
    assert str(sent) in request["request_id"]
    assert texts([request]) == {str(R): f"<p>Hello {names([R])[str(R)]['name']}, everywhere</p>"}


def test_many_rows_of_both_kinds_in_one_statement(database: Database) -> None:
    add_workflow(database, body=GREETING)
    sender(database).execute(
        """
        insert into notify.ent_notification (workflow_key, recipients, payload, recipient_payload)
        select
          'greeting', array[r.id], '{"name": "all"}',
          case n % 3 when 0 then jsonb_build_object(r.id, jsonb_build_object('name', n)) when 1 then '{}' end
        from generate_series(1, 600) as n
        cross join lateral (select gen_random_uuid() as id where n > 0) as r
        """
    )
    got = Counter(take_text.split()[1] for take_text in texts(take_everything(database)).values())
    assert got.pop("all,") == 400
    assert set(got.values()) == {1}
    assert len(got) == 200
    sent = partial(one, database.connect())
    assert sent("select count(*) as n from notify.ent_notification where notification_status = 'SENT'")["n"] == 600
