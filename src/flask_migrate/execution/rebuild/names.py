"""Names of constraints as they are: SQLAlchemy reads those with spaces, quotes or parentheses in part or not at all."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ...schema.read.sqlite_sql import Declared, parse_table
from ...schema.read.sqlite_tokens import NotUnderstood
from ..statements import raw
from .texts import folded, quoted

Found = list[dict[str, t.Any]]


def read_declared(connection: sa.Connection, schema: str | None, table: str) -> Declared:
    """What the text of ``table`` says.

    :raises NotUnderstood: when there is none that can be read.
    """
    rows = raw(connection, f"SELECT name, sql FROM {quoted(schema or 'main')}.sqlite_master WHERE type = 'table'")
    texts = [sql for name, sql in rows if folded(name) == folded(table)]
    if not texts:
        raise NotUnderstood(f"there is no table {table}")
    return parse_table(texts[0])


@contextlib.contextmanager
def names_read(dialect: sa.Dialect) -> t.Iterator[None]:
    """Within this block, what is read of the constraints of a table is what its text says."""
    wrapped = {
        "get_unique_constraints": _unique,
        "get_check_constraints": _checks,
        "get_foreign_keys": _foreign_keys,
    }
    for name, complete in wrapped.items():
        setattr(dialect, name, _reading(getattr(dialect, name), complete))
    try:
        yield
    finally:
        for name in wrapped:
            vars(dialect).pop(name, None)


def _reading(read: t.Callable[..., t.Any], complete: t.Callable[[Found, Declared], Found]) -> t.Callable[..., t.Any]:
    def get(connection: sa.Connection, table_name: str, schema: str | None = None, **options: t.Any) -> t.Any:
        found: Found = read(connection, table_name, schema, **options)
        try:
            return complete(found, read_declared(connection, schema, table_name))
        except NotUnderstood:
            return found

    return get


def _unique(found: Found, declared: Declared) -> Found:
    return [{"name": key.name, "column_names": list(key.columns)} for key in declared.unique_keys]


def _checks(found: Found, declared: Declared) -> Found:
    return [{"name": check.name, "sqltext": check.text} for check in declared.checks]


def _foreign_keys(found: Found, declared: Declared) -> Found:
    """The same keys, with their names."""
    left = list(declared.foreign_keys)
    made = []
    for one in found:
        columns = [folded(name) for name in one["constrained_columns"]]
        same = next(
            (
                key
                for key in left
                if [folded(name) for name in key.columns] == columns
                and folded(key.referred_table) == folded(one["referred_table"])
            ),
            None,
        )
        if same is not None:
            left.remove(same)
        made.append(one if same is None else {**one, "name": same.name})
    return made
