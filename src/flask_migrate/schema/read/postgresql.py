"""Reads PostgreSQL: the catalogs of all asked-for schemas, under settings that make its texts stable."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ..model import Schema
from . import postgresql_queries as queries
from .postgresql_objects import (
    read_domains,
    read_enums,
    read_functions,
    read_named_types,
    read_sequences,
    read_triggers,
)
from .postgresql_queries import Catalogs
from .postgresql_tables import Relations, read_tables, read_views
from .scope import Scope

#: The first release with ``pg_attribute.attgenerated``; older ones are read through SQLAlchemy.
MINIMUM = (12,)


def can_read(connection: sa.Connection) -> bool:
    """Whether this is a PostgreSQL whose catalogs are known."""
    return tuple(connection.dialect.server_version_info or ()) >= MINIMUM


def read(connection: sa.Connection, scope: Scope) -> Schema:
    """Read the asked-for schemas of ``connection``; the number of statements is always the same."""
    server = queries.rows(connection, queries.SERVER)[0]
    default = server["default_schema"] or ""
    if scope.schemas is None and not default:
        scope.note("schema", None, "current_schema", "no schema of the search path exists")
    with settled(connection) as settle:
        names = _existing(connection, scope, default, settle)
        return _read(Catalogs(connection, scope, default, names, server["number"]), server["version"])


def _existing(
    connection: sa.Connection, scope: Scope, default: str, settle: t.Callable[[str], None]
) -> tuple[str, ...]:
    """The asked-for schemas that exist; notes the others and makes the texts stable."""
    asked = [name for name in scope.named(default) if name]
    found = {row["schema"]: row["quoted"] for row in queries.rows(connection, queries.SCHEMAS, schemas=asked)}
    for name in asked:
        if name not in found:
            scope.note("schema", None, name, "does not exist")
    quote = connection.dialect.identifier_preparer.quote_identifier
    path = [*found.values(), *(quote(name).replace("%%", "%") for name in scope.also)] if len(found) == 1 else []
    settle(", ".join([*path, "pg_temp"]))
    return tuple(found)


def _read(catalogs: Catalogs, version: str) -> Schema:
    relations = Relations.read(catalogs)
    types = catalogs.rows(queries.TYPES)
    for row in catalogs.rows(queries.TEMPORARY) if catalogs.scope.parts is None else ():
        catalogs.scope.note(row["kind"], "pg_temp", row["name"], "is temporary: skipped")
    has = catalogs.scope.has
    return Schema(
        dialect="postgresql",
        version=version,
        schemas=catalogs.scope.labels(catalogs.names, catalogs.default),
        tables=tuple(sorted(read_tables(catalogs, relations))),
        views=tuple(sorted(read_views(catalogs, relations))) if has("views") else (),
        triggers=tuple(sorted(read_triggers(catalogs, relations))) if has("triggers") else (),
        functions=tuple(sorted(read_functions(catalogs))) if has("functions") else (),
        sequences=tuple(sorted(read_sequences(catalogs, relations))),
        enums=tuple(sorted(read_enums(catalogs, types))),
        domains=tuple(sorted(read_domains(catalogs, types))),
        types=tuple(sorted(read_named_types(catalogs, types))),
        notes=tuple(sorted(catalogs.scope.notes)),
    )


@contextlib.contextmanager
def settled(connection: sa.Connection) -> t.Iterator[t.Callable[[str], None]]:
    """A place where settings can be changed; nothing of them is left when it is closed.

    A savepoint that is rolled back restores them exactly, which ``SET LOCAL`` alone does not: that lasts until
    the end of the caller's transaction. A connection in autocommit gets a transaction of its own instead.
    """

    def settle(path: str) -> None:
        connection.execute(sa.text(queries.SETTINGS), {"path": path})

    if not _is_autocommit(connection):
        with connection.begin_nested() as savepoint:
            yield settle
            savepoint.rollback()
        return
    start, stop = _borders(connection)
    connection.exec_driver_sql(start)
    try:
        yield settle
    finally:
        connection.exec_driver_sql(stop)


def _is_autocommit(connection: sa.Connection) -> bool:
    """Whether the driver sends no ``BEGIN``; all of them have the flag under this name."""
    return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))


def _borders(connection: sa.Connection) -> tuple[str, str]:
    """The statements around a reading in autocommit: somebody may have sent a ``BEGIN`` of his own."""
    try:
        connection.exec_driver_sql("SAVEPOINT flask_migrate_read")
    except sa.exc.DBAPIError:
        return "BEGIN READ ONLY", "ROLLBACK"
    return "SAVEPOINT flask_migrate_read", "ROLLBACK TO SAVEPOINT flask_migrate_read"
