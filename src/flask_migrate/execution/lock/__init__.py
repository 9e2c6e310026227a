"""One migration at a time for each target: which lock an engine has."""

from __future__ import annotations

import sqlalchemy as sa

from ..log import LogTable
from .base import Holder as Holder
from .base import LockHeld as LockHeld
from .base import LockLost as LockLost
from .base import MigrationLock as MigrationLock
from .base import NoLock as NoLock
from .base import name_of
from .mysql import MysqlLock
from .postgresql import PostgresqlLock
from .sqlite import SqliteLock


def lock_for(
    connection: sa.Connection, version_table: str, schema: str | None, log_table: str | None = None
) -> MigrationLock:
    """The lock for the history whose version table is ``schema.version_table`` in this database.

    :param connection: a connection of its own, in autocommit, which stays open as long as the lock is used.
    :param log_table: the name of the log table, which knows more about the holder than some engines do.
    """
    url = connection.engine.url
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return PostgresqlLock(connection, name_of(schema, version_table))
    if dialect in ("mysql", "mariadb"):
        log = LogTable(log_table, schema) if log_table else None
        return MysqlLock(connection, name_of(url.database, schema, version_table), log)
    if dialect == "sqlite":
        path = sqlite_file(connection)
        return SqliteLock(path) if path else NoLock()
    return NoLock()


def sqlite_file(connection: sa.Connection) -> str | None:
    """The file of the main database of ``connection``; ``None`` for one in memory."""
    for _, name, path in connection.exec_driver_sql("PRAGMA database_list"):
        if name == "main":
            return path or None
    return None
