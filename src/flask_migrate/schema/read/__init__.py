"""Reading a database into a :class:`~flask_migrate.schema.model.Schema`."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..model import Schema
from . import generic, mysql, postgresql, sqlite
from .scope import Exclude, Scope

#: The readers by the name of the dialect; all others are read through SQLAlchemy's reflection.
READERS = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql, "mariadb": mysql}


def read_schema(
    connection: sa.Connection,
    *,
    schemas: t.Sequence[str] | None = None,
    exclude: Exclude | None = None,
    parts: t.Collection[str] | None = None,
    also: t.Sequence[str] = (),
) -> Schema:
    """Read what the database behind ``connection`` holds.

    On SQLite, PostgreSQL, MariaDB and MySQL the number of statements does not grow with the number of tables.
    Nothing is changed, and a transaction that reading began is ended; one that the caller began goes on.

    :param schemas: the named schemas to read (SQLite: attached files; MariaDB: databases); without them the
        connection's default schema. The texts of one schema alone don't name it, so that copies are equal.
    :param exclude: called with a kind ("table", "view", "sequence", "enum", …), a schema (None for the default
        one) and a name; where it returns true, the object and what belongs to it is left out.
    :param parts: the fields of the schema that are of interest; others may be left empty, where that saves statements.
    :param also: on PostgreSQL, further schemas that the texts of one schema alone don't name.
    :raises sqlalchemy.exc.DBAPIError: the catalog may not be read.

    .. versionadded:: 5.0
    """
    wanted = None if schemas is None else tuple(schemas)
    scope = Scope(wanted, exclude, parts=parts, also=tuple(also))
    had_transaction = connection.in_transaction()
    try:
        return _reader(connection)(connection, scope)
    finally:
        if not had_transaction and connection.in_transaction():
            connection.rollback()


def _reader(connection: sa.Connection) -> t.Callable[[sa.Connection, Scope], Schema]:
    """The reader of this dialect, or the generic one where the server is older than what the reader knows."""
    module = READERS.get(connection.dialect.name)
    return generic.read if module is None or not module.can_read(connection) else module.read
