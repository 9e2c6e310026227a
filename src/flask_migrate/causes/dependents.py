"""Other objects need what was to be dropped."""

from __future__ import annotations

import re

from .failure import Failure
from .look import Look
from .sql import last, plain

_CODES = ("2BP01", 1451, 1217, 3730, 1829, 1828, 1553)
#: SQLite names what it can't keep after a column or a table is gone.
_SQLITE = re.compile(r"error in (?P<kind>view|trigger|index|table) (?P<name>.+?)(?: after drop column)?: (?P<why>.*)")
#: PostgreSQL's detail has a line for each object: "view v depends on table t".
_DETAIL = re.compile(r"^(?P<object>.+) depends on (?P<what>.+)$", re.MULTILINE)
#: PostgreSQL's name for what a view is made of.
_RULE = re.compile(r"^rule _RETURN on ")
#: How many dependents are named.
SHOWN = 8

_POSTGRESQL = (
    "SELECT c.conrelid::regclass::text AS child, "
    "(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k(attnum, n) "
    "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum), c.conname "
    "FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = to_regclass(:table) "
    "AND c.conrelid <> c.confrelid AND (:column = '' OR EXISTS (SELECT 1 FROM pg_attribute p "
    "WHERE p.attrelid = c.confrelid AND p.attname = :column AND p.attnum = ANY (c.confkey))) ORDER BY 1, 2"
)
_MYSQL = (
    "SELECT table_name, GROUP_CONCAT(column_name ORDER BY ordinal_position SEPARATOR ', '), constraint_name "
    "FROM information_schema.key_column_usage WHERE referenced_table_schema = DATABASE() "
    "AND referenced_table_name = :table AND table_name <> :table "
    "AND (:column = '' OR referenced_column_name = :column) GROUP BY table_name, constraint_name ORDER BY 1, 2"
)
_MYSQL_OWN = (
    "SELECT column_name, referenced_table_name, constraint_name FROM information_schema.key_column_usage "
    "WHERE table_schema = DATABASE() AND table_name = :table AND referenced_table_name IS NOT NULL "
    "AND (:column = '' OR column_name = :column) ORDER BY 1, 2"
)
_SQLITE_KEYS = (
    "SELECT m.name, group_concat(f.\"from\", ', '), f.id FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f "
    "WHERE m.type = 'table' AND lower(f.\"table\") = lower(:table) AND lower(m.name) <> lower(:table) "
    "AND (:column = '' OR f.\"to\" = :column) GROUP BY m.name, f.id ORDER BY 1, 2"
)
_QUERIES = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "mariadb": _MYSQL, "sqlite": _SQLITE_KEYS}


def explain(failure: Failure, look: Look) -> str | None:
    """What needs it, and what to do with that first."""
    if failure.dialect == "sqlite":
        return _sqlite(failure, look)
    action = failure.action
    is_used = failure.has_code("0A000") and action.kind == "type"
    is_about_rows = action.kind in ("insert", "update", "delete")
    if is_about_rows or (not failure.has_code(*_CODES) and not is_used):
        return None
    if is_used:
        found = _others(failure.detail)
        return _told(f"{plain(action.table)}.{plain(action.column)}", found) if found else None
    users = _references(failure, look) + _others(failure.detail)
    if not users and failure.dialect != "postgresql":
        return _own_keys(failure, look)
    what = plain(action.table) or plain(action.name)
    if action.kind == "drop_column":
        what = f"{what}.{plain(action.column)}"
    return _told(what, users) if users and what else None


def _sqlite(failure: Failure, look: Look) -> str | None:
    action = failure.action
    found = _SQLITE.match(failure.text)
    if found is not None and action.table:
        what = f"{plain(action.table)}.{plain(action.column)}" if action.column else plain(action.table)
        if found["kind"] != "table":
            return _told(what, [f"{found['kind']} {found['name']}"])
    if action.kind == "drop_table" and "FOREIGN KEY constraint failed" in failure.text:
        users = _references(failure, look)
        return _told(plain(action.table), users) if users else None
    return None


def _references(failure: Failure, look: Look) -> list[str]:
    """The columns of other tables that refer to the table or column at hand."""
    action = failure.action
    if not action.table:
        return []
    table = action.table if failure.dialect == "postgresql" else last(action.table)
    column = last(action.column) if action.kind == "drop_column" else ""
    rows = look.rows(_QUERIES[failure.dialect].replace("::", r"\:\:"), table=table, column=column)
    shown = plain if failure.dialect == "postgresql" else str  # regclass comes in quotes
    return [f"{shown(str(child))}.{_columns(str(columns))}" for child, columns, _ in rows or ()]


def _columns(text: str) -> str:
    return f"({text})" if ", " in text else text


def _others(detail: str) -> list[str]:
    """What PostgreSQL names beside keys."""
    found = [match["object"] for match in _DETAIL.finditer(detail)]
    return [_RULE.sub("", name) for name in found if not name.startswith("constraint ")]


def _own_keys(failure: Failure, look: Look) -> str | None:
    """MariaDB also keeps what a foreign key of the table itself needs."""
    action = failure.action
    values = {"table": last(action.table), "column": last(action.column)}
    if not action.table and action.name:
        return None
    keys = look.rows(_MYSQL_OWN, **values)
    if not keys:
        return None
    listed = ", ".join(f"{name} ({plain(action.table)}.{column} to {parent})" for column, parent, name in keys[:SHOWN])
    return (
        f"Cause: a foreign key of {plain(action.table)} needs it: {listed}.\n"
        f"Drop the foreign key first: op.drop_constraint('{keys[0][2]}', '{plain(action.table)}', type_='foreignkey')"
    )


def _told(what: str, users: list[str]) -> str:
    shown = users[:SHOWN]
    listed = " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
    more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
    return (
        f"Cause: {what} is referenced by {listed}{more}.\n"
        "Drop or change them first, earlier in the same script or in a revision before it."
    )
