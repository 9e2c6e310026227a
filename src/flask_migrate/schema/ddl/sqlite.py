"""Statements of SQLite; a table whose columns or constraints change is rebuilt, with its rows."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from sqlalchemy.dialects import sqlite

from ..model import Column, ForeignKey, Index, PrimaryKey, Table, Trigger, UniqueKey, View
from ..render import name_words
from .dialects import Writer, body, option, shown
from .steps import Alteration, Step

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
#: A default that needs no parentheses.
LITERAL = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?|'(?:[^']|'')*'|x'[0-9a-f]*'|null|true|false|current_\w+", re.IGNORECASE)
#: A rebuilt table has this name until it takes the place of the old one.
NEW = "_flask_migrate_new_"


@functools.cache
def _reserved() -> frozenset[str]:
    return frozenset(sqlite.dialect().identifier_preparer.reserved_words)


class SQLiteWriter(Writer):
    """Writes SQLite."""

    dependents = ("view",)

    def quote(self, name: str) -> str:
        """``name``, in double quotes where it is no plain word."""
        if PLAIN.fullmatch(name) and name.lower() not in _reserved():
            return name
        return '"' + name.replace('"', '""') + '"'

    def make_table(self, table: Table, name: str | None = None) -> list[str]:
        """``CREATE TABLE`` and its indexes; under another ``name``, the table alone."""
        place = self.place(table.schema, name or table.name)
        if table.kind == "virtual table":
            return [f"CREATE VIRTUAL TABLE {place} USING {option(table, 'using')}"]
        own_key = self._own_key(table)
        lines = [self.column(column, table.primary_key if column.name == own_key else None) for column in table.columns]
        if table.primary_key is not None and own_key is None:
            key = table.primary_key
            lines.append(f"{self._named(key)}PRIMARY KEY ({self._key_columns(key)}){_conflict(key)}")
        lines += [f"{self._named(key)}UNIQUE ({self._key_columns(key)}){_conflict(key)}" for key in table.unique_keys]
        lines += [f"{self._named(check)}CHECK ({check.text}){_conflict(check)}" for check in table.checks]
        lines += [f"{self._named(key)}{self.foreign_key(key)}" for key in table.foreign_keys]
        ends = ["WITHOUT ROWID"] if option(table, "rowid") else []
        ends += ["STRICT"] if option(table, "strict") else []
        made = f"CREATE TABLE {place} {body(lines)} {', '.join(ends)}".rstrip()
        return [made] if name else [made, *self.make_indexes(table, table.indexes)]

    def _own_key(self, table: Table) -> str | None:
        """The column with which the primary key is declared, if it is one."""
        key = table.primary_key
        if key is None or len(key.columns) != 1:
            return None
        column = table.column(key.columns[0])
        return column.name if column is not None else None

    def _named(self, part: t.Any) -> str:
        return f"CONSTRAINT {self.quote(part.name)} " if part.name else ""

    def _key_columns(self, key: PrimaryKey | UniqueKey) -> str:
        descending = set(option(key, "descending").split(", "))
        return ", ".join(self.quote(name) + (" DESC" if name in descending else "") for name in key.columns)

    def column(self, column: Column, key: PrimaryKey | None = None) -> str:
        """A column as it stands in a declaration, with the primary key if it is this column alone."""
        words = [self.quote(column.name), column.type]
        if key is not None:
            order = " DESC" if option(key, "descending") else ""
            counts = " AUTOINCREMENT" if column.autoincrement else ""
            words.append(f"{self._named(key)}PRIMARY KEY{order}{_conflict(key)}{counts}")
        if not column.nullable:
            words.append(f"NOT NULL{_conflict(column)}")
        if column.default is not None:
            words.append(f"DEFAULT {_default(column.default)}")
        if column.collation:
            words.append(f"COLLATE {self.quote(column.collation)}")
        if column.computed is not None:
            words.append(f"AS ({column.computed.expression}) {'STORED' if column.computed.stored else 'VIRTUAL'}")
        return " ".join(word for word in words if word)

    def foreign_key(self, key: ForeignKey) -> str:
        """A foreign key as it stands in a declaration."""
        words = [f"FOREIGN KEY ({self.names(key.columns)}) REFERENCES {self.quote(key.referred_table)}"]
        if key.referred_columns:
            words[0] += f" ({self.names(key.referred_columns)})"
        words.append(f"ON DELETE {key.on_delete}" if key.on_delete else "")
        words.append(f"ON UPDATE {key.on_update}" if key.on_update else "")
        words.append(f"MATCH {key.match}" if key.match else "")
        words.append("DEFERRABLE" if key.deferrable else "")
        words.append("INITIALLY DEFERRED" if key.initially_deferred else "")
        return " ".join(word for word in words if word)

    def make_indexes(self, owner: Table | View, indexes: t.Iterable[Index]) -> list[str]:
        """``CREATE INDEX`` for each."""
        made = []
        for index in indexes:
            parts = []
            for part in index.parts:
                text = self.quote(part.column) if part.column is not None else str(part.expression)
                collation = f" COLLATE {self.quote(part.collation)}" if part.collation else ""
                parts.append(f"{text}{collation}{' DESC' if part.descending else ''}")
            where = f" WHERE {index.predicate}" if index.predicate else ""
            unique = "UNIQUE " if index.unique else ""
            name = self.place(owner.schema, index.name)
            made.append(f"CREATE {unique}INDEX {name} ON {self.quote(owner.name)} ({', '.join(parts)}){where}")
        return made

    def make_view(self, view: View) -> list[str]:
        """``CREATE VIEW``."""
        columns = option(view, "columns")
        names = f" ({self.names(columns.split(', '))})" if columns else ""
        return [f"CREATE VIEW {self.place(view.schema, view.name)}{names} AS {view.definition}"]

    def make_trigger(self, trigger: Trigger) -> list[str]:
        """``CREATE TRIGGER``."""
        return [f"CREATE TRIGGER {self.place(trigger.schema, trigger.name)} {trigger.definition}"]

    def alter(self, word: str, old: t.Any, new: t.Any) -> Alteration:
        """SQLite has nothing but tables and code."""
        return Alteration(impossible=[f"{word} {shown(new)} can't be changed on SQLite."])

    def alter_table(self, old: Table, new: Table) -> Alteration:
        """New indexes, a column at the end, or a rebuild."""
        found = Alteration()
        if "virtual table" in (old.kind, new.kind):
            losing = self._losing(self.drop("table", old), f"virtual table {shown(old)} with its rows", old)
            found.steps = [
                *losing,
                *self.make("table", new),
            ]
            return found
        added = self._added_at_the_end(old, new)
        if added is None:
            found.moves_columns = True
            found.steps = self._rebuilt(old, new)
            return found
        found.steps += self._drop_indexes(old, new)
        place = self.place(new.schema, new.name)
        for column in added:
            words = f"add column {name_words(new.name, column.name)}"
            found.steps.append(Step(f"ALTER TABLE {place} ADD COLUMN {self.column(column)}", words))
        fresh = [index for index in new.indexes if index not in old.indexes]
        for index, sql in zip(fresh, self.make_indexes(new, fresh), strict=True):
            found.steps.append(Step(sql, f"make index {name_words(index.name)} on {shown(new)}"))
        return found

    def _drop_indexes(self, old: Table, new: Table) -> list[Step]:
        """Drop the indexes that go; also before a rebuild, where one that goes without a word is put back."""
        return [
            Step(
                f"DROP INDEX {self.place(old.schema, index.name)}",
                f"drop index {name_words(index.name)} on {shown(old)}",
            )
            for index in old.indexes
            if index not in new.indexes
        ]

    @staticmethod
    def _losing(steps: list[Step], loses: str, table: Table) -> list[Step]:
        return [dataclasses.replace(step, loses=loses, table=(table.schema, table.name)) for step in steps]

    def _added_at_the_end(self, old: Table, new: Table) -> list[Column] | None:
        """The columns that ``ALTER TABLE`` can add; None where the table differs in more than them and its indexes."""
        count = len(old.columns)
        added = list(new.columns[count:])
        if dataclasses.replace(new, columns=new.columns[:count], indexes=()) != dataclasses.replace(old, indexes=()):
            return None
        simple = all(_is_addable(column) for column in added)
        return added if simple else None

    def _rebuilt(self, old: Table, new: Table) -> list[Step]:
        """Make the table under another name, copy the rows, and exchange the two."""
        words = f"rebuild table {shown(new)}, keeping its rows"
        scratch = self.place(new.schema, NEW + new.name)
        place = self.place(new.schema, new.name)
        steps = self._drop_indexes(old, new)
        steps.append(Step(self.make_table(new, NEW + new.name)[0], words))
        kept = [column.name for column in new.columns if column.computed is None and self._is_copied(old, column.name)]
        if kept:
            values = ", ".join(self._value(new.column(name)) for name in kept)
            steps.append(Step(f"INSERT INTO {scratch} ({self.names(kept)}) SELECT {values} FROM {place}", words))
        if any(column.autoincrement for column in old.columns) and any(column.autoincrement for column in new.columns):
            steps += [Step(sql, words) for sql in self._count_on(old.name)]
        steps.append(self._drop_rebuilt(old, new, words))
        steps.append(Step("PRAGMA legacy_alter_table = ON", words))
        steps.append(Step(f"ALTER TABLE {scratch} RENAME TO {self.quote(new.name)}", words))
        steps.append(Step("PRAGMA legacy_alter_table = OFF", words))
        return [*steps, *(Step(sql, words) for sql in self.make_indexes(new, new.indexes))]

    def _count_on(self, name: str) -> list[str]:
        """Let the numbers of a rebuilt table go on where they were."""
        old, new = self.literal(name), self.literal(NEW + name)
        return [
            f"DELETE FROM sqlite_sequence WHERE name = {new}",
            f"INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}",
        ]

    def _drop_rebuilt(self, old: Table, new: Table, words: str) -> Step:
        gone = [column.name for column in old.columns if column.computed is None and new.column(column.name) is None]
        loses = f"column {name_words(old.schema, old.name, gone[0])} with its values" if gone else ""
        if len(gone) > 1:
            named = ", ".join(name_words(old.schema, old.name, name) for name in gone)
            loses = f"the columns {named} with their values"
        return Step(
            f"DROP TABLE {self.place(old.schema, old.name)}",
            words,
            loses,
            (old.schema, old.name),
            gone[0] if len(gone) == 1 else "",
        )

    @staticmethod
    def _is_copied(old: Table, name: str) -> bool:
        return old.column(name) is not None

    def _value(self, column: Column | None) -> str:
        """What is copied into a column: a default where there was no value and there must be one."""
        assert column is not None  # only columns of the table are copied
        name = self.quote(column.name)
        if not column.nullable and column.default not in (None, "NULL"):
            return f"coalesce({name}, {_default(str(column.default))})"
        return name


def _is_addable(column: Column) -> bool:
    """Whether ``ALTER TABLE`` can add a column: it takes no expressions, and a default where there must be a value."""
    default = column.default
    is_constant = default is None or (bool(LITERAL.fullmatch(default)) and not default.lower().startswith("current"))
    has_value = column.nullable or default not in (None, "NULL")
    return is_constant and has_value and (column.computed is None or not column.computed.stored)


def _conflict(part: t.Any) -> str:
    word = option(part, "on conflict")
    return f" ON CONFLICT {word}" if word else ""


def _default(text: str) -> str:
    return text if LITERAL.fullmatch(text) else f"({text})"
