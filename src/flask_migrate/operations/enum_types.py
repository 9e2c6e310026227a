"""Enumeration types of PostgreSQL. Elsewhere an enum belongs to its column, and nothing is done here."""

from __future__ import annotations

import typing as t

from alembic import op

from .names import dialect_name, quoted
from .retyping import made_anew


def create_enum_type(name: str, values: t.Sequence[str], schema: str | None = None) -> None:
    """Make an enumeration type on PostgreSQL.

    :param name: its name.
    :param values: in their order.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"CREATE TYPE {quoted(name, schema)} AS ENUM ({', '.join(map(_literal, values))})")


def drop_enum_type(name: str, schema: str | None = None) -> None:
    """Drop an enumeration type of PostgreSQL, which no column has any more.

    :param name: its name.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"DROP TYPE {quoted(name, schema)}")


def alter_enum_type(
    name: str, old: t.Sequence[str], new: t.Sequence[str], schema: str | None = None, *, rebuild: bool = False
) -> None:
    """Change the values of an enumeration type of PostgreSQL.

    Values are only added where that is all that changes. Else the type is made anew, and the columns that have it
    are changed to it; a row with a value that is gone stops that, and nothing is changed.

    :param name: its name.
    :param old: the values that it has.
    :param new: the values that it gets, in their order.
    :param schema: its schema.
    :param rebuild: whether new values are used in the same revision, which PostgreSQL refuses for added ones.
    """
    if dialect_name() != "postgresql":
        return
    if not rebuild and [value for value in new if value in old] == list(old):
        _add_values(quoted(name, schema), list(old), list(new))
    else:
        _make_anew(name, new, schema)


def _add_values(place: str, old: list[str], new: list[str]) -> None:
    known = set(old)
    for number, value in enumerate(new):
        if value in known:
            continue
        later = next((other for other in new[number + 1 :] if other in known), None)
        where = f" BEFORE {_literal(later)}" if later is not None else ""
        op.execute(f"ALTER TYPE {place} ADD VALUE {_literal(value)}{where}")
        known.add(value)


def _make_anew(name: str, values: t.Sequence[str], schema: str | None) -> None:
    known = set(map(_plain_literal, values))

    def default_of(default: str, is_array: bool) -> str | None:
        """The same default, unless it is a value that is gone: then the script says another one."""
        return default if is_array or default.rpartition("::")[0] in known or "::" not in default else None

    made_anew(name, schema, "e", lambda: create_enum_type(name, values, schema), default_of)


def _plain_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(value: str) -> str:
    """A text for a statement that SQLAlchemy looks through for parameters."""
    return _plain_literal(value).replace(":", "\\:")
