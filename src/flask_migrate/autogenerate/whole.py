"""Tables that come or go as a whole: written down with all that they have, so that the way back makes the same."""

from __future__ import annotations

import logging
import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.autogenerate.render import render_op
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ..alembic_compat import copy_prefixes
from ..operations import DropDefinedConstraint
from ..schema.model import Table
from .columns.declared import declared_type
from .columns.types import with_collation
from .draft import Draft, Part
from .facts import facts_of
from .keys.building import Builder, literal, sa_index
from .keys.rendering import described
from .options import stored

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

#: Alembic's own, so that what was configured for its messages is right for these.
log = logging.getLogger("alembic.autogenerate.compare.constraints")
#: The option that says that checks of columns are written down with their columns.
OPTION = "flask_migrate_checks_of_columns"


class CreateWhole(ops.CreateTableOp):
    """The creation of a table, with the checks that belong to its columns."""

    @classmethod
    def from_operation(cls, operation: ops.CreateTableOp) -> CreateWhole:
        """The same creation."""
        made = cls.__new__(cls)
        made.__dict__.update(operation.__dict__)
        return made


@renderers.dispatch_for(CreateWhole)
def _render(context: AutogenContext, operation: CreateWhole) -> list[str]:
    plain = ops.CreateTableOp.__new__(ops.CreateTableOp)
    plain.__dict__.update(operation.__dict__)
    context.opts[OPTION] = True
    try:
        return render_op(context, plain)
    finally:
        del context.opts[OPTION]


def checks_of(column: sa.Column[t.Any], context: AutogenContext) -> list[str]:
    """The checks of a column as arguments of ``sa.Column()``, within the creation of a table."""
    if not context.opts.get(OPTION):
        return []
    prefix = context.opts["sqlalchemy_module_prefix"] or ""
    found = [one for one in column.constraints if isinstance(one, sa.CheckConstraint)]
    final = f"{context.opts['alembic_module_prefix'] or ''}f"  # else a naming convention changes it once more
    named = [f", name={final}({str(one.name)!r}))" if isinstance(one.name, str) else ")" for one in found]
    return sorted(described(one, prefix)[:-1] + end for one, end in zip(found, named, strict=True))


def compare(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    schema: str | None,
    name: str,
    live: sa.Table | None,
    model: sa.Table | None,
) -> PriorityDispatchResult:
    """All indexes of a table that comes or goes; what Alembic's reflection lacks is added to one that goes."""
    if live is not None and model is not None:
        return PriorityDispatchResult.CONTINUE
    if model is not None:
        for index in sorted(model.indexes, key=lambda one: str(one.name)):
            if context.run_object_filters(index, index.name, "index", False, None):
                changes.ops.append(ops.CreateIndexOp.from_index(index))
                names = tuple(str(getattr(one, "name", one)) for one in index.expressions)
                log.info("Detected added index %r on '%s'", str(index.name), names)
        return PriorityDispatchResult.STOP
    assert live is not None
    found = facts_of(context).live_table(live)
    if found is None:
        return PriorityDispatchResult.CONTINUE
    complete(live, found, context.dialect)
    builder = Builder(context.dialect.name, changes.table_name, changes.schema)
    changes.ops += [builder.drop(one) for one in found.exclusions]
    for one in found.indexes:
        changes.ops.append(
            ops.DropIndexOp.from_index(
                sa_index(
                    one,
                    sa.Table(
                        live.name,
                        sa.MetaData(),
                        *(sa.Column(column.name, column.type) for column in live.columns),
                        schema=live.schema,
                    ),
                    context.dialect.name,
                )
            )
        )
    return PriorityDispatchResult.STOP


def complete(table: sa.Table, found: Table, dialect: sa.Dialect) -> None:
    """Add to a reflected table what SQLAlchemy does not read."""
    for column in table.columns:
        known = found.column(column.name)
        if known is not None:
            type_ = declared_type(column.type, known.type, dialect)
            column.type = with_collation(type_, known.collation)
    for one in [one for one in table.constraints if isinstance(one, sa.CheckConstraint)]:
        table.constraints.discard(one)
    for check in found.checks:
        made = sa.CheckConstraint(literal(check.text), name=check.name)
        place = dict(check.options).get("column")
        if place is not None and place in table.c:
            table.c[place].constraints.add(made)
        else:
            table.append_constraint(made)
    if dialect.name in ("sqlite", "mysql", "mariadb"):
        _complete_unique_keys(table, found)
    if dialect.name == "sqlite":
        _complete_keys(table, found)
    if dialect.name == "postgresql":
        _complete_storage(table, found)


def _complete_unique_keys(table: sa.Table, found: Table) -> None:
    there = {tuple(one.columns.keys()) for one in table.constraints if isinstance(one, sa.UniqueConstraint)}
    for unique in found.unique_keys:
        if unique.columns not in there:
            table.append_constraint(sa.UniqueConstraint(*unique.columns, name=unique.name))


def _complete_storage(table: sa.Table, found: Table) -> None:
    """How a table of PostgreSQL is divided and stored."""
    options = table.dialect_options["postgresql"]
    if found.partition_by:
        options["partition_by"] = found.partition_by
    storage = stored(found)
    if storage.pop("persistence", None) == "unlogged":
        copy_prefixes(sa.Table("other", sa.MetaData(), prefixes=["UNLOGGED"]), table)
    if "tablespace" in storage:
        options["tablespace"] = storage.pop("tablespace")
    if storage:
        options["with"] = storage


def _complete_keys(table: sa.Table, found: Table) -> None:
    for key in found.foreign_keys:
        for one in table.foreign_key_constraints:
            if one.column_keys == list(key.columns):
                one.ondelete, one.onupdate, one.match = key.on_delete, key.on_update, key.match
                one.deferrable = key.deferrable or None
                one.initially = "DEFERRED" if key.initially_deferred else None
    if any(column.autoincrement for column in found.columns):
        table.dialect_options["sqlite"]["autoincrement"] = True


def keep_inherited(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Take back the dropping of columns that a table has from the one that it inherits from."""
    if context.dialect.name != "postgresql" or context.connection is None:
        return PriorityDispatchResult.CONTINUE
    tables = [one for one in upgrade_ops.ops if isinstance(one, ops.ModifyTableOps)]
    for table in tables:
        if any(isinstance(one, ops.DropColumnOp) for one in table.ops):
            place = sa.Table(table.table_name, sa.MetaData(), schema=table.schema)
            wanted = facts_of(context).wanted_table(place)
            names = set() if wanted is None else {column.name for column in wanted.columns}
            table.ops[:] = [
                one for one in table.ops if not (isinstance(one, ops.DropColumnOp) and one.column_name in names)
            ]
    upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if one not in tables or t.cast("t.Any", one).ops]
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Compare before Alembic does."""
    plugin.add_autogenerate_comparator(compare, "table", "indexes", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(keep_inherited, "autogenerate", "inherited", priority=DispatchPriority.LAST)


def finish(draft: Draft) -> None:
    """Write tables down whole, and drop no index of a table that is dropped anyway."""
    gone = {(one.schema, one.table_name) for one in draft.operations.ops if isinstance(one, ops.DropTableOp)}
    made: list[ops.MigrateOperation] = []
    for one in draft.operations.ops:
        if isinstance(one, ops.ModifyTableOps) and (one.schema, one.table_name) in gone:
            one.ops[:] = [part for part in one.ops if not isinstance(part, (ops.DropIndexOp, DropDefinedConstraint))]
            if not one.ops:
                continue
        made.append(CreateWhole.from_operation(one) if isinstance(one, ops.CreateTableOp) else one)
    draft.operations.ops[:] = made


PART = Part("tables", setup=setup, finish=finish)
