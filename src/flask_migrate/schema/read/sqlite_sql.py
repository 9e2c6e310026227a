"""SQLite's declarations: what only the text in ``sqlite_master`` tells about a table, index, view or trigger.

No pragma knows constraint names, checks, generated columns' expressions, collations of columns,
``AUTOINCREMENT``, ``DEFERRABLE``, conflict clauses, or the expressions and predicates of indexes. The grammar
is that of https://www.sqlite.org/lang_createtable.html and https://www.sqlite.org/lang_createindex.html.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace

from ..model import Check, Computed, ForeignKey, Options, PrimaryKey, UniqueKey
from .sqlite_tokens import Cursor, NotUnderstood, Token, join, split_commas, tokenize

#: Words that end the type of a column; all but GENERATED are reserved.
AFTER_TYPE = frozenset(
    ("CONSTRAINT", "DEFAULT", "NULL", "NOT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "COLLATE", "AS")
) | {"GENERATED", "DEFERRABLE"}
TABLE_CONSTRAINT = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"))

#: What has a word of these may say more than the pragmas, also where it is a name or in a text.
_SAYS_MORE = re.compile(
    r"\b(?:AS|ASC|AUTOINCREMENT|CHECK|COLLATE|CONFLICT|CONSTRAINT|DEFERRABLE|DESC|FOREIGN|GENERATED|REFERENCES|STRICT|"
    r"UNIQUE|WITHOUT)\b",
    re.IGNORECASE,
)


@dataclass
class Declared:
    """What the text of a ``CREATE TABLE`` says beyond the pragmas."""

    columns: list[str] = field(default_factory=list)
    collations: dict[str, str] = field(default_factory=dict)
    computed: dict[str, Computed] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    primary_key: PrimaryKey | None = None
    autoincrement: bool = False
    unique_keys: list[UniqueKey] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class DeclaredIndex:
    """What the text of a ``CREATE INDEX`` says: each part without its order, and the predicate."""

    parts: tuple[str, ...]
    predicate: str | None


def parse_table(sql: str) -> Declared:
    """Read a ``CREATE TABLE`` statement.

    :raises NotUnderstood: it is not one, or not written as the grammar says.
    """
    cursor = Cursor(tokenize(sql))
    _pass_head(cursor, "TABLE")
    declared = Declared()
    items = split_commas(cursor.parenthesized())
    for tokens in items:
        if tokens and tokens[0].keyword in TABLE_CONSTRAINT:
            _table_constraints(Cursor(tokens), declared)
        else:
            _column(Cursor(tokens), declared)
    _table_options(cursor, declared)
    return declared


def is_plain(sql: str) -> bool:
    """Whether a ``CREATE TABLE`` statement surely says nothing that no pragma knows."""
    return _SAYS_MORE.search(sql) is None


def parse_index(sql: str) -> DeclaredIndex:
    """Read a ``CREATE INDEX`` statement."""
    cursor = Cursor(tokenize(sql))
    _pass_head(cursor, "INDEX")
    cursor.expect("ON")
    cursor.take()
    parts = tuple(join(_without_order(part)) for part in split_commas(cursor.parenthesized()))
    predicate = join(cursor.rest()) if cursor.accept("WHERE") else None
    return DeclaredIndex(parts, predicate)


def parse_view(sql: str) -> tuple[tuple[str, ...], str]:
    """The declared column names and the query of a ``CREATE VIEW`` statement."""
    cursor = Cursor(tokenize(sql))
    _pass_head(cursor, "VIEW")
    columns = _names(cursor.parenthesized()) if cursor.looks_at("(") else ()
    cursor.expect("AS")
    return columns, join(cursor.rest())


def parse_trigger(sql: str) -> str:
    """What a ``CREATE TRIGGER`` statement says behind the name: timing, event, table and action."""
    cursor = Cursor(tokenize(sql))
    _pass_head(cursor, "TRIGGER")
    return join(cursor.rest())


def parse_virtual_table(sql: str) -> str:
    """The module and the arguments of a ``CREATE VIRTUAL TABLE`` statement."""
    cursor = Cursor(tokenize(sql))
    _pass_head(cursor, "TABLE")
    cursor.expect("USING")
    return join(cursor.rest())


def _pass_head(cursor: Cursor, kind: str) -> None:
    """Pass ``CREATE … kind [IF NOT EXISTS] [schema.]name``."""
    cursor.expect("CREATE")
    cursor.one_of("TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL")
    cursor.expect(kind)
    cursor.accept("IF", "NOT", "EXISTS")
    cursor.take()
    if cursor.accept("."):
        cursor.take()


def _column(cursor: Cursor, declared: Declared) -> None:
    column = cursor.take().name
    declared.columns.append(column)
    while not cursor.at_end and not _ends_type(cursor):
        if cursor.looks_at("("):
            cursor.parenthesized()
        else:
            cursor.take()
    name = None
    while not cursor.at_end:
        if cursor.accept("CONSTRAINT"):
            name = cursor.take().name
        else:
            _column_constraint(cursor, declared, column, name)
            name = None


def _ends_type(cursor: Cursor) -> bool:
    keyword = cursor.peek().keyword
    return keyword in AFTER_TYPE and (keyword != "GENERATED" or cursor.looks_at("GENERATED", "ALWAYS"))


def _column_constraint(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    word = cursor.take().keyword
    reader = COLUMN_CONSTRAINTS.get(word)
    if reader is None:
        raise NotUnderstood(f"column {column!r}: {word!r} is no constraint")
    reader(cursor, declared, column, name)


def _default(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    """Pass the default; ``PRAGMA table_xinfo`` tells its value."""
    if cursor.looks_at("("):
        cursor.parenthesized()
    elif cursor.take().text in ("+", "-"):
        cursor.take()


def _null(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    _conflict(cursor)


def _not(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    if cursor.accept("DEFERRABLE"):
        _defer(declared, False, cursor)
        return
    cursor.expect("NULL")
    conflict = _conflict(cursor)
    if conflict:
        declared.conflicts[column] = conflict


def _primary(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    cursor.expect("KEY")
    order = cursor.one_of("ASC", "DESC")
    conflict = _conflict(cursor)
    declared.autoincrement = cursor.accept("AUTOINCREMENT")
    declared.primary_key = PrimaryKey(
        name=name, columns=(column,), options=_options(conflict, (column,) if order == "DESC" else ())
    )


def _unique(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    declared.unique_keys.append(UniqueKey(name=name, columns=(column,), options=_options(_conflict(cursor))))


def _check(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    text = join(cursor.parenthesized())
    declared.checks.append(Check(name=name, text=text, options=_options(_conflict(cursor))))


def _references(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    declared.foreign_keys.append(_foreign_key(cursor, name, (column,)))


def _deferrable(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    _defer(declared, True, cursor)


def _defer(declared: Declared, deferrable: bool, cursor: Cursor) -> None:
    """SQLite lets the clause stand apart; it is then about the last foreign key."""
    deferred = _initially(cursor) and deferrable
    if declared.foreign_keys:
        key = declared.foreign_keys.pop()
        declared.foreign_keys.append(replace(key, deferrable=deferrable, initially_deferred=deferred))


def _collate(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    declared.collations[column] = cursor.take().name


def _generated(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    cursor.expect("ALWAYS", "AS")
    _as(cursor, declared, column, name)


def _as(cursor: Cursor, declared: Declared, column: str, name: str | None) -> None:
    expression = join(cursor.parenthesized())
    stored = cursor.one_of("STORED", "VIRTUAL") == "STORED"
    declared.computed[column] = Computed(expression=expression, stored=stored)


COLUMN_CONSTRAINTS: t.Mapping[str, t.Callable[[Cursor, Declared, str, str | None], None]] = {
    "DEFAULT": _default,
    "NULL": _null,
    "NOT": _not,
    "PRIMARY": _primary,
    "UNIQUE": _unique,
    "CHECK": _check,
    "REFERENCES": _references,
    "DEFERRABLE": _deferrable,
    "COLLATE": _collate,
    "GENERATED": _generated,
    "AS": _as,
}


def _table_constraints(cursor: Cursor, declared: Declared) -> None:
    """Table constraints; SQLite also takes several without a comma between them."""
    name = None
    while not cursor.at_end:
        if cursor.accept("CONSTRAINT"):
            name = cursor.take().name
        else:
            _table_constraint(cursor, declared, name)
            name = None


def _table_constraint(cursor: Cursor, declared: Declared, name: str | None) -> None:
    if cursor.accept("PRIMARY", "KEY"):
        columns = cursor.parenthesized()
        if columns and columns[-1].keyword == "AUTOINCREMENT":
            declared.autoincrement = True
            columns.pop()
        options = _options(_conflict(cursor), _descending(columns))
        declared.primary_key = PrimaryKey(name=name, columns=_names(columns), options=options)
    elif cursor.accept("UNIQUE"):
        columns = cursor.parenthesized()
        options = _options(_conflict(cursor), _descending(columns))
        declared.unique_keys.append(UniqueKey(name=name, columns=_names(columns), options=options))
    elif cursor.accept("CHECK"):
        _check(cursor, declared, "", name)
    elif cursor.accept("FOREIGN", "KEY"):
        columns_here = _names(cursor.parenthesized())
        cursor.expect("REFERENCES")
        declared.foreign_keys.append(_foreign_key(cursor, name, columns_here))
    else:
        raise NotUnderstood(f"{cursor.peek().text!r} is no table constraint")


def _foreign_key(cursor: Cursor, name: str | None, columns: tuple[str, ...]) -> ForeignKey:
    """What stands behind ``REFERENCES``."""
    table = cursor.take().name
    referred = _names(cursor.parenthesized()) if cursor.looks_at("(") else ()
    clauses: dict[str, str] = {}
    while word := cursor.one_of("ON", "MATCH"):
        if word == "MATCH":
            clauses["MATCH"] = cursor.take().name.upper()
        else:
            event = cursor.take().keyword
            clauses[event] = _action(cursor)
    deferrable = initially_deferred = False
    if cursor.accept("NOT", "DEFERRABLE"):
        _initially(cursor)
    elif cursor.accept("DEFERRABLE"):
        deferrable, initially_deferred = True, _initially(cursor)
    return ForeignKey(
        name=name,
        columns=columns,
        referred_table=table,
        referred_columns=referred,
        on_delete=_acting(clauses.get("DELETE")),
        on_update=_acting(clauses.get("UPDATE")),
        match=clauses.get("MATCH"),
        deferrable=deferrable,
        initially_deferred=initially_deferred,
    )


def _action(cursor: Cursor) -> str:
    first = cursor.take().keyword
    return f"{first} {cursor.take().keyword}" if first in ("SET", "NO") else first


def _acting(action: str | None) -> str | None:
    return None if action == "NO ACTION" else action


def _initially(cursor: Cursor) -> bool:
    """Pass ``INITIALLY …`` and say whether it defers."""
    return cursor.accept("INITIALLY") and cursor.take().keyword == "DEFERRED"


def _conflict(cursor: Cursor) -> str | None:
    return cursor.take().keyword if cursor.accept("ON", "CONFLICT") else None


def _options(conflict: str | None, descending: tuple[str, ...] = ()) -> Options:
    pairs = {"descending": ", ".join(descending), "on conflict": conflict or ""}
    return tuple((word, text) for word, text in pairs.items() if text)


def _names(tokens: t.Sequence[Token]) -> tuple[str, ...]:
    return tuple(part[0].name for part in split_commas(tokens) if part)


def _descending(tokens: t.Sequence[Token]) -> tuple[str, ...]:
    return tuple(part[0].name for part in split_commas(tokens) if part[-1].keyword == "DESC")


def _without_order(tokens: list[Token]) -> list[Token]:
    return tokens[:-1] if tokens[-1].keyword in ("ASC", "DESC") else tokens


def _table_options(cursor: Cursor, declared: Declared) -> None:
    while not cursor.at_end:
        if cursor.accept("WITHOUT", "ROWID"):
            declared.options.append(("rowid", "without"))
        elif cursor.accept("STRICT"):
            declared.options.append(("strict", "yes"))
        elif not cursor.accept(",") and not cursor.accept(";"):
            raise NotUnderstood(f"{cursor.peek().text!r} is no table option")
