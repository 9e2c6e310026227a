"""PostgreSQL: ``ALTER COLUMN … TYPE … USING``."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from .kinds import NUMBERS, Type, kind_of, spelled

#: Expressions by the old and the new kind; ``{c}`` is the column, ``{t}`` the new type.
USING: t.Mapping[tuple[str, str], str] = {
    ("int", "bool"): "{c} <> 0",
    ("float", "bool"): "{c} <> 0",
    ("numeric", "bool"): "{c} <> 0",
    ("bool", "int"): "{c}::integer",
    ("bool", "float"): "{c}::integer",
    ("bool", "numeric"): "{c}::integer",
    ("int", "date"): "(to_timestamp({c}) AT TIME ZONE 'UTC')::date",
    ("datetime", "int"): "extract(epoch FROM {c})::bigint",
    ("date", "int"): "extract(epoch FROM {c})::bigint",
    ("int", "uuid"): "lpad(to_hex({c}), 32, '0')::uuid",
    ("uuid", "int"): "('x' || right(replace({c}::text, '-', ''), 16))::bit(64)::bigint",
    ("int", "interval"): "{c} * interval '1 second'",
    ("float", "interval"): "{c} * interval '1 second'",
    ("numeric", "interval"): "{c} * interval '1 second'",
    ("interval", "float"): "extract(epoch FROM {c})",
    ("interval", "numeric"): "extract(epoch FROM {c})",
    ("interval", "int"): "extract(epoch FROM {c})::bigint",
    ("text", "binary"): "convert_to({c}, 'UTF8')",
    ("binary", "text"): "convert_from({c}, 'UTF8')",
    ("text", "array"): "CASE WHEN left({c}, 1) = '{{' THEN {c}::{t} ELSE string_to_array({c}, ',')::{t} END",
    ("array", "text"): "{c}::text",
    ("uuid", "binary"): "uuid_send({c})",
    ("binary", "uuid"): "CASE length({c}) WHEN 16 THEN encode({c}, 'hex') ELSE convert_from({c}, 'UTF8') END::uuid",
    ("time", "datetime"): "date '1970-01-01' + {c}",
    ("date", "time"): "time '00:00'",
}
#: JSON into an array. A conversion may neither have a query in it nor a function that returns rows; what fills a column
#: of a record from JSON takes arrays apart, and any record that has an array of texts will do.
FROM_JSON = (
    "CASE WHEN jsonb_typeof({c}::jsonb) = 'array' THEN (jsonb_populate_record(NULL::pg_catalog.pg_class, "
    "jsonb_build_object('reloptions', {c}))).reloptions WHEN {c} #>> '{{}}' IS NOT NULL THEN ARRAY[{c} #>> '{{}}'] END"
    "::{t}"
)
#: Changes that PostgreSQL makes by itself, into text aside, which it always does.
BY_ITSELF = frozenset(
    {(one, other) for one in NUMBERS for other in NUMBERS}
    | {("date", "datetime"), ("datetime", "date"), ("datetime", "time"), ("text", "text"), ("time", "interval")}
)


def convert(old: Type, new: Type, column: str, dialect: sa.Dialect) -> dict[str, t.Any]:
    """The ``USING`` expression, where one is needed."""
    if kind_of(old, dialect) == "json" and new.__visit_name__ == "HSTORE":
        return {"via": sa.Text(), "before": (_pairs(column),), "using": f"{column}::{spelled(new, dialect)}"}
    using = _using(old, new, column, dialect)
    return {} if using is None else {"using": using}


def _pairs(column: str) -> tuple[str, str]:
    """JSON, kept as a text, as the text of an HSTORE, and where there is one."""
    pairs = f"FROM jsonb_each_text({column}::jsonb)"
    made = f"(SELECT coalesce(hstore(array_agg(key), array_agg(value))::text, '') {pairs})"
    return f"CASE WHEN jsonb_typeof({column}::jsonb) = 'object' THEN {made} END", f"{column} IS NOT NULL"


def _using(old: Type, new: Type, column: str, dialect: sa.Dialect) -> str | None:
    was, now = kind_of(old, dialect), kind_of(new, dialect)
    type_ = spelled(new, dialect)
    if was == now == "uuid":  # CHAR(32) where the app wants no native ones
        return f"{column}::{type_}" if type_.upper() == "UUID" else f"replace({column}::text, '-', '')"
    ranges = _between_ranges(old, new, column, type_)
    if ranges is not None:
        return ranges
    if was == now == "datetime" or (was, now) == ("int", "datetime"):
        return _moment(old, new, was, column)
    if (was, now) in USING:
        return USING[was, now].format(c=column, t=type_)
    if (was, now) == ("json", "array"):
        return FROM_JSON.format(c=column, t=type_)
    if (was, now) == ("uuid", "text") and (getattr(new, "length", None) or 36) < 36:
        return f"replace({column}::text, '-', '')"
    if old.__visit_name__ == "INET" and now == "text":  # the cast says "/32" of a single address
        return f"CASE WHEN {column} IS NOT NULL THEN concat({column}) END"
    if now == "json":
        return _to_json(was, column, type_)
    return (
        _with_array(was, now, column, type_)
        if "array" in (was, now) and was != now
        else _cast(old, new, column, dialect)
    )


def _between_ranges(old: Type, new: Type, column: str, type_: str) -> str | None:
    """Ranges of another kind from their ends; a range from several is the one around them."""
    words = [str(one.__visit_name__).upper() for one in (old, new)]
    if words[0] == words[1] or not all(word.endswith("RANGE") for word in words):
        return None
    was_several, is_several = (word.endswith("MULTIRANGE") for word in words)
    if was_several and words[0].replace("MULTI", "") == words[1]:
        return f"range_merge({column})"
    if was_several or is_several:
        return f"{column}::{type_}"
    ends = f"CASE WHEN lower_inc({column}) THEN '[' ELSE '(' END || CASE WHEN upper_inc({column}) THEN ']' ELSE ')' END"
    made = f"{type_.lower()}({_end('lower', column, words)}, {_end('upper', column, words)}, {ends})"
    return f"CASE WHEN isempty({column}) THEN 'empty'::{type_} WHEN {column} IS NOT NULL THEN {made} END"


def _end(side: str, column: str, words: t.Sequence[str]) -> str:
    end = f"{side}({column})"
    if set(words) == {"TSRANGE", "TSTZRANGE"}:
        return f"{end} AT TIME ZONE 'UTC'"
    casts = {"INT4RANGE": "integer", "INT8RANGE": "bigint", "NUMRANGE": "numeric", "DATERANGE": "date"}
    return f"{end}::{casts.get(words[1], 'timestamp' if words[1] == 'TSRANGE' else 'timestamptz')}"


def _with_array(was: str, now: str, column: str, type_: str) -> str:
    if now == "array":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE ARRAY[{column}]::{type_} END"
    return f"({column}[1])::{type_}"


def _cast(old: Type, new: Type, column: str, dialect: sa.Dialect) -> str | None:
    was, now = kind_of(old, dialect), kind_of(new, dialect)
    type_ = spelled(new, dialect)
    if was == "json" and now != "text":
        return f"({column} #>> '{{}}')::{type_}"
    if (was, now) in BY_ITSELF or (now == "text" and was not in ("array", "binary")):
        return None
    if was == now and was not in ("enum", "array", "other"):
        return None
    if now == "other" and was == "int" and new.__visit_name__ == "BIT":
        return f"{column}::{type_}"
    if was == "other" and old.__visit_name__ == "BIT" and now == "int":
        return f"{column}::{type_}"
    if "enum" in (was, now) and was != "text":
        return f"{column}::text::{type_}"
    if was == "array" and now == "array" and _has_enum(old, new):
        return f"{column}::text[]::{type_}"
    return f"{column}::{type_}" if was == "text" or was == now else f"{column}::text::{type_}"


def _has_enum(*types: t.Any) -> bool:
    return any(isinstance(getattr(one, "item_type", None), sa.Enum) for one in types)


def _moment(old: t.Any, new: t.Any, was: str, column: str) -> str | None:
    zoned = bool(getattr(new, "timezone", False))
    if was == "int":
        return f"to_timestamp({column})" if zoned else f"to_timestamp({column}) AT TIME ZONE 'UTC'"
    if bool(getattr(old, "timezone", False)) is zoned:
        return None
    return f"{column} AT TIME ZONE 'UTC'"


def _to_json(was: str, column: str, type_: str) -> str | None:
    if was in ("text", "json"):
        return f"{column}::{type_}"
    return f"to_jsonb({column})::{type_}"
