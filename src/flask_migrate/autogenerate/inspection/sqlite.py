"""Answers for SQLite: its dialect asks some fourteen pragmas for each table."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from ...schema.read.sqlite_catalog import Catalog, Rows, attached_schemas, has_pragma_tables
from .answers import result

NAME = r'"(?:[^"]|"")*"|\w+'
PRAGMA = re.compile(rf"PRAGMA (?P<schema>{NAME})\.(?P<pragma>\w+)\((?P<name>{NAME})\)")
SQL = re.compile(
    rf"SELECT sql FROM (?:\(SELECT \* FROM (?:(?P<both>{NAME})\.)?sqlite_master UNION ALL "
    rf"SELECT \* FROM (?:(?:{NAME})\.)?sqlite_temp_master\)|(?:(?P<one>{NAME})\.)?sqlite_master) "
    r"WHERE name = \? AND (?P<types>type in \('table', 'view'\)|type = 'index')"
)
MAIN, TEMPORARY = "main", "temp"


def make_answers(connection: sa.Connection, schemas: t.Collection[str]) -> SQLiteAnswers | None:
    """The answers, or None where this SQLite has no pragmas as tables."""
    return SQLiteAnswers(connection) if has_pragma_tables(connection) else None


class SQLiteAnswers:
    """The catalogs of the files that a connection sees."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.forget()

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        schemas = attached_schemas(self.connection)
        self.catalogs = {schema: Catalog(self.connection, schema) for schema in schemas}
        self.tables: dict[str, t.Mapping[str, tuple[str, bool]]] = {}

    def to_statement(self, connection: sa.Connection, statement: t.Any, parameters: t.Any) -> None:
        """The dialect sends all that it has to ask as text."""

    def to_driver_sql(self, connection: sa.Connection, statement: str, parameters: t.Any) -> t.Any:
        """Answer the pragmas about a table or index, and the question for a declaration."""
        pragma = PRAGMA.fullmatch(statement)
        if pragma:
            schema, name = _name(pragma["schema"]), _name(pragma["name"])
            return self._pragma(schema, pragma["pragma"], name)
        sql = SQL.fullmatch(" ".join(statement.split()))
        return self._sql(sql, parameters) if sql and parameters else None

    def _pragma(self, schema: str, pragma: str, name: str) -> t.Any:
        catalog = self.catalogs.get(schema)
        if catalog is None:
            return result(("none",), ()) if schema == TEMPORARY else None
        if pragma == "index_info":
            return _index_info(catalog, name)
        reader = TABLE_PRAGMAS.get(pragma)
        if reader is None:
            return None
        if schema not in self.tables:
            self.tables[schema] = _tables(catalog)
        entry = self.tables[schema].get(_folded(name))
        if entry is None:
            return result(("none",), ())
        if not entry[1]:
            return None
        rows = reader(catalog, entry[0])
        return result([f"c{place}" for place in range(len(rows[0]) if rows else 1)], rows)

    def _sql(self, sql: re.Match[str], parameters: t.Any) -> t.Any:
        """The declarations of the tables, views or indexes of this name; ``temp`` belongs to ``main``."""
        named = sql["both"] or sql["one"]
        schemas = [_name(named)] if named else [MAIN]
        if not named and "UNION" in sql.group():
            schemas.append(TEMPORARY)
        if schemas[0] not in self.catalogs:
            return None
        types = ("index",) if "index" in sql["types"] else ("table", "view")
        return result(("sql",), ((text,) for schema in schemas for text in self._texts(schema, parameters[0], types)))

    def _texts(self, schema: str, name: str, types: t.Container[str]) -> t.Iterator[str | None]:
        catalog = self.catalogs.get(schema)
        if catalog is not None:
            yield from (sql for type_, sql in catalog.declarations.get(name, ()) if type_ in types)


def _tables(catalog: Catalog) -> t.Mapping[str, tuple[str, bool]]:
    """The tables and views by folded name: how each is spelled, and whether the catalog has its pragmas."""
    return {_folded(e.name): (e.name, e.stored) for e in catalog.entries if e.type in ("table", "view")}


def _folded(name: str) -> str:
    """The name as SQLite compares it: only the letters A to Z have two cases."""
    return name.encode("utf-8", "surrogateescape").lower().decode("utf-8", "surrogateescape")


def _name(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _table_info(catalog: Catalog, table: str) -> Rows:
    """The rows without hidden and generated columns, numbered anew."""
    rows = [row for row in catalog.columns.get(table, ()) if not row[6]]
    return [(place, *row[1:6]) for place, row in enumerate(rows)]


def _index_info(catalog: Catalog, index: str) -> t.Any:
    """The key columns of an index; None for one that the catalog does not know under exactly this name."""
    rows = catalog.index_columns.get(index)
    return None if rows is None else result(("seqno", "cid", "name"), (row[:3] for row in rows if row[5]))


TABLE_PRAGMAS: t.Mapping[str, t.Callable[[Catalog, str], Rows]] = {
    "table_xinfo": lambda catalog, table: catalog.columns.get(table, ()),
    "table_info": _table_info,
    "index_list": lambda catalog, table: catalog.indexes.get(table, ()),
    "foreign_key_list": lambda catalog, table: catalog.foreign_keys.get(table, ()),
}
