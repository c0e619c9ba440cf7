"""The tables of docs/security.md say what tests/isolation/decisions.py has decided."""

import re

from tests.docs.blocks import ROOT
from tests.isolation.decisions import TABLES, Table

SECURITY = (ROOT / "docs" / "security.md").read_text()
ROLES = ("notify_platform", "notify_manager", "notify_admin", "notify_analyst")


def cell(table: Table, role: str) -> str:
    readable = table.readable(role)
    words = ["read" if readable == table.columns() else "read*"] if readable else []
    words += ["insert"] if table.insert.get(role) else []
    words += ["update"] if table.update.get(role) else []
    words += ["delete"] if role in table.delete else []
    return ", ".join(words)


def test_who_may_do_what_is_what_was_decided() -> None:
    section = SECURITY.partition("## Who may do what")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE)
    decided = {
        name.partition(".")[2]: [cell(table, role) for role in ROLES]
        for name, table in TABLES.items()
        if table.kind != "closed"
    }
    assert {name: [word.strip() for word in cells.split("|")] for name, cells in shown} == decided


def test_both_kinds_of_analyst_read_the_same() -> None:
    differ = [name for name, t in TABLES.items() if t.readable("notify_analyst") != t.readable("notify_analyst_all")]
    # one who reads all has no bindings, and sees what is nobody's
    assert differ == ["notify.login_enterprise", "notify.worker_status", "notify.target_status"]


def test_every_page_that_it_leads_to_exists() -> None:
    for page, anchor in re.findall(r"\]\(([\w./]+)#?([\w-]*)\)", SECURITY):
        text = (ROOT / "docs" / page).read_text()
        headings = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}
        assert not anchor or anchor in headings, (page, anchor)
