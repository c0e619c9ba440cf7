"""Novu knows the workflows too: what is queued, each step of the way, and what the status view says."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.cluster import A, B, C, Database
from tests.database.test_targets import give_target
from tests.support import (
    SHARED,
    HandWorker,
    Row,
    add_template,
    add_workflow,
    hand_worker,
    insert,
    one,
    publish_workflow,
    rows,
    sender,
    status_of,
)

CHANNELS = ("IN_APP", "EMAIL", "SMS", "PUSH", "CHAT")
CREATED = ["GET", "POST"]


def worker_for(database: Database) -> HandWorker:
    return hand_worker(database, "hand/bulk1")


def statuses(database: Database, login: str = "test_admin", enterprise: UUID | None = None) -> list[Row]:
    connection = database.connect(login, enterprise)
    order = "order by workflow_key, target, novu_workflow_id"
    return rows(connection, f"select * from notify.workflow_sync_status {order}")


def status(database: Database) -> Row:
    (found,) = statuses(database)
    return found


def ask(database: Database, key: str | None = None, is_check: bool = False) -> int:
    query = "select notify.sync_workflow(%s, %s) as n"
    return int(one(database.keep("test_admin"), query, key, is_check)["n"])


def change(database: Database, statement: str, *parameters: object) -> None:
    with database.cluster.admin(database.name) as connection:
        connection.execute(statement.encode(), parameters)


def methods(worker: HandWorker) -> list[str]:
    asked = [method for method, _ in worker.novu.asked]
    worker.novu.asked.clear()
    return asked


def on_and_off(worker: HandWorker) -> list[bool]:
    return [workflow["active"] for workflow in worker.novu.known.values()]


def synced(database: Database, **more: Any) -> HandWorker:
    """A worker that has created the workflow `greeting` at Novu."""
    add_workflow(database, is_at_novu=False, **more)
    worker = worker_for(database)
    worker.sync()
    assert status(database)["state"] == "IN_STEP"
    assert methods(worker) == CREATED
    return worker


def drop_workflow(database: Database, enterprise: UUID = SHARED) -> None:
    change(
        database,
        "update notify.ent_notification_workflow set published_version = null, publish_status = 'DRAFT'"
        " where enterprise_id = %s",
        enterprise,
    )
    change(database, "delete from notify.notification_workflow_version where enterprise_id = %s", enterprise)
    change(database, "delete from notify.ent_notification_workflow where enterprise_id = %s", enterprise)


# --- created and updated


def test_publishing_creates_the_pass_through_workflow_at_novu(database: Database) -> None:
    add_workflow(database, channels=CHANNELS, is_at_novu=False)
    waiting = status(database)
    assert (waiting["state"], waiting["is_in_step"], waiting["novu_version"]) == ("WAITING", False, None)
    worker = worker_for(database)
    (look,) = worker.take("bulk")
    assert (look["kind"], look["batch"], look["target"], look["attempt"]) == ("workflow", None, "default", 1)
    assert (look["method"], look["path"], look["body"]) == ("GET", "/v2/workflows/greeting", None)
    assert look["request_id"] == f"sync/{SHARED}/{SHARED}/greeting/default"
    assert status(database)["state"] == "UNDER_WAY"
    assert worker.report([look], 404, body={"message": "Workflow cannot be found"}) == {look["request_id"]: "DONE"}
    (create,) = worker.take("bulk")
    assert (create["method"], create["path"], create["attempt"]) == ("POST", "/v2/workflows", 2)
    sent = json.loads(create["body"])
    assert (sent["workflowId"], sent["name"], sent["active"]) == ("greeting", "a workflow", True)
    assert sent["validatePayload"] is False and sent["tags"] == [] and "payloadSchema" not in sent
    assert [step["type"] for step in sent["steps"]] == ["in_app", "email", "sms", "push", "chat"]
    for step in sent["steps"]:
        assert step["controlValues"]["skip"] == {"!!": [{"var": f"payload.{step['type']}"}]}
        assert step["controlValues"]["body"] == f"{{{{payload.{step['type']}.body}}}}"
        assert ("subject" in step["controlValues"]) == (step["type"] in ("in_app", "email", "push"))
    _, answer = worker.novu.answer(create)
    assert worker.report([create], 201, body=answer) == {create["request_id"]: "DONE"}
    done = status(database)
    assert (done["state"], done["is_in_step"], done["novu_version"], done["novu_active"]) == ("IN_STEP", True, 1, True)
    assert done["answer"] is None and done["next_attempt_at"] is None and done["http_status"] == 201
    assert worker.claim("bulk") == 0


def test_publishing_again_updates_it_and_keeps_the_steps_that_are_there(database: Database) -> None:
    worker = synced(database)
    worker.novu.known["greeting"]["preferences"] = {"user": {"all": {"enabled": False}}, "default": {}}
    (before,) = worker.novu.known["greeting"]["steps"]
    add_template(database, "greeting", "Hello", channel="SMS")
    publish_workflow(database, "greeting")
    (look,) = worker.take("bulk")
    worker.report([look], 200, body=worker.novu.answer(look)[1])
    (update,) = worker.take("bulk")
    sent = json.loads(update["body"])
    assert (update["method"], update["path"]) == ("PUT", "/v2/workflows/greeting")
    assert sent["steps"][0]["_id"] == before["_id"] and "_id" not in sent["steps"][1]
    assert (sent["origin"], sent["preferences"]) == ("novu-cloud", {"user": {"all": {"enabled": False}}})
    assert "workflowId" not in sent
    worker.report([update], 200, body=worker.novu.answer(update)[1])
    assert (status(database)["state"], status(database)["novu_version"]) == ("IN_STEP", 2)


def test_an_edit_of_the_draft_asks_nothing_of_novu(database: Database) -> None:
    worker = synced(database)
    change(database, "update notify.ent_notification_workflow set name = 'another', priority = 'HIGH'")
    assert worker.claim("bulk") == 0


def test_a_rollback_is_a_new_version_for_novu_too(database: Database) -> None:
    worker = synced(database)
    add_template(database, "greeting", "Hello", channel="SMS")
    publish_workflow(database, "greeting")
    worker.sync()
    assert len(worker.novu.known["greeting"]["steps"]) == 2
    database.keep("test_admin").execute("select notify.rollback('greeting', 1)")
    worker.sync()
    assert [s["type"] for s in worker.novu.known["greeting"]["steps"]] == ["email"]
    assert status(database)["novu_version"] == 3


def test_in_app_extras_are_passed_on_where_a_template_has_them(database: Database) -> None:
    add_workflow(database, channels=("IN_APP",), publish=False)
    change(database, 'update notify.ent_notification_template set extras = \'{"avatar": "https://x.example/a.png"}\'')
    publish_workflow(database, "greeting")
    worker = worker_for(database)
    worker.sync()
    (step,) = worker.novu.known["greeting"]["steps"]
    assert step["controlValues"]["avatar"] == "{{payload.in_app.avatar}}"
    assert "redirect" not in step["controlValues"]


# --- deactivated, reactivated and deleted


def test_deactivating_switches_it_off_and_reactivating_on_again(database: Database) -> None:
    worker = synced(database)
    change(database, "update notify.ent_notification_workflow set deactivated = true")
    worker.sync()
    assert methods(worker) == ["GET", "PATCH"]
    assert on_and_off(worker) == [False]
    off = status(database)
    assert (off["state"], off["wanted"], off["novu_active"]) == ("IN_STEP", "INACTIVE", False)
    change(database, "update notify.ent_notification_workflow set deactivated = false")
    worker.sync()
    assert methods(worker) == ["GET", "PUT"]
    assert status(database)["state"] == "IN_STEP"
    assert on_and_off(worker) == [True]


def test_deleting_a_workflow_deletes_it_at_novu_and_then_its_row(database: Database) -> None:
    worker = synced(database)
    drop_workflow(database)
    assert status(database)["wanted"] == "DELETED"
    worker.sync()
    assert methods(worker) == ["GET", "DELETE"]
    assert statuses(database) == []
    assert worker.novu.known == {}


def test_a_workflow_that_comes_back_under_its_key_is_made_anew(database: Database) -> None:
    worker = synced(database)
    drop_workflow(database)
    add_workflow(database, "greeting", is_at_novu=False)
    worker.sync()
    assert status(database)["state"] == "IN_STEP"
    assert set(worker.novu.known) == {"greeting"}


# --- targets


def test_each_target_has_what_its_enterprises_use(database: Database) -> None:
    give_target(database, B, "meridian")
    add_workflow(database, "shared-one", is_at_novu=False)
    add_workflow(database, "own-one", enterprise=A, is_at_novu=False)
    add_workflow(database, "own-two", enterprise=B, is_at_novu=False)
    found = {(s["target"], s["novu_workflow_id"], s["is_shared"], s["enterprise_id"]) for s in statuses(database)}
    assert found == {
        ("default", "shared-one", True, SHARED),
        ("meridian", "shared-one", True, B),
        ("default", f"{A}_own-one", False, A),
        ("meridian", f"{B}_own-two", False, B),
    }
    requests = worker_for(database).take("bulk")
    assert {(r["target"], r["path"].rpartition("/")[2]) for r in requests} == {f[:2] for f in found}


def test_a_target_that_is_given_renamed_or_taken_away_queues_what_it_needs(database: Database) -> None:
    worker = worker_for(database)
    add_workflow(database, "shared-one", is_at_novu=False)
    add_workflow(database, "own", enterprise=B, is_at_novu=False)
    worker.sync()
    give_target(database, B, "meridian")
    pending = {(s["target"], s["workflow_key"]): s["wanted"] for s in statuses(database) if not s["is_in_step"]}
    assert pending == {
        ("meridian", "shared-one"): "ACTIVE",
        ("meridian", "own"): "ACTIVE",
        ("default", "own"): "DELETED",
    }
    admin = database.connect("test_admin")
    admin.execute("update notify.notification_target set target = 'campus'")
    assert {s["target"] for s in statuses(database)} == {"default", "campus"}
    admin.execute("delete from notify.notification_target")
    wanted = {(s["target"], s["workflow_key"], s["wanted"]) for s in statuses(database)}
    assert wanted == {("default", "shared-one", "ACTIVE"), ("default", "own", "ACTIVE")}


# --- what can go wrong


def test_a_post_that_made_another_identifier_is_taken_back_and_told(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    worker.report(worker.take("bulk"), 404)
    (create,) = worker.take("bulk")
    worker.novu.known["greeting"] = {"workflowId": "greeting", "name": "by hand", "active": True, "steps": []}
    _, body = worker.novu.answer(create)
    assert list(worker.report([create], 201, body=body).values()) == ["RETRY"]
    assert "greeting-x1" in status(database)["answer"] and "deleted again" in status(database)["answer"]
    (remove,) = worker.take("bulk")
    assert (remove["method"], remove["path"]) == ("DELETE", "/v2/workflows/greeting-x1")
    worker.report([remove], 503)
    database.shift_clock(timedelta(seconds=10))
    (remove,) = worker.take("bulk")  # not forgotten
    assert remove["path"] == "/v2/workflows/greeting-x1"
    worker.report([remove], worker.novu.answer(remove)[0])
    database.shift_clock(timedelta(seconds=30))
    worker.sync()
    assert set(worker.novu.known) == {"greeting"} and worker.novu.known["greeting"]["name"] == "a workflow"
    assert (status(database)["state"], status(database)["answer"]) == ("IN_STEP", None)


def test_a_novu_that_never_takes_the_identifier_is_not_asked_for_ever(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    for _ in range(20):
        for request in worker.take("bulk"):
            answers = {"GET": (404, None), "POST": (201, {"data": {"workflowId": "Greeting"}}), "DELETE": (204, None)}
            code, body = answers[request["method"]]
            worker.report([request], code, body=body)
        database.shift_clock(timedelta(minutes=1))
    assert status(database)["state"] == "REFUSED" and "Greeting" in status(database)["answer"]
    assert worker.claim("bulk") == 0


@pytest.mark.parametrize(
    ("facts", "words", "least", "most"),
    [
        ({"status": 401, "body": {"message": "Unauthorized"}}, "Unauthorized", 20, 40),
        ({"status": 402}, "402", 20, 40),
        ({"status": 429, "retry_after": 90}, "429", 89, 91),
        ({"status": 500}, "500", 9, 11),
        ({"status": None, "error": {"kind": "connect", "message": "refused"}}, "refused", 0, 3),
        ({"status": None, "error": {"kind": "no_answer", "message": "timeout"}}, "timeout", 9, 11),
        ({"status": 200, "body": "<html>a proxy's page</html>"}, "200", 9, 11),
    ],
)
def test_what_may_pass_is_tried_again_later(
    database: Database, facts: dict[str, Any], words: str, least: float, most: float
) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    (request,) = worker.take("bulk")
    assert worker.report([request], **facts) == {request["request_id"]: "RETRY"}
    waiting = status(database)
    assert waiting["state"] == "RETRYING" and words in waiting["answer"]
    assert least <= (waiting["next_attempt_at"] - waiting["answered_at"]).total_seconds() <= most
    assert worker.claim("bulk") == 0
    database.shift_clock(timedelta(minutes=2))
    worker.sync()
    assert (status(database)["state"], status(database)["answer"]) == ("IN_STEP", None)


def test_what_novu_refuses_stays_visible_until_somebody_acts(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    worker.report(worker.take("bulk"), 404)
    (create,) = worker.take("bulk")
    message = "the plan allows 20 workflows; ask mei.lau@harbourtower.example"
    refusal = {"message": "Bad Request", "errors": {"general": {"messages": [message]}}}
    assert worker.report([create], 400, body=refusal) == {create["request_id"]: "FAILED"}
    refused = status(database)
    assert (refused["state"], refused["http_status"], refused["next_attempt_at"]) == ("REFUSED", 400, None)
    assert "the plan allows 20 workflows" in refused["answer"] and "mei.lau" not in refused["answer"]
    database.shift_clock(timedelta(hours=1))
    assert worker.claim("bulk") == 0
    assert ask(database, "greeting") == 1
    worker.sync()
    assert status(database)["state"] == "IN_STEP"


def test_what_was_published_while_a_request_was_under_way_follows(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    worker.report(worker.take("bulk"), 404)
    (create,) = worker.take("bulk")
    add_template(database, "greeting", "Hello", channel="SMS")
    publish_workflow(database, "greeting")
    assert worker.claim("bulk") == 0  # never two requests for one workflow at a time
    _, body = worker.novu.answer(create)
    worker.report([create], 201, body=body)
    assert not status(database)["is_in_step"]
    worker.sync()
    assert (status(database)["novu_version"], len(worker.novu.known["greeting"]["steps"])) == (2, 2)


def test_a_request_that_is_never_reported_is_looked_into_and_its_late_report_changes_nothing(
    database: Database,
) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    worker.report(worker.take("bulk"), 404)
    (lost,) = worker.take("bulk", lease="60 seconds")
    assert 39 < lost["deadline"] <= 40
    assert worker.render() == []  # handed over once
    _, body = worker.novu.answer(lost)
    database.shift_clock(timedelta(seconds=62))
    other = HandWorker(database.connect("test_worker"), "other/bulk1", novu=worker.novu)
    (look,) = other.take("bulk")
    assert look["method"] == "GET"
    assert worker.report([lost], 201, body=body) == {lost["request_id"]: "STALE"}
    other.report([look], 200, body=worker.novu.answer(look)[1])
    other.sync()
    assert status(database)["state"] == "IN_STEP" and set(worker.novu.known) == {"greeting"}


def test_a_lease_is_extended_for_who_holds_it(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    worker = worker_for(database)
    (request,) = worker.take("bulk")
    asked = psycopg.types.json.Jsonb([{"request_id": request["request_id"], "attempt": 1}])
    query = "select request_id, extended from worker_v1.extend(%s, %s, '5 minutes')"
    for name, kept in (("hand/bulk1", True), ("other/bulk1", False)):
        answer = one(worker.connection, query, name, asked)
        assert answer == {"request_id": request["request_id"], "extended": kept}
    database.shift_clock(timedelta(seconds=90))
    assert worker.claim("bulk") == 0


def test_an_open_publish_holds_up_neither_a_claim_nor_a_report(database: Database) -> None:
    worker = synced(database)
    add_workflow(database, "other", is_at_novu=False)
    (look,) = worker.take("bulk")
    with database.cluster.admin(database.name) as holder, holder.transaction():
        holder.execute("select from notify.notification_sync for update")
        assert worker.report([look], 404) == {look["request_id"]: "BUSY"}
        assert worker.claim("bulk") == 0
    assert worker.report([look], 404) == {look["request_id"]: "DONE"}


def test_only_the_bulk_lane_carries_it_and_there_no_newsletter_keeps_it_waiting(database: Database) -> None:
    add_workflow(database, priority="LOW")
    insert(sender(database))
    publish_workflow(database, "greeting")
    worker = worker_for(database)
    assert worker.claim("critical") == worker.claim("normal") == 0
    assert [r["kind"] for r in worker.take("bulk")] == ["delivery", "workflow"]


# --- checks


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        ({"name": "mine now"}, 'its name is "mine now"'),
        ({"active": False}, "it is not active"),
        ({"steps": []}, "the step Email (email) is missing"),
    ],
)
def test_a_check_says_what_was_changed_by_hand_and_mends_nothing(
    database: Database, drift: dict[str, Any], words: str
) -> None:
    worker = synced(database)
    worker.novu.known["greeting"] |= drift
    ask(database, is_check=True)
    worker.sync()
    assert methods(worker) == ["GET"]
    found = status(database)
    assert (found["state"], found["is_in_step"]) == ("DIFFERS", False) and words in found["answer"]
    ask(database)
    worker.sync()
    assert methods(worker) == ["GET", "PUT"] and status(database)["state"] == "IN_STEP"
    assert worker.novu.known["greeting"]["name"] == "a workflow"


def test_a_check_compares_the_steps_contents_and_finds_one_too_many(database: Database) -> None:
    worker = synced(database)
    steps = worker.novu.known["greeting"]["steps"]
    steps[0]["controls"] = {"values": steps[0].pop("controlValues") | {"subject": "Dear all", "layoutId": "added"}}
    steps.append({"_id": "x", "name": "Wait", "type": "delay", "controlValues": {}})
    ask(database, is_check=True)
    worker.sync()
    answer = status(database)["answer"]
    assert "the step Email (email) was changed: subject" in answer and "layoutId" not in answer
    assert "there is a step Wait (delay) that is not ours" in answer


def test_a_check_of_what_is_gone_at_novu_says_so(database: Database) -> None:
    worker = synced(database)
    worker.novu.known.clear()
    ask(database, "greeting", is_check=True)
    worker.sync()
    assert (status(database)["state"], status(database)["novu_version"]) == ("DIFFERS", None)
    assert "it is not there" in status(database)["answer"]


def test_a_check_does_not_stop_what_is_to_be_done_anyway(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    ask(database, is_check=True)
    worker = worker_for(database)
    worker.sync()
    assert methods(worker) == CREATED and status(database)["state"] == "IN_STEP"


def test_an_unknown_key_is_named(database: Database) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        ask(database, "grating")
    assert refused.value.sqlstate == "XN101" and "grating" in str(refused.value)


# --- what is published and used at once


@pytest.mark.parametrize("answer", ["workflow_not_found", "trigger_not_active"])
def test_a_notification_that_comes_before_its_workflow_waits_for_it(database: Database, answer: str) -> None:
    add_workflow(database, is_at_novu=False)
    made = insert(sender(database))
    worker = worker_for(database)
    requests = worker.take("normal")
    if answer == "workflow_not_found":
        outcome = worker.report(requests, 422, body={"message": answer})
    else:
        outcome = worker.report(requests, 201, body={"data": {"acknowledged": True, "status": answer}})
    assert list(outcome.values()) == ["RETRY"]
    worker.sync()
    database.shift_clock(timedelta(seconds=10))
    worker.deliver_all()
    assert status_of(database, made)["notification_status"] == "SENT"


def test_a_workflow_that_was_deleted_at_novu_by_hand_is_found_out_and_made_again(database: Database) -> None:
    give_target(database, A, "tower")
    add_workflow(database)
    made = insert(sender(database, A))
    worker = worker_for(database)
    requests = worker.take("normal")
    assert requests[0]["target"] == "tower"
    assert list(worker.report(requests, 422, body={"message": "workflow_not_found"}).values()) == ["RETRY"]
    pending = [s["target"] for s in statuses(database) if not s["is_in_step"]]
    assert pending == ["tower"]
    worker.sync()
    assert set(worker.novu.known) == {"greeting"}
    database.shift_clock(timedelta(seconds=10))
    worker.deliver_all()
    assert status_of(database, made)["notification_status"] == "SENT"


def test_where_novu_refused_the_workflow_its_notifications_fail(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    made = insert(sender(database))
    worker = worker_for(database)
    worker.report(worker.take("bulk"), 404)
    worker.report(worker.take("bulk"), 400, body={"message": "too many workflows"})
    requests = worker.take("normal")
    assert list(worker.report(requests, 422, body={"message": "workflow_not_found"}).values()) == ["FAILED"]
    assert "workflow_not_found" in status_of(database, made)["reason"]


# --- who sees and asks what


def test_a_manager_sees_and_asks_for_its_own_and_sees_the_shared_ones_where_it_uses_them(database: Database) -> None:
    for enterprise in (A, B):
        database.bind("test_manager", enterprise)
        add_workflow(database, "own", enterprise=enterprise)
    add_workflow(database, "shared-one")
    give_target(database, B, "meridian")

    def seen(enterprise: UUID) -> set[tuple[str, str, str]]:
        found = statuses(database, "test_manager", enterprise)
        return {(s["target"], s["novu_workflow_id"], s["wanted"]) for s in found}

    assert seen(A) == {("default", f"{A}_own", "ACTIVE"), ("default", "shared-one", "ACTIVE")}
    assert seen(B) == {
        ("default", f"{B}_own", "DELETED"),
        ("meridian", f"{B}_own", "ACTIVE"),
        ("meridian", "shared-one", "ACTIVE"),
    }
    assert seen(C) == {("default", "shared-one", "ACTIVE")}  # not bound to it: what is shared, as everywhere
    asked = "select notify.sync_workflow() as n"
    assert one(database.connect("test_manager", A), asked)["n"] == 1
    assert one(database.connect("test_manager", B), asked)["n"] == 3
    with pytest.raises(psycopg.DatabaseError, match="shared-one"):
        database.connect("test_manager", A).execute("select notify.sync_workflow('shared-one')")


def test_publishing_by_a_manager_queues_it(database: Database) -> None:
    database.bind("test_manager", A)
    add_workflow(database, "own", enterprise=A, publish=False)
    database.connect("test_manager", A).execute("select notify.publish('own')")
    worker = worker_for(database)
    worker.sync()
    assert set(worker.novu.known) == {f"{A}_own"}
