"""Types of PostgreSQL that have to be made anew: their columns are changed from the old type to the new one."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError
from .aside import Aside, escaped
from .dependents import dependents_kept
from .names import quoted

#: The columns of a type, or of its array: where they are, and what they have as a default.
COLUMNS = """
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS column,
           y.typelem <> 0 AND y.typcategory = 'A' AS is_array, pg_get_expr(d.adbin, d.adrelid) AS default_
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type y ON y.oid = a.atttypid
    JOIN pg_type e ON e.oid IN (y.oid, y.typelem)
    JOIN pg_namespace en ON en.oid = e.typnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE e.typtype = :kind AND e.typname = :name AND en.nspname = coalesce(:schema, current_schema())
      AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY 1, 2, 3"""


def made_anew(
    name: str,
    schema: str | None,
    kind: str,
    create: t.Callable[[], None],
    default_of: t.Callable[[str, bool], str | None] = lambda default, _: default,
) -> None:
    """Put a new type in the place of another one of the same name; values that it does not know stop that.

    :param kind: of the type, as the catalog has it: ``e`` or ``d``.
    :param create: makes the new type.
    :param default_of: what a default becomes, from its text and whether its column is an array.
    """
    if op.get_context().as_sql:
        raise MigrateError(
            f"The type {name} can't be changed offline: its columns are in the database only.",
            "Run this revision with a connection: flask db upgrade",
        )
    connection = op.get_bind()
    rows = connection.execute(sa.text(COLUMNS), {"name": name, "schema": schema, "kind": kind}).all()
    place, former = quoted(name, schema), quoted(f"{name[:50]}_former", schema)
    columns: dict[tuple[str, str], list[t.Any]] = {}
    for row in rows:
        columns.setdefault((row.schema, row.table), []).append(row)
    with contextlib.ExitStack() as stack:
        for table_schema, table in columns:
            stack.enter_context(dependents_kept(table, table_schema))
        aside = [_aside(connection, where, several) for where, several in columns.items()]
        for one in aside:
            one.drop()
        op.execute(f"ALTER TYPE {place} RENAME TO {quoted(f'{name[:50]}_former')}")
        create()
        for row in rows:
            _retype(row, place, default_of)
        op.execute(f"DROP TYPE {former}")
        for with_keys in (False, True):
            for one in aside:
                one.make(with_keys=with_keys)


def _aside(connection: sa.Connection, where: tuple[str, str], rows: list[t.Any]) -> Aside:
    quote = connection.dialect.identifier_preparer.quote
    relation = f"{quote(where[0])}.{quote(where[1])}".replace("%%", "%")
    return Aside(connection, relation, quoted(where[1], where[0]), [row.column for row in rows], is_retyped=True)


def _retype(row: t.Any, place: str, default_of: t.Callable[[str, bool], str | None]) -> None:
    where = f"ALTER TABLE {quoted(row.table, row.schema)} ALTER COLUMN {quoted(row.column)}"
    type_ = f"{place}[]" if row.is_array else place
    if row.default_ is not None:
        op.execute(f"{where} DROP DEFAULT")
    text = f"{quoted(row.column)}::text{'[]' if row.is_array else ''}::{type_}"
    op.execute(f"{where} TYPE {type_} USING {text}")
    default = None if row.default_ is None else default_of(row.default_, row.is_array)
    if default is not None:
        op.execute(f"{where} SET DEFAULT {escaped(default)}")
