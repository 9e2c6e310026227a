"""Another primary key for a table, with its numbering, in one step."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import BatchOperations, MigrateOperation, Operations
from alembic.util import CommandError

from .declarations import declarations, place_of, quoted
from .requests import later, request, run


@Operations.register_operation("replace_primary_key")
@BatchOperations.register_operation("replace_primary_key", "batch_replace_primary_key")
class ReplacePrimaryKey(MigrateOperation):
    """Gives a table another primary key, the first one, or none.

    MySQL and MariaDB want this in one statement: a numbered column has to be in a key at every moment, and so has a
    column that a foreign key leads to.

    :param old: the columns of the key that is there; empty if there is none.
    :param new: the columns of the new one; empty if there is to be none.
    :param old_name: the name of the old key, where it has one.
    :param name: the name of the new key.
    :param autoincrement: the column that the server of MySQL or MariaDB numbers afterwards.
    """

    def __init__(
        self,
        table_name: str,
        old: t.Sequence[str],
        new: t.Sequence[str],
        *,
        old_name: str | None = None,
        name: str | None = None,
        autoincrement: str | None = None,
        numbered_before: str | None = None,
        schema: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.old, self.new = tuple(old), tuple(new)
        self.old_name, self.name = old_name, name
        self.autoincrement = autoincrement
        self.numbered_before = numbered_before
        self.schema = schema

    @classmethod
    def replace_primary_key(
        cls,
        operations: Operations,
        table_name: str,
        old: t.Sequence[str],
        new: t.Sequence[str],
        *,
        old_name: str | None = None,
        name: str | None = None,
        autoincrement: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Give a table another primary key."""
        names = {"old_name": old_name, "name": name, "autoincrement": autoincrement}
        operations.invoke(cls(table_name, old, new, schema=schema, **names))

    @classmethod
    def batch_replace_primary_key(
        cls,
        operations: BatchOperations,
        old: t.Sequence[str],
        new: t.Sequence[str],
        *,
        old_name: str | None = None,
        name: str | None = None,
        autoincrement: str | None = None,
    ) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        names = {"old_name": old_name, "name": name, "autoincrement": autoincrement}
        operations.invoke(cls(batch.table_name, old, new, schema=batch.schema, **names))

    def describe(self) -> list[str]:
        """What changes, in words."""
        words = [", ".join(columns) or "none" for columns in (self.old, self.new)]
        if words[0] == words[1]:
            words = [str(self.old_name or "without a name"), str(self.name or "without a name")]
        return [f"~ primary key of {self.table_name}: {words[0]} → {words[1]}"]

    def reverse(self) -> MigrateOperation:
        return ReplacePrimaryKey(
            self.table_name,
            self.new,
            self.old,
            old_name=self.name,
            name=self.old_name,
            autoincrement=self.numbered_before,
            numbered_before=self.autoincrement,
            schema=self.schema,
        )


@Operations.implementation_for(ReplacePrimaryKey)
def _replace(operations: Operations, operation: ReplacePrimaryKey) -> None:
    dialect = operations.migration_context.dialect
    if dialect.name == "sqlite":
        key = sa.PrimaryKeyConstraint(*operation.new, name=operation.name)
        request(operations, operation.schema, operation.table_name).primary_key = key
    elif dialect.name in ("mysql", "mariadb"):
        later(operations, lambda: _replace_on_mysql(operations, operation))
    else:
        for statement in _statements(operation, dialect):
            run(operations, statement)


def _columns(columns: t.Sequence[str], dialect: sa.Dialect) -> str:
    return ", ".join(quoted(dialect, name) for name in columns)


def _statements(operation: ReplacePrimaryKey, dialect: sa.Dialect) -> t.Iterator[str]:
    """By the standard, where a key is dropped by its name."""
    table = place_of(dialect, operation.table_name, operation.schema)
    if operation.old:
        if not operation.old_name:
            raise CommandError(f"The primary key of {operation.table_name} can't be dropped without its name.")
        yield f"ALTER TABLE {table} DROP CONSTRAINT {quoted(dialect, operation.old_name)}"
    if operation.new:
        name = f"CONSTRAINT {quoted(dialect, operation.name)} " if operation.name else ""
        yield f"ALTER TABLE {table} ADD {name}PRIMARY KEY ({_columns(operation.new, dialect)})"


def _replace_on_mysql(operations: Operations, operation: ReplacePrimaryKey) -> None:
    dialect = operations.migration_context.dialect
    actions = ["DROP PRIMARY KEY"] if operation.old else []
    if operation.new:
        actions.append(f"ADD PRIMARY KEY ({_columns(operation.new, dialect)})")
    if not operations.migration_context.as_sql:
        declared = declarations(operations, operation.table_name, operation.schema)
        for name, text in declared.items():
            is_numbered = " AUTO_INCREMENT" in text
            if is_numbered and name != operation.autoincrement and name in operation.old:
                actions.append(f"MODIFY COLUMN {text.replace(' AUTO_INCREMENT', '', 1)}")
            elif name == operation.autoincrement and not is_numbered:
                actions.append(f"MODIFY COLUMN {text.replace(' NOT NULL', '', 1)} NOT NULL AUTO_INCREMENT")
    elif operation.autoincrement is not None:
        raise CommandError("A key that is numbered can't be changed offline: the column has to be read first.")
    place = place_of(dialect, operation.table_name, operation.schema)
    statement = f"ALTER TABLE {place} {', '.join(actions)}"
    impl: t.Any = operations.impl
    getattr(impl, "impl", impl).execute(sa.text(statement.replace(":", "\\:")))
