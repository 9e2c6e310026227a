"""The place of a column among the others, where the engine can change it."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import BatchOperations, MigrateOperation, Operations

from .declarations import declarations, place_of, quoted
from .requests import later


@Operations.register_operation("place_column")
@BatchOperations.register_operation("place_column", "batch_place_column")
class PlaceColumn(MigrateOperation):
    """Puts a column behind another one, or first. MySQL and MariaDB; elsewhere nothing is done.

    With ``--sql`` nothing is done either: the declaration of the column has to be read.

    :param column: its name.
    :param after: the column that it stands behind; None for the first place.
    """

    def __init__(self, table_name: str, column: str, *, after: str | None = None, schema: str | None = None) -> None:
        self.table_name = table_name
        self.column = column
        self.after = after
        self.schema = schema

    @classmethod
    def place_column(
        cls,
        operations: Operations,
        table_name: str,
        column: str,
        *,
        after: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Put a column behind another one, or first."""
        operations.invoke(cls(table_name, column, after=after, schema=schema))

    @classmethod
    def batch_place_column(cls, operations: BatchOperations, column: str, *, after: str | None = None) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, column, after=after, schema=batch.schema))

    def describe(self) -> list[str]:
        """It goes with a column that is added, which is told of."""
        return []


@Operations.implementation_for(PlaceColumn)
def _place(operations: Operations, operation: PlaceColumn) -> None:
    context = operations.migration_context
    if context.dialect.name in ("mysql", "mariadb") and not context.as_sql:
        later(operations, lambda: _place_now(operations, operation))


def _place_now(operations: Operations, operation: PlaceColumn) -> None:
    dialect = operations.migration_context.dialect
    declared = declarations(operations, operation.table_name, operation.schema)
    names = list(declared)
    place = names.index(operation.column)
    if (names[place - 1] if place else None) == operation.after:
        return
    where = "FIRST" if operation.after is None else f"AFTER {quoted(dialect, operation.after)}"
    table = place_of(dialect, operation.table_name, operation.schema)
    statement = f"ALTER TABLE {table} MODIFY COLUMN {declared[operation.column]} {where}"
    impl: t.Any = operations.impl
    getattr(impl, "impl", impl).execute(sa.text(statement.replace(":", "\\:")))
