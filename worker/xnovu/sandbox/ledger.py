"""What the sandbox remembers: which transactionIds are in flight or used up, what it delivered, and exact counts.

Duplicates are as Novu has them. An id is used up once a request that carried it has been decided: a request that begins
afterwards is acknowledged and delivers nothing. Requests that are under way together know nothing of each other, so
each of them delivers; so do two events of one bulk.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

KEEP_REFUSALS = 1000
MAX_ANSWER = 4096


class Content(NamedTuple):
    """What one channel of an event says. With an error, the step failed and nothing was delivered."""

    channel: str
    subject: str | None
    body: str
    error: str | None


class Event(NamedTuple):
    """An event that is to be delivered: each of its contents to each of its subscribers (distinct ids)."""

    workflow: str
    transaction_id: str
    tenant: str | None
    subscribers: tuple[str, ...]
    contents: tuple[Content, ...]


class Refusal(NamedTuple):
    """A request, or an event of a bulk, that was not taken, with what was answered; no status means no answer at all.

    events: what was asked, as far as it could be read; their contents are left out.
    """

    first: int
    at: float
    status: int | None
    answer: str
    events: tuple[Event, ...]

    @property
    def size(self) -> int:
        """How many numbers it takes in the list."""
        return 1


class Delivery(NamedTuple):
    """An event that was delivered. What its n-th subscriber got has the number first + n in the list of all items."""

    at: float
    event: Event
    duplicates: frozenset[tuple[str, str]]
    """The (subscriber, channel) pairs that this transactionId had delivered before."""
    new_pairs: int
    first: int = 0

    @property
    def size(self) -> int:
        """How many numbers it takes in the list."""
        return len(self.event.subscribers)

    @property
    def rows(self) -> int:
        return len(self.event.subscribers) * len(self.event.contents)

    @property
    def text_size(self) -> int:
        return sum(len(content.body) + len(content.subject or "") for content in self.event.contents)


class Ledger:
    """The sandbox's memory. Not thread-safe: it lives in one event loop."""

    def __init__(self, keep_rows: int, keep_bytes: int, delay_seconds: float = 0.0) -> None:
        self._keep_rows = keep_rows
        self._keep_bytes = keep_bytes
        self._delay_seconds = delay_seconds
        self._open: dict[str, int] = {}
        self._shared: dict[str, set[tuple[str, str]]] = {}
        self._delayed: dict[str, list[Delivery]] = {}
        self._timers: dict[str, list[asyncio.TimerHandle]] = {}
        self.newest = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything: deliveries, counts, used ids and what is delayed. Requests under way stay so."""
        for timers in self._timers.values():
            for timer in timers:
                timer.cancel()
        self._delayed.clear()
        self._timers.clear()
        self._shared.clear()
        self.epoch = str(time.time_ns())
        self._used: set[str] = set()
        self._overlapped: set[str] = set()
        self._ring: deque[Delivery] = deque()
        self._by_id: dict[str, list[Delivery]] = {}
        self._ring_rows = 0
        self._ring_bytes = 0
        self._refusals: deque[Refusal] = deque(maxlen=KEEP_REFUSALS)
        self._refused = 0
        self.tenants: set[str] = set()
        self.requests = 0
        self.faults: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.recipients_dropped = 0
        self._events_dropped = 0
        self._cancelled = 0
        self._failed_steps = 0
        self._delivered = 0
        self._pairs = 0
        self._duplicates = 0
        self._channels: Counter[str] = Counter()
        self._tenants: Counter[str] = Counter()

    def begin(self, ids: Iterable[str]) -> set[str]:
        """Note that a request with these transactionIds is in flight; returns those that are used up already."""
        used = set()
        for transaction_id in ids:
            others = self._open.get(transaction_id, 0)
            if others:
                self._overlapped.add(transaction_id)
            self._open[transaction_id] = others + 1
            if transaction_id in self._used:
                used.add(transaction_id)
        return used

    def end(self, ids: Iterable[str]) -> None:
        """Note that the request that began with these ids is decided."""
        for transaction_id in ids:
            left = self._open[transaction_id] - 1
            if left:
                self._open[transaction_id] = left
            else:
                del self._open[transaction_id]
                self._shared.pop(transaction_id, None)

    def drop(self) -> None:
        """Count an event that is acknowledged and not delivered, because its id was used up when it came."""
        self._events_dropped += 1

    def accept(self, event: Event) -> None:
        """Use up the event's id and deliver it, now or after the delay. Its request must be in flight."""
        self._used.add(event.transaction_id)
        delivery = self._compare(event)
        if not self._delay_seconds:
            self._record(delivery)
            return
        timer = asyncio.get_running_loop().call_later(self._delay_seconds, self._release, event.transaction_id)
        self._delayed.setdefault(event.transaction_id, []).append(delivery)
        self._timers.setdefault(event.transaction_id, []).append(timer)

    def use_up(self, transaction_id: str) -> None:
        """Use up the id of an event that is executed step by step, after its request."""
        self._used.add(transaction_id)

    def deliver(self, event: Event) -> None:
        """Deliver what came of an event that was executed step by step."""
        is_new = any(content.error is None for content in event.contents)
        self._record(Delivery(time.time(), event, frozenset(), len(event.subscribers) if is_new else 0))

    def cancel(self, transaction_id: str) -> bool:
        """Stop what is still delayed under the id; true if there was any."""
        for timer in self._timers.pop(transaction_id, ()):
            timer.cancel()
        cancelled = self._delayed.pop(transaction_id, [])
        self._cancelled += len(cancelled)
        return bool(cancelled)

    def _release(self, transaction_id: str) -> None:
        self._record(self._delayed[transaction_id].pop(0)._replace(at=time.time()))
        self._timers[transaction_id].pop(0)
        if not self._delayed[transaction_id]:
            del self._delayed[transaction_id], self._timers[transaction_id]

    def _compare(self, event: Event) -> Delivery:
        """The event as a delivery, compared with what requests under way beside it have delivered."""
        alone = self._open[event.transaction_id] == 1 and event.transaction_id not in self._shared
        channels = [content.channel for content in event.contents if content.error is None]
        if alone or not channels:
            return Delivery(time.time(), event, frozenset(), len(event.subscribers) if channels else 0)
        before = self._shared.setdefault(event.transaction_id, set())
        known = {subscriber for subscriber, _ in before}
        rows = {(subscriber, channel) for subscriber in event.subscribers for channel in channels}
        duplicates = frozenset(rows & before)
        before |= rows
        return Delivery(time.time(), event, duplicates, sum(s not in known for s in event.subscribers))

    def _record(self, delivery: Delivery) -> None:
        event = delivery.event
        subscribers = len(event.subscribers)
        for content in event.contents:
            if content.error is None:
                self._delivered += subscribers
                self._channels[content.channel] += subscribers
                self._tenants[event.tenant or ""] += subscribers
            else:
                self._failed_steps += subscribers
        self._pairs += delivery.new_pairs
        self._duplicates += len(delivery.duplicates)
        if not delivery.rows:
            return
        if event.tenant:
            self.tenants.add(event.tenant)
        delivery = delivery._replace(first=self._take_numbers(subscribers))
        self._ring.append(delivery)
        self._by_id.setdefault(event.transaction_id, []).append(delivery)
        self._ring_rows += delivery.rows
        self._ring_bytes += delivery.text_size
        while self._ring and (self._ring_rows > self._keep_rows or self._ring_bytes > self._keep_bytes):
            oldest = self._ring.popleft()
            self._ring_rows -= oldest.rows
            self._ring_bytes -= oldest.text_size
            self._forget(oldest.event.transaction_id)

    def _forget(self, transaction_id: str) -> None:
        """Take the oldest delivery of an id from those by which it is found."""
        found = self._by_id[transaction_id]
        found.pop(0)
        if not found:
            del self._by_id[transaction_id]

    def find(self, transaction_id: str) -> list[tuple[Delivery, bool]]:
        """What is kept of an id, oldest first, and what is delayed; each with whether it is delayed."""
        kept = [(delivery, False) for delivery in self._by_id.get(transaction_id, ())]
        return kept + [(delivery, True) for delivery in self._delayed.get(transaction_id, ())]

    def refuse(self, status: int | None, answer: str, events: tuple[Event, ...]) -> None:
        """Note a refusal, with the first 4,096 characters of its answer."""
        self._refused += 1
        self.tenants.update(event.tenant for event in events if event.tenant)
        self._refusals.append(Refusal(self._take_numbers(1), time.time(), status, answer[:MAX_ANSWER], events))

    def _take_numbers(self, count: int) -> int:
        """The first of so many new numbers in the list. They never start again, and `newest` is the last one taken."""
        first = self.newest + 1
        self.newest += count
        return first

    def entries(self) -> Iterator[Delivery | Refusal]:
        """All that is kept, newest first."""
        return heapq.merge(reversed(self._ring), reversed(self._refusals), key=lambda entry: -entry.first)

    def unordered(self) -> Iterator[Delivery | Refusal]:
        """All that is kept, in no order that matters, to count it fast."""
        return itertools.chain(self._ring, self._refusals)

    def rows(
        self, *, transaction_id: str | None, subscriber_id: str | None, failed: bool, limit: int
    ) -> list[dict[str, Any]]:
        """The newest `limit` rows that match, oldest first, one per (transactionId, subscriber, channel).

        failed: the steps that failed, instead of those that were delivered.
        """
        found: list[dict[str, Any]] = []
        for delivery in reversed(self._ring):
            if transaction_id is not None and delivery.event.transaction_id != transaction_id:
                continue
            for row in reversed(list(_rows(delivery, subscriber_id, failed))):
                if len(found) >= limit:
                    return found[::-1]
                found.append(row)
        return found[::-1]

    def counts(self) -> dict[str, Any]:
        """Everything counted since the start or the last clear(); by_channel and by_tenant count delivered rows."""
        return {
            "requests": self.requests,
            "events_accepted": self.statuses["processed"],
            "events_dropped": self._events_dropped,
            "delivered_rows": self._delivered,
            "distinct_pairs": self._pairs,
            "duplicates": self._duplicates,
            "overlapped_transaction_ids": len(self._overlapped),
            "failed_steps": self._failed_steps,
            "refused": self._refused,
            "recipients_dropped": self.recipients_dropped,
            "delayed": sum(map(len, self._delayed.values())),
            "cancelled": self._cancelled,
            "by_channel": dict(self._channels),
            "by_tenant": dict(self._tenants),
            "by_status": dict(self.statuses),
            "faults": dict(self.faults),
        }


def _rows(delivery: Delivery, subscriber_id: str | None, failed: bool) -> Iterator[dict[str, Any]]:
    event = delivery.event
    at = datetime.fromtimestamp(delivery.at, UTC).isoformat(timespec="milliseconds")
    for subscriber in event.subscribers:
        if subscriber_id is not None and subscriber != subscriber_id:
            continue
        for content in event.contents:
            if (content.error is not None) == failed:
                yield {
                    "at": at,
                    "workflow": event.workflow,
                    "transactionId": event.transaction_id,
                    "subscriberId": subscriber,
                    "tenant": event.tenant,
                    "channel": content.channel,
                    "subject": content.subject,
                    "body": content.body,
                    "duplicate": (subscriber, content.channel) in delivery.duplicates,
                    "error": content.error,
                }
