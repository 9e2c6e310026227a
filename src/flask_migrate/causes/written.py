"""Rows that a statement writes or deletes, which the engine does not let in or go."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from .conversion import example_of, misfits, shown
from .failure import Failure
from .look import Look
from .nulls import rows
from .sql import Action, last, plain, split_list

_NULL = ("23502", 1048, 1364)
_UNIQUE = ("23505", 1062, 1586)
_CHILD = ("23503", 1452, 1216)
_PARENT = ("23503", 1451, 1217)
_VALUE = ("22P02", "22003", "22001", "22007", "22008", 1366, 1292, 1264, 1265, 1406)
_SQLITE_NULL = re.compile(r"NOT NULL constraint failed: (?P<table>.+)\.(?P<column>[^.]+)$")
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<list>[^:]+)$")
_MYSQL_COLUMN = re.compile(r"(?:Column|Field|column) (?:'(?P<quoted>[^']+)'|[^ ]*`(?P<last>[^`]+)`) ")
_MYSQL_KEY = re.compile(r"Duplicate entry '(?P<value>.*)' for key '(?:[^']*\.)?(?P<key>[^'.]+)'", re.DOTALL)
_MYSQL_FOREIGN = re.compile(r"`(?P<table>[^`]+)`, CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY")
#: PostgreSQL's detail: "Key (a, b)=(1, 2) already exists."
_DETAIL = re.compile(r"\((?P<columns>[^)]*)\)=\((?P<values>.*)\) ", re.DOTALL)
#: A column that a statement converts by itself.
_CAST = (
    re.compile(r"CAST\s*\(\s*(?P<column>[\w\"`.]+)\s+AS\s+(?P<type>\w+(?:\s+precision)?(?:\(\d+\))?)", re.IGNORECASE),
    re.compile(r"(?P<column>[\w\"`.]+)::(?P<type>\w+(?:\s+precision)?(?:\(\d+\))?)", re.IGNORECASE),
)
_ASSIGNED = re.compile(r"\bSET\s+(?P<list>.*?)(?:\s+WHERE\s+(?P<where>.*))?$", re.IGNORECASE | re.DOTALL)


def explain(failure: Failure, look: Look) -> str | None:
    """Which column or key it is, and the rows that are concerned."""
    if failure.action.kind not in ("insert", "update", "delete", "") or "_alembic_tmp_" in failure.text:
        return None
    tries = (_null, _unique, _child, _parent, _conversion)
    return next((told for told in (one(failure, look) for one in tries) if told), None)


def _table(failure: Failure) -> str:
    """The table, as the statement or the engine writes it."""
    return failure.action.table or failure.named.get("table", "")


def _null(failure: Failure, look: Look) -> str | None:
    words = _SQLITE_NULL.search(failure.text)
    column = failure.named.get("column") or _mysql_column(failure)
    table = words["table"] if words else failure.named.get("table") or plain(_table(failure))
    column = words["column"] if words else column
    if not (words or failure.has_code(*_NULL)) or not table or not column:
        return None
    told = f"Cause: {table}.{column} is NOT NULL, and the statement leaves it without a value"
    source = _assigned_null(failure, column)
    number = look.count(source) if source else None
    if number:
        told += f" in {rows(number)}. See them: SELECT * FROM {source} LIMIT 10"
    else:
        told += "."
    return f"{told}\nGive it a value in the statement, or let it be NULL before: nullable=True"


def _assigned_null(failure: Failure, column: str) -> str:
    """Which rows get no value by an UPDATE, as what follows FROM; empty when the statement does not say it simply."""
    found = _ASSIGNED.search(failure.statement.strip().rstrip(";"))
    if failure.action.kind != "update" or found is None or re.search(r"\bFROM\b|:|%\(|\?", found["list"], re.I):
        return ""
    for part in split_list(found["list"]):
        name, _, value = part.partition("=")
        if last(name.strip()) == column and value.strip().upper() not in ("", "NULL", "DEFAULT"):
            where = f"({found['where']}) AND " if found["where"] else ""
            return f"{failure.action.table} WHERE {where}({value.strip()}) IS NULL"
    return ""


def _unique(failure: Failure, look: Look) -> str | None:
    words = _SQLITE_UNIQUE.search(failure.text)
    if not words and not failure.has_code(*_UNIQUE):
        return None
    table, value = _table(failure), ""
    detail, key = _DETAIL.search(failure.detail), _MYSQL_KEY.search(failure.text)
    columns: list[str] = []
    if words:
        parts = words["list"].split(", ")
        table = look.quote(parts[0].rpartition(".")[0])
        columns = [part.rpartition(".")[2] for part in parts]
    elif detail:
        columns, value = [plain(one) or one for one in detail["columns"].split(", ")], detail["values"]
    elif key:
        columns, value = _key_columns(look, table, key["key"]), key["value"]
    if not columns or not table:
        return None
    what = f"{plain(table)}.{columns[0]}" if len(columns) == 1 else f"{plain(table)} ({', '.join(columns)})"
    told = f"Cause: {what} is unique, and the statement writes {_one_value(value)} more than once or again."
    if value and len(columns) == 1:
        source = f"{table} WHERE {look.quote(columns[0])} = '{value.replace(chr(39), chr(39) * 2)}'"
        if "\\" not in value and look.count(source):
            told = f"Cause: {what} is unique, and has the value {shown(value)} already. See it: SELECT * FROM {source}"
    return f"{told}\nLeave such rows out of the statement, or change or delete those that are there first."


def _one_value(value: str) -> str:
    return f"the value {shown(value)}" if value else "a value"


def _key_columns(look: Look, table: str, key: str) -> list[str]:
    found = _inspected(look, "get_pk_constraint", table) if key == "PRIMARY" else None
    if found is not None:
        return list(found["constrained_columns"])
    indexes = _inspected(look, "get_indexes", table) or []
    return next(([c for c in one["column_names"] if c] for one in indexes if one["name"] == key), [])


def _child(failure: Failure, look: Look) -> str | None:
    """A row that refers to one that is not there."""
    if failure.action.kind == "delete" or not failure.has_code(*_CHILD) or _is_parent(failure):
        return None
    key = _foreign_key(failure, look)
    if key is None:
        return None
    table, columns, parent, others = key
    detail = _DETAIL.search(failure.detail)
    value = f"no row with {shown(detail['values'])}" if detail else "no row with a value that the statement writes"
    return (
        f"Cause: {table}.{columns} refers to {parent}.{others}, and {parent} has {value}.\n"
        f"Make the row of {parent} first, or correct the value."
    )


def _parent(failure: Failure, look: Look) -> str | None:
    """A row that others refer to."""
    if not failure.has_code(*_PARENT) or not _is_parent(failure):
        return None
    key = _foreign_key(failure, look)
    if key is None:
        return None
    table, columns, parent, _ = key
    detail = _DETAIL.search(failure.detail)
    of = f" {shown(detail['values'])}" if detail else " that the statement deletes or changes"
    return (
        f"Cause: rows of {table} refer by {columns} to the row{'' if detail else 's'} of {parent}{of}.\n"
        f"Delete those rows of {table} first, or set {columns} to another value."
    )


def _is_parent(failure: Failure) -> bool:
    if failure.dialect != "postgresql":
        return failure.has_code(1451, 1217)
    own, named = last(failure.action.table), failure.named.get("table")
    return failure.action.kind == "delete" or bool(own and named and own != named) or "referenced" in failure.detail


def _foreign_key(failure: Failure, look: Look) -> tuple[str, str, str, str] | None:
    """The table that refers, its columns, the table that is referred to, and its columns."""
    words = _MYSQL_FOREIGN.search(failure.text)
    table = words["table"] if words else failure.named.get("table", "")
    name = words["name"] if words else failure.named.get("constraint", "")
    for key in _inspected(look, "get_foreign_keys", table, failure.named.get("schema")) or []:
        if key["name"] == name:
            return table, _listed(key["constrained_columns"]), key["referred_table"], _listed(key["referred_columns"])
    return None


def _listed(columns: t.Sequence[str]) -> str:
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"


def _inspected(look: Look, method: str, table: str, schema: str | None = None) -> t.Any:
    """What ``method`` of the inspector says of a table; ``None`` when it can't be read."""
    if look.connection is None or not table:
        return None
    try:
        inspector = sa.inspect(look.connection)
        schema = None if schema == inspector.default_schema_name else schema
        return getattr(inspector, method)(plain(table).rpartition(".")[2], schema=schema)
    except sa.exc.SQLAlchemyError:
        return None


def _conversion(failure: Failure, look: Look) -> str | None:
    """A value that the column, or the type in a CAST, can't hold."""
    if not failure.has_code(*_VALUE):
        return None
    table, value = failure.action.table, example_of(failure.text)
    for pattern in _CAST:
        for found in pattern.finditer(failure.statement):
            action = Action("type", table, (found["column"],), type=found["type"].upper())
            told = misfits(action, failure, look) if table else None
            if told:
                return f"{told}\nCorrect these values first, or leave them out: WHERE …"
    column = _mysql_column(failure)
    if column is None and failure.has_code("22001"):
        column = _only_column(failure, look)
    if column is None or not table:
        return None
    types = {one["name"]: one["type"] for one in _inspected(look, "get_columns", table) or []}
    if column not in types:
        return None
    example = f", for example {shown(value)}" if value is not None else ""
    return (
        f"Cause: {plain(table)}.{column} is {types[column]}, and the statement writes a value that it can't hold"
        f"{example}.\nCorrect the value, or change the type of the column first."
    )


def _mysql_column(failure: Failure) -> str | None:
    found = _MYSQL_COLUMN.search(failure.text + " ") if failure.dialect in ("mysql", "mariadb") else None
    return (found["quoted"] or found["last"]) if found else None


def _only_column(failure: Failure, look: Look) -> str | None:
    """The column that a text was too long for: the only one that the statement names and that is as long."""
    size = re.search(r"\((\d+)\)", failure.text)
    columns = _inspected(look, "get_columns", failure.action.table) or []
    named = set(re.findall(r"\w+", failure.statement))
    fitting = [one["name"] for one in columns if size and str(getattr(one["type"], "length", "")) == size[1]]
    fitting = [name for name in fitting if name in named] or fitting
    return fitting[0] if len(fitting) == 1 else None
