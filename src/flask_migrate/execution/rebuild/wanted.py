"""What a script wants of a table that is made anew, beside what Alembic can say."""

from __future__ import annotations

import functools
import typing as t

import sqlalchemy as sa

from ...alembic_compat import column_names
from ...operations.unnamed import know
from ...schema.read.sqlite_sql import Declared
from .texts import folded, normal


def forget(batch: t.Any, declared: Declared, dropped: t.Iterable[sa.Constraint]) -> None:
    """Leave constraints out of the new table, as if the old one did not have them.

    :param batch: Alembic's ``ApplyBatchImpl``.
    :param declared: the old table.
    """
    for one in dropped:
        if isinstance(one, sa.CheckConstraint):
            text = normal(str(one.sqltext))
            checks = [check for check in declared.checks if not check.name and normal(check.text) == text]
            declared.checks[:] = [check for check in declared.checks if check not in checks[:1]]
        elif isinstance(one, sa.ForeignKeyConstraint):
            _forget(batch, one, functools.partial(_is_same_key, one))
        elif isinstance(one, sa.UniqueConstraint):
            _forget(batch, one, functools.partial(_is_same_columns, one))
            names = [folded(name) for name in column_names(one)]
            for key in [key for key in declared.unique_keys if not key.name]:
                if [folded(name) for name in key.columns] == names:
                    declared.unique_keys.remove(key)
                    break


def _forget(batch: t.Any, one: sa.Constraint, is_same: t.Callable[[t.Any], bool]) -> None:
    for others in (batch.unnamed_constraints, batch.new_table.constraints):
        unnamed = [other for other in others if isinstance(other, type(one)) and not other.name]
        for other in [other for other in unnamed if is_same(other)]:
            others.remove(other)
            if others is batch.unnamed_constraints:
                break


def _is_same_columns(one: sa.UniqueConstraint, other: sa.UniqueConstraint) -> bool:
    return [folded(column.key) for column in other.columns] == [folded(name) for name in column_names(one)]


def _is_same_key(one: sa.ForeignKeyConstraint, other: sa.ForeignKeyConstraint) -> bool:
    def words(key: sa.ForeignKeyConstraint) -> tuple[list[str], list[str]]:
        targets = [folded(element.target_fullname) for element in key.elements]
        return [folded(name) for name in key.column_keys], targets

    return words(one) == words(other)


def add(table: sa.Table, one: sa.Constraint) -> None:
    """Put a constraint into the new table, which may have columns under other names by now."""
    copy: t.Any
    if isinstance(one, sa.CheckConstraint):
        copy = sa.CheckConstraint(sa.literal_column(str(one.sqltext)))
    elif isinstance(one, sa.ForeignKeyConstraint):
        options = {word: getattr(one, word) for word in ("ondelete", "onupdate", "match", "deferrable", "initially")}
        targets = [element.target_fullname for element in one.elements]
        for target in targets:
            know(table, target)
        copy = sa.ForeignKeyConstraint(list(one.column_keys), targets, **options)
    else:
        by_name = {column.name: column for column in table.columns}
        made: t.Any = type(one)
        copy = made(*(by_name[name] for name in column_names(one)), **one.dialect_kwargs)
    table.append_constraint(copy)


def replace(batch: t.Any, declared: Declared, name: str, column: sa.Column[t.Any]) -> None:
    """Make another kind of column of one: generated from others, or with values of its own."""
    old, transfer = batch.columns[name], batch.column_transfers[name]
    declared.computed.pop(next((one for one in declared.computed if folded(one) == folded(name)), ""), None)
    old.type, old.nullable, old.computed, old.server_default = column.type, column.nullable, None, None
    if column.computed is not None:
        computed = sa.Computed(sa.literal_column(str(column.computed.sqltext)), persisted=column.computed.persisted)
        old.computed = old.server_default = computed
        computed.column = old
        transfer.pop("expr", None)
        return
    if isinstance(column.server_default, sa.DefaultClause):
        old.server_default = sa.DefaultClause(column.server_default.arg)
    transfer["expr"] = batch.table.c[name]


def set_primary_key(table: sa.Table, key: sa.PrimaryKeyConstraint) -> None:
    """Give the new table another primary key, or none; its columns may have other names by now."""
    by_name = {column.name: column for column in table.columns}
    for column in table.columns:
        column.primary_key = False
    table.constraints.discard(table.primary_key)
    columns = [by_name[name] for name in column_names(key)]
    table.append_constraint(sa.PrimaryKeyConstraint(*columns, name=t.cast("str | None", key.name)))
