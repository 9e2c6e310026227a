"""What a comparison does not see, whatever env.py wants to include."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..shadow.base import MARK
from ..targets import Target


def without_log(
    include_name: t.Callable[..., t.Any] | None, log_table: str | None, target: Target | None = None
) -> t.Callable[..., bool]:
    """``include_name``, an argument of ``context.configure()``, for a comparison that leaves tables of our own out.

    :param target: where other binds may have their tables in the same database: each sees its own, and what is
        nobody's is seen by the first.
    """
    own = frozenset(table.name for table in own_tables(target)) if target is not None and target.suffix else None

    def include(name: str | None, kind: str, parents: t.Any) -> bool:
        if kind == "table" and name in (log_table, MARK):
            return False
        if kind == "table" and target is not None and not _is_visible(name, target, own, log_table):
            return False
        return include_name is None or bool(include_name(name, kind, parents))

    return include


def own_tables(target: Target) -> t.Iterator[sa.Table]:
    """The tables of the models that are compared with ``target``."""
    return (table for table in target.metadata.tables.values() if is_own(table, target))


def is_own(table: sa.Table, target: Target) -> bool:
    """Whether a table of the models is compared with ``target``."""
    is_qualified = table.schema is not None and table.schema != target.metadata.schema
    return not target.only or is_qualified == (target.only == "qualified")


def own_objects(include_object: t.Callable[..., t.Any] | None, target: Target) -> t.Callable[..., bool] | None:
    """``include_object``, an argument of ``context.configure()``, for the models that are compared with ``target``."""
    if not target.only:
        return include_object

    def include(thing: t.Any, name: str | None, kind: str, reflected: bool, other: t.Any) -> bool:
        if kind == "table" and not reflected and not is_own(thing, target):
            return False
        return include_object is None or bool(include_object(thing, name, kind, reflected, other))

    return include


def _is_visible(name: str | None, target: Target, own: frozenset[str] | None, log_table: str | None) -> bool:
    if own is not None:
        return name in own
    records = ("alembic_version_", f"{log_table}_")
    is_record = bool(target.foreign) and name is not None and name.startswith(records)
    return name not in target.foreign and not is_record
