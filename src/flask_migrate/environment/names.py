"""What a comparison does not see, whatever env.py wants to include."""

from __future__ import annotations

import typing as t


def without_log(include_name: t.Callable[..., t.Any] | None, log_table: str | None) -> t.Callable[..., bool]:
    """``include_name``, an argument of ``context.configure()``, for a comparison that leaves the log table out."""

    def include(name: str | None, kind: str, parents: t.Any) -> bool:
        if kind == "table" and name == log_table:
            return False
        return include_name is None or bool(include_name(name, kind, parents))

    return include
