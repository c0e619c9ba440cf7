"""Headless Chromium, and a page in it, for the tests of our pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1280,800"
)


@contextmanager
def open_browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser that keeps its profile in that folder; fails the test where there is no Chromium."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.fail(
            "There is no Chromium here. ./run test installs it: Debian's packages chromium and chromium-driver."
        )
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ARGUMENTS.split():
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_script_timeout(20)
    yield chrome
    chrome.quit()


class Page:
    """A page that a server at `url` serves."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """The text of the one element, or nothing. It may be replaced while we read."""
        found: str = self.browser.execute_script(
            "return document.querySelector(arguments[0])?.innerText ?? ''", selector
        )
        return found

    def see(self, selector: str, text: str) -> None:
        self.until(lambda: text in self.text(selector))

    def until(self, condition: Callable[[], object]) -> None:
        WebDriverWait(self.browser, 10, poll_frequency=0.05).until(lambda _: condition())

    def problems(self) -> list[str]:
        """What the browser has complained of since the last call."""
        chromium: Any = self.browser  # selenium has no types for its log
        log: list[dict[str, Any]] = chromium.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    @contextmanager
    def seen_as(self, width: int, height: int, scheme: str) -> Iterator[None]:
        """As a window of that size shows it, in a light or dark scheme."""
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            yield
        finally:
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
            self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
