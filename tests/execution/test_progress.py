"""What a person sees while revisions run, and what Ctrl-C and SIGTERM do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest

import flask_migrate
from tests.execution.children import wait_until
from tests.execution.histories import History
from tests.terminals import Terminal, on_terminal

TABLE = "op.create_table({!r}, sa.Column('id', sa.Integer, primary_key=True))"
#: Statements that go on for a long time.
LONG = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) "
    "INSERT INTO b SELECT max(n) FROM c",
    "postgresql": "SELECT pg_sleep(300)",
    "mariadb": "INSERT INTO b SELECT SLEEP(300)",
}


@pytest.mark.engines("sqlite", "mariadb")
def test_terminal(history: History) -> None:
    """On a terminal every revision has a line with its number, its message and its seconds."""
    history.add(TABLE.format("a"), message="first things")
    history.add(TABLE.format("b"), message="more")
    code, output = on_terminal(history.project, "upgrade")
    assert code == 0
    assert re.search(r"1 of 2: upgrade  -> r001, first things  \d+\.\d s\n", output)
    assert re.search(r"2 of 2: upgrade r001 -> r002, more  \d+\.\d s\n", output)
    assert "Running upgrade" not in output


def test_pipe(history: History) -> None:
    """In a pipe there are Alembic's lines only."""
    history.add(TABLE.format("a"))
    result = history.project.ok("db", "upgrade", process=True)
    assert "Running upgrade  -> r001" in result.stderr
    assert "1 of 1" not in result.output


def test_from_python(history: History) -> None:
    """A ``Progress`` of the caller is told the same."""
    told: list[tuple[object, ...]] = []

    class Told(flask_migrate.Progress):
        def begin(self, number: int, total: int, step: str) -> None:
            told.append((number, total, step))

        def statement(self, text: str) -> None:
            told.append((text.split()[0],))

        def end(self) -> None:
            told.append(("end",))

        def stop(self) -> None:
            told.append(("stop",))

    history.add(TABLE.format("a"), message="first")
    history.add("raise ValueError()")
    with history.project.context(), pytest.raises(flask_migrate.MigrateError):
        flask_migrate.upgrade(progress=Told())
    assert told == [
        (1, 2, "upgrade  -> r001, first"),
        ("CREATE",),
        ("end",),
        (2, 2, "upgrade r001 -> r002, empty message"),
        ("stop",),
    ]


def start_long(history: History, engine_name: str) -> None:
    """Write a revision that makes a table and goes on with a long statement, and its signal file."""
    history.add(TABLE.format("a"))
    history.upgrade()
    ready = history.project.folder / "ready"
    history.add(f"{TABLE.format('b')}\nopen({str(ready)!r}, 'w').close()\nop.execute({LONG[engine_name]!r})")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(history: History, engine_name: str, number: signal.Signals) -> None:
    """The running statement is cancelled, the revision rolled back or kept account of, and the state told."""
    start_long(history, engine_name)
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=history.project.folder,
        env=history.project.environ(),
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until((history.project.folder / "ready").exists, "the long statement")
    time.sleep(0.5)
    process.send_signal(number)
    started = time.monotonic()
    _, output = process.communicate(timeout=60)
    assert time.monotonic() - started < 10
    assert process.returncode == 128 + number, output
    name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
    assert f"Error: Revision r002 was interrupted by {name}; " in output
    assert "is at r001." in output
    assert "Traceback" not in output
    assert history.version() == "r001"
    assert history.tables() == ({"a", "b"} if engine_name == "mariadb" else {"a"})
    assert history.log()[-1] in (("r002", "upgrade", "failed"), ("r002", "upgrade", "running"))
    history.edit(2, LONG[engine_name], "INSERT INTO b (id) VALUES (7)")
    history.upgrade()
    assert history.sql("SELECT id FROM b") == [(7,)]


@pytest.mark.engines("postgresql")
def test_long_revision(history: History, engine_name: str) -> None:
    """A revision that takes long says on the terminal what runs, and Ctrl-C ends it there as well."""
    start_long(history, engine_name)
    terminal = Terminal(history.project, "upgrade")
    wait_until((history.project.folder / "ready").exists, "the long statement")
    time.sleep(3.5)
    terminal.process.send_signal(signal.SIGINT)
    code, output = terminal.wait()
    assert code == 130
    assert re.search(r"1 of 1: upgrade r001 -> r002, empty message  [23] s  SELECT pg_sleep", output)
