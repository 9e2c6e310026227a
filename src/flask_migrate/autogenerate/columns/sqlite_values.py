"""SQLite: values keep what they are when the type of their column changes, so they are written anew before.

The formats are those of SQLAlchemy's types for SQLite. What a column of another affinity takes by itself (``'12'`` as
a number) needs nothing.
"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from .kinds import NUMBERS, Type, kind_of

YES, NO = "('1', 't', 'true', 'y', 'yes', 'on')", "('0', 'f', 'false', 'n', 'no', 'off', '')"
#: The length of "false".
LONGEST_WORD = 5
UUID = " || '-' || ".join(
    f"substr({{c}}, {start}, {size})" for start, size in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
)
#: Assignments and their conditions by the old and the new kind.
STEPS: t.Mapping[tuple[str, str], tuple[str, str]] = {
    ("text", "bool"): (
        f"CASE WHEN lower(trim({{c}})) IN {YES} THEN 1 WHEN lower(trim({{c}})) IN {NO} THEN 0 ELSE {{c}} END",
        "",
    ),
    ("enum", "bool"): (f"CASE WHEN lower({{c}}) IN {YES} THEN 1 WHEN lower({{c}}) IN {NO} THEN 0 ELSE {{c}} END", ""),
    ("bool", "text"): ("CASE WHEN {c} THEN 'true' ELSE 'false' END", "{c} IN (0, 1)"),
    ("text", "date"): ("date({c})", "date({c}) IS NOT NULL AND length({c}) <> 10"),
    ("text", "datetime"): (
        "strftime('%Y-%m-%d %H:%M:%f', {c}) || '000'",
        "datetime({c}) IS NOT NULL AND NOT (length({c}) = 26 AND substr({c}, 11, 1) = ' ')",
    ),
    ("text", "time"): ("strftime('%H:%M:%f', {c}) || '000'", "time({c}) IS NOT NULL AND length({c}) <> 15"),
    ("date", "datetime"): ("{c} || ' 00:00:00.000000'", "length({c}) = 10"),
    ("datetime", "date"): ("substr({c}, 1, 10)", "{c} IS NOT NULL"),
    ("datetime", "time"): ("substr({c}, 12)", "length({c}) > 11"),
    ("time", "datetime"): ("'1970-01-01 ' || {c}", "{c} IS NOT NULL"),
    ("int", "date"): ("date({c}, 'unixepoch')", "typeof({c}) = 'integer'"),
    ("int", "datetime"): ("strftime('%Y-%m-%d %H:%M:%f', {c}, 'unixepoch') || '000'", "typeof({c}) = 'integer'"),
    ("datetime", "int"): ("CAST(strftime('%s', {c}) AS INTEGER)", "{c} IS NOT NULL"),
    ("date", "int"): ("CAST(strftime('%s', {c}) AS INTEGER)", "{c} IS NOT NULL"),
    ("text", "json"): ("json_quote({c})", "NOT json_valid({c})"),
    ("enum", "json"): ("json_quote({c})", "NOT json_valid({c})"),
    ("date", "json"): ("json_quote({c})", "{c} IS NOT NULL"),
    ("datetime", "json"): ("json_quote({c})", "{c} IS NOT NULL"),
    ("text", "uuid"): ("lower(replace({c}, '-', ''))", "{c} LIKE '%-%'"),
    ("text", "binary"): ("CAST({c} AS BLOB)", "{c} IS NOT NULL"),
    ("binary", "text"): ("CAST({c} AS TEXT)", "{c} IS NOT NULL"),
    ("float", "int"): ("CAST(round({c}) AS INTEGER)", "typeof({c}) = 'real'"),
    ("numeric", "int"): ("CAST(round({c}) AS INTEGER)", "typeof({c}) = 'real'"),
    ("text", "int"): ("CAST({c} AS INTEGER)", "{c} GLOB '*[0-9]*' AND NOT trim({c}) GLOB '*[^0-9]*'"),
}


def convert(old: Type, new: Type, column: str, dialect: sa.Dialect) -> dict[str, t.Any]:
    """The assignments before the change."""
    was, now = kind_of(old, dialect), kind_of(new, dialect)
    if was in NUMBERS and now == "bool":
        return {"before": ((f"{column} <> 0", f"{column} NOT IN (0, 1)"),)}
    if (was, now) == ("uuid", "text"):
        length = getattr(new, "length", None)
        return {"before": ((UUID.format(c=column), f"length({column}) = 32"),)} if (length or 36) >= 36 else {}
    if was == "json" and now not in ("text", "json", "binary", "other"):
        steps = (("NULL", f"{column} = 'null'"), (f"json_extract({column}, '$')", f"json_valid({column})"))
        return {"before": steps}
    is_narrow = (was, now) == ("bool", "text") and (getattr(new, "length", None) or LONGEST_WORD) < LONGEST_WORD
    if (was, now) not in STEPS or is_narrow:
        return {}
    expression, condition = STEPS[was, now]
    return {"before": ((expression.format(c=column), condition.format(c=column)),)}
