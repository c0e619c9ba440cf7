"""Many notifications of many enterprises, as they are after they were sent."""

from collections.abc import Callable
from uuid import UUID

from tests.cluster import Database

_CHUNK = 50_000

# Row n is `seconds` older than row n + 1. Whose it is comes from a hash: the enterprises are interleaved in time.
_NOTIFICATIONS = """
insert into notify.ent_notification (
  enterprise_id, id, name, workflow_key, payload, recipients, tags, building, time_zone, notification_status,
  workflow_version, rendered_channels, rendered_at, transaction_id, processed_at, error_details, created_at
)
select
  (%(enterprises)s::uuid[])[
    case when made.n %% %(large_part)s = 0 then 1 else 1 + made.hash %% %(enterprise_count)s end
  ],
  made.id,
  'Lift ' || made.n %% 12 || ' is out of service',
  (array['lift-maintenance', 'fire-drill', 'visitor-arrival', 'energy-alert'])[1 + made.n %% 4],
  jsonb_build_object(
    'starts_at', made.created_at + interval '1 day',
    'ends_at', made.created_at + interval '1 day 4 hours',
    'floor', made.n %% 40,
    'contact', jsonb_build_object('name', 'The facility desk', 'phone', '+45 55 55 ' || made.n %% 10000),
    'lifts', jsonb_build_array(
      jsonb_build_object('name', 'Lift ' || made.n %% 12, 'serves', 'G to 20', 'instead', 'lifts 1 and 2')
    ),
    'text', repeat('The works take longer than planned. ', 4) || made.random || made.random
  ),
  array[made.random::uuid],
  array['lifts', 'works'],
  'Tower ' || made.n %% 7,
  'Europe/Copenhagen',
  case when made.n %% 50 = 0 then 'FAILED' else 'SENT' end,
  1 + made.n %% 3,
  array['EMAIL', 'IN_APP'],
  made.created_at + interval '300 milliseconds',
  case when made.n %% 50 <> 0 then reverse(made.random)::uuid::text end,
  made.created_at + interval '900 milliseconds',
  case when made.n %% 50 = 0 then '{"code": "rejected", "message": "Novu refused it."}'::jsonb end,
  made.created_at
from (
  select
    t.n,
    t.random,
    t.created_at,
    hashint8(t.n) & 2147483647 as hash,
    (
      lpad(to_hex((extract(epoch from t.created_at) * 1000)::bigint), 12, '0')
      || '7' || substr(t.random, 1, 3) || '8' || substr(t.random, 4, 15)
    )::uuid as id
  from (
    select
      n, md5(n::text) as random,
      date_trunc('second', now()) - (%(rows)s - n) * make_interval(secs => %(seconds)s) as created_at
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n
  ) as t
) as made
"""

_DELIVERIES = """
insert into notify.notification_delivery (
  enterprise_id, notification_id, number, transaction_id, lane, recipients, delivery_status, attempt, failure_count,
  http_status, latency_ms, error_details, finished_at
)
select
  n.enterprise_id,
  n.id,
  1,
  coalesce(n.transaction_id::uuid, gen_random_uuid()),
  'normal',
  n.recipients,
  n.notification_status,
  1,
  0,
  case when n.notification_status = 'SENT' then 201 else 422 end,
  42.5,
  n.error_details,
  n.processed_at
from notify.ent_notification as n
order by n.created_at
"""


def enterprise(number: int) -> UUID:
    """The id of one of the enterprises, which count from 0; their order says nothing about their size or age."""
    return UUID(int=(0x9E3779B97F4A7C15F39CC0605CEDC834 * (number + 1)) % 2**128, version=4)


def fill(
    database: Database,
    rows: int,
    enterprises: int,
    report: Callable[[int], None],
    *,
    seconds: float = 1,
    large_part: int | None = None,
) -> None:
    """Fill the tables of notifications and deliveries, one delivery each, and let PostgreSQL analyze them.

    Args:
        database: a migrated database; the notifications in it are removed.
        rows: how many notifications.
        enterprises: over how many enterprises.
        report: called with the number of rows that have been written since the last call, out of twice `rows`.
        seconds: how much time lies between two of them; the newest is of now.
        large_part: the first enterprise has the n-th part of all, beside its own; None: it is as large as the others.
    """
    numbers = {
        "enterprises": [enterprise(number) for number in range(enterprises)],
        "enterprise_count": enterprises,
        "rows": rows,
        "seconds": seconds,
        "large_part": large_part or rows + 1,
    }
    connection = database.connect()
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute("truncate notify.ent_notification, notify.notification_delivery")
        for first in range(1, rows + 1, _CHUNK):
            last = min(first + _CHUNK - 1, rows)
            connection.execute(_NOTIFICATIONS, numbers | {"first": first, "last": last})
            report(last - first + 1)
        connection.execute(_DELIVERIES)
        report(rows)
    connection.execute("vacuum (analyze) notify.ent_notification, notify.notification_delivery")
