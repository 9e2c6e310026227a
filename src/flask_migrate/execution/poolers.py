"""Poolers between this process and PostgreSQL, which may give every transaction another session of the server."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa


def is_pooled(connection: sa.Connection) -> bool:
    """Whether a pooler such as PgBouncer stands between this process and the server.

    The server tells a client the process that serves it; a pooler tells a number of its own.
    """
    if connection.dialect.name != "postgresql":
        return False
    told = getattr(getattr(_driver(connection), "info", None), "backend_pid", None)
    return told is not None and told != connection.scalar(sa.select(sa.func.pg_backend_pid()))


@contextlib.contextmanager
def unprepared(connection: sa.Connection) -> t.Iterator[None]:
    """Within this block, psycopg prepares no statement: the session of the next one may not know it.

    https://www.psycopg.org/psycopg3/docs/advanced/prepare.html#using-prepared-statements-with-pgbouncer
    """
    driver = _driver(connection)
    if not hasattr(driver, "prepare_threshold"):
        yield
        return
    before, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # a connection that is lost needs nothing set back
            driver.prepare_threshold = before


def _driver(connection: sa.Connection) -> t.Any:
    return connection.connection.dbapi_connection
