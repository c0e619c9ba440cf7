"""The benchmark of claims measures what it says, and finds out claims that get less."""

from collections.abc import Callable

import pytest
from bench import claim
from bench.claim import Case, Claims, check, conclude, measure
from bench.round import Ground
from bench.timing import VoidError
from tests.bench.conftest import MACHINE, shown
from tests.cluster import Connection


def test_claims_are_made_beside_each_amount(ground: Ground) -> None:
    told: list[str] = []

    claims = measure(ground, [2_000, 1_000], 3, told.append)

    assert [case.waiting for case in claims.cases] == [1_000, 2_000]
    assert [[len(turn) for turn in case.turns] for case in claims.cases] == [[10] * 3] * 2
    assert all(seconds > 0 for case in claims.cases for seconds in case.claims)
    assert told == ["1,000 waiting", "2,000 waiting", "turn 1", "turn 2", "turn 3"]
    assert conclude(claims, MACHINE).budgets == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda put_in: lambda platform, count: put_in(platform, count - 10), r"one got \d+ deliveries, and not 100"),
        (
            lambda put_in: lambda platform, count: put_in(platform, count + (count == 1_000) * 10),
            "deliveries were waiting in the end, and not 2,000",
        ),
    ],
)
def test_less_or_more_than_was_to_be_waiting_is_void(
    ground: Ground,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Callable[[Connection, int], None]], Callable[[Connection, int], None]],
    said: str,
) -> None:
    monkeypatch.setattr(claim, "put_in", spoil(claim.put_in))
    amount = 1_000 if "one got" in said else 2_000

    with pytest.raises(VoidError, match=said):
        measure(ground, [amount], 3, lambda line: None)


def test_the_amount_is_checked() -> None:
    check(Case(1_000), 1_000)
    with pytest.raises(VoidError, match="999 deliveries were waiting in the end, and not 1,000"):
        check(Case(1_000), 999)


def case(waiting: int, admission: float, others: float, turns: int = 3) -> Case:
    return Case(waiting, [[admission, *[others] * 9] for _ in range(turns)])


def test_an_admission_is_part_of_the_cost() -> None:
    claims = Claims([case(1_000, 0.010, 0.001), case(1_000_000, 0.020, 0.001)])

    assert claims.cases[0].cost == pytest.approx(0.0019)
    assert claims.ratio(claims.cases[1]) == pytest.approx(0.0029 / 0.0019)
    disturbed = case(1_000, 0.010, 0.001)
    disturbed.turns[1] = [5.0] * 10
    assert disturbed.cost == pytest.approx(0.0019)


def test_the_budget_counts_at_a_million_beside_a_thousand() -> None:
    def budgets(most: float, least_waiting: int = 1_000) -> list[tuple[float, bool]]:
        claims = Claims([case(least_waiting, 1.0, 1.0), case(100_000, 9.0, 9.0), case(1_000_000, most, most)])
        return [(round(budget.value, 6), budget.is_met) for budget in conclude(claims, MACHINE).budgets]

    assert budgets(1.3) == [(1.3, True)]
    assert budgets(1.31) == [(1.31, False)]
    assert budgets(9.0, least_waiting=2_000) == []


def test_the_table_has_the_figures_and_the_quick_one_only_ratios() -> None:
    claims = Claims([case(1_000, 0.011, 0.001), case(1_000_000, 0.022, 0.002)])

    whole, quick = (shown(conclude(claims, MACHINE, is_quick)) for is_quick in (False, True))

    assert "1,000,000 waiting 4.00 2.00 22.00 22.00 2.00 × ≤ 1.3 missed" in whole
    assert "1,000,000 waiting 2.00 × ≤ 1.3 missed" in quick
