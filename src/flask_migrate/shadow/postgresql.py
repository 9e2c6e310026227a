"""A database beside the real one, on PostgreSQL; a schema in it where databases can't be created."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError, TargetError
from ..targets import describe_url, failures
from .base import PREFIX, Shadow, engine_like, is_left_behind, new_name, on_connect, quoted, run_on
from .guard import keep_out

#: https://www.postgresql.org/docs/current/errcodes-appendix.html
NO_RIGHT, NO_DATABASE = "42501", "3D000"
SESSIONS = "SELECT DISTINCT datname FROM pg_stat_activity WHERE datname LIKE 'flask\\_migrate\\_shadow\\_%'"
SHADOWS = "SELECT datname FROM pg_database WHERE datname LIKE 'flask\\_migrate\\_shadow\\_%'"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
LOCALE = (
    "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
)
EXTENSIONS = (
    "SELECT extname, nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
    "WHERE extname <> 'plpgsql' ORDER BY pg_extension.oid"
)


@dataclasses.dataclass(frozen=True)
class Real:
    """What a scratch database takes over from the real one.

    :param path: the schemas that a name without one is looked up in.
    :param schema: the schema that new tables go to; ``None`` when the path has none that exists.
    """

    schemas: tuple[str, ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()
    path: str = ""
    schema: str | None = "public"
    locale: tuple[str, str, str] | None = None


@contextlib.contextmanager
def shadow(engine: sa.Engine) -> t.Iterator[Shadow]:
    """A database like the real one; without the right to create one, a schema in the real one."""
    name, place, real = new_name(), *look(engine)
    if not run_on(engine, lambda connection: _create(connection, name, real), **place):
        with _schema(engine, name) as made:
            yield made
        return
    try:
        own = engine_like(engine, database=name)
        on_connect(own, "SET synchronous_commit = off", *_path(engine, real))
        schema = real.schema or first_of(real.path)
        if schema not in (None, "public"):
            run_on(own, lambda connection: _make_schemas(connection, (str(schema),)))
        yield Shadow(own, "a scratch database", lambda: run_on(own, lambda connection: borrow(connection, real)))
    finally:
        run_on(engine, lambda connection: _drop(connection, name), **place)


def look(engine: sa.Engine) -> tuple[dict[str, t.Any], Real]:
    """Which database to create from, and what the real one is like; it need not exist yet."""
    try:
        return {}, run_on(engine, _real)
    except sa.exc.DBAPIError as error:
        known = failures.explain(error, engine.url)
        if not isinstance(known, TargetError) or "has no database" not in known.message:
            raise
        return {"database": "postgres"}, Real()


def _real(connection: sa.Connection) -> Real:
    locale = connection.execute(sa.text(LOCALE)).one()
    return Real(
        schemas=tuple(row[0] for row in connection.execute(sa.text(SCHEMAS)) if not row[0].startswith(PREFIX)),
        extensions=tuple((row[0], row[1]) for row in connection.execute(sa.text(EXTENSIONS))),
        path=str(connection.scalar(sa.text("SHOW search_path"))),
        schema=connection.scalar(sa.text("SELECT current_schema()")),
        locale=(locale[0], locale[1], locale[2]),
    )


def _path(engine: sa.Engine, real: Real) -> tuple[str, ...]:
    """A search path that belongs to the real database or to a listener of the app."""
    return (f"SET search_path = {real.path}",) if real.path and real.schema != "public" else ()


def first_of(path: str) -> str | None:
    """The first schema of a search path that has a name: that of a tenant who is not there yet."""
    for name in re.findall(r'"(?:[^"]|"")*"|[^\s,]+', path):
        bare = name[1:-1].replace('""', '"') if name.startswith('"') else name
        if bare != "$user":
            return str(bare)
    return None


def _create(connection: sa.Connection, name: str, real: Real) -> bool:
    """Make the database, after those that were left behind are gone; ``False`` without the right to."""
    used = set(connection.scalars(sa.text(SESSIONS)))
    for old in connection.scalars(sa.text(SHADOWS)).all():
        if old not in used and is_left_behind(old):
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(connection.engine, old)}")
    start = f"CREATE DATABASE {quoted(connection.engine, name)} TEMPLATE template0"
    locale = "" if real.locale is None else " ENCODING '{}' LC_COLLATE '{}' LC_CTYPE '{}'".format(*real.locale)
    try:
        connection.exec_driver_sql(start + locale)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", getattr(error.orig, "pgcode", None)) == NO_RIGHT:
            return False
        raise
    return True


def _drop(connection: sa.Connection, name: str) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    with contextlib.suppress(sa.exc.DBAPIError):
        connection.execute(sa.text(ends), {"name": name})
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(connection.engine, name)}")


def _make_schemas(connection: sa.Connection, names: t.Iterable[str]) -> None:
    for name in names:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(connection.engine, name)}")


def borrow(connection: sa.Connection, real: Real) -> bool:
    """Make the schemas and extensions of the real database; those that can't be made are the history's to miss."""
    _make_schemas(connection, real.schemas)
    for name, schema in real.extensions:
        with contextlib.suppress(sa.exc.DBAPIError):
            place = f"{quoted(connection.engine, name)} SCHEMA {quoted(connection.engine, schema)}"
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {place} CASCADE")
    return bool(real.extensions) or set(real.schemas) > {"public"}


@contextlib.contextmanager
def _schema(engine: sa.Engine, name: str) -> t.Iterator[Shadow]:
    others = run_on(engine, lambda connection: _create_schema(connection, name))
    own = engine_like(engine)
    on_connect(own, f"SET search_path = {quoted(engine, name)}")
    keep_out(own, others, shares_database=True)
    try:
        yield Shadow(own, "a scratch schema")
    finally:
        run_on(engine, lambda connection: _drop_schema(connection, name))


def _create_schema(connection: sa.Connection, name: str) -> list[str]:
    """Make the schema, after those that were left behind are gone; returns the names of the others."""
    names = list(connection.scalars(sa.text(SCHEMAS)))
    for old in [found for found in names if found.startswith(PREFIX) and is_left_behind(found)]:
        with contextlib.suppress(sa.exc.DBAPIError):
            _drop_schema(connection, old)
    try:
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted(connection.engine, name)}")
    except sa.exc.DBAPIError as error:
        user = connection.scalar(sa.text("SELECT quote_ident(current_user)"))
        raise MigrateError(
            f"No scratch database can be made beside {describe_url(connection.engine.url)}: "
            f"the user {user} may create neither databases nor schemas.",
            f"Grant it: ALTER ROLE {user} CREATEDB. Or name an empty database to use: MIGRATE_SHADOW_URL in the app's "
            "configuration.",
        ) from error
    return [found for found in names if not found.startswith(PREFIX)]


def _drop_schema(connection: sa.Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {quoted(connection.engine, name)} CASCADE")
