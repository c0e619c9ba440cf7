"""What counts as an enterprise in the context; everything else reads as none, and never as an error."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.cluster import Database

ID = "aaaaaaaa-0000-4000-8000-00000000000a"


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("a", "f"), "00000000-0000-0000-0000-000000000001"])
def test_an_id_in_its_usual_form_is_a_context(database: Database, text: str) -> None:
    row = database.connect("test_platform", text).execute("select notify.current_enterprise_id()::text").fetchone()
    assert row == (text.lower(),)


def test_nothing_else_is_one_and_nothing_raises(database: Database) -> None:
    connection = database.connect("test_platform")

    near = st.text("0123456789abcdefABCDEFgG-_%{} \n'", min_size=34, max_size=38)
    shaped = st.from_regex(r"\A[0-9a-gA-G_%\n ]{8}(-[0-9a-gA-G]{4}){3}-[0-9a-gA-G]{12}\Z")

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(st.one_of(near, shaped, st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)))
    @example("00000000-0000-0000-0000-000000000000")
    @example("{" + ID + "}")
    @example(ID.replace("-", ""))
    @example(ID + "\n")
    @example("é" + ID[1:])
    @example("")
    def check(text: str) -> None:
        connection.execute("select set_config('app.current_enterprise_id', %s, false)", [text])
        row = connection.execute("select notify.current_enterprise_id()::text").fetchone()
        assert row is not None
        is_id = len(text) == 36 and all(
            c == "-" if n in (8, 13, 18, 23) else c in "0123456789abcdefABCDEF" for n, c in enumerate(text)
        )
        assert row[0] == (text.lower() if is_id and text.strip("0-") else None)

    check()
