"""Statements of PostgreSQL that make what a schema holds."""

from __future__ import annotations

import typing as t

from ..model import (
    Domain,
    Enum,
    ForeignKey,
    Function,
    Index,
    NamedType,
    Partition,
    Sequence,
    Table,
    Trigger,
    View,
)
from ..render import name_words
from .dialects import body, option, shown
from .postgresql_alter import TableChanges
from .postgresql_pieces import PostgreSQLPieces
from .postgresql_types import TypeChanges
from .steps import Alteration, Step

ENABLED = {"no": "DISABLE", "on replicas": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


class PostgreSQLWriter(PostgreSQLPieces):
    """Writes PostgreSQL."""

    dependents = ("view", "function")
    #: Bodies may name what comes later, as they do in a dump.
    opening = ("SET LOCAL check_function_bodies = false",)

    def _commented(self, made: list[str], kind: str, item: t.Any, place: str | None = None) -> list[str]:
        if item.comment is None:
            return made
        return [*made, self.comment(kind, place or self.place(item.schema, item.name), item.comment)]

    # types and sequences

    def make_enum(self, enum: Enum) -> list[str]:
        """``CREATE TYPE … AS ENUM``."""
        values = ", ".join(self.literal(value) for value in enum.values)
        made = [f"CREATE TYPE {self.place(enum.schema, enum.name)} AS ENUM ({values})"]
        return self._commented(made, "TYPE", enum)

    def make_domain(self, domain: Domain) -> list[str]:
        """``CREATE DOMAIN``."""
        place = self.place(domain.schema, domain.name)
        words = [f"CREATE DOMAIN {place} AS {domain.type}"]
        words += [f"COLLATE {domain.collation}"] if domain.collation else []
        words += [f"DEFAULT {domain.default}"] if domain.default is not None else []
        words += ["NOT NULL"] if not domain.nullable else []
        late = []
        for check in domain.checks:
            text = f"CONSTRAINT {self.quote(str(check.name))} CHECK ({check.text})"
            if option(check, "validated"):
                late.append(f"ALTER DOMAIN {place} ADD {text} NOT VALID")
            else:
                words.append(text)
        return self._commented([" ".join(words), *late], "DOMAIN", domain)

    def make_type(self, item: NamedType) -> list[str]:
        """``CREATE TYPE``."""
        word = "RANGE " if item.kind == "range" else ""
        made = [f"CREATE TYPE {self.place(item.schema, item.name)} AS {word}{item.definition}"]
        return self._commented(made, "TYPE", item)

    def make_sequence(self, sequence: Sequence) -> list[str]:
        """``CREATE SEQUENCE``."""
        unlogged = "UNLOGGED " if option(sequence, "persistence") else ""
        made = [
            f"CREATE {unlogged}SEQUENCE {self.place(sequence.schema, sequence.name)} {self.sequence_options(sequence)}"
        ]
        return self._commented(made, "SEQUENCE", sequence)

    # tables

    def make_table(self, table: Table) -> list[str]:
        """``CREATE TABLE``, its partitions and indexes, comments and row security; foreign keys come later."""
        place = self.place(table.schema, table.name)
        lines = [self.column(column) for column in table.columns]
        if option(table, "of type"):
            lines = [line for column in table.columns if (line := self.typed_column(column))]
        lines += self.key_lines(table)
        kind = "FOREIGN TABLE" if table.kind == "foreign table" else "TABLE"
        unlogged = "UNLOGGED " if option(table, "persistence") == "unlogged" else ""
        of_type = f" OF {option(table, 'of type')}" if option(table, "of type") else ""
        declared = body(lines) if lines or not of_type else ""
        made = [f"CREATE {unlogged}{kind} {place}{of_type} {declared or '()'}{self._table_tail(table)}"]
        made += [line for one in parents_first(table.partitions) for line in self.make_partition(table, one)]
        made += [f"ALTER TABLE {place} ADD {self.check(check)}" for check in table.checks if option(check, "validated")]
        for column in table.columns:
            made += self.column_extras(place, column)
        if option(table, "row security"):
            made.append(f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY")
        if option(table, "row security of the owner"):
            made.append(f"ALTER TABLE {place} FORCE ROW LEVEL SECURITY")
        made += self.make_indexes(table, table.indexes)
        made = self._commented(made, kind, table)
        parts = [table.primary_key, *table.unique_keys, *table.checks, *table.exclusions]
        return made + [self.comment_on_constraint(place, part) for part in parts if part is not None and part.comment]

    def _table_tail(self, table: Table) -> str:
        tail = ""
        if option(table, "inherits"):
            parents = option(table, "inherits").split(", ")
            tail += f" INHERITS ({', '.join(self.dotted(parent) for parent in parents)})"
        if table.partition_by:
            tail += f" PARTITION BY {table.partition_by}"
        if option(table, "server"):
            tail += f" SERVER {self.quote(option(table, 'server'))}"
            pairs = [one.partition("=") for one in option(table, "server options").split(", ") if one]
            if pairs:
                tail += f" OPTIONS ({', '.join(f'{self.quote(word)} {self.literal(text)}' for word, _, text in pairs)})"
        if option(table, "method"):
            tail += f" USING {self.quote(option(table, 'method'))}"
        return tail + self.storage(table) + self.tablespace(table)

    def make_partition(self, table: Table, partition: Partition) -> list[str]:
        """``CREATE TABLE … PARTITION OF`` what it is a part of."""
        place = self.place(partition.schema, partition.name)
        parent = self.parent(table, partition)
        split = f" PARTITION BY {partition.partition_by}" if partition.partition_by else ""
        return self._commented(
            [f"CREATE TABLE {place} PARTITION OF {parent} {partition.bound}{split}"], "TABLE", partition
        )

    def parent(self, table: Table, partition: Partition) -> str:
        """What a partition is a part of."""
        if partition.parent is None:
            return self.place(table.schema, table.name)
        schema = next((one.schema for one in table.partitions if one.name == partition.parent), table.schema)
        return self.place(schema, partition.parent)

    def make_indexes(self, owner: Table | View, indexes: t.Iterable[Index]) -> list[str]:
        """``CREATE INDEX`` for each, and its comment."""
        made = []
        for index in indexes:
            words = [
                f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {self.quote(index.name)}",
                f"ON {self.place(owner.schema, owner.name)}",
                f"USING {index.method}" if index.method else "",
                f"({', '.join(self._index_part(part) for part in index.parts)})",
                f"INCLUDE ({self.names(index.include)})" if index.include else "",
                "" if index.nulls_distinct else "NULLS NOT DISTINCT",
            ]
            tail = self.storage(index) + self.tablespace(index)
            where = f" WHERE {index.predicate}" if index.predicate else ""
            made.append(" ".join(word for word in words if word) + tail + where)
            if index.comment:
                made.append(self.comment("INDEX", self.place(owner.schema, index.name), index.comment))
        return made

    def _index_part(self, part: t.Any) -> str:
        words = [self.quote(part.column) if part.column is not None else f"({part.expression})"]
        words += [f"COLLATE {part.collation}"] if part.collation else []
        words += [part.opclass] if part.opclass else []
        words += ["DESC"] if part.descending else []
        words += [] if part.nulls_first is None else ["NULLS FIRST" if part.nulls_first else "NULLS LAST"]
        return " ".join(words)

    # code

    def make_view(self, view: View) -> list[str]:
        """``CREATE VIEW``, and the indexes of a materialized one."""
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        method = f" USING {self.quote(option(view, 'method'))}" if option(view, "method") else ""
        head = f"CREATE {kind} {self.place(view.schema, view.name)}{method}{self.storage(view)}{self.tablespace(view)}"
        made = [f"{head} AS\n{view.definition}", *self.make_indexes(view, view.indexes)]
        return self._commented(made, kind, view)

    def make_trigger(self, trigger: Trigger) -> list[str]:
        """``CREATE TRIGGER``, and whether it fires."""
        made = [trigger.definition]
        place = self.place(trigger.schema, trigger.table)
        if option(trigger, "enabled"):
            word = ENABLED[option(trigger, "enabled")]
            made.append(f"ALTER TABLE {place} {word} TRIGGER {self.quote(trigger.name)}")
        return self._commented(made, "TRIGGER", trigger, f"{self.quote(trigger.name)} ON {place}")

    def make_function(self, function: Function) -> list[str]:
        """``CREATE FUNCTION``, ``PROCEDURE`` or ``AGGREGATE``."""
        place = self.routine(function)
        if function.kind == "aggregate":
            made = [f"CREATE AGGREGATE {place} ({function.definition})"]
            return self._commented(made, "AGGREGATE", function, place)
        definition = function.definition
        word = "PROCEDURE" if function.kind == "procedure" else "FUNCTION"
        head = f"CREATE OR REPLACE {word} "
        if function.schema is not None and not definition.startswith(f"{head}{self.quote(function.schema)}."):
            definition = f"{head}{self.quote(function.schema)}.{definition.removeprefix(head)}"
        return self._commented([definition.strip()], word, function, place)

    def bound_text(self, function: t.Any) -> str:
        """The arguments and the result, and a body that is kept as statements."""
        definition: str = function.definition
        is_whole = "\nBEGIN ATOMIC\n" in definition or "\nRETURN " in definition or function.kind == "aggregate"
        return definition if is_whole else _signature(definition)

    def can_replace(self, word: str, old: t.Any, new: t.Any) -> bool:
        """A function with the same arguments and result needs not go first."""
        if word != "function" or (new.comment is None) != (old.comment is None):
            return False
        return new.kind == old.kind != "aggregate" and _signature(old.definition) == _signature(new.definition)

    # the whole

    def drop(self, word: str, item: t.Any) -> list[Step]:
        """``DROP``."""
        if word == "trigger":
            sql = f"DROP TRIGGER {self.quote(item.name)} ON {self.place(item.schema, item.table)}"
            return [Step(sql, f"drop trigger {shown(item)}")]
        if word == "function":
            kind = {"procedure": "PROCEDURE", "aggregate": "AGGREGATE"}.get(item.kind, "FUNCTION")
            return [Step(f"DROP {kind} {self.routine(item)}", f"drop {item.kind} {shown(item)}")]
        if word == "view" and item.materialized:
            return [Step(f"DROP MATERIALIZED VIEW {self.place(item.schema, item.name)}", f"drop view {shown(item)}")]
        if word == "table" and item.kind == "foreign table":
            return [
                Step(f"DROP FOREIGN TABLE {self.place(item.schema, item.name)}", f"drop foreign table {shown(item)}")
            ]
        return super().drop("type" if word == "enum" else word, item)

    def make_late(self, word: str, item: t.Any) -> list[Step]:
        """The foreign keys of a table, and the column that owns a sequence."""
        if word == "sequence" and item.owned_by:
            return [Step(self.owned(item), f"tie sequence {shown(item)} to {name_words(*item.owned_by)}")]
        return [step for key in item.foreign_keys for step in self.add_key(item, key)] if word == "table" else []

    def add_key(self, table: Table, key: ForeignKey) -> list[Step]:
        """The statements that add a foreign key."""
        place = self.place(table.schema, table.name)
        words = f"add foreign key {name_words(str(key.name))} to {shown(table)}"
        made = [f"ALTER TABLE {place} ADD {self.foreign_key(key)}"]
        made += [self.comment_on_constraint(place, key)] if key.comment else []
        return [Step(sql, words) for sql in made]

    def unlink(self, table: Table) -> list[Step]:
        """Drop the foreign keys of a table that goes."""
        place = self.place(table.schema, table.name)
        return [
            Step(f"ALTER TABLE {place} DROP CONSTRAINT {self.quote(str(key.name))}", f"drop table {shown(table)}")
            for key in table.foreign_keys
        ]

    def alter_table(self, old: Table, new: Table) -> Alteration:
        """What leads from one table to the other."""
        return TableChanges(self, old, new).found

    def alter(self, word: str, old: t.Any, new: t.Any) -> Alteration:
        """What leads from one type or sequence to another."""
        return TypeChanges(self).alter(word, old, new)


def _signature(definition: str) -> str:
    """The name, the arguments and the result of a function."""
    head = definition.split("\n LANGUAGE", 1)[0]
    return head.split("\nAS ", 1)[0]


def parents_first(partitions: t.Sequence[Partition], parent: str | None = None) -> t.Iterator[Partition]:
    """Partitions in an order in which they can be made."""
    names = {one.name for one in partitions}
    for one in partitions:
        if one.parent == parent or (parent is None and one.parent not in names):
            yield one
            yield from parents_first([other for other in partitions if other is not one], one.name)
