"""Writes a folder into the database and publishes what it changed, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from xnovu.errors import UserError
from xnovu.workflows import duration
from xnovu.workflows.locate import Locator
from xnovu.workflows.model import SHARED, Problem, Template, TemplateName, Tree, Workflow
from xnovu.workflows.owner import is_refusal
from xnovu.workflows.stored import Connection
from xnovu.workflows.write import definition, template_text

_WORKFLOW_COLUMNS = (
    "name", "description", "category", "priority", "default_channels", "template_overrides", "payload_schema",
    "expires_after", "fallback_text", "tags", "deactivated",
)  # fmt: skip
_TEMPLATE_COLUMNS = ("name", "description", "subject_template", "body_template", "extras", "variables_description")


@dataclass
class Outcome:
    """What a push did: the version of each workflow that was published, and what deserves a look."""

    published: dict[str, int] = field(default_factory=dict)
    rolled_back: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Broken(Exception):
    """The folder can't be applied; the transaction must be rolled back."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(set(problems))


def apply(
    connection: Connection, tree: Tree, owner: UUID, before: Tree, *, publish: bool, note: str | None, prune: bool
) -> Outcome:
    """Write what differs from `before`, which is what the owner has, and publish the workflows that this changes.

    Raises Broken with every problem; then nothing may be committed."""
    writer = _Writer(connection, tree, owner, before)
    writer.write(prune)
    if publish and not writer.problems:
        writer.publish(note)
    if writer.problems:
        raise Broken(writer.problems)
    writer.check()
    return writer.outcome


def unknown_categories(connection: Connection, tree: Tree) -> list[Problem]:
    """The workflows whose category the database has not; none where the login sees no category at all."""
    rows = connection.execute("select category from notify.typ_notification_category order by 1").fetchall()
    known = [category for (category,) in rows]
    return [
        Problem(
            workflow.place.path,
            workflow.place.line_of("category") or 0,
            0,
            f"there is no category {workflow.category}; there are {', '.join(known)}.",
        )
        for workflow in tree.workflows.values()
        if known and workflow.category is not None and workflow.category.strip() and workflow.category not in known
    ]


class _Writer:
    def __init__(self, connection: Connection, tree: Tree, owner: UUID, before: Tree) -> None:
        self._connection = connection
        self._tree = tree
        self._owner = owner
        self._before = before
        self._locator = Locator(tree)
        self._touched: set[str] = set()
        self.problems: list[Problem] = []
        self.outcome = Outcome()

    def write(self, prune: bool) -> None:
        self.problems += unknown_categories(self._connection, self._tree)
        if self.problems:
            return
        for key, workflow in self._tree.workflows.items():
            old = self._before.workflows.get(key)
            if old is None or definition(old, True) != definition(workflow, True):
                self._try(workflow.place.path, partial(self._write_workflow, workflow, old is None))
        for name, template in self._tree.templates.items():
            previous = self._before.templates.get(name)
            if previous is None or template_text(previous) != template_text(template):
                self._try(template.place.path, partial(self._write_template, template, previous is None))
        if prune:
            self._prune()

    def publish(self, note: str | None) -> None:
        owned = set(self._before.templates) | set(self._tree.templates)
        for key, workflow in self._tree.workflows.items():
            publish = partial(self._publish_if_changed, key, note, owned)
            for message, hint in self._try(workflow.place.path, publish):
                self._warn(workflow.place.path, message, hint)

    def check(self) -> None:
        """Warn of what is wrong with the templates that were written, now that all of them are there."""
        written = [name for name in self._tree.templates if "/".join(name) in self._touched]
        for key, channel in sorted({(name.key, name.channel) for name in written}):
            path = next(self._tree.templates[name].place.path for name in written if name[:2] == (key, channel))
            problems = self._connection.execute(
                "select message, hint from notify.check_template(%s, %s)", [key, channel]
            ).fetchall()
            for message, hint in problems:
                self._warn(path, message, hint)

    def _publish_if_changed(self, key: str, note: str | None, owned: set[TemplateName]) -> None:
        row = self._connection.execute(
            "select v.version, v.rolled_back_to from notify.ent_notification_workflow as w"
            " left join notify.notification_workflow_version as v on v.enterprise_id = w.enterprise_id"
            " and v.workflow_id = w.id and v.version = w.published_version"
            " where w.enterprise_id = %s and w.workflow_key = %s",
            [self._owner, key],
        ).fetchone()
        assert row is not None
        if row[0] is not None:
            changes = self._connection.execute("select part from notify.list_changes(%s)", [key]).fetchall()
            parts = [part for (part,) in changes if _is_ours(part, owned)]
            if not parts:
                return
            if row[1] is not None and not any(self._wrote(key, part) for part in parts):
                self.outcome.rolled_back.append(
                    f"{key} was rolled back to version {row[1]} and stays so: this folder changes nothing in it."
                )
                return
        version = self._connection.execute("select notify.publish(%s, %s)", [key, note]).fetchone()
        assert version is not None
        self.outcome.published[key] = version[0]

    def _wrote(self, key: str, part: str) -> bool:
        """Whether this push wrote the row of a changed part of a workflow."""
        name = _template_of(part)
        return (key if name is None else "/".join(name)) in self._touched

    def _write_workflow(self, workflow: Workflow, is_new: bool) -> None:
        values = [
            workflow.name, workflow.description, workflow.category, workflow.priority, workflow.default_channels,
            Jsonb(workflow.template_overrides),
            None if workflow.payload_schema is None else Jsonb(workflow.payload_schema),
            workflow.expires_after and duration.as_interval(workflow.expires_after),
            workflow.fallback_text, workflow.tags, workflow.deactivated,
        ]  # fmt: skip
        keys = {"enterprise_id": self._owner, "workflow_key": workflow.key}
        if is_new:
            keys["workflow_type"] = "STATIC" if self._owner == SHARED else "DYNAMIC"
        self._save("ent_notification_workflow", is_new, keys, dict(zip(_WORKFLOW_COLUMNS, values, strict=True)))
        self._touched.add(workflow.key)

    def _write_template(self, template: Template, is_new: bool) -> None:
        values = [
            template.name, template.description, template.subject, template.body, Jsonb(template.extras),
            Jsonb(template.variables_description),
        ]  # fmt: skip
        keys = {
            "enterprise_id": self._owner, "template_key": template.key, "channel_type": template.channel,
            "locale": template.locale,
        }  # fmt: skip
        self._save("ent_notification_template", is_new, keys, dict(zip(_TEMPLATE_COLUMNS, values, strict=True)))
        self._touched.add("/".join(template.id))

    def _save(self, table: str, is_new: bool, keys: dict[str, object], values: dict[str, object]) -> None:
        names = [*keys, *values]
        if is_new:
            statement = f"insert into notify.{table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
            parameters = [*keys.values(), *values.values()]
        else:
            assignments = ", ".join(f"{name} = %s" for name in values)
            statement = f"update notify.{table} set {assignments} where " + " and ".join(f"{n} = %s" for n in keys)
            parameters = [*values.values(), *keys.values()]
        if self._connection.execute(statement.encode(), parameters).rowcount != 1:
            raise UserError("A row to change is not there, or not this login's to change.", "Run it again.")

    def _prune(self) -> None:
        keys = self._tree.keys()
        for name in self._before.templates:
            if name.key in keys and name not in self._tree.templates:
                self._connection.execute(
                    "delete from notify.ent_notification_template where enterprise_id = %s and template_key = %s"
                    " and channel_type = %s and locale = %s",
                    [self._owner, *name],
                )
                self._touched.add("/".join(name))

    def _warn(self, path: str, message: str, hint: str | None) -> None:
        words = message if not hint or hint in message else f"{message} {hint}"
        self.outcome.warnings.append(str(self._locator.place(words, path)))

    def _try(self, path: str, step: Callable[[], None]) -> list[tuple[str, str | None]]:
        """Do a step; what the database refuses becomes a problem of that file, or of the place that its message names.
        Returns its warnings, each with a hint where there is one.

        What the login may not do is none, and raised."""
        notices: list[tuple[str, str | None]] = []

        def take(notice: psycopg.errors.Diagnostic) -> None:  # what it says is there only while it is handled
            notices.append((notice.message_primary or "", notice.message_hint))

        self._connection.add_notice_handler(take)
        try:
            with self._connection.transaction():
                step()
        except psycopg.Error as error:
            if is_refusal(error) or isinstance(error, psycopg.OperationalError):
                raise
            self.problems += self._locator.problems(error, path)
        finally:
            self._connection.remove_notice_handler(take)
        return notices


def _template_of(part: str) -> TemplateName | None:
    """The template that a part of notify.list_changes is of, such as “EMAIL/header@da body”."""
    channel, slash, rest = part.rpartition(" ")[0].partition("/")
    if not slash:
        return None
    key, _, locale = rest.partition("@")
    return TemplateName(key, channel, locale)


def _is_ours(part: str, owned: set[TemplateName]) -> bool:
    """Whether a changed part is the owner's own, not a shared template that somebody else changed."""
    name = _template_of(part)
    return name is None or name in owned
