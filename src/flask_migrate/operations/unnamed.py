"""Constraints that have no name: SQLite knows no way to name them afterwards, and MariaDB keeps some with a column."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa
from alembic.operations import BatchOperations, MigrateOperation, Operations
from alembic.util import CommandError

from ..alembic_compat import column_names
from .declarations import declarations, place_of
from .requests import later, request


class UnnamedConstraint(MigrateOperation):
    """What the two operations have in common.

    :param table_name: the table.
    :param constraint: a ``sa.UniqueConstraint("email")``, a ``sa.CheckConstraint("price > 0")`` and so on.
    :param column: the column that a check belongs to, where the engine keeps it there (MariaDB).
    """

    def __init__(
        self, table_name: str, constraint: sa.Constraint, *, column: str | None = None, schema: str | None = None
    ) -> None:
        self.table_name = table_name
        self.constraint = constraint
        self.column = column
        self.schema = schema

    def describe(self) -> list[str]:
        """What changes, in words."""
        sign = "+" if isinstance(self, AddUnnamedConstraint) else "-"
        one = self.constraint
        if isinstance(one, sa.CheckConstraint):
            what = f"check constraint ({one.sqltext})"
        elif isinstance(one, sa.ForeignKeyConstraint):
            what = f"foreign key ({', '.join(one.column_keys)})"
        else:
            kind = "primary key" if isinstance(one, sa.PrimaryKeyConstraint) else "unique constraint"
            what = f"{kind} ({', '.join(column_names(one))})"
        return [f"{sign} {what} on {self.table_name}"]


@Operations.register_operation("add_unnamed_constraint")
@BatchOperations.register_operation("add_unnamed_constraint", "batch_add_unnamed_constraint")
class AddUnnamedConstraint(UnnamedConstraint):
    """Adds a constraint without a name."""

    @classmethod
    def add_unnamed_constraint(
        cls,
        operations: Operations,
        table_name: str,
        constraint: sa.Constraint,
        *,
        column: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Add a constraint without a name."""
        operations.invoke(cls(table_name, constraint, column=column, schema=schema))

    @classmethod
    def batch_add_unnamed_constraint(
        cls, operations: BatchOperations, constraint: sa.Constraint, *, column: str | None = None
    ) -> None:
        """Add a constraint without a name to the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, constraint, column=column, schema=batch.schema))

    def reverse(self) -> MigrateOperation:
        return DropUnnamedConstraint(self.table_name, self.constraint, column=self.column, schema=self.schema)


@Operations.register_operation("drop_unnamed_constraint")
@BatchOperations.register_operation("drop_unnamed_constraint", "batch_drop_unnamed_constraint")
class DropUnnamedConstraint(UnnamedConstraint):
    """Drops a constraint that has no name, or one that nobody knows."""

    @classmethod
    def drop_unnamed_constraint(
        cls,
        operations: Operations,
        table_name: str,
        constraint: sa.Constraint,
        *,
        column: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Drop a constraint by what it says."""
        operations.invoke(cls(table_name, constraint, column=column, schema=schema))

    @classmethod
    def batch_drop_unnamed_constraint(
        cls, operations: BatchOperations, constraint: sa.Constraint, *, column: str | None = None
    ) -> None:
        """Drop a constraint of the table of the batch by what it says."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, constraint, column=column, schema=batch.schema))

    def reverse(self) -> MigrateOperation:
        return AddUnnamedConstraint(self.table_name, self.constraint, column=self.column, schema=self.schema)


@Operations.implementation_for(AddUnnamedConstraint)
def _add(operations: Operations, operation: AddUnnamedConstraint) -> None:
    if _dialect(operations) == "sqlite":
        request(operations, operation.schema, operation.table_name).added.append(operation.constraint)
        return
    if operation.column is not None and _dialect(operations) in ("mysql", "mariadb"):
        text = str(t.cast("sa.CheckConstraint", operation.constraint).sqltext)
        _modify(operations, operation, lambda line: f"{line} CHECK ({text})")
        return
    operations.impl.add_constraint(_attached(operations, operation))


@Operations.implementation_for(DropUnnamedConstraint)
def _drop(operations: Operations, operation: DropUnnamedConstraint) -> None:
    if _dialect(operations) == "sqlite":
        request(operations, operation.schema, operation.table_name).dropped.append(operation.constraint)
        return
    if operation.column is not None and _dialect(operations) in ("mysql", "mariadb"):
        _modify(operations, operation, lambda line: line)
        return
    name = _name(operations, operation)
    constraint = _attached(operations, operation)
    constraint.name = name
    operations.impl.drop_constraint(constraint)


def _dialect(operations: Operations) -> str:
    return str(operations.migration_context.dialect.name)


def _attached(operations: Operations, operation: UnnamedConstraint) -> sa.Constraint:
    """A copy of the constraint that belongs to a table with the columns that it names."""
    constraint = operation.constraint
    names = constraint.column_keys if isinstance(constraint, sa.ForeignKeyConstraint) else column_names(constraint)
    columns = [sa.Column(name, sa.types.NULLTYPE) for name in dict.fromkeys(names)]
    table = sa.Table(operation.table_name, sa.MetaData(), *columns, schema=operation.schema)
    copy: sa.Constraint
    if isinstance(constraint, sa.ForeignKeyConstraint):  # one that has no table yet can't be copied
        options = {word: getattr(constraint, word) for word in ("ondelete", "onupdate", "match", "deferrable")}
        targets = [element.target_fullname for element in constraint.elements]
        copy = sa.ForeignKeyConstraint(constraint.column_keys, targets, initially=constraint.initially, **options)
        for target in targets:
            know(table, target)
    else:
        copy = constraint.copy() if hasattr(constraint, "copy") else constraint
    table.append_constraint(copy)
    return copy


def know(table: sa.Table, target: str) -> None:
    """Let the metadata of ``table`` have a table with a column, so that a key can lead there."""
    place, _, column = target.rpartition(".")
    schema, _, name = place.rpartition(".")
    other = sa.Table(name, table.metadata, schema=schema or None)
    if column not in other.c:
        other.append_column(sa.Column(column, sa.types.NULLTYPE))


def _name(operations: Operations, operation: DropUnnamedConstraint) -> str:
    """What the engine has called the constraint."""
    if operations.migration_context.as_sql:
        raise CommandError("A constraint without a name can't be dropped offline: its name is in the database only.")
    inspector = sa.inspect(operations.get_bind())
    one = operation.constraint
    place: dict[str, t.Any] = {"table_name": operation.table_name, "schema": operation.schema}
    found: t.Sequence[t.Any]
    if isinstance(one, sa.CheckConstraint):
        text = _squeezed(str(one.sqltext))
        found = [item for item in inspector.get_check_constraints(**place) if _squeezed(item["sqltext"]) == text]
    elif isinstance(one, sa.ForeignKeyConstraint):
        found = [item for item in inspector.get_foreign_keys(**place) if item["constrained_columns"] == one.column_keys]
    elif isinstance(one, sa.PrimaryKeyConstraint):
        found = [inspector.get_pk_constraint(**place)]
    else:
        columns = column_names(one)
        found = [item for item in inspector.get_unique_constraints(**place) if item["column_names"] == columns]
    if not found or not found[0]["name"]:
        raise CommandError(f"Table {operation.table_name} has no constraint {one!r} to drop.")
    return str(found[0]["name"])


def _squeezed(text: str) -> str:
    return re.sub(r"[\s()`\"]", "", text).lower()


def _modify(operations: Operations, operation: UnnamedConstraint, change: t.Callable[[str], str]) -> None:
    """Declare a column of MariaDB again as it is, but for its check."""
    if operations.migration_context.as_sql:
        raise CommandError("A check of a column can't be changed offline: the column has to be read.")
    later(operations, lambda: _modify_now(operations, operation, change))


def _modify_now(operations: Operations, operation: UnnamedConstraint, change: t.Callable[[str], str]) -> None:
    table = place_of(operations.migration_context.dialect, operation.table_name, operation.schema)
    line = declarations(operations, operation.table_name, operation.schema)[str(operation.column)]
    declared = change(re.sub(r" CHECK \(.*\)$", "", line))
    impl: t.Any = operations.impl
    statement = f"ALTER TABLE {table} MODIFY COLUMN {declared}"
    getattr(impl, "impl", impl).execute(sa.text(statement.replace(":", "\\:")))
