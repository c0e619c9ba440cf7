"""Receipts with the real worker and the sandbox: what became of each recipient and channel comes by itself."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cluster import Database
from tests.support import add_workflow, insert, one, rows, sender
from tests.worker.processes import Sandbox, WorkerProcess, until

STATUS = """
select channel_type, recipient_count, delivered_count, skipped_count, failed_count, silent_count, has_failed_everywhere
from notify.notification_channel_status where notification_id = %s order by channel_type
"""


def test_what_became_of_sixty_people_on_three_channels_is_known_soon(database: Database, tmp_path: Path) -> None:
    add_workflow(database, channels=("EMAIL", "SMS", "PUSH"))
    admin = database.connect("test_admin")
    admin.execute("delete from notify.notification_receipt_schedule where lane = 'normal'")
    admin.execute(
        "insert into notify.notification_receipt_schedule (lane, ask_after)"
        " values ('normal', '1 s'), ('normal', '3 s'), ('normal', '5 s')"
    )
    arguments = ("--fail-channel", "sms", "--skip-channel", "push", "--feedback-delay", "1.5")
    with (
        Sandbox(tmp_path, *arguments) as novu,
        WorkerProcess(tmp_path, database.url("test_worker"), novu.url) as worker,
    ):
        made = insert(sender(database), recipients=[uuid4() for _ in range(60)])
        open_ = "select count(*) as n from notify.notification_poll"
        until(lambda: bool(database.look("select 1 from notify.notification_receipt")), 20)
        until(lambda: database.look(open_)[0]["n"] == 0, 20)
        assert worker.drain() == 0
    found = [tuple(row.values()) for row in rows(sender(database), STATUS, made)]
    assert found == [
        ("EMAIL", 60, 60, 0, 0, 0, False),
        ("PUSH", 60, 0, 60, 0, 0, False),
        ("SMS", 60, 0, 0, 60, 0, True),
    ]
    status = one(sender(database), "select notification_status, sent_count from notify.notification_overview")
    assert status == {"notification_status": "SENT", "sent_count": 1}
