"""What a statement adds to a schema, where that alone tells later whether it took effect: a table or an index.

Only constructs count, which say it for certain; SQL that came as text is settled by :mod:`.probe`. On MariaDB and
MySQL, the only engines where a statement that adds to the schema is journaled outside of a transaction and often.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from .statements import Statement, quoted, raw


@dataclasses.dataclass(frozen=True)
class Made:
    """An object that a statement makes.

    :param kind: ``"table"`` or ``"index"``.
    :param schema: where its table is, if the statement says so.
    :param table: the name of its table.
    :param name: its own name.
    :param columns: the names of its columns, in order.
    :param is_unique: whether it is a unique index.
    """

    kind: str
    schema: str | None
    table: str
    name: str
    columns: tuple[str, ...]
    is_unique: bool = False

    @classmethod
    def by(cls, statement: Statement) -> Made | None:
        """What ``statement`` makes; ``None`` for everything else, and for indexes of expressions."""
        element = statement.element
        if isinstance(element, CreateTable):
            table = element.element
            return cls("table", table.schema, str(table.name), str(table.name), _names(table.columns))
        if not isinstance(element, CreateIndex):
            return None
        index = element.element
        if index.table is None or index.name is None:
            return None
        if any(not isinstance(one, sa.Column) for one in index.expressions):
            return None
        name, columns = str(index.name), _names(index.expressions)
        return cls("index", index.table.schema, str(index.table.name), name, columns, bool(index.unique))

    @classmethod
    def from_json(cls, data: list[t.Any]) -> Made:
        """The opposite of :meth:`to_json`."""
        kind, schema, table, name, columns, is_unique = data
        return cls(kind, schema, table, name, tuple(columns), is_unique)

    def to_json(self) -> list[t.Any]:
        """The same as JSON can hold it."""
        return [self.kind, self.schema, self.table, self.name, list(self.columns), self.is_unique]

    @property
    def text(self) -> str:
        """The statement that makes it, in words."""
        what = {"table": "CREATE TABLE"}.get(self.kind, f"CREATE {'UNIQUE ' if self.is_unique else ''}INDEX")
        place = "" if self.kind == "table" else f" ON {self.table}"
        return f"{what} {self.name}{place} ({', '.join(self.columns)})"

    def is_on(self, table: Made | None) -> bool:
        """Whether it is an index of ``table``."""
        return table is not None and self.kind == "index" and (self.schema, self.table) == (table.schema, table.table)

    def is_in(self, connection: sa.Connection) -> bool:
        """Whether it, a table, is there, with these columns."""
        return tuple(str(row[0]) for row in _shown(connection, "COLUMNS", self)) == self.columns


class Tables:
    """Tells which tables are new when a run makes them: then nothing but the run can have made what is there later."""

    def __init__(self) -> None:
        self._names: dict[str | None, set[str]] = {}

    def is_new(self, connection: sa.Connection, made: Made) -> bool:
        """Whether the table of ``made`` was not there when this was first asked, nor made since."""
        if made.schema not in self._names:
            place = f" FROM {quoted(made.schema)}" if made.schema else ""
            try:
                self._names[made.schema] = {str(name).lower() for name, *_ in raw(connection, f"SHOW TABLES{place}")}
            except connection.dialect.loaded_dbapi.Error:
                return False
        names, name = self._names[made.schema], made.table.lower()
        is_new = name not in names
        names.add(name)
        return is_new


def indexes_of(connection: sa.Connection, made: Made) -> dict[str, Made]:
    """The indexes of the table of ``made``, by name; none when there is no such table."""
    found: dict[str, Made] = {}
    for row in _shown(connection, "INDEX", made):  # ordered by index, and the place of the column in it
        name, column = str(row[2]), str(row[4])
        before = found[name].columns if name in found else ()
        found[name] = Made("index", made.schema, made.table, name, (*before, column), not row[1])
    return found


def is_of_table(index: str, create_table: str) -> bool:
    """Whether an index may come from the ``CREATE TABLE`` itself: as its key, or made for a key without a name.

    MariaDB and MySQL name that after the first column, with a number where the name is taken.
    """
    stem = re.sub(r"_\d+$", "", index)
    return index == "PRIMARY" or any(name.replace("`", "``") in create_table for name in (index, stem))


def _names(columns: t.Iterable[t.Any]) -> tuple[str, ...]:
    return tuple(str(column.name) for column in columns)


def _shown(connection: sa.Connection, what: str, made: Made) -> list[t.Any]:
    place = f"{quoted(made.schema)}.{quoted(made.table)}" if made.schema else quoted(made.table)
    try:
        return raw(connection, f"SHOW {what} FROM {place}")
    except connection.dialect.loaded_dbapi.Error:
        return []  # there is no such table
