"""What the project does, shown on a copy of the bookshop: `make demo`.

Every step prints a heading, the command as one would type it, its output, and what has changed: facts that
are read from the database file with SQL, not from the command's words. The exit code is 1 when a command
fails or a fact is not as it should be. The checkout is only read. The script uses the standard library only;
the interpreter that runs it must have the project installed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path

BOOKSHOP = Path(__file__).resolve().parent.parent / "examples" / "bookshop"
ANCHOR = "    # New columns of a book go here"
COLUMN = '    language: Mapped[str] = mapped_column(String(2), server_default="en")\n'
#: Tables of the tool itself, which hold no rows of the shop.
OWN_TABLES = ("alembic_version", "flask_migrate_log")
#: What the caller's environment must not decide.
FOREIGN = ("FLASK_", "DATABASE_", "SQLALCHEMY_", "ALEMBIC_")


class DemoFailed(Exception):
    """A command failed, or a fact is not as it should be."""


@dataclasses.dataclass(frozen=True)
class Rows:
    """What the tables of the shop hold at one moment.

    :param columns: the columns that were read, by table.
    :param counts: the number of rows, by table.
    :param digest: a hash of every value in those columns.
    """

    columns: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    digest: str

    @property
    def total(self) -> int:
        """The rows of all tables."""
        return sum(self.counts.values())


class Demo:
    """The steps, in the folder that holds the copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models = folder / "bookshop" / "models.py"
        self.versions = folder / "migrations" / "versions"
        self.database = folder / "instance" / "bookshop.sqlite3"

    def run(self) -> None:
        """All steps.

        :raises DemoFailed: at the first thing that is not as it should be.
        """
        self.build()
        before = self.fill()
        self.change_the_model()
        self.generate()
        during = self.apply(before)
        self.look_around()
        after = self.go_back(before)
        self.summarize(before, during, after)

    def build(self) -> None:
        """Bring the database from nothing to the newest revision."""
        heading("A database from nothing")
        expect(not self.database.exists(), "there is no database file yet")
        count = len(list(self.versions.glob("*.py")))
        seconds = self.flask("db", "upgrade")
        rows = read(self.database)
        expect(rows.total == 0, "the new tables are empty")
        say(f"There was no database. {count} revisions made one with {len(rows.counts)} tables in {seconds}.")

    def fill(self) -> Rows:
        """Fill the shop and return what is in it."""
        heading("A few thousand rows")
        seconds = self.flask("fill")
        rows = read(self.database)
        expect(rows.total > 1000, "the shop holds more than a thousand rows")
        say(f"The shop now holds {rows.total:,} rows, {rows.counts['books']:,} of them books ({seconds}).")
        return rows

    def change_the_model(self) -> None:
        """Add a column to the model of a book, and let the tool notice it."""
        heading("A developer adds a column to a model")
        text = self.models.read_text(encoding="utf-8")
        expect(text.count(ANCHOR) == 1, "models.py has one place for new columns")
        line = next(line for line in text.splitlines(keepends=True) if line.startswith(ANCHOR))
        changed = text.replace(line, line + COLUMN)
        self.models.write_text(changed, encoding="utf-8")
        show("bookshop/models.py", difference(text, changed))
        self.flask("db", "check", exit_code=1)
        say("The model says that a book has a language, the database does not know. `check` says so.")

    def generate(self) -> None:
        """Let the tool write the migration, and show it."""
        heading("The tool writes the migration")
        known = set(self.versions.glob("*.py"))
        seconds = self.flask("db", "migrate", "-m", "Language of a book")
        written = set(self.versions.glob("*.py")) - known
        expect(len(written) == 1, "one new file is in migrations/versions")
        script = written.pop()
        show(f"migrations/versions/{script.name}", script.read_text(encoding="utf-8"))
        say(f"One new file, written in {seconds}. Nothing in the database has changed yet.")
        expect("language" not in read(self.database).columns["books"], "books has no new column yet")

    def apply(self, before: Rows) -> Rows:
        """Apply the migration; the rows stay, and each book has the default."""
        heading("The migration runs")
        seconds = self.flask("db", "upgrade")
        expect("language" in read(self.database).columns["books"], "books has the new column")
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            filled = connection.execute("SELECT count(*) FROM books WHERE language = 'en'").fetchone()[0]
        expect(filled == before.counts["books"], "every book has the default language")
        rows = read(self.database, before.columns)
        say(f"The table books has the column language; all {filled:,} books are in 'en' ({seconds}).")
        say(compare(before, rows))
        return rows

    def look_around(self) -> None:
        """Show where the database is, and how it came there."""
        heading("Where the database is, and how it came there")
        self.flask("db", "current")
        self.flask("db", "history")
        count = len(list(self.versions.glob("*.py")))
        say(f"The database is at the newest of {count} revisions. Two lines of work met in a merge.")

    def go_back(self, before: Rows) -> Rows:
        """Take the last migration back."""
        heading("And back again")
        seconds = self.flask("db", "downgrade")
        rows = read(self.database)
        expect(rows.columns == before.columns, "every table has the columns that it had before")
        say(f"The column is gone; every table has the columns that it had before ({seconds}).")
        say(f"To drop it, the table books was made anew, while {referrers(self.database)} tables refer to it.")
        say(compare(before, rows))
        return rows

    def summarize(self, before: Rows, during: Rows, after: Rows) -> None:
        """Print the counts side by side."""
        heading("What happened to the rows")
        print(f"    {'table':<18}{'filled':>9}{'upgraded':>10}{'back':>9}")
        for table, count in before.counts.items():
            print(f"    {table:<18}{count:>9,}{during.counts[table]:>10,}{after.counts[table]:>9,}")
        print(f"    {'in all':<18}{before.total:>9,}{during.total:>10,}{after.total:>9,}")
        expect(before == during == after, "the rows are the same at all three moments")
        say(f"All {after.total:,} rows are as they were when the shop was filled, value by value.")

    def flask(self, *arguments: str, exit_code: int = 0) -> str:
        """Run a command of the copy, show it with its output, and return how long it took.

        :raises DemoFailed: when it ends with another exit code.
        """
        began = time.perf_counter()
        done = subprocess.run(
            [*flask_command(), *arguments],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        seconds = time.perf_counter() - began
        typed = " ".join(f'"{argument}"' if " " in argument else argument for argument in arguments)
        show(f"$ flask {typed}", done.stdout)
        expect(done.returncode == exit_code, f"the exit code is {exit_code} (it is {done.returncode})")
        return f"{seconds:.1f} seconds"


def flask_command() -> list[str]:
    """How to start Flask: the script beside the interpreter, which is what people type, or the module."""
    script = shutil.which("flask", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "flask"]


def environment() -> dict[str, str]:
    """The environment of the commands: the caller's, with no other app and no other database in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, "FLASK_APP": "bookshop", "PYTHONUTF8": "1"}


def read(database: Path, columns: Mapping[str, tuple[str, ...]] | None = None) -> Rows:
    """What a SQLite file holds; ``columns`` limits it to what was there before."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        columns = columns or columns_of(connection)
        tables = {table: read_table(connection, table, names) for table, names in columns.items()}
    counts = {table: len(rows) for table, rows in tables.items()}
    return Rows(columns, counts, hashlib.sha256(repr(tables).encode()).hexdigest())


def columns_of(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The tables of the shop and their columns, both by name."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for (name,) in connection.execute(query) if name not in OWN_TABLES]
    names = "SELECT name FROM pragma_table_info(?) ORDER BY name"
    return {table: tuple(name for (name,) in connection.execute(names, [table])) for table in tables}


def referrers(database: Path) -> int:
    """How many tables have a foreign key to books."""
    query = (
        "SELECT count(DISTINCT tables.name) FROM sqlite_master AS tables, pragma_foreign_key_list(tables.name) AS keys"
        " WHERE tables.type = 'table' AND keys.\"table\" = 'books'"
    )
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0])


def read_table(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> list[object]:
    """All rows of a table, in an order that depends on their values only."""
    names = ", ".join(f'"{name}"' for name in columns)
    return connection.execute(f'SELECT {names} FROM "{table}" ORDER BY {names}').fetchall()


def compare(before: Rows, after: Rows) -> str:
    """A sentence about the rows that were there before.

    :raises DemoFailed: when one is missing, new or changed.
    """
    expect(after.counts == before.counts, "no table has lost or gained a row")
    expect(after.digest == before.digest, "no value has changed")
    return f"The {before.total:,} rows that were there are still there, and no value has changed."


def difference(old: str, new: str) -> str:
    """The changed lines between two texts, each with a line of context."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))
    return "\n".join(lines[3:])


def expect(is_true: bool, claim: str) -> None:
    """Check a fact.

    :raises DemoFailed: when the claim is not true.
    """
    if not is_true:
        raise DemoFailed(claim)


def heading(words: str) -> None:
    """Begin a step."""
    print(f"\n{styled(words, '1')}\n{styled('-' * len(words), '1')}", flush=True)


def show(title: str, text: str) -> None:
    """Print a command or the name of a file, and below it what the command printed or the file holds."""
    print(f"\n  {styled(title, '36')}")
    print(textwrap.indent(text.strip("\n"), "    "), flush=True)


def say(sentence: str) -> None:
    """Print what has happened."""
    print(f"\n{textwrap.fill(sentence, 100, initial_indent='> ', subsequent_indent='  ')}", flush=True)


def styled(words: str, code: str) -> str:
    """The words in an ANSI style, where a person looks at a terminal."""
    is_plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return words if is_plain else f"\033[{code}m{words}\033[0m"


def main() -> None:
    """Run the demo in a copy of the bookshop, without databases, in a temporary folder."""
    began = time.perf_counter()
    say("The commands run in a copy of examples/bookshop, with FLASK_APP=bookshop in the environment.")
    with tempfile.TemporaryDirectory(prefix="bookshop-") as folder:
        copy = Path(folder, "bookshop")
        shutil.copytree(BOOKSHOP, copy, ignore=shutil.ignore_patterns("instance", "__pycache__"))
        try:
            Demo(copy).run()
        except DemoFailed as failure:
            sys.exit(f"\nThe demo failed. This should be so and is not: {failure}.")
    say(f"The copy is gone again. The demo took {time.perf_counter() - began:.0f} seconds.")


if __name__ == "__main__":
    main()
