"""Reads MariaDB and MySQL from ``information_schema``."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..model import Schema
from . import mysql_queries as queries
from .mysql_objects import read_routines, read_sequences, read_triggers, read_views
from .mysql_queries import Catalogs, Row
from .mysql_tables import read_tables
from .scope import Scope

#: The first releases whose ``information_schema.COLUMNS`` tells the expression of a generated column.
MINIMUM_MARIADB = (10, 2)
MINIMUM_MYSQL = (5, 7)


def can_read(connection: sa.Connection) -> bool:
    """Whether this release has what is asked of its ``information_schema``."""
    version = tuple(connection.dialect.server_version_info or ())
    return version >= (MINIMUM_MARIADB if _is_mariadb(connection) else MINIMUM_MYSQL)


def read(connection: sa.Connection, scope: Scope) -> Schema:
    """Read the asked-for schemas of ``connection``; the number of statements is always the same."""
    server = connection.execute(sa.text(queries.SERVER)).mappings().one()
    default = server["default_schema"] or ""
    if scope.schemas is None and not default:
        scope.note("schema", None, "DATABASE()", "no database is selected")
    catalogs = opened(connection, scope, default)
    found = catalogs.rows(queries.TABLES)
    tables, views, sequences = _wanted(found, catalogs)
    places = {(row["sch"], row["name"]) for row in tables}
    return Schema(
        dialect="mariadb" if catalogs.is_mariadb else "mysql",
        version=server["version"],
        schemas=scope.labels(catalogs.names, default),
        tables=tuple(sorted(read_tables(catalogs, tables))),
        views=tuple(sorted(read_views(catalogs, views))) if scope.has("views") else (),
        triggers=tuple(sorted(read_triggers(catalogs, places))) if scope.has("triggers") else (),
        functions=tuple(sorted(read_routines(catalogs))) if scope.has("functions") else (),
        sequences=tuple(sorted(read_sequences(catalogs, sequences))),
        notes=tuple(sorted(scope.notes)),
    )


def _is_mariadb(connection: sa.Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def opened(connection: sa.Connection, scope: Scope, default: str) -> Catalogs:
    """The catalogs about the asked-for schemas that exist; notes the others."""
    asked = tuple(name for name in scope.named(default) if name)
    is_mariadb = _is_mariadb(connection)
    rows = Catalogs(connection, scope, default, asked, is_mariadb).rows(queries.SCHEMAS)
    existing = {row["name"].lower(): row["name"] for row in rows}
    for name in asked:
        if name.lower() not in existing:
            scope.note("schema", None, name, "does not exist")
    names = tuple(existing[name.lower()] for name in asked if name.lower() in existing)
    features = connection.execute(sa.text(queries.FEATURES))
    known = frozenset((row.tab, row.col) for row in features)
    return Catalogs(connection, scope, default, names, is_mariadb, known)


def _wanted(found: t.Sequence[Row], catalogs: Catalogs) -> tuple[list[Row], list[Row], list[Row]]:
    """The tables, views and sequences that are to be read; notes what can't be."""
    tables, views, sequences = [], [], []
    for row in found:
        kind = {"VIEW": "view", "SEQUENCE": "sequence"}.get(row["kind"], "table")
        if not catalogs.wants(kind, row):
            continue
        if kind == "view":
            if row["comment"] != "VIEW":
                catalogs.note("view", row, f"does not compile: {row['comment']}")
            views.append(row)
        elif kind == "sequence":
            sequences.append(row)
        elif row["kind"] == "TEMPORARY":
            catalogs.note("table", row, "is temporary: skipped")
        elif row["engine"] is None:
            catalogs.note("table", row, f"can't be opened: {row['comment']}")
        else:
            tables.append(row)
    return tables, views, sequences
