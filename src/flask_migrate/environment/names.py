"""What a comparison does not see, whatever env.py wants to include."""

from __future__ import annotations

import typing as t

from ..targets import Target


def without_log(
    include_name: t.Callable[..., t.Any] | None, log_table: str | None, target: Target | None = None
) -> t.Callable[..., bool]:
    """``include_name``, an argument of ``context.configure()``, for a comparison that leaves the log table out.

    :param target: where other binds may have their tables in the same database: each sees its own, and what is
        nobody's is seen by the first.
    """
    own = frozenset(target.metadata.tables) if target is not None and target.suffix else None

    def include(name: str | None, kind: str, parents: t.Any) -> bool:
        if kind == "table" and name == log_table:
            return False
        if kind == "table" and target is not None and not _is_visible(name, target, own, log_table):
            return False
        return include_name is None or bool(include_name(name, kind, parents))

    return include


def _is_visible(name: str | None, target: Target, own: frozenset[str] | None, log_table: str | None) -> bool:
    if own is not None:
        return name in own
    records = ("alembic_version_", f"{log_table}_")
    is_record = bool(target.foreign) and name is not None and name.startswith(records)
    return name not in target.foreign and not is_record
