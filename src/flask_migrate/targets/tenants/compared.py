"""What models are compared with in an app with tenants: one of them, and what all of them share."""

from __future__ import annotations

import sqlalchemy as sa

from ..databases import Databases
from ..model import DEFAULT, Target
from .databases import SCHEMA_DIALECTS, TenantDatabases, base_engine, led

#: The bind whose functions, ``upgrade_shared()``, are for the tables that all tenants share.
SHARED = "shared"
#: A schema that is not there: with it as the default one, every table keeps the name of its own.
NOWHERE = "flask_migrate_nowhere"


class SharedDatabases(Databases):
    """The tables of the default database that all schemas of tenants share, as the only target.

    They are those that the models give a schema by name. Their version table is ``alembic_version_shared``.

    :param app: the databases of the app.
    :param is_compared: leave the default schema out of sight, so that its tables keep their schema's name.
    """

    def __init__(self, app: Databases, *, is_compared: bool = False) -> None:
        super().__init__(app.db, app.metadata_source, app.engine_source)
        self.app = app
        self.is_compared = is_compared
        self._engine: sa.Engine | None = None

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """The engine of the default database."""
        if self._engine is None:
            base = base_engine(self.app)
            self._engine = led(base, f"SET search_path TO {NOWHERE}", NOWHERE) if self.is_compared else base
        return {SHARED: self._engine}

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """The models of the default bind."""
        return {SHARED: self.app.metadata_by_name().get(DEFAULT) or sa.MetaData()}

    def targets(self) -> tuple[Target, ...]:
        """The default database."""
        engine = self.engines_by_name()[SHARED]
        schema = base_engine(self.app).dialect.default_schema_name or "public"
        options = {"version_table_schema": schema} if self.is_compared else {}
        metadata = self.metadata_by_name()[SHARED]
        return (Target(SHARED, engine, metadata, suffix=SHARED, options=options, only="qualified"),)


class ComparedDatabases(Databases):
    """The databases of an app, with a tenant in the place of the default one (or of the tenants' bind).

    :param app: the databases of the app.
    :param tenant: the tenant that models are compared with.
    :param shared: what the tenants share; ``None`` when they share nothing.
    """

    def __init__(self, app: Databases, tenant: TenantDatabases, shared: SharedDatabases | None) -> None:
        super().__init__(app.db, app.metadata_source, app.engine_source)
        self.app = app
        self.tenant = tenant
        self.shared = shared

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """All engines, the tenant's under the name of its bind."""
        return {**self.app.engines_by_name(), **self.tenant.engines_by_name()}

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """The MetaData of all binds that have models."""
        return self.app.metadata_by_name()

    def targets(self) -> tuple[Target, ...]:
        """The binds, the tenant, and what is shared."""
        others = tuple(target for target in self.app.targets() if target.name != self.tenant.bind)
        shared = self.shared.targets() if self.shared is not None else ()
        found = (*self.tenant.targets(), *others, *shared)
        return tuple(sorted(found, key=lambda target: target.name != DEFAULT))


def has_shared_tables(app: Databases) -> bool:
    """Whether models of the default bind name a schema, where tenants are schemas."""
    if base_engine(app).dialect.name not in SCHEMA_DIALECTS:
        return False
    metadata = app.metadata_by_name().get(DEFAULT)
    return metadata is not None and any(table.schema for table in metadata.tables.values())
