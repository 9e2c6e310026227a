"""The order of the changes within one table: what goes, the columns, what comes.

MariaDB does not let an index go that a foreign key needs. There new indexes come before old ones go, and an index
that only changes is replaced under the cover of another one.
"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ...operations import (
    AddDefinedConstraint,
    AddSerial,
    AddUnnamedConstraint,
    DropDefinedConstraint,
    DropSerial,
    DropUnnamedConstraint,
    PlaceColumn,
    ReplaceColumn,
    ReplacePrimaryKey,
)
from ..draft import Draft
from ..facts import facts_of
from ..remarks import Remark
from . import comments, freeing
from .texts import names_in

#: Groups of operations, in their order.
KEYS_GO, OTHERS_GO, PLAIN, COLUMNS, COLUMNS_GO, COME, PRIMARY, FREED, INDEXES_GO, KEYS_COME = range(10)
COMING = (ops.CreateIndexOp, ops.CreateUniqueConstraintOp)


def finish(draft: Draft) -> None:
    """Put the changes of every table into their order."""
    if draft.dialect.name in ("mysql", "mariadb", "postgresql"):
        freeing.finish(draft)
        comments.finish(draft)
    if draft.dialect.name == "sqlite":
        draft.operations.ops[:] = [part for one in draft.operations.ops for part in _apart(one)]
    gone = {(one.schema, one.table_name) for one in draft.operations.ops if isinstance(one, ops.DropTableOp)}
    for one in draft.operations.ops:
        if isinstance(one, ops.ModifyTableOps):
            if draft.dialect.name in ("mysql", "mariadb"):
                may_need = (one.schema, one.table_name) not in gone and any(map(_is_index, one.ops))
                needed = _needed(draft, one) if may_need else set()
                one.ops[:] = _covered(one.ops, one.table_name, one.schema, needed)
            else:
                one.ops[:] = _sorted(one.ops, is_mysql=False)


def _apart(operation: ops.MigrateOperation) -> list[ops.MigrateOperation]:
    """The changes of a table of SQLite, with indexes aside that Alembic can't make along with a new table."""
    if not isinstance(operation, ops.ModifyTableOps):
        return [operation]
    go = [one for one in operation.ops if isinstance(one, ops.DropIndexOp) and not _is_plain(one)]
    come = [one for one in operation.ops if isinstance(one, ops.CreateIndexOp) and not _is_plain(one)]
    rest = [one for one in operation.ops if one not in go and one not in come]
    table, schema = operation.table_name, operation.schema
    return [ops.ModifyTableOps(table, group, schema=schema) for group in (go, rest, come) if group]


def _is_plain(one: ops.DropIndexOp | ops.CreateIndexOp) -> bool:
    return all(isinstance(part, sa.Column) for part in one.to_index().expressions)


def _sorted(
    operations: t.Sequence[ops.MigrateOperation], *, is_mysql: bool, needed: t.Container[str] = ()
) -> list[ops.MigrateOperation]:
    come = {name_of(one) for one in operations if isinstance(one, COMING)}
    replaced = next((one for one in operations if isinstance(one, ReplacePrimaryKey)), None)
    ranks = []
    for place, one in enumerate(operations):
        rank = _rank(one)
        if is_mysql and rank == OTHERS_GO and _is_needed(one, needed) and name_of(one) not in come:
            rank = INDEXES_GO
        if is_mysql and rank == COME and _is_columnless(one):
            rank = KEYS_COME  # where a column goes, MariaDB drops it
        if is_mysql and rank == COLUMNS_GO:
            rank = INDEXES_GO
        if is_mysql and isinstance(one, ops.AlterColumnOp) and replaced and one.column_name in replaced.old:
            rank = FREED if one.modify_nullable else rank
        if isinstance(one, Remark):
            rank = _rank(operations[place + 1]) if place + 1 < len(operations) else PLAIN
        ranks.append((rank, place))
    return [operations[place] for _, place in sorted(ranks)]


def _rank(one: ops.MigrateOperation) -> int:
    if isinstance(one, ops.DropConstraintOp):
        return KEYS_GO if one.constraint_type == "foreignkey" else OTHERS_GO
    if isinstance(one, DropUnnamedConstraint):
        return KEYS_GO if isinstance(one.constraint, sa.ForeignKeyConstraint) else OTHERS_GO
    if isinstance(one, (ops.DropIndexOp, DropDefinedConstraint)):
        return OTHERS_GO
    if isinstance(one, ops.CreateForeignKeyOp):
        return KEYS_COME
    if isinstance(one, AddUnnamedConstraint):
        return KEYS_COME if isinstance(one.constraint, sa.ForeignKeyConstraint) else COME
    if isinstance(one, (ops.AddConstraintOp, ops.CreateIndexOp, AddDefinedConstraint)):
        return COME
    if isinstance(one, ReplacePrimaryKey):
        return PRIMARY
    if isinstance(one, AddSerial):  # a sequence numbers what has the type for it
        return PLAIN if isinstance(one, DropSerial) else COLUMNS_GO
    if isinstance(one, ops.DropColumnOp):
        return COLUMNS_GO
    kinds = (ops.AddColumnOp, ops.AlterColumnOp, PlaceColumn, ReplaceColumn, AddSerial)
    return COLUMNS if isinstance(one, kinds) else PLAIN


def _is_columnless(one: ops.MigrateOperation) -> bool:
    """Whether an operation adds a check that names nothing but functions and words."""
    if isinstance(one, ops.CreateCheckConstraintOp):
        return not names_in(str(one.condition))
    if isinstance(one, AddUnnamedConstraint) and isinstance(one.constraint, sa.CheckConstraint):
        return not names_in(str(one.constraint.sqltext))
    return False


def _is_index(one: ops.MigrateOperation) -> bool:
    if isinstance(one, ops.DropIndexOp):
        return True
    return isinstance(one, ops.DropConstraintOp) and one.constraint_type == "unique"


def _is_needed(one: t.Any, needed: t.Container[str]) -> bool:
    """Whether an operation drops an index that a foreign key may need."""
    columns = _plain_columns(one)[0] if _is_index(one) else []
    return bool(columns) and columns[0] in needed


def name_of(one: t.Any) -> str:
    """The name of an index or constraint."""
    return str(getattr(one, "index_name", None) or getattr(one, "constraint_name", None))


def _covered(
    operations: t.Sequence[ops.MigrateOperation], table: str, schema: str | None, needed: t.Container[str]
) -> list[ops.MigrateOperation]:
    """The changes in their order, with an index in the place of one that is replaced, for as long as that takes.

    :param needed: columns that foreign keys begin with, at one of their ends.
    """
    before, after = list[ops.MigrateOperation](), list[ops.MigrateOperation]()
    gone: dict[str, t.Any] = {name_of(one): one for one in operations if _is_index(one)}
    come = {name_of(one) for one in operations if isinstance(one, COMING)}
    if not any(isinstance(one, ops.DropConstraintOp) and one.constraint_type == "foreignkey" for one in operations):
        for name in sorted(gone.keys() & come):
            columns, lengths = _plain_columns(gone[name])
            if columns and columns[0] in needed:
                options = {"mysql_length": lengths} if lengths else {}
                cover = ops.CreateIndexOp(f"cover_{name}"[:60], table, columns, schema=schema, **options)
                before.append(cover)
                if isinstance(gone[name], ops.DropIndexOp):
                    gone[name].if_exists = True  # one that was made for a foreign key goes when another one comes
                after.append(cover.reverse())
    return [*before, *_sorted(operations, is_mysql=True, needed=needed), *after]


def _plain_columns(one: ops.DropIndexOp | ops.DropConstraintOp) -> tuple[list[str], t.Any]:
    """The columns of an index that goes, and how much of each it holds; nothing where it has expressions."""
    made: t.Any = one.to_index() if isinstance(one, ops.DropIndexOp) else one.to_constraint()
    names = [getattr(column, "name", None) for column in getattr(made, "expressions", None) or made.columns]
    lengths = made.dialect_kwargs.get("mysql_length")
    return ([str(name) for name in names], lengths) if None not in names else ([], None)


def _needed(draft: Draft, table: ops.ModifyTableOps) -> set[str]:
    """The columns of a table that foreign keys begin with, its own and those of others that lead to it."""
    facts = facts_of(draft.context)
    schemas = [*facts.wanted.values(), *(facts.live(schema) for schema in facts.wanted)]
    found = set()
    for other in [other for schema in schemas for other in schema.tables]:
        for key in other.foreign_keys:
            if (other.schema, other.name) == (table.schema, table.table_name):
                found.add(key.columns[0])
            if (key.referred_schema, key.referred_table) == (table.schema, table.table_name):
                found.add(key.referred_columns[0])
    return found
