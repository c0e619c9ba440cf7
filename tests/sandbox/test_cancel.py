"""DELETE /v1/events/trigger/{transactionId}: it stops what is still delayed, and nothing else."""

from __future__ import annotations

import asyncio

from tests.sandbox.support import TRIGGER, client, counts, deliveries, event


async def test_cancelling_what_was_delivered_answers_false() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event())
        answer = await api.delete(f"{TRIGGER}/t-1")
        assert (await counts(api))["delivered_rows"] == 1
    assert answer.status_code == 200
    assert answer.json() == {"data": False}


async def test_cancelling_an_unknown_id_answers_false() -> None:
    async with client() as api:
        assert (await api.delete(f"{TRIGGER}/unknown")).json() == {"data": False}


async def test_what_is_delayed_is_delivered_when_its_time_comes() -> None:
    async with client(delay_seconds=0.5) as api:
        await api.post(TRIGGER, json=event())
        assert await deliveries(api) == []
        assert (await counts(api))["delayed"] == 1
        await asyncio.sleep(0.7)
        assert len(await deliveries(api)) == 1
        assert (await counts(api))["delayed"] == 0


async def test_cancelling_what_is_delayed_answers_true_once_and_stops_it() -> None:
    async with client(delay_seconds=0.5) as api:
        await api.post(TRIGGER, json=event("t-1"))
        await api.post(TRIGGER, json=event("t-2"))
        answers = [(await api.delete(f"{TRIGGER}/t-1")).json()["data"] for _ in range(2)]
        await asyncio.sleep(0.7)
        rows = await deliveries(api)
        assert (await counts(api))["cancelled"] == 1
    assert answers == [True, False]
    assert [row["transactionId"] for row in rows] == ["t-2"]
