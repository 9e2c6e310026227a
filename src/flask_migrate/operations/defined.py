"""Constraints by the definition that PostgreSQL has of them, for those that Alembic has no arguments for."""

from __future__ import annotations

import typing as t

from alembic.operations import BatchOperations, MigrateOperation, Operations

from .requests import place_of, run


class DefinedConstraint(MigrateOperation):
    """What the two operations have in common.

    :param table_name: the table.
    :param name: that of the constraint.
    :param definition: what stands behind the name in ``ALTER TABLE … ADD CONSTRAINT``.
    :param comment: of the constraint.
    """

    def __init__(
        self, table_name: str, name: str, definition: str, *, comment: str | None = None, schema: str | None = None
    ) -> None:
        self.table_name = table_name
        self.name = name
        self.definition = definition
        self.comment = comment
        self.schema = schema

    @property
    def constraint_name(self) -> str:
        """As operations of Alembic call it."""
        return self.name

    def describe(self) -> list[str]:
        """What changes, in words."""
        sign = "+" if isinstance(self, AddDefinedConstraint) else "-"
        return [f"{sign} constraint {self.name} on {self.table_name}: {self.definition}"]


@Operations.register_operation("add_defined_constraint")
@BatchOperations.register_operation("add_defined_constraint", "batch_add_defined_constraint")
class AddDefinedConstraint(DefinedConstraint):
    """Adds a constraint of PostgreSQL by its definition."""

    @classmethod
    def add_defined_constraint(
        cls,
        operations: Operations,
        table_name: str,
        name: str,
        definition: str,
        *,
        comment: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Add a constraint as PostgreSQL describes it, ``EXCLUDE USING gist (room WITH =)`` for example."""
        operations.invoke(cls(table_name, name, definition, comment=comment, schema=schema))

    @classmethod
    def batch_add_defined_constraint(
        cls, operations: BatchOperations, name: str, definition: str, *, comment: str | None = None
    ) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, name, definition, comment=comment, schema=batch.schema))

    def reverse(self) -> MigrateOperation:
        return DropDefinedConstraint(
            self.table_name, self.name, self.definition, comment=self.comment, schema=self.schema
        )


class DropDefinedConstraint(DefinedConstraint):
    """Drops such a constraint; a script does so with ``drop_constraint()``."""

    def reverse(self) -> MigrateOperation:
        return AddDefinedConstraint(
            self.table_name, self.name, self.definition, comment=self.comment, schema=self.schema
        )


@Operations.implementation_for(AddDefinedConstraint)
def _add(operations: Operations, operation: AddDefinedConstraint) -> None:
    if operations.migration_context.dialect.name != "postgresql":
        return
    table, name = place_of(operations, operation.schema, operation.table_name), place_of(operations, operation.name)
    run(operations, f"ALTER TABLE {table} ADD CONSTRAINT {name} {operation.definition}")
    if operation.comment is not None:
        text = operation.comment.replace("\\", "\\\\").replace("'", "''")
        run(operations, f"COMMENT ON CONSTRAINT {name} ON {table} IS E'{text}'")
