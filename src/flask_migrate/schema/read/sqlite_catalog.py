"""SQLite's catalog in bulk: each pragma is asked once for all tables of a schema."""

from __future__ import annotations

import functools
import typing as t
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

Rows = t.Sequence[t.Sequence[t.Any]]
#: The first release with ``table_xinfo`` as a table-valued function; pragmas in general have it since 3.16.
MINIMUM = (3, 26)


@dataclass(frozen=True)
class Entry:
    """A row of ``sqlite_master``; ``stored`` is false for views and virtual tables."""

    type: str
    name: str
    table: str
    stored: bool
    sql: str | None

    @property
    def is_internal(self) -> bool:
        """Whether the name is of those that SQLite keeps for itself."""
        return self.name.lower().startswith("sqlite_")

    @property
    def is_virtual(self) -> bool:
        return self.type == "table" and not self.stored


class Catalog:
    """The catalog of one schema (``main``, ``temp``, or an attached file), read when it is first asked for.

    Pragmas of views and virtual tables are left out: one that no longer compiles would fail the statement for
    all.
    """

    def __init__(self, connection: sa.Connection, schema: str = "main") -> None:
        self.connection = connection
        self.schema = schema
        self.quoted = '"' + schema.replace('"', '""') + '"'
        self.literal = "'" + schema.replace("'", "''") + "'"

    @functools.cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All rows of ``sqlite_master``."""
        rows = self._rows(f"SELECT type, name, tbl_name, rootpage > 0, sql FROM {self._master} ORDER BY rowid")
        return tuple(Entry(type_, name, table, bool(stored), sql) for type_, name, table, stored, sql in rows)

    @functools.cached_property
    def columns(self) -> t.Mapping[str, Rows]:
        """The rows of ``PRAGMA table_xinfo`` by table: cid, name, type, notnull, default, pk, hidden."""
        return self._pragma("m.name, p.*", "pragma_table_xinfo(m.name, {}) AS p", "p.cid")

    @functools.cached_property
    def indexes(self) -> t.Mapping[str, Rows]:
        """The rows of ``PRAGMA index_list`` by table: seq, name, unique, origin, partial."""
        return self._pragma("m.name, p.*", "pragma_index_list(m.name, {}) AS p", "p.seq")

    @functools.cached_property
    def index_columns(self) -> t.Mapping[str, Rows]:
        """The rows of ``PRAGMA index_xinfo`` by index: seqno, cid, name, desc, coll, key."""
        source = "pragma_index_list(m.name, {0}) AS l, pragma_index_xinfo(l.name, {0}) AS p"
        return self._pragma("l.name, p.*", source, "l.seq, p.seqno")

    @functools.cached_property
    def foreign_keys(self) -> t.Mapping[str, Rows]:
        """The rows of ``PRAGMA foreign_key_list`` by table: id, seq, table, from, to, on_update, …"""
        return self._pragma("m.name, p.*", "pragma_foreign_key_list(m.name, {}) AS p", "p.id, p.seq")

    @functools.cached_property
    def declarations(self) -> t.Mapping[str, t.Sequence[tuple[str, str | None]]]:
        """Types and statements by name, in their order."""
        found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for entry in self.entries:
            found[entry.name].append((entry.type, entry.sql))
        return found

    @functools.cached_property
    def index_texts(self) -> t.Mapping[str, str]:
        """The ``CREATE INDEX`` statements by index."""
        return {entry.name: entry.sql for entry in self.entries if entry.type == "index" and entry.sql}

    @functools.cached_property
    def primary_keys(self) -> t.Mapping[str, tuple[str, ...]]:
        """The columns of each primary key, in the key's order, by the table's name in small letters."""
        return {
            name.lower(): tuple(row[1] for row in sorted(rows, key=lambda row: int(row[5])) if row[5])
            for name, rows in self.columns.items()
        }

    @functools.cached_property
    def shadow_tables(self) -> frozenset[str]:
        """Tables in which a virtual table keeps its content; none before SQLite 3.37, which can't tell."""
        if sqlite_version(self.connection) < (3, 37):
            return frozenset()
        query = f"SELECT name FROM pragma_table_list WHERE schema = {self.literal} AND type = 'shadow'"
        return frozenset(name for (name,) in self._rows(query))

    @property
    def _master(self) -> str:
        return "sqlite_temp_master" if self.schema == "temp" else f"{self.quoted}.sqlite_master"

    def _pragma(self, columns: str, source: str, order: str) -> t.Mapping[str, Rows]:
        """The rows of a pragma by their first column."""
        rows = self._rows(
            f"SELECT {columns} FROM {self._master} AS m, {source.format(self.literal)} "
            f"WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.rowid, {order}"
        )
        found: dict[str, list[t.Sequence[t.Any]]] = defaultdict(list)
        for row in rows:
            found[row[0]].append(tuple(row[1:]))
        return found

    def _rows(self, sql: str) -> Rows:
        return self.connection.exec_driver_sql(sql).fetchall()


def has_pragma_tables(connection: sa.Connection) -> bool:
    """Whether pragmas can be asked as tables: since a release, and unless the library was built without them."""
    if sqlite_version(connection) < MINIMUM:
        return False
    try:
        attached_schemas(connection)
    except sa.exc.DBAPIError:
        return False
    return True


def sqlite_version(connection: sa.Connection) -> tuple[int, ...]:
    """The version of the SQLite library behind ``connection``."""
    return tuple(int(part) for part in connection.dialect.server_version_info or ())


def attached_schemas(connection: sa.Connection) -> tuple[str, ...]:
    """The names of the files that ``connection`` sees, ``main`` first; ``temp`` once it is used."""
    rows = connection.exec_driver_sql("SELECT name FROM pragma_database_list ORDER BY seq").fetchall()
    return tuple(name for (name,) in rows)
