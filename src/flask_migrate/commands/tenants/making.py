"""create_tenant and drop_tenant."""

from __future__ import annotations

import contextlib
import typing as t

from ...errors import REFUSED, MigrateError, Refused, TargetError
from ...extension import current_state
from ...targets.tenants import Tenant, TenantDatabases, create_place, drop_place
from ...targets.tenants.declared import as_tenant
from ..project import Directory, open_project
from ..running import upgrade
from ..values import RunResult
from .template import shared_of
from .work import on, source_of


def create_tenant(name: str, url: t.Any = None, *, directory: Directory = None, revision: str = "head") -> RunResult:
    """Make the schema, database or file of a new tenant and bring it to ``revision``: all of it or nothing.

    :param name: the tenant; where ``@migrate.tenants`` yields it already, its place is taken from there.
    :param url: of its database (or an engine, or a callable), when it is no schema and not declared yet.
    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param revision: where to bring it.
    :returns: what was run.
    :raises MigrateError: when it is there already, or anything fails; then what was made is dropped again.

    .. versionadded:: 5.0
    """
    project = open_project(directory)  # a history that can't be read is an error before anything is made
    databases = _databases_of(name, url)
    shared = shared_of(project)
    if shared is not None:
        with on(shared):
            upgrade(directory, revision)
    create_place(databases)
    try:
        with on(databases):
            return upgrade(directory, revision)
    except BaseException as error:
        with contextlib.suppress(Exception):  # the error itself matters more
            drop_place(databases)
        if isinstance(error, MigrateError):
            sentence = f"The tenant {name!r} was not created, nothing of it is left. {error.message}"
            raise MigrateError(sentence, error.hint, exit_code=error.exit_code) from error
        raise


def drop_tenant(name: str, url: t.Any = None, *, yes: bool = False) -> str:
    """Drop the schema, database or file of a tenant with everything in it.

    :param name: the tenant.
    :param url: of its database, when it is no schema and ``@migrate.tenants`` does not yield it any more.
    :param yes: that it may be destroyed.
    :returns: what was dropped, in words.
    :raises Refused: without ``yes``, and for a place that the app or the server needs.

    .. versionadded:: 5.0
    """
    databases = _databases_of(name, url)
    place = databases.targets()[0].describe()
    if not yes:
        raise Refused(
            f"Dropping the tenant {name!r} destroys all that is in {place}.",
            "Say that it may: drop_tenant(name, yes=True), or flask db drop-tenant --yes NAME",
            exit_code=REFUSED,
        )
    try:
        databases.require_place()
    except TargetError as error:
        raise TargetError(error.message, "There is nothing to drop.") from error
    drop_place(databases)
    return place


def tenant_place(name: str, url: t.Any = None) -> str:
    """Where a tenant is, in words."""
    return _databases_of(name, url).targets()[0].describe()


def _databases_of(name: str, url: t.Any) -> TenantDatabases:
    state = current_state()
    source = source_of(state)
    declared = next((tenant for tenant in source if tenant.name == name), None) if url is None else None
    tenant = declared or as_tenant((name, url) if url is not None else Tenant(name))
    return TenantDatabases(state.all_databases, tenant, source.bind)
