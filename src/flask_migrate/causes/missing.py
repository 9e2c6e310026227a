"""What was to be dropped or changed is not there."""

from __future__ import annotations

import re

from ..revisions.makers import Thing, makers
from .failure import Failure
from .look import Look
from .sql import Action, last, plain

_CODES = ("42P01", "42703", "42704", 1051, 1091, 1146, 1054)
_SQLITE = re.compile(r"no such (?:table|column|index)")
_KINDS = {"drop_table": "table", "drop_column": "column", "drop_index": "index", "drop_constraint": "constraint"}


def explain(failure: Failure, look: Look) -> str | None:
    """Which revision has made it, or that none has."""
    if not failure.has_code(*_CODES) and not (failure.dialect == "sqlite" and _SQLITE.match(failure.text)):
        return None
    kind = _KINDS.get(failure.action.kind, "")
    name = _name(failure.action, kind)
    if not name:
        return None
    what = f"{kind} {plain(failure.action.table)}.{name}" if kind == "column" else f"{kind} {name}"
    thing = Thing(kind, name, last(failure.action.table))
    applied = {one.revision for one in failure.script.iterate_revisions(failure.applied, "base") if failure.applied}
    done = [maker for maker in makers(failure.script, thing) if maker.revision in applied]
    if not done:
        told = f"Cause: {what} is not there, and no revision that was applied here makes it."
        return f"{told}\nCorrect its name, or compare: flask db drift"
    return (
        f"Cause: {what} is not there, though revision {done[-1]} has made it: a later revision has dropped or renamed "
        "it, or somebody by hand.\nCompare: flask db drift"
    )


def _name(action: Action, kind: str) -> str:
    return last({"column": action.column, "table": action.table}.get(kind, action.name)) if kind else ""
