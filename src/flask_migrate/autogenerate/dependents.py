"""Views and triggers that PostgreSQL does not let a column be dropped or retyped under: kept and made anew."""

from __future__ import annotations

import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops

from ..operations import AddSerial, ContinueSequence, ReplaceColumn
from ..operations.dependents import are_needed
from .draft import Draft, Part
from .remarks import Remark

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


class Kept(ops.OpContainer):
    """Changes of the columns of a table, with what needs the table dropped before and made after them.

    :param columns: those that get another type or are replaced.
    """

    def __init__(self, change: ops.ModifyTableOps, columns: t.Sequence[str]) -> None:
        super().__init__([change])
        self.table_name, self.schema = change.table_name, change.schema
        self.columns = columns


def finish(draft: Draft) -> None:
    """Put what needs a changing table aside."""
    if draft.dialect.name == "postgresql":
        draft.operations.ops[:] = [part for one in draft.operations.ops for part in _kept(draft, one)]


def _kept(draft: Draft, operation: ops.MigrateOperation) -> list[ops.MigrateOperation]:
    if not isinstance(operation, ops.ModifyTableOps):
        return [operation]
    columns = {_column_of(one) for one in operation.ops if _is_hindered(one)}
    connection = draft.context.connection
    if not columns or connection is None:
        return [operation]
    place = (operation.schema, operation.table_name)
    names: dict[str, str] = {}
    renames = getattr(draft.context.inspector, "renames", None)
    if renames is not None:  # the database has the old names yet
        place = renames.old_place(place)
        names = {new: old for old, new in renames.columns.get(place, {}).items()}
    if not draft.context.inspector.has_table(operation.table_name, schema=operation.schema):
        return [operation]
    old = {names.get(column, column) for column in columns}
    is_replaced = any(isinstance(one, ReplaceColumn) for one in operation.ops)
    if not is_replaced and not are_needed(connection, place[1], place[0], old):
        return [operation]
    return _divided(operation)


def _divided(operation: ops.ModifyTableOps) -> list[ops.MigrateOperation]:
    """The changes of the columns, with what needs them put aside, between what comes before and after them."""
    groups: tuple[list[t.Any], list[t.Any], list[t.Any]] = ([], [], [])
    for one in operation.ops:
        is_column = isinstance(one, (ops.AlterColumnOp, ops.AddColumnOp, ops.DropColumnOp, ReplaceColumn, AddSerial))
        becomes_plain = isinstance(one, ReplaceColumn) and one.new.computed is None
        is_first = becomes_plain or (not is_column and not groups[1] and not _is_about_column(one))
        is_inside = is_column or (not groups[2] and _is_about_column(one))
        groups[0 if is_first else 1 if is_inside else 2].append(one)
    groups[1].sort(key=lambda one: isinstance(one, ReplaceColumn))  # what it is computed from changes first
    changed = {_column_of(one) for one in groups[1] if _is_hindered(one) and not isinstance(one, ops.DropColumnOp)}
    made = [ops.ModifyTableOps(operation.table_name, group, schema=operation.schema) for group in groups]
    kept = Kept(made[1], sorted(changed))
    return [one for one, group in zip((made[0], kept, made[2]), groups, strict=True) if group]


def _is_about_column(operation: ops.MigrateOperation) -> bool:
    """Whether this only says something of the column that comes next."""
    return isinstance(operation, (Remark, ContinueSequence))


def _is_hindered(operation: ops.MigrateOperation) -> bool:
    """Whether PostgreSQL refuses the operation under a view or a trigger."""
    if isinstance(operation, ops.AlterColumnOp):
        return operation.modify_type is not None
    return isinstance(operation, (ops.DropColumnOp, ReplaceColumn))


def _column_of(operation: t.Any) -> str:
    return str(operation.new.name if isinstance(operation, ReplaceColumn) else operation.column_name)


@renderers.dispatch_for(Kept)
def _render(context: AutogenContext, operation: Kept) -> list[str]:
    context.imports.add("from flask_migrate import operations")
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    columns = f", columns={list(operation.columns)!r}" if operation.columns else ""
    (change,) = operation.ops
    lines = renderers.dispatch(change)(context, change)
    return [f"with operations.dependents_kept({operation.table_name!r}{schema}{columns}):", *lines, ""]


PART = Part("dependents", finish=finish)
