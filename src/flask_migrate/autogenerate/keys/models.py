"""What the models say of keys and checks: their names, and their conditions as they are written."""

from __future__ import annotations

import functools
import re
import typing as t

import sqlalchemy as sa

from ...alembic_compat import is_created
from ...schema.model import Check


def names(table: sa.Table, dialect: sa.Dialect) -> set[str]:
    """The names that a model gives to its constraints and indexes, as the engine gets them."""
    of_columns = (one for column in table.columns for one in column.constraints)
    every = (*table.constraints, *table.indexes, *(of_columns if dialect.name in ("postgresql", "sqlite") else ()))
    found = (name_of(one, dialect) for one in every)
    return {name for name in found if name is not None}


def name_of(one: t.Any, dialect: sa.Dialect) -> str | None:
    """The name of a constraint or index, cut where it is too long; ``None`` where the model gives none."""
    preparer = dialect.identifier_preparer
    if one.name is None:
        return None
    is_index = isinstance(one, sa.Index)
    text: str | None = preparer.format_index(one) if is_index else preparer.format_constraint(one)
    if not text:
        return None
    name = preparer.unformat_identifiers(text)[0]
    return name.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else name


def conditions(table: sa.Table, dialect: sa.Dialect) -> list[tuple[str | None, str]]:
    """The name and the text of every check of a model, those of its Boolean and Enum types among them."""
    no_statement: t.Any = None
    compiler = dialect.ddl_compiler(dialect, no_statement)
    found = []
    for one in table.constraints | {one for column in table.columns for one in column.constraints}:
        if isinstance(one, sa.CheckConstraint) and is_created(one, compiler):
            found.append((name_of(one, dialect), text_of(one.sqltext, dialect)))
    return sorted(found, key=lambda item: (item[0] or "", item[1]))


def text_of(element: t.Any, dialect: sa.Dialect) -> str:
    """An expression as SQL, with its values in it and percent signs as they are."""
    options = {"literal_binds": True, "include_table": False}
    return str(element.compile(dialect=plain_dialect(dialect), compile_kwargs=options))


@functools.cache
def plain_dialect(dialect: sa.Dialect) -> sa.Dialect:
    """The same dialect for text that no driver gets: percent signs are not doubled in it."""
    make: t.Any = type(dialect)
    return t.cast("sa.Dialect", make(paramstyle="named"))


def text_for(check: Check, known: t.Sequence[tuple[str | None, str]]) -> str | None:
    """The condition of a check as the model writes it, for a check that the engine has rewritten."""
    if check.name is not None:
        named = [text for name, text in known if name == check.name]
        if named:
            return named[0]
    unnamed = [text for name, text in known if name is None]
    same = [text for text in unnamed if _bare(text) == _bare(check.text)]
    if same:
        return same[0]
    return unnamed[0] if len(unnamed) == 1 else None


def _bare(text: str) -> str:
    """A condition without what engines add and leave out."""
    return re.sub(r"::[\w ]+|[\s()`\"\[\]]|_utf8mb4", "", text).lower()
