"""Alembic's scripts as values."""

from __future__ import annotations

import typing as t

from alembic import util

from .values import RevisionInfo

if t.TYPE_CHECKING:
    from alembic.script import Script


def describe(script: Script, text: str = "", is_current: bool | None = None) -> RevisionInfo:
    """``script`` as a value; ``text`` is what Alembic prints for it."""
    return RevisionInfo(
        revision=str(script.revision),
        down_revisions=_ids(script.down_revision),
        dependencies=_ids(script.dependencies),
        branch_labels=tuple(sorted(script.branch_labels)),
        message=script.doc or "",
        path=str(script.path),
        is_head=bool(script.is_head),
        is_base=bool(script.is_base),
        is_branch_point=bool(script.is_branch_point),
        is_merge_point=bool(script.is_merge_point),
        is_current=is_current,
        text=text,
    )


def _ids(value: t.Any) -> tuple[str, ...]:
    return tuple(util.to_tuple(value, default=()))
