"""What the rows get when a downgrade brings back a NOT NULL column that was dropped: the old values are gone."""

from __future__ import annotations

import datetime
import typing as t
import uuid

import sqlalchemy as sa

from ..draft import Draft
from .operations import Expression

#: Stands for "there is none".
NOTHING: t.Any = object()

#: By the type, what stands for nothing; the first that fits counts.
VALUES: tuple[tuple[type[t.Any], t.Any], ...] = (
    (sa.Boolean, False),
    (sa.Integer, 0),
    (sa.Numeric, 0),
    (sa.Uuid, uuid.UUID(int=0)),
    (sa.String, ""),
    (sa.DateTime, datetime.datetime(1970, 1, 1)),
    (sa.Date, datetime.date(1970, 1, 1)),
    (sa.Time, datetime.time(0)),
    (sa.Interval, datetime.timedelta(0)),
    (sa.LargeBinary, b""),
    (sa.JSON, {}),
    (sa.ARRAY, []),
)
#: What stands for nothing in types that only PostgreSQL has, ranges aside, as a text.
POSTGRESQL: t.Mapping[str, str] = {
    "INET": "0.0.0.0",
    "CIDR": "0.0.0.0/32",
    "MACADDR": "00:00:00:00:00:00",
    "MACADDR8": "00:00:00:00:00:00:00:00",
    "MONEY": "0",
    "BIT": "",
    "OID": "0",
    "REGCLASS": "0",
    "TSVECTOR": "",
    "TSQUERY": "",
    "HSTORE": "",
    "CITEXT": "",
    "JSONPATH": "$",
    "INTERVAL": "0",
}


def value(draft: Draft, column: sa.Column[t.Any]) -> t.Any:
    """The value, as Python or as an :class:`Expression`."""
    table = getattr(column, "table", None)
    if table is not None:
        found = _of_parent(column) or _of_own_key(table, column)
        if found:
            return Expression(found)
    if draft.dialect.name == "postgresql":
        text = POSTGRESQL.get(str(column.type.__visit_name__).upper())
        if text is not None or str(column.type.__visit_name__).upper().endswith("RANGE"):
            spelled = column.type.compile(dialect=draft.dialect)
            empty = "{}" if "MULTIRANGE" in spelled.upper() else "empty"
            return Expression(
                f"sa.text({_escaped(f'CAST({_quoted(empty if text is None else text)} AS {spelled})')!r})"
            )
    labels = getattr(column.type, "enums", None)
    if labels:
        return labels[0]
    generic = column.type.as_generic(allow_nulltype=True)
    return next((one for kind, one in VALUES if isinstance(column.type, kind) or isinstance(generic, kind)), NOTHING)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    return text.replace(":", "\\:")


def _of_parent(column: sa.Column[t.Any]) -> str | None:
    """Some row of the table that a foreign key leads to; a table that leads to itself gives each row itself."""
    for key in column.foreign_keys:
        place, _, name = key.target_fullname.rpartition(".")
        schema, _, table = place.rpartition(".")
        if table == column.table.name:
            return f"sa.column({name!r})"
        source = f"sa.table({table!r}, sa.column({name!r}){f', schema={schema!r}' if schema else ''})"
        return f"sa.select(sa.func.min(sa.column({name!r}))).select_from({source}).scalar_subquery()"
    return None


def is_alone_unique(column: sa.Column[t.Any]) -> bool:
    """Whether no two rows may have the same value in a column."""
    keys = [one for one in column.table.constraints if isinstance(one, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))]
    columns = [list(key.columns) for key in keys]
    columns += [list(index.columns) for index in column.table.indexes if index.unique]
    return any([one.name for one in several] == [column.name] for several in columns)


def _of_own_key(table: sa.Table, column: sa.Column[t.Any]) -> str | None:
    """The row's primary key, for a column in which no two rows may have the same."""
    is_unique = is_alone_unique(column)
    own = [one.name for one in table.primary_key.columns]
    if not is_unique or len(own) != 1:
        return None
    if isinstance(column.type, (sa.Integer, sa.Numeric)):
        return f"sa.column({own[0]!r})"
    return f"sa.cast(sa.column({own[0]!r}), sa.String(36))" if isinstance(column.type, sa.String) else None
