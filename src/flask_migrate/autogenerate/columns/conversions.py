"""How the values of one type become those of another, on each engine."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from . import mysql_values, postgresql_values, sqlite_values
from .kinds import NUMBERS, Type, kind_of, plain, spelled

MAKERS = {
    "postgresql": postgresql_values.convert,
    "sqlite": sqlite_values.convert,
    "mysql": mysql_values.convert,
    "mariadb": mysql_values.convert,
}


@dataclasses.dataclass(frozen=True)
class Conversion:
    """What a change of type takes, beside the change itself.

    :param using: the expression of PostgreSQL's ``USING``.
    :param before: assignments (``expression``, ``condition``) while the column still has its old type.
    :param after: the same once it has its new one.
    :param via: a type in between, with which ``before`` is run.
    :param warning: what of the values can be lost, or make the change fail.
    """

    using: str | None = None
    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()
    via: Type | None = None
    warning: str | None = None


def conversion(old: Type, new: Type, column: str, dialect: sa.Dialect) -> Conversion:
    """The conversion of a column.

    :param column: its name, quoted.
    """
    make = MAKERS.get(dialect.name)
    warning = _warning(plain(old, dialect), plain(new, dialect), dialect)
    if make is None:
        return Conversion(warning=warning)
    found: dict[str, t.Any] = make(plain(old, dialect), plain(new, dialect), column, dialect)
    return Conversion(warning=warning, **found)


def _warning(old: Type, new: Type, dialect: sa.Dialect) -> str | None:
    was, now = kind_of(old, dialect), kind_of(new, dialect)
    change = f"{spelled(old, dialect)} to {spelled(new, dialect)}" if was != "other" != now else "another type"
    if was == now:
        return _narrower(old, new, change)
    if (was, now) in {("float", "int"), ("numeric", "int")}:
        return f"fractions are rounded: {change}"
    if now == "bool" and was in NUMBERS:
        return f"every number but 0 becomes true: {change}"
    if (was, now) in {("uuid", "int"), ("datetime", "date"), ("datetime", "time"), ("array", "int")}:
        return f"a part of each value is lost: {change}"
    if was in ("text", "json", "binary", "other") or now == "enum":
        return f"values that are no {spelled(new, dialect)} make this fail: {change}" if now != "text" else None
    return None


def _narrower(old: Type, new: Type, change: str) -> str | None:
    for word in ("length", "precision", "scale"):
        before, after = getattr(old, word, None), getattr(new, word, None)
        if isinstance(after, int) and (before is None or before > after) and not isinstance(new, sa.Enum):
            return f"values that don't fit make this fail, or are cut: {change}"
    return None
