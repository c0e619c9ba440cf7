"""The benchmark of throughput measures what it says, and finds out whoever does not do the work."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import minijinja
import pytest
from bench import work
from bench.contender import Command
from bench.contenders import Floor, XNovu, chosen
from bench.flood import Flood
from bench.round import Ground, Round, run_round, running_ground, warm_up_end
from bench.standin import StandIn, Verdict, running_stand_in
from bench.throughput import Standing, Throughput, check_headroom, conclude, suitable_count
from bench.timing import VoidError
from bench.work import ENTERPRISES, Notification, digest, jinja_templates, liquid_templates, normalise
from tests.bench.conftest import MACHINE, shown
from tests.cluster import Cluster

from xnovu.errors import UserError


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running_stand_in() as running:
        yield running


def event(number: int, own: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a contender must post for a notification, rendered by minijinja; `own` are a recipient's own values."""
    notification = Notification(number)
    environment = minijinja.Environment(
        templates=jinja_templates(), auto_escape_callback=lambda name: not name.endswith("subject")
    )
    rendered = {
        name: environment.render_template(name, **notification.payload | (own or {})) for name in jinja_templates()
    }
    return {
        "name": work.WORKFLOW,
        "to": [f"{notification.enterprise}:{notification.recipient}"],
        "transactionId": str(notification.id),
        "context": {"tenant": str(notification.enterprise)},
        "payload": {
            "email": {"subject": rendered["subject"], "body": rendered["body"]},
            "in_app": {"subject": rendered["in_app_subject"], "body": rendered["in_app_body"]},
        },
    }


def post(stand_in: StandIn, events: list[dict[str, Any]]) -> Any:
    return httpx.post(f"{stand_in.url}/v1/events/trigger/bulk", json={"events": events}).json()["data"]


def test_the_work_is_what_it_says() -> None:
    payload = Notification(7).payload
    used = {name for text in jinja_templates().values() for name in work._MARK.findall(text)}

    assert len({name for name, *_ in used}) == 20
    assert len(payload["rows"]) == 10
    assert {Notification(number).enterprise for number in range(20)} == set(ENTERPRISES)
    assert len({Notification(number).expected() for number in range(100)}) == 100
    assert "{{ title | upcase }}" in liquid_templates()["subject"]
    assert '{{ reason | default: "you work here" }}' in liquid_templates()["footer"]


def test_engines_may_differ_in_blanks_and_quotes_only() -> None:
    tenant = ENTERPRISES[0]

    assert normalise("a  &#x27;b&#39;\n c&#x2f;") == normalise("a 'b' c/")
    assert digest(tenant, "<p>\n<b>x</b>") == digest(tenant, "<p><b>x</b>")
    assert normalise("R &amp; D") != normalise("R & D")
    assert digest(tenant, "a", "b") != digest(tenant, "b", "a")
    assert digest(tenant, "a") != digest(ENTERPRISES[1], "a")


def test_the_stand_in_answers_as_novu_does(stand_in: StandIn) -> None:
    alone = httpx.post(f"{stand_in.url}/v1/events/trigger", json=event(0))
    several = post(stand_in, [event(1), event(2)])

    processed = {"acknowledged": True, "status": "processed"}
    assert alone.status_code == 201
    assert alone.json() == {"data": processed | {"transactionId": str(Notification(0).id)}}
    assert several == [processed | {"transactionId": str(Notification(number).id)} for number in (1, 2)]
    assert stand_in.count() == 3
    assert [count for _, count in stand_in.arrivals()] == [1, 2]
    assert stand_in.judge(3) == Verdict(posts=2, events=3)


def test_requests_may_come_in_pieces_and_together(stand_in: StandIn) -> None:
    import socket

    body = json.dumps(event(0)).encode()
    call = b"POST /v1/events/trigger HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_connection(("127.0.0.1", stand_in.port)) as connection:
        for part in (call[:30], call[30:200], call[200:] + call + call[:100], call[100:]):
            connection.sendall(part)
            connection.settimeout(0.05)
            try:
                connection.recv(65536)
            except TimeoutError:
                continue

    assert stand_in.count() == 3


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: made["payload"]["email"].update(body="<p>Less</p>"), "notification 0 has other contents"),
        (lambda made: made["payload"].pop("in_app"), "not an event of the work"),
        (lambda made: made["context"].update(tenant=str(ENTERPRISES[1])), "is for another tenant"),
        (lambda made: made.update(to=[f"{ENTERPRISES[0]}:{Notification(9).recipient}"]), "notification 9 has other"),
    ],
)
def test_who_posts_something_else_is_found_out(
    stand_in: StandIn, spoil: Callable[[dict[str, Any]], None], said: str
) -> None:
    spoilt = event(0)
    spoil(spoilt)

    post(stand_in, [spoilt, event(1)])

    verdict = stand_in.judge(2)
    assert not verdict.is_right
    assert said in verdict.wrong[0]


def test_who_posts_twice_or_not_at_all_or_elsewhere_is_found_out(stand_in: StandIn) -> None:
    post(stand_in, [event(0), event(0)])
    httpx.get(f"{stand_in.url}/v2/workflows/x")

    verdict = stand_in.judge(3)

    assert (verdict.missing, verdict.events) == (2, 2)
    assert verdict.wrong == ["notification 0 was posted more than once"]
    assert verdict.strays == ["GET /v2/workflows/x"]
    stand_in.empty()
    assert stand_in.judge(0) == Verdict()


def test_xnovu_and_the_floor_do_the_work(ground: Ground) -> None:
    floor = Floor()
    floor.set_up(ground.cluster)
    for contender in (XNovu(), floor):
        done = run_round(ground, contender, 600)

        assert done.count == 600
        assert done.posts < 60
        assert done.rate > 0
        assert done.cost > 0


def test_what_is_measured_on_loses_nothing() -> None:
    with running_ground() as ground, ground.cluster.admin() as admin:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert admin.execute(f"show {setting}".encode()).fetchone() == ("on",)
        assert ground.cluster.base_dir.startswith("/var/tmp/")
        assert ground.stand_in.count() == 0


def test_a_contender_that_renders_less_is_void(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(Floor):
        key = "lazy"

        def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
            command = super().command(cluster, database, novu_url)
            program = "import bench.work as w; w.FOOTER = ''; import bench.floor as f; f.main()"
            return Command([command.arguments[0], "-c", program], command.environment)

    contender = Lazy()
    contender.set_up(ground.cluster)

    with pytest.raises(VoidError, match="has other contents"):
        run_round(ground, contender, 200)


def test_a_contender_that_ends_is_void(ground: Ground) -> None:
    class Broken(Floor):
        key = "broken"

        def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
            return Command(["sh", "-c", "echo why >&2; exit 3"])

    contender = Broken()
    contender.set_up(ground.cluster)

    with pytest.raises(VoidError, match="a process ended with status 3: why"):
        run_round(ground, contender, 200)


def test_the_warm_up_ends_with_a_fifth() -> None:
    assert warm_up_end([(5.0, 60), (1.0, 10), (2.0, 15), (3.0, 15)], 100) == (2.0, 25)
    with pytest.raises(VoidError, match="only 10 of 100"):
        warm_up_end([(1.0, 10)], 100)


def test_rounds_last_about_as_long_as_asked() -> None:
    assert suitable_count(2_000, 4) == 10_000
    assert suitable_count(1, 4) == 500
    assert suitable_count(1e9, 4) == 100_000


def make_round(rate: float, is_bulk: bool = True, others: float = 0.0) -> Round:
    return Round(1000, 1.0, rate, 10 if is_bulk else 1000, 0.1, 0.8, 0.1, others)


def make_throughput(xnovu: float, others: float = 0.0, single: float = 1e5) -> Throughput:
    contenders = chosen(["graphile", "floor"])
    rates = ([xnovu - 100, xnovu, xnovu + 300], [1000.0], [10_000.0])
    standings = [
        Standing(contender, 1000, [make_round(rate, contender.key != "graphile", others) for rate in speeds])
        for contender, speeds in zip(contenders, rates, strict=True)
    ]
    return Throughput(standings, Flood(single, 1e6))


def test_ratios_budgets_and_spread() -> None:
    result = make_throughput(6_000)

    assert [(budget.value, budget.limit, budget.is_met) for budget in result.budgets] == [
        (6, 6, True),
        (0.6, 0.6, True),
    ]
    assert not any(budget.is_met for budget in make_throughput(5_990).budgets)
    rate = result.standings[0].rate
    assert (rate.median, rate.minimum, rate.maximum) == (6_000, 5_900, 6_300)
    assert result.standings[0].cost.median == pytest.approx(1e6 / 6_000)
    assert result.standings[0].share("server") == pytest.approx(0.8)


def test_a_stand_in_that_is_too_slow_voids_the_run() -> None:
    check_headroom(make_throughput(6_000, single=3_000))
    with pytest.raises(VoidError, match="not 3 × the 1,000"):
        check_headroom(make_throughput(6_000, single=2_999))


@pytest.mark.parametrize(("others", "is_told"), [(0.1, False), (0.5, True)])
def test_the_table_says_what_was_missed_and_what_disturbed(others: float, is_told: bool) -> None:
    outcome = conclude(make_throughput(5_000, others), MACHINE)

    text = shown(outcome)
    assert "5,000 4,900 5,300" in text
    assert "1,000 1,000 1,000 5.00 × ≥ 6 × missed" in text
    assert ("kept 0.50 of this machine's processors busy" in text) is is_told
    assert "2 × A processor" in text
    assert not outcome.is_met
    assert outcome.record["throughput"]["contenders"][1]["xnovu_is"] == 5


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="only ./run bench installs it")
    outcome = conclude(make_throughput(5_000), MACHINE)

    outcome.plots["throughput"](tmp_path / "throughput.png")

    assert (tmp_path / "throughput.png").read_bytes().startswith(b"\x89PNG")
    assert conclude(make_throughput(5_000), MACHINE, ratios_only=True).plots == {}


def test_a_contender_that_there_is_not_is_named() -> None:
    assert chosen(None)[0].key == "xnovu"
    with pytest.raises(UserError, match="no contender celery"):
        chosen(["celery"])
