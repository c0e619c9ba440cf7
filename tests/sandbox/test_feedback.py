"""The sandbox tells what became of events as Novu does: pages, jobs, messages, and nothing at first."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.sandbox.support import TRIGGER, client, event

from xnovu.errors import UserError
from xnovu.sandbox import SandboxOptions

NOTIFICATIONS, MESSAGES = "/v1/notifications", "/v1/messages"
BOTH = {"email": {"subject": "s", "body": "b"}, "sms": {"body": "b"}}


async def told(api: httpx.AsyncClient, path: str = NOTIFICATIONS, id_: str = "t-1", **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(path, params={"transactionId": id_, **query})).json()
    return found


async def test_each_subscriber_is_an_item_with_a_job_a_channel_on_pages_of_at_most_50() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event(to=[f"s-{n}" for n in range(60)], payload=BOTH))
        first = await told(api, limit=50)
        assert (first["page"], first["pageSize"], first["hasMore"], len(first["data"])) == (0, 50, True, 50)
        last = await told(api, limit=50, page=1)
        assert (last["hasMore"], len(last["data"])) == (False, 10)
        assert [item["subscriber"]["subscriberId"] for item in last["data"]] == [f"s-{n}" for n in range(50, 60)]
        jobs = last["data"][0]["jobs"]
        assert [(job["type"], job["status"]) for job in jobs] == [("email", "completed"), ("sms", "completed")]
        assert len((await told(api))["data"]) == 10
        assert (await told(api, id_="t-2"))["data"] == []
        assert (await api.get(NOTIFICATIONS)).json()["data"] == []
        for query in ("limit=51", "limit=0", "page=-1", "limit=x"):
            assert (await api.get(f"{NOTIFICATIONS}?{query}")).status_code == 422
        assert (await api.get(f"{MESSAGES}?limit=1001")).status_code == 400


async def test_a_channel_can_fail_or_be_left_out() -> None:
    async with client(fail_channels=("sms",), skip_channels=("email",)) as api:
        await api.post(TRIGGER, json=event(payload=BOTH))
        (item,) = (await told(api))["data"]
        said = {job["type"]: (job["status"], job["executionDetails"][0]["detail"]) for job in item["jobs"]}
        assert said == {
            "sms": ("failed", "Unexpected provider error"),
            "email": ("canceled", "Bridge execution skipped"),
        }
        (message,) = (await told(api, MESSAGES))["data"]
        assert (message["channel"], message["status"], message["errorText"]) == ("sms", "error", said["sms"][1])


async def test_a_message_that_arrived_is_delivered_and_not_read() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event())
        (message,) = (await told(api, MESSAGES))["data"]
        assert (message["status"], len(message["deliveredAt"]), message["seen"], message["read"]) == (
            "sent",
            1,
            False,
            False,
        )


async def test_nothing_is_told_at_first_and_what_is_delayed_is_said_to_be() -> None:
    async with client(feedback_delay_seconds=0.2) as api:
        await api.post(TRIGGER, json=event())
        assert (await told(api))["data"] == []
        await asyncio.sleep(0.25)
        assert len((await told(api))["data"]) == 1
    async with client(delay_seconds=60) as api:
        await api.post(TRIGGER, json=event())
        assert (await told(api))["data"][0]["jobs"][0]["status"] == "delayed"
        assert (await told(api, MESSAGES))["data"] == []


async def test_what_is_kept_no_longer_is_not_told_and_a_key_is_needed() -> None:
    async with client(keep_rows=1) as api:
        for number in (1, 2):
            await api.post(TRIGGER, json=event(f"t-{number}"))
        assert (await told(api))["data"] == []
        assert len((await told(api, id_="t-2"))["data"]) == 1
        for path in (NOTIFICATIONS, MESSAGES):
            assert (await api.get(path, headers={"Authorization": "Bearer x"})).status_code == 401


def test_a_channel_that_novu_does_not_have_is_refused() -> None:
    with pytest.raises(UserError, match='The channel "fax" is unknown'):
        SandboxOptions(fail_channels=("fax",))
