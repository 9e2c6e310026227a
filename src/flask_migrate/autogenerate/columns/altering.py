"""Changes of columns that Alembic does not write down whole."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.autogenerate.render import render_op_text
from alembic.operations import ops

from ...alembic_compat import rendered_column, rendered_default
from ...operations import AddSerial, ContinueSequence, DropSerial, ReplaceColumn
from ..calls import call

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


class AlterColumnWhole(ops.AlterColumnOp):
    """A change of a column with what Alembic does not write down.

    ``using`` is the expression that converts the values on PostgreSQL; an identity that is there is told as well.
    """

    using: str | None = None

    @classmethod
    def from_change(cls, change: ops.AlterColumnOp, using: str | None = None) -> AlterColumnWhole:
        """The same change, with the expression."""
        made = cls.__new__(cls)
        made.__dict__.update(change.__dict__, using=using)
        return made


@renderers.dispatch_for(AlterColumnWhole)
def _render(context: AutogenContext, operation: AlterColumnWhole) -> str:
    plain = ops.AlterColumnOp.__new__(ops.AlterColumnOp)
    plain.__dict__.update({name: value for name, value in operation.__dict__.items() if name != "using"})
    text = render_op_text(context, plain)
    existing = operation.existing_server_default
    if isinstance(existing, sa.Identity) and operation.modify_server_default is not False:
        text = f"{text[:-1]},\n           existing_server_default={rendered_default(existing, context)})"
    if operation.using:
        text = f"{text[:-1]},\n           postgresql_using={operation.using!r})"
    return text


@renderers.dispatch_for(ContinueSequence)
def _render_continue(context: AutogenContext, operation: ContinueSequence) -> str:
    return call(context, "continue_sequence", operation, repr(str(operation.column)))


@renderers.dispatch_for(ReplaceColumn)
def _render_replace(context: AutogenContext, operation: ReplaceColumn) -> str:
    columns = [rendered_column(column, context) for column in (operation.old, operation.new)]
    return call(context, "replace_column", operation, *columns, after=operation.after)


@renderers.dispatch_for(AddSerial)
def _render_serial(context: AutogenContext, operation: AddSerial) -> str:
    name = "drop_serial" if isinstance(operation, DropSerial) else "add_serial"
    return call(context, name, operation, repr(str(operation.column)))


def only(change: ops.AlterColumnOp, *names: str, **values: t.Any) -> ops.AlterColumnOp:
    """A change of one column that does nothing but what ``names`` say; the rest is kept as it is then.

    :param names: attributes of ``change`` that are kept.
    :param values: what they are instead.
    """
    made = ops.AlterColumnOp.__new__(ops.AlterColumnOp)
    nothing = {
        "modify_nullable": None,
        "modify_comment": False,
        "modify_server_default": False,
        "modify_name": None,
        "modify_type": None,
    }
    made.__dict__.update({**change.__dict__, **{k: v for k, v in nothing.items() if k not in names}, **values})
    return made
