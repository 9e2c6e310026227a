"""Lost connections."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from .backoff import pauses
from .busy import error_number
from .lock import LockLost

#: For how many seconds a server is waited for that takes no connections.
RECONNECT_FOR = 60.0
#: "Connection was killed", which SQLAlchemy does not count among the lost ones.
MARIADB_KILLED = 1927


def is_lost(connection: sa.Connection, error: Exception) -> bool:
    """Whether ``error`` says that the session behind ``connection``, or the one that holds the lock, has ended."""
    if isinstance(error, LockLost):
        return True
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or error_number(error) == MARIADB_KILLED
    dialect: t.Any = connection.dialect
    return isinstance(error, dialect.loaded_dbapi.Error) and bool(dialect.is_disconnect(error, None, None))


def reconnect(connection: sa.Connection, error: Exception) -> None:
    """Make ``connection`` usable again.

    :raises Exception: ``error``, when the server does not come back in time.
    """
    for _ in pauses(RECONNECT_FOR, first=0.1, longest=5.0):
        try:
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                connection.rollback()
            if not connection.invalidated:
                connection.invalidate()
            connection.rollback()
            connection.scalar(sa.select(1))
            connection.rollback()
            return
        except sa.exc.DBAPIError:
            continue
    raise error
