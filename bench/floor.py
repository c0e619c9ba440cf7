"""The floor: the same work by the barest code, to show what XNovu's features cost. A process: `python -m bench.floor`.

A transaction reads 100 messages of pgmq, moves their notifications to PROCESSING and renders them; the body that comes
of it is posted as it is; another moves them to SENT and deletes the messages. No retries, no history, no checks."""

import json
import os
import sys
import threading
import time
from http.client import HTTPConnection

import psycopg

from bench.work import jinja_templates

_TAKE = b"""
with message as materialized (
  select msg_id, (message ->> 'enterprise_id')::uuid as enterprise_id, (message ->> 'id')::uuid as id
  from pgmq.read('notify', 60, 100)
), taken as (
  update notification as n set status = 'PROCESSING' from message as m
  where n.enterprise_id = m.enterprise_id and n.id = m.id
  returning m.msg_id, n.enterprise_id, n.id, n.recipients[1] as recipient, n.payload
)
select
  array_agg(msg_id), array_agg(enterprise_id), array_agg(id),
  floor_render(%s, array_agg(id), array_agg(enterprise_id), array_agg(recipient), array_agg(payload))
from taken
having count(*) > 0
"""
_SENT = b"""
update notification as n set status = 'SENT', sent_at = now()
from unnest(%s::uuid[], %s::uuid[]) as s (enterprise_id, id)
where n.enterprise_id = s.enterprise_id and n.id = s.id
"""
_DELETE = b"select pgmq.delete('notify', %s::bigint[])"
_HEADERS = {"Authorization": "ApiKey bench", "Content-Type": "application/json"}


def work(database_url: str, host: str) -> None:
    """Take, post and finish batches, for ever."""
    templates = json.dumps(jinja_templates())
    novu = HTTPConnection(host)
    with psycopg.connect(database_url, autocommit=True) as connection:
        while True:
            batch = connection.execute(_TAKE, [templates], prepare=True).fetchone()
            if batch is None:
                time.sleep(0.1)
                continue
            messages, enterprises, ids, body = batch
            novu.request("POST", "/v1/events/trigger/bulk", body.encode(), _HEADERS)
            answer = novu.getresponse()
            events = json.loads(answer.read())["data"]
            if answer.status != 201 or any(event["status"] != "processed" for event in events):
                sys.exit(f"Novu answered {answer.status}")
            with connection.pipeline(), connection.transaction():
                connection.execute(_SENT, [enterprises, ids], prepare=True)
                connection.execute(_DELETE, [messages], prepare=True)


def main() -> None:
    """Work on as many connections as BENCH_TUNING says, a thread each."""
    threads = json.loads(os.environ.get("BENCH_TUNING", "{}")).get("threads", 4)
    arguments = (os.environ["DATABASE_URL"], os.environ["NOVU_API_URL"].removeprefix("http://"))
    for _ in range(threads):
        threading.Thread(target=work, args=arguments, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
