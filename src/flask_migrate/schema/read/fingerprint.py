"""A fingerprint of what a database holds: the rows of its catalogs, without making anything of them."""

from __future__ import annotations

import hashlib
import typing as t

import sqlalchemy as sa

from . import mysql, postgresql, sqlite_catalog
from . import mysql_queries as of_mysql
from . import postgresql_queries as of_postgresql
from .scope import Scope

#: All schemas of a database in which an app may have tables.
ABOUT = """
SELECT pg_catalog.current_schema() AS default_schema, pg_catalog.current_setting('server_version_num') AS number,
       pg_catalog.current_setting('search_path') AS path,
       ARRAY(SELECT CAST(n.nspname AS text) FROM pg_catalog.pg_namespace n
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY n.nspname) AS schemas
"""
#: The digest of a statement's rows, which the server makes: they need not be sent.
DIGEST = """SELECT {number} AS number, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    COALESCE(pg_catalog.string_agg(CAST(q AS text), ' ' ORDER BY CAST(q AS text)), ''), 'UTF8')), 'hex') AS digest
FROM ({query}) AS q"""
ALL_DATABASES = """
SELECT SCHEMA_NAME AS `name` FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY SCHEMA_NAME
"""


def fingerprint(connection: sa.Connection, schemas: t.Collection[str] | None) -> str | None:
    """What changes whenever anything that a comparison with models looks at changes in the database.

    :param schemas: the named schemas that are looked at beside the default one; ``None`` for all there are.
    :returns: hexadecimal digits, or ``None`` for a database whose catalogs are not known.
    """
    maker = {"sqlite": _of_sqlite, "postgresql": _of_postgresql, "mysql": _of_mysql, "mariadb": _of_mysql}
    make = maker.get(connection.dialect.name)
    had_transaction = connection.in_transaction()
    try:
        return None if make is None else make(connection, schemas)
    finally:
        if not had_transaction and connection.in_transaction():
            connection.rollback()


def _of_sqlite(connection: sa.Connection, _: t.Collection[str] | None) -> str | None:
    """The statements that made everything, of all attached files."""
    found: list[t.Any] = [sqlite_catalog.sqlite_version(connection)]
    for _number, schema, _file in connection.exec_driver_sql("PRAGMA database_list").fetchall():
        entries = sqlite_catalog.Catalog(connection, schema).entries
        found.append((schema, [(one.type, one.name, one.table, one.sql) for one in entries]))
    return _digest(found)


def _of_postgresql(connection: sa.Connection, schemas: t.Collection[str] | None) -> str | None:
    if not postgresql.can_read(connection):
        return None
    about = of_postgresql.rows(connection, ABOUT)[0]
    existing, default, number = about["schemas"], about["default_schema"] or "", int(about["number"])
    names = existing if schemas is None else sorted({*schemas, default} & set(existing))
    queries = (
        of_postgresql.RELATIONS,
        of_postgresql.COLUMNS,
        of_postgresql.constraints(number),
        of_postgresql.indexes(number),
        of_postgresql.TYPES,
        of_postgresql.SEQUENCES,
        of_postgresql.DOMAIN_CHECKS,
    )
    together = " UNION ALL ".join(DIGEST.format(number=place, query=query) for place, query in enumerate(queries))
    # The texts depend on the search path, which counts as well: the same texts under the same path mean the same.
    rows = of_postgresql.rows(connection, together, schemas=list(names))
    # Which schemas there are counts as well: models may need one that is missing.
    return _digest([sorted(about.items()), sorted((row["number"], row["digest"]) for row in rows)])


def _of_mysql(connection: sa.Connection, schemas: t.Collection[str] | None) -> str | None:
    if not mysql.can_read(connection):
        return None
    existing = [] if schemas is not None else [row.name for row in connection.execute(sa.text(ALL_DATABASES))]
    server = connection.execute(sa.text(of_mysql.SERVER)).mappings().one()
    default = server["default_schema"] or ""
    names = sorted({default, *(existing if schemas is None else schemas)})  # the same order in every process
    catalogs = mysql.opened(connection, Scope(tuple(names)), default)
    tables = catalogs.rows(of_mysql.TABLES)
    sequences = catalogs.sequences([row for row in tables if row["kind"] == "SEQUENCE"])
    ordered = (of_mysql.COLUMNS, of_mysql.FOREIGN_KEY_COLUMNS, of_mysql.PARTITIONS)
    found = [[*row.values()] for query in ordered for row in catalogs.rows(query)]
    found += [[*row.values()] for row in catalogs.indexes()]
    others = (tables, catalogs.rows(of_mysql.FOREIGN_KEY_RULES), catalogs.checks(), sequences)
    return _digest([dict(server), catalogs.names, found, *map(_sorted, others)])


def _sorted(rows: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """Rows of a statement without an order, which come as the server finds them."""
    return sorted(repr([*row.values()]) for row in rows)


def _digest(found: t.Any) -> str:
    return hashlib.sha256(repr(found).encode(errors="surrogatepass")).hexdigest()
