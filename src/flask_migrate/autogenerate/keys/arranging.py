"""The order of the changes within one table: what goes, the columns, what comes.

MariaDB does not let an index go that a foreign key needs. There new indexes come before old ones go, and an index
that only changes is replaced under the cover of another one.
"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ...operations import AddSerial, AddUnnamedConstraint, DropUnnamedConstraint, ReplaceColumn
from ..draft import Draft
from ..remarks import Remark

#: Groups of operations, in their order.
KEYS_GO, OTHERS_GO, PLAIN, COLUMNS, COLUMNS_GO, COME, INDEXES_GO, KEYS_COME = range(8)
COMING = (ops.CreateIndexOp, ops.CreateUniqueConstraintOp)


def finish(draft: Draft) -> None:
    """Put the changes of every table into their order."""
    for one in draft.operations.ops:
        if isinstance(one, ops.ModifyTableOps):
            if draft.dialect.name in ("mysql", "mariadb"):
                one.ops[:] = _covered(one.ops, one.table_name, one.schema)
            else:
                one.ops[:] = _sorted(one.ops, is_mysql=False)


def _sorted(operations: t.Sequence[ops.MigrateOperation], *, is_mysql: bool) -> list[ops.MigrateOperation]:
    come = {name_of(one) for one in operations if isinstance(one, COMING)}
    ranks = []
    for place, one in enumerate(operations):
        rank = _rank(one)
        if is_mysql and rank == OTHERS_GO and _is_index(one) and name_of(one) not in come:
            rank = INDEXES_GO
        if is_mysql and rank == COLUMNS_GO:
            rank = INDEXES_GO
        if isinstance(one, Remark):
            rank = _rank(operations[place + 1]) if place + 1 < len(operations) else PLAIN
        ranks.append((rank, place))
    return [operations[place] for _, place in sorted(ranks)]


def _rank(one: ops.MigrateOperation) -> int:
    if isinstance(one, ops.DropConstraintOp):
        return KEYS_GO if one.constraint_type == "foreignkey" else OTHERS_GO
    if isinstance(one, DropUnnamedConstraint):
        return KEYS_GO if isinstance(one.constraint, sa.ForeignKeyConstraint) else OTHERS_GO
    if isinstance(one, ops.DropIndexOp):
        return OTHERS_GO
    if isinstance(one, ops.CreateForeignKeyOp):
        return KEYS_COME
    if isinstance(one, AddUnnamedConstraint):
        return KEYS_COME if isinstance(one.constraint, sa.ForeignKeyConstraint) else COME
    if isinstance(one, (ops.AddConstraintOp, ops.CreateIndexOp)):
        return COME
    if isinstance(one, ops.DropColumnOp):
        return COLUMNS_GO
    return COLUMNS if isinstance(one, (ops.AddColumnOp, ops.AlterColumnOp, ReplaceColumn, AddSerial)) else PLAIN


def _is_index(one: ops.MigrateOperation) -> bool:
    if isinstance(one, ops.DropIndexOp):
        return True
    return isinstance(one, ops.DropConstraintOp) and one.constraint_type == "unique"


def name_of(one: t.Any) -> str:
    """The name of an index or constraint."""
    return str(getattr(one, "index_name", None) or getattr(one, "constraint_name", None))


def _covered(
    operations: t.Sequence[ops.MigrateOperation], table: str, schema: str | None
) -> list[ops.MigrateOperation]:
    """The changes in their order, with an index in the place of one that is replaced, for as long as that takes."""
    before, after = list[ops.MigrateOperation](), list[ops.MigrateOperation]()
    gone = {name_of(one): one for one in operations if _is_index(one)}
    come = {name_of(one): one for one in operations if isinstance(one, COMING)}
    if not any(isinstance(one, ops.DropConstraintOp) and one.constraint_type == "foreignkey" for one in operations):
        for name in gone.keys() & come.keys():
            columns = _plain_columns(come[name])
            if columns:
                cover = ops.CreateIndexOp(f"cover_{name}"[:60], table, columns, schema=schema)
                before.append(cover)
                after.append(cover.reverse())
    return [*before, *_sorted(operations, is_mysql=True), *after]


def _plain_columns(one: t.Any) -> list[str]:
    names = [getattr(column, "name", column) for column in one.columns]
    return [str(name) for name in names] if all(isinstance(name, str) for name in names) else []
