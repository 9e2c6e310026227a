"""Which data an operation destroys, and how much of it there is."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..schema.read.sqlite_tokens import Cursor, NotUnderstood, tokenize
from .busy import limited
from .options import ExecutionOptions
from .plan import Loss

#: Rows are counted up to this number.
MOST = 100_000


@dataclasses.dataclass(frozen=True)
class Victim:
    """What is destroyed: a whole table, one column of it, or rows; ``table`` is empty when it is not known.

    ``is_part`` says that some of the rows may stay.
    """

    what: str
    table: str = ""
    schema: str | None = None
    column: str | None = None
    is_part: bool = False


def victims_of(operation: ops.MigrateOperation) -> list[Victim]:
    """What ``operation`` destroys."""
    if isinstance(operation, ops.DropTableOp):
        return [table_victim(operation.table_name, operation.schema)]
    if isinstance(operation, ops.DropColumnOp):
        return [column_victim(operation.table_name, operation.column_name, operation.schema)]
    return []


def table_victim(table: str, schema: str | None = None) -> Victim:
    """A table that is dropped."""
    return Victim(f"table {_shown(table, schema)}", table, schema)


def column_victim(table: str, column: str, schema: str | None = None) -> Victim:
    """A column that is dropped."""
    return Victim(f'column {_shown(table, schema)}."{column}"', table, schema, column)


def victims_in(sql: str) -> list[Victim]:
    """What a statement destroys: ``DROP``, ``TRUNCATE``, ``DELETE`` and ``ALTER TABLE … DROP`` are understood."""
    found: list[Victim] = []
    for tokens in _statements(sql):
        cursor = Cursor(tokens)
        try:
            found += _victims_at(cursor)
        except (NotUnderstood, IndexError):
            continue
    return found


def tables_made_in(sql: str) -> list[tuple[str | None, str]]:
    """Schema and name of each table that ``sql`` makes."""
    found: list[tuple[str | None, str]] = []
    for tokens in _statements(sql):
        cursor = Cursor(tokens)
        if cursor.accept("CREATE", "TABLE"):
            cursor.accept("IF", "NOT", "EXISTS")
            with contextlib.suppress(NotUnderstood):
                found.append(_name(cursor))
    return found


def _statements(sql: str) -> t.Iterator[list[t.Any]]:
    """The tokens of each of the statements in a text."""
    statement: list[t.Any] = []
    for token in tokenize(sql):
        if token.text != ";":
            statement.append(token)
        elif statement:
            yield statement
            statement = []
    if statement:
        yield statement


def _victims_at(cursor: Cursor) -> t.Iterator[Victim]:
    if cursor.accept("TRUNCATE"):
        cursor.accept("TABLE")
        cursor.accept("ONLY")
        for schema, name in _names(cursor):
            yield Victim(f"all rows of table {_shown(name, schema)}", name, schema)
    elif cursor.accept("DELETE", "FROM"):
        cursor.accept("ONLY")
        schema, name = _name(cursor)
        yield Victim(f"rows of table {_shown(name, schema)}", name, schema, is_part="WHERE" in _keywords(cursor))
    elif cursor.accept("DROP"):
        yield from _dropped(cursor)
    elif cursor.accept("ALTER", "TABLE"):
        cursor.accept("IF", "EXISTS")
        cursor.accept("ONLY")
        schema, name = _name(cursor)
        yield from _dropped_columns(cursor, name, schema)


def _keywords(cursor: Cursor) -> set[str]:
    return {token.keyword for token in cursor.rest()}


def _dropped(cursor: Cursor) -> t.Iterator[Victim]:
    kind = cursor.take().keyword
    cursor.accept("IF", "EXISTS")
    if kind == "TABLE" or (kind == "MATERIALIZED" and cursor.accept("VIEW")):
        for schema, name in _names(cursor):
            yield table_victim(name, schema)
    elif kind in ("SCHEMA", "DATABASE"):
        yield Victim(f"{kind.lower()} {cursor.take().name}")


def _dropped_columns(cursor: Cursor, table: str, schema: str | None) -> t.Iterator[Victim]:
    """The columns in the actions of an ``ALTER TABLE``."""
    others = ("CONSTRAINT", "INDEX", "KEY", "PRIMARY", "FOREIGN", "CHECK", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION")
    depth, starts = 0, True
    while not cursor.at_end:
        if starts and depth == 0 and cursor.accept("DROP"):
            if not any(cursor.accept(word) for word in others):
                cursor.accept("COLUMN")
                cursor.accept("IF", "EXISTS")
                yield column_victim(table, cursor.take().name, schema)
            starts = False
            continue
        text = cursor.take().text
        depth += {"(": 1, ")": -1}.get(text, 0)
        starts = text == ","


def _names(cursor: Cursor) -> t.Iterator[tuple[str | None, str]]:
    yield _name(cursor)
    while cursor.accept(","):
        yield _name(cursor)


def _name(cursor: Cursor) -> tuple[str | None, str]:
    first = cursor.take().name
    return (first, cursor.take().name) if cursor.accept(".") else (None, first)


class Counter:
    """Counts rows of a live database, where that is cheap.

    :param connection: it is only read, and its transaction survives.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._names: dict[tuple[str | None, str], str | None] = {}

    def rename(self, old: str, new: str, schema: str | None) -> None:
        """A table has another name from here on in the plan."""
        self._names[schema, new] = self._names.get((schema, old), old)

    def create(self, table: str, schema: str | None) -> None:
        """A table is made by the plan itself: what is in it is not there yet."""
        if not self._found(table, schema):
            self._names[schema, table] = None

    def loss(self, victim: Victim) -> Loss:
        """``victim`` with the rows that it has now."""
        name = self._names.get((victim.schema, victim.table), victim.table)
        if name is None:
            return Loss(victim.what, 0)
        try:
            name = self._found(name, victim.schema)
            rows = self._count(name, victim.schema) if name else None
            if rows is not None and rows <= MOST and victim.column is not None:
                rows = self._count(name, victim.schema, victim.column)
        except (sa.exc.SQLAlchemyError, TypeError):
            return Loss(victim.what)  # this user may not look, or somebody holds the table
        if rows is None:
            return Loss(victim.what)
        return Loss(victim.what, min(rows, MOST), rows > MOST, victim.is_part)

    def _found(self, table: str, schema: str | None) -> str:
        """The name as the database has it, which does not look at capitals in SQL; empty when there is none."""
        names = [*self._inspector.get_table_names(schema), *self._inspector.get_view_names(schema)]
        if table in names:
            return table
        return next((name for name in names if name.lower() == table.lower()), "")

    @functools.cached_property
    def _inspector(self) -> sa.Inspector:
        return sa.inspect(self.connection)

    def _count(self, table: str, schema: str | None, column: str | None = None) -> int:
        source = sa.table(table, *([sa.column(column)] if column else []), schema=schema)
        rows: sa.Select[t.Any] = sa.select(sa.literal_column("1").label("n")).select_from(source)
        if column:
            rows = rows.where(source.c[column].is_not(None))
        query = sa.select(sa.func.count()).select_from(rows.limit(MOST + 1).subquery())
        options = ExecutionOptions(lock_timeout=1.0)
        if self.connection.dialect.name != "postgresql":
            with limited(self.connection, options, may_retry=True):
                return int(self.connection.scalar(query) or 0)
        with self.connection.begin_nested():
            self.connection.execute(sa.text("SET LOCAL lock_timeout = 1000"))
            return int(self.connection.scalar(query) or 0)


def _shown(table: str, schema: str | None) -> str:
    return f'"{schema}"."{table}"' if schema else f'"{table}"'
