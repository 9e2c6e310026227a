"""Where many tenants are, found with as few statements as can be.

What can't be told this way is left to a worker, which looks closely: a version table under another name, a database
that does not answer, an engine that only the app can make.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import typing as t
from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ..connection import connect
from ..databases import Databases
from ..model import DEFAULT, Target
from .databases import SCHEMA_DIALECTS, SERVER_DIALECTS, base_engine
from .declared import Tenant

#: The revisions that a tenant is at.
Versions = tuple[str, ...]
#: How many version tables one statement reads.
BATCH = 200
#: How many servers are asked at once.
THREADS = 8
#: How many seconds a server may take to answer, before a worker looks.
PATIENCE = 5

_SCHEMAS = sa.text(
    "SELECT n.nspname, EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = :version_table "
    "AND c.relkind IN ('r', 'p')) FROM pg_namespace n WHERE n.nspname IN :names"
).bindparams(sa.bindparam("names", expanding=True))
_DATABASES = sa.text(
    "SELECT s.schema_name, EXISTS (SELECT 1 FROM information_schema.tables t WHERE t.table_schema = s.schema_name "
    "AND t.table_name = :version_table) FROM information_schema.schemata s WHERE s.schema_name IN :names"
).bindparams(sa.bindparam("names", expanding=True))
#: What the engines say when there is no such table: then no revision was applied.
_NO_TABLE = ("42P01", 1146)


def read_versions(
    app: Databases, tenants: t.Sequence[Tenant], version_table: str, schema: str | None = None
) -> dict[str, Versions]:
    """The revisions of those of ``tenants`` that can be asked quickly, by their names.

    :param schema: of the version table, in tenants that have a database of their own.
    """
    found: dict[str, Versions] = {}
    groups: dict[t.Any, list[Tenant]] = defaultdict(list)
    for tenant in tenants:
        groups[_group(tenant)].append(tenant)
    with contextlib.ExitStack() as stack:
        executor = stack.enter_context(concurrent.futures.ThreadPoolExecutor(THREADS)) if len(groups) > 1 else None
        for key, members in groups.items():
            if key == "named":
                found.update(_of_one_server(base_engine(app), members, version_table))
            elif isinstance(key, URL) and key.get_backend_name() in SERVER_DIALECTS:
                found.update(_of_url(key, members, version_table))
            elif key != "unknown":
                found.update(_one_by_one(members, version_table, schema, executor))
    return found


def _group(tenant: Tenant) -> t.Any:
    """Tenants of one group are asked in one go."""
    if tenant.is_by_name:
        return "named"
    url = tenant.url
    if url is None or url.get_dialect().is_async:
        return "unknown"
    if url.get_backend_name() in SERVER_DIALECTS and url.database:
        return url.set(database="")
    return url.get_backend_name()


def _of_url(server: URL, tenants: list[Tenant], version_table: str) -> dict[str, Versions]:
    """The databases of one server, over one connection."""
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    return _of_one_server(engine, tenants, version_table)


def _of_one_server(engine: sa.Engine, tenants: list[Tenant], version_table: str) -> dict[str, Versions]:
    if engine.dialect.name not in (*SCHEMA_DIALECTS, *SERVER_DIALECTS):
        return {}
    found: dict[str, Versions] = {}

    def read(connection: sa.Connection) -> None:
        for start in range(0, len(tenants), BATCH):
            found.update(_of_batch(connection, tenants[start : start + BATCH], version_table))

    with contextlib.suppress(sa.exc.SQLAlchemyError):  # a worker will say what is wrong
        connect(Target(DEFAULT, engine, sa.MetaData()), read)
    return found


def _of_batch(connection: sa.Connection, tenants: list[Tenant], version_table: str) -> dict[str, Versions]:
    places = {tenant.name: tenant.url.database if tenant.url else tenant.place for tenant in tenants}
    query = _SCHEMAS if connection.dialect.name in SCHEMA_DIALECTS else _DATABASES
    rows = connection.execute(query, {"version_table": version_table, "names": list(places.values())})
    has_table = {str(place): bool(exists) for place, exists in rows}
    found: dict[str, Versions] = {name: () for name, place in places.items() if has_table.get(str(place)) is False}
    there = [(name, str(place)) for name, place in places.items() if has_table.get(str(place))]
    if there:
        versions = defaultdict(list)
        parts: list[t.Any] = [
            sa.select(sa.literal_column(str(number)), sa.column("version_num")).select_from(
                sa.table(version_table, sa.column("version_num"), schema=place)
            )
            for number, (_, place) in enumerate(there)
        ]
        for number, version in connection.execute(sa.union_all(*parts)):
            versions[there[number][0]].append(str(version))
        found.update({name: tuple(versions[name]) for name, _ in there})
    connection.rollback()
    return found


def _one_by_one(
    tenants: list[Tenant], version_table: str, schema: str | None, executor: concurrent.futures.Executor | None
) -> dict[str, Versions]:
    """Each tenant over a connection of its own, with one statement."""

    def read(tenant: Tenant) -> Versions | None:
        return _of_database(t.cast("URL", tenant.url), version_table, schema)

    is_remote = t.cast("URL", tenants[0].url).get_backend_name() != "sqlite"
    if is_remote and executor is None:
        with concurrent.futures.ThreadPoolExecutor(THREADS) as own:
            answers = list(own.map(read, tenants))
    else:
        answers = list((executor.map if executor and is_remote else map)(read, tenants))
    return {tenant.name: found for tenant, found in zip(tenants, answers, strict=True) if found is not None}


def _of_database(url: URL, version_table: str, schema: str | None) -> Versions | None:
    """The revisions of one database, asked through its driver: SQLAlchemy would ask a new server about itself first."""
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not (url.database and os.path.exists(url.database)):
        return () if url.database and not url.database.startswith(("file:", ":")) else None
    try:
        dialect = url.get_dialect()()
        arguments, options = dialect.create_connect_args(url)
        driver = dialect.import_dbapi()
        if dialect.name in ("postgresql", *SERVER_DIALECTS):
            options.setdefault("connect_timeout", PATIENCE)
        connection = driver.connect(*arguments, **options)
    except Exception:
        return None  # a worker will say what is wrong
    with contextlib.closing(connection):
        quote = dialect.identifier_preparer.quote
        table = f"{quote(schema)}.{quote(version_table)}" if schema else quote(version_table)
        if not is_sqlite:
            connection.autocommit = True
        return _ask(connection, f"SELECT version_num FROM {table}", driver.Error)


def _ask(connection: t.Any, query: str, error_class: type[Exception]) -> Versions | None:
    try:
        cursor = connection.cursor()
        cursor.execute(query)
        return tuple(str(version) for (version,) in cursor.fetchall())
    except error_class as error:
        state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or next(iter(error.args), None)
        return () if state in _NO_TABLE or "no such table" in str(error) else None
