"""Rows that a downgrade can't bring back, though others still refer to them: empty ones take their place.

A table is dropped while the column of another one stays, with its values. On the way back the foreign key needs rows
for them.
"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..operations import ContinueSequence
from .draft import Draft, Part
from .keys.building import literal
from .keys.models import plain_dialect
from .not_null import neutral
from .not_null.operations import Expression
from .order import DROPS, foreign_key, place_of, referred
from .remarks import Remark


def finish(draft: Draft) -> None:
    """Make the rows before the keys that need them."""
    if draft.is_upgrade:
        return
    made = {place_of(one): one for one in draft.operations.ops if isinstance(one, ops.CreateTableOp)}
    new = {
        (place_of(one), part.column.name)
        for one in draft.operations.ops
        if isinstance(one, ops.ModifyTableOps)
        for part in one.ops
        if isinstance(part, ops.AddColumnOp)
    }
    found: list[ops.MigrateOperation] = []
    for one in draft.operations.ops:
        if isinstance(one, ops.ModifyTableOps) and place_of(one) not in made:
            for part in one.ops:
                key = None if isinstance(part, DROPS) else foreign_key(part)
                if key is None or any((place_of(one), name) in new for name in key.column_keys):
                    continue  # a column that comes back has no values
                if referred(key) in made:
                    found += _rows(draft, one, key, made[referred(key)])
        found.append(one)
    draft.operations.ops[:] = found


def _rows(
    draft: Draft, table: ops.ModifyTableOps, key: sa.ForeignKeyConstraint, create: ops.CreateTableOp
) -> list[ops.MigrateOperation]:
    """The statement that makes the rows, with what has to be said of it; nothing where a value can't be made up."""
    target = create.to_table()
    names = [element.target_fullname.rpartition(".")[2] for element in key.elements]
    others = [column for column in target.columns if _is_wanted(column) and column.name not in names]
    values = [neutral.value(draft, column) for column in others]
    if any(isinstance(one, Expression) or one is neutral.NOTHING for one in values):
        return []
    source = sa.table(table.table_name, *map(sa.column, key.column_keys), schema=table.schema)
    own = [source.c[name] for name in key.column_keys]
    empty = sa.table(target.name, *(sa.column(one.name) for one in target.columns), schema=target.schema)
    is_there = sa.exists().where(*(empty.c[name] == one for name, one in zip(names, own, strict=True)))
    chosen = sa.select(*own, *(sa.literal(one, column.type) for one, column in zip(values, others, strict=True)))
    chosen = chosen.where(*(one.is_not(None) for one in own), ~is_there).distinct()
    statement = empty.insert().from_select([*names, *(column.name for column in others)], chosen)
    try:
        text = str(statement.compile(dialect=plain_dialect(draft.dialect), compile_kwargs={"literal_binds": True}))
    except (sa.exc.CompileError, NotImplementedError):  # a value that has no literal
        return []
    said = Remark(f"{table.table_name} still refers to rows of {target.name} that are lost: empty ones stand for them.")
    made: list[ops.MigrateOperation] = [said, ops.ExecuteSQLOp(str(literal(text.replace("\n", " ")).text))]
    if draft.dialect.name == "postgresql" and len(names) == 1 and isinstance(target.c[names[0]].type, sa.Integer):
        made.append(ContinueSequence(target.name, names[0], schema=target.schema))
    return made


def _is_wanted(column: sa.Column[t.Any]) -> bool:
    has_value = column.server_default is not None or column.computed is not None or column.identity is not None
    return not column.nullable and not has_value


PART = Part("not_null", finish=finish)
