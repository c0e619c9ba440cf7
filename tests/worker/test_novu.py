"""The HTTP client: what it sends, and the facts it hands back for every way in which a call can end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from tests.worker.server import Exchange, Handler, serve
from tests.worker.support import events, make_log, make_settings

from xnovu.novu import MAX_ANSWER, MAX_TEXT, Answer, Call, Novu, decode_body, join_events, parse_retry_after
from xnovu.settings import Source

CALL = Call("default", "POST", "/v1/events/trigger", {}, b'{"name":"w"}')


async def send_to(handler: Handler, call: Call = CALL, **settings: Any) -> tuple[Answer, list[Exchange]]:
    log, _ = make_log()
    async with serve(handler) as server, Novu(make_settings(server.url, **settings), log) as novu:
        await novu.opened()
        return await novu.send(call), server.received


async def test_a_call_carries_key_headers_and_body_unchanged() -> None:
    async def accept(exchange: Exchange) -> None:
        await exchange.answer(201, b'{"data":{"status":"processed"}}')

    call = Call("default", "POST", "/v1/events/trigger", {"Idempotency-Key": "abc"}, '{"name" : "ü"}'.encode())
    answer, received = await send_to(accept, call)
    (request,) = received
    assert (request.method, request.path) == ("POST", "/v1/events/trigger")
    assert request.headers["authorization"] == "ApiKey the-secret-key"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "abc"
    assert request.headers["user-agent"].startswith("xnovu/")
    assert request.body == '{"name" : "ü"}'.encode()
    assert (answer.status, answer.body, answer.failure) == (201, {"data": {"status": "processed"}}, None)
    assert answer.latency_ms > 0


async def test_a_call_without_a_body_sends_none() -> None:
    async def accept(exchange: Exchange) -> None:
        await exchange.answer(200, b'{"data":true}')

    answer, (request,) = await send_to(accept, Call("default", "DELETE", "/v1/events/trigger/t1", {}, None))
    assert (request.method, request.path, request.body) == ("DELETE", "/v1/events/trigger/t1", b"")
    assert answer.body == {"data": True}


async def test_headers_of_a_request_can_not_replace_the_key() -> None:
    async def accept(exchange: Exchange) -> None:
        await exchange.answer(201)

    call = Call("default", "POST", "/x", {"authorization": "ApiKey other"}, b"{}")
    _, (request,) = await send_to(accept, call)
    assert request.headers["authorization"] == "ApiKey the-secret-key"


async def test_a_refusal_is_handed_back_with_what_novu_said() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer(422, b'{"message":"workflow_not_found"}')

    answer, _ = await send_to(refuse)
    assert (answer.status, answer.body, answer.failure) == (422, {"message": "workflow_not_found"}, None)


async def test_retry_after_is_handed_back_in_seconds() -> None:
    async def limit(exchange: Exchange) -> None:
        await exchange.answer(429, b"{}", {"Retry-After": "7"})

    answer, _ = await send_to(limit)
    assert (answer.status, answer.retry_after) == (429, 7.0)


async def test_a_redirect_is_not_followed() -> None:
    async def redirect(exchange: Exchange) -> None:
        await exchange.answer(307, b"", {"Location": "/elsewhere"})

    answer, received = await send_to(redirect)
    assert answer.status == 307
    assert len(received) == 1


async def test_a_refused_connection_did_not_reach_novu() -> None:
    log, _ = make_log()
    async with Novu(make_settings("http://127.0.0.1:1"), log) as novu:
        answer = await novu.send(CALL)
    assert (answer.status, answer.failure) == (None, "connect")
    assert answer.message == "connect error: Connection refused"


async def test_a_connection_that_is_never_accepted_did_not_reach_novu() -> None:
    # TEST-NET-1 of RFC 5737 answers nobody; a machine without a route refuses at once, which is the same kind.
    log, _ = make_log()
    async with Novu(make_settings("http://192.0.2.1", timeout=0.2), log) as novu:
        answer = await novu.send(CALL)
    assert (answer.status, answer.failure) == (None, "connect")


async def test_a_reset_after_the_request_may_have_reached_novu() -> None:
    async def reset(exchange: Exchange) -> None:
        exchange.reset()

    answer, _ = await send_to(reset)
    assert (answer.status, answer.failure) == (None, "no_answer")


async def test_a_connection_closed_without_an_answer_may_have_reached_novu() -> None:
    async def close(exchange: Exchange) -> None:
        exchange.writer.close()

    answer, _ = await send_to(close)
    assert (answer.status, answer.failure) == (None, "no_answer")


async def test_silence_ends_at_the_timeout_and_may_have_reached_novu() -> None:
    async def hang(exchange: Exchange) -> None:
        await asyncio.sleep(60)

    answer, _ = await send_to(hang, timeout=0.2)
    assert (answer.status, answer.failure, answer.message) == (None, "no_answer", "no answer within 0.2 s")
    assert 150 <= answer.latency_ms < 1000


async def test_an_answer_that_drips_ends_at_the_timeout() -> None:
    async def drip(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await exchange.write(b" ")
            await asyncio.sleep(0.05)

    answer, _ = await send_to(drip, timeout=0.3)
    assert (answer.status, answer.failure) == (None, "no_answer")
    assert answer.latency_ms < 1000


async def test_an_answer_that_breaks_off_counts_as_none() -> None:
    async def break_off(exchange: Exchange) -> None:
        await exchange.write(b'HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n{"data":')
        exchange.writer.close()

    answer, _ = await send_to(break_off)
    assert (answer.status, answer.failure) == (None, "no_answer")


async def test_what_is_not_http_counts_as_no_answer() -> None:
    async def babble(exchange: Exchange) -> None:
        await exchange.write(b"\x00\x01\x02 hello\r\n\r\n")

    answer, _ = await send_to(babble)
    assert (answer.status, answer.failure) == (None, "no_answer")


async def test_a_chunked_answer_is_put_together() -> None:
    async def chunk(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (b'{"data"', b":[1]}"):
            await exchange.write(b"%x\r\n%s\r\n" % (len(part), part))
        await exchange.write(b"0\r\n\r\n")

    answer, _ = await send_to(chunk)
    assert answer.body == {"data": [1]}


async def test_an_endless_answer_is_cut_off() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await exchange.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    answer, _ = await send_to(flood, timeout=10.0, lease=20.0)
    assert answer.status == 200
    assert answer.body == "x" * MAX_TEXT
    assert MAX_TEXT < MAX_ANSWER


async def test_an_html_page_is_handed_back_as_its_first_text() -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.answer(502, b"<html>Bad\x00 Gateway</html>")

    answer, _ = await send_to(page)
    assert (answer.status, answer.body) == (502, "<html>Bad Gateway</html>")


async def test_a_header_that_can_not_be_sent_is_a_failure_before_the_request() -> None:
    async def accept(exchange: Exchange) -> None:
        await exchange.answer(201)

    answer, received = await send_to(accept, Call("default", "POST", "/x", {"X-Note": "a\nb"}, b"{}"))
    assert answer.status is None
    assert answer.failure in ("connect", "no_answer")
    assert received == []


async def test_a_key_that_was_rotated_in_its_file_is_read_again_on_a_401(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("old-key")

    async def check(exchange: Exchange) -> None:
        await exchange.answer(201 if exchange.headers["authorization"] == "ApiKey new-key" else 401, b"{}")

    log, _ = make_log()
    source = Source("NOVU_SECRET_KEY", file=str(file))
    async with serve(check) as server, Novu(make_settings(server.url, novu_secret_key=source), log) as novu:
        assert (await novu.send(CALL)).status == 401
        assert len(server.received) == 1, "a key that is still the same is not tried again"
        file.write_text("new-key")
        assert (await novu.send(CALL)).status == 201
        assert (await novu.send(CALL)).status == 201
        assert len(server.received) == 4


async def test_a_target_without_url_is_a_failure_before_the_request() -> None:
    async def accept(exchange: Exchange) -> None:
        await exchange.answer(201)

    answer, received = await send_to(accept, Call("annex", "POST", "/x", {}, b"{}"))
    assert (answer.failure, received) == ("connect", [])
    assert "NOVU_API_URL_ANNEX" in str(answer.message)


async def test_an_absence_is_logged_when_it_begins_and_when_it_ends() -> None:
    log, stream = make_log()
    refuse = True

    async def handle(exchange: Exchange) -> None:
        if refuse:
            exchange.reset()
        else:
            await exchange.answer(201, b"{}")

    async with serve(handle) as server, Novu(make_settings(server.url), log) as novu:
        for _ in range(3):
            await novu.send(CALL)
        refuse = False
        for _ in range(3):
            await novu.send(CALL)
    assert [entry["event"] for entry in events(stream)] == ["novu_unreachable", "novu_answers"]


def test_the_events_of_a_bulk_are_joined_without_being_parsed() -> None:
    bodies = ['{"name" : "a"}', '{"name":"ü","n":1e400}']
    assert join_events(bodies) == '{"events":[{"name" : "a"},{"name":"ü","n":1e400}]}'.encode()


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"", None),
        (b"  \n", None),
        (b'{"a":[1,2.5,null,true]}', {"a": [1, 2.5, None, True]}),
        (b'"text"', "text"),
        (b'{"a\\u0000":"b\\u0000c"}', {"a": "bc"}),
        (b'{"a":"b\\ud800c"}', {"a": "b?c"}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":NaN}', '{"a":NaN}'),
        (b'{"a":1e999}', '{"a":1e999}'),
        (b"\xff\xfe{}", "\ufffd\ufffd{}"),
        (b"[" * 100_000, "[" * MAX_TEXT),
        (b'{"data":', '{"data":'),
        (b"9" * 5000, "9" * MAX_TEXT),
    ],
)
def test_a_body_becomes_what_jsonb_can_hold(raw: bytes, body: object) -> None:
    assert decode_body(raw) == body
    json.dumps(decode_body(raw), allow_nan=False)


def test_retry_after_takes_seconds_and_dates() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    expected: Mapping[str | None, float | None] = {
        None: None,
        "0": 0.0,
        "120": 120.0,
        " 1.5 ": 1.5,
        past: 0.0,
        "-5": None,
        "soon": None,
        "": None,
        "nan": None,
        "9" * 400: None,
    }
    assert {header: parse_retry_after(header) for header in expected} == expected
    assert 25 < (parse_retry_after(soon) or 0) <= 30


def test_a_retry_after_that_is_a_date_is_compared_with_the_answers_own_clock() -> None:
    """A worker whose clock was a day behind waited for as long as the database let it, where 2 s were asked for."""
    asked, answered = "Fri, 02 Jan 2015 10:00:02 GMT", "Fri, 02 Jan 2015 10:00:00 GMT"
    assert parse_retry_after(asked, answered) == 2.0
    assert parse_retry_after("5", answered) == 5.0
    assert parse_retry_after(asked, "nonsense") == 0.0
