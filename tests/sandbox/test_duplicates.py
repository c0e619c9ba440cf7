"""The same transactionId more than once: one after the other, at the same time, with other recipients."""

from __future__ import annotations

import asyncio

import httpx
from tests.sandbox.support import BULK, KEY, TRIGGER, client, counts, deliveries, event, live_sandbox


async def test_one_after_the_other_both_are_processed_and_one_is_delivered() -> None:
    async with client() as api:
        answers = [(await api.post(TRIGGER, json=event())).json()["data"]["status"] for _ in range(2)]
        found = await counts(api)
    assert answers == ["processed", "processed"]
    assert (found["events_accepted"], found["events_dropped"]) == (2, 1)
    assert (found["delivered_rows"], found["distinct_pairs"], found["duplicates"]) == (1, 1, 0)
    assert found["overlapped_transaction_ids"] == 0


async def test_eight_at_the_same_time_are_eight_deliveries() -> None:
    with live_sandbox(latency_ms=500) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            await asyncio.gather(*(api.post(TRIGGER, json=event()) for _ in range(8)))
            found = await counts(api)
            rows = await deliveries(api, transactionId="t-1")
    assert (found["delivered_rows"], found["distinct_pairs"], found["duplicates"]) == (8, 1, 7)
    assert found["overlapped_transaction_ids"] == 1
    assert [row["duplicate"] for row in rows] == [False] + [True] * 7


async def test_a_retry_after_a_lost_answer_is_a_duplicate_only_while_the_first_is_in_flight() -> None:
    async with client(latency_ms=500) as api:
        first = asyncio.create_task(api.post(TRIGGER, json=event()))
        await asyncio.sleep(0.1)
        await api.post(TRIGGER, json=event())
        await first
        await api.post(TRIGGER, json=event())
        found = await counts(api)
    assert (found["delivered_rows"], found["duplicates"], found["events_dropped"]) == (2, 1, 1)


async def test_with_other_recipients_afterwards_only_the_first_call_delivers() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"]))
        await api.post(TRIGGER, json=event("t-1", ["s-2", "s-3"]))
        rows = await deliveries(api)
    assert [row["subscriberId"] for row in rows] == ["s-1", "s-2"]


async def test_with_other_recipients_at_the_same_time_only_what_both_name_is_duplicate() -> None:
    async with client(latency_ms=100) as api:
        await asyncio.gather(
            api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"])),
            api.post(TRIGGER, json=event("t-1", ["s-2", "s-3"])),
        )
        found = await counts(api)
    assert (found["delivered_rows"], found["distinct_pairs"], found["duplicates"]) == (4, 3, 1)


async def test_a_bulk_overlaps_a_single_trigger() -> None:
    async with client(latency_ms=100) as api:
        await asyncio.gather(
            api.post(BULK, json={"events": [event("t-1"), event("t-2")]}),
            api.post(TRIGGER, json=event("t-2")),
        )
        found = await counts(api)
    assert (found["delivered_rows"], found["duplicates"], found["overlapped_transaction_ids"]) == (3, 1, 1)


async def test_twice_in_one_bulk_is_at_the_same_time() -> None:
    async with client() as api:
        await api.post(BULK, json={"events": [event("t-1"), event("t-1")]})
        found = await counts(api)
    assert (found["delivered_rows"], found["duplicates"], found["overlapped_transaction_ids"]) == (2, 1, 1)


async def test_an_event_that_nothing_was_delivered_of_uses_up_its_id_all_the_same() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event(payload={}))
        await api.post(TRIGGER, json=event())
        assert (await counts(api))["delivered_rows"] == 0
