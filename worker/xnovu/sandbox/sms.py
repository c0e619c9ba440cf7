"""How many segments a text message takes (3GPP TS 23.038: the GSM 7-bit default alphabet, or UCS-2)."""

from __future__ import annotations

from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM_7 = "GSM-7"
UCS_2 = "UCS-2"


class Segments(NamedTuple):
    """units: septets in GSM-7, 16-bit units in UCS-2. room: the units that these segments hold."""

    encoding: str
    units: int
    segments: int
    room: int


def count_segments(text: str) -> Segments:
    """What it takes to send the text: one message of 160 (GSM-7) or 70 (UCS-2) units, or parts of 153 or 67 units.

    A character of two units (an extension of GSM-7, an emoji in UCS-2) is not divided between two parts.
    """
    if all(character in BASIC or character in EXTENSION for character in text):
        return _count(GSM_7, [2 if character in EXTENSION else 1 for character in text], 160, 153)
    return _count(UCS_2, [2 if character > "\uffff" else 1 for character in text], 70, 67)


def _count(encoding: str, widths: list[int], alone: int, part: int) -> Segments:
    units = sum(widths)
    if units <= alone:
        return Segments(encoding, units, 1, alone)
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return Segments(encoding, units, segments, segments * part)
