"""The check of each Novu environment that this machine's variables name: reachable, truly Novu, and the key accepted.

It asks for the activity of a transactionId that nobody has: a GET that Novu documents for every edition, that needs the
key, changes nothing and returns an empty list."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from uuid import uuid4

import httpx

from xnovu import version
from xnovu.doctor.check import Check
from xnovu.doctor.clock import Reading
from xnovu.errors import UserError
from xnovu.settings import DEFAULT_TARGET, find_source, read_api_url, read_secret_key

PATH = "/v1/notifications"
NETWORK = "Check the URL from this machine: curl -I URL; then DNS, proxy and firewall between it and Novu."
KEY = "Copy the environment's secret key again from Novu's API keys page; cloud keys differ by region (api, eu.api)."
URL = "Give the API's base URL: https://api.novu.co, https://eu.api.novu.co, or your own server's; without /v1."


def check_targets(
    environ: Mapping[str, str], options: Mapping[str, str | None], timeout: float, readings: list[Reading]
) -> list[Check]:
    """A check for each target, the default one first; what their clocks say is added to `readings`."""
    return [_check_target(name, environ, options, timeout, readings) for name in (DEFAULT_TARGET, *_further(environ))]


def _further(environ: Mapping[str, str]) -> list[str]:
    """The suffixes of the variables that name further targets."""
    found = (re.fullmatch(r"NOVU_(?:API_URL|SECRET_KEY)_([A-Z0-9_]+?)(?:_FILE)?", name) for name in environ)
    return sorted({match[1] for match in found if match} - {"FILE"})


def _check_target(
    target: str,
    environ: Mapping[str, str],
    options: Mapping[str, str | None],
    timeout: float,
    readings: list[Reading],
) -> Check:
    is_default = target == DEFAULT_TARGET
    name = "novu" if is_default else f"novu {target.lower()}"
    suffix = "" if is_default else f"_{target}"
    names = [f"NOVU_API_URL{suffix}", f"NOVU_SECRET_KEY{suffix}"]
    given = [word for word in names for source in (environ, options) if source.get(word) or source.get(f"{word}_FILE")]
    if not given:
        mend = "Where a worker runs, set NOVU_API_URL and NOVU_SECRET_KEY (or …_FILE), and run this there."
        return Check(name, "skipped", "neither NOVU_API_URL nor NOVU_SECRET_KEY is set", mend)
    try:
        url, key = (find_source(word, environ, options.get(word), options.get(f"{word}_FILE")) for word in names)
        return _ask(name, read_api_url(url), read_secret_key(key), timeout, readings)
    except UserError as error:
        return Check(name, "failed", error.message, error.hint)


def _ask(name: str, url: str, key: str, timeout: float, readings: list[Reading]) -> Check:
    headers = {"Authorization": f"ApiKey {key}", "Accept": "application/json", "User-Agent": f"xnovu/{version()}"}
    query = {"transactionId": f"xnovu-doctor-{uuid4()}", "page": "0", "limit": "1"}
    started = time.time()
    try:
        response = httpx.get(f"{url}{PATH}", params=query, headers=headers, timeout=timeout)
    except httpx.TimeoutException:
        return Check(name, "failed", f"{url} gave no answer within {timeout:g} s", NETWORK)
    except httpx.HTTPError as error:
        return Check(name, "failed", f"{url} can't be reached: {str(error) or type(error).__name__}", NETWORK)
    _read_clock(url, response.headers.get("Date"), started, readings)
    return _judge(name, url, response)


def _judge(name: str, url: str, response: httpx.Response) -> Check:
    status = response.status_code
    if status == 200 and _is_list(response):
        return Check(name, "ok", f"{url} is reached, and accepts the key")
    if status == 429:
        found = f"{url} is reached, and limits the rate now (HTTP 429), so the key was not tried"
        return Check(name, "warning", found, "Run this again in a minute.")
    return Check(name, "failed", *_explain(status, url, response.headers.get("Location")))


def _explain(status: int, url: str, location: str | None) -> tuple[str, str]:
    """What an unwelcome status means, and how to mend it."""
    if status in (401, 403):
        return f"{url} is reached, and refuses the key (HTTP {status})", KEY
    if status == 402:
        mend = "Raise the plan, or wait for its next period: until then Novu accepts nothing."
        return f"{url} is reached, and so is the plan's limit (HTTP 402)", mend
    if status >= 500:
        mend = "Look at that server, or at https://status.novu.co for the cloud."
        return f"{url} is reached, and answers with HTTP {status}", mend
    if location:
        to = location.split("?")[0]
        return f"{url} sends on to {to} (HTTP {status}), and a worker doesn't follow", URL
    return f"{url} answers (HTTP {status}), but not as Novu's API does", URL


def _is_list(response: httpx.Response) -> bool:
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and isinstance(body.get("data"), list)


def _read_clock(url: str, date: str | None, started: float, readings: list[Reading]) -> None:
    """Note the server's Date, which is a whole second, against the middle of the call."""
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError:
        return
    ended = time.time()
    seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() + 0.5
    readings.append(Reading(url, seconds - (started + ended) / 2, (ended - started) / 2 + 0.5))
