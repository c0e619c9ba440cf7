"""What the sandbox knows of subscribers: what events say of them in `to`, by which Novu creates and updates them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

FIELDS = ("email", "phone", "firstName", "lastName", "avatar", "locale", "data")


class Subscribers:
    """The newest `keep` subscribers of whom something is known. A field that an event leaves out stays as it was."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._known: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def upsert(self, to: object) -> None:
        """Take over what the objects among an event's recipients say; a bare id says nothing."""
        for entry in to if isinstance(to, list) else [to]:
            if not isinstance(entry, dict) or not isinstance(entry.get("subscriberId"), str):
                continue
            given = {field: entry[field] for field in FIELDS if field in entry}
            if given:
                known = self._known.pop(entry["subscriberId"], {})
                self._known[entry["subscriberId"]] = known | given
                if len(self._known) > self._keep:
                    self._known.popitem(last=False)

    def get(self, subscriber: str) -> dict[str, Any]:
        """What is known of one; nothing, if nothing is."""
        return self._known.get(subscriber, {})

    def all(self) -> dict[str, dict[str, Any]]:
        """What is known of all of them, by id."""
        return dict(self._known)

    def clear(self) -> None:
        """Forget them."""
        self._known.clear()
