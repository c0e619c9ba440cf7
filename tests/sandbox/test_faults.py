"""Faults by chance, over a real connection where the connection is the point."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from tests.sandbox.support import BULK, KEY, TRIGGER, client, counts, event, live_sandbox


@pytest.mark.parametrize("status", [500, 503, 402])
async def test_a_status_fault_answers_without_handling(status: int) -> None:
    async with client(faults=((str(status), 1.0),)) as api:
        answer = await api.post(TRIGGER, json=event())
        found = await counts(api)
    assert answer.status_code == status
    assert answer.json()["statusCode"] == status
    assert (found["requests"], found["faults"], found["delivered_rows"]) == (1, {str(status): 1}, 0)


async def test_429_carries_retry_after_in_seconds_and_rate_limit_headers() -> None:
    async with client(faults=(("429", 1.0),)) as api:
        answer = await api.post(TRIGGER, json=event())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["ratelimit-remaining"] == "0"


@pytest.mark.parametrize(("kind", "delivered"), [("reset-before", 0), ("reset-after", 1)])
async def test_a_reset_closes_the_connection_without_an_answer(kind: str, delivered: int) -> None:
    with live_sandbox(faults=((kind, 1.0),)) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            with pytest.raises((httpx.ReadError, httpx.WriteError)):
                await api.post(TRIGGER, json=event())
            found = await counts(api)
    assert (found["delivered_rows"], found["faults"]) == (delivered, {kind: 1})


async def test_a_reset_reaches_tcp_before_a_large_body_was_read() -> None:
    body = {"events": [event(f"t-{n}", payload={"sms": {"body": "x" * 400_000}}) for n in range(20)]}
    with live_sandbox(faults=(("reset-before", 1.0),)) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            with pytest.raises((httpx.ReadError, httpx.WriteError)):
                await api.post(BULK, json=body)
            assert (await counts(api))["delivered_rows"] == 0


async def test_a_reset_is_rst_at_tcp_level() -> None:
    with live_sandbox(faults=(("reset-after", 1.0),)) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps(event()).encode()
        head = f"POST {TRIGGER} HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey sandbox-key\r\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_a_hang_handles_the_request_and_does_not_answer() -> None:
    with live_sandbox(faults=(("hang", 1.0),)) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            with pytest.raises(httpx.ReadTimeout):
                await api.post(TRIGGER, json=event(), timeout=0.5)
            found = await counts(api)
            with pytest.raises(httpx.ReadTimeout):
                await api.post(TRIGGER, json=event(), timeout=0.5)
            again = await counts(api)
    assert (found["delivered_rows"], found["faults"]) == (1, {"hang": 1})
    assert (again["delivered_rows"], again["events_dropped"], again["duplicates"]) == (1, 1, 0)


async def test_a_hang_answers_at_last() -> None:
    with live_sandbox(faults=(("hang", 1.0),), hang_seconds=0.3) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            started = time.monotonic()
            answer = await api.post(TRIGGER, json=event())
    assert answer.status_code == 201
    assert time.monotonic() - started >= 0.3


async def test_what_hangs_does_not_hold_up_the_end() -> None:
    with live_sandbox(faults=(("hang", 1.0),)) as url:
        api = httpx.AsyncClient(base_url=url, headers=KEY)
        hanging = asyncio.create_task(api.post(TRIGGER, json=event()))
        await asyncio.sleep(0.2)
        started = time.monotonic()
    assert time.monotonic() - started < 3
    assert (await hanging).status_code == 201
    await api.aclose()


async def test_a_malformed_answer_is_201_with_broken_json_after_handling() -> None:
    with live_sandbox(faults=(("malformed", 1.0),)) as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            answer = await api.post(TRIGGER, json=event())
            found = await counts(api)
    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert found["delivered_rows"] == 1


async def test_faults_strike_as_often_as_asked_and_the_same_with_the_same_seed() -> None:
    async def statuses(seed: int) -> list[int]:
        async with client(faults=(("500", 0.2), ("503", 0.1)), seed=seed) as api:
            return [(await api.post(TRIGGER, json=event())).status_code for _ in range(500)]

    first, again, other = await statuses(1), await statuses(1), await statuses(2)
    assert first == again != other
    assert 70 < first.count(500) < 130
    assert 25 < first.count(503) < 75


async def test_faults_spare_the_sandbox_s_own_routes() -> None:
    async with client(faults=(("500", 1.0),)) as api:
        for path in ("/", "/sandbox/counts", "/sandbox/deliveries", "/v1/health-check"):
            assert (await api.get(path)).status_code == 200


async def test_without_latency_an_answer_does_not_wait_for_the_client_s_acknowledgement() -> None:
    with live_sandbox() as url:
        async with httpx.AsyncClient(base_url=url, headers=KEY) as api:
            took = []
            for n in range(20):
                started = time.monotonic()
                await api.post(TRIGGER, json=event(f"t-{n}"))
                took.append(time.monotonic() - started)
    assert sorted(took)[10] < 0.035


async def test_latency_lies_between_its_base_and_base_plus_jitter() -> None:
    async with client(latency_ms=50, latency_jitter_ms=50, seed=1) as api:
        took = []
        for n in range(5):
            started = time.monotonic()
            await api.post(TRIGGER, json=event(f"t-{n}"))
            took.append(time.monotonic() - started)
    assert min(took) >= 0.05
    assert max(took) - min(took) > 0.005
