"""MariaDB and MySQL: ``MODIFY`` converts by itself, and in strict mode refuses what it can't."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from .kinds import MOMENTS, NUMBERS, Type, kind_of, spelled
from .sqlite_values import LONGEST_WORD, NO, YES

#: Wide enough for any value that is written as text on its way.
BETWEEN = sa.String(255)
#: What holds any JSON, without the check of its type.
UNCHECKED = mysql.LONGTEXT()
PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def convert(old: Type, new: Type, column: str, dialect: sa.Dialect) -> dict[str, t.Any]:
    """The assignments before and after the change, and the type in between."""
    was, now = kind_of(old, dialect), kind_of(new, dialect)
    if now == "bool" and was in ("text", "enum", *NUMBERS):
        return _bool(was, column)
    if (was, now) == ("bool", "text"):
        return _bool_as_text(new, column)
    if (was, now) == ("text", "json"):
        return {"before": ((f"json_quote({column})", f"NOT json_valid({column})"),)}
    if was == "text" and now == "uuid" and spelled(new, dialect) == "CHAR(32)":
        return {"before": ((f"lower(replace({column}, '-', ''))", f"{column} LIKE '%-%'"),)}
    if (was, now) == ("uuid", "text") and (getattr(new, "length", None) or 36) >= 36:
        pieces = ", ".join(f"substr({column}, {start}, {size})" for start, size in PARTS)
        return {"after": ((f"concat_ws('-', {pieces})", f"length({column}) = 32"),)}
    if now == "int" and was in ("datetime", "date"):
        return {"via": BETWEEN, "before": ((f"unix_timestamp({column})", f"{column} IS NOT NULL"),)}
    if was == "int" and now in ("datetime", "date"):
        return {"via": BETWEEN, "before": ((f"from_unixtime({column})", f"{column} IS NOT NULL"),)}
    if "enum" in (was, now) and {was, now} & NUMBERS:
        return {"via": BETWEEN}
    if "json" in (was, now):
        return _json(was, now, column)
    return _year(old, new, now, column)


def _bool(was: str, column: str) -> dict[str, t.Any]:
    if was in NUMBERS:
        return {"before": ((f"{column} <> 0", f"{column} NOT IN (0, 1)"),)}
    yes, no = f"lower(trim({column})) IN {YES}", f"lower(trim({column})) IN {NO}"
    step = (f"CASE WHEN {yes} THEN '1' WHEN {no} THEN '0' ELSE {column} END", "")
    return {"before": (step,), **({"via": BETWEEN} if was == "enum" else {})}


def _bool_as_text(new: Type, column: str) -> dict[str, t.Any]:
    if (getattr(new, "length", None) or LONGEST_WORD) < LONGEST_WORD:
        return {}  # 0 and 1 fit
    return {"after": ((f"CASE WHEN {column} = '1' THEN 'true' ELSE 'false' END", f"{column} IN ('0', '1')"),)}


def _json(was: str, now: str, column: str) -> dict[str, t.Any]:
    """A text in JSON has quotes, which are around no date; ``null`` is the value of JSON for none."""
    if now in ("text", "binary", "other") or was == now:
        return {}
    if now != "json":
        steps = [("NULL", f"{column} = 'null'"), (f"json_unquote({column})", f"{column} LIKE '\"%'")]
        steps += [(f"{column} = 'true'", f"{column} IN ('true', 'false')")] if now in ("bool", *NUMBERS) else []
        return {"via": UNCHECKED, "before": tuple(steps)}
    if was in (*MOMENTS, "uuid", "enum"):
        return {"via": UNCHECKED, "before": ((f"json_quote({column})", f"{column} IS NOT NULL"),)}
    return {}


def _year(old: Type, new: Type, now: str, column: str) -> dict[str, t.Any]:
    """A year is no date for the server, and a date no year."""
    if old.__visit_name__ == "YEAR" and now in ("date", "datetime"):
        return {"via": BETWEEN, "before": ((f"concat({column}, '-01-01')", f"{column} IS NOT NULL"),)}
    if new.__visit_name__ == "YEAR" and isinstance(old, (sa.Date, sa.DateTime)):
        return {"via": BETWEEN, "before": ((f"substr({column}, 1, 4)", f"{column} IS NOT NULL"),)}
    return {}
