"""What the statements of PostgreSQL are made of: names, columns, constraints and comments."""

from __future__ import annotations

import functools
import typing as t

from sqlalchemy.dialects import postgresql

from ..model import Column, ForeignKey, Function, Identity, PrimaryKey, Sequence, Table, UniqueKey
from .dialects import Writer, bare_or_quoted, option

#: Options of a table, view or index that are not storage parameters.
FACTS = frozenset(
    (
        *("persistence", "method", "row security", "row security of the owner", "of type", "inherits", "server"),
        *("server options", "tablespace", "validated", "enforced", "inherited", "period", "deferrable"),
        *("on delete only", "valid", "storage", "enabled"),
    )
)


@functools.cache
def _reserved() -> frozenset[str]:
    dialect: t.Any = postgresql.dialect
    return frozenset(dialect().identifier_preparer.reserved_words) | {"between", "values", "row", "time"}


class PostgreSQLPieces(Writer):
    """Writes the pieces."""

    def quote(self, name: str) -> str:
        """``name``, in double quotes where it is no plain word in small letters."""
        return bare_or_quoted(name, _reserved())

    def comment(self, kind: str, place: str, text: str | None) -> str:
        """``COMMENT ON``."""
        return f"COMMENT ON {kind} {place} IS {'NULL' if text is None else self.literal(text)}"

    def storage(self, item: t.Any) -> str:
        """The storage parameters of an object in a declaration."""
        found = [f"{word} = {text}" if text else word for word, text in item.options if word not in FACTS]
        return f" WITH ({', '.join(found)})" if found else ""

    def tablespace(self, item: t.Any) -> str:
        """Where an object is, in a declaration."""
        place = option(item, "tablespace")
        return f" TABLESPACE {self.quote(place)}" if place else ""

    def sequence_options(self, sequence: Sequence) -> str:
        """The parameters of a sequence in a declaration."""
        type_ = f"AS {sequence.type} " if sequence.type else ""
        return type_ + _numbers(sequence)

    def owned(self, sequence: Sequence) -> str:
        """The statement that ties a sequence to a column, or to none."""
        owner = "NONE"
        if sequence.owned_by:
            owner = f"{self.place(sequence.schema, sequence.owned_by[0])}.{self.quote(sequence.owned_by[1])}"
        return f"ALTER SEQUENCE {self.place(sequence.schema, sequence.name)} OWNED BY {owner}"

    def dotted(self, name: str) -> str:
        """A name that may have its schema before it."""
        return ".".join(self.quote(part) for part in name.split("."))

    def column(self, column: Column) -> str:
        """A column as it stands in a declaration."""
        words = [self.quote(column.name), column.type]
        words += [f"COLLATE {column.collation}"] if column.collation else []
        words += self._generation(column)
        words += ["NOT NULL"] if not column.nullable else []
        return " ".join(words)

    def typed_column(self, column: Column) -> str:
        """A column of a table of a type; empty when the type says all."""
        words = [*self._generation(column), *(["NOT NULL"] if not column.nullable else [])]
        return f"{self.quote(column.name)} WITH OPTIONS {' '.join(words)}" if words else ""

    def _generation(self, column: Column) -> list[str]:
        if column.identity is not None:
            return [self.identity(column.identity)]
        if column.computed is not None:
            kind = "STORED" if column.computed.stored else "VIRTUAL"
            return [f"GENERATED ALWAYS AS ({column.computed.expression}) {kind}"]
        return [f"DEFAULT {column.default}"] if column.default is not None else []

    def identity(self, identity: Identity) -> str:
        """``GENERATED … AS IDENTITY``."""
        kind = "ALWAYS" if identity.always else "BY DEFAULT"
        return f"GENERATED {kind} AS IDENTITY ({_numbers(identity)})"

    def column_extras(self, place: str, column: Column) -> list[str]:
        """What a column can't be declared with."""
        name, made = self.quote(column.name), []
        if option(column, "storage"):
            made.append(f"ALTER TABLE {place} ALTER COLUMN {name} SET STORAGE {option(column, 'storage')}")
        facts = ", ".join(f"{word} = {text}" for word, text in column.options if word not in FACTS)
        if facts:
            made.append(f"ALTER TABLE {place} ALTER COLUMN {name} SET ({facts})")
        return made + ([self.comment("COLUMN", f"{place}.{name}", column.comment)] if column.comment else [])

    def key_lines(self, table: Table) -> list[str]:
        """The constraints that a table is declared with."""
        lines = [self.key(table.primary_key)] if table.primary_key is not None else []
        lines += [self.key(key) for key in table.unique_keys]
        lines += [self.check(check) for check in table.checks if not option(check, "validated")]
        return lines + [f"CONSTRAINT {self.quote(one.name)} {one.definition}" for one in table.exclusions]

    def key(self, key: PrimaryKey | UniqueKey) -> str:
        """A primary or unique key as it stands in a declaration."""
        word = "PRIMARY KEY" if isinstance(key, PrimaryKey) else "UNIQUE"
        if isinstance(key, UniqueKey) and not key.nulls_distinct:
            word += " NULLS NOT DISTINCT"
        overlaps = " WITHOUT OVERLAPS" if option(key, "period") else ""
        include = f" INCLUDE ({self.names(key.include)})" if key.include else ""
        space = self.tablespace(key)
        index = f" USING INDEX{space}" if space else ""
        return (
            f"CONSTRAINT {self.quote(str(key.name))} {word} ({self.names(key.columns)}{overlaps}){include}"
            f"{self.storage(key)}{index}{_deferral(option(key, 'deferrable'))}"
        )

    def check(self, check: t.Any) -> str:
        """A check as it stands in a declaration."""
        ends = " NO INHERIT" if option(check, "inherited") else ""
        ends += " NOT ENFORCED" if option(check, "enforced") else " NOT VALID" if option(check, "validated") else ""
        return f"CONSTRAINT {self.quote(str(check.name))} CHECK ({check.text}){ends}"

    def foreign_key(self, key: ForeignKey) -> str:
        """A foreign key as it stands in a declaration."""
        period = option(key, "period")
        words = [
            f"CONSTRAINT {self.quote(str(key.name))} FOREIGN KEY ({self._period(key.columns, period)})",
            f"REFERENCES {self.place(key.referred_schema, key.referred_table)}",
            f"({self._period(key.referred_columns, period)})",
        ]
        words.append(f"MATCH {key.match}" if key.match else "")
        words.append(f"ON UPDATE {key.on_update}" if key.on_update else "")
        only = option(key, "on delete only")
        words.append(f"ON DELETE {key.on_delete}" if key.on_delete else "")
        words.append(f"({self.names(only.split(', '))})" if only else "")
        words.append("DEFERRABLE" if key.deferrable else "")
        words.append("INITIALLY DEFERRED" if key.initially_deferred else "")
        words.append("NOT ENFORCED" if option(key, "enforced") else "NOT VALID" if option(key, "validated") else "")
        return " ".join(word for word in words if word)

    def _period(self, columns: t.Sequence[str], period: str) -> str:
        if not period:
            return self.names(columns)
        return f"{self.names(columns[:-1])}, PERIOD {self.quote(columns[-1])}"

    def comment_on_constraint(self, place: str, part: t.Any) -> str:
        """``COMMENT ON CONSTRAINT``."""
        return self.comment("CONSTRAINT", f"{self.quote(part.name)} ON {place}", part.comment)

    def routine(self, function: Function) -> str:
        """The name of a routine and the types of its arguments."""
        name, _, arguments = function.name.rpartition("(")
        return f"{self.place(function.schema, name)}({arguments}"


def _numbers(item: Identity | Sequence) -> str:
    cycle = " CYCLE" if item.cycle else " NO CYCLE" if isinstance(item, Sequence) else ""
    return (
        f"START WITH {item.start} INCREMENT BY {item.increment} MINVALUE {item.minimum} MAXVALUE {item.maximum} "
        f"CACHE {item.cache}{cycle}"
    )


def _deferral(word: str) -> str:
    return f" DEFERRABLE {word.upper()}" if word else ""
