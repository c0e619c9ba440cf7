"""A status as lines for a terminal: none is wider than the terminal, nor wraps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from rich.text import Text

from xnovu.status.judge import Alarm, Status, overall
from xnovu.status.words import count, duration, last_hour, moment, plain

ROOMS = ((5, True), (5, False), (4, False), (3, False), (2, False), (1, False))
"""How many rows a section may have, and whether a blank line is between them: the first for which there is room."""
LABEL = 10
FIGURE = 16
BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS = " .:-=+*#@"
STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}
LANES = (("waiting", 9), ("queued", 9), ("claimed", 9), ("scheduled", 11))


def draw(
    status: Status, alarms: Sequence[Alarm], width: int, is_unicode: bool, height: int | None = None
) -> list[Text]:
    """The lines. `is_unicode`: the terminal shows more than ASCII. `height`: how many lines there may be; what has no
    room in them is counted in the last."""
    lines: list[Text] = []
    for most, is_spaced in ROOMS:
        lines = list(_sections(status, alarms, width, is_unicode, most))
        if not is_spaced:
            lines = [line for line in lines if line.plain]
        if height is None or len(lines) <= height:
            break
    else:
        assert height is not None
        lines[max(height - 1, 0) :] = [Text(f"and {len(lines) - height + 1} lines more: see --once", "dim")]
    for line in lines:
        line.truncate(width, overflow="ellipsis" if is_unicode else "crop")
        line.rstrip()
    return lines


def _sections(status: Status, alarms: Sequence[Alarm], width: int, is_unicode: bool, most: int) -> Iterator[Text]:
    yield from _head(status, alarms, most)
    yield from _lanes(status["lanes"])
    yield from _rate(status, width, is_unicode)
    yield from _latency(status)
    yield from _failures(status["failures"], most)
    yield from _workers(status.get("workers"), most)
    yield from _targets(status.get("targets"), most)


def _head(status: Status, alarms: Sequence[Alarm], most: int) -> Iterator[Text]:
    whose = f"enterprise {status['enterpriseId']}" if status["enterpriseId"] else "all that this login reaches"
    verdict = overall(alarms)
    yield Text.assemble(
        ("XNovu ", "bold"), (verdict.upper(), STYLES[verdict]), f"  {moment(status['at']):%H:%M:%S} UTC  {whose}"
    )
    if "lost" in status:
        yield Text(f"! this is old: {plain(status['lost'])}", STYLES["failed"])
    for alarm in alarms[:most]:
        yield Text.assemble((f"! {plain(alarm.text)}", STYLES[alarm.level]))
    yield from _more(alarms, most)


def _title(text: str) -> Iterator[Text]:
    yield Text()
    yield Text(text, "bold")


def _more(rows: Sequence[object], most: int) -> Iterator[Text]:
    if len(rows) > most:
        yield Text(f"  and {len(rows) - most} more", "dim")


def _lanes(lanes: Sequence[Status]) -> Iterator[Text]:
    heading = "".join(f"{name:>{width}}" for name, width in LANES)
    yield from _title(f"{'LANES':<{LABEL}}{heading}{'oldest due':>14}")
    for lane in lanes:
        figures = "".join(f"{count(lane[name]):>{width}}" for name, width in LANES)
        yield Text(f"{lane['lane']:<{LABEL}}{figures}{duration(lane['oldestSeconds']):>14}")


def _rate(status: Status, width: int, is_unicode: bool) -> Iterator[Text]:
    yield from _title("RATE: deliveries that Novu accepted, a minute, over the last hour")
    times = last_hour(status["at"])[-max(width - LABEL - FIGURE, 1) :]
    for lane in status["lanes"]:
        sent = {moment(one["at"]): one["sent"] for one in status["minutes"] if one["lane"] == lane["lane"]}
        values = [sent.get(time, 0) for time in times]
        figure = f" {count(values[-1])} (most {count(max(values))})"
        yield Text.assemble(f"{lane['lane']:<{LABEL}}", (_spark(values, is_unicode), "green"), figure)


def _spark(values: Sequence[float], is_unicode: bool) -> str:
    """A column a value; what is not 0 shows."""
    blocks = BLOCKS if is_unicode else ASCII_BLOCKS
    most = max(values) or 1
    return "".join(blocks[ceil(value * (len(blocks) - 1) / most)] for value in values)


def _latency(status: Status) -> Iterator[Text]:
    heading = f"{'LATENCY':<{LABEL}}{'50%':>9}{'95%':>10}{'99%':>10}"
    yield from _title(f"{heading}   until Novu accepted it")
    newest = {one["lane"]: one for one in sorted(status["minutes"], key=lambda one: moment(one["at"]))}
    if not newest:
        yield Text("nothing was sent in the last hour", "dim")
    for one in [newest[lane["lane"]] for lane in status["lanes"] if lane["lane"] in newest]:
        parts = f"{duration(one['p50']):>9}{duration(one['p95']):>10}{duration(one['p99']):>10}"
        yield Text(f"{one['lane']:<{LABEL}}{parts}   {count(one['sent'])} in the minute {moment(one['at']):%H:%M}")


def _failures(failures: Sequence[Status], most: int) -> Iterator[Text]:
    yield from _title("FAILURES in the last hour")
    if not failures:
        yield Text("none", "dim")
    for one in failures[:most]:
        where = f" {plain(one['workflow'])}" if one.get("workflow") else ""
        message = f": {plain(one['message'])}" if one.get("message") else ""
        yield Text.assemble((f"{count(one['count']):>7}  {plain(one['code'])}", STYLES["failed"]), f"{where}{message}")
    yield from _more(failures, most)


def _workers(workers: Sequence[Status] | None, most: int) -> Iterator[Text]:
    if workers is None:
        return
    yield from _title("WORKERS")
    if not workers:
        yield Text("none in the last day", "dim")
    for one in workers[:most]:
        name, version = f"{plain(one['worker']):<36.36}", f"{plain(one['version']):<8.8}"
        style = STYLES["ok" if one["state"] == "ALIVE" else "failed"]
        life = f"{duration(one['silentSeconds']):>8} ago  {count(one['underWay'] or 0)} under way"
        orders = f"  {plain(', '.join(one['orders']))}" if one["orders"] else ""
        yield Text.assemble(f"{name} {version} ", (f"{one['state']:<9}", style), f"{life}{orders}")
    yield from _more(workers, most)


def _targets(targets: Sequence[Status] | None, most: int) -> Iterator[Text]:
    if targets is None:
        return
    yield from _title("TARGETS")
    for one in targets[:most]:
        style = STYLES["ok" if one["breaker"] == "CLOSED" else "failed"]
        why = f"{one['failureCount']} failures in a row, the last: {one['verdict']}" if one["failureCount"] else ""
        tokens = "" if one["tokensLeft"] is None else f"{count(one['tokensLeft'])} tokens left  "
        yield Text.assemble(
            f"{plain(one['target']):<36.36} breaker ", (f"{one['breaker']:<8}", style), f" {tokens}{why}"
        )
    yield from _more(targets, most)
