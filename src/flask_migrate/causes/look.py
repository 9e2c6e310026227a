"""Reading the database after a rollback: on a connection of its own, read only, and not for long."""

from __future__ import annotations

import contextlib
import time
import typing as t

import sqlalchemy as sa

from ..execution import second_connection
from ..execution.modes import has_one_connection

#: For how many seconds one query may run.
SECONDS = 2
#: What makes a session harmless and impatient.
_SETTINGS = {
    "postgresql": (
        "SET TRANSACTION READ ONLY",
        f"SET LOCAL statement_timeout = {SECONDS * 1000}",
        "SET LOCAL lock_timeout = 500",
    ),
    "mariadb": (
        f"SET SESSION max_statement_time = {SECONDS}",
        "SET SESSION lock_wait_timeout = 1",
        "START TRANSACTION READ ONLY",
    ),
    "mysql": (
        f"SET SESSION max_execution_time = {SECONDS * 1000}",
        "SET SESSION lock_wait_timeout = 1",
        "START TRANSACTION READ ONLY",
    ),
    "sqlite": ("PRAGMA busy_timeout = 500", "PRAGMA query_only = ON"),
}


class Look:
    """Queries that may fail.

    :param connection: ``None`` where there is no second connection to look with.
    """

    def __init__(self, connection: sa.Connection | None) -> None:
        self.connection = connection

    def rows(self, query: str, **values: t.Any) -> list[t.Any] | None:
        """The rows of ``query``, in which ``:name`` stands for a value; ``None`` when it can't be answered."""
        if self.connection is None:
            return None
        statement = sa.text(query)
        try:
            if self.connection.dialect.name == "postgresql":
                with self.connection.begin_nested():  # one query that fails must not spoil the next one
                    return list(self.connection.execute(statement, values))
            return list(self.connection.execute(statement, values))
        except sa.exc.SQLAlchemyError:
            return None

    def count(self, source: str) -> int | None:
        """The number of rows of ``source``, which is what follows ``FROM``; a colon in it is no value."""
        rows = self.rows(f"SELECT count(*) FROM {escaped(source)}")
        return int(rows[0][0]) if rows else None

    def example(self, column: str, source: str) -> t.Any:
        """A value of ``column`` in the rows of ``source``."""
        rows = self.rows(f"SELECT {escaped(column)} FROM {escaped(source)} LIMIT 1")
        return rows[0][0] if rows else None

    def quote(self, name: str) -> str:
        """``name`` as a query needs it."""
        if self.connection is None:
            return name
        return self.connection.dialect.identifier_preparer.quote(name)


def escaped(sql: str) -> str:
    """``sql`` for :meth:`Look.rows`, without values."""
    return sql.replace(":", r"\:")


@contextlib.contextmanager
def looking(connection: sa.Connection) -> t.Iterator[Look]:
    """A look at the database of ``connection``, on another connection that is closed afterwards."""
    if has_one_connection(connection.engine):
        yield Look(None)  # the only connection there is belongs to the migration
        return
    with second_connection(connection.engine) as own:
        dialect = own.dialect.name
        is_mariadb = dialect == "mysql" and getattr(own.dialect, "is_mariadb", False)
        for statement in _SETTINGS.get("mariadb" if is_mariadb else dialect, ()):
            own.exec_driver_sql(statement)
        if dialect == "sqlite":
            _limit_sqlite(own)
        try:
            yield Look(own)
        finally:
            own.rollback()


def _limit_sqlite(connection: sa.Connection) -> None:
    """SQLite has no time limit of its own: its progress handler ends a query that takes too long."""
    driver = connection.connection.driver_connection
    set_handler = getattr(driver, "set_progress_handler", None)
    if set_handler is not None and not connection.dialect.is_async:
        end = time.monotonic() + 2 * SECONDS
        set_handler(lambda: time.monotonic() > end, 10_000)
