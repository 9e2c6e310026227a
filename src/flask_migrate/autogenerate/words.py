"""Operations as sentences: ``+ table "order"``, ``~ column user.name: VARCHAR(50) → VARCHAR(80)``."""

from __future__ import annotations

import contextlib
import re
import typing as t

import sqlalchemy as sa
from alembic.operations import ops

#: Types that no engine has, but SQLAlchemy.
GENERIC = frozenset(name for name in dir(sa.types) if name[0].isupper() and not name.isupper())
Describer = t.Callable[[t.Any], list[str]]


def describe_operations(container: ops.OpContainer) -> list[str]:
    """One sentence for each thing that ``container`` changes, in its order."""
    return [line for operation in container.ops for line in describe_operation(operation)]


def describe_operation(operation: ops.MigrateOperation) -> list[str]:
    """The sentences for one operation; a ``ModifyTableOps`` has several."""
    if isinstance(operation, ops.OpContainer):
        return describe_operations(operation)
    if hasattr(operation, "describe"):  # one of ours
        return list(operation.describe())
    for kind, describer in _DESCRIBERS.items():
        if isinstance(operation, kind):
            return describer(operation)
    return [f"~ {type(operation).__name__.removesuffix('Op')}"]


def _create_table(operation: ops.CreateTableOp) -> list[str]:
    return [f"+ table {_table(operation.table_name, operation.schema)}"]


def _drop_table(operation: ops.DropTableOp) -> list[str]:
    return [f"- table {_table(operation.table_name, operation.schema)}"]


def _rename_table(operation: ops.RenameTableOp) -> list[str]:
    return [f"~ table {_table(operation.table_name, operation.schema)} → {quoted(operation.new_table_name)}"]


def _add_column(operation: ops.AddColumnOp) -> list[str]:
    column = operation.column
    null = "" if column.nullable else " NOT NULL"
    return [f"+ column {_column(operation, column.name)}: {_type(column.type)}{null}"]


def _drop_column(operation: ops.DropColumnOp) -> list[str]:
    return [f"- column {_column(operation, operation.column_name)}"]


def _alter_column(operation: ops.AlterColumnOp) -> list[str]:
    place = f"~ column {_column(operation, operation.column_name)}"
    lines = []
    if operation.modify_name is not None:
        lines.append(f"{place} → {quoted(operation.modify_name)}")
    if operation.modify_type is not None:
        lines.append(f"{place}: {_type_before(operation)} → {_type(operation.modify_type)}")
    if operation.modify_nullable is not None:
        lines.append(f"{place}: {'NOT NULL → NULL' if operation.modify_nullable else 'NULL → NOT NULL'}")
    if operation.modify_server_default is not False:
        before, after = _default(operation.existing_server_default), _default(operation.modify_server_default)
        lines.append(f"{place}: server default {before} → {after}")
    if operation.modify_comment is not False:
        lines.append(f"{place}: comment {operation.existing_comment!r} → {operation.modify_comment!r}")
    return lines or [place]


def _type(type_: t.Any) -> str:
    """A type as it is written in a model: ``String(80)``."""
    return re.sub(r"\b(length|precision|scale)=", "", repr(type_)).removesuffix("()")


def _type_before(operation: ops.AlterColumnOp) -> str:
    """The type that a column has, in the words of the models where that tells it from the one that it gets."""
    before, after = operation.existing_type, _type(operation.modify_type)
    if isinstance(before, sa.types.TypeDecorator):  # it has no generic form
        return _type(before)
    with contextlib.suppress(NotImplementedError, AttributeError):
        generic = _type(before.as_generic())  # type: ignore[union-attr]  # there may be none
        if generic.partition("(")[0] == after.partition("(")[0] and generic != after:
            return generic
        if not isinstance(before, sa.Enum) and after.partition("(")[0] in GENERIC and generic != after:
            return generic
    return _type(before)


def _create_index(operation: ops.CreateIndexOp) -> list[str]:
    kind = "unique index" if operation.unique else "index"
    return [f"+ {kind} {_name(operation.index_name)} on {_table_of(operation)} {_columns(operation.columns)}"]


def _drop_index(operation: ops.DropIndexOp) -> list[str]:
    return [f"- index {_name(operation.index_name)} on {_table_of(operation)}"]


def _create_foreign_key(operation: ops.CreateForeignKeyOp) -> list[str]:
    local = ", ".join(map(_word, operation.local_cols))
    remote = ", ".join(map(_word, operation.remote_cols))
    source = _table(operation.source_table, operation.kw.get("source_schema"))
    target = _table(operation.referent_table, operation.kw.get("referent_schema"))
    name = _name(operation.constraint_name)
    return [f"+ foreign key {name} on {source} ({local}) to {target} ({remote})"]


def _add_constraint(operation: t.Any) -> list[str]:
    columns = getattr(operation, "columns", None)
    what = _columns(columns) if columns else f"({operation.condition})"
    kind = type(operation).__name__.removeprefix("Create").removesuffix("ConstraintOp").removesuffix("Op")
    words = {"Unique": "unique constraint", "PrimaryKey": "primary key", "Check": "check constraint"}
    name = _name(operation.constraint_name)
    return [f"+ {words.get(kind, 'constraint')} {name} on {_table_of(operation)} {what}"]


def _drop_constraint(operation: ops.DropConstraintOp) -> list[str]:
    words = {
        "foreignkey": "foreign key",
        "unique": "unique constraint",
        "primary": "primary key",
        "check": "check constraint",
    }
    kind = words.get(operation.constraint_type or "", "constraint")
    return [f"- {kind} {_name(operation.constraint_name)} on {_table_of(operation)}"]


def _table_comment(operation: ops.CreateTableCommentOp) -> list[str]:
    place = _table(operation.table_name, operation.schema)
    return [f"~ table {place}: comment {operation.existing_comment!r} → {operation.comment!r}"]


def _drop_table_comment(operation: ops.DropTableCommentOp) -> list[str]:
    place = _table(operation.table_name, operation.schema)
    return [f"~ table {place}: comment {operation.existing_comment!r} → None"]


def _execute(operation: ops.ExecuteSQLOp) -> list[str]:
    return [f"~ SQL: {' '.join(str(operation.sqltext).split())}"]


def _bulk_insert(operation: ops.BulkInsertOp) -> list[str]:
    number = len(operation.rows)
    return [f"+ {number} {'row' if number == 1 else 'rows'} in table {_table(operation.table.name, None)}"]


def quoted(name: str | None) -> str:
    """``name`` in double quotes, as SQL writes it."""
    return '"' + (name or "").replace('"', '""') + '"'


def _word(name: str) -> str:
    """A name as it is where nobody can misread it, else in double quotes."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else quoted(name)


def _table(name: str, schema: str | None) -> str:
    return quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}"


def _table_of(operation: t.Any) -> str:
    return _table(operation.table_name, getattr(operation, "schema", None))


def _column(operation: t.Any, name: str) -> str:
    parts = [operation.schema, operation.table_name, name]
    return ".".join(_word(part) for part in parts if part)


def _columns(columns: t.Iterable[t.Any]) -> str:
    """Names, or the text of expressions, in parentheses."""
    return f"({', '.join(getattr(column, 'name', None) or str(column) for column in columns)})"


def _name(name: t.Any) -> str:
    return str(name) if name else "(unnamed)"


def _default(value: t.Any) -> str:
    """A server default as text; Alembic gives ``None``, ``False``, a string or a SQLAlchemy construct."""
    if value is None or value is False:
        return "none"
    return str(getattr(value, "arg", getattr(value, "sqltext", value)))


_DESCRIBERS: dict[type[ops.MigrateOperation], Describer] = {
    ops.CreateTableOp: _create_table,
    ops.DropTableOp: _drop_table,
    ops.RenameTableOp: _rename_table,
    ops.AddColumnOp: _add_column,
    ops.DropColumnOp: _drop_column,
    ops.AlterColumnOp: _alter_column,
    ops.CreateIndexOp: _create_index,
    ops.DropIndexOp: _drop_index,
    ops.CreateForeignKeyOp: _create_foreign_key,
    ops.AddConstraintOp: _add_constraint,
    ops.DropConstraintOp: _drop_constraint,
    ops.CreateTableCommentOp: _table_comment,
    ops.DropTableCommentOp: _drop_table_comment,
    ops.ExecuteSQLOp: _execute,
    ops.BulkInsertOp: _bulk_insert,
}
