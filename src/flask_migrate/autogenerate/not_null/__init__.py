"""NOT NULL where rows may be: the column is added nullable, filled, and then set NOT NULL."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..columns.altering import only
from ..draft import Draft, Part
from . import values
from .doubts import Doubts
from .operations import Fill, joined


def finish(draft: Draft) -> None:
    """Fill what becomes NOT NULL in one direction.

    :raises Refused: when there are rows, and nobody knows what to fill in.
    """
    doubts = Doubts()
    made = {_place(one) for one in draft.operations.ops if isinstance(one, ops.CreateTableOp)}
    found: list[t.Any] = []
    for operation in draft.operations.ops:
        if isinstance(operation, ops.ModifyTableOps) and _place(operation) not in made:
            found += _filled(draft, operation, doubts)
        else:
            found.append(operation)
    doubts.raise_any()
    draft.operations.ops[:] = found


def _place(operation: t.Any) -> tuple[str | None, str]:
    return (operation.schema, operation.table_name)


def _filled(draft: Draft, operation: ops.ModifyTableOps, doubts: Doubts) -> list[ops.MigrateOperation]:
    """The changes of one table, in up to three pieces: before the fill, the fill, after it."""
    before: list[ops.MigrateOperation] = []
    fills: list[Fill] = []
    after: list[ops.MigrateOperation] = []
    for one in operation.ops:
        fill = _fill(draft, operation, one, doubts)
        if fill is not None:
            fills.append(fill)
        if fill is not None and isinstance(one, ops.AlterColumnOp) and _is_filled_retyped(draft, one):
            # What comes before a change of type may make it possible; NOT NULL waits for the fill.
            waiting = [later for later in after if getattr(later, "modify_nullable", None) is False]
            before += [*(done for done in after if done not in waiting), _without_not_null(one)]
            after = [*waiting, only(one, "modify_nullable", existing_type=one.modify_type)]
        elif not isinstance(one, ops.AddColumnOp) or one.column.computed is not None:  # made of what is changed, maybe
            after.append(one)
        elif fill is None:
            before.append(one)
        else:
            before.append(ops.AddColumnOp(one.table_name, _nullable(one.column), schema=one.schema, **one.kw))
            after.append(_set_not_null(one))
    if not fills:
        return [operation]
    first = ops.ModifyTableOps(operation.table_name, before, schema=operation.schema)
    last = ops.ModifyTableOps(operation.table_name, after, schema=operation.schema)
    return [*([first] if before else []), *joined(fills), last]


def _is_filled_retyped(draft: Draft, operation: ops.AlterColumnOp) -> bool:
    """Whether the fill is for the new type: on PostgreSQL, where the old one may not take it."""
    is_here = draft.dialect.name == "postgresql" and operation.modify_name is None
    return is_here and operation.modify_type is not None


def _without_not_null(operation: ops.AlterColumnOp) -> ops.AlterColumnOp:
    made = type(operation).__new__(type(operation))
    made.__dict__.update(operation.__dict__, modify_nullable=None)
    return made


def _fill(draft: Draft, table: ops.ModifyTableOps, operation: ops.MigrateOperation, doubts: Doubts) -> Fill | None:
    """The fill that an operation needs."""
    if isinstance(operation, ops.AddColumnOp) and _must_be_filled(operation.column):
        return values.for_new_column(draft, table, operation.column, doubts)
    if isinstance(operation, ops.AlterColumnOp) and operation.modify_nullable is False:
        return values.for_old_column(draft, table, operation, doubts)
    return None


def _must_be_filled(column: sa.Column[t.Any]) -> bool:
    has_value = column.server_default is not None or column.computed is not None or column.identity is not None
    return not column.nullable and not has_value and not column.primary_key


def _nullable(column: sa.Column[t.Any]) -> sa.Column[t.Any]:
    return sa.Column(column.name, column.type, nullable=True, comment=column.comment, **column.dialect_kwargs)


def _set_not_null(added: ops.AddColumnOp) -> ops.AlterColumnOp:
    column = added.column
    return ops.AlterColumnOp(
        added.table_name,
        column.name,
        schema=added.schema,
        existing_type=column.type,
        existing_comment=column.comment,
        modify_nullable=False,
    )


PART = Part("not_null", finish=finish)
