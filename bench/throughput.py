"""PENDING to SENT: how many notifications a second, of XNovu and of what people would use instead.

The contenders take turns over several rounds, so that what else the machine does hits all of them; each gets as many
notifications as keep it busy for about the same time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.budget import Budget, mark
from bench.contender import Contender
from bench.flood import Flood, flood
from bench.machine import sentence
from bench.outcome import Outcome
from bench.plot import draw_rates
from bench.round import WARM_UP, Ground, Round, run_round
from bench.spread import Spread
from bench.timing import VoidError

# XNovu's speed, as a multiple of the contender's.
BUDGETS = {"graphile": 6.0, "procrastinate": 30.0, "floor": 0.6}
# The stand-in must be so many times faster than whoever posts to it, else it is the stand-in that is measured.
HEADROOM = 3.0
_PILOT = 400
_LEAST, _MOST = 500, 100_000

_ABOUT = """
Notifications a second from PENDING to SENT: email (20 values, a loop of 10, header and footer) and in-app, one recipient
each, of 20 enterprises, committed with fsync. The first {warm_up:.0%} of each round are the warm-up. "XNovu is" says
how many times faster XNovu is than the contender; "busy" is how many processors the contender's own processes, PostgreSQL and the
stand-in kept busy, and what else ran: all share the machine. What was posted is compared by its contents: a round in which anything is
wrong, missing or twice is void. The stand-in took {single:,.0f} events a second one by one and {bulk:,.0f} in bulks of 100.
"""


@dataclass
class Standing:
    """A contender and what came of its rounds."""

    contender: Contender
    count: int
    rounds: list[Round] = field(default_factory=list)

    @property
    def rate(self) -> Spread:
        return Spread.of([each.rate for each in self.rounds])

    def busy(self, part: str) -> float:
        """The median of how many processors a part kept busy."""
        return Spread.of([getattr(each, part) for each in self.rounds]).median

    @property
    def is_bulk(self) -> bool:
        return self.rounds[0].posts < self.rounds[0].count / 2


@dataclass(frozen=True)
class Throughput:
    """All standings, XNovu's first, and what the stand-in can take."""

    standings: Sequence[Standing]
    stand_in: Flood

    def ratio(self, standing: Standing) -> float:
        """How many times faster XNovu is."""
        return self.standings[0].rate.median / standing.rate.median

    @property
    def budgets(self) -> list[Budget]:
        return [
            Budget(f"throughput, against {each.contender.name}", self.ratio(each), BUDGETS[each.contender.key])
            for each in self.standings
            if each.contender.key in BUDGETS
        ]


def measure(
    ground: Ground,
    contenders: Sequence[Contender],
    rounds: int,
    seconds: float,
    report: Callable[[str], None],
) -> Throughput:
    """Let the contenders take turns.

    Args:
        ground: where.
        contenders: whose templates are set up; XNovu comes first.
        rounds: how many each.
        seconds: about how long a round is to last.
        report: called after each round, with what came of it, `len(contenders)` × (`rounds` + 1) times.

    Raises:
        VoidError: a round was not right, or the stand-in is not fast enough to tell.
    """
    standings = []
    for contender in contenders:
        pilot = run_round(ground, contender, _PILOT)
        standings.append(Standing(contender, suitable_count(pilot.rate, seconds)))
        report(f"{contender.name}: {pilot.rate:,.0f}/s in the pilot, {standings[-1].count:,} a round")
    for number in range(rounds):
        # Nobody always runs after the same neighbour.
        turn = number % len(standings)
        for standing in [*standings[turn:], *standings[:turn]]:
            done = run_round(ground, standing.contender, standing.count)
            standing.rounds.append(done)
            report(f"{standing.contender.name}: {done.rate:,.0f}/s in round {number + 1}")
    result = Throughput(standings, flood(ground.stand_in))
    check_headroom(result)
    return result


def suitable_count(rate: float, seconds: float) -> int:
    """How many notifications last about that long, in hundreds. A pilot is slower than a round: it is mostly warm-up."""
    return max(_LEAST, min(_MOST, round(rate * seconds / (1 - WARM_UP) / 100) * 100))


def check_headroom(result: Throughput) -> None:
    """Raises VoidError when the stand-in is not several times faster than the fastest that posted to it."""
    for is_bulk, limit in ((False, result.stand_in.single), (True, result.stand_in.bulk)):
        rates = [each.rate.maximum for each in result.standings if each.is_bulk == is_bulk]
        if rates and max(rates) * HEADROOM > limit:
            raise VoidError(
                f"the stand-in takes {limit:,.0f} events a second, which is not {HEADROOM:g} × the {max(rates):,.0f} of the "
                "fastest contender"
            )


def conclude(result: Throughput, machine: dict[str, Any], ratios_only: bool = False) -> Outcome:
    """What came of it; the quick variant has ratios only, for its rounds are too short for rates."""
    title = sentence(machine)
    rates = {each.contender.name: each.rate for each in result.standings}

    def draw(file: Path) -> None:
        draw_rates(file, "PENDING to SENT", "notifications a second", rates, title)

    return Outcome(
        "throughput-quick" if ratios_only else "throughput",
        Group(show(result, ratios_only), Text(), Text(f"Measured on: {title}.")),
        {"machine": machine, "throughput": as_json(result)},
        result.budgets,
        {} if ratios_only else {"throughput": draw},
    )


def as_json(result: Throughput) -> dict[str, Any]:
    """The figures for programs."""
    return {
        "unit": "notifications per second",
        "stand_in": vars(result.stand_in),
        "contenders": [
            {
                "key": each.contender.key,
                "name": each.contender.name,
                "about": each.contender.about,
                "count": each.count,
                "rate": vars(each.rate),
                "xnovu_is": result.ratio(each),
                "rounds": [vars(one) for one in each.rounds],
            }
            for each in result.standings
        ],
    }


def show(result: Throughput, ratios_only: bool = False) -> RenderableType:
    """The figures for people."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    titles = ("XNovu is", "budget", "") if ratios_only else ("median", "min", "max", "XNovu is", "budget", "", "busy")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    for each in result.standings:
        limit = BUDGETS.get(each.contender.key)
        ratio = result.ratio(each)
        rates = [f"{value:,.0f}" for value in (each.rate.median, each.rate.minimum, each.rate.maximum)]
        judged = [f"{ratio:.2f} ×", f"≥ {limit:g} ×", mark(ratio >= limit)] if limit else [f"{ratio:.2f} ×", "", ""]
        busy = " + ".join(f"{each.busy(part):.2f}" for part in ("workers", "server", "stand_in", "others"))
        table.add_row(each.contender.name, *([] if ratios_only else rates), *judged, *([] if ratios_only else [busy]))
    text = _ABOUT.format(warm_up=WARM_UP, single=result.stand_in.single, bulk=result.stand_in.bulk)
    return Group(table, Text(), Text(" ".join(text.split())))
