"""A database beside the real one, on MariaDB and MySQL."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError
from ..targets import describe_url
from .base import PREFIX, Shadow, engine_like, is_left_behind, new_name, quoted, run_on
from .guard import keep_out

DEFAULTS = "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata"
SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")


@contextlib.contextmanager
def shadow(engine: sa.Engine) -> t.Iterator[Shadow]:
    """A database with the character set of the real one; the statements that run there may name no other one."""
    name = new_name()
    others = run_on(engine, lambda connection: _create(connection, name, engine.url.database or ""), **_place(engine))
    made = engine_like(engine, database=name)
    keep_out(made, others)
    try:
        yield Shadow(made, "a scratch database")
    finally:
        run_on(engine, lambda connection: _drop(connection, name), **_place(engine))


def _place(engine: sa.Engine) -> dict[str, t.Any]:
    """Where to create: no database at all, since the real one may not exist yet."""
    return {"database": ""} if engine.url.database else {}


def _create(connection: sa.Connection, name: str, real: str) -> list[str]:
    """Make the database, after those that were left behind are gone; returns the names of the others."""
    names = [row[0] for row in connection.execute(sa.text("SHOW DATABASES"))]
    for old in [found for found in names if found.startswith(PREFIX) and is_left_behind(found)]:
        with contextlib.suppress(sa.exc.DBAPIError):
            _drop(connection, old)
    try:
        connection.exec_driver_sql(f"CREATE DATABASE {quoted(connection.engine, name)}{charset(connection, real)}")
    except sa.exc.DBAPIError as error:
        user = connection.scalar(sa.text("SELECT CURRENT_USER()"))
        raise MigrateError(
            f"No scratch database can be made beside {describe_url(connection.engine.url)}: {error.orig}",
            f"Grant it: GRANT ALL ON `{PREFIX}%`.* TO {_account(user)}. Or name an empty database to use: "
            "MIGRATE_SHADOW_URL in the app's configuration.",
        ) from error
    return [found for found in names if not found.startswith(PREFIX) and found not in SYSTEM]


def charset(connection: sa.Connection, real: str) -> str:
    """The character set of the database ``real``, as ``CREATE DATABASE`` takes it."""
    query = sa.text(f"{DEFAULTS} WHERE schema_name = :name")
    row = connection.execute(query, {"name": real}).first()
    return f" CHARACTER SET {row[0]} COLLATE {row[1]}" if row else ""


def _account(user: str) -> str:
    name, _, host = user.rpartition("@")
    return f"'{name}'@'{host}'"


def _drop(connection: sa.Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(connection.engine, name)}")
