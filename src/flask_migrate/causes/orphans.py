"""Rows that refer to nothing are in the way of a foreign key."""

from __future__ import annotations

from .failure import Failure
from .look import Look
from .nulls import rows
from .sql import plain


def explain(failure: Failure, look: Look) -> str | None:
    """How many rows refer to nothing, and how to see them."""
    action = failure.action
    if action.kind != "foreign_key" or not failure.has_code("23503", 1452):
        return None
    pairs = list(zip(action.columns, action.parent_columns, strict=False))
    if not pairs:
        return None
    on = " AND ".join(f"parent.{other} = child.{column}" for column, other in pairs)
    conditions = [f"child.{column} IS NOT NULL" for column, _ in pairs]
    source = (
        f"{action.table} AS child WHERE {' AND '.join(conditions)} "
        f"AND NOT EXISTS (SELECT 1 FROM {action.parent} AS parent WHERE {on})"
    )
    number = look.count(source)
    if not number:
        return None
    names = ", ".join(plain(column) for column in action.columns)
    verb = "has" if number == 1 else "have"
    return (
        f"Cause: {rows(number)} of {plain(action.table)} {verb} a value in {names} that {plain(action.parent)} has "
        f"not. See them: SELECT child.* FROM {source} LIMIT 10\n"
        "Correct or delete them first, in the script or by hand."
    )
