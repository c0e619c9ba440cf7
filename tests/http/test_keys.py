"""API keys: who makes, sees and revokes them, what is kept of them, and what an HTTP login has without one."""

import json
import os
import subprocess
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.cluster import A, B, Connection, Database
from tests.http.support import Keys
from tests.support import SHARED, insert, one, rows, sender
from tests.worker.processes import XNOVU

MAKE = "select * from notify.create_api_key('a key', p_scopes => %s, p_enterprises => %s)"


def proof(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def ask(connection: Connection, function: str, *arguments: object) -> int | None:
    marks = ", ".join(["%s"] * len(arguments))
    status: int | None = one(connection, f"select (http_v1.{function}({marks})).status as status", *arguments)["status"]
    return status


@pytest.fixture
def keys(database: Database) -> Keys:
    return Keys(database)


def test_a_key_is_shown_once_and_kept_as_a_hash(database: Database, keys: Keys) -> None:
    key = keys.make(A)
    with database.cluster.admin(database.name) as superuser:
        row = one(superuser, "select * from notify.notification_api_key where id = %s", keys.ids[key])
        trail = one(superuser, "select * from notify.notification_audit where table_name = 'notification_api_key'")
    assert row["key_hash"] == sha256(sha256(key.encode()).digest()).digest()
    assert (row["key_start"], row["created_by"]) == (key[:12], "test_admin")
    assert len(key) == 49
    assert (trail["login"], trail["action"], trail["row_key"]["id"]) == ("test_admin", "INSERT", str(keys.ids[key]))
    assert key not in str(row | trail)
    assert "key_hash" not in trail["after"]


@pytest.mark.parametrize(
    ("enterprise", "scopes", "enterprises", "state"),
    [
        (None, "{read}", None, "XN301"),
        (A, "{read}", [A, B], "XN301"),
        (A, "{write}", None, "23514"),
        (A, "{}", None, "23514"),
        (None, "{read}", [], "23514"),
        (None, "{read}", [SHARED], "23514"),
    ],
)
def test_a_key_that_can_not_be_is_refused(
    database: Database, enterprise: UUID | None, scopes: str, enterprises: list[UUID] | None, state: str
) -> None:
    with pytest.raises(psycopg.Error) as error:
        database.connect("test_admin", enterprise).execute(MAKE, [scopes, enterprises])
    assert error.value.sqlstate == state


def test_a_manager_sees_and_revokes_its_enterprises_keys_and_makes_none(database: Database, keys: Keys) -> None:
    database.bind("test_manager", A)
    own, other, company = keys.make(A), keys.make(B), keys.make(A, B)
    manager = database.connect("test_manager", A)
    assert [row["key_id"] for row in rows(manager, "select * from notify.api_key_status")] == [keys.ids[own]]
    manager.execute("select notify.revoke_api_key(%s, 'lost')", [keys.ids[own]])
    revoked = one(manager, "select * from notify.api_key_status")
    assert (revoked["state"], revoked["revoked_by"], revoked["revocation_reason"]) == (
        "REVOKED",
        "test_manager",
        "lost",
    )
    for key in (keys.ids[other], keys.ids[company], uuid4()):
        with pytest.raises(psycopg.Error) as error:
            manager.execute("select notify.revoke_api_key(%s)", [key])
        assert error.value.sqlstate == "XN302"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        manager.execute(MAKE, ["{read}", None])


def test_a_stolen_login_of_the_http_face_has_nothing_without_a_key(database: Database, keys: Keys) -> None:
    """It can set any context, and say anything; it reaches an enterprise only by what its key's holder knows."""
    insert(sender(database, A))
    key = keys.make(A)
    thief = database.connect("test_http", A)
    for query in (
        "select * from notify.ent_notification",
        "select * from notify.notification_api_key",
        "select notify.set_enterprise(gen_random_uuid())",
        "select engine.find_key('')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            thief.execute(query)
    with database.cluster.admin(database.name) as superuser:
        stored = one(superuser, "select encode(key_hash, 'hex') as hash from notify.notification_api_key")["hash"]
    for shown in (None, "", key, stored, proof(key)[:-1], proof(key).upper(), proof(stored)):
        assert ask(thief, "list_notifications", shown, "{}") == 401
    assert ask(thief, "list_notifications", proof(key), "{}") == 200
    assert ask(thief, "list_notifications", proof(key), json.dumps({"enterpriseId": str(B)})) == 403


def test_a_login_of_the_http_face_stays_bound_though_it_be_granted_more(database: Database, keys: Keys) -> None:
    """Were it a platform by mistake, it would still reach no enterprise but that of the key that it proves to hold."""
    for enterprise in (A, B):
        insert(sender(database, enterprise))
    held, other = proof(keys.make(A)), proof(keys.make(A, B))
    count = "select array_agg(enterprise_id) as e from notify.ent_notification"
    with database.cluster.admin() as superuser:
        superuser.execute("grant notify_platform to test_http")
        try:
            thief = database.connect("test_http")
            for context, shown, seen in (
                (A, "", None), (A, "x", None), (A, held, [A]), (B, held, None), (SHARED, held, None), (B, other, [B]),
            ):  # fmt: skip
                thief.execute("select set_config('app.current_enterprise_id', %s, false)", [str(context)])
                thief.execute("select set_config('app.api_key_proof', %s, false)", [shown])
                assert one(thief, count)["e"] == seen, (context, shown)
        finally:
            superuser.execute("revoke notify_platform from test_http")


def test_a_proof_is_of_no_use_to_any_other_login(database: Database, keys: Keys) -> None:
    insert(sender(database, A))
    shown = proof(keys.make(A))
    for login in ("test_unlisted_platform", "test_bound_platform"):
        connection = database.connect(login, A)
        connection.execute("select set_config('app.api_key_proof', %s, false)", [shown])
        assert rows(connection, "select id from notify.ent_notification") == []


def test_nothing_of_a_request_is_left_for_the_next_one_on_its_connection(database: Database, keys: Keys) -> None:
    connection = database.connect("test_http")
    assert ask(connection, "list_notifications", proof(keys.make(A)), "{}") == 200
    left = one(
        connection,
        "select current_setting('app.api_key_proof', true) as proof,"
        " current_setting('app.current_enterprise_id', true) as enterprise",
    )
    assert left == {"proof": "", "enterprise": ""}


def xnovu(database: Database, login: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATABASE_URL": database.url(login)}
    return subprocess.run(
        [*XNOVU, "keys", *arguments], env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def test_keys_are_made_listed_and_revoked_by_the_command_line(database: Database) -> None:
    made = xnovu(database, "test_admin", "create", "booking", "--enterprise", str(A), "--expires", "2100-01-01")
    key = made.stdout.strip()
    assert ask(database.connect("test_http"), "list_notifications", proof(key), "{}") == 200
    found = json.loads(xnovu(database, "test_admin", "list", "--json").stdout)
    assert [(k["name"], k["state"], k["scopes"]) for k in found] == [("booking", "VALID", ["send", "read"])]
    assert key not in str(found)
    table = xnovu(database, "test_admin", "list", "--enterprise", str(A)).stdout
    assert f"{found[0]['key_id']}  booking  {key[:12]}  VALID  send,read  {A}  2100-01-01  never" in table
    assert xnovu(database, "test_admin", "revoke", found[0]["key_id"], "--reason", "over").returncode == 0
    assert ask(database.connect("test_http"), "list_notifications", proof(key), "{}") == 401


@pytest.mark.parametrize(
    ("login", "arguments", "said"),
    [
        ("test_admin", ["create", "x", "--enterprise", str(A), "--scope", "write"], "scopes are send, read and manage"),
        ("test_platform", ["create", "x", "--enterprise", str(A)], "may not do this"),
        ("test_admin", ["create", "x", "--enterprise", str(A), "--expires", "2000-01-01"], "would have expired"),
        ("test_admin", ["revoke", str(A)], "there is no API key"),
    ],
)
def test_what_the_command_line_refuses_it_explains(
    database: Database, login: str, arguments: list[str], said: str
) -> None:
    finished = xnovu(database, login, *arguments)
    assert finished.returncode == 1
    assert finished.stderr.startswith("xnovu: ")
    assert said in finished.stderr
