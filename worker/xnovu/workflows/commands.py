"""Push, pull and diff: a folder beside the database, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from uuid import UUID

import psycopg

from xnovu.connection import connect
from xnovu.errors import UserError
from xnovu.workflows import stored
from xnovu.workflows.apply import Broken, Outcome, apply, unknown_categories
from xnovu.workflows.compare import Change, compare, missing_in
from xnovu.workflows.model import Problem, Tree, template_file
from xnovu.workflows.owner import choose_owner, explained
from xnovu.workflows.read import link_problem, read
from xnovu.workflows.stored import Connection
from xnovu.workflows.write import files_of

APPLICATION_NAME = "xnovu workflows"

Say = Callable[[str], None]


def push(
    database_url: str,
    folder: Path,
    *,
    say: Say,
    enterprise: UUID | None = None,
    publish: bool = True,
    note: str | None = None,
    dry_run: bool = False,
    prune: bool = False,
) -> None:
    """Bring the database to what the folder has, and publish the workflows that this changes: all of it or nothing.

    Args:
        database_url: of a manager of the enterprise, or of an admin.
        folder: the one above workflows/ and templates/.
        say: called with each line for the user.
        enterprise: whose workflows these are; None: they are shared by all.
        publish: whether to publish; else the drafts are written only.
        note: what changed, kept with each version.
        dry_run: do it all, show what came of it, and take it back.
        prune: delete the templates of the folder's keys that have no file in it.

    Raises UserError, naming each file, when the folder is broken or something in it can't be published."""
    tree, problems = read(folder)
    if problems:
        raise complaint(folder, sorted(problems + _unknown_categories(database_url, tree)))
    with connect(database_url, APPLICATION_NAME) as connection, explained():
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        outcome = push_tree(
            connection, folder, tree, say=say, enterprise=enterprise, publish=publish, note=note, prune=prune
        )
        if outcome is None:
            return
        if dry_run:
            connection.rollback()
    _say_outcome(outcome, say, publish, dry_run)


def push_tree(
    connection: Connection,
    folder: Path,
    tree: Tree,
    *,
    say: Say,
    enterprise: UUID | None = None,
    publish: bool = True,
    note: str | None = None,
    prune: bool = False,
) -> Outcome | None:
    """Do what push does in the open transaction of a connection; None when there was nothing to do.

    The transaction is READ COMMITTED: what others commit while it waits for them is seen, shown and compared.

    Raises UserError as push does; then the transaction must be rolled back."""
    owner = choose_owner(connection, enterprise)
    stored.lock(connection, owner, tree.keys())
    before = stored.read(connection, owner).only(tree.keys())
    _check_homes(folder, tree, before)
    extra = missing_in(tree, before)
    kept = {} if prune else {template.id: template for template in extra}
    changes = compare(before, Tree(tree.workflows, tree.templates | kept), inline_schemas(tree))
    show_changes(changes, say)
    for template in kept.values():
        say(f"left as it is: {_path(template.key, template.channel, template.locale)} is in the database only.")
    try:
        outcome = apply(connection, tree, owner, before, publish=publish, note=note, prune=prune)
    except Broken as broken:
        raise complaint(folder, broken.problems) from broken
    if not changes and not outcome.published:
        for line in [*outcome.rolled_back, f"Nothing to do: the database has all that is in {folder}."]:
            say(line)
        return None
    return outcome


def pull(
    database_url: str, folder: Path, *, say: Say, enterprise: UUID | None = None, keys: Collection[str] = ()
) -> None:
    """Write what the database has into the folder: all that the owner has, or what has one of the keys.

    A sound file that says the same already, in whatever order and with whatever comments, stays as it is. No file is
    deleted.
    Raises UserError when a key is not there, or a file can't be written, or would be written through a link."""
    with connect(database_url, APPLICATION_NAME) as connection, explained():
        tree = stored.read(connection, choose_owner(connection, enterprise))
    unknown = sorted(set(keys) - tree.keys())
    if unknown:
        raise UserError(
            f"The database has no workflow and no template {', '.join(unknown)} here.",
            "An enterprise's own are pulled by --enterprise UUID, the shared ones without.",
        )
    tree = tree.only(set(keys)) if keys else tree
    has_folder = any((folder / name).is_dir() for name in ("workflows", "templates"))
    here, problems = read(folder) if has_folder else (Tree(), [])
    here = here.only(tree.keys())
    changes = compare(here, tree, inline_schemas(here))
    texts = files_of(tree, inline_schemas(here), frozenset(here.workflows) | frozenset(tree.workflows))
    differing = {change.path for change in changes} | {problem.path for problem in problems}
    links = {link for path in texts if (link := link_problem(folder, path)) is not None}
    if links:
        raise complaint(folder, sorted(links))
    written = [path for path in sorted(texts) if path in differing]
    for path in written:
        say(f"{'changed' if (folder / path).exists() else 'new'}: {path}")
        _write(folder / path, texts[path])
    for change in changes:
        if change.after is None:
            say(f"left as it is: {change.path} is in this folder only.")
    if not written:
        say(f"Nothing to do: {folder} has all that is in the database.")


def diff(database_url: str, folder: Path, *, say: Say, enterprise: UUID | None = None) -> bool:
    """Show what push would change; returns whether there is a difference.

    What the database has under other keys than the folder's is no difference. Raises UserError when the folder is
    broken."""
    tree = read_whole(folder)
    with connect(database_url, APPLICATION_NAME) as connection, explained():
        before = stored.read(connection, choose_owner(connection, enterprise)).only(tree.keys())
    _check_homes(folder, tree, before)
    changes = compare(before, tree, inline_schemas(tree))
    show_changes(changes, say)
    return bool(changes)


def read_whole(folder: Path) -> Tree:
    """The folder's tree. Raises UserError with every problem when there is one."""
    tree, problems = read(folder)
    if problems:
        raise complaint(folder, problems)
    return tree


def complaint(folder: Path, problems: Collection[Problem]) -> UserError:
    """All problems of a folder as one error."""
    count = "is a problem" if len(problems) == 1 else f"are {len(problems)} problems"
    lines = "".join(f"\n  {problem}" for problem in problems)
    return UserError(f"There {count} in {folder}:{lines}\nNothing was changed.")


def inline_schemas(tree: Tree) -> frozenset[str]:
    """The keys of the workflows whose payload schema stands in workflow.yaml."""
    return frozenset(key for key, workflow in tree.workflows.items() if workflow.schema_is_inline)


def show_changes(changes: Collection[Change], say: Say) -> None:
    """Each change as a unified diff."""
    for change in changes:
        for line in change.lines():
            say(line)


def _unknown_categories(database_url: str, tree: Tree) -> list[Problem]:
    """What only the database knows of a broken folder, to tell all at once; nothing, where it can't be asked."""
    try:
        with connect(database_url, APPLICATION_NAME) as connection:
            return unknown_categories(connection, tree)
    except (UserError, psycopg.Error):
        return []


def _say_outcome(outcome: Outcome, say: Say, publish: bool, dry_run: bool) -> None:
    for warning in dict.fromkeys(outcome.warnings):
        say(f"warning: {warning}")
    for key, version in outcome.published.items():
        say(f"{'would publish' if dry_run else 'published'} {key}, version {version}")
    for line in outcome.rolled_back:
        say(line)
    if dry_run:
        say("Nothing was changed: this was a dry run.")
    elif not publish:
        say("Written as drafts, not published.")


def _check_homes(folder: Path, tree: Tree, before: Tree) -> None:
    problems = [
        Problem(f"templates/{key}", 0, 0, f"the database has a workflow {key}: pull it, or take another key.")
        for key in sorted(before.workflows.keys() - tree.workflows.keys())
    ]
    if problems:
        raise complaint(folder, problems)


def _path(key: str, channel: str, locale: str) -> str:
    return f"{key}/{template_file(channel, locale)}"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}.") from error
