"""The bridge in the database: what a target in bridge mode sends and asks, and what it answers to Novu."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Database
from tests.database.test_targets import give_target
from tests.support import HandWorker, Row, add_workflow, hand_worker, insert, one, publish_workflow, rows, sender

URL = "https://xnovu.example/api/novu"
CHANNELS = ("IN_APP", "EMAIL", "SMS", "PUSH", "CHAT")


def give_bridge(database: Database, target: str = "default") -> None:
    database.keep("test_admin").execute(
        "insert into notify.notification_bridge (target, bridge_url) values (%s, %s)", [target, URL]
    )


def bridge(database: Database) -> Row:
    return one(database.keep("test_admin"), "select * from notify.notification_bridge")


def ask(
    database: Database, action: str, *, target: str = "default", method: str = "GET", **given: Any
) -> tuple[int, Row]:
    """One call at the bridge; `body` is what is posted."""
    body = given.get("body")
    answer = one(
        database.keep("test_http"),
        "select * from http_v1.bridge(%s, %s, %s, %s, %s, %s)",
        target,
        method,
        action,
        given.get("workflow", "greeting"),
        given.get("step"),
        body if isinstance(body, str) or body is None else json.dumps(body),
    )
    return answer["status"], json.loads(answer["body"])


def execute(database: Database, delivery: str, subscriber: str, step: str = "email", **given: Any) -> tuple[int, Row]:
    event = {"payload": {"delivery": delivery}, "controls": {}, "state": [], "subscriber": {"subscriberId": subscriber}}
    return ask(database, "execute", method="POST", step=step, body=event, **given)


def sent(worker: HandWorker, lane: str = "normal") -> list[Row]:
    """The bodies of the triggers that the worker is asked to post."""
    return [json.loads(r["body"]) for r in worker.take(lane) if r["kind"] == "delivery"]


def outputs(answer: tuple[int, Row]) -> Row:
    status, body = answer
    assert status == 200 and body["options"] == {"skip": False}, answer
    assert body["providers"] == {} and body["metadata"]["status"] == "success"
    return dict(body["outputs"])


# --- the mode


def test_a_target_in_bridge_mode_gets_a_signed_id_and_gives_the_content_for_it(database: Database) -> None:
    add_workflow(database, channels=CHANNELS, body="Hello {{ name }}")
    give_bridge(database)
    people = [uuid4(), uuid4()]
    notification = insert(sender(database), recipients=people, channels=["EMAIL", "SMS"])
    worker = hand_worker(database)
    (event,) = sent(worker)
    assert set(event["payload"]) == {"delivery"} and event["name"] == "greeting"
    assert event["payload"]["delivery"].startswith(f"{A}/{notification}/1/")
    for subscriber in event["to"]:
        found = execute(database, event["payload"]["delivery"], subscriber)
        assert outputs(found) == {"subject": "Subject of greeting", "body": "Hello Ada"}
        assert outputs(execute(database, event["payload"]["delivery"], subscriber, "sms")) == {"body": "Hello Ada"}
        status, body = execute(database, event["payload"]["delivery"], subscriber, "push")
        assert (status, body["outputs"], body["options"]) == (200, {}, {"skip": True})


def test_recipients_with_values_of_their_own_get_their_own(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    ada, bea = uuid4(), uuid4()
    insert(sender(database), recipients=[ada, bea], recipient_payload={str(bea): {"name": "Bea"}})
    said = {}
    for event in sent(hand_worker(database)):
        (subscriber,) = event["to"]
        said[subscriber] = outputs(execute(database, event["payload"]["delivery"], subscriber))["body"]
    assert said == {f"{A}:{ada}": "<p>Hello Ada</p>", f"{A}:{bea}": "<p>Hello Bea</p>"}


def test_a_target_of_ones_own_with_plain_ids(database: Database) -> None:
    add_workflow(database)
    give_target(database, B, "meridian", has_plain_ids=True)
    give_bridge(database, "meridian")
    person = uuid4()
    insert(sender(database, A))
    insert(sender(database, B), recipients=[person])
    by_tenant = {e["context"]["tenant"]: e for e in sent(hand_worker(database))}
    assert "email" in by_tenant[str(A)]["payload"]
    delivery = by_tenant[str(B)]["payload"]["delivery"]
    assert outputs(execute(database, delivery, str(person), target="meridian"))["body"] == "<p>Hello Ada</p>"
    assert execute(database, delivery, str(person))[0] == 400  # signed for another target


def test_workflows_are_not_pushed_to_a_target_in_bridge_mode(database: Database) -> None:
    add_workflow(database, is_at_novu=False)
    add_workflow(database, "own", enterprise=A, is_at_novu=False)
    give_target(database, A, "tower")
    give_bridge(database)
    targets = "select distinct target from notify.notification_sync"
    assert [row["target"] for row in rows(database.keep(), targets)] == ["tower"]
    publish_workflow(database, "greeting")
    assert [row["target"] for row in rows(database.keep(), targets)] == ["tower"]
    assert {w["workflowId"] for w in ask(database, "discover")[1]["workflows"]} == {"greeting"}
    database.keep("test_admin").execute("delete from notify.notification_bridge")
    assert {row["target"] for row in rows(database.keep(), targets)} == {"default", "tower"}
    assert ask(database, "discover")[1] == {"workflows": []}


# --- having Novu discover


def discoveries(worker: HandWorker) -> list[Row]:
    return [r for r in worker.take("bulk") if r["kind"] == "bridge"]


def test_novu_is_told_where_the_bridge_is_and_again_when_something_is_published(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    worker = hand_worker(database, "hand/bulk1")
    (request,) = discoveries(worker)
    assert (request["method"], request["path"], request["target"]) == ("POST", "/v1/bridge/sync", "default")
    assert json.loads(request["body"]) == {"bridgeUrl": URL} and request["request_id"] == "bridge/default"
    assert worker.report([request], 201, body={"data": {}}) == {"bridge/default": "DONE"}
    assert bridge(database)["is_in_step"] is True and discoveries(worker) == []
    publish_workflow(database, "greeting")
    worker.tick()
    assert bridge(database)["is_in_step"] is False
    (again,) = discoveries(worker)
    publish_workflow(database, "greeting")  # while Novu discovers
    worker.tick()
    assert discoveries(worker) == []
    assert worker.report([again], 201) == {"bridge/default": "DONE"}
    worker.tick()
    (third,) = discoveries(worker)
    assert worker.report([again], 201) == {"bridge/default": "STALE"}
    assert worker.report([third], 201) == {"bridge/default": "DONE"}
    worker.tick()
    assert bridge(database)["is_in_step"] is True and discoveries(worker) == []


def test_a_bridge_that_moved_is_discovered_anew_whatever_is_answered_to_the_old_one(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    worker = hand_worker(database, "hand/bulk1")
    (old,) = discoveries(worker)
    database.keep("test_admin").execute("update notify.notification_bridge set bridge_url = 'https://new.example'")
    assert worker.report([old], 201) == {"bridge/default": "DONE"}
    assert bridge(database)["is_in_step"] is False
    worker.tick()
    (request,) = discoveries(worker)
    assert json.loads(request["body"]) == {"bridgeUrl": "https://new.example"}


def test_a_publish_in_an_open_transaction_keeps_nobody_from_publishing_nor_novu_from_discovering(
    database: Database,
) -> None:
    add_workflow(database)
    add_workflow(database, "own", enterprise=A)
    give_bridge(database)
    database.bind("test_manager", A)
    worker = hand_worker(database, "hand/bulk1")
    manager, admin = database.connect("test_manager", A), database.connect("test_admin")
    with manager.transaction():
        manager.execute("select notify.publish('own', 'slowly')")
        admin.execute("set lock_timeout = '1s'")
        admin.execute("select notify.publish('greeting', 'meanwhile')")
        worker.tick()
        (request,) = discoveries(worker)
        assert worker.report([request], 201) == {"bridge/default": "DONE"}
        worker.tick()
        assert bridge(database)["is_in_step"] is True
    worker.tick()
    assert bridge(database)["is_in_step"] is False


def test_a_bridge_that_novu_refuses_is_told_and_tried_again(database: Database) -> None:
    give_bridge(database)
    worker = hand_worker(database, "hand/bulk1")
    (request,) = discoveries(worker)
    refused = worker.report([request], 400, body={"message": "Bridge URL is not valid"})
    assert refused == {"bridge/default": "RETRY"}
    found = bridge(database)
    assert found["http_status"] == 400 and "Bridge URL is not valid" in found["error_details"]["message"]
    assert found["due_at"] > found["answered_at"] and not found["is_in_step"]


def test_what_is_published_and_used_at_once_waits_until_novu_has_discovered_it(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    notification = insert(sender(database))
    worker = hand_worker(database)
    requests = worker.take()
    unknown = {"data": {"acknowledged": True, "status": "error", "error": ["workflow_not_found"]}}
    assert set(worker.report(requests, 201, body=unknown).values()) == {"RETRY"}
    worker.connection.execute("select worker_v1.beat('w', '{}')")
    with database.cluster.admin(database.name) as superuser:
        superuser.execute("update notify.ent_notification_workflow set deactivated = true")
        superuser.execute("update notify.notification_delivery set due_at = now()")
    requests = worker.take()
    assert set(worker.report(requests, 201, body=unknown).values()) == {"FAILED"}
    assert notification


# --- what is answered


def test_discover_lists_what_is_published_with_its_steps(database: Database) -> None:
    add_workflow(database, channels=CHANNELS)
    add_workflow(database, "own", enterprise=A)
    add_workflow(database, "draft", publish=False)
    give_bridge(database)
    status, body = ask(database, "discover")
    assert status == 200
    found = {w["workflowId"]: w for w in body["workflows"]}
    assert set(found) == {"greeting", f"{A}_own"}
    assert [s["stepId"] for s in found["greeting"]["steps"]] == ["in_app", "email", "sms", "push", "chat"]
    assert found["greeting"]["steps"][1]["options"] == {"disableOutputSanitization": True}
    status, body = ask(database, "health-check")
    assert (status, body["status"], body["discovered"]) == (200, "ok", {"workflows": 2, "steps": 6})


def test_a_preview_is_rendered_from_its_values_and_shows_what_is_missing(database: Database) -> None:
    add_workflow(database, channels=("EMAIL", "SMS"), body="Hello {{ name }}")
    give_bridge(database)
    event = {"payload": {"name": "Eve"}}
    shown = ask(database, "preview", method="POST", step="sms", body=event)
    assert outputs(shown) == {"body": "Hello Eve"}
    shown = ask(database, "preview", method="POST", step="sms", body={})
    assert "name" in outputs(shown)["body"]
    for workflow, step, code in (("nope", "sms", "WorkflowNotFoundError"), ("greeting", "chat", "StepNotFoundError")):
        status, body = ask(database, "preview", method="POST", workflow=workflow, step=step, body=event)
        assert (status, body["code"]) == (404, code)


@pytest.mark.parametrize(
    ("action", "method", "body", "code"),
    [
        ("nothing", "GET", None, "InvalidActionError"),
        ("execute", "GET", None, "InvalidActionError"),
        ("discover", "POST", {}, "InvalidActionError"),
        ("execute", "POST", "{bad", "ExecutionEventPayloadInvalidError"),
        ("execute", "POST", '{"a": "\\u0000"}', "ExecutionEventPayloadInvalidError"),
        ("execute", "POST", "[" * 100_000, "ExecutionEventPayloadInvalidError"),
        ("execute", "POST", [], "ExecutionEventPayloadInvalidError"),
        ("execute", "POST", {"payload": {"delivery": 7}}, "ExecutionEventPayloadInvalidError"),
        ("execute", "POST", {"payload": []}, "ExecutionEventPayloadInvalidError"),
    ],
)
def test_what_is_malformed_is_told_in_the_words_of_the_protocol(
    database: Database, action: str, method: str, body: Any, code: str
) -> None:
    status, answer = ask(database, action, method=method, body=body)
    assert (status, answer["code"]) == (400, code) and answer["message"]


def test_a_delivery_that_is_not_there_and_one_that_is_not_signed_get_the_same_answer(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    insert(sender(database))
    (event,) = sent(hand_worker(database))
    good, subscriber = event["payload"]["delivery"], event["to"][0]
    enterprise, notification, number, signature = good.split("/")
    wrong = [
        "",
        good[:-1],
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        "/".join([str(B), notification, number, signature]),
        "/".join([enterprise, notification, "2", signature]),
        good.upper(),
    ]
    answers = [execute(database, delivery, subscriber) for delivery in wrong]
    database.keep().execute("delete from notify.notification_delivery")
    answers.append(execute(database, good, subscriber))
    assert {status for status, _ in answers} == {400}
    assert len({json.dumps(body) for _, body in answers}) == 1


def test_after_a_rotation_former_ids_are_accepted_for_as_long_as_contents_are_kept(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    worker = hand_worker(database)
    admin = database.connect("test_admin")

    def send() -> tuple[str, str]:
        insert(sender(database))
        (event,) = sent(worker)
        return event["payload"]["delivery"], event["to"][0]

    first = send()
    days = one(admin, "select max(content_days) as n from notify.notification_retention")["n"]
    kept = one(admin, "select notify.rotate_bridge_key() - notify.now() as kept")["kept"]
    assert timedelta(0) <= timedelta(days=days) - kept < timedelta(minutes=1)
    second = send()
    assert [execute(database, *given)[0] for given in (first, second)] == [200, 200]
    # after a leak: what was signed before is over, at once and by every former key
    admin.execute("select notify.rotate_bridge_key('0')")
    third = send()
    assert [execute(database, *given)[0] for given in (first, second, third)] == [400, 400, 200]
    # a former key ends with its time, and is gone with the next rotation
    admin.execute("select notify.rotate_bridge_key('1 hour')")
    assert execute(database, *third)[0] == 200
    database.shift_clock(timedelta(hours=1))
    assert execute(database, *third)[0] == 400
    admin.execute("select notify.rotate_bridge_key()")
    assert one(database.keep(), "select count(*) as n from notify.notification_bridge_key")["n"] == 2
    with pytest.raises(psycopg.Error, match="less than no time"):
        admin.execute("select notify.rotate_bridge_key('-1 s')")
    trail = "select action, login, before, after from notify.notification_audit where table_name = %s"
    trail_rows = rows(admin, trail, "notification_bridge_key")
    assert len([row for row in trail_rows if row["login"] == "test_admin" and row["action"] == "INSERT"]) == 4
    assert "inner_key" not in str(trail_rows) and "outer_key" not in str(trail_rows)


def test_nobody_but_a_recipient_gets_the_content_nor_by_another_workflow(database: Database) -> None:
    add_workflow(database)
    add_workflow(database, "other")
    give_bridge(database)
    insert(sender(database))
    (event,) = sent(hand_worker(database))
    delivery, subscriber = event["payload"]["delivery"], event["to"][0]
    for stranger in (f"{A}:{uuid4()}", subscriber.removeprefix(f"{A}:"), ""):
        status, body = execute(database, delivery, stranger)
        assert (status, body["code"]) == (400, "ExecutionEventPayloadInvalidError")
    assert execute(database, delivery, subscriber, workflow="other")[1]["code"] == "WorkflowNotFoundError"
    assert execute(database, delivery, subscriber, "fax")[1]["code"] == "StepNotFoundError"


def test_what_was_retracted_or_expired_while_novu_held_it_back_is_skipped(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    ids = [insert(sender(database)) for _ in range(2)]
    worker = hand_worker(database)
    requests = worker.take()
    events = {UUID(e["payload"]["delivery"].split("/")[1]): e for e in (json.loads(r["body"]) for r in requests)}
    worker.report(requests)
    sender(database).execute("select notify.retract(%s, 'x')", [ids[0]])
    with database.cluster.admin(database.name) as superuser:
        superuser.execute("update notify.ent_notification set expires_at = now() where id = %s", [ids[1]])
    for notification in ids:
        event = events[notification]
        status, body = execute(database, event["payload"]["delivery"], event["to"][0])
        assert (status, body["options"], body["outputs"]) == (200, {"skip": True}, {})


def test_what_is_kept_no_longer_is_a_failure_that_novu_does_not_repeat(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    insert(sender(database))
    (event,) = sent(hand_worker(database))
    database.keep().execute("delete from notify.notification_content")
    status, body = execute(database, event["payload"]["delivery"], event["to"][0])
    assert (status, body["code"]) == (502, "StepExecutionFailedError")


def test_in_app_extras_come_with_the_content(database: Database) -> None:
    add_workflow(database, channels=("IN_APP",), publish=False)
    extras = '{"avatar": "https://x.example/a.png"}'
    database.keep().execute("update notify.ent_notification_template set extras = %s", [extras])
    publish_workflow(database, "greeting")
    give_bridge(database)
    insert(sender(database))
    (event,) = sent(hand_worker(database))
    found = outputs(execute(database, event["payload"]["delivery"], event["to"][0], "in_app"))
    assert found["avatar"] == "https://x.example/a.png"


# --- who may


def test_only_an_admin_makes_a_bridge_and_it_leaves_a_trail(database: Database) -> None:
    for login in ("test_platform", "test_manager", "test_worker", "test_http"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.connect(login, A).execute(
                "insert into notify.notification_bridge (target, bridge_url) values ('x', 'https://x.example')"
            )
    give_bridge(database)
    publish_workflow_if_any(database)
    trail = rows(database.keep("test_admin"), "select action, after from notify.notification_audit order by changed_at")
    mine = [row for row in trail if (row["after"] or {}).get("bridge_url") == URL]
    assert [row["action"] for row in mine] == ["INSERT"]


def publish_workflow_if_any(database: Database) -> None:
    """What the engine writes into a bridge's row leaves no trail."""
    add_workflow(database)


@pytest.mark.parametrize("url", ["ftp://x", "https://", "https://u@x.example", "https://x.example/?a=b", "x.example"])
def test_a_bridge_has_a_url_that_novu_can_add_to(database: Database, url: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        database.keep("test_admin").execute(
            "insert into notify.notification_bridge (target, bridge_url) values ('default', %s)", [url]
        )


def test_a_bridge_that_is_being_moved_keeps_no_worker_waiting(database: Database) -> None:
    add_workflow(database)
    give_bridge(database)
    worker = hand_worker(database, "hand/bulk1")
    with database.connect("test_admin", autocommit=False) as admin:
        admin.execute("update notify.notification_bridge set bridge_url = 'https://new.example'")
        worker.tick()
        assert discoveries(worker) == []  # its row is held by the admin
    assert len(discoveries(worker)) == 1
