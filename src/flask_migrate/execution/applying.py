"""Statements that belong to no revision, run in a target under its lock, and whole where that can be."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError
from ..targets import Target, connect, describe_url
from .lock import MigrationLock, NoLock, lock_for
from .locking import own_connection
from .options import ExecutionOptions
from .statements import raw

#: The statement as it is: nothing in it is a parameter.
PLAIN = {"no_parameters": True}


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the lock of a target is, for those who have no migration context."""

    version_table: str = "alembic_version"
    version_table_schema: str | None = None
    log_table: str | None = None


def apply(target: Target, statements: t.Sequence[str], options: ExecutionOptions, place: Place) -> None:
    """Run ``statements`` in ``target`` while its lock is held.

    All or nothing on PostgreSQL and SQLite; elsewhere each statement stays done.

    :raises LockHeld: when a migration of this target does not end in time.
    :raises MigrateError: when the database refuses one.
    """
    database = describe_url(target.engine.url)

    def work(connection: sa.Connection) -> None:
        with own_connection(target.engine) as own:
            lock: MigrationLock = NoLock()
            if own is not None and options.lock:
                lock = lock_for(own, place.version_table, place.version_table_schema, place.log_table)
            lock.acquire(options, database)
            try:
                _run(connection, statements)
            finally:
                with contextlib.suppress(sa.exc.DBAPIError):  # a session that is lost has lost its lock as well
                    lock.release()

    connect(target, work)


def _run(connection: sa.Connection, statements: t.Sequence[str]) -> None:
    dialect = connection.dialect.name
    if dialect == "sqlite":
        _run_on_sqlite(connection, statements)
        return
    if dialect != "postgresql":
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    with connection.begin():
        _send(connection, statements, is_whole=dialect == "postgresql")


def _run_on_sqlite(connection: sa.Connection, statements: t.Sequence[str]) -> None:
    """In one transaction, with foreign keys off while tables are rebuilt, and looked at before the commit."""
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    was_on = raw(connection, "PRAGMA foreign_keys")[0][0]
    raw(connection, "PRAGMA foreign_keys = OFF")
    raw(connection, "BEGIN IMMEDIATE")
    try:
        before = len(raw(connection, "PRAGMA foreign_key_check"))
        _send(connection, statements, is_whole=True)
        broken = raw(connection, "PRAGMA foreign_key_check")
        if len(broken) > before:
            tables = ", ".join(sorted({str(row[0]) for row in broken}))
            raise MigrateError(
                f"Rows of {tables} would refer to rows that are not there; nothing was changed.",
                "Look at them: PRAGMA foreign_key_check",
            )
        raw(connection, "COMMIT")
    except BaseException:
        with contextlib.suppress(connection.dialect.loaded_dbapi.Error):
            raw(connection, "ROLLBACK")
        raise
    finally:
        with contextlib.suppress(connection.dialect.loaded_dbapi.Error):
            raw(connection, f"PRAGMA foreign_keys = {'ON' if was_on else 'OFF'}")


def _send(connection: sa.Connection, statements: t.Sequence[str], *, is_whole: bool) -> None:
    for done, statement in enumerate(statements):
        try:
            connection.exec_driver_sql(statement, execution_options=PLAIN)
        except sa.exc.DBAPIError as error:
            kept = "nothing was changed" if is_whole or not done else f"{done} statements before it are done"
            raise MigrateError(
                f"The database refuses: {' '.join(str(error.orig).split())} ({kept}).", f"The statement: {statement}"
            ) from error
