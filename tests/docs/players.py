"""Those who run the blocks of a document: psql sessions that stay open, Python, and a worker between the blocks."""

import contextlib
import io
import os
import re
import selectors
import subprocess
import time
import traceback
from contextlib import ExitStack
from typing import Any

from tests.cluster import Database
from tests.docs.blocks import Block, is_within
from tests.support import HandWorker

_PATIENCE = 30.0
_END = re.compile(rb"^xnovu-end ([0-9A-Z]{5})$", re.MULTILINE)
HARBOUR_TOWER = "aaaaaaaa-0000-4000-8000-000000000001"
_CODE = "LAST_ERROR_SQLSTATE"


class Psql:
    """A session of psql, as somebody at a terminal would have it."""

    def __init__(self, database: Database, login: str) -> None:
        command = [
            "stdbuf",
            "-oL",
            str(database.cluster.bin / "psql"),
            "-X",
            "-P",
            "pager=off",
            "-d",
            database.url(login),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        if login == "sample_manager":  # as ./run psql --as manager does
            environment["PGOPTIONS"] = f"-c app.current_enterprise_id={HARBOUR_TOWER}"
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )

    def run(self, text: str) -> tuple[str, str]:
        """Run statements; returns the output and the SQLSTATE of the last error, 00000 when there was none."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"\\set {_CODE} 00000\n{text}\n\\echo xnovu-end :{_CODE}\n".encode())
        self.process.stdin.flush()
        output, code = self._read()
        return output, code

    def _read(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        output, end = b"", time.monotonic() + _PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while (found := _END.search(output)) is None:
                assert selector.select(end - time.monotonic()), f"psql does not come back: {output.decode()}"
                part = os.read(self.process.stdout.fileno(), 65536)
                assert part, f"psql has ended: {output.decode()}"
                output += part
        return output[: found.start()].decode(), found[1].decode()

    def close(self) -> None:
        self.process.communicate(timeout=_PATIENCE)


class Reader:
    """Goes through a document as its reader does: block after block, with one psql a login."""

    def __init__(self, database: Database, stack: ExitStack) -> None:
        self.database = database
        self.stack = stack
        self.sessions: dict[str, Psql] = {}
        self.names: dict[str, Any] = {}
        self.worker = HandWorker(database.connect("sample_worker"), "docs/1")

    def read(self, block: Block) -> str:
        """Run a block and return its output. Raises AssertionError, naming file and line, when it is not as shown."""
        if block.is_later:
            self.let_work(block.novu_status)
        output, code = self.run_sql(block) if block.language == "sql" else self.run_python(block)
        wanted = block.option("error") or "00000"
        assert code == wanted, f"{block}: SQLSTATE {code} instead of {wanted}\n{output}"
        if block.shown is not None:
            assert is_within(block.shown, output), f"{block}: shown is\n{block.shown}\n\nbut it puts out\n{output}"
        return output

    def run_sql(self, block: Block) -> tuple[str, str]:
        if block.login not in self.sessions:
            self.sessions[block.login] = Psql(self.database, block.login)
            self.stack.callback(self.sessions[block.login].close)
        return self.sessions[block.login].run(block.text)

    def run_python(self, block: Block) -> tuple[str, str]:
        """Run a block with the names of those before it; an error's SQLSTATE counts as psql's does."""
        os.environ["DATABASE_URL"] = self.database.url(block.login)
        code = compile("\n" * (block.line - 1) + block.text, str(block.path), "exec")
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(code, self.names)
        except Exception as error:
            state = getattr(getattr(error, "orig", error), "sqlstate", None) or type(error).__name__
            return printed.getvalue() + traceback.format_exc(), state
        return printed.getvalue(), "00000"

    def let_work(self, status: int) -> None:
        """Do what a worker does until nothing can be claimed; a Novu that does not accept asks for ten minutes."""
        self.worker.tick()
        if status == 201:
            self.worker.deliver_all()
            return
        for lane in ("critical", "normal", "bulk"):
            requests = self.worker.take(lane)
            if requests:
                self.worker.report(requests, status, body={"message": "Service Unavailable"}, retry_after=600)
