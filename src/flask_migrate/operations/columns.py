"""Columns that become another kind of column: generated ones, and those that a sequence numbers."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import BatchOperations, MigrateOperation, Operations

from ..alembic_compat import copied
from .names import generated_name
from .requests import place_of, request, run


@Operations.register_operation("replace_column")
@BatchOperations.register_operation("replace_column", "batch_replace_column")
class ReplaceColumn(MigrateOperation):
    """Makes a plain column of a generated one, with its values, or the other way round.

    :param old: the column as it is.
    :param new: as it becomes.
    :param after: the column that it stands behind, where the engine can place columns.
    """

    def __init__(
        self,
        table_name: str,
        old: sa.Column[t.Any],
        new: sa.Column[t.Any],
        *,
        after: str | None = None,
        schema: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.old = old
        self.new = new
        self.after = after
        self.schema = schema

    @classmethod
    def replace_column(
        cls,
        operations: Operations,
        table_name: str,
        old: sa.Column[t.Any],
        new: sa.Column[t.Any],
        *,
        after: str | None = None,
        schema: str | None = None,
    ) -> None:
        """Make a plain column of a generated one, or the other way round."""
        operations.invoke(cls(table_name, old, new, after=after, schema=schema))

    @classmethod
    def batch_replace_column(
        cls, operations: BatchOperations, old: sa.Column[t.Any], new: sa.Column[t.Any], *, after: str | None = None
    ) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, old, new, after=after, schema=batch.schema))

    def describe(self) -> list[str]:
        """What changes, in words."""
        kinds = [
            "plain" if one.computed is None else f"generated as {one.computed.sqltext}" for one in (self.old, self.new)
        ]
        return [f"~ column {self.table_name}.{self.new.name}: {kinds[0]} → {kinds[1]}"]

    def reverse(self) -> MigrateOperation:
        return ReplaceColumn(self.table_name, self.new, self.old, after=self.after, schema=self.schema)


@Operations.implementation_for(ReplaceColumn)
def _replace(operations: Operations, operation: ReplaceColumn) -> None:
    dialect = operations.migration_context.dialect
    if dialect.name == "sqlite":
        wanted = request(operations, operation.schema, operation.table_name)
        wanted.replaced[operation.new.name] = operation.new
        return
    table, name = place_of(operations, operation.schema, operation.table_name), place_of(operations, operation.new.name)
    if operation.new.computed is None and dialect.name == "postgresql":
        _make_plain(operations, operation, table, name)
        return
    declared = _declared(operation, dialect)
    place = ""
    if dialect.name in ("mysql", "mariadb"):
        place = f" AFTER {place_of(operations, operation.after)}" if operation.after else " FIRST"
    if operation.new.computed is not None:
        gone = "DROP COLUMN IF EXISTS" if dialect.name == "postgresql" else "DROP COLUMN"  # put aside, it is gone
        run(operations, f"ALTER TABLE {table} {gone} {name}")
        run(operations, f"ALTER TABLE {table} ADD COLUMN {declared}{place}")
        if dialect.name == "postgresql":
            _comment(operations, operation.new.comment, f"{table}.{name}")
        return
    kept = place_of(operations, f"kept_{operation.new.name}"[:60])
    run(operations, f"ALTER TABLE {table} ADD COLUMN {kept}{declared[len(name) :]}{place}")
    run(operations, f"UPDATE {table} SET {kept} = {name}")
    run(operations, f"ALTER TABLE {table} DROP COLUMN {name}")
    run(operations, f"ALTER TABLE {table} CHANGE COLUMN {kept} {declared}{place}")


def _make_plain(operations: Operations, operation: ReplaceColumn, table: str, name: str) -> None:
    """Let a generated column of PostgreSQL keep its values, and give it what it is declared with from now on."""
    new, dialect = operation.new, operations.migration_context.dialect
    where = f"ALTER TABLE {table} ALTER COLUMN {name}"
    run(operations, f"{where} DROP EXPRESSION")
    if operation.old.comment != new.comment:
        _comment(operations, new.comment, f"{table}.{name}")
    types = [str(dialect.type_compiler_instance.process(one.type)) for one in (operation.old, new)]
    if types[0] != types[1]:
        run(operations, f"{where} TYPE {types[1]} USING {name}::{types[1]}")
    default = _declared(operation, dialect)[len(name) :].partition(" DEFAULT ")[2].removesuffix(" NOT NULL")
    if new.server_default is not None and new.identity is None:
        run(operations, f"{where} SET DEFAULT {default}")
        if not new.nullable:
            run(operations, f"UPDATE {table} SET {name} = DEFAULT WHERE {name} IS NULL")
    if not new.nullable:
        run(operations, f"{where} SET NOT NULL")
    if new.identity is not None:
        added = _declared(operation, dialect).partition(" GENERATED ")[2].removesuffix(" NOT NULL")
        run(operations, f"{where} ADD GENERATED {added}")
        _continue(operations, ContinueSequence(operation.table_name, new.name, schema=operation.schema))


def _comment(operations: Operations, comment: str | None, place: str) -> None:
    text = "NULL" if comment is None else "'" + comment.replace("'", "''") + "'"
    run(operations, f"COMMENT ON COLUMN {place} IS {text}")


def _declared(operation: ReplaceColumn, dialect: sa.Dialect) -> str:
    """The new column as ``CREATE TABLE`` declares it."""
    copy = copied(operation.new)
    sa.Table(operation.table_name, sa.MetaData(), copy)
    no_statement: t.Any = None
    text = str(dialect.ddl_compiler(dialect, no_statement).get_column_specification(copy))
    return text.replace("%%", "%") if "%%" in dialect.identifier_preparer.quote("%") else text


@Operations.register_operation("add_serial")
@BatchOperations.register_operation("add_serial", "batch_add_serial")
class AddSerial(MigrateOperation):
    """Lets a sequence of its own number a column of PostgreSQL, beginning after the greatest value that is there."""

    def __init__(self, table_name: str, column: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.column = column
        self.schema = schema

    @classmethod
    def add_serial(cls, operations: Operations, table_name: str, column: str, *, schema: str | None = None) -> None:
        """Make a column ``SERIAL``."""
        operations.invoke(cls(table_name, column, schema=schema))

    @classmethod
    def batch_add_serial(cls, operations: BatchOperations, column: str) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, column, schema=batch.schema))

    def describe(self) -> list[str]:
        """What changes, in words."""
        is_dropped = isinstance(self, DropSerial)
        return [f"{'-' if is_dropped else '+'} sequence of column {self.table_name}.{self.column}"]

    def reverse(self) -> MigrateOperation:
        return DropSerial(self.table_name, self.column, schema=self.schema)


@Operations.register_operation("continue_sequence")
@BatchOperations.register_operation("continue_sequence", "batch_continue_sequence")
class ContinueSequence(MigrateOperation):
    """Lets the sequence of a column of PostgreSQL go on after the greatest value that is there."""

    def __init__(self, table_name: str, column: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.column = column
        self.schema = schema

    @classmethod
    def continue_sequence(
        cls, operations: Operations, table_name: str, column: str, *, schema: str | None = None
    ) -> None:
        """Let a sequence go on after the rows that are there."""
        operations.invoke(cls(table_name, column, schema=schema))

    @classmethod
    def batch_continue_sequence(cls, operations: BatchOperations, column: str) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, column, schema=batch.schema))


@Operations.implementation_for(ContinueSequence)
def _continue(operations: Operations, operation: ContinueSequence) -> None:
    if operations.migration_context.dialect.name != "postgresql":
        return
    table, column = place_of(operations, operation.schema, operation.table_name), place_of(operations, operation.column)
    places = [text.replace("'", "''") for text in (table, operation.column)]
    sequence = f"pg_get_serial_sequence('{places[0]}', '{places[1]}')"
    run(operations, f"SELECT setval({sequence}, max({column})) FROM {table} HAVING max({column}) > 0")


@Operations.register_operation("drop_serial")
@BatchOperations.register_operation("drop_serial", "batch_drop_serial")
class DropSerial(AddSerial):
    """Takes the sequence away."""

    @classmethod
    def drop_serial(cls, operations: Operations, table_name: str, column: str, *, schema: str | None = None) -> None:
        """Make a ``SERIAL`` column a plain one."""
        operations.invoke(cls(table_name, column, schema=schema))

    @classmethod
    def batch_drop_serial(cls, operations: BatchOperations, column: str) -> None:
        """The same for the table of the batch."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, column, schema=batch.schema))

    def reverse(self) -> MigrateOperation:
        return AddSerial(self.table_name, self.column, schema=self.schema)


def _names(operations: Operations, operation: AddSerial) -> tuple[str, str, str]:
    """The table, the column and the sequence, quoted."""
    name = generated_name(operation.table_name, operation.column, "seq")
    table, sequence = (place_of(operations, operation.schema, one) for one in (operation.table_name, name))
    return table, place_of(operations, operation.column), sequence


@Operations.implementation_for(AddSerial)
def _add_serial(operations: Operations, operation: AddSerial) -> None:
    if operations.migration_context.dialect.name != "postgresql":
        return
    table, column, sequence = _names(operations, operation)
    literal = sequence.replace("'", "''")
    run(operations, f"CREATE SEQUENCE {sequence} AS integer OWNED BY {table}.{column}")
    run(operations, f"SELECT setval('{literal}', coalesce(max({column}), 0) + 1, false) FROM {table}")
    run(operations, f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{literal}')")
    run(operations, f"UPDATE {table} SET {column} = nextval('{literal}') WHERE {column} IS NULL")


@Operations.implementation_for(DropSerial)
def _drop_serial(operations: Operations, operation: DropSerial) -> None:
    if operations.migration_context.dialect.name != "postgresql":
        return
    table, column, sequence = _names(operations, operation)
    run(operations, f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
    run(operations, f"DROP SEQUENCE IF EXISTS {sequence}")
