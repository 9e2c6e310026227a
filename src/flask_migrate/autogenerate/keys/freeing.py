"""Foreign keys that have to go for a moment; not on SQLite.

A column at one of their ends gets another type, or PostgreSQL holds them by a key or an index that is dropped.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from alembic.operations import ops

from ...alembic_compat import column_names
from ...operations import AddUnnamedConstraint, AlterTableOptions, DropDefinedConstraint, DropUnnamedConstraint
from ..columns.kinds import kind_of
from ..facts import facts_of
from .building import Builder

if t.TYPE_CHECKING:
    from ...schema.model import ForeignKey, Schema, Table
    from ..draft import Draft

#: What the server calls a key that has no name.
INVENTED = re.compile(r"_ibfk_\d+$")
#: Options that texts depend on, and what is a text.
CHARSET = {"mysql_charset", "mysql_default_charset", "mysql_collate"}
TEXTS = re.compile(r"(?i)char|text|enum|set")
#: A key as PostgreSQL describes it.
KEY = re.compile(r"(?:PRIMARY KEY|UNIQUE)(?: NULLS NOT DISTINCT)? \((?P<columns>[^)]*)\)")
Place = tuple[str | None, str]


def finish(draft: Draft) -> None:
    """Drop such keys before the types change, and add them again afterwards."""
    tables = [one for one in draft.operations.ops if isinstance(one, ops.ModifyTableOps)]
    retyped = {
        (table.schema, table.table_name, one.column_name)
        for table in tables
        for one in table.ops
        if isinstance(one, ops.AlterColumnOp) and one.modify_type is not None and _is_hindered(one, draft)
    }
    converted = {(table.schema, table.table_name) for table in tables if any(map(_is_conversion, table.ops))}
    retyped |= {
        (*place, column.name)
        for schema in (_schemas(draft) if converted else ())
        for table in schema.tables
        if (place := (table.schema, table.name)) in converted
        for column in table.columns
        if TEXTS.search(column.type)
    }
    keyed = _dropped_keys(draft) if draft.dialect.name == "postgresql" else set()
    if not retyped and not keyed:
        return
    others = {(one.schema, one.table_name) for one in draft.operations.ops if _is_whole(one)}
    for schema in _schemas(draft):
        for table in schema.tables:
            place = (table.schema, table.name)
            if place not in others:
                for key in table.foreign_keys:
                    held = (key.referred_schema, key.referred_table, frozenset(key.referred_columns))
                    if _ends(table, key) & retyped or held in keyed:
                        _free(draft, place, key)


def _is_conversion(one: ops.MigrateOperation) -> bool:
    """Whether an operation gives the texts of a table of MariaDB another character set or collation."""
    return isinstance(one, AlterTableOptions) and not CHARSET.isdisjoint(one.options)


def _dropped_keys(draft: Draft) -> set[tuple[str | None, str, frozenset[str]]]:
    """The columns of primary keys, unique constraints and unique indexes that go from tables that stay."""
    found = set()
    for table in [one for one in draft.operations.ops if isinstance(one, ops.ModifyTableOps)]:
        for one in table.ops:
            item = _dropped_key(one)
            if item is not None:
                found.add((table.schema, table.table_name, frozenset(item)))
    return found


def _dropped_key(one: ops.MigrateOperation) -> list[str] | None:
    if isinstance(one, ops.DropIndexOp):
        index = one.to_index()
        return [column.name for column in index.columns] if index.unique else None
    if isinstance(one, ops.DropConstraintOp) and one.constraint_type in ("unique", "primary"):
        try:
            return column_names(one.to_constraint())
        except ValueError:  # made by hand, without a way back
            return None
    if isinstance(one, DropDefinedConstraint):
        match = KEY.match(one.definition)
        return None if match is None else [name.strip().strip('"') for name in match["columns"].split(",")]
    return None


def _is_hindered(one: ops.AlterColumnOp, draft: Draft) -> bool:
    """PostgreSQL compares integers of all sizes, and texts of all lengths."""
    if draft.dialect.name != "postgresql" or one.existing_type is None or one.modify_type is None:
        return True
    return kind_of(one.existing_type, draft.dialect) != kind_of(one.modify_type, draft.dialect)


def _is_whole(operation: ops.MigrateOperation) -> t.TypeGuard[ops.CreateTableOp | ops.DropTableOp]:
    return isinstance(operation, (ops.CreateTableOp, ops.DropTableOp))


def _schemas(draft: Draft) -> list[Schema]:
    """What is there before this direction is run."""
    facts = facts_of(draft.context)
    if not draft.is_upgrade:
        return list(facts.wanted.values())
    return [facts.live(schema) for schema in facts.wanted]


def _ends(table: Table, key: ForeignKey) -> set[tuple[str | None, str, str]]:
    own = {(table.schema, table.name, column) for column in key.columns}
    return own | {(key.referred_schema, key.referred_table, column) for column in key.referred_columns}


def _free(draft: Draft, place: Place, key: ForeignKey) -> None:
    schema, name = place
    group = next(
        (
            one
            for one in draft.operations.ops
            if isinstance(one, ops.ModifyTableOps) and (one.schema, one.table_name) == place
        ),
        None,
    )
    if group is None:
        group = ops.ModifyTableOps(name, [], schema=schema)
        draft.operations.ops.append(group)
    if INVENTED.search(key.name or ""):
        key = dataclasses.replace(key, name=None)
    builder = Builder(draft.dialect.name, name, schema)
    drop, add = builder.drop(key), builder.add(key)
    if not any(_is_same(one, key) for one in group.ops):
        group.ops[:] = [drop, *group.ops, add]


def _is_same(operation: ops.MigrateOperation, key: ForeignKey) -> bool:
    """Whether an operation drops the key or adds it."""
    if isinstance(operation, (ops.DropConstraintOp, ops.CreateForeignKeyOp)):
        return str(operation.constraint_name) == key.name
    if isinstance(operation, (AddUnnamedConstraint, DropUnnamedConstraint)):
        return list(getattr(operation.constraint, "column_keys", ())) == list(key.columns)
    return False
