"""What a type is, roughly: what decides how its values become those of another type."""

from __future__ import annotations

import copy
import typing as t

import sqlalchemy as sa

from ...alembic_compat import variants_of

Type = sa.types.TypeEngine[t.Any]

#: The first that fits.
KINDS: tuple[tuple[str, tuple[type[t.Any], ...]], ...] = (
    ("bool", (sa.Boolean,)),
    ("enum", (sa.Enum,)),
    ("uuid", (sa.Uuid,)),
    ("interval", (sa.Interval,)),
    ("datetime", (sa.DateTime,)),
    ("date", (sa.Date,)),
    ("time", (sa.Time,)),
    ("json", (sa.JSON,)),
    ("array", (sa.ARRAY,)),
    ("binary", (sa.LargeBinary, sa.BINARY, sa.VARBINARY)),
    ("int", (sa.Integer,)),
    ("float", (sa.Float,)),
    ("numeric", (sa.Numeric,)),
    ("text", (sa.String,)),
)
#: What is counted with, and what is told on a clock.
NUMBERS = frozenset(("int", "float", "numeric"))
MOMENTS = frozenset(("datetime", "date", "time"))


def kind_of(type_: Type, dialect: sa.Dialect) -> str:
    """One of the words above, ``other`` for a type that is none of them."""
    type_ = plain(type_, dialect)
    if dialect.name in ("mysql", "mariadb"):
        if getattr(type_, "display_width", None) == 1 and type_.__visit_name__ == "TINYINT":
            return "bool"
        if type_.__visit_name__ in ("ENUM", "SET"):
            return "enum"
    if dialect.name == "postgresql" and type_.__visit_name__ == "INTERVAL":
        return "interval"
    return next((word for word, classes in KINDS if isinstance(type_, classes)), "other")


def plain(type_: Type, dialect: sa.Dialect) -> Type:
    """A type without the decorators of an app, and in the variant for a dialect."""
    seen = 0
    if isinstance(type_, sa.Interval) and dialect.name == "postgresql":
        return type_  # a decorator for engines without intervals only
    while isinstance(type_, sa.types.TypeDecorator) and seen < 9:
        type_ = type_.load_dialect_impl(dialect)
        seen += 1
    variant = variants_of(type_).get(dialect.name)
    return plain(variant, dialect) if variant is not None and variant is not type_ else type_


def spelled(type_: Type, dialect: sa.Dialect) -> str:
    """A type as the engine is told it."""
    return str(type_.compile(dialect=dialect))


def bare(type_: Type) -> Type:
    """A type without its check, which is compared by itself, and which makes no other type."""
    if isinstance(type_, sa.types.TypeDecorator):
        inner = bare(type_.impl_instance)
        if inner is type_.impl_instance:
            return type_
        made: t.Any = copy.copy(type_)
        made.impl = inner
        return t.cast("Type", made)
    if not isinstance(type_, (sa.Enum, sa.Boolean)) or not type_.create_constraint:
        return type_
    plain_one = copy.copy(type_)
    plain_one.create_constraint = False
    return plain_one
