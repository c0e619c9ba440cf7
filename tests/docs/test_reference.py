"""The tables of the documents say all that there is: error codes, SQLSTATEs, the template language and its limits."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT

from xnovu_template import check, grammar, item, language, payload, render, schema, values

ENGINE = ROOT / "sql" / "template_engine" / "xnovu_template"


def read(name: str) -> str:
    return (ROOT / name).read_text()


def flat(name: str) -> str:
    """The text of a document without line breaks."""
    return " ".join(read(name).split())


def found(pattern: str, paths: Iterable[Path]) -> set[str]:
    return {match for path in paths for match in re.findall(pattern, path.read_text())}


def error_codes() -> set[str]:
    """Every value that `code` of error_details may have."""
    # of notifications: those of workflows at Novu (55_sync) are in a view of their own
    files = [path for path in (ROOT / "sql").glob("*/*.sql") if path.parent.name != "55_sync"]
    written = found(r"'code',\s*'([a-z_]+[a-z])'", files)
    raised = found(r"Problem\(\s*\"([a-z_]+)\"", ENGINE.glob("*.py")) | found(
        r"code: str = \"([a-z_]+)\"", ENGINE.glob("*.py")
    )
    no_workflow = {f"workflow_{what}" for what in ("unknown", "deactivated", "unpublished")}
    verdicts = found(r"'(REFUSED|SPLIT|RETRY|AMBIGUOUS|STOP)'", [ROOT / "sql/60_report/judge_answer.sql"])
    novu = {f"novu_{verdict.lower()}" for verdict in verdicts} | {"novu_connect", "novu_no_answer"}
    own = {
        field + suffix
        for field in found(r"find_keyed_fault\('([a-z_]+)'", files)
        for suffix in found(r"p_field \|\| '(_[a-z_]+)'", files)
    }
    codes = written | raised | no_workflow | novu | own | {"include_not_literal"}
    return codes - {"fallback_used", "recipient_attributes_refused"}  # warnings only


def test_every_error_code_is_explained_to_the_platform_and_no_other() -> None:
    table = read("docs/platform.md").partition("## What `error_code` says")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`(\w+)`", row) if code != "error_code"} == error_codes()


def test_every_warning_that_is_no_error_is_explained_to_the_platform() -> None:
    table = read("docs/platform.md").partition("### When an emergency lacks something")[2].partition("\n## ")[0]
    warned = found(r"scene\.warn\(\s*\"([a-z_]+)\"", ENGINE.glob("*.py"))
    explained = set(re.findall(r"^\| `(\w+)` ", table, re.MULTILINE))
    assert explained == warned | {"fallback_used", "render_late", "content_blank", "recipient_attributes_refused"}


def test_every_sqlstate_of_ours_is_explained() -> None:
    folders = ("10_access", "14_api_key", "20_workflow", "30_notification", "62_bridge")
    raised = found(r"'(XN\d{3})'", (path for folder in folders for path in (ROOT / "sql" / folder).glob("*.sql")))
    explained = set(
        re.findall(
            r"^\| (XN\d{3}) ", read("docs/platform.md") + read("docs/workflows.md") + read("docs/http.md"), re.MULTILINE
        )
    )
    assert explained == raised


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Filters:", grammar.FILTERS),
        ("Tests (`is …`, `is not …`):", grammar.TESTS),
        ("Methods:", grammar.SCALAR_METHODS | grammar.CHOOSING_METHODS),
    ],
)
def test_the_words_of_the_language_are_listed(title: str, words: frozenset[str]) -> None:
    paragraph = read("docs/templates.md").partition(f"\n{title} ")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"`(\w+)`", paragraph)) == sorted(words)


def test_what_a_template_sees_of_its_notification_is_listed() -> None:
    sql = read("sql/50_work/find_render_items.sql")
    given = sql.partition("json_build_object(")[2].partition(")::text")[0]
    sentence = flat("docs/templates.md").partition("and `notification`: ")[2].partition(". ")[0]
    assert re.findall(r"`(\w+)`", sentence) == [
        name for name in re.findall(r"'(\w+)', (?:i\.|case )", given) if name != "settings"
    ]


@pytest.mark.parametrize(
    "limit",
    [
        f"| a template | {language.SOURCE_CHARS // 1024} KB of text, {language.MAX_BLOCKS} blocks deep |",
        "| a payload, with a recipient's own values "
        f"| {payload.PAYLOAD_CHARS // 1024} KB, {values.VALUE_DEPTH} levels |",
        f"| includes | {item.MAX_DEPTH} levels deep, {item.MAX_INCLUDES} in a rendering |",
        f"| a notification | {item.OUTPUT_CHARS // 1024} KB of output, {render.ITEM_SECONDS} seconds |",
        f"| a payload schema | {schema.MAX_EXPANDED} parts,",
        f"| `sanitize`, `markdown` | {values.SANITIZE_CHARS // 1000} KB; {values.MARKDOWN_CHARS // 1000} KB |",
        f"DETAIL lists all of them, up to {check.MAX_PROBLEMS}.",
        f"up to {('no', 'one', 'two', 'three', 'four', 'five')[schema.MAX_ERRORS]} faults",
    ],
)
def test_limits_are_those_of_the_engine(limit: str) -> None:
    assert limit in flat("docs/dba.md") + flat("docs/templates.md") + flat("docs/platform.md") + flat(
        "docs/workflows.md"
    )
