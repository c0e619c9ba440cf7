"""POST /v1/events/trigger: what each kind of event gets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.support import KEY, TRIGGER, client, counts, deliveries, event


async def test_a_trigger_answers_201_processed_inside_data() -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event("t-7"))
    assert answer.status_code == 201
    assert answer.json() == {"data": {"acknowledged": True, "status": "processed", "transactionId": "t-7"}}


async def test_a_trigger_is_listed_with_all_that_it_said() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-7", "s-1"))
        (row,) = await deliveries(api)
    assert row.pop("at").endswith("+00:00")
    assert row == {
        "workflow": "fire-alarm",
        "transactionId": "t-7",
        "subscriberId": "s-1",
        "tenant": "harbour-tower",
        "channel": "email",
        "subject": "Fire alarm",
        "body": "<p>Leave by the stairs.</p>",
        "duplicate": False,
        "error": None,
    }


async def test_a_missing_transaction_id_is_made_up() -> None:
    async with client() as api:
        first = (await api.post(TRIGGER, json=event(None))).json()["data"]["transactionId"]
        second = (await api.post(TRIGGER, json=event(None))).json()["data"]["transactionId"]
    assert first and second and first != second


@pytest.mark.parametrize(
    "authorization", ["Bearer sandbox-key", "sandbox-key", "ApiKey other", "apikey sandbox-key", ""]
)
async def test_anything_but_the_key_as_api_key_is_401(authorization: str) -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event(), headers={**KEY, "Authorization": authorization})
        cancel = await api.delete(f"{TRIGGER}/t-1", headers={**KEY, "Authorization": authorization})
        assert (await counts(api))["delivered_rows"] == 0
    assert (answer.status_code, cancel.status_code) == (401, 401)


async def test_every_workflow_is_known_by_default_and_only_the_named_ones_otherwise() -> None:
    async with client(workflows=("lift-maintenance",), inactive=("drill",)) as api:
        unknown = await api.post(TRIGGER, json=event())
        known = await api.post(TRIGGER, json=event(name="lift-maintenance"))
        inactive = await api.post(TRIGGER, json=event(name="drill"))
    assert unknown.status_code == 422
    assert unknown.json()["message"] == "workflow_not_found"
    assert known.json()["data"]["status"] == "processed"
    assert inactive.json()["data"]["status"] == "trigger_not_active"


async def test_an_inactive_workflow_is_acknowledged_and_delivers_nothing() -> None:
    async with client(inactive=("fire-alarm",)) as api:
        answer = await api.post(TRIGGER, json=event())
        assert await deliveries(api) == []
    assert answer.status_code == 201
    assert answer.json()["data"] == {"acknowledged": True, "status": "trigger_not_active", "transactionId": "t-1"}


async def test_the_legacy_tenant_field_names_a_tenant_that_is_not_there() -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event(tenant="harbour-tower"))
        assert await deliveries(api) == []
    assert answer.json()["data"]["status"] == "no_tenant_found"


async def test_a_refused_event_does_not_use_up_its_transaction_id() -> None:
    async with client(workflows=("fire-alarm",)) as api:
        await api.post(TRIGGER, json=event(name="unknown"))
        await api.post(TRIGGER, json=event())
        assert (await counts(api))["delivered_rows"] == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"to": None}, "to"),
        ({"payload": []}, "payload"),
        ({"payload": "text"}, "payload"),
        ({"overrides": "text"}, "overrides"),
        ({"transactionId": 7}, "transactionId"),
        ({"context": "harbour-tower"}, "context"),
        ({"context": {}}, "context"),
        ({"context": {f"key{n}": "id" for n in range(6)}}, "context"),
        ({"context": {"tenant": ""}}, "context.tenant"),
        ({"context": {"tenant": "a" * 101}}, "context.tenant"),
        ({"context": {"tenant": "harbour:tower"}}, "context.tenant"),
        ({"context": {"tenant": {"id": 7}}}, "context.tenant"),
    ],
)
async def test_a_malformed_field_is_a_422_that_names_it(fields: dict[str, Any], named: str) -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event(**fields))
        assert await deliveries(api) == []
    assert answer.status_code == 422
    assert answer.json()["message"] == "Validation Error"
    (message,) = answer.json()["errors"]["general"]["messages"]
    assert message.startswith(f"{named} ")


@pytest.mark.parametrize(
    "tenant", ["a", "A" * 100, "0f-_Z", {"id": "harbour-tower"}, {"id": "x", "data": {"floor": 3}}]
)
async def test_a_context_of_five_valid_ids_is_accepted(tenant: Any) -> None:
    context = {"tenant": tenant, "a": "1", "b": "2", "c": "3", "d": "4"}
    async with client() as api:
        answer = await api.post(TRIGGER, json=event(context=context))
        (row,) = await deliveries(api)
    assert answer.status_code == 201
    assert row["tenant"] == (tenant["id"] if isinstance(tenant, dict) else tenant)


@pytest.mark.parametrize("body", [b"{", b"", b'"text"', b"7", b'{"name":}', b"\xff"])
async def test_malformed_json_is_400(body: bytes) -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, content=body)
    assert answer.status_code == 400


async def test_an_event_above_512_kb_is_413_and_one_at_512_kb_is_accepted() -> None:
    async with client() as api:
        small = event(payload={"email": {"subject": "s", "body": ""}})
        room = 512 * 1024 - len(api.build_request("POST", TRIGGER, json=small).content)
        for body, status in (("x" * room, 201), ("x" * (room + 1), 413)):
            answer = await api.post(TRIGGER, json=event(payload={"email": {"subject": "s", "body": body}}))
            assert answer.status_code == status
        assert (await counts(api))["delivered_rows"] == 1


async def test_recipients_may_be_an_id_an_object_or_a_mixed_array_and_count_once_each() -> None:
    to = ["s-1", {"subscriberId": "s-2", "email": "s2@example.org"}, "s-1", "ops@example.org"]
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", to))
        await api.post(TRIGGER, json=event("t-2", {"subscriberId": "s-3"}))
        rows = await deliveries(api)
    assert [row["subscriberId"] for row in rows] == ["s-1", "s-2", "ops@example.org", "s-3"]


async def test_recipients_that_break_the_rule_of_ids_and_topics_without_members_get_nothing() -> None:
    to = ["s-1", "two words", {"email": "x@example.org"}, {"type": "Topic", "topicKey": "floor-3"}, 7]
    async with client() as api:
        answer = await api.post(TRIGGER, json=event("t-1", to))
        found = await counts(api)
    assert answer.json()["data"]["status"] == "processed"
    assert (found["delivered_rows"], found["recipients_dropped"]) == (1, 4)


async def test_a_single_recipient_that_breaks_the_rule_of_ids_is_invalid_recipients() -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event("t-1", "two words"))
    assert answer.json()["data"]["status"] == "invalid_recipients"


async def test_more_than_100_recipients_are_taken() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", [f"s-{n}" for n in range(150)]))
        assert (await counts(api))["distinct_pairs"] == 150


async def test_a_channel_absent_from_the_payload_is_skipped() -> None:
    payload = {
        "in_app": {"subject": None, "body": "In-app"},
        "sms": {"body": "SMS"},
        "push": {"subject": "Push", "body": "Push"},
        "chat": {"body": "Chat"},
        "email": None,
        "other": {"body": "not a channel"},
    }
    async with client() as api:
        await api.post(TRIGGER, json=event(payload=payload))
        found = await counts(api)
    assert found["by_channel"] == {"in_app": 1, "sms": 1, "push": 1, "chat": 1}
    assert (found["failed_steps"], found["distinct_pairs"]) == (0, 1)


@pytest.mark.parametrize(
    ("channel", "content", "reason"),
    [
        ("email", {"subject": "s", "body": " \n"}, "body"),
        ("email", {"subject": "", "body": "b"}, "subject"),
        ("push", {"body": "b"}, "subject"),
        ("sms", {}, "body"),
        ("in_app", {"subject": "s", "body": None}, "body"),
        ("chat", "text", "body"),
    ],
)
async def test_blank_content_is_a_failed_step(channel: str, content: Any, reason: str) -> None:
    async with client() as api:
        answer = await api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"], payload={channel: content}))
        found = await counts(api)
        assert await deliveries(api) == []
        failed = await deliveries(api, failed="true")
    assert answer.json()["data"]["status"] == "processed"
    assert (found["failed_steps"], found["delivered_rows"], found["distinct_pairs"]) == (2, 0, 0)
    assert [row["error"] for row in failed] == [f"invalid output: {reason} is blank"] * 2


async def test_what_arrives_in_the_payload_is_delivered_as_it_stands() -> None:
    body = "{{ payload.secret }} & <b>"
    async with client() as api:
        await api.post(TRIGGER, json=event(payload={"sms": {"body": body}}))
        (row,) = await deliveries(api)
    assert row["body"] == body


async def test_the_health_check_needs_no_key() -> None:
    async with client() as api:
        answer = await api.get("/v1/health-check", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
