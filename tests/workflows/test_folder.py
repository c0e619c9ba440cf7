"""A folder is read as a whole: whatever is wrong in it is named with its file, and nothing is applied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xnovu.errors import UserError
from xnovu.workflows import duration, yamltext
from xnovu.workflows.model import FILES, Template, Tree, Workflow
from xnovu.workflows.read import read, split_front
from xnovu.workflows.write import files_of

DEFINITION = "name: Gate\ndefault_channels: [SMS]\n"


def folder_with(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A sound folder with one workflow, gate, and then these files beside or instead of its own."""
    return write(root, {"workflows/gate/workflow.yaml": DEFINITION, "workflows/gate/sms.txt": "Open.\n", **files})


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def complaints(root: Path) -> list[str]:
    return [str(problem) for problem in read(root)[1]]


def test_a_sound_folder_has_no_problem(tmp_path: Path) -> None:
    tree, problems = read(folder_with(tmp_path, {}))
    assert problems == []
    assert tree.workflows["gate"].default_channels == ["SMS"]
    assert [(name, template.body) for name, template in tree.templates.items()] == [(("gate", "SMS", ""), "Open.")]


GATE = "workflows/gate/workflow.yaml"
BROKEN: dict[str, tuple[Mapping[str, str | bytes], str]] = {
    "no definition": ({"workflows/door/sms.txt": "x"}, "workflows/door/workflow.yaml: it is missing"),
    "unknown field": (
        {GATE: DEFINITION + "prioritty: HIGH\n"},
        f"{GATE}:3: there is no “prioritty” here; did you mean p",
    ),
    "no name": ({GATE: "default_channels: [SMS]\n"}, f"{GATE}: “name” is missing"),
    "a name that is no text": (
        {GATE: "name: 12\ndefault_channels: [SMS]\n"},
        f"{GATE}:1: “name” must be a text: put it",
    ),
    "a name without a value": ({GATE: "name:\ndefault_channels: [SMS]\n"}, f"{GATE}:1: “name” has no value"),
    "a name twice": ({GATE: DEFINITION + "name: Door\n"}, f"{GATE}:3:1: name is there twice"),
    "no channels": ({GATE: "name: Gate\n"}, f"{GATE}: “default_channels” is missing"),
    "an empty list": ({GATE: "name: Gate\ndefault_channels: []\n"}, f"{GATE}:2: “default_channels” is empty"),
    "unknown channel": (
        {GATE: "name: Gate\ndefault_channels: [FAX]\n"},
        f"{GATE}:2: “default_channels”: there is no ch",
    ),
    "a channel twice": (
        {GATE: "name: G\ndefault_channels: [SMS, SMS]\n"},
        f"{GATE}:2: “default_channels” names a channel",
    ),
    "yaml error": ({GATE: "name: Gate\n  default_channels: [SMS\n"}, f"{GATE}:2:"),
    "a tab": ({GATE: "name: Gate\ntags:\n\t- a\n"}, f"{GATE}:3:1: this is no YAML"),
    "no mapping": ({GATE: "- name\n"}, f"{GATE}:1: members such as"),
    "a python object": ({GATE: DEFINITION + "tags: !!python/name:os.system ''\n"}, f"{GATE}:3:"),
    "empty definition": ({GATE: "\n"}, f"{GATE}: it is empty"),
    "expiry": ({GATE: DEFINITION + "expires_after: soon\n"}, f"{GATE}:3: “expires_after” is a time such as"),
    "priority": (
        {GATE: DEFINITION + "priority: CRITIKAL\n"},
        f"{GATE}:3: there is no priority CRITIKAL; there are CRITICAL, HIGH, NORMAL, LOW.",
    ),
    "tags": ({GATE: DEFINITION + "tags: [1]\n"}, f"{GATE}:3: “tags” is a list of texts"),
    "flag": ({GATE: DEFINITION + "deactivated: yes\n"}, f"{GATE}:3: “deactivated” must be true or false"),
    "override": (
        {GATE: DEFINITION + "template_overrides: {SMS: Other}\n"},
        f"{GATE}:3: “template_overrides”: a key is",
    ),
    "schema twice": (
        {GATE: DEFINITION + "payload_schema: {}\n", "workflows/gate/payload_schema.json": "{}"},
        f"{GATE}:3: the schema stands in payload_schema.json, too",
    ),
    "schema no JSON": (
        {"workflows/gate/payload_schema.json": '{\n  "type": object\n}'},
        "workflows/gate/payload_schema.json:2:11: this is no JSON",
    ),
    "schema no object": (
        {"workflows/gate/payload_schema.json": "[]"},
        "workflows/gate/payload_schema.json:1: a schema is",
    ),
    "key in capitals": ({"workflows/Gate2/workflow.yaml": DEFINITION}, "workflows/Gate2: a key is lower-case words"),
    "key too long": ({f"workflows/{'a' * 61}/workflow.yaml": DEFINITION}, f"workflows/{'a' * 61}: the key"),
    "a file for a folder": ({"workflows/gate.yaml": DEFINITION}, "workflows/gate.yaml: only folders are expected"),
    "misspelt file": (
        {"workflows/gate/emial.html": "x"},
        "workflows/gate/emial.html: this file is none of a workflow's; did",
    ),
    "wrong suffix": (
        {"workflows/gate/push.html": "x"},
        "workflows/gate/push.html: this file is none of a workflow's; did",
    ),
    "locale": ({"workflows/gate/sms.DK.txt": "x"}, "workflows/gate/sms.DK.txt: DK is no locale"),
    "empty template": ({"workflows/gate/sms.txt": " \n"}, "workflows/gate/sms.txt: it is empty"),
    "empty body": (
        {"workflows/gate/push.txt": "---\nsubject: x\n---\n\n"},
        "workflows/gate/push.txt:4: the template is empty",
    ),
    "front matter without end": (
        {"workflows/gate/push.txt": "---\nsubject: x\nbody"},
        "workflows/gate/push.txt:1: the lines",
    ),
    "front matter in braces": (
        {"workflows/gate/push.txt": "---\nname: Gate\nsubject: {{ name }} is open\n---\nbody"},
        "workflows/gate/push.txt:3:",
    ),
    "unknown front matter": (
        {"workflows/gate/push.txt": "---\nname: Gate\nsubjekt: x\n---\nbody"},
        "workflows/gate/push.txt:3: there is no “subjekt” here; did you mean subject?",
    ),
    "extras of a text message": (
        {"workflows/gate/push.txt": "---\nextras: {avatar: x}\n---\nbody"},
        "workflows/gate/push.txt:2: only in_app.html has “extras”",
    ),
    "not UTF-8": ({"workflows/gate/sms.txt": b"ok\nf\xfcr"}, "workflows/gate/sms.txt:2: this is not UTF-8"),
    "null character": ({"workflows/gate/sms.txt": b"a\n\0"}, "workflows/gate/sms.txt:2: there is a null character"),
    "templates of a workflow": ({"templates/gate/push.txt": "x"}, "templates/gate: there is a workflow gate"),
    "templates without one": ({"templates/header/README.md": "x"}, "templates/header: there is no template in it"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_named_with_its_file_and_line(tmp_path: Path, kind: str) -> None:
    files, expected = BROKEN[kind]
    found = complaints(folder_with(tmp_path, files))
    assert [line for line in found if line.startswith(expected)], found
    assert len(found) == 1


def test_what_is_wrong_in_one_place_hides_nothing_in_another(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        GATE: "name: Gate\ndefault_channels: [FAX, 1]\npriority: CRITIKAL\ntags: x\n",
        "workflows/door/workflow.yaml": "name: [",
        "workflows/door/payload_schema.json": "[]",
        "workflows/door/push.txt": "---\nname: [\n---\n",
        "workflows/Hall/workflow.yaml": "naem: Hall\nname: Hall\ndefault_channels: [SMS]\n",
        "templates/gate/push.txt": "",
    }
    found = complaints(folder_with(tmp_path, files))
    for expected in (
        f"{GATE}:2: “default_channels” is a list of texts",
        f"{GATE}:2: “default_channels”: there is no channel FAX",
        f"{GATE}:3: there is no priority",
        f"{GATE}:4: “tags” must be a list",
        "workflows/door/workflow.yaml:1",
        "workflows/door/payload_schema.json:1: a schema is an object",
        "workflows/door/push.txt:3:1: this is no YAML",
        "workflows/door/push.txt:4: the template is empty",
        "workflows/Hall: a key is",
        "workflows/Hall/workflow.yaml:1: there is no “naem”",
        "templates/gate/push.txt: it is empty",
        "templates/gate: there is a workflow gate",
    ):
        assert [line for line in found if line.startswith(expected)], (expected, found)
    assert len(found) == 12, found


def test_a_text_in_braces_is_told_to_stand_in_quotes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"workflows/gate/push.txt": "---\nsubject: {{ name }} is open\n---\nbody"}
    assert "into quotes" in complaints(folder_with(tmp_path, files))[0]


def test_every_problem_is_named_not_the_first_only(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        GATE: "naem: Gate\ndefault_channels: [FAX]\n",
        "workflows/gate/sms.txt": "",
        "workflows/Door/workflow.yaml": DEFINITION,
    }
    found = complaints(folder_with(tmp_path, files))
    assert len(found) == 5
    assert {line.split(":")[0] for line in found} == {GATE, "workflows/gate/sms.txt", "workflows/Door"}


@pytest.mark.parametrize(
    "path",
    [
        "workflows",
        "templates",
        "workflows/gate",
        "templates/header",
        GATE,
        "workflows/gate/payload_schema.json",
        "workflows/gate/sms.txt",
        "templates/header/sms.txt",
    ],
)
@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_symbolic_link_is_refused_with_its_path_and_not_followed(
    tmp_path: Path, path: str, is_dangling: bool
) -> None:
    root = folder_with(tmp_path / "here", {"workflows/gate/payload_schema.json": "{}", "templates/header/sms.txt": "x"})
    there = tmp_path / "there"
    (root / path).rename(there)
    (root / path).symlink_to(tmp_path / "nothing" if is_dangling else there)
    found = complaints(root)
    assert len(found) == 1
    assert found[0].startswith(f"{path}: this is a symbolic link")


def test_what_a_link_leads_to_is_not_in_the_tree(tmp_path: Path) -> None:
    root = folder_with(tmp_path, {})
    (root / "workflows/gate/chat.txt").symlink_to("/etc/passwd")
    tree, problems = read(root)
    assert [problem.path for problem in problems] == ["workflows/gate/chat.txt"]
    assert [name.channel for name in tree.templates] == ["SMS"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder_with(tmp_path / "folder", {}))
    assert complaints(tmp_path / "link") == []


def test_notes_and_what_editors_leave_are_no_problem(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = dict.fromkeys(
        ["README.md", "workflows/README", "workflows/.gitkeep", "workflows/gate/.DS_Store", "workflows/gate/sms.txt~"],
        "x",
    )
    assert complaints(folder_with(tmp_path, files)) == []


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_folder_that_is_none_is_told_apart_from_an_empty_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UserError, match="There is no folder" if name == "missing" else "has neither a folder workflows"
    ):
        read(tmp_path / name)


def test_line_endings_and_a_byte_order_mark_are_not_content(tmp_path: Path) -> None:
    text = "\N{BYTE ORDER MARK}---\r\nname: Gate\r\n---\r\nOpen.\r\nNow.\r\n"
    tree, problems = read(folder_with(tmp_path, {"workflows/gate/sms.txt": text}))
    assert problems == []
    template = tree.templates[next(iter(tree.templates))]
    assert (template.name, template.body) == ("Gate", "Open.\nNow.")


def test_yes_and_dates_are_texts_as_people_mean_them() -> None:
    assert yamltext.load("a: yes\nb: 2025-06-02\nc: 1:30\nd: 010\ne: 1.50")[0] == {
        "a": "yes", "b": "2025-06-02", "c": "1:30", "d": "010", "e": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ("2 hours", "2 hours"),
        ("1 day 12 hours", "1 day 12 hours"),
        ("90 minutes", "1 hour 30 minutes"),
        ("2 weeks", "14 days"),
        ("1.5 seconds", "1.5 seconds"),
        ("18 months", "1 year 6 months"),
        ("100 seconds", "1 minute 40 seconds"),
        ("20 seconds", "20 seconds"),
    ],
)
def test_a_time_reads_back_the_same(written: str, again: str) -> None:
    assert duration.write(duration.parse(written)) == again
    assert duration.parse(again) == duration.parse(written)


@pytest.mark.parametrize("written", ["", "2", "hours", "2 hours ago", "-1 day", "0 days", "1 h"])
def test_a_time_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        duration.parse(written)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r") | st.sampled_from("\n -:#'\"{}[]|>%@`\t"), min_size=1
).filter(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=3)


@given(data=st.dictionaries(TEXT, JSON, max_size=4))
def test_yaml_that_is_written_reads_back_the_same(data: dict[str, object]) -> None:
    assert yamltext.load(yamltext.dump(data))[0] == data


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A workflow with templates, and a header, of whatever texts."""
    workflow = Workflow(
        "gate",
        draw(TEXT),
        draw(st.lists(st.sampled_from(list(FILES)), min_size=1, unique=True)),
        description=draw(st.none() | TEXT),
        template_overrides=draw(st.dictionaries(st.sampled_from(list(FILES)), st.just("other-key"))),
        payload_schema=draw(st.none() | OBJECT),
        expires_after=draw(st.none() | st.tuples(st.integers(0, 120), st.integers(0, 3650), st.integers(1, 10**14))),
        fallback_text=draw(st.none() | TEXT),
        tags=draw(st.lists(TEXT, max_size=2)),
        deactivated=draw(st.booleans()),
    )
    tree = Tree({"gate": workflow})
    for key in ("gate", "header"):
        for channel in draw(st.sets(st.sampled_from(list(FILES)), min_size=1)):
            template = Template(
                key,
                channel,
                draw(st.sampled_from(["", "da", "pt-BR", "zh-Hant-HK"])),
                draw(TEXT),
                draw(TEXT),
                subject=draw(st.none() | TEXT),
                variables_description=draw(OBJECT),
                extras=draw(OBJECT) if channel == "IN_APP" else {},
            )
            tree.templates[template.id] = template
    return tree


@given(tree=trees(), is_inline=st.booleans())
def test_a_folder_that_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, tree: Tree, is_inline: bool
) -> None:
    root = tmp_path_factory.mktemp("tree")
    inline = frozenset(["gate"] if is_inline else [])
    files = files_of(tree, inline, frozenset(["gate"]))
    again, problems = read(write(root, files))
    assert problems == []
    assert again == tree
    assert files_of(again, inline, frozenset(["gate"])) == files


@given(body=TEXT)
def test_the_last_line_feed_of_a_file_is_not_the_bodys(body: str) -> None:
    assert split_front(f"---\nname: x\n---\n{body}\n") == ("name: x\n", body, 4)
