"""Making the place of a new tenant, and dropping it."""

from __future__ import annotations

import os
import shlex
import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...errors import REFUSED, MigrateError, Refused, TargetError
from .. import failures
from ..connection import connect
from ..model import DEFAULT, Target, describe_url
from .databases import SCHEMA_DIALECTS, SERVER_DIALECTS, TenantDatabases, base_engine, quoter
from .declared import Tenant

#: Databases and schemas that belong to the servers.
OF_SERVERS = ("information_schema", "mysql", "performance_schema", "sys", "postgres", "template0", "template1")


class PlaceRefused(Refused):
    """What was to be made or dropped belongs to others as well."""


def create_place(databases: TenantDatabases) -> None:
    """Make the schema, the database or the file of a tenant.

    :raises MigrateError: when it is there already, or can't be made.
    """
    _require_own_place(
        databases, "Nothing was made. Choose another name, or correct what @migrate.tenants yields for it."
    )
    if databases.schema is not None:
        _run(base_engine(databases.app), "CREATE SCHEMA {}", databases.schema, databases.tenant)
        return
    url = _url_of(databases)
    if url.get_backend_name() == "sqlite":
        _create_file(url, databases.tenant)
        return
    _run(_server(databases, url), "CREATE DATABASE {}", url.database or "", databases.tenant)


def drop_place(databases: TenantDatabases) -> None:
    """Drop the schema, the database or the file of a tenant, with all that is in it.

    :raises MigrateError: when it can't be dropped, or belongs to others as well.
    """
    _require_own_place(databases, "Nothing was dropped. Correct what @migrate.tenants yields for it.")
    databases.dispose()
    if databases.schema is not None:
        _run(base_engine(databases.app), "DROP SCHEMA {} CASCADE", databases.schema, databases.tenant)
        return
    url = _url_of(databases)
    if url.get_backend_name() != "sqlite":
        _run(_server(databases, url), "DROP DATABASE {}", url.database or "", databases.tenant)
        return
    try:
        os.unlink(url.database or "")
    except OSError as error:
        raise TargetError(f"The file {url.database} can't be removed: {error.strerror}.") from error
    for ending in ("-wal", "-shm", "-journal"):
        if os.path.exists(f"{url.database}{ending}"):
            os.unlink(f"{url.database}{ending}")


def _require_own_place(databases: TenantDatabases, hint: str) -> None:
    """Raise :class:`PlaceRefused` for a place that is not the tenant's alone."""
    base = base_engine(databases.app) if databases.app.engines_by_name() else None
    if databases.schema is not None:
        assert base is not None  # a schema is one of the default database
        own = [base.dialect.default_schema_name or "public", "public", *OF_SERVERS]
        is_shared = databases.schema in own or databases.schema.startswith("pg_")
    else:
        url = _url_of(databases)
        others = {engine.url for engine in databases.app.engines_by_name().values()}
        is_shared = (url.database or "") in OF_SERVERS or any(_is_same(url, other) for other in others)
    if is_shared:
        raise PlaceRefused(
            f"The tenant {databases.tenant.name!r} is at a place of the app itself or of the server: "
            f"{databases.targets()[0].describe()}.",
            hint,
        )


def _is_same(url: URL, other: URL) -> bool:
    if url.get_backend_name() == "sqlite" == other.get_backend_name():
        return os.path.realpath(url.database or "") == os.path.realpath(other.database or "")
    places = [(one.host, one.port, one.database) for one in (url, other)]
    return places[0] == places[1]


def _url_of(databases: TenantDatabases) -> URL:
    return databases.targets()[0].engine.url


def _server(databases: TenantDatabases, url: URL) -> sa.Engine:
    """An engine on the server of ``url`` that does not need the database to be there."""
    if databases.tenant.is_by_name:
        return base_engine(databases.app)
    other = url.set(database="postgres" if url.get_backend_name() in SCHEMA_DIALECTS else "")
    return sa.create_engine(other, poolclass=sa.NullPool)


def _create_file(url: URL, tenant: Tenant) -> None:
    path = url.database or ""
    if os.path.exists(path):
        raise _exists(tenant, path)
    try:
        with open(path, "xb"):
            pass
    except OSError as error:
        raise TargetError(
            f"The file {path} can't be made: {error.strerror}.", "Check that its folder is there and may be written."
        ) from error


def _run(engine: sa.Engine, statement: str, name: str, tenant: Tenant) -> None:
    """Run a statement about the schema or database ``name``, outside of any transaction."""
    if engine.dialect.name not in (*SCHEMA_DIALECTS, *SERVER_DIALECTS):
        raise TargetError(
            f"Databases of {engine.dialect.name} can't be made or dropped here.",
            "Do it with the tools of the server; flask db upgrade --tenants NAME brings a new one to the head.",
        )
    sql = statement.format(quoter(engine)(name))

    def work(connection: sa.Connection) -> None:
        cursor = connection.execution_options(isolation_level="AUTOCOMMIT").connection.cursor()
        cursor.execute(sql)
        cursor.close()

    try:
        connect(Target(DEFAULT, engine, sa.MetaData()), work)
    except (sa.exc.DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        text = failures.driver_text(error) if isinstance(error, sa.exc.DBAPIError) else str(error.args[-1])
        if "already exists" in text or "database exists" in text:
            raise _exists(tenant, describe_url(engine.url)) from error
        known = failures.explain(error)
        raise known or TargetError(f"{sql} failed: {' '.join(text.split())}") from error


def _exists(tenant: Tenant, place: str) -> MigrateError:
    return MigrateError(
        f"The tenant {tenant.name!r} is there already ({place}).",
        f"Bring it to the newest revision: flask db upgrade --tenants {shlex.quote(tenant.name)}",
        exit_code=REFUSED,
    )


def tenant_for(name: str, url: t.Any = None) -> Tenant:
    """A tenant that nobody has declared yet."""
    return Tenant(name, engine=url)
