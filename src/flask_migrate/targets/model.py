"""One database that a history is applied to."""

from __future__ import annotations

import dataclasses
import os
import typing as t

if t.TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import URL

#: The bind name of the default database, as the multi-database scripts of Flask-Migrate know it.
DEFAULT = ""


@dataclasses.dataclass(frozen=True)
class Target:
    """One database (a bind) that the history is applied to.

    :param name: the bind key; ``""`` for the default database.
    :param engine: connects to it; its dialect may be an asynchronous one.
    :param metadata: what the models of this bind describe.
    :param tenant: the name of the tenant that it is; empty when it is none.
    :param schema: the schema of the tenant, if it is no database of its own.
    :param suffix: what its version table and its log have behind their names, since another bind has its tables in the
        same database; empty when it has the database for itself, or is the first one there.
    :param foreign: tables of other binds in the same database, which are not its own.
    :param only: which models are compared: ``"unqualified"`` for those whose tables name no schema, ``"qualified"`` for
        the others, empty for all.
    :param options: arguments of Alembic's ``context.configure()`` that this target needs, whatever env.py says.

    .. versionadded:: 5.0
    """

    name: str
    engine: sa.Engine
    metadata: sa.MetaData
    tenant: str = ""
    schema: str | None = None
    suffix: str = ""
    only: str = ""
    foreign: frozenset[str] = frozenset()
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def is_default(self) -> bool:
        """Whether this is the database that ``upgrade()`` without a bind name belongs to."""
        return self.name == DEFAULT

    @property
    def is_async(self) -> bool:
        """Whether the driver is an asynchronous one (aiosqlite, asyncpg, …)."""
        return bool(self.engine.dialect.is_async)

    @property
    def identifier(self) -> str:
        """The bind name as it stands in a function name: ``upgrade_<identifier>``."""
        return identifier(self.name)

    def with_suffix(self, name: str) -> str:
        """What a table of records is called here: ``alembic_version``, or ``alembic_version_<bind>``."""
        return f"{name}_{self.suffix}" if self.suffix else name

    def describe(self) -> str:
        """Dialect, host and name of the database, without any password; and the schema of a tenant."""
        place = describe_url(self.engine.url)
        return f"{place}, schema {self.schema}" if self.schema else place


def identifier(name: str) -> str:
    """``name`` with every character that a Python name can't hold replaced by an underscore."""
    return "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)


def describe_url(url: URL) -> str:
    """Dialect, host and database name of ``url``: ``postgresql, localhost:5432, shop``.

    Neither user nor password nor query arguments are part of it.
    """
    dialect = url.get_backend_name()
    if dialect == "sqlite":
        return f"sqlite, {_sqlite_place(url)}"
    host = url.host or url.query.get("host") or url.query.get("unix_socket") or "local socket"
    place = str(host) if url.port is None else f"{host}:{url.port}"
    return ", ".join([dialect, place, url.database or "(default database)"])


def _sqlite_place(url: URL) -> str:
    database = url.database
    if not database or database == ":memory:" or "mode=memory" in database:
        return "in memory (nothing is kept)"
    return database if database.startswith("file:") else os.path.abspath(database)
