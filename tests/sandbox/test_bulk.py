"""POST /v1/events/trigger/bulk: answers in order, limits, and one bad event among good ones."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.support import BULK, client, counts, deliveries, event


async def test_a_bulk_answers_in_the_order_of_its_events() -> None:
    ids = [f"t-{n}" for n in range(100)]
    async with client() as api:
        answer = await api.post(BULK, json={"events": [event(id_) for id_ in ids]})
        assert (await counts(api))["delivered_rows"] == 100
    assert answer.status_code == 201
    assert [item["transactionId"] for item in answer.json()["data"]] == ids
    assert {item["status"] for item in answer.json()["data"]} == {"processed"}


async def test_an_event_of_an_unknown_workflow_gets_an_error_entry_and_the_others_go_through() -> None:
    async with client(workflows=("fire-alarm",), inactive=("drill",)) as api:
        events = [event("t-1"), event("t-2", name="unknown"), event("t-3", name="drill"), event("t-4")]
        answer = await api.post(BULK, json={"events": events})
        rows = await deliveries(api)
    assert answer.status_code == 201
    first, second, third, fourth = answer.json()["data"]
    assert second == {
        "acknowledged": True,
        "status": "error",
        "error": ["workflow_not_found"],
        "transactionId": "t-2",
    }
    assert [first["status"], third["status"], fourth["status"]] == ["processed", "trigger_not_active", "processed"]
    assert [row["transactionId"] for row in rows] == ["t-1", "t-4"]


@pytest.mark.parametrize("bad", [event("t-2", to=None), event("t-2", context={"tenant": "a b"}), "text", None])
async def test_one_malformed_event_makes_the_whole_bulk_422(bad: Any) -> None:
    async with client() as api:
        answer = await api.post(BULK, json={"events": [event("t-1"), bad, event("t-3")]})
        assert (await counts(api))["delivered_rows"] == 0
    assert answer.status_code == 422
    assert answer.json()["message"] == "Validation Error"
    (message,) = answer.json()["errors"]["general"]["messages"]
    assert message.startswith("events.1")


async def test_101_events_are_422() -> None:
    async with client() as api:
        answer = await api.post(BULK, json={"events": [event(f"t-{n}") for n in range(101)]})
        assert (await counts(api))["delivered_rows"] == 0
    assert answer.status_code == 422
    assert answer.json()["errors"]["events"]["messages"] == ["events must contain no more than 100 elements"]


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, []])
async def test_a_bulk_without_events_is_422(body: Any) -> None:
    async with client() as api:
        answer = await api.post(BULK, json=body)
    assert answer.status_code == 422


async def test_a_bulk_may_exceed_512_kb_but_no_event_in_it_may() -> None:
    large = event("t-0", payload={"email": {"subject": "s", "body": "x" * 300_000}})
    larger = event("t-1", payload={"email": {"subject": "s", "body": "x" * 600_000}})
    async with client() as api:
        fits = await api.post(BULK, json={"events": [{**large, "transactionId": f"t-{n}"} for n in range(3)]})
        refused = await api.post(BULK, json={"events": [event("t-9"), larger]})
        assert (await counts(api))["delivered_rows"] == 3
    assert (fits.status_code, refused.status_code) == (201, 413)


async def test_malformed_json_in_a_bulk_is_400() -> None:
    async with client() as api:
        assert (await api.post(BULK, content=b'{"events":[{]}')).status_code == 400
