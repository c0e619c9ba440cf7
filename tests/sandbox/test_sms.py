"""The segments of a text message."""

from __future__ import annotations

import pytest

from xnovu.sandbox.sms import Segments, count_segments


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", ("GSM-7", 0, 1, 160)),
        ("a" * 160, ("GSM-7", 160, 1, 160)),
        ("a" * 161, ("GSM-7", 161, 2, 306)),
        ("a" * 306, ("GSM-7", 306, 2, 306)),
        ("a" * 307, ("GSM-7", 307, 3, 459)),
        ("@£ñÆ\n", ("GSM-7", 5, 1, 160)),
        ("€" * 80, ("GSM-7", 160, 1, 160)),
        ("€" * 80 + "a", ("GSM-7", 161, 2, 306)),
        ("火" * 70, ("UCS-2", 70, 1, 70)),
        ("火" * 71, ("UCS-2", 71, 2, 134)),
        ("a" * 71 + "“", ("UCS-2", 72, 2, 134)),
        ("🔥" * 35, ("UCS-2", 70, 1, 70)),
        ("🔥" * 36, ("UCS-2", 72, 2, 134)),
    ],
)
def test_segments_are_counted_in_the_alphabet_that_holds_the_text(
    text: str, counted: tuple[str, int, int, int]
) -> None:
    assert count_segments(text) == Segments(*counted)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 152 + "€" + "a" * 152, 3), ("a" * 151 + "€" + "a" * 153, 2), ("火" * 66 + "🔥" + "火" * 66, 3)],
)
def test_a_character_of_two_units_is_not_divided_between_segments(text: str, segments: int) -> None:
    assert count_segments(text).segments == segments
