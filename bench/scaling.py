"""More workers: notifications a second, and what each costs, with 1, 2 and 4 processes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bench import throughput
from bench.contenders import XNovu
from bench.machine import sentence
from bench.outcome import Outcome, paragraph, plain_table
from bench.plot import draw_rates
from bench.round import Ground
from bench.throughput import Throughput

PROCESSES = (1, 2, 4)

_ABOUT = """
Notifications a second from PENDING to SENT, as in the part throughput, by workers with their default settings, all on
this machine: {processors} processors for the workers, PostgreSQL and the stand-in together. "Times" is the rate as a
multiple of the first row's; "CPU" is how many microseconds of processor a notification took, and how much of that in
the workers, in PostgreSQL and in the stand-in. Where the rate does not rise although processors are left, something is
waited for; where the CPU rises, workers are in each other's way.
"""


class Workers(XNovu):
    """Several workers at one database."""

    def __init__(self, processes: int) -> None:
        super().__init__(processes=processes)
        self.name = f"{processes} worker{'s' if processes > 1 else ''}"


def measure(
    ground: Ground, processes: Sequence[int], rounds: int, seconds: float, report: Callable[[str], None]
) -> Throughput:
    """Let them take turns.

    Args:
        ground: where, with XNovu set up.
        processes: how many workers; the first is what the others are compared with.
        rounds: how many each.
        seconds: about how long a round is to last.
        report: called after each round and each pilot, `len(processes)` × (`rounds` + 1) times.

    Raises:
        VoidError: a round was not right, or the stand-in is not fast enough to tell.
    """
    return throughput.measure(ground, [Workers(number) for number in processes], rounds, seconds, report)


def conclude(result: Throughput, machine: dict[str, Any]) -> Outcome:
    """What came of it."""
    table = plain_table("Workers", "median", "min", "max", "times", "CPU", "own/PG/Novu")
    for each in result.standings:
        rates = [f"{rate:,.0f}" for rate in vars(each.rate).values()]
        shares = "/".join(f"{each.share(part):.0%}" for part in ("workers", "server", "stand_in"))
        table.add_row(each.contender.name, *rates, f"{times(result, each):.2f} ×", f"{each.cost.median:,.0f}", shares)
    rates_by_name = {each.contender.name: each.rate for each in result.standings}
    title = sentence(machine)

    def draw(file: Path) -> None:
        draw_rates(file, "PENDING to SENT, by workers", "notifications a second", rates_by_name, title)

    record = {
        "machine": machine,
        "unit": "notifications per second",
        "others": result.others,
        "workers": [
            {
                "processes": each.contender.processes,
                "count": each.count,
                "rate": vars(each.rate),
                "times": times(result, each),
                "cost": vars(each.cost),
                "rounds": [vars(one) | {"cost": one.cost} for one in each.rounds],
            }
            for each in result.standings
        ],
    }
    parts: list[RenderableType] = [
        table,
        Text(),
        Text(paragraph(_ABOUT.format(processors=machine["processors"]))),
        *throughput.noise(result),
    ]
    return Outcome("scaling", Group(*parts, Text(f"Measured on: {title}.")), record, (), {"scaling": draw})


def times(result: Throughput, standing: throughput.Standing) -> float:
    """The rate as a multiple of the first one's."""
    return standing.rate.median / result.standings[0].rate.median
