"""/metrics for Prometheus: what the database counted, in one call, and what this process knows of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from xnovu.http import watch
from xnovu.http.face import Face
from xnovu.http.route import ApiRoute, Operation

Figures = dict[str, Any]

OUTCOMES = ("sent", "retry", "failed", "retracted")
POLLED = ("answered", "retried", "dropped")
STATES = ("waiting", "scheduled", "queued", "claimed")
STAGES = {
    "wait": "from when a delivery might go to its claim, of those that Novu accepted",
    "render": "rendering a claim",
    "post": "Novu's answer",
    "total": "from when a delivery might go until Novu accepted it",
}
POOL = {
    "pool_size": "Connections of the pool to the database.",
    "pool_available": "Connections of the pool that are free.",
    "requests_waiting": "Requests that wait for a connection.",
}


class Figured(Collector):
    """The database's figures as Prometheus wants them. No label names an enterprise, nor a target: it may be one's."""

    def __init__(self, figures: Figures, pool: dict[str, int]) -> None:
        self._figures = figures
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Every family, each lane's samples in it."""
        yield from self._lanes()
        yield from self._counters()
        yield self._latencies()
        for name, text in (
            ("workers", "Workers that gave a sign of life in the last minute."),
            ("targets_held", "Novu environments that are held back by their breakers."),
            ("bridges_behind", "Targets in bridge mode that have not discovered what is published."),
        ):
            yield GaugeMetricFamily(f"xnovu_{name}", text, value=self._figures[name])
        for name, text in POOL.items():
            yield GaugeMetricFamily(f"xnovu_http_{name}", text, value=self._pool.get(name, 0))

    def _lanes(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily("xnovu_queue_depth", "Deliveries that are not finished.", labels=["lane", "state"])
        age = GaugeMetricFamily("xnovu_queue_oldest_seconds", "How long the oldest that is due waits.", labels=["lane"])
        for lane in self._figures["lanes"]:
            for state in STATES:
                depth.add_metric([lane["lane"], state], lane[state])
            age.add_metric([lane["lane"]], lane["oldest_seconds"])
        yield from (depth, age)

    def _counters(self) -> Iterator[Metric]:
        posts = CounterMetricFamily("xnovu_posts", "Answers of Novu, by delivery.", labels=["lane", "outcome"])
        polls = CounterMetricFamily(
            "xnovu_polls", "Questions to Novu about what became of deliveries.", labels=["lane", "outcome"]
        )
        families = {
            "claims": CounterMetricFamily("xnovu_claims", "Claims that were rendered.", labels=["lane"]),
            "claimed": CounterMetricFamily("xnovu_claimed_deliveries", "Deliveries in them.", labels=["lane"]),
            "retry": CounterMetricFamily("xnovu_retries", "Attempts to be repeated.", labels=["lane"]),
            "dead": CounterMetricFamily("xnovu_dead_letters", "Notifications that ended FAILED.", labels=["lane"]),
            "cache_hits": CounterMetricFamily(
                "xnovu_template_cache_hits", "Templates found compiled.", labels=["lane"]
            ),
            "cache_misses": CounterMetricFamily("xnovu_template_cache_misses", "Templates compiled.", labels=["lane"]),
        }
        for measure in self._figures["measures"]:
            for outcome in OUTCOMES:
                posts.add_metric([measure["lane"], outcome], measure[outcome])
            for outcome in POLLED:
                polls.add_metric([measure["lane"], outcome], measure[f"polls_{outcome}"])
            for name, family in families.items():
                family.add_metric([measure["lane"]], measure[name])
        yield from (posts, polls, *families.values())

    def _latencies(self) -> Metric:
        text = "; ".join(f"{stage}: {what}" for stage, what in STAGES.items())
        family = HistogramMetricFamily("xnovu_latency_seconds", text, labels=["lane", "stage"])
        bounds = [*map(str, self._figures["bounds"]), "+Inf"]
        for measure in self._figures["measures"]:
            for stage in STAGES:
                buckets = list(zip(bounds, accumulate(measure[f"{stage}_buckets"]), strict=True))
                family.add_metric([measure["lane"], stage], buckets, measure[f"{stage}_seconds"])
        return family


def routes(face: Face) -> list[ApiRoute]:
    """The routes of this module."""

    async def metrics(request: Request) -> Response:
        refused = watch.refusal(face, request)
        if refused is not None:
            return refused
        answer = await face.database.ask("list_metrics")
        figured = Figured(json.loads(answer.body or "{}"), face.database.pool.get_stats())
        return Response(generate_latest(figured) + generate_latest(), media_type=CONTENT_TYPE_LATEST)

    operation = Operation(
        summary="Figures for Prometheus, of all enterprises together.",
        description=watch.WHO,
        answers={200: ("Prometheus' text format.", None), 401: (watch.REFUSED, watch.PROBLEM)},
        tag="health",
        media_type="text/plain",
    )
    return [ApiRoute("GET", "/metrics", metrics, operation)]
