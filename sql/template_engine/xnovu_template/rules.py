"""What a channel takes: segments of a text message, bytes of a push message, one line of a subject, links of in-app
extras."""

import re
from typing import Any, Final

import orjson

from xnovu_template.html import link_passes
from xnovu_template.problem import Problem

PUSH_BYTES: Final = 4_096
EVENT_BYTES: Final = 512 * 1024

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def segments(text: str) -> tuple[int, str]:
    """Return how many segments a text message takes, and its encoding: GSM-7 or UCS-2."""
    used = set(text)
    if used <= _GSM or used <= _GSM | _GSM_EXTENSION:
        length = len(text) + sum(text.count(sign) for sign in used & _GSM_EXTENSION)
        if length <= _GSM_SINGLE:
            return 1, "GSM-7"
        return _parts([2 if sign in _GSM_EXTENSION else 1 for sign in text], _GSM_PART), "GSM-7"
    units = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    return (1 if sum(units) <= _UCS_SINGLE else _parts(units, _UCS_PART)), "UCS-2"


def outside_gsm(text: str) -> set[str]:
    """Return the characters of a text that GSM-7 has not."""
    return set(text) - _GSM - _GSM_EXTENSION


def _parts(units: list[int], size: int) -> int:
    """Count the parts that signs fill; none is torn in two."""
    parts, room = 1, size
    for unit in units:
        if unit > room:
            parts, room = parts + 1, size
        room -= unit
    return parts


def check_sms(body: str, limit: object) -> None:
    """Raise Problem sms_too_long where a text message takes more segments than the enterprise allows."""
    if not isinstance(limit, int) or len(body) <= _UCS_SINGLE // 2:
        return
    count, encoding = segments(body)
    if count > limit:
        words = f"The text message takes {count} segments ({encoding}, {len(body)} characters); the limit is {limit}."
        raise Problem(
            "sms_too_long",
            words,
            channel="SMS",
            hint="Shorten the template, or raise sms_segment_limit in notify.notification_setting.",
        )


def check_push(content: dict[str, Any]) -> None:
    """Raise Problem push_too_long where a push message is larger than the services take."""
    if sum(map(len, content.values())) * 6 < PUSH_BYTES:
        return
    size = len(orjson.dumps(content))
    if size > PUSH_BYTES:
        words = f"The push message takes {size} bytes, title and text together; up to {PUSH_BYTES} are possible."
        raise Problem("push_too_long", words, channel="PUSH")


def one_line(text: str) -> str:
    """Return a subject on one line: no line breaks, no repeated blanks, nothing that controls how text runs."""
    text = " ".join(text.split())
    return text if text.isprintable() else _CONTROLS.sub("", text)


def check_link(path: str, text: str) -> None:
    """Raise Problem template_error where a link of an in-app message's extras leads to anywhere but the web or mail."""
    if not link_passes(text):
        raise refused_link(path)


def refused_link(path: str) -> Problem:
    """Return the problem of a link that may not be."""
    words = f"{path} is a link to an address that is not http, https, mailto, tel or relative."
    return Problem("link_refused", words, channel="IN_APP")
