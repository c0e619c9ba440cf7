"""/livez and /readyz."""

from pathlib import Path

from tests.cluster import Database
from tests.http.support import FaceProcess


def test_it_lives_without_a_database_and_is_ready_with_one(database: Database, tmp_path: Path) -> None:
    with FaceProcess(tmp_path, database.url("test_http")) as face, face.client() as client:
        assert client.get("/livez").json() == {"status": "ok"}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
        missing = client.get("/nowhere")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
        wrong = client.post("/livez")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
