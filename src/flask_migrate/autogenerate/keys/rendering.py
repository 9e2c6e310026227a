"""How operations on constraints without a name are written down."""

from __future__ import annotations

import typing as t

import alembic
import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import ops

from ...alembic_compat import column_names, is_in_batch
from ...operations import (
    AddDefinedConstraint,
    AddUnnamedConstraint,
    DropDefinedConstraint,
    DropUnnamedConstraint,
    ReplacePrimaryKey,
)
from ..calls import call

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


@renderers.dispatch_for(AddUnnamedConstraint)
def _render_add(context: AutogenContext, operation: AddUnnamedConstraint) -> str:
    return _call(context, "add_unnamed_constraint", operation)


@renderers.dispatch_for(DropUnnamedConstraint)
def _render_drop(context: AutogenContext, operation: DropUnnamedConstraint) -> str:
    return _call(context, "drop_unnamed_constraint", operation)


@renderers.dispatch_for(ReplacePrimaryKey)
def _render_replace(context: AutogenContext, operation: ReplacePrimaryKey) -> str:
    columns = [repr([str(name) for name in names]) for names in (operation.old, operation.new)]
    words = {"old_name": operation.old_name, "name": operation.name, "autoincrement": operation.autoincrement}
    return call(context, "replace_primary_key", operation, *columns, **words)


@renderers.dispatch_for(AddDefinedConstraint)
def _render_defined(context: AutogenContext, operation: AddDefinedConstraint) -> str:
    arguments = (repr(operation.name), repr(operation.definition))
    return call(context, "add_defined_constraint", operation, *arguments, comment=operation.comment)


@renderers.dispatch_for(DropDefinedConstraint)
def _render_drop_defined(context: AutogenContext, operation: DropDefinedConstraint) -> str:
    """As Alembic drops a constraint: that takes no operation of ours."""
    is_batch = is_in_batch(context)
    words = [repr(operation.name)] if is_batch else [repr(operation.name), repr(operation.table_name)]
    if operation.schema and not is_batch:
        words.append(f"schema={operation.schema!r}")
    prefix = "batch_op." if is_batch else context.opts["alembic_module_prefix"] or ""
    return f"{prefix}drop_constraint({', '.join(words)})"


@renderers.dispatch_for(ops.CreatePrimaryKeyOp, replace=True)
def _render_primary_key(context: AutogenContext, operation: ops.CreatePrimaryKeyOp) -> str:
    """Alembic writes none."""
    is_batch = is_in_batch(context)
    words = [repr(None if operation.constraint_name is None else str(operation.constraint_name))]
    words += [] if is_batch else [repr(operation.table_name)]
    words.append(repr([str(column) for column in operation.columns]))
    words += [] if is_batch or not operation.schema else [f"schema={operation.schema!r}"]
    words += [f"{word}={value!r}" for word, value in operation.kw.items() if value is not None]
    prefix = "batch_op." if is_batch else context.opts["alembic_module_prefix"] or ""
    return f"{prefix}create_primary_key({', '.join(words)})"


def _render_check(context: AutogenContext, operation: ops.CreateCheckConstraintOp) -> str:
    """What Alembic writes for a check from 1.19 on; earlier releases can't."""
    is_batch = is_in_batch(context)
    prefix = "batch_op." if is_batch else context.opts["alembic_module_prefix"] or ""
    name = operation.constraint_name
    words = [f"{prefix}f({str(name)!r})" if isinstance(name, str) else repr(name)]
    words += [] if is_batch else [repr(str(operation.table_name))]
    condition: t.Any = operation.to_constraint()
    words.append(repr(context.migration_context.impl.render_ddl_sql_expr(condition.sqltext)))
    if operation.schema and not is_batch:
        words.append(f"schema={str(operation.schema)!r}")
    return f"{prefix}create_check_constraint({', '.join(words)})"


if tuple(int(part) for part in alembic.__version__.split(".")[:2]) < (1, 19):
    renderers.dispatch_for(ops.CreateCheckConstraintOp, replace=True)(_render_check)


def _call(context: AutogenContext, name: str, operation: AddUnnamedConstraint | DropUnnamedConstraint) -> str:
    text = described(operation.constraint, context.opts["sqlalchemy_module_prefix"] or "")
    return call(context, name, operation, text, column=operation.column)


def described(one: sa.Constraint, prefix: str) -> str:
    """A constraint as Python writes it."""
    if isinstance(one, sa.CheckConstraint):
        return f"{prefix}CheckConstraint({str(one.sqltext)!r})"
    if isinstance(one, sa.ForeignKeyConstraint):
        columns, targets = list(one.column_keys), [element.target_fullname for element in one.elements]
        words = ("ondelete", "onupdate", "match", "deferrable", "initially")
        options = [f"{word}={getattr(one, word)!r}" for word in words if getattr(one, word) is not None]
        return f"{prefix}ForeignKeyConstraint({', '.join([repr(columns), repr(targets), *options])})"
    columns = [repr(name) for name in column_names(one)]
    options = [f"{word}={value!r}" for word, value in one.dialect_kwargs.items()]
    return f"{prefix}{type(one).__name__}({', '.join([*columns, *options])})"
