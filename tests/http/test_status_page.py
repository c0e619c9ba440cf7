"""The page /status in headless Chromium.

The pictures in docs/images are made anew by XNOVU_PICTURES=docs/images ./run test tests/http/test_status_page.py"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from tests.browser import Page, open_browser
from tests.cluster import A, B, Database
from tests.http.support import FaceProcess, Keys
from tests.load import HOSTILE, beat

TOKEN = "the-operators-token"


@pytest.fixture(scope="module")
def face(loaded: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceProcess]:
    folder = tmp_path_factory.mktemp("face")
    with FaceProcess(folder, loaded.url("test_http"), "--drain", "0", XNOVU_METRICS_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path_factory.mktemp("chromium")) as chrome:
        yield chrome


class StatusPage(Page):
    """The page, opened anew: nobody has entered."""

    def open(self) -> None:
        self.browser.get(f"{self.url}/status")
        self.browser.execute_script("sessionStorage.clear()")
        self.browser.refresh()
        self.until(self.all("#entrance")[0].is_displayed)

    def enter(self, key: str, enterprise: str = "") -> None:
        field = self.browser.find_element(By.ID, "key")
        field.clear()
        field.send_keys(key)
        if enterprise:
            self.browser.find_element(By.ID, "enterprise").send_keys(enterprise)
        self.browser.find_element(By.CSS_SELECTOR, "#entrance button").click()

    def titles(self) -> list[str | None]:
        return [section.get_attribute("aria-label") for section in self.all("section")]


@pytest.fixture
def page(browser: webdriver.Chrome, face: FaceProcess) -> StatusPage:
    opened = StatusPage(browser, face.url)
    opened.open()
    opened.problems()
    return opened


@pytest.fixture(scope="module")
def keys(loaded: Database) -> Keys:
    return Keys(loaded)


@pytest.fixture
def hostile_worker(loaded: Database) -> Iterator[None]:
    """A worker whose name is markup."""
    beat(loaded, HOSTILE)
    yield
    with loaded.cluster.admin(loaded.name) as superuser:
        superuser.execute("delete from notify.notification_worker where worker = %s", [HOSTILE])


@pytest.mark.usefixtures("hostile_worker")
def test_an_operator_sees_all_of_it_and_hostile_text_is_inert(page: StatusPage) -> None:
    page.enter(TOKEN)
    page.see("#state", "Live")
    assert page.titles() == ["Rate", "Latency", "Lanes", "Failures", "Workers", "Targets"]
    assert page.text("#whose") == "All enterprises together"
    assert page.all("section[aria-label=Rate] svg")[0].accessible_name.startswith("Deliveries that Novu")
    paths = [str(line.get_attribute("d")) for line in page.all("section[aria-label=Rate] .line")]
    assert [path.count("L") for path in paths] == [59] * 3
    assert "critical" in page.text("section[aria-label=Latency] tbody")
    assert [row.text.split()[0] for row in page.all("section[aria-label=Lanes] tbody tr")] == [
        "critical",
        "normal",
        "bulk",
    ]
    assert "variable_missing" in page.text("section[aria-label=Failures]")
    assert "<script>document.title='owned'</script>" in page.text("section[aria-label=Workers]")
    assert "meridian" in page.text("section[aria-label=Targets]") and "OPEN" in page.text("section[aria-label=Targets]")
    assert page.browser.title == "XNovu status" and not page.all("main img, main script")
    assert page.problems() == []


def test_a_key_shows_its_enterprise_and_nothing_of_anothers(page: StatusPage, keys: Keys) -> None:
    page.enter(keys.make(A, scopes="{read}"))
    page.see("#state", "Live")
    assert page.text("#whose") == f"Enterprise {A}"
    assert page.titles() == ["Rate", "Latency", "Lanes", "Failures"]
    shown = page.text("body")
    assert "lift-maintenance" in shown and "of-b-only" not in shown and "owned" not in shown and "meridian" not in shown
    page.browser.find_element(By.ID, "leave").click()
    page.enter(keys.make(B, scopes="{read}"))
    page.see("section[aria-label=Failures]", "<script>document.title='owned'</script>")
    assert "of-b-only" in page.text("main")
    assert page.browser.title == "XNovu status" and not page.all("main img, main script")


def test_a_wrong_key_is_said_and_forgotten_and_a_companys_asks_for_which(page: StatusPage, keys: Keys) -> None:
    page.enter(f"xnovu_{'a' * 43}")
    page.see("#refusal", "This API key is not known.")
    page.enter("not-the-token")
    page.see("#refusal", "XNOVU_METRICS_TOKEN")
    assert page.browser.execute_script("return sessionStorage.length") == 0
    key = keys.make(A, B, scopes="{read}")
    page.enter(key)
    page.see("#refusal", "name one")
    page.enter(key, str(B))
    page.see("#whose", str(B))
    page.browser.refresh()
    page.see("#whose", str(B))
    assert page.browser.execute_script("return localStorage.length + document.cookie.length") == 0
    page.browser.find_element(By.ID, "leave").click()
    assert page.browser.execute_script("return sessionStorage.length") == 0 and page.text("main") == ""


def test_too_many_requests_and_a_server_that_is_away_are_waited_for(
    page: StatusPage, keys: Keys, loaded: Database, face: FaceProcess
) -> None:
    key = keys.make(A, scopes="{read}")
    with loaded.cluster.admin(loaded.name) as superuser:
        superuser.execute(
            "insert into notify.notification_api_limit (enterprise_id, key_id, requests_per_second, burst)"
            " values (%s, %s, 0.03, 1)",
            [A, keys.ids[key]],
        )
    page.enter(key)
    page.see("#state", "Live")
    page.browser.refresh()
    page.see("#state", "too many requests")
    waits = int(page.text("#state").split(" in ")[1].split()[0])
    assert 20 <= waits <= 40
    page.open()
    page.browser.execute_script("window.fetch = () => Promise.reject(new TypeError('away'))")
    page.enter(key)
    page.see("#state", "The server does not answer. It is asked again in")
    assert int(page.text("#state").split(" in ")[1].split()[0]) in range(7, 11)


@pytest.mark.parametrize("look", [("status", 1100, "light"), ("status-enterprise", 640, "dark")])
def test_nothing_is_cut_off_and_pictures_can_be_made_of_it(
    page: StatusPage, keys: Keys, loaded: Database, look: tuple[str, int, str]
) -> None:
    name, width, scheme = look
    beat(loaded, "tower-1/4711")
    with page.seen_as(width, 900, scheme):
        page.enter(TOKEN if name == "status" else keys.make(A, scopes="{read}"))
        page.see("#state", "Live")
        wide = "return [...document.querySelectorAll('html, body, main, section, header, .scrolled')]"
        assert page.browser.execute_script(f"{wide}.filter(e => e.scrollWidth > e.clientWidth).map(e => e.id)") == []
        ground = page.browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert ground == ("rgb(244, 245, 248)" if scheme == "light" else "rgb(16, 18, 23)")
        height = page.browser.execute_script("return document.documentElement.scrollHeight")
    if folder := os.environ.get("XNOVU_PICTURES"):
        with page.seen_as(width, height + 8, scheme):
            page.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 1, "y": 1})
            (Path(folder) / f"{name}.png").write_bytes(page.browser.get_screenshot_as_png())
