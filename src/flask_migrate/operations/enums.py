"""Values of enums."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError
from .names import dialect_name, quoted

#: Where PostgreSQL keeps the values of a type.
IS_VALUE = """
    SELECT 1 FROM pg_enum e JOIN pg_type y ON y.oid = e.enumtypid JOIN pg_namespace n ON n.oid = y.typnamespace
    WHERE y.typname = :name AND n.nspname = coalesce(:schema, current_schema()) AND e.enumlabel = :value"""


def rename_enum_value(
    name: str, old: str, new: str, columns: t.Iterable[t.Sequence[str]], schema: str | None = None
) -> None:
    """Give a value of an enum another name; the rows that have it keep it.

    :param name: the type on PostgreSQL; elsewhere it has no name.
    :param old: the value.
    :param new: what it is called.
    :param columns: the columns that hold it, as ``(table, column)`` or ``(schema, table, column)``.
    :param schema: the schema of the type.
    """
    dialect = dialect_name()
    if dialect == "postgresql" and _is_native(name, schema, old):
        op.execute(f"ALTER TYPE {quoted(name, schema)} RENAME VALUE {_literal(old)} TO {_literal(new)}")
        return
    for *place, table, column in columns:
        _rename_in_column(
            table, column, place[0] if place else None, old, new, is_mysql=dialect in ("mysql", "mariadb")
        )


def _is_native(name: str, schema: str | None, value: str) -> bool:
    if op.get_context().as_sql:
        return True
    found = op.get_bind().execute(sa.text(IS_VALUE), {"name": name, "schema": schema, "value": value})
    return found.first() is not None


def _rename_in_column(table: str, column: str, schema: str | None, old: str, new: str, *, is_mysql: bool) -> None:
    declared = _declared(table, column, schema) if is_mysql else None
    if declared is not None:
        both = _with_values(declared, lambda values: [*values, new], old, old)
        op.execute(f"ALTER TABLE {quoted(table, schema)} MODIFY {both}")
    source = sa.table(table, sa.column(column, sa.String()), schema=schema)
    op.execute(source.update().where(source.c[column] == old).values({column: new}))
    if declared is not None:
        final = _with_values(declared, lambda values: [new if value == old else value for value in values], old, new)
        op.execute(f"ALTER TABLE {quoted(table, schema)} MODIFY {final}")


def _declared(table: str, column: str, schema: str | None) -> str | None:
    """How a column of MySQL or MariaDB is declared, if it is an ENUM."""
    if op.get_context().as_sql:
        raise MigrateError("A value of an ENUM can't be renamed in --sql mode: the column has to be read first.")
    place = quoted(table, schema).replace("\\:", ":")
    text = op.get_bind().exec_driver_sql(f"SHOW CREATE TABLE {place}".replace("%", "%%")).one()[1]
    start = f"`{column.replace('`', '``')}` enum("
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    return next((line for line in lines if line.startswith(start)), None)


def _with_values(declared: str, change: t.Callable[[list[str]], list[str]], old: str, new: str) -> str:
    """The declaration with other values, and another default where that is ``old``."""
    match = re.match(r"(`(?:[^`]|``)*` enum\()((?:'(?:[^']|'')*',?)*)(\).*)", declared, re.DOTALL)
    assert match is not None  # SHOW CREATE TABLE writes it in this form
    values = [text[1:-1].replace("''", "'") for text in re.findall(r"'(?:[^']|'')*'", match[2])]
    listed = ",".join(_plain_literal(value) for value in change(values))
    rest = match[3].replace(f"DEFAULT {_plain_literal(old)}", f"DEFAULT {_plain_literal(new)}")
    return (match[1] + listed + rest).replace(":", "\\:")


def _plain_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(text: str) -> str:
    return _plain_literal(text).replace(":", "\\:")
