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


def sequences_of(metadata: t.Any) -> list[t.Any]:
    """The sequences that ``metadata.create_all()`` makes, those of columns among them."""
    found = getattr(metadata, "_sequences", {})
    return [found[key] for key in sorted(found)]


def types_of(metadata: t.Any) -> list[t.Any]:
    """The types that ``metadata.create_all()`` makes: ``Enum`` and ``DOMAIN`` that were given the metadata itself."""
    if hasattr(metadata, "_objects"):  # SQLAlchemy 2.1
        found = [one for one in metadata._objects if hasattr(one, "create_type") or hasattr(one, "native_enum")]
    else:
        listeners = (getattr(one, "target", None) for one in metadata.dispatch.before_create)
        found = [one for one in listeners if getattr(one, "metadata", None) is metadata]
    return sorted((one for one in found if getattr(one, "name", None)), key=lambda one: (one.schema or "", one.name))


def copy_prefixes(source: t.Any, target: t.Any) -> None:
    """Give a table the words before ``TABLE`` in ``CREATE TABLE`` (``UNLOGGED``) that another one has."""
    if hasattr(source, "_prefixes"):
        target._prefixes = list(source._prefixes)
