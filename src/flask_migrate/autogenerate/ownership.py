"""Which tables of a database belong to the app."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def is_ours(context: AutogenContext, place: tuple[str | None, str]) -> bool:
    """Whether a table that no model names may be dropped."""
    return True
