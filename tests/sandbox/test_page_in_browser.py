"""The sandbox's page in headless Chromium."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from tests.browser import Page, open_browser
from tests.sandbox.support import BULK, KEY, TRIGGER, event, live_sandbox

TOWER = "aaaaaaaa-0000-4000-8000-000000000001"
CAMPUS = "bbbbbbbb-0000-4000-8000-000000000002"
EVERYTHING = {
    "email": {"subject": "Lift 3", "body": "<!doctype html><h1 style='color: #a4161a'>Lift 3 is out of service</h1>"},
    "in_app": {"subject": "Lift 3 stops", "body": "<p>Take <strong>lift 4</strong></p>"},
    "sms": {"body": "Lift 3 stops. " + "Take lift 4. " * 12},
    "push": {"subject": "Lift", "body": "Take the other"},
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path_factory.mktemp("chromium")) as chrome:
        yield chrome


class SandboxPage(Page):
    """The page of a sandbox, and a client that triggers events there."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        super().__init__(browser, url)
        self.api = httpx.Client(base_url=url, headers=KEY, timeout=30)

    def open(self, query: str = "") -> None:
        self.browser.get(f"{self.url}/{query}")

    def trigger(self, **fields: Any) -> httpx.Response:
        return self.api.post(TRIGGER, json=event(**fields))

    def titles(self) -> list[str]:
        found: list[str] = self.browser.execute_script(
            "return [...document.querySelectorAll('.row')].map(row => row.querySelector('strong').textContent)"
        )
        return found

    def choose_channel(self, channel: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, f"input[name=channel][value='{channel}']").click()


@pytest.fixture
def page(browser: webdriver.Chrome) -> Iterator[SandboxPage]:
    with live_sandbox() as url:
        opened = SandboxPage(browser, url)
        yield opened
        opened.api.close()
        browser.get("about:blank")


def test_a_message_appears_by_itself_in_every_channel(page: SandboxPage) -> None:
    page.open()
    page.see("#message", "Nothing has come yet")
    assert page.text(".nobody").startswith("This is a sandbox. It delivers to nobody.")
    to = {"subscriberId": f"{TOWER}:occupant-7", "email": "ada@example.org", "firstName": "<i>Ada</i>"}
    page.trigger(to=to, name=f"{TOWER}_lift", payload=EVERYTHING, context={"tenant": TOWER})
    page.see("#message h2", "Lift 3")
    page.until(lambda: page.titles() == ["Lift 3"])
    page.see("#message header", "occupant-7")
    page.see("#message header", "<i>Ada</i> · ada@example.org")
    page.see("#message header", "aaaaaaaa…0001")
    page.see(".in_app .card strong", "lift 4")
    page.see(".push .card", "Take the other")
    page.see(".sms .bubble", "Take lift 4.")
    assert page.text(".sms .segments") == "2 segments 170/306 GSM-7"
    page.browser.switch_to.frame(page.all("iframe")[0])
    headline = page.browser.find_element(By.TAG_NAME, "h1")
    assert headline.text == "Lift 3 is out of service"
    assert headline.value_of_css_property("color") == "rgba(164, 22, 26, 1)"
    page.browser.switch_to.default_content()


def test_the_reader_stays_where_they_are_while_messages_arrive(page: SandboxPage) -> None:
    for n in range(3):
        page.api.post(BULK, json={"events": [event(f"t-{n}-{m}", f"s-{n}-{m}") for m in range(20)]})
    page.open()
    page.until(page.titles)
    page.browser.execute_script("document.getElementById('list').scrollTop = 660")
    page.until(lambda: "s-2-5" in page.text("#rows"))
    page.trigger(transaction_id="new", to="newcomer")
    page.see("#arrived", "1 new")
    assert page.browser.execute_script("return document.getElementById('list').scrollTop") == 726
    page.browser.find_element(By.ID, "arrived").click()
    page.see("#rows", "newcomer")
    assert page.all("#arrived")[0].is_displayed() is False


def test_the_list_is_narrowed_by_enterprise_channel_and_text(page: SandboxPage) -> None:
    page.trigger(transaction_id="t-1", to="s-1", context={"tenant": TOWER}, payload=EVERYTHING)
    page.trigger(transaction_id="t-2", to="s-2", context={"tenant": CAMPUS}, name="visitor")
    page.trigger(
        transaction_id="t-3", to="s-3", context={"tenant": CAMPUS}, name="drill", payload={"sms": {"body": "x"}}
    )
    page.open()
    page.until(lambda: page.titles() == ["x", "Fire alarm", "Lift 3"])
    page.choose_channel("sms")
    page.until(lambda: page.titles() == ["x", "Lift 3"])
    page.choose_channel("email")
    page.until(lambda: page.titles() == ["Fire alarm", "Lift 3"])
    page.until(lambda: not page.all(".sms"))
    page.choose_channel("")
    page.browser.find_element(By.CSS_SELECTOR, f"#tenant option[value='{CAMPUS}']").click()
    page.until(lambda: page.titles() == ["x", "Fire alarm"])
    page.browser.find_element(By.ID, "search").send_keys("VISI")
    page.until(lambda: page.titles() == ["Fire alarm"])
    page.browser.refresh()
    page.until(lambda: page.titles() == ["Fire alarm"])
    page.browser.find_element(By.ID, "search").send_keys("nobody")
    page.see("#message", "Nothing here matches")
    page.trigger(transaction_id="t-4", to="visinobody", context={"tenant": CAMPUS}, payload={"chat": {"body": "later"}})
    page.until(lambda: page.titles() == ["later"])
    page.see("#message .bubble", "later")


def test_a_failed_step_and_a_refused_request_are_shown_with_novus_answer(page: SandboxPage) -> None:
    page.trigger(
        transaction_id="t-1", payload={"email": {"subject": " ", "body": "<p>b</p>"}, "sms": {"body": "Leave"}}
    )
    page.trigger(transaction_id="t-2", to=None)
    page.open("?failed=true")
    page.until(lambda: len(page.titles()) == 2)
    assert page.text("#failure-count") == "2"
    page.see("#message", "Refused: HTTP 422")
    page.see("#message pre", "to should not be null or undefined")
    page.see("#message .asked", "t-2")
    page.browser.find_element(By.ID, "list").send_keys(Keys.ARROW_DOWN)
    page.see(".email .failure", "invalid output: subject is blank")
    page.see(".sms .bubble", "Leave")
    assert not page.all(".sms .failure")


def test_forgetting_everything_empties_the_page(page: SandboxPage) -> None:
    page.trigger()
    page.open()
    page.until(lambda: page.titles() == ["Fire alarm"])
    page.api.delete("/sandbox/deliveries")
    page.see("#message", "Nothing has come yet")
    assert page.titles() == []


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that nothing may call, and the calls that it got. Its /unprotected is hostile markup."""
    calls: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/unprotected":
                self.wfile.write(hostile("unprotected", "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", calls
        server.shutdown()
        thread.join()


def hostile(place: str, canary: str) -> str:
    """Markup that calls the canary and marks the page in every way that comes to mind."""
    run = f"top.owned='{place}';document.documentElement.id='owned';fetch('{canary}/{place}-run')"
    return (
        f'</title></textarea><script>{run}</script><img src=\'x\' onerror="{run}"><svg onload="{run}"></svg>'
        f'<script src="{canary}/{place}-script"></script><img src="{canary}/{place}-image">'
        f'<link rel=stylesheet href="{canary}/{place}-style"><style>@import url({canary}/{place}-import);</style>'
        f'<iframe src="{canary}/{place}-frame"></iframe><iframe srcdoc="<script>{run.replace(chr(34), "")}</script>">'
        f'</iframe><object data="{canary}/{place}-object"></object>'
        f'<body onload="{run}" background="{canary}/{place}-background">'
        f'<meta http-equiv=refresh content="0;url={canary}/{place}-refresh"><base href="{canary}">'
        f'<form action="{canary}/{place}-form"><input autofocus onfocus="{run}"></form>'
        f'<a href="javascript:{run}">link</a><p>{place} text</p>'
    )


def test_nothing_that_was_sent_runs_or_loads(page: SandboxPage, canary: tuple[str, list[str]]) -> None:
    address, calls = canary
    page.browser.get(f"{address}/unprotected")
    page.until(lambda: {"/unprotected-run", "/unprotected-image", "/unprotected-refresh"} <= set(calls))
    page.browser.get("about:blank")
    calls.clear()
    contents = {
        channel: {"subject": hostile(f"{channel}-subject", address), "body": hostile(f"{channel}-body", address)}
        for channel in ("email", "in_app", "sms", "push", "chat")
    }
    recipient = "<img/src=x/onerror=top.owned=1>@a.b"
    name = hostile("workflow", address)
    page.trigger(transaction_id=hostile("transaction", address), to=recipient, name=name, payload=contents)
    page.trigger(transaction_id=hostile("refused", address), to=None, name=name)
    page.open()
    page.until(lambda: len(page.titles()) == 2)
    page.see("#message .asked", "<script>")
    page.browser.find_element(By.ID, "list").send_keys(Keys.ARROW_DOWN)
    page.see(".in_app .text", "in_app-body text")
    page.see(".sms .bubble", "<script>")
    page.see("#message header", recipient)
    page.browser.switch_to.frame(page.all("iframe")[0])
    page.until(lambda: "email-body text" in page.browser.find_element(By.TAG_NAME, "body").text)
    time.sleep(0.5)
    assert not page.all("#owned")
    page.browser.find_element(By.LINK_TEXT, "link").click()
    page.browser.switch_to.default_content()
    assert page.browser.execute_script("return window.owned ?? document.documentElement.id") == ""
    page.open("sandbox/messages/1/email")
    page.until(lambda: "email-body text" in page.browser.find_element(By.TAG_NAME, "body").text)
    time.sleep(0.5)
    assert not page.all("#owned")
    assert calls == []


def change(page: SandboxPage, selector: str, value: str, expected: str) -> float:
    """Milliseconds from the change of a filter until a frame shows only recipients that contain `expected`."""
    took: float = page.browser.execute_async_script(
        """
        const [selector, value, expected, done] = arguments;
        const input = document.querySelector(selector), list = document.getElementById("list");
        const began = performance.now();
        const look = () => {
          const rows = [...document.querySelectorAll(".row .recipient")].map((row) => row.textContent);
          const is = list.ariaBusy === "false" && rows.length > 0 && rows.every((row) => row.includes(expected));
          if (is) setTimeout(() => done(performance.now() - began));
          else requestAnimationFrame(look);
        };
        if (input.type === "radio") input.checked = true;
        else input.value = value;
        input.dispatchEvent(new Event(input.type === "search" ? "input" : "change", { bubbles: true }));
        requestAnimationFrame(look);
        """,
        selector,
        value,
        expected,
    )
    return took


def test_the_page_is_quick_with_10_000_messages(page: SandboxPage, capsys: pytest.CaptureFixture[str]) -> None:
    text = {"sms": {"body": "Leave by the stairs."}}
    email = {"email": {"subject": "Fire alarm", "body": "<p>Leave by the stairs.</p>" * 100}}
    for n in range(100):
        events = [
            event(
                f"{n}-{m}",
                f"{'tower' if m % 2 else 'campus'}-{'text' if m % 4 < 2 else 'mail'}-{n * 100 + m:04}",
                context={"tenant": TOWER if m % 2 else CAMPUS},
                payload=text if m % 4 < 2 else email,
            )
            for m in range(100)
        ]
        assert page.api.post(BULK, json={"events": events}).status_code == 201
    figures: dict[str, float] = {}

    def measure(name: str, figure: float) -> None:
        """Keep the best of several, because the machine may be busy with something else."""
        figures[name] = min(figure, figures.get(name, figure))

    for _ in range(5):
        page.open()
        page.see("#summary", "10,000 notifications")
        paint, rows = page.browser.execute_script(
            "return [performance.getEntriesByName('first-contentful-paint'), performance.getEntriesByName('list')]"
            ".map(([entry]) => entry.startTime)"
        )
        measure("first paint", paint)
        measure("first rows", rows)
        measure("enterprise", change(page, "#tenant", TOWER, "tower-"))
        measure("channel", change(page, "input[name=channel][value=sms]", "", "tower-text-"))
        measure("search", change(page, "#search", "-0001", "tower-text-0001"))
        page.browser.execute_script("history.replaceState(null, '', '/')")
    page.open()
    page.see("#summary", "10,000 notifications")
    for _ in range(30):
        page.browser.execute_script("const list = document.getElementById('list'); list.scrollTop = list.scrollHeight")
        time.sleep(0.03)
    page.until(lambda: page.browser.execute_script("return document.getElementById('rows').offsetHeight") > 66 * 1000)
    elements = len(page.all("*"))
    with capsys.disabled():
        took = ", ".join(f"{name} {figure:.0f} ms" for name, figure in figures.items())
        print(f"\nthe sandbox's page with 10,000 messages: {took}; {elements} elements")
    assert elements < 600
    slow = {name: figure for name, figure in figures.items() if figure >= (300 if name == "first rows" else 200)}
    assert not slow


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (800, "dark")])
def test_nothing_is_cut_off(page: SandboxPage, width: int, scheme: str) -> None:
    page.trigger(payload=EVERYTHING, to=f"{TOWER}:5f3b2a0c-96d1-4f7e-8d25-0c4ab2a8f6b1", context={"tenant": TOWER})
    page.problems()
    with page.seen_as(width, 800, scheme):
        page.open()
        page.see(".sms .bubble", "Take lift 4.")
        wide = "return [...document.querySelectorAll('html, body, #message, .panel, #filters, header')]"
        assert page.browser.execute_script(f"{wide}.filter(e => e.scrollWidth > e.clientWidth).map(e => e.id)") == []
        ground = page.browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert ground == ("rgb(244, 245, 248)" if scheme == "light" else "rgb(16, 18, 23)")
    assert page.problems() == []
