"""The sandbox's own routes and its memory."""

from __future__ import annotations

import pytest
from tests.sandbox.support import BULK, TRIGGER, client, counts, deliveries, event


@pytest.mark.parametrize("path", ["/", "/sandbox"])
async def test_the_page_says_that_it_delivers_to_nobody_and_shows_the_counts(path: str) -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"]))
        page = await api.get(path, headers={"Authorization": ""})
    assert page.headers["content-type"].startswith("text/html")
    assert "This is a sandbox. It delivers to nobody." in page.text
    assert "<td>delivered rows</td><td>2</td>" in page.text
    assert "<td>by tenant: harbour-tower</td><td>2</td>" in page.text


async def test_the_page_escapes_what_it_was_sent() -> None:
    async with client(workflows=("x",)) as api:
        await api.post(TRIGGER, json=event(context={"tenant": "t"}, name="<script>"))
        assert "<script>" not in (await api.get("/")).text


async def test_deliveries_can_be_narrowed_and_limited_to_the_newest() -> None:
    async with client() as api:
        await api.post(BULK, json={"events": [event(f"t-{n}", ["s-1", "s-2"]) for n in range(3)]})
        by_id = await deliveries(api, transactionId="t-1")
        by_subscriber = await deliveries(api, subscriberId="s-2")
        newest = await deliveries(api, limit=3)
        none = await deliveries(api, limit=0)
        wrong = await api.get("/sandbox/deliveries?limit=many")
    assert [(row["transactionId"], row["subscriberId"]) for row in by_id] == [("t-1", "s-1"), ("t-1", "s-2")]
    assert [row["transactionId"] for row in by_subscriber] == ["t-0", "t-1", "t-2"]
    assert [(row["transactionId"], row["subscriberId"]) for row in newest] == [
        ("t-1", "s-2"),
        ("t-2", "s-1"),
        ("t-2", "s-2"),
    ]
    assert none == []
    assert wrong.status_code == 400
    assert "limit" in wrong.json()["message"]


async def test_counts_tell_channels_and_tenants_apart() -> None:
    payload = {"email": {"subject": "s", "body": "b"}, "in_app": {"subject": "s", "body": "b"}}
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"], payload=payload))
        await api.post(TRIGGER, json=event("t-2", context=None))
        found = await counts(api)
    assert found["requests"] == 2
    assert found["delivered_rows"] == 5
    assert found["distinct_pairs"] == 3
    assert found["by_channel"] == {"in_app": 2, "email": 3}
    assert found["by_tenant"] == {"harbour-tower": 4, "": 1}
    assert found["by_status"] == {"processed": 2}


async def test_forgetting_empties_the_list_the_counts_and_the_used_ids() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event())
        assert (await api.delete("/sandbox/deliveries")).status_code == 204
        assert await deliveries(api) == []
        assert (await counts(api))["requests"] == 0
        await api.post(TRIGGER, json=event())
        assert (await counts(api))["delivered_rows"] == 1


async def test_the_list_keeps_the_newest_rows_and_the_counts_stay_exact() -> None:
    async with client(keep_rows=10) as api:
        await api.post(BULK, json={"events": [event(f"t-{n}") for n in range(100)]})
        await api.post(TRIGGER, json=event("t-0"))
        rows = await deliveries(api)
        found = await counts(api)
    assert [row["transactionId"] for row in rows] == [f"t-{n}" for n in range(90, 100)]
    assert (found["delivered_rows"], found["distinct_pairs"], found["events_dropped"]) == (100, 100, 1)


async def test_the_list_keeps_no_more_text_than_allowed() -> None:
    async with client(keep_bytes=10_000) as api:
        for n in range(10):
            await api.post(TRIGGER, json=event(f"t-{n}", payload={"sms": {"body": "x" * 3000}}))
        rows = await deliveries(api)
        assert (await counts(api))["delivered_rows"] == 10
    assert [row["transactionId"] for row in rows] == ["t-7", "t-8", "t-9"]
