"""The rows of a database, and whether a migration kept them."""

from __future__ import annotations

import decimal
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

#: The rows of each table, a dict of columns for each.
Contents = dict[str, list[dict[str, t.Any]]]


def read(connection: sa.Connection) -> Contents:
    """All rows of all tables; those in another schema are called ``schema.table``."""
    inspector = sa.inspect(connection)
    schemas = [None]
    if connection.dialect.name == "postgresql":
        schemas += [name for name in inspector.get_schema_names() if name not in ("public", "information_schema")]
    quote = connection.dialect.identifier_preparer.quote
    found: Contents = {}
    for schema in schemas:
        for name in inspector.get_table_names(schema):
            place = quote(name) if schema is None else f"{quote(schema)}.{quote(name)}"
            rows = connection.exec_driver_sql(f"SELECT * FROM {place}").mappings()
            found[name if schema is None else f"{schema}.{name}"] = [dict(row) for row in rows]
    return found


def lost(before: Contents, after: Contents, same: Mapping[str, str], expected: Mapping[str, t.Any]) -> list[str]:
    """What is in ``before`` and not in ``after``, one line for each table.

    :param same: new places by old ones.
    :param expected: rows by table as they should be, for the tables of ``after`` that are not to be compared with
        ``before``.
    """
    lines = [line for table, rows in expected.items() for line in _different(table, rows, after.get(table))]
    for table, rows in before.items():
        new = same.get(table, table)
        if new in after and new not in expected and table not in ("alembic_version", "flask_migrate_log"):
            lines += _moved(table, rows, after[new], same)
    return lines


def _moved(table: str, rows: Sequence[dict[str, t.Any]], found: Sequence[dict[str, t.Any]], same: t.Any) -> list[str]:
    if len(rows) != len(found):
        return [f"table {table} had {len(rows)} rows and has {len(found)}"]
    if not rows:
        return []
    places = {column: same.get(f"{table}.{column}", "").rpartition(".")[2] or column for column in rows[0]}
    shared = {old: new for old, new in places.items() if new in found[0]}
    was = Counter(tuple(_value(row[old]) for old in shared) for row in rows)
    now = Counter(tuple(_value(row[new]) for new in shared.values()) for row in found)
    return [] if was == now else [f"rows of {table} {list(shared.values())}: {sorted(now)} instead of {sorted(was)}"]


def _different(table: str, rows: Sequence[Mapping[str, t.Any]], found: Sequence[dict[str, t.Any]] | None) -> list[str]:
    if found is None:
        return [f"there is no table {table}"]
    if len(rows) != len(found):
        return [f"table {table} has {len(found)} rows instead of {len(rows)}"]
    columns = list(rows[0]) if rows else []
    absent = [column for column in columns if column not in found[0]]
    if absent:
        return [f"table {table} has no column {absent[0]}"]
    was = Counter(tuple(_value(row[column]) for column in columns) for row in rows)
    now = Counter(tuple(_value(row[column]) for column in columns) for row in found)
    return [] if was == now else [f"rows of {table} {columns}: {sorted(now)} instead of {sorted(was)}"]


def _value(value: t.Any) -> str:
    """A value as text, whatever the driver makes of its type."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (float, decimal.Decimal)):
        return f"{value:f}".rstrip("0").rstrip(".")
    return repr(value) if isinstance(value, bytes) else str(value)
