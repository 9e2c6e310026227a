"""Statements of PostgreSQL that change types and sequences in use."""

from __future__ import annotations

import dataclasses
import typing as t

from ..diff import keyed
from ..model import Column, Domain, Enum, NamedType, Sequence, Table
from ..read.sqlite_tokens import join, split_commas, tokenize
from .dialects import shown
from .steps import Alteration, Step

if t.TYPE_CHECKING:
    from .postgresql import PostgreSQLWriter

#: The name of an enum while a new one takes its place.
OLD = "_flask_migrate_old"


class TypeChanges:
    """What leads from one type or sequence to another.

    :param writer: writes the pieces.
    """

    def __init__(self, writer: PostgreSQLWriter) -> None:
        self.writer = writer
        self.found = Alteration()

    def alter(self, word: str, old: t.Any, new: t.Any) -> Alteration:
        """The statements that make ``new`` of ``old``."""
        self.place = self.writer.place(new.schema, new.name)
        self.words = f"change {word} {shown(new)}"
        bare = dataclasses.replace(old, comment=new.comment)
        if bare != new:
            getattr(self, f"_{word}")(old, new)
        if old.comment != new.comment:
            kind = {"enum": "TYPE", "type": "TYPE"}.get(word, word.upper())
            self._add(self.writer.comment(kind, self.place, new.comment))
        return self.found

    def _add(self, sql: str) -> None:
        self.found.steps.append(Step(sql, self.words))

    def _enum(self, old: Enum, new: Enum) -> None:
        kept = [value for value in new.values if value in set(old.values)]
        literal = self.writer.literal
        if kept == list(old.values):
            for place, value in enumerate(new.values):
                if value not in set(old.values):
                    before = f" BEFORE {literal(old.values[0])}" if old.values else ""
                    where = f" AFTER {literal(new.values[place - 1])}" if place else before
                    self._add(f"ALTER TYPE {self.place} ADD VALUE {literal(value)}{where}")
            return
        pairs = list(zip(old.values, new.values, strict=False))
        differing = [(mine, theirs) for mine, theirs in pairs if mine != theirs]
        names = {name for pair in differing for name in pair}
        if len(old.values) == len(new.values) and len(names) == 2 * len(differing):
            for mine, theirs in differing:
                self._add(f"ALTER TYPE {self.place} RENAME VALUE {literal(mine)} TO {literal(theirs)}")
            return
        self._exchange(new)

    def _exchange(self, new: Enum) -> None:
        """Make the type anew and let every column use that; a row with a value that it has not got stops it."""
        self._add(f"ALTER TYPE {self.place} RENAME TO {self.writer.quote(new.name + OLD)}")
        for sql in self.writer.make_enum(new):
            self._add(sql)
        for table, column in self._users(new):
            place = self.writer.place(table.schema, table.name)
            name = self.writer.quote(column.name)
            array = "[]" if column.type.endswith("[]") else ""
            if column.default is not None:
                self._add(f"ALTER TABLE {place} ALTER COLUMN {name} DROP DEFAULT")
            middle = f"USING CAST(CAST({name} AS text{array}) AS {self.place}{array})"
            self._add(f"ALTER TABLE {place} ALTER COLUMN {name} TYPE {self.place}{array} {middle}")
            if column.default is not None:
                self._add(f"ALTER TABLE {place} ALTER COLUMN {name} SET DEFAULT {column.default}")
        self._add(f"DROP TYPE {self.writer.place(new.schema, new.name + OLD)}")
        self.found.moves_columns = True

    def _users(self, enum: Enum) -> t.Iterator[tuple[Table, Column]]:
        names = {enum.name, self.place, self.writer.quote(enum.name), f"{enum.schema or 'public'}.{enum.name}"}
        for table in self.writer.before.tables:
            for column in table.columns:
                if column.type.removesuffix("[]") in names:
                    yield table, column

    def _domain(self, old: Domain, new: Domain) -> None:
        if (old.type, old.collation) != (new.type, new.collation):
            self.found.impossible.append(f"Domain {shown(new)} can't change its type: make another and use that.")
        if old.default != new.default:
            text = "DROP DEFAULT" if new.default is None else f"SET DEFAULT {new.default}"
            self._add(f"ALTER DOMAIN {self.place} {text}")
        if old.nullable != new.nullable:
            self._add(f"ALTER DOMAIN {self.place} {'DROP' if new.nullable else 'SET'} NOT NULL")
        before, after = keyed(old.checks), keyed(new.checks)
        for key, check in before.items():
            if after.get(key) != check:
                self._add(f"ALTER DOMAIN {self.place} DROP CONSTRAINT {self.writer.quote(check.name)}")
        for key, check in after.items():
            if before.get(key) != check:
                self._add(f"ALTER DOMAIN {self.place} ADD {self.writer.check(check)}")

    def _type(self, old: NamedType, new: NamedType) -> None:
        if new.kind != "composite" or old.kind != "composite":
            self.found.impossible.append(f"Type {shown(new)} can't be changed while it is used: make it anew.")
            return
        before, after = _fields(old.definition), _fields(new.definition)
        for name in before.keys() - after.keys():
            self._add(f"ALTER TYPE {self.place} DROP ATTRIBUTE {name}")
        for name, type_ in after.items():
            if name not in before:
                self._add(f"ALTER TYPE {self.place} ADD ATTRIBUTE {name} {type_}")
            elif before[name] != type_:
                self._add(f"ALTER TYPE {self.place} ALTER ATTRIBUTE {name} TYPE {type_}")

    def _sequence(self, old: Sequence, new: Sequence) -> None:
        if dataclasses.replace(old, owned_by=new.owned_by, options=new.options) != new:
            self._add(f"ALTER SEQUENCE {self.place} {self.writer.sequence_options(new)}")
        if old.options != new.options:
            self._add(f"ALTER SEQUENCE {self.place} SET {'UNLOGGED' if new.options else 'LOGGED'}")
        if old.owned_by != new.owned_by:
            self.found.late.append(Step(self.writer.owned(new), self.words))


def _fields(definition: str) -> dict[str, str]:
    """The attributes of a composite type and their types."""
    inside = tokenize(definition)[1:-1]
    return {part[0].text: join(part[1:]).strip() for part in split_commas(inside) if part}
