"""Views and triggers that PostgreSQL does not let a column be dropped or retyped under: kept and made anew."""

from __future__ import annotations

import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops

from ..operations.dependents import are_needed
from .draft import Draft, Part

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


class Kept(ops.OpContainer):
    """Changes of a table, with what needs the table dropped before and made after them."""

    def __init__(self, change: ops.ModifyTableOps) -> None:
        super().__init__([change])
        self.table_name, self.schema = change.table_name, change.schema


def finish(draft: Draft) -> None:
    """Put what needs a changing table aside."""
    if draft.dialect.name == "postgresql":
        draft.operations.ops[:] = [_kept(draft, one) for one in draft.operations.ops]


def _kept(draft: Draft, operation: ops.MigrateOperation) -> ops.MigrateOperation:
    if not isinstance(operation, ops.ModifyTableOps):
        return operation
    columns = {one.column_name for one in operation.ops if _is_hindered(one)}
    connection = draft.context.connection
    if not columns or connection is None:
        return operation
    place = (operation.schema, operation.table_name)
    names: dict[str, str] = {}
    renames = getattr(draft.context.inspector, "renames", None)
    if renames is not None:  # the database has the old names yet
        place = renames.old_place(place)
        names = {new: old for old, new in renames.columns.get(place, {}).items()}
    if not draft.context.inspector.has_table(operation.table_name, schema=operation.schema):
        return operation
    old = {names.get(column, column) for column in columns}
    return Kept(operation) if are_needed(connection, place[1], place[0], old) else operation


def _is_hindered(operation: ops.MigrateOperation) -> t.TypeGuard[ops.AlterColumnOp | ops.DropColumnOp]:
    """Whether PostgreSQL refuses the operation under a view or a trigger."""
    if isinstance(operation, ops.AlterColumnOp):
        return operation.modify_type is not None
    return isinstance(operation, ops.DropColumnOp)


@renderers.dispatch_for(Kept)
def _render(context: AutogenContext, operation: Kept) -> list[str]:
    context.imports.add("from flask_migrate import operations")
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    (change,) = operation.ops
    lines = renderers.dispatch(change)(context, change)
    return [f"with operations.dependents_kept({operation.table_name!r}{schema}):", *lines, ""]


PART = Part("dependents", finish=finish)
