"""Rows without a value are in the way of NOT NULL."""

from __future__ import annotations

import re

from .failure import Failure
from .look import Look
from .sql import plain

_SQLITE = re.compile(r"NOT NULL constraint failed: (?P<table>.+)\.(?P<column>[^.]+)$")


def explain(failure: Failure, look: Look) -> str | None:
    """How many rows have no value, how to see them, and how to fill them."""
    action = failure.action
    table, column = action.table, action.column
    words = _SQLITE.search(failure.text)
    if words is not None and "_alembic_tmp_" in words["table"]:
        table, column = look.quote(plain_tmp(words["table"])), look.quote(words["column"])
    elif not _is_meant(failure):
        return None
    if action.kind == "primary" and table:
        found = (_told(table, one, look) for one in action.columns)
        return next((text for text in found if text), None)
    if not table or not column:
        return None
    if action.kind == "add_column":
        return _new_column(table, column, look)
    told = _told(table, column, look)
    if told is None and not failure.has_code(1265) and look.count(f"{table} WHERE {column} IS NULL") is None:
        return _new_column(table, column, look)  # this revision made it, and was rolled back
    return told


def _told(table: str, column: str, look: Look) -> str | None:
    number = look.count(f"{table} WHERE {column} IS NULL")
    if not number:
        return None
    return (
        f"Cause: {plain(table)}.{plain(column)} is NULL in {rows(number)}. "
        f"See them: SELECT * FROM {table} WHERE {column} IS NULL LIMIT 10\n"
        f"Fill them first, in the script: UPDATE {table} SET {column} = … WHERE {column} IS NULL"
    )


def _is_meant(failure: Failure) -> bool:
    """Whether the engine says that a value is missing in a column that the statement adds or changes."""
    is_said = failure.has_code("23502", 1138, 1265) or "Cannot add a NOT NULL column" in failure.text
    return is_said and failure.action.kind in ("add_column", "not_null", "type", "primary")


def _new_column(table: str, column: str, look: Look) -> str | None:
    number = look.count(table)
    if not number:
        return None
    return (
        f"Cause: {plain(table)} has {rows(number)}, which get no value for the new column {plain(column)}; "
        "it is NOT NULL.\n"
        f"Give it a server_default, or add it as nullable, fill it (UPDATE {table} SET {column} = …), and make it "
        "NOT NULL then."
    )


def plain_tmp(name: str) -> str:
    """The table that ``name``, a rebuilt one, stands for."""
    return name.replace("_alembic_tmp_", "")


def rows(number: int) -> str:
    """``number`` rows in words."""
    return "1 row" if number == 1 else f"{number:,} rows"
