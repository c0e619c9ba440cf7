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
Notifications a second from PENDING to SENT: email (20 values, a loop of 10, header and footer) and in-app, one
recipient each, of 20 enterprises, committed with fsync. The first {warm_up:.0%} of each round are the warm-up. "XNovu
is" says how many times faster XNovu is than the contender; "CPU" is how many microseconds of processor a notification
took, and how much of that in the contender's own processes, in PostgreSQL and in the stand-in, which all share the
machine. What was posted is compared by its contents: a round in which anything is wrong, missing or twice is void. The
stand-in took {single:,.0f} events a second one by one and {bulk:,.0f} in bulks of 100.
"""
_NOISE = """
Something else kept {others:.2f} of this machine's processors busy meanwhile: trust the CPU's microseconds, and no rate.
"""
# Processors that may be busy with something else before the rates are doubted.
_QUIET = 0.15


@dataclass
class Standing:
    """A contender and what came of its rounds."""

    contender: Contender
    count: int
    rounds: list[Round] = field(default_factory=list)

    @property
    def rate(self) -> Spread:
        return Spread.of([each.rate for each in self.rounds])

    @property
    def cost(self) -> Spread:
        return Spread.of([each.cost for each in self.rounds])

    def share(self, part: str) -> float:
        """How much of the cost is a part's: "workers", "server" or "stand_in"."""
        costs = [(float(getattr(each, part)), each.workers + each.server + each.stand_in) for each in self.rounds]
        return sum(one for one, _ in costs) / sum(every for _, every in costs)

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
    def others(self) -> float:
        """How many processors were busy with something else, in the median round."""
        return Spread.of([one.others for each in self.standings for one in each.rounds]).median

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
        if pilot.seconds < 1:
            pilot = run_round(ground, contender, suitable_count(pilot.rate, 1))
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
    """How many notifications last about that long, in hundreds."""
    return max(_LEAST, min(_MOST, round(rate * seconds / (1 - WARM_UP) / 100) * 100))


def check_headroom(result: Throughput) -> None:
    """Raises VoidError when the stand-in is not several times faster than the fastest that posted to it."""
    for is_bulk, limit in ((False, result.stand_in.single), (True, result.stand_in.bulk)):
        rates = [each.rate.maximum for each in result.standings if each.is_bulk == is_bulk]
        if rates and max(rates) * HEADROOM > limit:
            raise VoidError(
                f"the stand-in takes {limit:,.0f} events a second, which is not {HEADROOM:g} × the {max(rates):,.0f} "
                "of the fastest contender"
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
        "others": result.others,
        "contenders": [
            {
                "key": each.contender.key,
                "name": each.contender.name,
                "about": each.contender.about,
                "count": each.count,
                "rate": vars(each.rate),
                "xnovu_is": result.ratio(each),
                "cost": vars(each.cost),
                "rounds": [vars(one) | {"cost": one.cost} for one in each.rounds],
            }
            for each in result.standings
        ],
    }


def show(result: Throughput, ratios_only: bool = False) -> RenderableType:
    """The figures for people."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    rates = () if ratios_only else ("median", "min", "max")
    for title in (*rates, "XNovu is", "budget", "", "CPU", "own/PG/Novu"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in result.standings:
        spread = [f"{rate:,.0f}" for rate in (each.rate.median, each.rate.minimum, each.rate.maximum)]
        shares = "/".join(f"{each.share(part):.0%}" for part in ("workers", "server", "stand_in"))
        table.add_row(
            each.contender.name, *spread[: len(rates)], *_judged(result, each), f"{each.cost.median:,.0f}", shares
        )
    text = _ABOUT.format(warm_up=WARM_UP, single=result.stand_in.single, bulk=result.stand_in.bulk)
    return Group(table, Text(), Text(" ".join(text.split())), *noise(result))


def noise(result: Throughput) -> list[Text]:
    """What is to be said when something else was busy."""
    if result.others <= _QUIET:
        return []
    return [Text(_NOISE.strip().format(others=result.others), style="red")]


def _judged(result: Throughput, standing: Standing) -> list[str | Text]:
    ratio, limit = result.ratio(standing), BUDGETS.get(standing.contender.key)
    if limit is None:
        return [f"{ratio:.2f} ×", "", ""]
    return [f"{ratio:.2f} ×", f"≥ {limit:g} ×", mark(ratio >= limit)]
