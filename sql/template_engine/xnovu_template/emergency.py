"""Renders a notification of the critical lane: whatever its templates or payload lack, each channel ends with a text.

Each channel is first rendered as any other. If that fails, what is missing is shown in square brackets and what fails
is left out; and if that fails too, the channel gets the workflow's fallback. All that this took is a warning.
"""

from typing import Any, Final

import orjson

from xnovu_template.bundle import Bundle
from xnovu_template.channel import STEPS, render_channel
from xnovu_template.item import Item
from xnovu_template.lenient import LenientItem
from xnovu_template.payload import read_values
from xnovu_template.problem import Problem
from xnovu_template.scene import scene

EMERGENCY_BYTES: Final = 480_000
"""What engine.render_claim takes."""

Facts = dict[str, Any]


class Emergency:
    """What SQL hands over for a notification of the critical lane: `fallback` by step, as a content has it, and the
    channels that were asked for in vain. `used` has the channels that got the fallback; `item` rendered the last one,
    unless that got it."""

    def __init__(self, given: Facts) -> None:
        self.fallback: Facts = given["fallback"]
        self.dropped: list[str] = given.get("dropped") or []
        self.used: dict[str, Facts] = {}
        self.item: Item | None = None

    def render(
        self, bundle: Bundle, payload: str | None, notification: Facts, channels: list[str]
    ) -> tuple[str, list[Facts]]:
        """Return the content as JSON text, and the warnings."""
        values = self.read(bundle, payload, notification)
        content = {STEPS[channel][0]: self.render_channel(bundle, values, channel) for channel in channels}
        while len(encoded := orjson.dumps(content)) > EMERGENCY_BYTES and len(self.used) < len(channels):
            rest = [channel for channel in channels if channel not in self.used]
            largest = max(rest, key=lambda channel: len(orjson.dumps(content[STEPS[channel][0]])))
            words = f"what was rendered has {len(encoded)} bytes; Novu takes 512 KB an event."
            scene.note(Problem("content_too_large", words, channel=largest))
            content[STEPS[largest][0]] = self.fall_back(largest)
        return encoded.decode(), self.warnings()

    def read(self, bundle: Bundle, payload: str | None, notification: Facts) -> Facts | None:
        """Return what templates see; None where the payload can't be used at all."""
        try:
            return read_values(bundle, payload, notification, scene.note)
        except Problem as problem:
            scene.note(problem)
            return None

    def render_channel(self, bundle: Bundle, values: Facts | None, channel: str) -> Facts:
        """Return what a channel's step gets: in any case a text."""
        scene.channel = channel
        if values is None:
            return self.fall_back(channel)
        try:
            content = self.try_twice(bundle, values, channel)
            if content is None:
                scene.note(Problem("content_blank", f"The body is blank for {channel}.", channel=channel))
        except Problem as problem:
            scene.note(problem)
            content = None
        except Exception as error:
            scene.note(Problem("template_error", f"It can't be rendered ({type(error).__name__}).", channel=channel))
            content = None
        if content is None:
            return self.fall_back(channel)
        if content.get("subject", "-").strip() in ("", "[TEST]"):
            content["subject"] = self.fallback[STEPS[channel][0]]["subject"]
        return content

    def try_twice(self, bundle: Bundle, values: Facts, channel: str) -> Facts | None:
        """Render a channel as any other, and if that fails leniently. Raises Problem when both fail."""
        try:
            self.item = Item(bundle, values)
            return render_channel(self.item, channel)
        except Problem as problem:
            before = len(scene.warnings)
            self.item = LenientItem(bundle, values)
            content = render_channel(self.item, channel)
            if len(scene.warnings) == before:
                scene.note(problem)
            return content

    def fall_back(self, channel: str) -> Facts:
        """Return the workflow's fallback for a channel, and keep in mind that it was needed."""
        words = f"{channel} went out as the workflow's fallback text."
        self.item = None
        self.used[channel] = {"code": "fallback_used", "message": words, "channel": channel}
        fallback: Facts = self.fallback[STEPS[channel][0]]
        return fallback

    def warnings(self) -> list[Facts]:
        """Return all warnings."""
        words = "The workflow has no template for it: the channel was left out."
        dropped = [{"code": "template_missing", "message": words, "channel": channel} for channel in self.dropped]
        return [*scene.warnings, *dropped, *self.used.values()]
