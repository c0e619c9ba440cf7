"""An event's `to` may say who a subscriber is: Novu creates or updates it, and the sandbox shows it."""

from __future__ import annotations

from typing import Any

import httpx
from tests.sandbox.support import BULK, TRIGGER, client, deliveries, event

ADA = {"subscriberId": "t:ada", "email": "ada@example.org", "phone": "+4512345678", "firstName": "Ada", "locale": "da"}


async def subscribers(api: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/sandbox/subscribers")).json()
    return found


async def test_an_object_creates_and_updates_a_subscriber_and_a_bare_id_says_nothing() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", [ADA, "t:bob"]))
        assert await subscribers(api) == {"t:ada": {k: v for k, v in ADA.items() if k != "subscriberId"}}
        later = {"subscriberId": "t:ada", "email": "ada@example.com", "data": {"floor": 3}, "nonsense": 1}
        await api.post(BULK, json={"events": [event("t-2", later), event("t-3", "t:ada")]})
        assert await subscribers(api) == {
            "t:ada": {
                "email": "ada@example.com",
                "phone": "+4512345678",
                "firstName": "Ada",
                "locale": "da",
                "data": {"floor": 3},
            }
        }
        assert [row["subscriberId"] for row in await deliveries(api)] == ["t:ada", "t:bob", "t:ada", "t:ada"]


async def test_a_message_shows_what_is_known_of_its_recipient() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", [ADA, "t:bob"]))
        shown = [(await api.get(f"/sandbox/messages/{n}")).json()["subscriber"].get("email") for n in (1, 2)]
    assert shown == ["ada@example.org", None]


async def test_a_refused_event_and_a_dropped_duplicate_update_nobody() -> None:
    async with client(workflows=("fire-alarm",)) as api:
        await api.post(TRIGGER, json=event("t-1", ADA, name="unknown"))
        await api.post(TRIGGER, json=event("t-2", "t:ada"))
        await api.post(TRIGGER, json=event("t-2", ADA))
        assert await subscribers(api) == {}


async def test_forgetting_everything_forgets_them_and_no_more_are_kept_than_rows() -> None:
    async with client(keep_rows=2) as api:
        people = [{"subscriberId": f"t:{n}", "email": f"{n}@example.org"} for n in range(3)]
        await api.post(TRIGGER, json=event("t-1", people))
        assert set(await subscribers(api)) == {"t:1", "t:2"}
        await api.delete("/sandbox/deliveries")
        assert await subscribers(api) == {}
