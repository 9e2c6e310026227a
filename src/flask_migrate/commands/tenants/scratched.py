"""The history of an app whose tenants share tables, on a scratch database."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ...environment.replay import Scratch, replay, scratch
from ...targets import DEFAULT, Databases
from ...targets.tenants import ComparedDatabases, SharedDatabases, Tenant, TenantDatabases, has_shared_tables
from ..project import Project
from ..replaying import replayed

#: The tenant, and its schema, in the scratch database.
TENANT = "flask_migrate_tenant"


@contextlib.contextmanager
def compared_scratch(project: Project) -> t.Iterator[tuple[Databases, dict[str, t.Any]]]:
    """Scratch databases with the whole history applied, to compare the models with, within this block.

    What schemas of tenants share is made first, then a tenant, as for a new one.

    :returns: the databases, and how ``Project.run`` works on them.
    :raises MigrateError: when there can be no scratch database, or the history does not run on an empty one.
    """
    source = project.state.migrate.tenant_source
    if source is None or source.bind:
        with replayed(project) as plain:
            yield plain, {"substitute": plain.instead_of}
        return
    with scratch(project.state) as databases:
        if DEFAULT not in databases.shadows or not has_shared_tables(databases):
            replay(project.state, project.config, project.script, databases)
            yield databases, {"substitute": databases.instead_of}
            return
        yield _with_tenant(project, databases), {}


def _with_tenant(project: Project, databases: Scratch) -> Databases:
    def run(through: Databases | None, destinations: dict[str, str] | None = None) -> None:
        replay(project.state, project.config, project.script, databases, destinations, through=through)

    run(None, {name: "heads" for name in databases.shadows if name != DEFAULT})
    run(SharedDatabases(databases))
    databases.shadows[DEFAULT].connect(_make_schema)
    tenant = Tenant(TENANT, schema=TENANT)
    run(TenantDatabases(databases, tenant))
    alone = TenantDatabases(databases, tenant, is_alone=True)
    return ComparedDatabases(databases, alone, SharedDatabases(databases, is_compared=True))


def _make_schema(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateSchema(TENANT))
    connection.commit()
