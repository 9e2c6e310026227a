"""Columns as they were declared, where SQLAlchemy reads less: types of SQLite, defaults of MariaDB."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from ...operations import NamedType
from ..keys.building import literal
from .kinds import Type, spelled

if t.TYPE_CHECKING:
    from ...schema.model import Column

#: A type in a declaration, and its numbers.
TYPE = re.compile(r"(?P<words>[A-Za-z_][\w ]*?)\s*(?:\((?P<numbers>\s*\d+\s*(?:,\s*\d+\s*)?)\))?")


def declared_type(type_: Type, text: str, dialect: sa.Dialect) -> Type:
    """What is spelled like ``text``: the reflected type where it is, else one of SQLAlchemy's, else the text itself."""
    if dialect.name != "sqlite" or not text or _is_spelled(type_, text, dialect):
        return type_
    match = TYPE.fullmatch(text.strip())
    found = getattr(sa.types, match["words"].upper().replace(" ", "_"), None) if match else None
    if match and isinstance(found, type) and issubclass(found, sa.types.TypeEngine):
        numbers = [int(one) for one in (match["numbers"] or "").split(",") if one.strip()]
        made = t.cast("t.Any", found)(*numbers)
        if _is_spelled(made, text, dialect):
            return t.cast("Type", made)
    return NamedType(text)


def complete_default(live: sa.Column[t.Any], known: Column) -> None:
    """Give a reflected column of MariaDB the default that SQLAlchemy reads no further than to its first quote."""
    if known.default is not None and known.default.lower().startswith("nextval("):
        live.server_default = sa.DefaultClause(literal(known.default))


def _is_spelled(type_: Type, text: str, dialect: sa.Dialect) -> bool:
    if isinstance(type_, sa.types.NullType):
        return False
    return _squeezed(spelled(type_, dialect)) == _squeezed(text)


def _squeezed(text: str) -> str:
    """A type without what makes no difference; a collation is not a part of it."""
    return re.sub(r"\s+", "", re.sub(r"(?i)\s+COLLATE\s.*$", "", text)).upper()
