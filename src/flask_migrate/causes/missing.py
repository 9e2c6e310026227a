"""What was to be dropped, changed or used is not there."""

from __future__ import annotations

import difflib
import re

import sqlalchemy as sa

from ..revisions.makers import Thing, makers
from .failure import Failure
from .look import Look
from .sql import Action, last, plain

_CODES = ("42P01", "42703", "42704", 1051, 1091, 1146, 1054)
_SQLITE = re.compile(r"no such (?:table|column|index)|table .* has no column named")
_KINDS = {"drop_table": "table", "drop_column": "column", "drop_index": "index", "drop_constraint": "constraint"}
#: What the engines call a table and a column that a statement names, and that are not there.
_USED = (
    ("column", re.compile(r'column "(?P<name>[^"]+)" of relation "[^"]+" does not exist')),
    ("column", re.compile(r'^column "?(?P<name>[^"\s]+)"? does not exist')),
    ("column", re.compile(r"no such column: (?P<name>\S+)$|has no column named (?P<other>\S+)$")),
    ("column", re.compile(r"Unknown column '(?P<name>[^']+)' in ")),
    ("table", re.compile(r'(?:relation|table) "(?P<name>[^"]+)" does not exist')),
    ("table", re.compile(r"no such table: (?P<name>\S+)$")),
    ("table", re.compile(r"Table '(?:[^'.]*\.)?(?P<name>[^']+)' doesn't exist")),
)


def explain(failure: Failure, look: Look) -> str | None:
    """Which revision has made it, or that none has."""
    if not failure.has_code(*_CODES) and not (failure.dialect == "sqlite" and _SQLITE.match(failure.text)):
        return None
    kind = _KINDS.get(failure.action.kind, "")
    name = _name(failure.action, kind)
    if failure.action.kind in ("insert", "update", "delete", ""):
        kind, name = _used(failure)
    if not name:
        return None
    return _told(failure, kind, name, _like(kind, name, failure.action.table, look))


def _told(failure: Failure, kind: str, name: str, like: str) -> str:
    what = f"{kind} {plain(failure.action.table)}.{name}" if kind == "column" else f"{kind} {name}"
    thing = Thing(kind, name, last(failure.action.table))
    applied = {one.revision for one in failure.script.iterate_revisions(failure.applied, "base") if failure.applied}
    done = [maker for maker in makers(failure.script, thing) if maker.revision in applied]
    if not done:
        told = f"Cause: {what} is not there, and no revision that was applied here makes it.{like}"
        return f"{told}\nCorrect its name, or compare: flask db drift"
    return (
        f"Cause: {what} is not there, though revision {done[-1]} has made it: a later revision has dropped or renamed "
        "it, or somebody by hand.\nCompare: flask db drift"
    )


def _name(action: Action, kind: str) -> str:
    return last({"column": action.column, "table": action.table}.get(kind, action.name)) if kind else ""


def _used(failure: Failure) -> tuple[str, str]:
    """The kind and the name of what a statement uses; empty when the engine does not name it."""
    for kind, pattern in _USED:
        found = pattern.search(failure.text.splitlines()[0].rstrip(".")) if failure.text else None
        if found is not None:
            name = next(text for text in found.groups() if text)
            return (kind, name.rpartition(".")[2]) if kind == "table" or failure.action.table else ("", "")
    return "", ""


def _like(kind: str, name: str, table: str, look: Look) -> str:
    """What may have been meant."""
    if look.connection is None or kind not in ("table", "column"):
        return ""
    try:
        inspector = sa.inspect(look.connection)
        if kind == "table":
            names = [*inspector.get_table_names(), *inspector.get_view_names()]
        else:
            names = [column["name"] for column in inspector.get_columns(last(table))]
    except sa.exc.SQLAlchemyError:
        return ""
    found = difflib.get_close_matches(name, names, 1)
    return f" Did you mean {found[0]}?" if found else ""
