"""Values that a new type can't hold."""

from __future__ import annotations

import re
import typing as t

from .failure import Failure
from .look import Look
from .nulls import rows
from .sql import Action, plain

_CODES = ("22P02", "22003", "22001", "22007", "22008", "42804", 1366, 1292, 1264, 1265, 1406)
#: What a number looks like to both engines.
_INTEGER = "^[[:space:]]*[-+]?[0-9]+[[:space:]]*$"
_NUMBER = "^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[[:space:]]*$"
#: Type names (PostgreSQL, MariaDB) and their sizes in bits.
_BITS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "INTEGER": 32, "INT": 32, "BIGINT": 64}
_NUMERIC = ("NUMERIC", "DECIMAL", "FLOAT", "DOUBLE", "REAL", "DOUBLE PRECISION")
#: Longer values are shortened in a message.
_LONGEST = 60
_VALUE = (
    re.compile(r"(?:input syntax for|out of range)[^\"]*\"(?P<value>.*)\"$"),
    re.compile(r"value: '(?P<value>.*?)' for"),
)


def explain(failure: Failure, look: Look) -> str | None:
    """How many values do not fit, one of them, and how to convert them."""
    action = failure.action
    if action.kind != "type" or not action.column or not failure.has_code(*_CODES):
        return None
    what, wanted = f"{plain(action.table)}.{plain(action.column)}", action.type
    told = misfits(action, failure, look)
    if told is not None:
        return f"{told}\nCorrect these values first, or write the conversion: {_way(failure)}"
    value = example_of(failure.text)
    if value is not None:
        return (
            f"Cause: {what} has a value that {wanted} can't hold, for example {shown(value)}.\n"
            f"Correct such values first, or write the conversion: {_way(failure)}"
        )
    if failure.has_code("42804"):
        return f"Cause: PostgreSQL converts {what} to {wanted} only when it is told how.\nWrite {_way(failure)}"
    return None


def misfits(action: Action, failure: Failure, look: Look) -> str | None:
    """How many values of a column its new type can't hold, and one of them; ``None`` when there are none."""
    condition = _condition(action, failure)
    number = look.count(f"{action.table} WHERE {condition}") if condition else None
    if not number:
        return None
    value = look.example(action.column, f"{action.table} WHERE {condition}")
    return (
        f"Cause: {plain(action.table)}.{plain(action.column)} has a value that {action.type} can't hold in "
        f"{rows(number)}, for example {shown(value)}. See them: SELECT * FROM {action.table} WHERE {condition} LIMIT 10"
    )


def _way(failure: Failure) -> str:
    action = failure.action
    if failure.dialect == "postgresql":
        return f"op.alter_column(…, postgresql_using='{action.column}::{action.type.lower()}')"
    return f"UPDATE {action.table} SET {action.column} = … before op.alter_column()"


def _condition(action: Action, failure: Failure) -> str | None:
    """Which rows do not fit, as SQL."""
    column, is_postgresql = action.column, failure.dialect == "postgresql"
    text = f"CAST({column} AS text)" if is_postgresql else column
    name, size = _parts(action.type)
    if name in ("VARCHAR", "CHAR", "CHARACTER VARYING", "CHARACTER") and size:
        return f"char_length({text}) > {int(size)}" if size.isdigit() else None
    if name == "ENUM":
        return f"{text} NOT IN ({size})"
    pattern = _INTEGER if name in _BITS else _NUMBER if name in _NUMERIC else None
    if pattern is None:
        value = example_of(failure.text)
        if value is None or "\\" in value:  # the engines read backslashes in different ways
            return None
        quoted = value.replace("'", "''")
        return f"{text} = '{quoted}'"
    odd = f"{text} !~ '{pattern}'" if is_postgresql else f"{text} NOT REGEXP '{pattern}'"
    if failure.has_code("22003", 1264) and name in _BITS:
        limit = 2 ** (_BITS[name] - 1)
        return f"{column} NOT BETWEEN {-limit} AND {limit - 1}"
    return odd


def _parts(wanted: str) -> tuple[str, str]:
    """The name of a type and what stands in its parentheses."""
    name, _, size = wanted.partition("(")
    return " ".join(name.upper().split()), size.rpartition(")")[0].strip()


def example_of(text: str) -> str | None:
    """The value that the engine's words name."""
    found = next((match for pattern in _VALUE if (match := pattern.search(text.strip()))), None)
    return found["value"] if found is not None else None


def shown(value: t.Any) -> str:
    """``value`` as a message shows it."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
