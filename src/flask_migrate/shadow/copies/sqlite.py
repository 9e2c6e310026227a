"""SQLite keeps the statements that made a database."""

from __future__ import annotations

import contextlib
import sqlite3
import typing as t

import sqlalchemy as sa

#: Tables first: what else there is belongs to them.
STATEMENTS = """
    SELECT sql FROM {}.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY type <> 'table', type = 'trigger', rowid"""


def read(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """The statements of the database and of those that are attached to it, by name."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    return {
        name: tuple(row[0] for row in connection.exec_driver_sql(STATEMENTS.format(quote(name))))
        for name in _files(connection)
    }


def make(connection: sa.Connection, statements: t.Mapping[str, tuple[str, ...]]) -> None:
    """Run ``statements`` in the files of the same names."""
    files = _files(connection)
    connection.rollback()
    for name, texts in statements.items():
        if not texts or not files.get(name):
            continue
        with contextlib.closing(sqlite3.connect(files[name])) as own:
            own.execute("PRAGMA synchronous = OFF")
            own.execute("BEGIN")
            for text in texts:
                with contextlib.suppress(sqlite3.Error):  # the inside of a virtual table is there with it
                    own.execute(text)
            own.commit()


def _files(connection: sa.Connection) -> dict[str, str]:
    found = connection.exec_driver_sql("PRAGMA database_list").all()
    return {name: file for _, name, file in found if name != "temp"}
