"""Statements of PostgreSQL that change a table, with its rows in it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..diff import keyed
from ..model import Column, Partition, Table
from ..render import name_words, names_words
from .dialects import option, shown
from .steps import Alteration, Step, safe_widening

if t.TYPE_CHECKING:
    from .postgresql import PostgreSQLWriter


class TableChanges:
    """What leads from one table to another.

    :param writer: writes the pieces.
    """

    def __init__(self, writer: PostgreSQLWriter, old: Table, new: Table) -> None:
        self.writer, self.old, self.new = writer, old, new
        self.found = Alteration()
        self.place = writer.place(new.schema, new.name)
        self.label = shown(new)
        self.remade: set[str] = set()
        self._kinds()
        self._foreign_keys()
        self._constraints_that_go()
        self._columns()
        self._constraints_that_come()
        self._partitions()
        self._options()
        self._comment()

    def _add(self, sql: str, words: str, loses: str = "", column: str = "") -> None:
        table = (self.old.schema, self.old.name) if loses else None
        self.found.steps.append(Step(sql, words, loses, table, column))

    def _alter(self, sql: str, words: str) -> None:
        self._add(f"ALTER TABLE {self.place} {sql}", words)

    def _kinds(self) -> None:
        """What is settled when a table is made, and never again."""
        for word, before, after in (
            ("kind", self.old.kind, self.new.kind),
            ("partition by", self.old.partition_by, self.new.partition_by),
            ("of type", option(self.old, "of type"), option(self.new, "of type")),
            ("server", option(self.old, "server"), option(self.new, "server")),
            ("server options", option(self.old, "server options"), option(self.new, "server options")),
        ):
            if before != after:
                self.found.impossible.append(
                    f"{self.label} has another {word} ({before or 'none'} instead of {after or 'none'}): that can't be "
                    "changed in place; make the table anew and copy its rows."
                )

    def _foreign_keys(self) -> None:
        for before, after in _pairs(self.old.foreign_keys, self.new.foreign_keys):
            if before is not None:
                words = f"drop foreign key {name_words(before.name)} on {self.label}"
                sql = f"ALTER TABLE {self.place} DROP CONSTRAINT {self.writer.quote(before.name)}"
                self.found.early.append(Step(sql, words))
            if after is not None:
                self.found.late += self.writer.add_key(self.new, after)

    def _constraints_that_go(self) -> None:
        groups: tuple[tuple[t.Sequence[t.Any], t.Sequence[t.Any], str], ...] = (
            ([self.old.primary_key], [self.new.primary_key], "primary key"),
            (self.old.unique_keys, self.new.unique_keys, "unique key"),
            (self.old.checks, self.new.checks, "check"),
            (self.old.exclusions, self.new.exclusions, "exclusion"),
        )
        if self._is_only_renamed():
            keys = (self.old.primary_key, self.new.primary_key)
            names = [self.writer.quote(str(key.name)) for key in keys if key is not None]
            self._alter(f"RENAME CONSTRAINT {names[0]} TO {names[1]}", f"rename the primary key of {self.label}")
            groups = groups[1:]
        for mine, theirs, word in groups:
            for before, after in _pairs([one for one in mine if one], [one for one in theirs if one]):
                if before is not None and not self._is_only_commented(before, after, "CONSTRAINT"):
                    name = self.writer.quote(before.name)
                    self._alter(f"DROP CONSTRAINT {name}", f"drop {word} {name_words(before.name)} on {self.label}")
        for before, after in _pairs(self.old.indexes, self.new.indexes):
            if before is not None and not self._is_only_commented(before, after, "INDEX"):
                place = self.writer.place(self.old.schema, before.name)
                self._add(f"DROP INDEX {place}", f"drop index {name_words(before.name)} on {self.label}")

    def _is_only_renamed(self) -> bool:
        """Whether the primary key has another name and is the same: keys that refer to it hold on to it."""
        old, new = self.old.primary_key, self.new.primary_key
        return old is not None and new is not None and dataclasses.replace(old, name=new.name) == new != old

    def _is_only_commented(self, before: t.Any, after: t.Any, kind: str) -> bool:
        """Whether a part differs in its comment alone; then that is changed."""
        if after is None or dataclasses.replace(before, comment=after.comment) != after:
            return False
        if kind == "INDEX":
            sql = self.writer.comment(kind, self.writer.place(self.new.schema, after.name), after.comment)
        else:
            sql = self.writer.comment_on_constraint(self.place, after)
        self._add(sql, f"comment on {name_words(after.name)} of {self.label}")
        return True

    def _constraints_that_come(self) -> None:
        keys = [] if self._is_only_renamed() else [(self.old.primary_key, self.new.primary_key)]
        pairs = [
            *((before, after) for before, after in keys if before != after),
            *_pairs(self.old.unique_keys, self.new.unique_keys),
        ]
        for before, after in pairs:
            if _is_new(before, after):
                self._alter(f"ADD {self.writer.key(after)}", f"add key {name_words(after.name)} to {self.label}")
                self._constraint_comment(after)
        for before, after in _pairs(self.old.checks, self.new.checks):
            if _is_new(before, after):
                self._alter(f"ADD {self.writer.check(after)}", f"add check {name_words(after.name)} to {self.label}")
                self._constraint_comment(after)
        for before, after in _pairs(self.old.exclusions, self.new.exclusions):
            if _is_new(before, after):
                sql = f"ADD CONSTRAINT {self.writer.quote(after.name)} {after.definition}"
                self._alter(sql, f"add exclusion {name_words(after.name)} to {self.label}")
                self._constraint_comment(after)
        fresh = [after for before, after in _pairs(self.old.indexes, self.new.indexes) if _is_new(before, after)]
        for index in fresh:
            for sql in self.writer.make_indexes(self.new, [index]):
                self._add(sql, f"make index {name_words(index.name)} on {self.label}")
            if option(index, "valid"):
                self.found.impossible.append(f"Index {name_words(index.name)} was not valid; it is made valid.")

    def _constraint_comment(self, part: t.Any) -> None:
        if part.comment:
            self._add(self.writer.comment_on_constraint(self.place, part), f"comment on {name_words(part.name)}")

    def _columns(self) -> None:
        for column in self.old.columns:
            if self.new.column(column.name) is None:
                self._drop_column(column)
        for column in self.new.columns:
            before = self.old.column(column.name)
            if before is None:
                self._add_column(column)
            elif before != column:
                self._change_column(before, column)
        expected = [column.name for column in self.new.columns]
        kept = set(expected) - self.remade
        left = [column.name for column in self.old.columns if column.name in kept]
        left += [name for name in expected if name not in set(left)]
        if left != expected:
            self.found.impossible.append(
                f"The columns of {self.label} stand in the order {names_words(left)} then: PostgreSQL adds columns at "
                "the end only."
            )

    def _drop_column(self, column: Column) -> None:
        self.found.moves_columns = True
        name = name_words(self.old.schema, self.old.name, column.name)
        loses = "" if column.computed else f"column {name} with its values"
        sql = f"ALTER TABLE {self.place} DROP COLUMN {self.writer.quote(column.name)}"
        self._add(sql, f"drop column {name}", loses, column.name)

    def _add_column(self, column: Column) -> None:
        words = f"add column {name_words(self.new.schema, self.new.name, column.name)}"
        self._alter(f"ADD COLUMN {self.writer.column(column)}", words)
        for sql in self.writer.column_extras(self.place, column):
            self._add(sql, words)

    def _change_column(self, old: Column, new: Column) -> None:
        if old.computed != new.computed and not (old.computed and not new.computed and new.default is None):
            self.remade.add(new.name)
            self._drop_column(old)
            self._add_column(new)
            return
        words = f"change column {name_words(self.new.schema, self.new.name, new.name)}"
        name = f"ALTER COLUMN {self.writer.quote(new.name)}"
        if old.computed and not new.computed:
            self._alter(f"{name} DROP EXPRESSION", words)
        is_retyped = (old.type, old.collation) != (new.type, new.collation)
        if old.default is not None and (new.default is None or is_retyped):
            self._alter(f"{name} DROP DEFAULT", words)
        if old.identity is not None and new.identity is None:
            self._alter(f"{name} DROP IDENTITY", words)
        if is_retyped:
            self._retype(old, new, words)
        if old.nullable != new.nullable:
            self._alter(f"{name} {'DROP' if new.nullable else 'SET'} NOT NULL", words)
        if new.default is not None and (old.default != new.default or is_retyped):
            self._alter(f"{name} SET DEFAULT {new.default}", words)
        self._identity(old, new, name, words)
        self._column_options(old, new, name, words)
        if old.comment != new.comment:
            place = f"{self.place}.{self.writer.quote(new.name)}"
            self._add(self.writer.comment("COLUMN", place, new.comment), words)

    def _retype(self, old: Column, new: Column, words: str) -> None:
        self.found.moves_columns = True
        name = self.writer.quote(new.name)
        collation = f" COLLATE {new.collation}" if new.collation else ""
        place = name_words(self.new.schema, self.new.name, new.name)
        is_safe = old.type == new.type or safe_widening(old.type, new.type)
        loses = "" if is_safe else f"what does not fit of column {place} ({old.type} → {new.type})"
        middle = "" if is_safe else f" USING CAST({name} AS {new.type})"
        sql = f"ALTER TABLE {self.place} ALTER COLUMN {name} TYPE {new.type}{collation}{middle}"
        self._add(sql, words, loses, new.name)

    def _identity(self, old: Column, new: Column, name: str, words: str) -> None:
        if new.identity is None or old.identity == new.identity:
            return
        if old.identity is None:
            self._alter(f"{name} ADD {self.writer.identity(new.identity)}", words)
            return
        now = new.identity
        kind = "ALWAYS" if now.always else "BY DEFAULT"
        cycle = "SET CYCLE" if now.cycle else "SET NO CYCLE"
        self._alter(
            f"{name} SET GENERATED {kind} SET START WITH {now.start} SET INCREMENT BY {now.increment} "
            f"SET MINVALUE {now.minimum} SET MAXVALUE {now.maximum} SET CACHE {now.cache} {cycle}",
            words,
        )

    def _column_options(self, old: Column, new: Column, name: str, words: str) -> None:
        before, after = dict(old.options), dict(new.options)
        if before.get("storage") != after.get("storage"):
            self._alter(f"{name} SET STORAGE {after.get('storage') or self._usual_storage(new.type)}", words)
        for word in sorted((before.keys() | after.keys()) - {"storage"}):
            if before.get(word) != after.get(word):
                reset = f"{name} RESET ({word})"
                self._alter(f"{name} SET ({word} = {after[word]})" if word in after else reset, words)

    @staticmethod
    def _usual_storage(type_: str) -> str:
        return "MAIN" if type_.startswith("numeric") else "EXTENDED"

    def _partitions(self) -> None:
        for before, after in _pairs(self.old.partitions, self.new.partitions):
            some: Partition = after or before
            place = self.writer.place(some.schema, some.name)
            if after is None:
                self._add(
                    f"DROP TABLE {place}", f"drop partition {shown(some)}", f"partition {shown(some)} with its rows"
                )
            elif before is None:
                for sql in self.writer.make_partition(self.new, after):
                    self._add(sql, f"make partition {shown(some)}")
            else:
                self._change_partition(before, after, place)

    def _change_partition(self, before: Partition, after: Partition, place: str) -> None:
        words = f"change partition {shown(after)}"
        if before.partition_by != after.partition_by:
            self.found.impossible.append(f"Partition {shown(after)} is split another way: make it anew.")
        if before.bound != after.bound or before.parent != after.parent:
            parents = [self.writer.parent(table, one) for table, one in ((self.old, before), (self.new, after))]
            self._add(f"ALTER TABLE {parents[0]} DETACH PARTITION {place}", words)
            self._add(f"ALTER TABLE {parents[1]} ATTACH PARTITION {place} {after.bound}", words)
        if before.comment != after.comment:
            self._add(self.writer.comment("TABLE", place, after.comment), words)

    def _options(self) -> None:
        before, after = dict(self.old.options), dict(self.new.options)
        words = f"change options of {self.label}"
        done = {"of type", "server", "server options"}
        for word in sorted((before.keys() | after.keys()) - done):
            if before.get(word) != after.get(word):
                for sql in self._option(word, before.get(word), after.get(word)):
                    self._alter(sql, words)

    def _option(self, word: str, before: str | None, after: str | None) -> list[str]:
        if word == "inherits":
            old, new = ((text or "").split(", ") if text else [] for text in (before, after))
            gone = [f"NO INHERIT {self.writer.dotted(name)}" for name in old if name not in new]
            return gone + [f"INHERIT {self.writer.dotted(name)}" for name in new if name not in old]
        fixed = {
            "persistence": "SET UNLOGGED" if after else "SET LOGGED",
            "row security": f"{'ENABLE' if after else 'DISABLE'} ROW LEVEL SECURITY",
            "row security of the owner": f"{'FORCE' if after else 'NO FORCE'} ROW LEVEL SECURITY",
            "tablespace": f"SET TABLESPACE {self.writer.quote(after or 'pg_default')}",
            "method": f"SET ACCESS METHOD {self.writer.quote(after or 'heap')}",
        }
        if word in fixed:
            return [fixed[word]]
        return [f"SET ({word} = {after})" if after is not None else f"RESET ({word})"]

    def _comment(self) -> None:
        if self.old.comment != self.new.comment:
            kind = "FOREIGN TABLE" if self.new.kind == "foreign table" else "TABLE"
            self._add(self.writer.comment(kind, self.place, self.new.comment), f"comment on {self.label}")


def _is_new(before: t.Any, after: t.Any) -> bool:
    """Whether a part has to be made: it was not there, or it was dropped because it differs in more than a comment."""
    return after is not None and (before is None or dataclasses.replace(before, comment=after.comment) != after)


def _pairs(before: t.Sequence[t.Any], after: t.Sequence[t.Any]) -> list[tuple[t.Any, t.Any]]:
    """The parts that differ; None where one side has none."""
    old, new = keyed(before), keyed(after)
    return [(old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key)]
