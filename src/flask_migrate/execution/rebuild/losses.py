"""What one declaration of a table says and another one does not."""

from __future__ import annotations

import typing as t

from ...schema.model import ForeignKey
from ...schema.read.sqlite_sql import Declared
from .texts import folded, normal


def losses(expected: Declared, found: Declared) -> list[str]:
    """In words, what ``expected`` has that ``found`` lacks."""
    return [*_checks(expected, found), *_keys(expected, found), *_columns(expected, found), *_table(expected, found)]


def _checks(expected: Declared, found: Declared) -> t.Iterator[str]:
    there = {normal(check.text) for check in found.checks}
    for check in expected.checks:
        if normal(check.text) not in there:
            yield f"CHECK ({check.text})"


def _keys(expected: Declared, found: Declared) -> t.Iterator[str]:
    unique = {frozenset(map(folded, key.columns)) for key in found.unique_keys}
    if found.primary_key is not None:
        unique.add(frozenset(map(folded, found.primary_key.columns)))
    for key in expected.unique_keys:
        if frozenset(map(folded, key.columns)) not in unique:
            yield f"UNIQUE ({', '.join(key.columns)})"
    foreign = {_foreign(key) for key in found.foreign_keys}
    for reference in expected.foreign_keys:
        if _foreign(reference) not in foreign:
            yield f"FOREIGN KEY ({', '.join(reference.columns)}) {_actions(reference)}"


def _foreign(key: ForeignKey) -> tuple[t.Any, ...]:
    columns = tuple(map(folded, key.columns))
    actions = (key.on_delete, key.on_update, key.deferrable, key.initially_deferred)
    return (columns, folded(key.referred_table), *actions)


def _actions(key: ForeignKey) -> str:
    words = [f"REFERENCES {key.referred_table}"]
    words += [f"ON DELETE {key.on_delete}"] if key.on_delete else []
    words += [f"ON UPDATE {key.on_update}"] if key.on_update else []
    words += ["DEFERRABLE"] if key.deferrable else []
    return " ".join(words)


def _columns(expected: Declared, found: Declared) -> t.Iterator[str]:
    collations = {folded(name): folded(collation) for name, collation in found.collations.items()}
    for name, collation in expected.collations.items():
        if collations.get(folded(name)) != folded(collation):
            yield f"COLLATE {collation} of column {name}"
    computed = {folded(name) for name in found.computed}
    for name in expected.computed:
        if folded(name) not in computed:
            yield f"the expression of column {name}"


def _table(expected: Declared, found: Declared) -> t.Iterator[str]:
    if expected.autoincrement and not found.autoincrement:
        yield "AUTOINCREMENT"
    for option in expected.options:
        if option not in found.options:
            yield {"rowid": "WITHOUT ROWID", "strict": "STRICT"}[option[0]]
