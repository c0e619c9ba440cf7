"""What the page shows: messages (all that one recipient gets of one event) and refusals, newest first, in pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from xnovu.sandbox.ledger import Content, Delivery, Event, Ledger, Refusal
from xnovu.sandbox.sms import count_segments

_tags = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Filter:
    """tenant, channel: exact. search: folded case, a part of a recipient, workflow, transactionId, subject or answer.

    failed: only refusals and messages of which a step failed. A refusal has no channel.
    """

    tenant: str | None = None
    channel: str | None = None
    search: str = ""
    failed: bool = False

    def matches(self, entry: Delivery | Refusal) -> Sequence[int]:
        """Which of the entry's numbers match, counted from 0."""
        if isinstance(entry, Refusal):
            return range(1) if self._refusal_matches(entry) else ()
        event = entry.event
        if (self.tenant is not None and event.tenant != self.tenant) or not self._wants(event.contents):
            return ()
        if not self.search:
            return range(len(event.subscribers))
        said = [event.workflow, event.transaction_id, *[content.subject or "" for content in event.contents]]
        if self._finds(said):
            return range(len(event.subscribers))
        return [n for n, subscriber in enumerate(event.subscribers) if self.search in subscriber.casefold()]

    def _wants(self, contents: Sequence[Content]) -> bool:
        if self.channel is None and not self.failed:
            return True
        channels = [content.channel for content in contents if content.error is not None or not self.failed]
        return bool(channels) if self.channel is None else self.channel in channels

    def _refusal_matches(self, refusal: Refusal) -> bool:
        if self.channel is not None:
            return False
        if self.tenant is not None and all(event.tenant != self.tenant for event in refusal.events):
            return False
        return (
            not self.search
            or self._finds([refusal.answer, str(refusal.status or "")])
            or any(self._finds([e.workflow, e.transaction_id, *e.subscribers]) for e in refusal.events)
        )

    def _finds(self, texts: Sequence[str]) -> bool:
        return self.search in "\n".join(texts).casefold()


def read_page(ledger: Ledger, wanted: Filter, before: int | None, after: int, limit: int) -> dict[str, Any]:
    """Up to `limit` items with numbers below `before` and above `after`, newest first, as JSON.

    older: what to give as `before` for the next page; null when there is none. newest: what to give as `after` to ask
    for what has come since. total: how many items match in all; tenants: all that there are; both are left out when
    nothing has come since `after`. epoch changes when all was forgotten.
    """
    items: list[dict[str, Any]] = []
    page = {"items": items, "older": None, "newest": ledger.newest, "epoch": ledger.epoch}
    if after >= ledger.newest:
        return page
    for entry in ledger.entries():
        if len(items) > limit or entry.first + entry.size - 1 <= after:
            break
        if before is not None and entry.first >= before:
            continue
        for n in reversed(wanted.matches(entry)):
            number = entry.first + n
            if after < number and (before is None or number < before):
                items.append(_summary(entry, n))
                if len(items) > limit:
                    break
    if len(items) > limit:
        items.pop()
        page["older"] = items[-1]["id"] if items else before
    total = sum(len(wanted.matches(entry)) for entry in ledger.unordered())
    return {**page, "total": total, "tenants": sorted(ledger.tenants)}


def find(ledger: Ledger, number: int) -> tuple[Delivery | Refusal, int] | None:
    """The entry with this number, and which of its recipients it is; none if it is not kept (any more)."""
    for entry in ledger.entries():
        if entry.first <= number:
            return (entry, number - entry.first) if number < entry.first + entry.size else None
    return None


def describe(entry: Delivery | Refusal, n: int) -> dict[str, Any]:
    """All that the page shows of one item, as JSON. An email's body is not in it: the page loads that by itself."""
    summary = _summary(entry, n)
    if isinstance(entry, Refusal):
        return {**summary, "answer": _pretty(entry.answer), "events": [_asked(event) for event in entry.events]}
    subscriber = entry.event.subscribers[n]
    return {
        **summary,
        "transactionId": entry.event.transaction_id,
        "contents": [
            {
                "channel": content.channel,
                "subject": content.subject,
                "body": None if content.channel == "email" else content.body,
                "blank": not content.body.strip(),
                "error": content.error,
                "duplicate": (subscriber, content.channel) in entry.duplicates,
                "segments": count_segments(content.body)._asdict() if content.channel == "sms" else None,
            }
            for content in entry.event.contents
        ],
    }


def _summary(entry: Delivery | Refusal, n: int) -> dict[str, Any]:
    common = {"id": entry.first + n, "at": round(entry.at * 1000)}
    if isinstance(entry, Refusal):
        workflows = dict.fromkeys(_without_tenant(e.workflow, e.tenant) for e in entry.events if e.workflow)
        recipients = sum(len(event.subscribers) for event in entry.events)
        return {
            **common,
            "kind": "refusal",
            "status": entry.status,
            "title": _message(entry.answer),
            "workflow": ", ".join(workflows),
            "own": False,
            "tenant": next((event.tenant for event in entry.events if event.tenant), None),
            "recipient": f"{recipients} recipient{'' if recipients == 1 else 's'}",
            "channels": [],
        }
    event = entry.event
    return {
        **common,
        "kind": "message",
        "status": None,
        "title": _title(event.contents),
        "workflow": _without_tenant(event.workflow, event.tenant),
        "own": event.tenant is not None and event.workflow.startswith(f"{event.tenant}_"),
        "tenant": event.tenant,
        "recipient": _without_tenant(event.subscribers[n], event.tenant),
        "channels": [{"channel": content.channel, "failed": content.error is not None} for content in event.contents],
    }


def _asked(event: Event) -> dict[str, Any]:
    return {
        "workflow": _without_tenant(event.workflow, event.tenant),
        "transactionId": event.transaction_id,
        "recipients": [_without_tenant(subscriber, event.tenant) for subscriber in event.subscribers],
    }


def _without_tenant(name: str, tenant: str | None) -> str:
    """A subscriber's or a workflow's own id: where enterprises share a target, the enterprise's stands before it."""
    return name[len(tenant) + 1 :] if tenant and name.startswith((f"{tenant}:", f"{tenant}_")) else name


def _title(contents: Sequence[Content]) -> str:
    """The email's subject, or another's, or the beginning of a text."""
    by_importance = sorted(contents, key=lambda content: content.channel != "email")
    subjects = (content.subject for content in by_importance if content.subject and not content.subject.isspace())
    return next(subjects, None) or " ".join(_tags.sub(" ", contents[0].body[:1000]).split())[:200]


def _parse(answer: str) -> Any:
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None


def _message(answer: str) -> str:
    """What an answer says in words: the messages of its fields, its message, an event's error, or all of it."""
    content = _parse(answer)
    if not isinstance(content, dict):
        return answer
    errors = content.get("errors")
    if isinstance(errors, dict):
        lines = [line for field in errors.values() if isinstance(field, dict) for line in field.get("messages", ())]
        if lines:
            return "; ".join(map(str, lines))
    return str(content.get("message") or ", ".join(content.get("error", ())) or content.get("status") or answer)


def _pretty(answer: str) -> str:
    """JSON with its lines indented; anything else as it is."""
    content = _parse(answer)
    return answer if content is None else orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
