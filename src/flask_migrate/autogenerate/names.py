"""Constraints and indexes that only have another name are renamed where the engine can."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ..operations import AddDefinedConstraint, DropDefinedConstraint
from .draft import Part
from .renames.operations import RenameNamed

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin
    from sqlalchemy.engine import Dialect

#: What drops and what makes something that has a name.
DROPS = (ops.DropIndexOp, ops.DropConstraintOp, DropDefinedConstraint)
MAKES = (
    *(ops.CreateIndexOp, ops.CreateUniqueConstraintOp, ops.CreateForeignKeyOp, ops.CreateCheckConstraintOp),
    AddDefinedConstraint,
)
MYSQL = ("mysql", "mariadb")


def setup(plugin: Plugin) -> None:
    """Compare the names that Alembic doesn't, and look for pairs when the comparison is over."""
    plugin.add_autogenerate_comparator(compare_keys, "table", "names", priority=DispatchPriority.LAST)
    plugin.add_autogenerate_comparator(join, "autogenerate", "names", priority=DispatchPriority.LAST)


def compare_keys(
    context: AutogenContext,
    modify_ops: ops.ModifyTableOps,
    schema: str | None,
    table_name: str,
    conn_table: sa.Table | None,
    metadata_table: sa.Table | None,
) -> PriorityDispatchResult:
    """Find primary and foreign keys that are the same but for their names."""
    if conn_table is None or metadata_table is None or context.dialect.name not in ("postgresql", *MYSQL):
        return PriorityDispatchResult.CONTINUE
    if context.dialect.name == "postgresql":
        was, now = conn_table.primary_key, metadata_table.primary_key
        if [one.name for one in was.columns] == [one.name for one in now.columns]:
            _differ(context, modify_ops, was, now)
    dropped = {one.constraint_name for one in modify_ops.ops if isinstance(one, ops.DropConstraintOp)}
    old = {_signature(key, conn_table): key for key in conn_table.foreign_key_constraints if key.name not in dropped}
    for key in sorted(metadata_table.foreign_key_constraints, key=lambda one: list(one.column_keys)):
        was_key = old.get(_signature(key, metadata_table))
        if was_key is not None:
            _differ(context, modify_ops, was_key, key)
    return PriorityDispatchResult.CONTINUE


def _signature(key: sa.ForeignKeyConstraint, table: sa.Table) -> tuple[t.Any, ...]:
    targets = [element.target_fullname.split(".")[-2:] for element in key.elements]
    return (*(element.parent.name for element in key.elements), str(targets))


def _differ(context: AutogenContext, modify_ops: ops.ModifyTableOps, was: sa.Constraint, now: sa.Constraint) -> None:
    """Note that a key has a name of its own now, which is not the one in the database."""
    if now.name is None:
        return
    name = context.dialect.identifier_preparer.format_constraint(now)
    name = None if name is None else _unquoted(name)
    if name is None or was.name is None or str(was.name) == name:
        return
    if context.dialect.name == "postgresql":
        place = (modify_ops.schema, modify_ops.table_name)
        modify_ops.ops.append(RenameNamed("constraint", place, str(was.name), name))
    else:
        modify_ops.ops.append(ops.DropConstraintOp.from_constraint(was))
        modify_ops.ops.append(ops.AddConstraintOp.from_constraint(now))


def _unquoted(name: str) -> str:
    """A name as the preparer has quoted it, if it has; it doubles percent signs for some drivers."""
    if name[:1] in '"`' and name[:1] == name[-1:]:
        return name[1:-1].replace(name[0] * 2, name[0]).replace("%%", "%")
    return name


def join(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Put a rename in the place of what is dropped under one name and made under another."""
    if context.dialect.name not in ("postgresql", *MYSQL):
        return PriorityDispatchResult.CONTINUE
    renamed: list[ops.MigrateOperation] = []
    for table in [one for one in upgrade_ops.ops if isinstance(one, ops.ModifyTableOps)]:
        place = (table.schema, table.table_name)
        renamed += [one for one in table.ops if isinstance(one, RenameNamed)]
        table.ops = [one for one in table.ops if not isinstance(one, RenameNamed)]
        for drop, make, kind in _pairs(table, context.dialect):
            table.ops = [one for one in table.ops if one is not drop and one is not make]
            renamed.append(RenameNamed(kind, place, _name(drop), _final_name(make, context.dialect)))
    upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if not isinstance(one, ops.ModifyTableOps) or one.ops]
    upgrade_ops.ops += renamed
    return PriorityDispatchResult.CONTINUE


def _pairs(table: ops.ModifyTableOps, dialect: Dialect) -> list[tuple[t.Any, t.Any, str]]:
    drops = [(one, _text(one, dialect)) for one in table.ops if isinstance(one, DROPS)]
    found = []
    for make in [one for one in table.ops if isinstance(one, MAKES) and _name(one)]:
        text = _text(make, dialect)
        drop = next((one for one, other in drops if text and other == text and _name(one) != _name(make)), None)
        if drop is not None:
            drops = [pair for pair in drops if pair[0] is not drop]
            kind = "constraint" if text.startswith("ALTER") else "index"
            found.append((drop, make, kind))
    return found


def _name(operation: t.Any) -> str:
    return str(getattr(operation, "index_name", None) or getattr(operation, "constraint_name", None) or "")


def _final_name(operation: t.Any, dialect: Dialect) -> str:
    """The name as the engine gets it: SQLAlchemy shortens one that it has made itself."""
    name = _name(operation)
    if not isinstance(operation, ops.CreateIndexOp):
        return name
    return _unquoted(str(dialect.identifier_preparer.format_index(operation.to_index())))


def _text(operation: t.Any, dialect: Dialect) -> str:
    """The SQL that makes what an operation makes or drops, with a name that is the same for all; empty if unknown."""
    if isinstance(operation, (AddDefinedConstraint, DropDefinedConstraint)):
        return f"ALTER {operation.definition}"
    try:
        if isinstance(operation, (ops.CreateIndexOp, ops.DropIndexOp)):
            item: t.Any = operation.to_index()
        else:
            item = operation.to_constraint()
    except (ValueError, AttributeError):  # made by hand, without a way back
        return ""
    if dialect.name in MYSQL:
        if isinstance(item, sa.UniqueConstraint):
            item = sa.Index("same", *item.columns, unique=True)
        elif not isinstance(item, sa.Index):
            return ""
    item.name = "same"
    for name in item.kwargs.get("postgresql_include") or ():
        if name not in item.table.c:
            item.table.append_column(sa.Column(name, sa.types.NULLTYPE))
    element = sa.schema.CreateIndex(item) if isinstance(item, sa.Index) else sa.schema.AddConstraint(item)
    try:
        # "distinct" is the default, and what is read from the database says so
        return str(element.compile(dialect=dialect)).strip().replace(" NULLS DISTINCT", "")
    except (sa.exc.CompileError, KeyError):  # of an index that includes columns, those are not known
        return ""


PART = Part("names", setup=setup)
