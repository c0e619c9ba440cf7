"""What of a status should worry whoever looks at it, by the doctor's patience."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from xnovu.doctor.work import BEAT_SECONDS, PATIENCE
from xnovu.status.words import count, duration

Status = dict[str, Any]


class Alarm(NamedTuple):
    """Something to look at: `failed` what needs a person now, `warning` what may pass."""

    level: Literal["warning", "failed"]
    text: str


def judge(status: Status) -> list[Alarm]:
    """The alarms of a status, as notify.read_status gives it, the failures first. What the login may not see raises
    none."""
    alarms = [*_lanes(status["lanes"]), *_workers(status.get("workers")), *_targets(status.get("targets") or [])]
    alarms += [
        Alarm("warning", f"lane {one['lane']}: {count(one['count'])} deliveries are stuck, {one['state'].lower()}")
        for one in status["stuck"]
    ]
    return sorted(alarms, key=lambda alarm: alarm.level)


def overall(alarms: Sequence[Alarm]) -> str:
    """ok, warning or failed: the worst of them."""
    return min((alarm.level for alarm in alarms), default="ok")


def _lanes(lanes: list[Status]) -> list[Alarm]:
    alarms = []
    for lane in lanes:
        seconds = lane["oldestSeconds"] or 0.0
        warn, fail = PATIENCE[lane["lane"]]
        if seconds > warn:
            level: Literal["warning", "failed"] = "failed" if seconds > fail else "warning"
            alarms.append(Alarm(level, f"lane {lane['lane']}: the oldest waits for {duration(seconds)}"))
    return alarms


def _workers(workers: list[Status] | None) -> list[Alarm]:
    if workers is None:
        return []
    if not any(worker["silentSeconds"] <= BEAT_SECONDS for worker in workers):
        return [Alarm("failed", "no worker has given a sign of life in the last minute")]
    return [Alarm("warning", f"{one['worker']}: {', '.join(one['orders'])}") for one in workers if one["orders"]]


def _targets(targets: list[Status]) -> list[Alarm]:
    alarms = []
    for one in [one for one in targets if one["breaker"] != "CLOSED"]:
        level: Literal["warning", "failed"] = (
            "failed" if one["target"] == "default" and one["verdict"] in ("STOP", "AWAY") else "warning"
        )
        why = f" ({one['verdict']})" if one["verdict"] else ""
        alarms.append(Alarm(level, f"target {one['target']}: its breaker is {one['breaker'].lower()}{why}"))
    return alarms
