"""Rows that a new check does not allow are in the way of it."""

from __future__ import annotations

import re

from ..revisions.makers import check_of
from .failure import Failure
from .look import Look
from .nulls import plain_tmp, rows
from .sql import plain

_SQLITE = re.compile(r"CHECK constraint failed: (?P<name>.+)$")


def explain(failure: Failure, look: Look) -> str | None:
    """How many rows the check does not allow, and how to see them."""
    action = failure.action
    words = _SQLITE.search(failure.text) if failure.dialect == "sqlite" else None
    if words is not None and "_alembic_tmp_" in action.table:
        name, table = words["name"], look.quote(plain_tmp(plain(action.table)))
        condition = check_of(failure.script, failure.revision, name)
    elif failure.has_code("23514", 4025, 3819) and action.kind == "check":
        name, table, condition = plain(action.name), action.table, action.where
    else:
        return None
    source = f"{table} WHERE NOT ({condition})"
    number = look.count(source) if condition else None
    if not number:
        return None
    verb = "does" if number == 1 else "do"
    return (
        f"Cause: {rows(number)} of {plain(table)} {verb} not meet the check{f' {name}' if name else ''}. "
        f"See them: SELECT * FROM {source} LIMIT 10\n"
        "Correct or delete them first, in the script or by hand."
    )
