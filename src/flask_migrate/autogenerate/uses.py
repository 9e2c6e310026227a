"""What else a script does with the columns of a type whose values change."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..operations import (
    AddDefinedConstraint,
    AddUnnamedConstraint,
    DropDefinedConstraint,
    DropUnnamedConstraint,
    ReplaceColumn,
)
from .draft import Draft

if t.TYPE_CHECKING:
    from ..schema.model import Enum


class Earlier(ops.ModifyTableOps):
    """Changes of a table that come before the changes of types."""

    phase = 25


def is_used_at_once(draft: Draft, old: Enum, new: Enum) -> bool:
    """Whether a script uses a new value, which PostgreSQL can't know before the added value is committed."""
    added = [value for value in new.values if value not in old.values]
    if not added:
        return False
    tables = [one for one in draft.operations.ops if isinstance(one, (ops.ModifyTableOps, ops.CreateTableOp))]
    parts = [part for table in tables for part in (table.ops if isinstance(table, ops.ModifyTableOps) else [table])]
    if any(_fills_or_converts(part, new.name) for part in parts):
        return True
    texts = [text for part in parts for text in _texts(part)]
    return any(value in text for value in added for text in texts)


def drop_first(draft: Draft, name: str, gone: t.Collection[str]) -> None:
    """Let what needs values of a type be dropped before the type loses them: columns, checks and indexes."""
    found: list[ops.MigrateOperation] = []
    for one in draft.operations.ops:
        if isinstance(one, ops.DropTableOp) and any(_is_of(column.type, name) for column in one.to_table().columns):
            vars(one)["phase"] = Earlier.phase
        if isinstance(one, ops.ModifyTableOps) and not isinstance(one, Earlier):
            before = _needing(one.ops, name, gone)
            one.ops[:] = [part for part in one.ops if part not in before]
            found += [Earlier(one.table_name, before, schema=one.schema)] if before else []
        if not isinstance(one, ops.ModifyTableOps) or one.ops:
            found.append(one)
    draft.operations.ops[:] = found


def _needing(parts: t.Sequence[ops.MigrateOperation], name: str, gone: t.Collection[str]) -> list[ops.MigrateOperation]:
    """What goes with columns of the type, and conditions with values that are gone."""
    drops = [number for number, part in enumerate(parts) if _drops(part, name)]
    last = drops[-1] if drops else -1
    return [
        part
        for number, part in enumerate(parts)
        if _drops(part, name)
        or (_is_off(part) and (number < last or any(value in text for value in gone for text in _texts_of_drop(part))))
    ]


def _texts_of_drop(part: t.Any) -> t.Iterator[str]:
    try:
        yield from _texts(part.reverse())
    except ValueError:  # made by hand, without a way back
        return


def _drops(part: ops.MigrateOperation, name: str) -> bool:
    return isinstance(part, ops.DropColumnOp) and _is_of(part.to_column().type, name)


def _is_off(part: ops.MigrateOperation) -> bool:
    """Whether this takes away what may be on a column that is dropped."""
    return isinstance(part, (ops.DropIndexOp, ops.DropConstraintOp, DropDefinedConstraint, DropUnnamedConstraint))


def _is_of(type_: t.Any, name: str) -> bool:
    """Whether a column has the type, or arrays of it."""
    return isinstance(inner := getattr(type_, "item_type", type_), sa.Enum) and inner.name == name


def _fills_or_converts(part: ops.MigrateOperation, name: str) -> bool:
    """Whether values get into a column of the type: those of another type, or where there was none."""
    if isinstance(part, ops.AddColumnOp):
        return not part.column.nullable and part.column.server_default is None and _is_of(part.column.type, name)
    if not isinstance(part, ops.AlterColumnOp):
        return False
    type_ = part.modify_type if part.modify_type is not None else part.existing_type
    is_converted = part.modify_type is not None and not _is_of(part.existing_type, name)
    return _is_of(type_, name) and (is_converted or part.modify_nullable is False)


def _texts(part: t.Any) -> t.Iterator[str]:
    """The texts in an operation that the engine evaluates at once."""
    if isinstance(part, ops.CreateTableOp):
        for one in part.columns:
            yield from _of_item(one)
    elif isinstance(part, ops.AddColumnOp):
        yield from _of_item(part.column)
    elif isinstance(part, ReplaceColumn):
        yield from _of_item(part.new)
    elif isinstance(part, ops.AlterColumnOp) and part.modify_server_default not in (False, None):
        yield _text(part.modify_server_default)
    elif isinstance(part, ops.CreateCheckConstraintOp):
        yield str(part.condition)
    elif isinstance(part, AddUnnamedConstraint):
        yield from _of_item(part.constraint)
    elif isinstance(part, AddDefinedConstraint):
        yield part.definition
    elif isinstance(part, ops.CreateIndexOp):
        index = part.to_index()
        yield from (str(one) for one in index.expressions if not isinstance(one, sa.Column))
        yield from (str(value) for value in index.dialect_kwargs.values())


def _of_item(item: t.Any) -> t.Iterator[str]:
    if isinstance(item, sa.CheckConstraint):
        yield str(item.sqltext)
    elif isinstance(item, sa.Column):
        yield _text(item.server_default)
        yield from (str(one.sqltext) for one in item.constraints if isinstance(one, sa.CheckConstraint))


def _text(default: t.Any) -> str:
    return str(getattr(default, "sqltext", None) or getattr(default, "arg", default))
