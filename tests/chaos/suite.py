"""A run of the chaos suite: load and faults for a while, then calm until all is final, then the verdict."""

from __future__ import annotations

import heapq
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from tests.chaos.fleet import Member
from tests.chaos.hostile import LATEST, RATES, Hostile
from tests.chaos.load import ENTERPRISES, OWN_TARGETS, Load, prepare
from tests.chaos.mutations import mutate
from tests.chaos.plan import LEASE, TIMEOUT, WEIGHTS, WORKERS, Step, make_plan
from tests.chaos.proxy import Proxy
from tests.chaos.stage import Stage
from tests.chaos.verdict import Verdict, judge, lost_now
from tests.cluster import Cluster, Database

# A server that is crashed on purpose must keep what it committed.
SERVER_SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
LOOK_EVERY = 2.0
# After that long in the calm, nothing that was sent before is under way any more.
SETTLED = TIMEOUT + LATEST + 1.0
OPEN = """
select count(*) + (select count(*) from notify.notification_cancellation where cancellation_status = 'OPEN')
from notify.ent_notification as n
where n.notification_status in ('PENDING', 'PROCESSING') or exists (
  select from notify.notification_delivery as d
  where d.enterprise_id = n.enterprise_id and d.notification_id = n.id and d.delivery_status = 'OPEN'
)
"""
# What waits is brought forward, once nothing that was sent before can be under way.
HURRY = """
update notify.notification_delivery set due_at = now() where due_at > now();
update notify.notification_cancellation set due_at = now() where due_at > now() and claimed_by is null
"""
# The hostile Novu asks for two seconds at most, and a backoff takes five minutes at most.
OVERLONG = """
select notification_id, number, due_at - now(), error_details
from notify.notification_delivery
where due_at > now() + interval '310 seconds'
union all
select notification_id, number, due_at - now(), error_details
from notify.notification_cancellation
where due_at > now() + interval '310 seconds'
"""
# What an operator holds back, by the number of the step.
PAUSES = (
    ("LANE", "normal"),
    ("TARGET", "own-c"),
    ("ENTERPRISE", "aaaaaaaa-0000-4000-8000-00000000000a"),
    ("WORKFLOW", "greeting"),
)
LIMIT = """
insert into notify.notification_target_limit (target, tokens_per_second, burst) values ('default', 200, 200);
insert into notify.notification_enterprise_limit (enterprise_id, recipients_per_minute, burst)
values ('aaaaaaaa-0000-4000-8000-00000000000a', 6000, 100)
"""
LOG_LINES = 40  # of a deadlock: who waited for whom, and in which function
UNLIMITED = "delete from notify.notification_target_limit; delete from notify.notification_enterprise_limit"


@dataclass(frozen=True)
class Options:
    """What a run is made of. `pace`: the platform's statements a second; `patience`: seconds that the calm may take."""

    seed: int
    seconds: float
    pace: float = 6.0
    patience: float = 60.0
    weights: Mapping[str, int] | None = None
    rates: Mapping[str, float] | None = None
    mutation: str | None = None
    overture: bool = True


class Chaos:
    """One run on a cluster of which it may restart the server when the plan says so."""

    def __init__(self, database: Database, options: Options, folder: Path, tell: Callable[[str], None]) -> None:
        self.database = database
        self.options = options
        self.tell = tell
        cluster = database.cluster
        rates = dict(RATES if options.rates is None else options.rates)
        proxies = [Proxy(f"{cluster.socket_folder}/.s.PGSQL.{cluster.port}") for _ in range(WORKERS)]
        self.stage = Stage(Hostile(options.seed, rates), proxies)
        self.load = Load(database, options.seed, options.pace)
        self.folder = folder
        self.members: list[Member] = []
        self.found: list[str] = []
        self.counts: Counter[str] = Counter()
        self._todo: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def run(self) -> Verdict:
        """The whole of it."""
        prepare(self.database)
        if self.options.mutation is not None:
            mutate(self.database, self.options.mutation)
        with ExitStack() as stack:
            stack.enter_context(self.stage)
            stack.callback(self._kill_all)
            self._enlist()
            if self.options.overture:
                self._overture()
            self._start_all()
            self.load.start()
            try:
                self._disturb()
            finally:
                self.load.stop.set()
                self.load.join(30)
            if self.load.failure is not None:
                raise self.load.failure
            self._calm()
            return self._judge()

    def _enlist(self) -> None:
        for number, proxy in enumerate(self.stage.proxies):
            url = f"postgresql://test_worker@127.0.0.1:{proxy.port}/{self.database.name}"
            member = Member(number, self.folder, url, self.stage.hostile.url, tuple(OWN_TARGETS.values()))
            self.members.append(member)

    def _start_all(self) -> None:
        for member in self.members:
            member.start()

    def _overture(self) -> None:
        """What the fence is for, which chance brings too rarely: a worker is frozen with calls that it has not made
        yet, and wakes while another is making them. It is told to end meanwhile, so it only reports what it did not
        send: if that counted, a third worker would send it while the second does."""
        hostile, sleeper = self.stage.hostile, self.members[0]
        self.stage.soon(lambda: hostile.hang(60))
        self.load.send_to_all_targets()
        sleeper.start()
        _await(lambda: any(exchange.fault == "hang" for exchange in hostile.exchanges), 20)
        sleeper.freeze()
        self._start_all()
        _await(lambda: sleeper.name in hostile.overtaken, 4 * LEASE)
        sleeper.tell_to_end()
        sleeper.wake()
        time.sleep(0.3)
        self.load.send_to_all_targets()  # idle workers look at once
        self.stage.soon(lambda: hostile.hang(4.0))
        sleeper.await_end()
        sleeper.start()

    def _kill_all(self) -> None:
        for member in self.members:
            member.kill()

    # --- the disturbance

    def _disturb(self) -> None:
        start = time.monotonic()
        weights = WEIGHTS if self.options.weights is None else self.options.weights
        for step in make_plan(self.options.seed, self.options.seconds, weights):
            self._at(start + step.at, partial(self._take, step))
        look_at = start + LOOK_EVERY
        while (now := time.monotonic()) < start + self.options.seconds or self._todo:
            while self._todo and self._todo[0][0] <= now:
                heapq.heappop(self._todo)[2]()
            if now >= look_at:
                look_at = now + LOOK_EVERY
                self._look(now - start)
            time.sleep(0.02)

    def _at(self, moment: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._todo, (moment, next(self._order), call))

    def _take(self, step: Step) -> None:
        self.counts[f"did {step.action}"] += 1
        self.tell(str(step))
        getattr(self, f"_{step.action}")(step)

    def _after(self, step: Step, call: Callable[[], None]) -> None:
        self._at(time.monotonic() + step.seconds, call)

    def _kill(self, step: Step) -> None:
        member = self.members[step.which]
        member.kill()
        self._after(step, lambda: member.start(step.shift))

    def _freeze(self, step: Step) -> None:
        """Freeze a worker past its lease, and wake it when another is at what it was at, or when the time is over."""
        member = self.members[step.which]
        member.freeze()
        self.stage.hostile.overtaken.discard(member.name)
        self._wake_overtaken(member, time.monotonic() + step.seconds)

    def _wake_overtaken(self, member: Member, end: float) -> None:
        if time.monotonic() < end and member.name not in self.stage.hostile.overtaken:
            self._at(time.monotonic() + 0.05, lambda: self._wake_overtaken(member, end))
            return
        self.counts["woken while another worker was at the same"] += member.name in self.stage.hostile.overtaken
        self.stage.hostile.overtaken.discard(member.name)
        self.stage.soon(lambda: self.stage.hostile.hang(2.0))
        member.wake()

    def _nap(self, step: Step) -> None:
        """Freeze a worker for less than its lease."""
        member = self.members[step.which]
        member.freeze()
        self._after(step, member.wake)

    def _drain(self, step: Step) -> None:
        member = self.members[step.which]
        member.drain()
        self._after(step, lambda: member.start(step.shift))

    def _cut(self, step: Step) -> None:
        self.stage.soon(self.stage.proxies[step.which].cut)

    def _stall(self, step: Step) -> None:
        self.stage.begin(self.stage.proxies[step.which].stall(step.seconds))

    def _mute(self, step: Step) -> None:
        self.stage.begin(self.stage.proxies[step.which].mute(step.seconds))

    def _swallow(self, step: Step) -> None:
        self.stage.begin(self.stage.proxies[step.which].swallow(step.seconds))

    def _terminate(self, step: Step) -> None:
        """End about half of the server's sessions with this database, wherever they are."""
        with self.database.cluster.admin() as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid %% 2 = %s",
                [self.database.name, step.which % 2],
            )

    def _restart(self, step: Step) -> None:
        self._read_server_log()
        crash(self.database.cluster)

    def _away(self, step: Step) -> None:
        self.stage.finish(self.stage.hostile.go_away())
        self._after(step, lambda: self.stage.finish(self.stage.hostile.listen()))

    def _hang(self, step: Step) -> None:
        self.stage.soon(lambda: self.stage.hostile.hang(step.seconds))

    def _operate(self, statement: str, *parameters: object, enterprise: UUID | None = None) -> None:
        """Do as an admin; what fails, because the server is away or it was done before, is not repeated."""
        with suppress(psycopg.Error), psycopg.connect(self.database.url("test_admin")) as connection:
            if enterprise is not None:
                connection.execute("select notify.set_enterprise(%s)", [enterprise])
            connection.execute(statement.encode(), parameters or None)

    def _pause(self, step: Step) -> None:
        """Hold something back for a while."""
        kind, name = PAUSES[int(step.at * 10) % len(PAUSES)]
        self._operate("select notify.pause(%s, %s, 'chaos')", kind, name)
        self._after(step, lambda: self._operate("select notify.resume(%s, %s)", kind, name))

    def _limit(self, step: Step) -> None:
        """Limit the shared target and an enterprise for a while."""
        self._operate(LIMIT)
        self._after(step, lambda: self._operate(UNLIMITED))

    def _replay(self, step: Step) -> None:
        """Try again what Novu refused: it refuses it again."""
        for enterprise in ENTERPRISES:
            self._operate("select notify.replay(p_error_code => 'novu_refused')", enterprise=enterprise)

    # --- looking, and the end

    def _look(self, seconds: float) -> None:
        if self.load.failure is not None:
            raise self.load.failure
        for member in self.members:
            member.look()
        with suppress(psycopg.OperationalError), self.database.cluster.admin(self.database.name) as connection:
            lost = lost_now(connection)
            if lost and not self.found:
                self.found.append(
                    f"after {seconds:.0f} s, {len(lost)} open deliveries are in nobody's hands: {lost[:3]}"
                )
        self.tell(f"{seconds:.0f} s: {len(self.load.made)} made, {self.stage.hostile.counts['delivered']} delivered")

    def _calm(self) -> None:
        """No more faults; once nothing sent before can be under way, what waits is brought forward."""
        self.stage.soon(self.stage.hostile.calm)
        for member in self.members:
            member.look()
            member.wake()
        self._start_all()
        time.sleep(SETTLED)
        end = time.monotonic() + self.options.patience
        with self.database.cluster.admin(self.database.name) as connection:
            connection.execute("delete from notify.notification_pause")
            connection.execute(UNLIMITED.encode())
            if overlong := connection.execute(OVERLONG).fetchall():
                self.found.append(f"{len(overlong)} deliveries wait longer than any backoff, such as {overlong[0]}")
            while (left := connection.execute(OPEN).fetchall()[0][0]) and time.monotonic() < end:
                connection.execute(HURRY)  # again: a busy machine's report of what was sent before may come late
                self.tell(f"calm: {left} still open")
                time.sleep(0.5)
            if lost := lost_now(connection):
                self.found.append(f"in the end {len(lost)} open deliveries are in nobody's hands: {lost[:3]}")
            self._empty_queues(connection)
        for member in self.members:
            member.drain()

    def _empty_queues(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Give the workers a moment to pop the hints at what was retracted meanwhile."""
        end = time.monotonic() + 5
        while time.monotonic() < end and any(
            connection.execute(sql.SQL("select 1 from pgmq.{} limit 1").format(sql.Identifier(f"q_{lane}"))).fetchall()
            for lane in ("critical", "normal", "bulk")
        ):
            time.sleep(0.1)

    def _read_server_log(self) -> None:
        lines = self.database.cluster.log().splitlines()
        self.found += [
            "\n".join([f"the server logged {line}", *lines[number + 1 : number + LOG_LINES]])
            for number, line in enumerate(lines)
            if "deadlock" in line or "PANIC" in line
        ]

    def _judge(self) -> Verdict:
        self._read_server_log()
        freezes = [freeze for member in self.members for freeze in member.freezes]
        with self.database.cluster.admin(self.database.name) as connection:
            verdict = judge(connection, self.stage.hostile, self.load.made, freezes)
        verdict.violations += self.found
        verdict.note("workers' faults", [complaint for member in self.members for complaint in member.complaints()])
        verdict.counts |= self.counts
        verdict.counts["statements of the platform that failed"] = self.load.trouble
        return verdict


def _await(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def crash(cluster: Cluster) -> None:
    """Restart PostgreSQL as `pg_ctl restart -m immediate` does: it has no time to write anything."""
    cluster.terminate(signal.SIGQUIT)
    cluster.start()
