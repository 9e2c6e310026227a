"""How operations on constraints without a name are written down."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers

from ...alembic_compat import column_names
from ...operations import AddUnnamedConstraint, DropUnnamedConstraint
from ..calls import call

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


@renderers.dispatch_for(AddUnnamedConstraint)
def _render_add(context: AutogenContext, operation: AddUnnamedConstraint) -> str:
    return _call(context, "add_unnamed_constraint", operation)


@renderers.dispatch_for(DropUnnamedConstraint)
def _render_drop(context: AutogenContext, operation: DropUnnamedConstraint) -> str:
    return _call(context, "drop_unnamed_constraint", operation)


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
    return f"{prefix}{type(one).__name__}({', '.join(columns)})"
