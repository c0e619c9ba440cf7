"""The sandbox's workflows, as Novu has them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.sandbox.support import BULK, TRIGGER, client, counts, deliveries, event

WORKFLOWS = "/v2/workflows"
EMAIL = {"name": "Email", "type": "email", "controlValues": {"body": "{{payload.email.body}}"}}
SMS = {"name": "SMS", "type": "sms", "controlValues": {"body": "{{payload.sms.body}}"}}


def workflow(identifier: str = "fire-alarm", **more: Any) -> dict[str, Any]:
    return {"name": "Fire alarm", "workflowId": identifier, "active": True, "steps": [EMAIL]} | more


def replacement(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: found[name] for name in ("name", "steps", "preferences", "origin", "active")} | more


async def create(api: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await api.post(WORKFLOWS, json=workflow(**more))
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()["data"]
    return made


async def test_what_is_created_is_shown_and_listed() -> None:
    async with client() as api:
        assert (await api.get(f"{WORKFLOWS}/fire-alarm")).status_code == 404
        made = await create(api)
        assert (await api.get(f"{WORKFLOWS}/fire-alarm")).json()["data"] == made
        (step,) = made["steps"]
        assert step["_id"] and step["controls"]["values"] == step["controlValues"] == EMAIL["controlValues"]
        assert (made["workflowId"], made["active"], made["status"]) == ("fire-alarm", True, "ACTIVE")
        await create(api, identifier="drill")
        listed = (await api.get(WORKFLOWS, params={"limit": 1})).json()["data"]
        assert (listed["totalCount"], [w["workflowId"] for w in listed["workflows"]]) == (2, ["drill"])


async def test_an_identifier_that_is_taken_gets_a_suffix_and_no_error() -> None:
    async with client() as api:
        first, second = await create(api), await create(api)
        assert first["workflowId"] == "fire-alarm"
        assert second["workflowId"].startswith("fire-alarm-")


async def test_a_put_replaces_the_steps_but_those_that_come_with_their_id() -> None:
    async with client() as api:
        made = await create(api, steps=[EMAIL, SMS])
        email, sms = made["steps"]
        steps = [EMAIL | {"_id": email["_id"], "name": "Mail"}, SMS]
        answer = await api.put(f"{WORKFLOWS}/fire-alarm", json=replacement(made, steps=steps))
        assert answer.status_code == 200
        kept, new = answer.json()["data"]["steps"]
        assert (kept["_id"], kept["name"]) == (email["_id"], "Mail")
        assert new["_id"] != sms["_id"]


@pytest.mark.parametrize("field", ["name", "steps", "preferences", "origin"])
async def test_a_put_needs_these_fields(field: str) -> None:
    async with client() as api:
        given = replacement(await create(api))
        del given[field]
        answer = await api.put(f"{WORKFLOWS}/fire-alarm", json=given)
        assert answer.status_code == 422
        assert answer.json()["errors"]["general"]["messages"] == [f"{field} should not be null or undefined"]


async def test_a_step_of_an_unknown_type_is_refused() -> None:
    async with client() as api:
        answer = await api.post(WORKFLOWS, json=workflow(steps=[EMAIL | {"type": "pigeon"}]))
        assert answer.status_code == 422 and "steps.0.type" in answer.text


async def test_a_wrong_key_reaches_nothing() -> None:
    async with client() as api:
        for method, path in (("GET", WORKFLOWS), ("POST", WORKFLOWS), ("DELETE", f"{WORKFLOWS}/fire-alarm")):
            refused = await api.request(method, path, headers={"Authorization": "ApiKey wrong"}, json=workflow())
            assert refused.status_code == 401


async def test_strictness_knows_only_what_was_made() -> None:
    async with client(strict=True) as api:
        refused = await api.post(TRIGGER, json=event())
        assert (refused.status_code, refused.json()["message"]) == (422, "workflow_not_found")
        await create(api)
        assert (await api.post(TRIGGER, json=event())).json()["data"]["status"] == "processed"
        bulk = await api.post(BULK, json={"events": [event("t-2"), event("t-3", name="drill")]})
        assert [result["status"] for result in bulk.json()["data"]] == ["processed", "error"]
        await api.delete(f"{WORKFLOWS}/fire-alarm")
        assert (await api.post(TRIGGER, json=event("t-4"))).status_code == 422


async def test_what_was_switched_off_is_acknowledged_and_delivers_nothing() -> None:
    async with client() as api:
        await create(api)
        patched = await api.patch(f"{WORKFLOWS}/fire-alarm", json={"active": False})
        assert (patched.json()["data"]["status"], patched.json()["data"]["name"]) == ("INACTIVE", "Fire alarm")
        assert (await api.post(TRIGGER, json=event())).json()["data"]["status"] == "trigger_not_active"
        assert (await counts(api))["delivered_rows"] == 0


async def test_only_the_channels_of_its_steps_are_delivered() -> None:
    async with client() as api:
        await create(api, steps=[SMS])
        both = {"email": {"subject": "s", "body": "b"}, "sms": {"body": "b"}}
        await api.post(TRIGGER, json=event(payload=both))
        assert [row["channel"] for row in await deliveries(api)] == ["sms"]
