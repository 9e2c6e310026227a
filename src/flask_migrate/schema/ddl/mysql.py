"""Statements of MariaDB and MySQL that make what a schema holds."""

from __future__ import annotations

import re
import typing as t

from ..model import Column, ForeignKey, Function, Index, Partition, Sequence, Table, Trigger, View
from ..render import name_words
from .dialects import Writer, body, option, shown
from .mysql_alter import TableChanges
from .steps import Alteration, Step

#: What a body is made of, as far as quotes count: comments, names and literals.
BODY = re.compile(r"""--\s[^\n]*|\#[^\n]*|/\*.*?\*/|`(?:[^`]|``)*`|'(?:[^']|'')*'|"(?:[^"]|"")*\"""", re.DOTALL)


class MySQLWriter(Writer):
    """Writes MariaDB and MySQL."""

    @property
    def is_mariadb(self) -> bool:
        """Whether it is MariaDB."""
        return self.after.dialect == "mariadb"

    def quote(self, name: str) -> str:
        """``name`` in backticks."""
        return "`" + name.replace("`", "``") + "`"

    def literal(self, text: str) -> str:
        """``text`` as a literal."""
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    def make_sequence(self, sequence: Sequence) -> list[str]:
        """``CREATE SEQUENCE``."""
        return [f"CREATE SEQUENCE {self.place(sequence.schema, sequence.name)} {self.sequence_options(sequence)}"]

    def sequence_options(self, sequence: Sequence) -> str:
        """The parameters of a sequence in a declaration."""
        cache = f"CACHE {sequence.cache}" if sequence.cache else "NOCACHE"
        return (
            f"START WITH {sequence.start} MINVALUE {sequence.minimum} MAXVALUE {sequence.maximum} "
            f"INCREMENT BY {sequence.increment} {cache} {'CYCLE' if sequence.cycle else 'NOCYCLE'}"
        )

    def make_table(self, table: Table) -> list[str]:
        """``CREATE TABLE``; foreign keys come later."""
        checks = self.checks_of_columns(table)
        lines = [self.column(column, table, checks.get(column.name, "")) for column in table.columns]
        if table.primary_key is not None:
            lines.append(self.primary_key(table))
        lines += [self.unique_key(key) for key in table.unique_keys]
        lines += [self.index(index) for index in table.indexes]
        lines += [self.check(check) for check in table.checks if not option(check, "column")]
        made = f"CREATE TABLE {self.place(table.schema, table.name)} {body(lines)}{self._tail(table)}"
        return [made]

    def _tail(self, table: Table) -> str:
        words = [*self.table_options(table)]
        words += [f"COMMENT={self.literal(table.comment)}"] if table.comment else []
        words += ["WITH SYSTEM VERSIONING"] if table.kind == "system versioned table" else []
        tail = " ".join(["", *words])
        return tail + (f"\n{self.partitioning(table)}" if table.partition_by else "")

    def table_options(self, table: Table) -> list[str]:
        """Engine, character set and the like."""
        words = [f"ENGINE={option(table, 'engine')}"] if option(table, "engine") else []
        collation = option(table, "collation")
        words += [f"DEFAULT CHARSET={collation.partition('_')[0]} COLLATE={collation}"] if collation else []
        return words + ([option(table, "create options")] if option(table, "create options") else [])

    def partitioning(self, table: Table) -> str:
        """``PARTITION BY``."""
        declared = [one for one in table.partitions if one.parent is None]
        if not declared:
            return f"PARTITION BY {table.partition_by}"
        lines = []
        for one in sorted(declared, key=_bound_key):
            subs = [sub for sub in table.partitions if sub.parent == one.name]
            inside = f" ({', '.join(f'SUBPARTITION {self.quote(sub.name)}' for sub in subs)})" if subs else ""
            comment = f" COMMENT = {self.literal(one.comment)}" if one.comment else ""
            lines.append(f"PARTITION {self.quote(one.name)}{' ' + one.bound if one.bound else ''}{comment}{inside}")
        return f"PARTITION BY {table.partition_by} {body(lines)}"

    def checks_of_columns(self, table: Table) -> dict[str, str]:
        """The checks that MariaDB keeps with their columns."""
        return {option(check, "column"): check.text for check in table.checks if option(check, "column")}

    def column(self, column: Column, table: Table, check: str = "") -> str:
        """A column as it stands in a declaration."""
        words = [self.quote(column.name), column.type]
        if column.collation:
            words.append(f"CHARACTER SET {column.collation.partition('_')[0]} COLLATE {column.collation}")
        if column.computed is not None:
            kind = "STORED" if column.computed.stored else "VIRTUAL"
            words.append(f"GENERATED ALWAYS AS ({column.computed.expression}) {kind}")
        if column.computed is None or not self.is_mariadb:
            words.append("NOT NULL" if not column.nullable else "NULL" if column.computed is None else "")
        if column.default is not None:
            words.append(f"DEFAULT {_default(column.default, self.is_mariadb)}")
        words.append(f"ON UPDATE {column.on_update}" if column.on_update else "")
        words.append("AUTO_INCREMENT" if column.autoincrement else "")
        words.append("INVISIBLE" if option(column, "visible") else "")
        words.append("WITHOUT SYSTEM VERSIONING" if option(column, "system versioning") else "")
        words.append(f"COMMENT {self.literal(column.comment)}" if column.comment else "")
        words.append(f"CHECK ({check})" if check else "")
        return " ".join(word for word in words if word)

    def primary_key(self, table: Table) -> str:
        """The primary key as it stands in a declaration."""
        key = table.primary_key
        assert key is not None  # the callers have looked
        lengths = {}
        for part in option(key, "lengths").split(", "):
            found = re.fullmatch(r"(.*)\((\d+)\)", part)
            if found:
                lengths[found.group(1)] = f"({found.group(2)})"
        descending = set(option(key, "descending").split(", "))
        columns = [
            f"{self.quote(name)}{lengths.get(name, '')}{' DESC' if name in descending else ''}" for name in key.columns
        ]
        comment = f" COMMENT {self.literal(key.comment)}" if key.comment else ""
        return f"PRIMARY KEY ({', '.join(columns)}){comment}"

    def unique_key(self, key: t.Any) -> str:
        """A unique key as it stands in a declaration."""
        comment = f" COMMENT {self.literal(key.comment)}" if key.comment else ""
        return f"UNIQUE KEY {self.quote(str(key.name))} ({self.names(key.columns)}){comment}"

    def index(self, index: Index) -> str:
        """An index as it stands in a declaration."""
        kind = f"{index.method} " if index.method in ("FULLTEXT", "SPATIAL") else "UNIQUE " if index.unique else ""
        parts = []
        for part in index.parts:
            text = self.quote(part.column) if part.column is not None else f"({part.expression})"
            parts.append(text + (f"({part.length})" if part.length else "") + (" DESC" if part.descending else ""))
        words = [f"{kind}KEY {self.quote(index.name)} ({', '.join(parts)})"]
        words += [f"USING {index.method}"] if index.method and index.method not in ("FULLTEXT", "SPATIAL") else []
        words += [f"COMMENT {self.literal(index.comment)}"] if index.comment else []
        if option(index, "visible"):
            words.append("IGNORED" if self.is_mariadb else "INVISIBLE")
        return " ".join(words)

    def check(self, check: t.Any) -> str:
        """A check as it stands in a declaration."""
        ends = " NOT ENFORCED" if option(check, "enforced") else ""
        return f"CONSTRAINT {self.quote(str(check.name))} CHECK ({check.text}){ends}"

    def foreign_key(self, key: ForeignKey) -> str:
        """A foreign key as it stands in a declaration."""
        words = [
            f"CONSTRAINT {self.quote(str(key.name))} FOREIGN KEY ({self.names(key.columns)})",
            f"REFERENCES {self.place(key.referred_schema, key.referred_table)} ({self.names(key.referred_columns)})",
        ]
        words += [f"ON DELETE {key.on_delete}"] if key.on_delete else []
        words += [f"ON UPDATE {key.on_update}"] if key.on_update else []
        return " ".join(words)

    def make_indexes(self, owner: Table | View, indexes: t.Iterable[Index]) -> list[str]:
        """``ALTER TABLE … ADD KEY`` for each."""
        return [f"ALTER TABLE {self.place(owner.schema, owner.name)} ADD {self.index(index)}" for index in indexes]

    def make_view(self, view: View) -> list[str]:
        """``CREATE VIEW``."""
        algorithm = f"ALGORITHM={option(view, 'algorithm')} " if option(view, "algorithm") else ""
        security = f"SQL SECURITY {option(view, 'security')} " if option(view, "security") else ""
        check = f" WITH {option(view, 'check option')} CHECK OPTION" if option(view, "check option") else ""
        place = self.place(view.schema, view.name)
        return [f"CREATE {algorithm}{security}VIEW {place} AS {view.definition}{check}"]

    def make_trigger(self, trigger: Trigger) -> list[str]:
        """``CREATE TRIGGER``."""
        when, _, action = trigger.definition.partition(" FOR EACH ROW ")
        table = self.place(trigger.schema, trigger.table)
        head = f"CREATE TRIGGER {self.place(trigger.schema, trigger.name)} {when} ON {table}"
        return [f"{head} FOR EACH ROW {escaped(action)}"]

    def make_function(self, function: Function) -> list[str]:
        """``CREATE FUNCTION`` or ``PROCEDURE``, and what is said beside it."""
        word = function.kind.upper()
        place = self.place(function.schema, function.name)
        facts = f"COMMENT {self.literal(function.comment)}" if function.comment else ""
        facts += f" SQL SECURITY {option(function, 'security')}" if option(function, "security") else ""
        made = [f"CREATE {word} {place}{escaped(function.definition)}"]
        return [*made, f"ALTER {word} {place} {facts.strip()}"] if facts else made

    def drop(self, word: str, item: t.Any) -> list[Step]:
        """``DROP``."""
        if word == "function":
            place = self.place(item.schema, item.name)
            return [Step(f"DROP {item.kind.upper()} {place}", f"drop {item.kind} {shown(item)}")]
        return super().drop(word, item)

    def make_late(self, word: str, item: t.Any) -> list[Step]:
        """The foreign keys of a table."""
        return self.add_keys(item, item.foreign_keys) if word == "table" else []

    def add_keys(self, table: Table, keys: t.Iterable[ForeignKey]) -> list[Step]:
        """The statements that add foreign keys."""
        place = self.place(table.schema, table.name)
        return [
            Step(
                f"ALTER TABLE {place} ADD {self.foreign_key(key)}",
                f"add foreign key {name_words(str(key.name))} to {shown(table)}",
            )
            for key in keys
        ]

    def unlink(self, table: Table) -> list[Step]:
        """Drop the foreign keys of a table that goes."""
        return [self.drop_key(table, key) for key in table.foreign_keys]

    def drop_key(self, table: Table, key: ForeignKey) -> Step:
        """The statement that drops a foreign key."""
        sql = f"ALTER TABLE {self.place(table.schema, table.name)} DROP FOREIGN KEY {self.quote(str(key.name))}"
        return Step(sql, f"drop foreign key {name_words(str(key.name))} on {shown(table)}")

    def alter_table(self, old: Table, new: Table) -> Alteration:
        """What leads from one table to the other."""
        return TableChanges(self, old, new).found

    def alter(self, word: str, old: t.Any, new: t.Any) -> Alteration:
        """What leads from one sequence to another."""
        sql = f"ALTER SEQUENCE {self.place(new.schema, new.name)} {self.sequence_options(new)}"
        return Alteration(steps=[Step(sql, f"change sequence {shown(new)}")])


def _default(text: str, is_mariadb: bool) -> str:
    """A default; MySQL wants parentheses around what is no literal."""
    if is_mariadb or re.fullmatch(r"(?i)'.*'|b'[01]*'|-?[\d.]+|null|current_timestamp(\(\d*\))?", text, re.DOTALL):
        return text
    return f"({text})"


def escaped(text: str) -> str:
    """The body of a routine or trigger, in whose literals ``information_schema`` leaves backslashes unescaped."""

    def escape(found: re.Match[str]) -> str:
        piece = found.group()
        return piece.replace("\\", "\\\\") if piece[0] in "'\"" else piece

    return BODY.sub(escape, text)


def _bound_key(partition: Partition) -> tuple[t.Any, ...]:
    """Where a partition stands among the others: ranges are declared in their order."""
    inside = (partition.bound or "").partition("(")[2].removesuffix(")")
    if inside.strip().upper() == "MAXVALUE":
        return (2, 0.0, "", partition.name)
    try:
        return (0, float(inside), "", partition.name)
    except ValueError:
        return (1, 0.0, inside, partition.name)
