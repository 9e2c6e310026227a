"""Enumeration types of PostgreSQL. Elsewhere an enum belongs to its column, and nothing is done here."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError
from .names import dialect_name, quoted

#: The columns of a type, or of its array: where they are, and what they have as a default.
COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, y.typelem <> 0 AND y.typcategory = 'A' AS is_array,
           pg_get_expr(d.adbin, d.adrelid) AS default_
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type y ON y.oid = a.atttypid
    JOIN pg_type e ON e.oid IN (y.oid, y.typelem)
    JOIN pg_namespace en ON en.oid = e.typnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE e.typtype = 'e' AND e.typname = :name AND en.nspname = coalesce(:schema, current_schema())
      AND NOT a.attisdropped ORDER BY 1, 2, 3"""


def create_enum_type(name: str, values: t.Sequence[str], schema: str | None = None) -> None:
    """Make an enumeration type on PostgreSQL.

    :param name: its name.
    :param values: in their order.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"CREATE TYPE {quoted(name, schema)} AS ENUM ({', '.join(map(_literal, values))})")


def drop_enum_type(name: str, schema: str | None = None) -> None:
    """Drop an enumeration type of PostgreSQL, which no column has any more.

    :param name: its name.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"DROP TYPE {quoted(name, schema)}")


def alter_enum_type(
    name: str, old: t.Sequence[str], new: t.Sequence[str], schema: str | None = None, *, rebuild: bool = False
) -> None:
    """Change the values of an enumeration type of PostgreSQL.

    Values are only added where that is all that changes. Else the type is made anew, and the columns that have it
    are changed to it; a row with a value that is gone stops that, and nothing is changed.

    :param name: its name.
    :param old: the values that it has.
    :param new: the values that it gets, in their order.
    :param schema: its schema.
    :param rebuild: whether new values are used in the same revision, which PostgreSQL refuses for added ones.
    """
    if dialect_name() != "postgresql":
        return
    if not rebuild and [value for value in new if value in old] == list(old):
        _add_values(quoted(name, schema), list(old), list(new))
    else:
        _make_anew(name, new, schema)


def _add_values(place: str, old: list[str], new: list[str]) -> None:
    known = set(old)
    for number, value in enumerate(new):
        if value in known:
            continue
        later = next((other for other in new[number + 1 :] if other in known), None)
        where = f" BEFORE {_literal(later)}" if later is not None else ""
        op.execute(f"ALTER TYPE {place} ADD VALUE {_literal(value)}{where}")
        known.add(value)


def _make_anew(name: str, values: t.Sequence[str], schema: str | None) -> None:
    if op.get_context().as_sql:
        raise MigrateError(
            f"The values of the type {name} can't be changed offline: its columns are in the database only.",
            "Run this revision with a connection: flask db upgrade",
        )
    columns = op.get_bind().execute(sa.text(COLUMNS), {"name": name, "schema": schema}).all()
    place, former = quoted(name, schema), quoted(f"{name[:50]}_former", schema)
    op.execute(f"ALTER TYPE {place} RENAME TO {quoted(f'{name[:50]}_former')}")
    create_enum_type(name, values, schema)
    for table_schema, table, column, is_array, default in columns:
        where = f"ALTER TABLE {quoted(table, table_schema)} ALTER COLUMN {quoted(column)}"
        suffix = "[]" if is_array else ""
        if default is not None:
            op.execute(f"{where} DROP DEFAULT")
        text = f"{quoted(column)}::text{suffix}::{place}{suffix}"
        op.execute(f"{where} TYPE {place}{suffix} USING {text}")
        value = (default or "").rpartition("::")[0]
        if default is not None and (value in map(_plain_literal, values) or is_array):
            op.execute(f"{where} SET DEFAULT {value.replace(':', chr(92) + ':')}::{place}{suffix}")
    op.execute(f"DROP TYPE {former}")


def _plain_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(value: str) -> str:
    """A text for a statement that SQLAlchemy looks through for parameters."""
    return _plain_literal(value).replace("\\", "\\\\").replace(":", "\\:")
