"""/metrics: figures that are exact and cheap, and that name no enterprise."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tests.cluster import A, B, Database
from tests.http.test_bridge import app, ask
from tests.support import Row, add_workflow, hand_worker, insert, one, rows, sender

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def figures(database: Database) -> Row:
    body = one(database.keep("test_http"), "select body from http_v1.list_metrics()")["body"]
    return dict(json.loads(body))


def measure(database: Database, lane: str = "normal") -> Row:
    (found,) = [m for m in figures(database)["measures"] if m["lane"] == lane]
    return dict(found)


def lane(database: Database, name: str) -> Row:
    (found,) = [entry for entry in figures(database)["lanes"] if entry["lane"] == name]
    return dict(found)


def parse(text: str) -> Samples:
    """The samples of an exposition, by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- what is counted


def test_depths_are_those_of_the_lanes(database: Database) -> None:
    add_workflow(database)
    for enterprise in (A, B):
        for _ in range(3):
            insert(sender(database, enterprise))
        insert(sender(database, enterprise), scheduled_for="2999-01-01")
        insert(sender(database, enterprise), priority="CRITICAL")
        insert(sender(database, enterprise), priority="LOW", recipients=[uuid4() for _ in range(250)])
    worker = hand_worker(database)
    requests = worker.take(most=2)
    database.shift_clock(timedelta(seconds=30))
    normal, critical, bulk = (lane(database, name) for name in ("normal", "critical", "bulk"))
    assert 0 < len(requests) == normal["claimed"]
    assert (normal["waiting"] + normal["queued"] + normal["claimed"], normal["scheduled"]) == (6, 2)
    assert (critical["queued"], critical["waiting"], bulk["waiting"], bulk["claimed"]) == (2, 0, 6, 0)
    assert all(30 <= entry["oldest_seconds"] < 60 for entry in (normal, critical, bulk))
    status = {row["lane"]: row for row in rows(database.keep("test_admin"), "select * from notify.lane_status")}
    for entry in (normal, critical, bulk):
        shown = status[entry["lane"]]
        for name in ("waiting", "scheduled", "queued", "claimed"):
            assert entry[name] == shown[f"{name}_count"], (entry["lane"], name)
    worker.report(requests)
    worker.deliver_all()
    left = lane(database, "normal")
    assert (left["waiting"], left["queued"], left["claimed"], left["scheduled"]) == (0, 0, 0, 2)
    assert left["oldest_seconds"] == 0


def test_what_becomes_of_deliveries_is_counted_exactly(database: Database) -> None:
    add_workflow(database)
    for _ in range(4):
        insert(sender(database))
    insert(sender(database), payload={})  # can't be rendered
    insert(sender(database), channels=["FAX"])  # is refused at once
    worker = hand_worker(database)
    first, second, third, fourth = worker.take()
    worker.report([first])
    worker.report([second], 503)
    worker.report([third], 422, body={"message": "no"})
    sender(database).execute("select notify.retract(%s, 'x')", [fourth["request_id"].split("/")[1]])
    worker.report([fourth], 503)
    found = measure(database)
    counted = {name: found[name] for name in ("claims", "claimed", "sent", "retry", "failed", "retracted", "dead")}
    assert counted == {"claims": 1, "claimed": 5, "sent": 1, "retry": 1, "failed": 1, "retracted": 1, "dead": 2}
    assert measure(database, "none")["dead"] == 1
    assert (found["cache_misses"], found["cache_hits"]) == (1, 4)
    assert worker.report([first]) == {first["request_id"]: "STALE"}
    assert measure(database)["sent"] == 1


def test_what_becomes_of_polls_is_counted(database: Database) -> None:
    add_workflow(database)
    worker = hand_worker(database)
    for _ in range(3):
        insert(sender(database))
        worker.deliver_all()
    database.shift_clock(timedelta(seconds=5))
    worker.tick()
    polls = [request for request in worker.take() if request["kind"] == "receipt"]
    assert len(polls) == 3
    assert set(worker.report(polls[:1], 200, body={"data": []}).values()) == {"DONE"}
    assert set(worker.report(polls[1:2], 503).values()) == {"RETRY"}
    database.shift_clock(timedelta(hours=3))  # the schedule is over
    assert set(worker.report(polls[2:], 503).values()) == {"FAILED"}
    assert worker.report(polls[:1], 503) == {polls[0]["request_id"]: "STALE"}
    found = measure(database)
    assert [found[f"polls_{name}"] for name in ("answered", "retried", "dropped")] == [1, 1, 1]


def test_latencies_are_in_their_buckets(database: Database) -> None:
    add_workflow(database)
    insert(sender(database))
    database.shift_clock(timedelta(seconds=4))
    worker = hand_worker(database)
    (request,) = worker.take()
    database.shift_clock(timedelta(seconds=5))
    worker.report([request], latency_ms=250)
    found, bounds = measure(database), figures(database)["bounds"]

    def bucket(stage: str) -> float:
        (place,) = [i for i, count in enumerate(found[f"{stage}_buckets"]) if count]
        return float([*bounds, float("inf")][place])

    assert sum(found["render_buckets"]) == 1 and 0 < found["render_seconds"] < 5
    assert (bucket("wait"), bucket("post"), bucket("total")) == (5, 0.25, 10)
    assert 4 <= found["wait_seconds"] < 5 and found["post_seconds"] == 0.25 and 9 <= found["total_seconds"] < 10


def test_a_duration_that_is_a_bound_is_in_the_bucket_below_it(database: Database) -> None:
    query = "select engine.count_buckets(%s) as counts, engine.latency_bounds() as bounds"
    for value, place in ((0.0, 0), (0.001, 0), (0.0011, 1), (1.0, 9), (3600.0, 15), (3601.0, 16), (1e9, 16)):
        found = one(database.keep(), query, [value])
        assert [i for i, count in enumerate(found["counts"]) if count] == [place], value
        assert len(found["counts"]) == len(found["bounds"]) + 1


def test_what_backends_counted_that_ended_is_kept(database: Database) -> None:
    add_workflow(database)
    for _ in range(3):
        insert(sender(database))
        worker = hand_worker(database)
        worker.deliver_all()
        worker.connection.close()
    before = measure(database)
    assert before["sent"] == 3
    worker = hand_worker(database)
    for _ in range(2):
        database.shift_clock(timedelta(minutes=2))
        worker.tick()
        backends = rows(database.keep(), "select backend from notify.notification_measure where lane = 'normal'")
        assert [row["backend"] for row in backends] == [0]
        assert measure(database) == before


# --- that it is cheap


def test_it_is_cheap_beside_a_hundred_thousand_waiting(database: Database) -> None:
    add_workflow(database)
    sql = "insert into notify.ent_notification (workflow_key, recipients) select 'greeting', array[gen_random_uuid()]"
    for enterprise in (A, B):
        sender(database, enterprise).execute(f"{sql} from generate_series(1, 50000)".encode())
    http, superuser = database.connect("test_http"), database.connect()
    scans = "select coalesce(sum(seq_scan), 0) as n from pg_stat_user_tables where relname like '%notification'"
    scans += " or relname = 'notification_delivery'"
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        http.execute("select * from http_v1.list_metrics()").fetchall()
        seconds.append(time.perf_counter() - start)
    superuser.execute("select pg_stat_force_next_flush()")
    before = one(superuser, scans)["n"]
    figures(database)
    superuser.execute("select pg_stat_force_next_flush()")
    assert one(superuser, scans)["n"] == before
    assert lane(database, "normal")["waiting"] == 100_000
    # 15 to 35 ms by itself; the tests run beside others
    assert min(seconds) < 0.2, seconds


# --- over HTTP


async def scrape(database: Database, **environ: Any) -> tuple[httpx.Response, Samples]:
    face = app(database, **environ)
    async with face.router.lifespan_context(face):
        found = await ask(face, "/metrics")
        again = await ask(face, "/metrics")
    assert again.status_code == found.status_code
    return found, parse(again.text) if found.status_code == 200 else {}


async def test_prometheus_reads_it_and_finds_no_enterprise(database: Database) -> None:
    add_workflow(database)
    add_workflow(database, "own", enterprise=A)
    with database.cluster.admin(database.name) as superuser:
        superuser.execute("insert into notify.notification_target (enterprise_id, target) values (%s, 'meridian')", [A])
        superuser.execute(
            "insert into notify.notification_target_state (target, open_until) values ('meridian', now() + '1 hour')"
        )
    insert(sender(database, B))
    worker = hand_worker(database)
    worker.deliver_all()
    worker.connection.execute("select worker_v1.beat('w', '{}')")
    found, samples = await scrape(database)
    assert found.headers["content-type"].startswith("text/plain; version=")
    assert samples["xnovu_posts_total", (("lane", "normal"), ("outcome", "sent"))] == 1
    assert samples["xnovu_queue_depth", (("lane", "bulk"), ("state", "waiting"))] == 0
    assert samples["xnovu_claims_total", (("lane", "normal"),)] == 1
    total = (("lane", "normal"), ("stage", "total"))
    assert samples["xnovu_latency_seconds_count", total] == 1
    assert samples["xnovu_latency_seconds_bucket", (("lane", "normal"), ("le", "+Inf"), ("stage", "total"))] == 1
    assert samples["xnovu_targets_held", ()] == 1 == samples["xnovu_workers", ()]
    assert samples["xnovu_query_seconds_count", (("function", "list_metrics"),)] >= 1
    assert samples["process_resident_memory_bytes", ()] > 0 and samples["process_cpu_seconds_total", ()] > 0
    assert samples["xnovu_http_pool_size", ()] >= 1
    for name in (str(A), str(B), "meridian", "own", "greeting"):
        assert name not in found.text


async def test_a_token_keeps_others_out(database: Database) -> None:
    face = app(database, XNOVU_METRICS_TOKEN="sesame")
    async with face.router.lifespan_context(face):
        for path in ("/metrics", "/api/health"):
            for given, status in ((None, 401), ("Bearer open", 401), ("sesame", 401)):
                headers = {} if given is None else {"Authorization": given}
                assert (await ask(face, path, headers=headers)).status_code == status
            good = await ask(face, path, headers={"Authorization": "Bearer sesame"})
            assert good.status_code in (200, 503)


async def test_without_a_token_only_this_machine_watches(database: Database) -> None:
    face = app(database)
    near, far = "127.0.0.1", "192.0.2.7"
    async with face.router.lifespan_context(face):
        for path in ("/metrics", "/api/health"):
            for peer, headers, good in (
                (near, {}, True),
                ("::1", {}, True),
                (far, {}, False),
                (near, {"X-Forwarded-For": far}, False),
                (near, {"Forwarded": f"for={far}"}, False),
            ):
                transport = httpx.ASGITransport(face, client=(peer, 1))
                async with httpx.AsyncClient(transport=transport, base_url="http://face", headers=headers) as client:
                    found = await client.get(path)
                assert (found.status_code != 401) == good, (path, peer, headers)
        assert "XNOVU_METRICS_TOKEN" in found.json()["message"]


async def test_nobody_watches_while_the_token_cant_be_read(database: Database, tmp_path: Path) -> None:
    face = app(database, XNOVU_METRICS_TOKEN_FILE=str(tmp_path / "none"))
    async with face.router.lifespan_context(face):
        for path in ("/metrics", "/api/health"):
            found = await ask(face, path, headers={"Authorization": "Bearer "})
            assert (found.status_code, found.json()["code"]) == (503, "unavailable")
            assert "XNOVU_METRICS_TOKEN" in found.json()["message"]
