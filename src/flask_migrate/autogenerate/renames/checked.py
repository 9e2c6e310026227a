"""Values that get another name where a check or the length of the column is in the way."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ...operations import DropUnnamedConstraint
from ..draft import Draft, Part
from .operations import RenameValue

Place = tuple[str | None, str]


def finish(draft: Draft) -> None:
    """Drop checks and widen columns, give the values their names, and do the rest of what changes."""
    operations = list(draft.operations.ops)
    renames = [one for one in operations if isinstance(one, RenameValue)]
    columns = {(place, column) for one in renames for place, column in one.renamed.columns}
    groups: dict[int, ops.ModifyTableOps] = {}
    for number, one in enumerate(operations):
        if isinstance(one, ops.ModifyTableOps) and any(_is_concerned(part, one, columns) for part in one.ops):
            groups[number] = one
    if not groups or not renames:
        return
    first: list[ops.MigrateOperation] = []
    last: list[ops.MigrateOperation] = []
    for group in groups.values():
        before = [one for one in group.ops if _is_check(one) or _widens(one, group, columns)]
        after = [one for one in group.ops if one not in before]
        for container, part in ((first, before), (last, after)):
            if part:
                container.append(ops.ModifyTableOps(group.table_name, part, schema=group.schema))
    place = min(*groups, *(operations.index(one) for one in renames))
    taken = {*map(id, renames), *map(id, groups.values())}
    head = [one for one in operations[:place] if id(one) not in taken]
    tail = [one for one in operations[place:] if id(one) not in taken]
    draft.operations.ops[:] = [*head, *first, *renames, *last, *tail]


def _is_check(one: ops.MigrateOperation) -> bool:
    if isinstance(one, DropUnnamedConstraint):
        return isinstance(one.constraint, sa.CheckConstraint)
    return isinstance(one, ops.DropConstraintOp) and one.constraint_type == "check"


def _is_concerned(one: ops.MigrateOperation, group: ops.ModifyTableOps, columns: t.Container[t.Any]) -> bool:
    """Whether an operation has to do with such a column."""
    if _is_check(one):
        return any(((group.schema, group.table_name), name) in columns for name in _names(group, columns))
    return isinstance(one, ops.AlterColumnOp) and _is_text(one) and _place(one, group) in columns


def _names(group: ops.ModifyTableOps, columns: t.Any) -> list[str]:
    return [name for place, name in columns if place == (group.schema, group.table_name)]


def _place(one: ops.AlterColumnOp, group: ops.ModifyTableOps) -> tuple[Place, str]:
    return ((group.schema, group.table_name), str(one.column_name))


def _is_text(one: ops.AlterColumnOp) -> bool:
    """Whether the enum is kept as text."""
    types = [type_ for type_ in (one.existing_type, one.modify_type) if isinstance(type_, sa.Enum)]
    return one.modify_type is not None and bool(types) and not any(type_.native_enum for type_ in types)


def _widens(one: ops.MigrateOperation, group: ops.ModifyTableOps, columns: t.Container[t.Any]) -> bool:
    if not isinstance(one, ops.AlterColumnOp) or not _is_text(one) or _place(one, group) not in columns:
        return False
    old, new = (getattr(type_, "length", None) for type_ in (one.existing_type, one.modify_type))
    return old is not None and (new is None or new >= old)


PART = Part("renames", finish=finish)
