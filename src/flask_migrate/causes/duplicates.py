"""Values that are there more than once are in the way of a unique key."""

from __future__ import annotations

import re

from .failure import Failure
from .look import Look, escaped
from .nulls import plain_tmp, rows
from .sql import plain

_SQLITE = re.compile(r"UNIQUE constraint failed: (?P<list>.+)$")


def explain(failure: Failure, look: Look) -> str | None:
    """How many values are there more than once, and how to see them."""
    action = failure.action
    words = _SQLITE.search(failure.text)
    if words is None and not failure.has_code("23505", 1062, 1586):
        return None
    table, columns = action.table, action.columns
    if not action.is_unique and words is not None and "_alembic_tmp_" in action.table:
        # SQLite writes table.column for each; nothing tells a dot in a name, so the table's length does.
        start = len(plain_tmp(_tmp_name(words["list"]))) + 1
        columns = tuple(look.quote(plain_tmp(part)[start:]) for part in words["list"].split(", "))
        table = look.quote(plain_tmp(_tmp_name(words["list"])))
    elif not action.is_unique:
        return None
    if not table or not columns:
        return None
    return _told(table, columns, action.where, look, is_primary=action.kind == "primary")


def _tmp_name(text: str) -> str:
    return text.split(", ")[0].rpartition(".")[0]


def _told(table: str, columns: tuple[str, ...], where: str, look: Look, *, is_primary: bool) -> str | None:
    listed = ", ".join(columns)
    conditions = [f"({where})"] if where else []
    conditions += [] if is_primary else [f"{column} IS NOT NULL" for column in columns]
    source = f"{table} WHERE {' AND '.join(conditions)}" if conditions else table
    grouped = f"FROM {source} GROUP BY {listed} HAVING count(*) > 1"
    found = look.rows(f"SELECT count(*), sum(n) FROM (SELECT count(*) AS n {escaped(grouped)}) AS repeated")
    if not found or not found[0][0]:
        return None
    number, concerned = int(found[0][0]), int(found[0][1])
    names = [plain(column) for column in columns]
    if len(names) == 1:
        what = f"{plain(table)}.{names[0]} has {number:,} value{'s' if number > 1 else ''}"
    else:
        what = f"{plain(table)} has {number:,} combination{'s' if number > 1 else ''} of {', '.join(names)}"
    verb = "are" if number > 1 else "is"
    return (
        f"Cause: {what} that {verb} there more than once, in {rows(concerned)}. "
        f"See them: SELECT {listed}, count(*) {grouped}\n"
        "Make them different or delete the surplus rows first, in the script or by hand."
    )
