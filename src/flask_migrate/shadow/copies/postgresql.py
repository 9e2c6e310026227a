"""The statements that make a database of PostgreSQL, out of its catalogs; as pg_dump puts them together."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from . import postgresql_queries as queries

#: From this many schemas on, only those are copied that were asked for: they may be those of tenants.
MANY_SCHEMAS = 20


def read(connection: sa.Connection, schemas: t.Sequence[str] = ()) -> list[str]:
    """The statements, in an order that works for most.

    :param schemas: the ones to copy where there are many.
    """
    had_transaction = connection.in_transaction()
    path = connection.scalar(sa.text("SHOW search_path"))
    wanted = list(connection.scalars(sa.text(queries.SCHEMAS)))
    if len(wanted) >= MANY_SCHEMAS:
        wanted = [name for name in wanted if name in schemas]
    connection.exec_driver_sql("SET LOCAL search_path = pg_catalog")  # so that every name is written with its schema
    try:
        return list(_statements(connection, wanted))
    finally:
        if had_transaction:
            connection.execute(sa.text("SELECT set_config('search_path', :path, true)"), {"path": path})
        else:
            connection.rollback()


def _statements(connection: sa.Connection, schemas: list[str]) -> t.Iterator[str]:
    for query in queries.BEFORE_TABLES:
        yield from _texts(connection, query, schemas)
    yield from _tables(connection, schemas)
    for query in queries.AFTER_TABLES:
        yield from _texts(connection, query, schemas)


def _texts(connection: sa.Connection, query: str, schemas: list[str]) -> list[str]:
    return [text for text in connection.scalars(sa.text(query), {"schemas": schemas}) if text]


def _tables(connection: sa.Connection, schemas: list[str]) -> t.Iterator[str]:
    columns: dict[int, list[str]] = {}
    for oid, text in connection.execute(sa.text(queries.COLUMNS), {"schemas": schemas}):
        columns.setdefault(oid, []).append(text)
    for row in connection.execute(sa.text(queries.TABLES), {"schemas": schemas}).all():
        kind = "UNLOGGED TABLE" if row.unlogged else "TABLE"
        if row.parent is not None and row.bound is not None:
            body = f"PARTITION OF {row.parent} {row.bound}"
        else:
            body = f"({', '.join(columns.get(row.oid, ()))})"
        split = f" PARTITION BY {row.split}" if row.split else ""
        options = f" WITH ({', '.join(row.options)})" if row.options else ""
        yield f"CREATE {kind} {row.name} {body}{split}{options}"
