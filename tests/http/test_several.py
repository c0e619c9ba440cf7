"""Several `xnovu serve` on one database, and one whose database function fails."""

import select
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from tests.cluster import A, Database
from tests.http.support import FaceProcess, Keys
from tests.http.test_limits import limit
from tests.support import add_workflow

EVENT = {"workflowId": "greeting", "recipients": ["00000000-0000-4000-8000-0000000000ad"], "payload": {"name": "Ada"}}


def test_two_faces_share_idempotency_keys_and_limits(
    face: FaceProcess, served: Database, keys: Keys, tmp_path: Path
) -> None:
    enterprise = uuid4()
    limit(served, enterprise, per_second=0.001, burst=30)
    key = keys.make(enterprise)
    with (
        FaceProcess(tmp_path, served.url("test_http")) as other,
        face.client(key) as one,
        other.client(key) as another,
        ThreadPoolExecutor(8) as pool,
    ):
        once = EVENT | {"idempotencyKey": "once"}
        answers = list(pool.map(lambda turn: (one, another)[turn % 2].post("/api/trigger", json=once), range(40)))
    taken = [answer for answer in answers if answer.is_success]
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 29, 429: 10}
    assert len({answer.json()["notificationId"] for answer in taken}) == 1
    count = served.keep().execute("select count(*) from notify.ent_notification where enterprise_id = %s", [enterprise])
    assert count.fetchone() == (1,)


def test_what_fails_in_the_database_is_500_and_tells_the_client_nothing(database: Database, tmp_path: Path) -> None:
    add_workflow(database)
    with FaceProcess(tmp_path, database.url("test_http")) as face, face.client(Keys(database).make(A)) as client:
        database.keep().execute(
            """
            create or replace function http_v1.show_notification(p_proof text, p_id text, p_query jsonb)
            returns http_v1.answer
            language plpgsql
            as $$ begin raise exception 'the secret of %', p_id; end $$
            """
        )
        answer = client.get(f"/api/notifications/{uuid4()}")
        assert (answer.status_code, answer.headers.get("connection")) == (500, None)
        assert answer.json() == {"code": "error", "message": "Something went wrong here; the log has it."}
        (crash,) = [entry for entry in face.events() if entry["event"] == "crashed"]
        assert crash["error"] == "RaiseException" and "secret" not in face.log.read_text()
        connection = answer.extensions["network_stream"].get_extra_info("socket")
        assert select.select([connection], [], [], 0.3)[0] == [], "the face has closed it"
        assert client.get("/livez").status_code == 200
