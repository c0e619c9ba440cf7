"""The commands of “Workflows in git” run as shown, one after the other, with the samples loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cluster import Database
from tests.docs.blocks import is_within, read_blocks

from xnovu import demo

PAGE = "docs/workflows.md"


def test_the_commands_about_a_folder_run_as_shown(database: Database, tmp_path: Path) -> None:
    demo.load(database.url())
    blocks = [block for block in read_blocks(PAGE) if block.language == "sh" and block.option("as")]
    assert len(blocks) >= 4
    for block in blocks:
        program = f'xnovu() {{ "{sys.executable}" -c "from xnovu.cli import main; main()" "$@"; }}\n{block.text}'
        finished = subprocess.run(
            ["sh", "-c", program],
            cwd=tmp_path,
            env=os.environ | {"DATABASE_URL": database.url(block.login)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == int(block.option("status") or 0), f"{block}\n{finished.stdout}"
        assert block.shown is not None, f"{block}: no output is shown"
        for part in block.shown.split("\n…\n"):
            assert is_within(part, finished.stdout), f"{block}: shown is\n{part}\n\nbut it puts out\n{finished.stdout}"
