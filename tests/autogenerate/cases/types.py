"""Changes of types, with rows that have to be converted there and back."""

from __future__ import annotations

import datetime
import typing as t
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ..case import Case, identity

#: Name, old type, new type, a value of the old one, the same as the new one (where it reads differently).
CHANGES: tuple[tuple[t.Any, ...], ...] = (
    ("longer", sa.String(20), sa.String(50), "word"),
    ("shorter", sa.String(50), sa.String(20), "word"),
    ("text", sa.String(20), sa.Text(), "word"),
    ("int-to-bigint", sa.Integer(), sa.BigInteger(), 7),
    ("bigint-to-int", sa.BigInteger(), sa.Integer(), 7),
    ("smallint-to-int", sa.SmallInteger(), sa.Integer(), 7),
    ("int-to-text", sa.Integer(), sa.String(20), 7, "7"),
    ("text-to-int", sa.String(20), sa.Integer(), "7", 7),
    ("int-to-bool", sa.Integer(), sa.Boolean(), 1, True),
    ("bool-to-int", sa.Boolean(), sa.Integer(), True, 1),
    ("text-to-bool", sa.String(20), sa.Boolean(), "true", True),
    ("text-to-date", sa.String(20), sa.Date(), "2020-02-03", datetime.date(2020, 2, 3)),
    ("date-to-text", sa.Date(), sa.String(20), datetime.date(2020, 2, 3), "2020-02-03"),
    ("date-to-datetime", sa.Date(), sa.DateTime(), datetime.date(2020, 2, 3), datetime.datetime(2020, 2, 3)),
    ("text-to-datetime", sa.String(30), sa.DateTime(), "2020-02-03 04:05:06", datetime.datetime(2020, 2, 3, 4, 5, 6)),
    ("text-to-json", sa.Text(), sa.JSON(), '{"a": 1}', {"a": 1}),
    (
        "text-to-uuid",
        sa.String(36),
        sa.Uuid(),
        "12345678-1234-5678-1234-567812345678",
        uuid.UUID("12345678-1234-5678-1234-567812345678"),
    ),
    ("int-to-numeric", sa.Integer(), sa.Numeric(10, 2), 7, Decimal(7)),
    ("numeric-to-wider", sa.Numeric(8, 2), sa.Numeric(12, 4), Decimal("1.50")),
    ("float-to-numeric", sa.Float(), sa.Numeric(10, 2), 1.5, Decimal("1.50")),
    ("text-to-numeric", sa.String(20), sa.Numeric(10, 2), "1.50", Decimal("1.50")),
    ("text-to-float", sa.String(20), sa.Float(), "1.5", 1.5),
    ("int-to-float", sa.Integer(), sa.Float(), 7, 7.0),
    ("text-to-binary", sa.String(20), sa.LargeBinary(), "word", b"word"),
)

#: Changes whose values a driver does not show as the model does.
STORED_OTHERWISE = ("date-to-datetime", "text-to-datetime", "text-to-json", "text-to-uuid", "text-to-numeric")


def table(type_: t.Any, **options: t.Any) -> t.Callable[[sa.MetaData], t.Any]:
    """A table with one column of a type."""
    return lambda m: sa.Table("item", m, identity(), sa.Column("x", type_, **options))


def cases() -> t.Iterator[Case]:
    """Each change, with a value and with none."""
    for name, old, new, value, *other in CHANGES:
        rows = {"item": [{"id": 1, "x": value}, {"id": 2, "x": None}]}
        filled: t.Any = {"item": [{"id": 1}, {"id": 2}]}
        reverted: t.Any = filled
        if name not in STORED_OTHERWISE:
            filled = {"item": [{"id": 1, "x": other[0] if other else value}, {"id": 2, "x": None}]}
            reverted = rows
        yield Case(
            name=f"type-{name}", before=table(old), after=table(new), rows=rows, filled=filled, reverted=reverted
        )


def every(metadata: sa.MetaData) -> sa.Table:
    """A table with a column of each type."""
    columns = (sa.Column(name, new) for name, _, new, *_ in CHANGES)
    return sa.Table("item", metadata, identity(), *columns)


#: Types that SQLAlchemy does not read back from SQLite.
SPELLED = (sa.BINARY(4), sa.VARBINARY(9), sa.CLOB(), sa.DOUBLE_PRECISION(), sa.UUID())


def spelled(metadata: sa.MetaData, *, is_there: bool) -> sa.Table:
    """A table with a column of each of them."""
    columns = [sa.Column(f"c{place}", type_) for place, type_ in enumerate(SPELLED)]
    return sa.Table("item", metadata, identity(), *(columns if is_there else ()))


def from_json(metadata: sa.MetaData, *, is_json: bool) -> sa.Table:
    """A table with columns that are JSON, or what stands in it."""
    types = {"day": sa.Date, "number": sa.Integer, "flag": sa.Boolean, "none": sa.Integer}
    columns = [sa.Column(name, sa.JSON if is_json else type_) for name, type_ in types.items()]
    return sa.Table("item", metadata, identity(), *columns)


CASES = (
    *cases(),
    Case(
        name="types-spelled-otherwise-dropped",
        before=lambda m: spelled(m, is_there=True),
        after=lambda m: spelled(m, is_there=False),
        rows={"item": [{"id": 1}]},
        engines=("sqlite",),
    ),
    Case(
        name="types-text-spelled-otherwise",
        before=table(sa.CLOB()),
        after=table(sa.Text()),
        rows={"item": [{"id": 1, "x": "a"}]},
        engines=("sqlite",),
    ),
    Case(
        name="types-from-json",
        before=lambda m: from_json(m, is_json=True),
        after=lambda m: from_json(m, is_json=False),
        rows={"item": [{"id": 1, "day": "2020-01-02", "number": 5, "flag": True, "none": None}]},
        filled={"item": [{"id": 1, "day": "2020-01-02", "number": 5, "flag": 1, "none": None}]},
        reverted={"item": [{"id": 1, "day": '"2020-01-02"', "number": 5, "none": None}]},
        engines=("sqlite", "mariadb"),
    ),
    Case(
        name="type-year-to-date",
        before=table(mysql.YEAR()),
        after=table(sa.Date()),
        rows={"item": [{"id": 1, "x": 2020}, {"id": 2, "x": None}]},
        filled={"item": [{"id": 1, "x": "2020-01-01"}, {"id": 2, "x": None}]},
        reverted={"item": [{"id": 1, "x": 2020}, {"id": 2, "x": None}]},
        engines=("mariadb",),
    ),
    Case(name="types-kept", before=every),
    Case(
        name="type-with-default",
        before=table(sa.String(20), server_default="5"),
        after=table(sa.Integer, server_default="6"),
        rows={"item": [{"id": 1, "x": "7"}]},
        filled={"item": [{"id": 1, "x": 7}]},
    ),
    Case(
        name="type-under-index-and-check",
        before=lambda m: sa.Table(
            "item", m, identity(), sa.Column("x", sa.Integer, sa.CheckConstraint("x > 0")), sa.Index("ix_x", "x")
        ),
        after=lambda m: sa.Table(
            "item", m, identity(), sa.Column("x", sa.BigInteger, sa.CheckConstraint("x > 0")), sa.Index("ix_x", "x")
        ),
        rows={"item": [{"id": 1, "x": 7}]},
    ),
)
