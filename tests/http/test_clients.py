"""Slow and broken clients, CORS, TLS, a database that goes away, and SIGTERM under load."""

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from tests.cluster import A, Cluster, Database
from tests.http.support import FaceProcess, Keys
from tests.worker.processes import until

EVENT = {"workflowId": "greeting", "recipients": ["00000000-0000-4000-8000-0000000000ad"]}


def connected(face: FaceProcess) -> socket.socket:
    host, _, port = face.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def received(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    while part := connection.recv(65536):
        got += part
    return got


def answered(connection: socket.socket) -> bytes:
    """One answer of JSON."""
    got = b""
    while not got.endswith(b"}"):
        part = connection.recv(65536)
        assert part, got
        got += part
    return got


def head(key: str, length: int) -> bytes:
    return (
        f"POST /api/trigger HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_a_head_that_never_ends_is_cut_off(face: FaceProcess) -> None:
    for sent in (b"", b"POST /api/trigger HTTP/1.1\r\nHost:"):
        with connected(face) as connection:
            connection.sendall(sent)
            start = time.monotonic()
            assert received(connection) == b""
            assert 0.5 < time.monotonic() - start < 5


def test_a_second_head_that_never_ends_is_cut_off_too(face: FaceProcess) -> None:
    with connected(face) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(connection).endswith(b'{"status":"ok"}')
        connection.sendall(b"GET /livez HT")
        assert received(connection) == b""


def test_a_body_that_never_ends_is_refused_with_408(face: FaceProcess, keys: Keys) -> None:
    with connected(face) as connection:
        connection.sendall(head(keys.make(A), 1000) + b'{"workflowId":')
        assert received(connection).startswith(b"HTTP/1.1 408")


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(face: FaceProcess, keys: Keys) -> None:
    with connected(face) as connection:
        connection.sendall(head(keys.make(A), 10**9))
        assert received(connection).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("shown", ["", "Authorization: Bearer xnovu_short\r\n"])
def test_who_shows_no_key_is_answered_before_the_body_and_may_go_on(face: FaceProcess, shown: str) -> None:
    start = f"POST /api/trigger HTTP/1.1\r\nHost: x\r\n{shown}Content-Type: application/json\r\n"
    with connected(face) as connection:
        connection.sendall(f"{start}Content-Length: {3_000_000}\r\n\r\n".encode() + b" " * 10)
        assert answered(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(b" " * (3_000_000 - 10) + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(connection).startswith(b"HTTP/1.1 200")


def test_who_shows_no_key_can_not_send_for_ever(face: FaceProcess) -> None:
    with connected(face) as connection:
        connection.sendall(head("none", 10**9))
        assert answered(connection).startswith(b"HTTP/1.1 401")
        start = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - start < 5:
                connection.sendall(b" " * 1000)
                time.sleep(0.05)


def test_while_too_many_are_connected_only_livez_is_answered(served: Database, tmp_path: Path) -> None:
    limits = ("--client-limit", "5", "--body-timeout", "30")
    with FaceProcess(tmp_path, served.url("test_http"), *limits) as face, face.client() as client:
        crowd = [connected(face) for _ in range(5)]
        try:
            assert client.get("/livez").json() == {"status": "ok"}
            refused = client.get("/readyz")
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
        finally:
            for connection in crowd:
                connection.close()
        until(lambda: client.get("/readyz").status_code == 200)


def test_a_chunked_body_that_grows_too_large_is_refused(face: FaceProcess, keys: Keys) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    start = head(keys.make(A), 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    with connected(face) as connection:
        connection.sendall(start)
        for _ in range(5):
            connection.sendall(chunk)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nA B: c\r\n\r\n"])
def test_what_is_no_http_is_refused(face: FaceProcess, sent: bytes) -> None:
    with connected(face) as connection:
        connection.sendall(sent)
        assert received(connection).startswith(b"HTTP/1.1 400")


def test_clients_that_hang_hold_up_nobody(face: FaceProcess, keys: Keys) -> None:
    key = keys.make(A)
    hanging = [connected(face) for _ in range(50)]
    try:
        for number, connection in enumerate(hanging):
            connection.sendall(head(key, 1000)[: 40 + 10 * number])
        with face.client(key) as client:
            assert client.post("/api/trigger", json=EVENT).status_code == 201
    finally:
        for connection in hanging:
            connection.close()


def test_a_client_that_takes_no_answers_is_cut_off(served: Database, tmp_path: Path) -> None:
    with (
        FaceProcess(tmp_path, served.url("test_http"), "--timeout", "5") as face,
        face.client() as client,
        connected(face) as connection,
    ):

        def open_files() -> int:
            return int(float(client.get("/metrics").text.split("\nprocess_open_fds ")[1].split("\n")[0]))

        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        hanging = open_files()
        until(lambda: open_files() == hanging - 1)


def test_a_client_that_goes_away_leaves_no_trace_in_the_log(face: FaceProcess, keys: Keys) -> None:
    before = len(face.events())
    for length in (0, 10, 1000):
        with connected(face) as connection:
            connection.sendall(head(keys.make(A), 1000) + b" " * length)
    with face.client(keys.make(A)) as client:
        assert client.get("/api/notifications").status_code == 200
    assert face.events()[before:] == []


def test_no_origin_may_call_until_it_is_named(face: FaceProcess, served: Database, tmp_path: Path) -> None:
    asked = {"Origin": "https://platform.example", "Access-Control-Request-Method": "POST"}
    with face.client() as client:
        assert "access-control-allow-origin" not in client.options("/api/trigger", headers=asked).headers
    named = ("--origins", "https://platform.example")
    with FaceProcess(tmp_path, served.url("test_http"), *named) as open_face, open_face.client() as client:
        assert client.options("/api/trigger", headers=asked).headers["access-control-allow-origin"] == asked["Origin"]
        refused = client.post("/api/trigger", json=EVENT, headers={"Origin": asked["Origin"]})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, asked["Origin"])
        other = client.options("/api/trigger", headers=asked | {"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers


def test_it_speaks_tls_with_a_certificate(served: Database, tmp_path: Path) -> None:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
        f" -out {certificate} -keyout {key}".split(),
        check=True,
        capture_output=True,
    )
    given = ("--certificate", str(certificate), "--certificate-key", str(key))
    with FaceProcess(tmp_path, served.url("test_http"), *given) as face:
        assert face.url.startswith("https://")
        with httpx.Client(base_url=face.url, verify=ssl.create_default_context(cafile=str(certificate))) as client:
            assert client.get("/readyz").status_code == 200


def test_lost_connections_are_replaced_and_no_database_is_503(
    migrated: Cluster, served: Database, tmp_path: Path, keys: Keys
) -> None:
    url = served.url("test_http")
    with (
        FaceProcess(tmp_path, url, "--timeout", "4", XNOVU_HTTP_CONNECTIONS="4") as face,
        face.client(keys.make(A)) as client,
    ):
        assert client.get("/api/notifications").status_code == 200
        with migrated.admin() as superuser:
            superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'test_http'")
            assert client.get("/api/notifications").status_code == 200
            superuser.execute(f"alter database {served.name} allow_connections false".encode())
            try:
                superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'test_http'")
                answer = client.get("/api/notifications")
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                assert client.get("/readyz").status_code == 503
                assert client.get("/livez").status_code == 200
            finally:
                superuser.execute(f"alter database {served.name} allow_connections true".encode())
        until(lambda: client.get("/readyz").status_code == 200)


@pytest.mark.parametrize("connections", ["1", "4"])
def test_a_call_without_a_key_passes_over_lost_connections(
    migrated: Cluster, served: Database, tmp_path: Path, connections: str
) -> None:
    url = served.url("test_http") + "&application_name=lost"
    with FaceProcess(tmp_path, url, XNOVU_HTTP_CONNECTIONS=connections) as face, face.client() as client:
        assert client.get("/readyz").status_code == 200
        query = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'lost'"
        with migrated.admin() as superuser:
            assert superuser.execute(query).fetchone() == (int(connections),)
        assert client.get("/readyz").status_code == 200
        assert client.get("/api/novu").status_code == 200


def test_a_statement_that_waits_too_long_is_ended(served: Database, tmp_path: Path, keys: Keys) -> None:
    given = ("--timeout", "1")
    with FaceProcess(tmp_path, served.url("test_http"), *given) as face, face.client(keys.make(A)) as client:
        made = client.post("/api/trigger", json=EVENT | {"scheduledFor": "2099-01-01T00:00:00Z"}).json()
        with served.connect("postgres", autocommit=False) as holder:
            holder.execute("select from notify.ent_notification where id = %s for update", [made["notificationId"]])
            answer = client.post(f"/api/notifications/{made['notificationId']}/retract", json={"reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_sigterm_under_load_drops_no_request(served: Database, tmp_path: Path, keys: Keys) -> None:
    """Clients do what a proxy does: they open no new connection once /readyz fails."""
    key, outcomes, ended = keys.make(A), Counter[str](), threading.Event()

    def call(face: FaceProcess) -> None:
        while not ended.is_set():
            with face.client(key) as client:
                closed = False
                while not (closed or ended.is_set()):
                    try:
                        answer = client.post("/api/trigger", json=EVENT)
                    except httpx.HTTPError as error:
                        outcomes[repr(error)] += 1
                        return
                    outcomes[str(answer.status_code)] += 1
                    closed = answer.headers.get("connection") == "close"
            if ended.is_set() or face.process is None:
                return

    with FaceProcess(tmp_path, served.url("test_http"), "--drain", "4") as face, face.client() as prober:
        callers = [threading.Thread(target=call, args=[face]) for _ in range(4)]
        for caller in callers:
            caller.start()
        until(lambda: outcomes["201"] > 20)
        face.signal(signal.SIGTERM)
        until(lambda: prober.get("/readyz").status_code == 503)
        before = outcomes["201"]
        time.sleep(0.3)
        assert outcomes["201"] > before  # it still serves while it drains
        ended.set()
        for caller in callers:
            caller.join()
        assert face.wait() == 0
    assert set(outcomes) == {"201"}
    with served.connect() as superuser:
        (count,) = superuser.execute(
            "select count(*) from notify.ent_notification where payload = '{}'"
        ).fetchone() or [0]
    assert count >= outcomes["201"]


def test_a_second_signal_ends_it_at_once(served: Database, tmp_path: Path) -> None:
    with FaceProcess(tmp_path, served.url("test_http"), "--drain", "60") as face:
        face.signal(signal.SIGTERM)
        until(lambda: any(entry["event"] == "draining" for entry in face.events()))
        face.signal(signal.SIGTERM)
        assert face.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--certificate", "/nowhere"], "needs its private key"),
        (["--certificate", "/nowhere", "--certificate-key", "/nowhere"], "There is no file /nowhere."),
        (["--origins", "https://a.example/path"], "is not an origin"),
        (["--host", "203.0.113.1"], "can't listen on"),
    ],
)
def test_what_is_set_wrongly_is_explained(served: Database, tmp_path: Path, arguments: list[str], said: str) -> None:
    face = FaceProcess(tmp_path, served.url("test_http"), *arguments)
    with pytest.raises(AssertionError) as failed:
        face.start()
    assert said in str(failed.value)
    assert os.linesep not in face.log.read_text().strip()


def test_a_login_without_the_role_and_an_empty_database_are_explained(
    served: Database, empty_database: Database, tmp_path: Path
) -> None:
    for url, said in (
        (served.url("test_stranger"), "Grant notify_http to it"),
        (empty_database.url(), "Run `xnovu migrate` first"),
    ):
        face = FaceProcess(tmp_path, url)
        with pytest.raises(AssertionError) as failed:
            face.start()
        assert said in str(failed.value)
