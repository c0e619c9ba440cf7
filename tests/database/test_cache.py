"""What backends keep compiled is never stale after a publish, and never another enterprise's."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID, uuid4

from tests.cluster import A, B, C, Connection, Database
from tests.support import SHARED, HandWorker, add_template, add_workflow, one, publish_workflow, rows

BACKENDS = 4
PUBLICATIONS = 12
Body = tuple[UUID, str]


def insert_many(database: Database, enterprise: UUID, key: str, count: int) -> None:
    with database.connect("test_platform", enterprise) as connection:
        connection.execute(
            "insert into notify.ent_notification (workflow_key, recipients, payload)"
            ' select %s, array[gen_random_uuid()], \'{"name": "Ada"}\' from generate_series(1, %s)',
            [key, count],
        )


def render_some(worker: HandWorker, most: int = 5) -> list[Body]:
    """Claim, render and report as accepted a few; returns each one's enterprise and body."""
    requests = worker.take(most=most)
    if requests:
        worker.report(requests)
    return [(UUID(r["request_id"].split("/")[0]), json.loads(r["body"])["payload"]["email"]["body"]) for r in requests]


def warm(database: Database) -> list[HandWorker]:
    """Workers, each on a backend of its own."""
    workers = [HandWorker(database.connect("test_worker"), f"w{n}/normal1") for n in range(BACKENDS)]
    pids = {one(worker.connection, "select pg_backend_pid() as pid")["pid"] for worker in workers}
    assert len(pids) == BACKENDS
    return workers


def in_turns(workers: list[HandWorker], prepare: Callable[[], None]) -> list[list[Body]]:
    """Let each backend render one after the other, with something prepared before each."""
    seen = []
    for worker in workers:
        prepare()
        seen.append(render_some(worker))
    return seen


def test_every_backend_renders_the_new_version_from_the_publish_on(database: Database) -> None:
    add_template(database, "header", "header 1")
    add_workflow(database, body="{{ xnovu_render('header') }} body 1 {{ name }}")
    workers = warm(database)
    for n in range(2, 6):
        bodies = in_turns(workers, lambda: insert_many(database, A, "greeting", 2))
        assert bodies == [[(A, f"header {n - 1} body {n - 1} Ada")] * 2] * BACKENDS
        add_template(database, "header", f"header {n}")
        add_template(database, "greeting", f"{{{{ xnovu_render('header') }}}} body {n} {{{{ name }}}}")
        publish_workflow(database, "greeting")
    database.keep("test_admin").execute("select notify.rollback('greeting', 2)")
    bodies = in_turns(workers, lambda: insert_many(database, A, "greeting", 1))
    assert bodies == [[(A, "header 2 body 2 Ada")]] * BACKENDS


def test_while_one_publishes_nobody_renders_a_mixture_or_goes_back(database: Database) -> None:
    """Backends render at once while versions are published; header and body of a version carry its number."""
    add_template(database, "header", "1")
    add_workflow(database, body="{{ xnovu_render('header') }}/1")
    workers = warm(database)
    insert_many(database, A, "greeting", 2_000)
    workers[0].tick()
    done = threading.Event()

    def render(worker: HandWorker) -> list[tuple[int, str]]:
        """Return, for what it rendered, the version published before it claimed, and the body."""
        seen = []
        look = database.connect()
        while not done.is_set():
            least = one(look, "select published_version as v from notify.ent_notification_workflow")["v"]
            seen += [(least, body) for _, body in render_some(worker, most=3)]
        return seen

    def publish() -> None:
        admin = database.connect("test_admin")
        for n in range(2, PUBLICATIONS + 2):
            with admin.transaction():
                for key, body in (("header", str(n)), ("greeting", f"{{{{ xnovu_render('header') }}}}/{n}")):
                    admin.execute(
                        "update notify.ent_notification_template set body_template = %s where template_key = %s",
                        [body, key],
                    )
                admin.execute("select notify.publish('greeting')")
        done.set()

    with ThreadPoolExecutor(BACKENDS + 1) as pool:
        publishing = pool.submit(publish)
        rendering = [pool.submit(render, worker) for worker in workers]
        publishing.result(60)
        seen = [future.result(60) for future in rendering]
    assert sum(len(of_one) for of_one in seen) > BACKENDS * 3
    for of_one in seen:
        numbers = []
        for least, body in of_one:
            header, _, text = body.partition("/")
            assert header == text, body
            assert int(text) >= least, (body, least)
            numbers.append(int(text))
        assert all(first <= second for first, second in pairwise(numbers))
    assert len({body for of_one in seen for _, body in of_one}) > 1
    wrong = rows(
        database.keep(),
        "select c.content from notify.notification_content as c"
        " where c.content -> 'email' ->> 'body' <> c.workflow_version || '/' || c.workflow_version",
    )
    assert wrong == []


def test_enterprises_with_the_same_key_and_the_same_text_never_get_each_others(database: Database) -> None:
    """A and B have equal workflows; then one of them changes its own, back and forth, on backends that know both."""
    for enterprise in (SHARED, A, B):
        add_workflow(database, body="same {{ notification.enterprise_id }}", enterprise=enterprise)
    hashes = rows(database.keep(), "select distinct bundle_hash from notify.notification_workflow_version")
    assert len(hashes) == 1
    workers = warm(database)

    def insert_all() -> None:
        for enterprise in (A, B, C):
            insert_many(database, enterprise, "greeting", 1)

    def rendered(worker: HandWorker) -> set[Body]:
        insert_all()
        seen: set[Body] = set()
        while found := render_some(worker):
            seen.update(found)
        return seen

    texts = {A: "same", B: "same", C: "same"}
    for changed, text in ((None, ""), (A, "of A"), (B, "of B"), (A, "same"), (SHARED, "shared"), (B, "same")):
        if changed is not None:
            add_template(database, "greeting", f"{text} {{{{ notification.enterprise_id }}}}", enterprise=changed)
            publish_workflow(database, "greeting", changed)
            texts[C if changed == SHARED else changed] = text
        for worker in workers:
            assert rendered(worker) == {(enterprise, f"{said} {enterprise}") for enterprise, said in texts.items()}


def test_an_enterprises_payload_and_settings_do_not_stay_in_a_backend(database: Database) -> None:
    """Two enterprises share a version, a backend and its compiled templates; nothing of one shows in the other's."""
    body = "{{ name }}/{{ x | default('nothing') }}/{{ '2026-07-01T12:00:00Z' | time }}"
    add_workflow(database, body=body)
    admin = database.connect("test_admin")
    admin.execute("insert into notify.notification_setting (enterprise_id, time_zone) values (%s, 'Asia/Tokyo')", [A])
    (worker, *_) = warm(database)
    seen: set[Body] = set()
    for enterprise, payload in ((A, '{"name": "a", "x": "of A"}'), (B, '{"name": "b"}')) * 2:
        send(database.connect("test_platform", enterprise), payload)
        seen.update(render_some(worker))
    said = {enterprise: text.split("/") for enterprise, text in seen}
    assert (said[A][:2], said[B][:2]) == (["a", "of A"], ["b", "nothing"])
    assert said[A][2] != said[B][2]
    assert len(seen) == 2


def send(platform: Connection, payload: str) -> None:
    platform.execute("select notify.send('greeting', array[%s]::uuid[], %s)", [uuid4(), payload])
