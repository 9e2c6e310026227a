"""What is private about the constructs that a script is written from."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations import MigrationScript


def column_names(constraint: t.Any) -> list[str]:
    """The columns of a ``UniqueConstraint("a", "b")`` or its like, also while it belongs to no table."""
    return [str(getattr(one, "name", one)) for one in getattr(constraint, "_pending_colargs", ())]


def copied(column: t.Any) -> t.Any:
    """A column that belongs to no table yet."""
    return column._copy()


def is_created(constraint: t.Any, compiler: t.Any) -> bool:
    """Whether a constraint is created on the dialect of ``compiler``: that of an ``Enum`` only where it is no type."""
    rule = getattr(constraint, "_create_rule", None)
    return rule is None or bool(rule(compiler))


def variants_of(type_: t.Any) -> t.Mapping[str, t.Any]:
    """The types that ``with_variant()`` gave for other dialects, by their names."""
    return getattr(type_, "_variant_mapping", {})


def is_in_batch(context: t.Any) -> bool:
    """Whether the operation that is rendered stands in a ``batch_alter_table()``."""
    return bool(getattr(context, "_has_batch", False))


def rendered_column(column: t.Any, context: t.Any) -> str:
    """A column as Alembic writes it into a script."""
    from alembic.autogenerate import render  # costs a reading command its time

    return str(render._render_column(column, context))


def rendered_default(default: t.Any, context: t.Any) -> str:
    """A server default as Alembic writes it into a script."""
    from alembic.autogenerate import render  # costs a reading command its time

    return str(render._render_server_default(default, context))


def operations_of(script: MigrationScript) -> list[t.Any]:
    """The ``UpgradeOps`` of ``script``, one for each database; empty when none was compared yet."""
    return list(script.upgrade_ops_list)


def render_type(context: AutogenContext, type_: t.Any) -> str:
    """``type_`` as Python code for a script; the imports that it needs are noted in ``context``."""
    from alembic.autogenerate import render

    represent = getattr(render, "_repr_type", None)
    return repr(type_) if represent is None else str(represent(type_, context))


def want_rendered(script: t.Any) -> None:
    """Let Alembic write the operations of a script that was made after the comparison, and no empty functions."""
    script._needs_render = True
