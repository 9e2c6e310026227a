"""A line of revisions, written one after the other."""

from __future__ import annotations

import contextlib
import sqlite3
import textwrap
import typing as t
from collections.abc import Iterator

import sqlalchemy as sa

import flask_migrate
from tests.projects import Project, Result
from tests.scripts import add_script, version

if t.TYPE_CHECKING:
    from pathlib import Path

    from flask_migrate.commands.values import RunResult


class History:
    """A project and its revisions ``r001``, ``r002`` and so on."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.count = 0
        self.paths: list[Path] = []

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.project.url

    @property
    def head(self) -> str:
        """The last revision."""
        return f"r{self.count:03}"

    def add(self, up: str, down: str = "pass", message: str = "") -> str:
        """Write one more revision and return its id; a common indentation of the bodies is removed."""
        before = self.head if self.count else None
        self.count += 1
        bodies = {"up": textwrap.dedent(up).strip(), "down": textwrap.dedent(down).strip()}
        self.paths.append(add_script(self.project, self.head, before, message, **bodies))
        return self.head

    def edit(self, number: int, old: str, new: str) -> None:
        """Replace a text in the script of a revision, counted from 1."""
        path = self.paths[number - 1]
        self.project.replace(str(path.relative_to(self.project.folder)), old, new)

    def version(self) -> str:
        """The revision that the database is at; empty when it is at none."""
        return "".join(version(self.project))

    def upgrade(self, *arguments: str) -> Result:
        """``flask db upgrade``, which has to succeed."""
        return self.project.ok("db", "upgrade", *arguments)

    def run(self, **options: t.Any) -> RunResult:
        """``flask_migrate.upgrade()`` in this process."""
        with self.project.context():
            return flask_migrate.upgrade(**options)

    def sql(self, statement: str, **values: object) -> list[tuple[t.Any, ...]]:
        """Run one SQL statement, commit, and return its rows."""
        return self.project.sql(self.url, statement, **values)

    def tables(self) -> set[str]:
        """The tables, without those in which migrations are recorded."""
        return self.project.tables(self.url) - {"alembic_version", "flask_migrate_log"}

    def log(self) -> list[tuple[str, ...]]:
        """Revision, direction and outcome of each row of the log, oldest first."""
        rows = self.sql("SELECT revision, direction, outcome FROM flask_migrate_log ORDER BY id")
        return [tuple(map(str, row)) for row in rows]

    @contextlib.contextmanager
    def sqlite(self) -> Iterator[sqlite3.Connection]:
        """The database file, opened by Python's own driver; committed and closed at the end."""
        with contextlib.closing(sqlite3.connect(str(sa.make_url(self.url).database))) as connection, connection:
            yield connection

    def script(self, text: str) -> None:
        """Run several statements on the database file."""
        with self.sqlite() as connection:
            connection.executescript(text)

    def schema(self) -> dict[str, str]:
        """The statements that made the objects of the database file, by name, without the tables of records."""
        with self.sqlite() as connection:
            rows = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%' "
                "AND tbl_name NOT IN ('alembic_version', 'flask_migrate_log')"
            )
            return {name: " ".join(sql.split()) for name, sql in rows}


@contextlib.contextmanager
def engine_of(url: str, **options: t.Any) -> Iterator[sa.Engine]:
    """An engine that leaves no connection open."""
    engine = sa.create_engine(url, **{"poolclass": sa.NullPool, **options})
    try:
        yield engine
    finally:
        engine.dispose()
