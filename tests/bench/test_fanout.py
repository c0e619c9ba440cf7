"""The benchmark of the fan-out measures what it says, and finds out who did not get what was to be got."""

import httpx
import pytest
from bench import fanout
from bench.fanout import Case, Sending, conclude, events, measure
from bench.round import Ground
from bench.standin import Verdict
from bench.timing import VoidError
from bench.work import FAN_OUT, Notification, own_values
from tests.bench.conftest import MACHINE, shown
from tests.bench.test_throughput import event


def fan_out_event(numbers: list[int], own: int | None = None) -> dict[str, object]:
    """What is to be posted for those recipients."""
    made = event(FAN_OUT.number, {} if own is None else own_values(own))
    return made | {"to": [f"{FAN_OUT.enterprise}:{Notification(number).recipient}" for number in numbers]}


def verdict(ground: Ground, made: list[dict[str, object]], count: int, kind: str) -> Verdict:
    ground.stand_in.empty()
    httpx.post(f"{ground.stand_in.url}/v1/events/trigger/bulk", json={"events": made})
    return ground.stand_in.judge(count, kind)


def test_everybody_gets_it(ground: Ground) -> None:
    told: list[str] = []

    cases = measure(ground, 250, 2, told.append)

    assert [(case.kind, len(case.rounds)) for case in cases] == [("shared", 2), ("own", 2)]
    for case in cases:
        for one in case.rounds:
            assert one.inserted > 0
            assert 0 < one.accepted < one.sent
    assert [line.split(":")[0] for line in told] == [
        *("the same for all", "values of their own", "values of their own", "the same for all")
    ]
    assert conclude(cases, MACHINE).budgets == []


def test_somebody_whose_values_are_not_used_voids_the_run(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "own_values", lambda place: {"first_name": f"Person {place + (place == 3)}"})
    with pytest.raises(VoidError, match=r"values of their own: .* recipient 3 has other contents"):
        measure(ground, 20, 1, lambda line: None)


def test_the_stand_in_knows_what_each_recipient_must_get(ground: Ground) -> None:
    assert verdict(ground, [fan_out_event([0, 1]), fan_out_event([2])], 3, "shared") == Verdict(1, 2)
    assert verdict(ground, [fan_out_event([n], n) for n in range(3)], 3, "own") == Verdict(1, 3)
    swapped = verdict(ground, [fan_out_event([0], 1), fan_out_event([1], 1)], 2, "own")
    assert "recipient 0 has other contents" in swapped.wrong[0]
    twice = verdict(ground, [fan_out_event([0, 1]), fan_out_event([1])], 3, "shared")
    assert (twice.wrong, twice.missing) == (["recipient 1 was posted more than once"], 1)
    foreign = fan_out_event([0, 1]) | {"to": [f"{Notification(0).enterprise}:{Notification(0).recipient}"]}
    assert "is for another tenant" in verdict(ground, [foreign], 1, "shared").wrong[0]


def test_an_event_goes_to_a_hundred_or_to_one() -> None:
    assert [events("shared", count) for count in (1, 100, 101, 10_000)] == [1, 1, 2, 100]
    assert events("own", 101) == 101


def test_the_budget_counts_for_ten_thousand_who_get_the_same() -> None:
    def case(kind: str, accepted: float, recipients: int = 10_000) -> Case:
        return Case(kind, recipients, [Sending(0.1, accepted, 2.0), Sending(0.1, accepted, 2.0), Sending(0.1, 9, 9)])

    outcome = conclude([case("shared", 1.0), case("own", 5.0)], MACHINE)
    assert [(budget.value, budget.is_met) for budget in outcome.budgets] == [(1.0, True)]
    assert not conclude([case("shared", 1.01)], MACHINE).is_met
    assert conclude([case("shared", 9.0, 100_000)], MACHINE).budgets == []
    text = shown(outcome)
    assert "100 0.10 1.00 1.00 9.00 2.00 10,000 ≤ 1 ok" in text
    assert "10,000 0.10 5.00 5.00 9.00 2.00 2,000" in text
