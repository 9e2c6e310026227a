"""A database that the caller names, used as the scratch database: it has to be empty, and is emptied at the end."""

from __future__ import annotations

import contextlib
import os
import typing as t

import sqlalchemy as sa

from ..errors import USAGE, MigrateError, Refused
from ..targets import describe_url
from . import mysql, postgresql
from .base import MARK, Shadow, on_connect, quoted, run_on


@contextlib.contextmanager
def shadow(engine: sa.Engine, url: sa.URL) -> t.Iterator[Shadow]:
    """The database of ``url``, empty within this block.

    :raises MigrateError: when it is of another engine, or the real one.
    :raises Refused: when it holds something that no shadow has left there.
    """
    made = sa.create_engine(url, poolclass=sa.NullPool)
    _check(engine, made)
    if made.dialect.name == "postgresql":
        on_connect(made, "SET synchronous_commit = off")
    if not _is_empty(made):
        raise Refused(
            f"The database of MIGRATE_SHADOW_URL ({describe_url(url)}) is not empty.",
            "It would be emptied: name a database that holds nothing else.",
        )
    try:
        run_on(made, _empty)
        run_on(made, _mark)
        yield Shadow(made, "the database of MIGRATE_SHADOW_URL", lambda: _borrow(engine, made))
    finally:
        run_on(made, _empty)


def _check(engine: sa.Engine, made: sa.Engine) -> None:
    family = {"mariadb": "mysql"}
    names = [family.get(one.dialect.name, one.dialect.name) for one in (engine, made)]
    if names[0] != names[1]:
        raise MigrateError(
            f"MIGRATE_SHADOW_URL is a database of {made.dialect.name}, and the target is one of {engine.dialect.name}.",
            "A scratch database has to be of the same engine.",
            exit_code=USAGE,
        )
    places = [(one.url.host, one.url.port, one.url.database) for one in (engine, made)]
    if places[0] == places[1]:
        raise MigrateError(
            f"MIGRATE_SHADOW_URL is the target itself ({describe_url(engine.url)}).",
            "Name another database, an empty one.",
            exit_code=USAGE,
        )


def _is_empty(made: sa.Engine) -> bool:
    def look(connection: sa.Connection) -> bool:
        inspector = sa.inspect(connection)
        names = inspector.get_schema_names() if made.dialect.name == "postgresql" else [None]
        own = [name for name in names if name != "information_schema"]
        found = {
            name for schema in own for name in inspector.get_table_names(schema) + inspector.get_view_names(schema)
        }
        return not found or MARK in found

    return run_on(made, look)


def _mark(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {MARK} (made INTEGER)")


def _empty(connection: sa.Connection) -> None:
    """Drop everything."""
    dialect, engine = connection.dialect.name, connection.engine
    if dialect == "postgresql":
        for name in connection.scalars(sa.text(postgresql.SCHEMAS)).all():
            connection.exec_driver_sql(f"DROP SCHEMA {quoted(engine, name)} CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    elif dialect in ("mysql", "mariadb"):
        name = str(engine.url.database)
        charset = mysql.charset(connection, name)
        connection.exec_driver_sql(f"DROP DATABASE {quoted(engine, name)}")
        connection.exec_driver_sql(f"CREATE DATABASE {quoted(engine, name)}{charset}")
    elif engine.url.database and os.path.exists(engine.url.database):
        connection.close()
        os.remove(engine.url.database)


def _borrow(engine: sa.Engine, made: sa.Engine) -> bool:
    if made.dialect.name != "postgresql":
        return False
    try:
        _, real = postgresql.look(engine)
    except sa.exc.DBAPIError:  # the database of the app need not be there at all
        return False
    return run_on(made, lambda connection: postgresql.borrow(connection, real))
