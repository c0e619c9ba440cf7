"""A folder to push, and what the database has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.cluster import A, Database

from xnovu import workflows

GATE = "workflows/gate/workflow.yaml"
SOUND: dict[str, str] = {
    GATE: "name: Gate\ncategory: ACCESS\ndefault_channels: [EMAIL, SMS]\nexpires_after: 2 hours\n",
    "workflows/gate/payload_schema.json": '{"type": "object", "properties": {"gate": {"type": "string"}}}\n',
    "workflows/gate/email.html": (
        "---\n"
        'subject: "{{ gate | default(1) }} is open"\n'
        "variables_description:\n"
        "  gate: which one\n"
        "---\n"
        "{{ xnovu_render('gate-header') }}\n"
        "<p>The gate {{ gate | default(1) }} is open.</p>\n"
    ),
    "workflows/gate/email.da.html": "---\nsubject: Porten er åben\n---\n<p>Porten er åben.</p>\n",
    "workflows/gate/sms.txt": "The gate {{ gate | default(1) }} is open.\n",
    "templates/gate-header/email.html": "<h1>Gates</h1>\n",
}


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files under a folder."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def files_in(root: Path) -> dict[str, bytes]:
    """Every file under a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@dataclass
class Team:
    """Somebody with a folder and a login: an admin with what is shared, or a manager with an enterprise's own."""

    database: Database
    folder: Path
    login: str
    enterprise: UUID | None
    said: list[str] = field(default_factory=list)

    def push(self, **options: Any) -> list[str]:
        """Push the folder; returns what was said."""
        self.said.clear()
        workflows.push(
            self.database.url(self.login), self.folder, say=self.said.append, enterprise=self.enterprise, **options
        )
        return list(self.said)

    def pull(self, folder: Path | None = None, *keys: str) -> list[str]:
        """Pull into the folder, or another; returns what was said."""
        self.said.clear()
        workflows.pull(
            self.database.url(self.login),
            folder or self.folder,
            say=self.said.append,
            enterprise=self.enterprise,
            keys=keys,
        )
        return list(self.said)

    def diff(self, folder: Path | None = None) -> list[str]:
        """The lines of the difference; none, when there is none."""
        self.said.clear()
        differs = workflows.diff(
            self.database.url(self.login), folder or self.folder, say=self.said.append, enterprise=self.enterprise
        )
        assert differs is bool(self.said)
        return list(self.said)

    def write(self, path: str, text: str | bytes) -> None:
        """Write a file of the folder."""
        write(self.folder, {path: text})

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as the login, for its enterprise."""
        cursor = self.database.connect(self.login, self.enterprise).execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def state(self) -> set[tuple[Any, ...]]:
        """Each workflow and template with the transaction that wrote it, and each version: any write shows."""
        return set(
            self.database.connect()
            .execute(
                "select workflow_key, published_version::text, xmin::text from notify.ent_notification_workflow"
                " union all select channel_type || template_key, locale, xmin::text"
                " from notify.ent_notification_template"
                " union all select workflow_id::text, version::text, note from notify.notification_workflow_version"
            )
            .fetchall()
        )

    def versions(self) -> dict[str, int | None]:
        """The published version of each workflow of the team."""
        return dict(
            self.database.connect()
            .execute(
                "select workflow_key, published_version from notify.ent_notification_workflow where enterprise_id = %s",
                [self.enterprise or UUID(int=0)],
            )
            .fetchall()
        )


def manager_of_a(database: Database, folder: Path) -> Team:
    """The manager of an enterprise, with the sound folder."""
    database.bind("test_manager", A)
    return Team(database, write(folder, SOUND), "test_manager", A)
