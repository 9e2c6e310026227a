"""The database of one tenant, in the place of the app's own."""

from __future__ import annotations

import copy
import shlex
import typing as t

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from ...errors import TargetError
from ..connection import connect
from ..databases import Databases
from ..model import DEFAULT, Target
from .declared import Tenant

#: Dialects on which a tenant may be a schema of the default database.
SCHEMA_DIALECTS = ("postgresql",)
#: Dialects on which a tenant may be a database on the server of the default one.
SERVER_DIALECTS = ("mysql", "mariadb")


class TenantDatabases(Databases):
    """The database or schema of one tenant, as the only one of its app.

    :param app: the databases of the app.
    :param tenant: which tenant.
    :param bind: whose models and functions are the tenant's.
    :param is_alone: leave the shared schema out of sight, as comparing with the models needs it.
    """

    def __init__(self, app: Databases, tenant: Tenant, bind: str = DEFAULT, *, is_alone: bool = False) -> None:
        super().__init__(app.db, app.metadata_source, app.engine_source)
        self.app = app
        self.tenant = tenant
        self.bind = bind
        self.is_alone = is_alone
        self._engine: sa.Engine | None = None

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """The tenant's engine, under the name of the bind."""
        if self._engine is None:
            self._engine = self._open()
        return {self.bind: self._engine}

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """The models of the bind."""
        metadata = self.app.metadata_by_name().get(self.bind)
        return {} if metadata is None else {self.bind: metadata}

    def targets(self) -> tuple[Target, ...]:
        """The tenant."""
        engine = self.engines_by_name()[self.bind]
        metadata = self.metadata_by_name().get(self.bind) or sa.MetaData()
        # Alone, the schema is the default one, and there autogenerate knows the version table without its schema.
        options = {"version_table_schema": self.schema} if self.schema and not self.is_alone else {}
        name, only = self.tenant.name, "unqualified" if self.schema else ""
        return (Target(self.bind, engine, metadata, name, self.schema, options=options, only=only),)

    @property
    def schema(self) -> str | None:
        """The tenant's schema; ``None`` when it has a database of its own."""
        is_schema = self.tenant.is_by_name and base_engine(self.app).dialect.name in SCHEMA_DIALECTS
        return self.tenant.place if is_schema else None

    def require_place(self) -> None:
        """See that the tenant's schema is there.

        :raises TargetError: when it is not.
        """
        schema = self.schema
        if schema is None:
            return
        query = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
        target = self.targets()[0]
        if not connect(target, lambda connection: connection.scalar(query, {"schema": schema})):
            raise TargetError(
                f"The database has no schema {schema!r}.",
                f"Create the tenant: flask db create-tenant {shlex.quote(self.tenant.name)}",
            )

    def dispose(self) -> None:
        """Close the tenant's connections, unless the engine is the app's own."""
        if self._engine is not None and (self.tenant.is_by_name or self.tenant.url is not None):
            self._engine.dispose()

    def _open(self) -> sa.Engine:
        if self.tenant.is_by_name:
            return named_engine(base_engine(self.app), self.tenant, is_alone=self.is_alone)
        return self._as_engine(self.tenant.engine)


def base_engine(databases: Databases) -> sa.Engine:
    """The engine of the app's default database, or of its only one.

    :raises TargetError: when there is none.
    """
    engines = databases.engines_by_name()
    if DEFAULT in engines:
        return engines[DEFAULT]
    if len(engines) == 1:
        return next(iter(engines.values()))
    raise TargetError(
        "Tenants that are schemas need a default database, and the app declares none.",
        "Declare it, or yield a URL for each tenant.",
    )


def named_engine(base: sa.Engine, tenant: Tenant, *, is_alone: bool = False) -> sa.Engine:
    """An engine for the schema of ``tenant`` (PostgreSQL), or for its database on the same server.

    Every connection begins with the statement that leads there, so that scripts find unqualified names.
    """
    dialect = base.dialect.name
    quote = quoter(base)
    if dialect in SCHEMA_DIALECTS:
        _initialize(base)
        shared = base.dialect.default_schema_name or "public"
        path = quote(tenant.place) if is_alone else f"{quote(tenant.place)}, {quote(shared)}"
        return led(base, f"SET search_path TO {path}", tenant.place, base.url)
    if dialect in SERVER_DIALECTS:
        return led(base, f"USE {quote(tenant.place)}", tenant.place, base.url.set(database=tenant.place))
    raise TargetError(
        f"The tenant {tenant.name!r} names no database: with {dialect} a tenant is a database of its own.",
        f'Yield its URL as well, for example ("{tenant.name}", "sqlite:///{tenant.name}.db").',
    )


def leading_statement(databases: TenantDatabases) -> str:
    """The statement that leads to a tenant which is found by its name; empty for one with a database of its own."""
    if not databases.tenant.is_by_name:
        return ""
    quote = quoter(base := base_engine(databases.app))
    if databases.schema is None:
        return f"USE {quote(databases.tenant.place)}"
    shared = base.dialect.default_schema_name or "public"
    return f"SET search_path TO {quote(databases.tenant.place)}, {quote(shared)}"


def quoter(engine: sa.Engine) -> t.Callable[[str], str]:
    """A function that quotes names for the driver itself: SQLAlchemy doubles percent signs for its own use."""
    mark = "`" if engine.dialect.name in SERVER_DIALECTS else '"'
    return lambda name: mark + name.replace(mark, mark * 2) + mark


def led(base: sa.Engine, statement: str, schema: str, url: URL | None = None) -> sa.Engine:
    """An engine like ``base`` whose connections begin with ``statement``.

    :param schema: where unqualified names are found then.
    """
    _initialize(base)
    dialect = copy.copy(base.dialect)
    dialect.default_schema_name = schema
    engine = sa.Engine(base.pool.recreate(), dialect, url or base.url)

    def lead(connection: t.Any, _: t.Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()  # a rollback would take the setting back

    event.listen(engine, "connect", lead)
    return engine


def _initialize(engine: sa.Engine) -> None:
    """Let the dialect of ``engine`` ask its server what it is, once."""
    if getattr(engine.dialect, "server_version_info", None) is None:
        connect(Target(DEFAULT, engine, sa.MetaData()), lambda connection: None)
