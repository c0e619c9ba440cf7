"""What must hold afterwards, by the hostile Novu's own count and by the tables. Each violation is a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from uuid import UUID

from tests.chaos.fleet import Freeze
from tests.chaos.hostile import Delivery, Hostile
from tests.chaos.load import Made
from tests.chaos.wire import Exchange
from tests.cluster import Connection
from tests.support import Row, rows

FALLBACK = "a fallback's"
FINAL = ("SENT", "FAILED", "RETRACTED")
# How each kind may end beside RETRACTED, with the code of a failure.
ENDS: dict[str, set[tuple[str, str | None]]] = {
    "plain": {("SENT", None)},
    "personal": {("SENT", None)},
    "scheduled": {("SENT", None)},
    "expiring": {("SENT", None), ("FAILED", "expired")},
    "broken": {("FAILED", "variable_missing")},
    "unknown": {("FAILED", "workflow_unknown")},
    "poison": {("FAILED", "novu_refused")},
    "ghost": {("FAILED", "novu_refused")},
    "correction": {("SENT", None)},
}

# In one statement, so of one moment: it holds at any time, whoever is at work.
LOST = """
with hint as (
  select (q.message ->> 'enterprise_id')::uuid as e, (d ->> 0)::uuid as n, (d ->> 1)::integer as i
  from (
    select message from pgmq.q_critical
    union all select message from pgmq.q_normal
    union all select message from pgmq.q_bulk
  ) as q
  cross join jsonb_array_elements(q.message -> 'deliveries') as d
),
held as (
  select c.claim_id, k.enterprise_id as e, k.notification_id as n, k.number as i
  from notify.notification_claim as c
  cross join unnest(c.keys) as k
)
select d.notification_id, d.number, d.claim_id, d.attempt
from notify.notification_delivery as d
where d.delivery_status = 'OPEN' and d.due_at is null
and case
  when d.claim_id is null then (d.enterprise_id, d.notification_id, d.number) not in (select e, n, i from hint)
  else (d.claim_id, d.enterprise_id, d.notification_id, d.number) not in (select claim_id, e, n, i from held)
end
"""
LEFT = """
select
  (select count(*) from notify.notification_claim) as claims,
  (select count(*) from pgmq.q_critical) as critical,
  (select count(*) from pgmq.q_normal) as normal,
  (select count(*) from pgmq.q_bulk) as bulk,
  (select count(*) from notify.notification_delivery where delivery_status = 'OPEN') as deliveries,
  (select count(*) from notify.notification_cancellation where cancellation_status = 'OPEN') as cancellations,
  (select count(*) from notify.ent_notification where notification_status in ('PENDING', 'PROCESSING')) as notifications
"""


@dataclass
class Verdict:
    """What was found; nothing in `violations` means that all is well."""

    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, cases: Iterable[object]) -> None:
        """Add a violation when there are cases of it, with the first three."""
        listed = list(cases)
        if listed:
            self.violations.append(f"{what}: {len(listed)}, such as {'; '.join(str(case) for case in listed[:3])}")


def lost_now(connection: Connection) -> list[Row]:
    """Open deliveries that neither wait, nor are in a claim, nor have a message."""
    return rows(connection, LOST)


def judge(connection: Connection, hostile: Hostile, made: dict[UUID, Made], freezes: list[Freeze]) -> Verdict:
    """Compare what was asked for, what stands in the tables, and what Novu delivered."""
    verdict = Verdict()
    notifications = {
        row["id"]: row
        for row in rows(
            connection,
            """
            select id, enterprise_id, notification_status as status, error_details ->> 'code' as code, recipients,
              corrects_id, correction is not null as has_correction,
              coalesce('corrects:' || corrects_id, id::text) as mark,
              coalesce(recipient_payload, '{}') as own, coalesce(recipient_attributes, '{}') as attributes
            from notify.ent_notification
            """,
        )
    }
    deliveries = rows(
        connection,
        """
        select d.enterprise_id as e, d.notification_id as n, d.number as i, d.transaction_id::text as t, d.recipients,
          d.delivery_status as status, d.attempt, d.doubtful_ids::text[] as doubts,
          coalesce('corrects:' || n.corrects_id, n.id::text) as mark,
          d.lane = 'critical' and n.warnings is not null as may_fall_back
        from notify.notification_delivery as d
        join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
        """,
    )
    made = made | {
        id_: Made("correction", row["enterprise_id"]) for id_, row in notifications.items() if row["corrects_id"]
    }
    _judge_ends(verdict, notifications, made)
    excused = _judge_overlaps(verdict, hostile, freezes)
    delivered = _named(hostile.deliveries, deliveries)
    _judge_deliveries(verdict, delivered, deliveries, made, excused)
    _judge_recipients(verdict, delivered, notifications)
    _judge_values(verdict, delivered, notifications)
    _judge_cancellations(verdict, hostile, connection, deliveries, notifications)
    _judge_corrections(verdict, delivered, deliveries, notifications)
    _judge_history(verdict, connection, notifications)
    verdict.note(
        "what is still open or queued or claimed", [left for left in rows(connection, LEFT) if any(left.values())]
    )
    verdict.note("open deliveries in nobody's hands", lost_now(connection))
    verdict.note("breaches that Novu saw", hostile.breaches)
    verdict.counts |= hostile.counts
    verdict.counts["most attempts of a delivery"] = max((row["attempt"] for row in deliveries), default=0)
    return verdict


def _judge_ends(verdict: Verdict, notifications: dict[UUID, Row], made: dict[UUID, Made]) -> None:
    verdict.note("committed and gone", [id_ for id_, m in made.items() if m.acknowledged and id_ not in notifications])
    wrong = []
    for id_, row in notifications.items():
        end = (row["status"], row["code"] if row["status"] == "FAILED" else None)
        verdict.counts[f"{made[id_].kind} {row['status']}"] += 1
        if end not in ENDS[made[id_].kind] and not (row["status"] == "RETRACTED" and made[id_].taken_back):
            wrong.append(f"{id_} ({made[id_].kind}) is {end}")
    verdict.note("notifications that did not end as they must", wrong)


def _judge_overlaps(verdict: Verdict, hostile: Hostile, freezes: list[Freeze]) -> set[str]:
    """No two requests for an id may be under way together, unless one's worker was frozen; returns those ids."""
    frozen: dict[str, list[Freeze]] = defaultdict(list)
    for freeze in freezes:
        frozen[freeze.name].append(freeze)
    by_id: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in hostile.exchanges:
        for id_ in exchange.ids:
            by_id[id_].append(exchange)
    overlaps, excused = [], set()
    for id_, exchanges in by_id.items():
        for first, second in _overlapping(exchanges):
            if first.method == second.method == "DELETE":
                continue  # to ask twice does no harm
            if _was_frozen(first, frozen) or _was_frozen(second, frozen):
                excused.add(id_)
            else:
                overlaps.append(f"{id_} by {_of(first)} and {_of(second)}")
    verdict.note("requests for one transactionId that were under way together", overlaps)
    verdict.counts["ids under way in a frozen worker and another"] = len(excused)
    return excused


def _overlapping(exchanges: list[Exchange]) -> Iterable[tuple[Exchange, Exchange]]:
    ordered = sorted(exchanges, key=lambda exchange: exchange.begun)
    for place, first in enumerate(ordered):
        for second in ordered[place + 1 :]:
            if first.ended is None or second.begun < first.ended:
                yield first, second


def _was_frozen(exchange: Exchange, frozen: dict[str, list[Freeze]]) -> bool:
    """Whether its worker was frozen while it was under way, or had just been woken when it began."""
    return any(
        exchange.begun < freeze.end and (exchange.ended is None or freeze.start < exchange.ended)
        for freeze in frozen.get(exchange.worker, [])
    )


def _of(exchange: Exchange) -> str:
    ended = "never" if exchange.ended is None else f"{exchange.ended:.3f}"
    return f"{exchange.worker} ({exchange.fault or 'no fault'}) from {exchange.begun:.3f} to {ended}"


def _named(delivered: list[Delivery], deliveries: list[Row]) -> list[Delivery]:
    """What was delivered, each with its mark: a fallback has that of the emergency whose transactionId it has."""
    marks = {
        id_: row["mark"] for row in deliveries if row["may_fall_back"] for id_ in (row["t"], *(row["doubts"] or ()))
    }
    return [
        delivery if delivery.mark else replace(delivery, mark=marks.get(delivery.transaction_id, "none"), own=FALLBACK)
        for delivery in delivered
    ]


def _judge_deliveries(
    verdict: Verdict,
    delivered: list[Delivery],
    deliveries: list[Row],
    made: dict[UUID, Made],
    excused: set[str],
) -> None:
    got: Counter[tuple[str, str]] = Counter()
    tainted: set[tuple[str, str]] = set()
    for delivery in delivered:
        pairs = [(delivery.mark, subscriber) for subscriber in delivery.subscribers]
        got.update(pairs)
        if delivery.transaction_id in excused:
            tainted.update(pairs)
    verdict.counts["pairs delivered"] = len(got)
    twice = [pair for pair, times in got.items() if times > 1]
    verdict.counts["pairs delivered twice by a frozen worker"] = len([pair for pair in twice if pair in tainted])
    verdict.note("delivered more than once", [pair for pair in twice if pair not in tainted])
    unsent, unsaid = [], []
    asked: set[tuple[str, str]] = set()
    for row in deliveries:
        pairs = _pairs(row)
        asked.update(pairs)
        reached = sum(pair in got for pair in pairs)
        if row["status"] == "SENT" and reached < len(pairs):
            unsent.append(f"{row['n']}/{row['i']} reached {reached} of {len(pairs)}")
        if row["status"] != "SENT" and reached and not _may_be_unsaid(row, made[row["n"]]):
            unsaid.append(f"{row['n']}/{row['i']} is {row['status']}")
    verdict.note("SENT, and Novu did not accept it", unsent)
    verdict.note("accepted by Novu, and not SENT", unsaid)
    verdict.note("delivered to whom nobody asked for", [pair for pair in got if pair not in asked])


def _judge_recipients(verdict: Verdict, delivered: list[Delivery], notifications: dict[UUID, Row]) -> None:
    """By the notification's own list, whatever the deliveries say."""
    got = {(delivery.mark, subscriber) for delivery in delivered for subscriber in delivery.subscribers}
    short = [
        id_
        for id_, row in notifications.items()
        if row["status"] == "SENT"
        and any((row["mark"], f"{row['enterprise_id']}:{recipient}") not in got for recipient in row["recipients"])
    ]
    verdict.note("SENT, and a recipient got nothing", short)


def _judge_values(verdict: Verdict, delivered: list[Delivery], notifications: dict[UUID, Row]) -> None:
    """Each recipient gets what is its own, in an event by itself, and nobody what is another's."""
    wrong, untold = [], []
    by_mark = {row["mark"]: row for row in notifications.values()}
    for delivery in delivered:
        if delivery.own == FALLBACK:
            verdict.counts["fallbacks delivered"] += 1
            continue
        row = by_mark[delivery.mark]
        recipients = [subscriber.partition(":")[2] for subscriber in delivery.subscribers]
        owns = {row["own"].get(recipient, {}).get("own", "everybody") for recipient in recipients}
        if owns != {delivery.own} or (delivery.own != "everybody" and len(recipients) > 1):
            wrong.append(f"{delivery.transaction_id} of {delivery.mark} says {delivery.own} to {recipients}")
        verdict.counts["values of their own delivered"] += delivery.own != "everybody"
        verdict.counts["attributes delivered"] += len(delivery.told)
        if {told.partition(":")[2] for told in delivery.told} != row["attributes"].keys() & set(recipients):
            untold.append(delivery.transaction_id)
    verdict.note("delivered with values that are not the recipient's own", wrong)
    verdict.note("delivered without, or with other, attributes", untold)


def _may_be_unsaid(row: Row, made: Made) -> bool:
    """Accepted without an answer, and then taken back or expired before it could be asked again."""
    return (row["status"] == "RETRACTED" and made.taken_back) or (row["status"] == "FAILED" and made.kind == "expiring")


def _pairs(delivery: Row) -> list[tuple[str, str]]:
    """What a delivery is to bring about: the mark of its notification, and each subscriber."""
    return [(delivery["mark"], f"{delivery['e']}:{recipient}") for recipient in delivery["recipients"]]


def _judge_cancellations(
    verdict: Verdict, hostile: Hostile, connection: Connection, deliveries: list[Row], notifications: dict[UUID, Row]
) -> None:
    """Each event of a retracted notification that Novu has or may have is cancelled there, and no other; and Novu gets
    no event after it was asked to cancel it."""
    ended = {
        row["t"]: row["status"]
        for row in rows(
            connection,
            "select transaction_id::text as t, cancellation_status as status from notify.notification_cancellation",
        )
    }
    wanted = {
        id_
        for row in deliveries
        if notifications[row["n"]]["status"] == "RETRACTED"
        for id_ in [*([row["t"]] if row["status"] == "SENT" else []), *(row["doubts"] or [])]
    }
    verdict.counts["cancellations that ended"] = len(ended)
    verdict.note("Novu has it of what was retracted, and was not cancelled", wanted - ended.keys())
    verdict.note("cancelled without need", ended.keys() - wanted)
    verdict.note("cancellations without an outcome", [id_ for id_, s in ended.items() if s in ("OPEN", "GIVEN_UP")])
    verdict.note("cancelled by our account, and not by Novu's", ended.keys() - hostile.cancelled)


def _judge_corrections(
    verdict: Verdict, delivered: list[Delivery], deliveries: list[Row], notifications: dict[UUID, Row]
) -> None:
    """Whom a notification with a correction reached gets that, and nobody else but whom it may have reached. That
    nobody gets it twice is seen with all that was delivered."""
    got = {(delivery.mark, subscriber) for delivery in delivered for subscriber in delivery.subscribers}
    asked = {pair for row in deliveries for pair in _pairs(row) if pair[0].startswith("corrects:")}
    verdict.counts["pairs corrected"] = len(asked & got)
    missing, needless = [], []
    for row in deliveries:
        if notifications[row["n"]]["corrects_id"] or not notifications[row["n"]]["has_correction"]:
            continue
        may_have_reached = row["status"] == "SENT" or row["doubts"]
        for mark, subscriber in _pairs(row):
            is_corrected = (f"corrects:{mark}", subscriber) in asked
            if is_corrected and not may_have_reached:
                needless.append(f"{row['n']}/{row['i']} is {row['status']}")
            if not is_corrected and (may_have_reached or (mark, subscriber) in got):
                missing.append(f"{row['n']}/{row['i']} is {row['status']}")
    verdict.note("reached by what was retracted, and not corrected", missing)
    verdict.note("corrected, and not reached", needless)


def _judge_history(verdict: Verdict, connection: Connection, notifications: dict[UUID, Row]) -> None:
    steps: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    illegal = []
    for row in rows(
        connection,
        """
        select notification_id as id, from_status, to_status, notify.may_become(from_status, to_status) as legal
        from notify.notification_history
        order by happened_at
        """,
    ):
        steps[row["id"]].append((row["from_status"], row["to_status"]))
        if not row["legal"] or row["from_status"] == row["to_status"]:
            illegal.append(f"{row['id']} from {row['from_status']} to {row['to_status']}")
    verdict.note("illegal transitions", illegal)
    astray = [
        f"{id_}: {steps[id_]}, and is {row['status']}"
        for id_, row in notifications.items()
        if not _is_walk(steps[id_], "PENDING", row["status"])
    ]
    verdict.note("histories that are no walk from PENDING to the status", astray)
    late = [id_ for id_, walk in steps.items() if any(a[1] != b[0] for a, b in pairwise(walk))]
    verdict.counts["histories whose times are not in the order of the walk"] = len(late)


def _is_walk(steps: list[tuple[str, str]], start: str, end: str) -> bool:
    """Whether all the steps, in some order, lead from the one status to the other."""
    if not steps:
        return start == end
    return any(
        _is_walk(steps[:place] + steps[place + 1 :], after, end)
        for place, (before, after) in enumerate(steps)
        if before == start
    )
