"""The sandbox's own routes and its memory."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import httpx
import pytest
from tests.sandbox.support import BULK, TRIGGER, client, counts, deliveries, event


@pytest.mark.parametrize("path", ["/", "/sandbox"])
async def test_the_page_says_that_it_delivers_to_nobody_and_asks_for_no_key(path: str) -> None:
    async with client() as api:
        page = await api.get(path, headers={"Authorization": ""})
    assert page.headers["content-type"].startswith("text/html")
    assert "This is a sandbox. It delivers to nobody." in page.text


async def test_the_page_is_made_of_its_own_files_only() -> None:
    async with client() as api:
        page = (await api.get("/")).text
        parts = re.findall(r"""(?:src|href)="(/sandbox/page/[^"]+)""", page)
        parts += ["/sandbox/page/elements.js", "/sandbox/page/list.js", "/sandbox/page/message.js"]
        texts = [page] + [(await api.get(part)).raise_for_status().text for part in parts]
        assert (await api.get("/sandbox/page/..%2fpages.py")).status_code == 404
    links = re.findall(r"https?://[^\s\"']+", "".join(texts))
    assert set(links) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", "".join(texts))


async def test_the_page_and_an_email_may_load_nothing_from_elsewhere() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event())
        page, email = await api.get("/"), await api.get("/sandbox/messages/1/email")
    for answer in (page, email):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "script-src" not in email.headers["content-security-policy"]
    assert email.headers["content-security-policy"].startswith("sandbox;")


async def test_an_email_is_served_as_it_is_and_a_fragment_in_a_page() -> None:
    whole = "<!-- by hand --><!DOCTYPE html><html><body>Whole</body></html>"
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1", payload={"email": {"subject": "s", "body": whole}}))
        await api.post(TRIGGER, json=event("t-2", payload={"email": {"subject": "s", "body": "<p>{Part}</p>"}}))
        await api.post(TRIGGER, json=event("t-3", payload={"sms": {"body": "Text"}}))
        emails = [await api.get(f"/sandbox/messages/{number}/email") for number in (1, 2, 3, 4)]
    assert [email.status_code for email in emails] == [200, 200, 404, 404]
    assert emails[0].text == whole
    assert emails[1].text.startswith("<!doctype html>")
    assert emails[1].text.endswith("<p>{Part}</p>")


async def messages(api: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    """A page of the page's list."""
    found: dict[str, Any] = (await api.get("/sandbox/messages", params=query)).raise_for_status().json()
    return found


async def test_the_list_has_an_item_for_each_recipient_of_an_event_with_its_channels() -> None:
    payload = {"email": {"subject": "Fire", "body": "<p>Leave</p>"}, "sms": {"body": " "}}
    async with client() as api:
        body = event("t-1", ["tower:s-1", "tower:s-2"], payload=payload, context={"tenant": "tower"}, name="tower_fire")
        await api.post(TRIGGER, json=body)
        page = await messages(api)
        first = (await api.get(f"/sandbox/messages/{page['items'][1]['id']}")).json()
    assert (page["total"], page["older"], page["tenants"]) == (2, None, ["tower"])
    assert [item["recipient"] for item in page["items"]] == ["s-2", "s-1"]
    assert page["items"][0]["channels"] == [{"channel": "email", "failed": False}, {"channel": "sms", "failed": True}]
    assert (page["items"][0]["title"], page["items"][0]["workflow"], page["items"][0]["own"]) == ("Fire", "fire", True)
    assert [content["channel"] for content in first["contents"]] == ["email", "sms"]
    assert first["contents"][1]["error"] == "invalid output: body is blank"
    assert first["transactionId"] == "t-1"


async def test_an_item_that_says_no_subject_is_titled_by_its_text() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event(payload={"in_app": {"body": "<p>Leave <b>now</b></p>"}}))
        assert (await messages(api))["items"][0]["title"] == "Leave now"


async def test_the_list_is_read_in_pages_without_a_gap_or_an_overlap() -> None:
    async with client() as api:
        for n in range(5):
            await api.post(TRIGGER, json=event(f"t-{n}", [f"s-{n}-{m}" for m in range(61)]))
        await api.post(TRIGGER, json=event("t-5", to=None))
        pages: list[list[int]] = []
        before: dict[str, int] = {}
        while True:
            page = await messages(api, **before)
            pages.append([item["id"] for item in page["items"]])
            if page["older"] is None:
                break
            before = {"before": page["older"]}
    assert [len(ids) for ids in pages] == [100, 100, 100, 6]
    assert [number for ids in pages for number in ids] == list(range(306, 0, -1))


async def test_what_is_new_is_asked_for_with_the_newest_number_known() -> None:
    async with client() as api:
        await api.post(TRIGGER, json=event("t-1"))
        known = (await messages(api))["newest"]
        nothing = await messages(api, after=known)
        await api.post(TRIGGER, json=event("t-2"))
        await api.post(TRIGGER, json=event("t-3", name="lift"))
        something = await messages(api, after=known, search="LIFT")
        await api.delete("/sandbox/deliveries")
        forgotten = await messages(api, after=something["newest"])
        wrong = await api.get("/sandbox/messages?after=now")
    assert (nothing["items"], "total" in nothing) == ([], False)
    assert [item["workflow"] for item in something["items"]] == ["lift"]
    assert (something["total"], something["newest"]) == (1, 3)
    assert forgotten["epoch"] != something["epoch"]
    assert wrong.status_code == 400
    assert "after" in wrong.json()["message"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["s-3", "s-2", "s-1", "1 recipient"]),
        ({"tenant": "tower"}, ["s-2", "s-1"]),
        ({"tenant": "campus"}, ["s-3", "1 recipient"]),
        ({"channel": "sms"}, ["s-3"]),
        ({"search": "S-2"}, ["s-2"]),
        ({"search": "fire"}, ["s-2", "s-1"]),
        ({"search": "out of service"}, ["s-3"]),
        ({"search": "must be an object"}, ["1 recipient"]),
        ({"failed": "true"}, ["s-3", "1 recipient"]),
        ({"failed": "true", "channel": "email"}, []),
        ({"failed": "true", "channel": "sms"}, ["s-3"]),
        ({"tenant": "tower", "search": "s-3"}, []),
    ],
)
async def test_the_list_is_narrowed(query: dict[str, str], found: list[str]) -> None:
    lift = {"email": {"subject": "Lift out of service", "body": "b"}, "sms": {"body": ""}}
    async with client() as api:
        await api.post(TRIGGER, json=event("t-0", "s-9", name="visitor", context={"tenant": "campus"}, payload=7))
        await api.post(TRIGGER, json=event("t-1", ["s-1", "s-2"], context={"tenant": "tower"}))
        body = event("t-2", "s-3", name="lift", context={"tenant": "campus"}, payload={**lift, "sms": {"body": " "}})
        await api.post(TRIGGER, json=body)
        page = await messages(api, **query)
    assert [item["recipient"] for item in page["items"]] == found
    assert page["total"] == len(found)


async def refusal(api: httpx.AsyncClient) -> dict[str, Any]:
    """The one refusal that the sandbox keeps, whole."""
    (item,) = (await messages(api, failed="true"))["items"]
    found: dict[str, Any] = (await api.get(f"/sandbox/messages/{item['id']}")).json()
    return found


async def test_a_refused_request_is_kept_with_novus_answer_and_what_was_asked() -> None:
    async with client() as api:
        wrong = event("t-2", ["s-2", "s-3"], overrides=7)
        await api.post(BULK, json={"events": [event("t-1"), wrong]})
        found = await refusal(api)
    assert (found["kind"], found["status"]) == ("refusal", 422)
    assert found["title"] == "events.1.overrides must be an object"
    assert found["recipient"] == "3 recipients"
    assert '"Validation Error"' in found["answer"]
    assert [asked["transactionId"] for asked in found["events"]] == ["t-1", "t-2"]
    assert found["events"][1]["recipients"] == ["s-2", "s-3"]


async def test_an_event_of_a_bulk_that_reaches_nobody_is_kept_and_the_others_are_delivered() -> None:
    async with client(workflows=("fire-alarm",)) as api:
        await api.post(BULK, json={"events": [event("t-1"), event("t-2", name="lift")]})
        found = await refusal(api)
        assert (await messages(api))["total"] == 2
    assert (found["status"], found["title"], found["workflow"]) == (201, "workflow_not_found", "lift")


async def test_a_workflow_that_is_not_known_is_kept_once() -> None:
    async with client(workflows=("fire-alarm",)) as api:
        await api.post(TRIGGER, json=event("t-1", name="lift"))
        assert (await refusal(api))["title"] == "workflow_not_found"


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("503", 503, "Service Unavailable"),
        ("reset-before", None, "No answer: the sandbox reset or kept the connection"),
    ],
)
async def test_a_fault_is_kept_as_a_refusal(kind: str, status: int | None, title: str) -> None:
    async with client(faults=((kind, 1.0),)) as api:
        with contextlib.suppress(ConnectionResetError):
            await api.post(TRIGGER, json=event("t-1"))
        found = await refusal(api)
    assert found["status"] == status
    assert found["title"].startswith(title)
    if status:
        assert found["events"][0]["transactionId"] == "t-1"


async def test_a_key_that_is_refused_is_kept_whatever_the_body_is() -> None:
    async with client() as api:
        await api.post(TRIGGER, content=b"{", headers={"Authorization": "ApiKey wrong"})
        found = await refusal(api)
    assert (found["status"], found["title"], found["events"]) == (401, "Unauthorized", [])


async def test_what_is_not_kept_any_more_is_not_found() -> None:
    async with client(keep_rows=1) as api:
        await api.post(TRIGGER, json=event("t-1"))
        await api.post(TRIGGER, json=event("t-2"))
        assert [(await api.get(f"/sandbox/messages/{number}")).status_code for number in (1, 2, 3)] == [404, 200, 404]


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
