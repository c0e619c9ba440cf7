"""Ways to break the product on purpose, in one database: the suite must notice each of them."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql
from tests.cluster import Database


@dataclass(frozen=True)
class Mutation:
    """In the definition of `function`, `old` becomes `new`."""

    what: str
    function: str
    old: str
    new: str


MUTATIONS = {
    "fence": Mutation(
        "a report counts whatever attempt it is of",
        "engine.record_answers",
        "and d.attempt = a.attempt",
        "",
    ),
    "dedup": Mutation(
        "each attempt has a new transactionId",
        "engine.build_requests",
        "d.transaction_id",
        "gen_random_uuid()",
    ),
    "split": Mutation(
        "a bulk that is refused whole is never split",
        "engine.record_answers",
        "d.is_alone or c.verdict = 'SPLIT'",
        "d.is_alone",
    ),
    "follow": Mutation(
        "what was in a worker's hands when it was retracted is neither cancelled nor corrected",
        "engine.follow_retractions",
        "perform notify.follow_retraction(r.enterprise_id, r.notification_id, r.numbers)",
        "perform r.numbers",
    ),
    "values": Mutation(
        "values of a recipient's own are left out",
        "engine.find_render_items",
        "else (i.payload || i.own_payload)::text",
        "else i.payload::text",
    ),
    "lease": Mutation(
        "a lease is over as soon as it begins",
        "engine.rescue_claims",
        "leased_until < v_last_moment",
        "claimed_at < v_last_moment",
    ),
}


def mutate(database: Database, name: str) -> None:
    """Break it.

    Raises:
        ValueError: the function doesn't hold what the mutation replaces, because it was written anew.
    """
    mutation = MUTATIONS[name]
    with database.cluster.admin(database.name) as connection:
        row = connection.execute("select pg_get_functiondef(%s::regproc)", [mutation.function]).fetchone()
        assert row is not None
        if mutation.old not in row[0]:
            raise ValueError(f"{mutation.function} does not say {mutation.old!r} any more: mend the mutation {name!r}")
        connection.execute(sql.SQL(row[0].replace(mutation.old, mutation.new)))
