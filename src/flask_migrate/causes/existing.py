"""What was to be made is there already."""

from __future__ import annotations

import re

from ..revisions.makers import Thing, makers
from .failure import Failure
from .look import Look
from .sql import last, plain

_CODES = ("42P07", "42701", "42710", 1050, 1060, 1061, 1826, 1022)
_SQLITE = re.compile(r"already exists|duplicate column name")
_KINDS = {"add_column": "column", "rename": "column", "index": "index", "create_table": "table"}


def explain(failure: Failure, look: Look) -> str | None:
    """Which revision has made it, or that none has."""
    is_key = failure.has_code(1005) and "errno: 121" in failure.text  # MariaDB's word for a key of that name
    is_told = failure.dialect == "sqlite" and _SQLITE.search(failure.text)
    if not (failure.has_code(*_CODES) or is_key or is_told):
        return None
    action = failure.action
    if action.kind == "create_table" and last(action.table).startswith("_alembic_tmp_"):
        return (
            f"Cause: an earlier run was broken off while it rebuilt {plain(action.table)}, and left its copy behind.\n"
            f"Compare the two, then drop the copy: DROP TABLE {action.table}"
        )
    if action.kind == "create_table" and (failure.has_code("42701", 1060) or "duplicate column" in failure.text):
        return f"Cause: the script names a column of {plain(action.table)} twice.\nRemove one of them."
    if action.kind not in (*_KINDS, "constraint", "check", "unique", "foreign_key", "primary"):
        return None
    kind = _KINDS.get(action.kind, "constraint")
    name = last(action.column if kind == "column" else action.table if kind == "table" else action.name)
    if not name:
        return None
    thing = Thing(kind, name, last(action.table))
    what = f"{kind} {plain(action.table)}.{name}" if kind == "column" else f"{kind} {name}"
    return _told(failure, thing, what)


def _told(failure: Failure, thing: Thing, what: str) -> str:
    found = makers(failure.script, thing)
    others = [maker for maker in found if maker.revision != failure.revision]
    applied = {
        script.revision for script in failure.script.iterate_revisions(failure.applied, "base") if failure.applied
    }
    done = [maker for maker in others if maker.revision in applied]
    if done:
        return (
            f"Cause: {what} is there already: revision {done[-1]} has made it.\n"
            "Remove it from this script, or from that one if it never ran anywhere."
        )
    if sum(maker.revision == failure.revision for maker in found) > 1:
        return f"Cause: {what} is made twice by this very script.\nRemove one of them."
    told = f"Cause: {what} is there already, and no revision that was applied here has made it: it came from outside"
    if others:
        told += f"; revision {others[0]} makes it too, and is not applied here"
    return (
        f"{told}.\nCompare: flask db drift. When it is what this revision makes: flask db stamp {failure.revision}; "
        "else drop or rename it."
    )
