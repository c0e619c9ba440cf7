"""What the filters must know of the notification that is being rendered: its languages, its time zone.

A backend renders one item at a time, so there is one scene. Filters can ask for it; templates see none of it.
"""

import re
from typing import Any, Final

from xnovu_template.problem import Place, Problem

_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
MAX_NAME: Final = 64
MAX_WARNINGS: Final = 20


def is_locale(text: object) -> bool:
    """Tell whether a text has the form of a locale's name, such as da or da-DK."""
    return isinstance(text, str) and _LOCALE.fullmatch(text) is not None


def is_zone(text: object) -> bool:
    """Tell whether a text has the form of a time zone's name, such as Europe/Copenhagen."""
    return isinstance(text, str) and len(text) <= MAX_NAME and _ZONE.fullmatch(text) is not None


def locales_of(*names: object) -> tuple[str, ...]:
    """Return the chain of locales: each name, then what is left without its last part, and so on, without repetitions:
    zh-Hant-HK, zh-Hant, zh, en-GB, en."""
    chain: list[str] = []
    for name in names:
        if isinstance(name, str) and is_locale(name):
            parts = name.replace("_", "-").split("-")
            for length in range(len(parts), 0, -1):
                step = "-".join(parts[:length])
                if step not in chain:
                    chain.append(step)
    return tuple(chain)


class Scene:
    """What one item's filters may ask for: its locales and time zones, the first that fits first; and its warnings."""

    def __init__(self) -> None:
        self.notification: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self.payload: dict[str, Any] = {}
        self.warnings: list[dict[str, Any]] = []
        self.channel = ""
        self.place: Place | None = None

    def open(self, notification: dict[str, Any], settings: dict[str, Any]) -> None:
        """Begin with another item, of which the payload is not known yet."""
        self.notification, self.settings, self.payload = notification, settings, {}
        self.channel = ""
        self.warnings = []
        self.place = None

    @property
    def locales(self) -> tuple[str, ...]:
        return locales_of(self.notification.get("locale"), self.settings.get("locale"))

    @property
    def zones(self) -> tuple[object, ...]:
        return self.notification.get("time_zone"), self.payload.get("time_zone"), self.settings.get("time_zone")

    def warn(self, code: str, message: str) -> None:
        """Note something that the sender should know, once."""
        warning = {"code": code, "message": message, "channel": self.channel}
        if warning not in self.warnings and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(warning)

    def note(self, problem: Problem) -> None:
        """Note what an emergency goes out in spite of, once."""
        placed = problem if self.place is None else problem.at(self.place)
        warning = placed.facts() | ({} if placed.channel or not self.channel else {"channel": self.channel})
        if warning not in self.warnings and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(warning)


scene: Final = Scene()
