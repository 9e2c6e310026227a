"""`make demo`: the script that shows the project on a copy of the bookshop."""

from __future__ import annotations

import hashlib
import re
import runpy
import sqlite3
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "demo.py"

HEADINGS = [
    "A database from nothing",
    "A few thousand rows",
    "A developer adds a column to a model",
    "The tool writes the migration",
    "The migration runs",
    "Where the database is, and how it came there",
    "And back again",
    "What happened to the rows",
]
COMMANDS = [
    "flask db upgrade",
    "flask fill",
    "flask db check",
    'flask db migrate -m "Language of a book"',
    "flask db upgrade",
    "flask db current",
    "flask db history",
    "flask db downgrade",
]


@pytest.fixture(scope="module")
def demo() -> types.SimpleNamespace:
    """The names of the script."""
    return types.SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A SQLite file with two tables and a table of the tool."""
    path = tmp_path / "shop.sqlite3"
    run(path, "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)", "CREATE TABLE stock (book_id INTEGER)")
    run(path, "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('1')")
    run(path, "INSERT INTO books (title) VALUES ('Clock'), ('Lamp')", "INSERT INTO stock VALUES (1)")
    return path


def run(path: Path, *statements: str) -> None:
    """Run SQL statements on a SQLite file."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def checksum_of_examples() -> str:
    """A hash of every file of the examples, apart from what Python leaves there."""
    files = sorted(path for path in (ROOT / "examples").rglob("*") if path.is_file() and path.suffix != ".pyc")
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()


def test_demo_succeeds_and_leaves_the_checkout_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is shown with its command, the rows survive, and no file of the examples has changed."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
    monkeypatch.setenv("FLASK_APP", "another")
    before = checksum_of_examples()
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=ROOT.parent, capture_output=True, encoding="utf-8", timeout=300
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert checksum_of_examples() == before
    assert re.findall(r"^(\S.*)\n-+$", done.stdout, re.M) == HEADINGS
    assert re.findall(r"^  \$ (.*)$", done.stdout, re.M) == COMMANDS
    total = re.search(r"The shop now holds ([\d,]+) rows", done.stdout)[1]
    assert f"All {total} rows are as they were when the shop was filled, value by value." in done.stdout
    assert re.search(r"^    in all +(\S+) +(\S+) +(\S+)$", done.stdout, re.M).groups() == (total,) * 3
    assert "\033" not in done.stdout


@pytest.mark.parametrize(
    ("statement", "claim"),
    [
        ("DELETE FROM stock", "no table has lost or gained a row"),
        ("INSERT INTO stock VALUES (2)", "no table has lost or gained a row"),
        ("UPDATE books SET title = 'Map' WHERE title = 'Lamp'", "no value has changed"),
        ("UPDATE books SET title = NULL WHERE title = 'Lamp'", "no value has changed"),
    ],
)
def test_demo_notices_a_lost_or_changed_row(
    demo: types.SimpleNamespace, database: Path, statement: str, claim: str
) -> None:
    """A row that is missing, new or changed ends the demo with what should be so."""
    before = demo.read(database)
    run(database, statement)
    with pytest.raises(demo.DemoFailed) as failure:
        demo.compare(before, demo.read(database, before.columns))
    assert str(failure.value) == claim


def test_demo_compares_what_was_there_before(demo: types.SimpleNamespace, database: Path) -> None:
    """A new column and the tool's own tables are no change of the rows."""
    before = demo.read(database)
    assert (before.total, dict(before.counts)) == (3, {"books": 2, "stock": 1})
    run(
        database,
        "ALTER TABLE books ADD COLUMN language TEXT DEFAULT 'en'",
        "UPDATE alembic_version SET version_num = '2'",
    )
    assert demo.compare(before, demo.read(database, before.columns)) == (
        "The 3 rows that were there are still there, and no value has changed."
    )


def test_demo_stops_at_a_command_that_fails(demo: types.SimpleNamespace, tmp_path: Path) -> None:
    """A command that ends with another exit code than expected ends the demo."""
    with pytest.raises(demo.DemoFailed) as failure:
        demo.Demo(tmp_path).flask("nonsense")
    assert str(failure.value) == "the exit code is 0 (it is 2)"
