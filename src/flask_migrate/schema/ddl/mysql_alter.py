"""Statements of MariaDB and MySQL that change a table, with its rows in it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..diff import keyed
from ..model import Column, Table
from ..render import name_words
from .dialects import option, shown
from .steps import Alteration, Step, safe_widening

if t.TYPE_CHECKING:
    from .mysql import MySQLWriter


class TableChanges:
    """What leads from one table to another: one ``ALTER TABLE``, since its pieces need each other.

    :param writer: writes the pieces.
    """

    def __init__(self, writer: MySQLWriter, old: Table, new: Table) -> None:
        self.writer, self.old, self.new = writer, old, new
        self.found = Alteration()
        self.place = writer.place(new.schema, new.name)
        self.label = shown(new)
        self.parts: list[str] = []
        self.words: list[str] = []
        self.losses: list[tuple[str, str]] = []
        self._foreign_keys()
        self._keys_that_go()
        self._columns()
        self._keys_that_come()
        self._options()
        self._finish()
        self._partitions()

    def _foreign_keys(self) -> None:
        for before, after in _pairs(self.old.foreign_keys, self.new.foreign_keys):
            if before is not None:
                self.found.early.append(self.writer.drop_key(self.old, before))
            if after is not None:
                self.found.late += self.writer.add_keys(self.new, [after])

    def _part(self, sql: str, words: str) -> None:
        self.parts.append(sql)
        self.words.append(words)

    def _keys_that_go(self) -> None:
        if self.old.primary_key != self.new.primary_key and self.old.primary_key is not None:
            self._part("DROP PRIMARY KEY", f"drop the primary key of {self.label}")
        for before, _ in _pairs(self.old.unique_keys, self.new.unique_keys):
            if before is not None:
                name = self.writer.quote(before.name)
                self._part(f"DROP KEY {name}", f"drop unique key {name_words(before.name)} on {self.label}")
        for before, after in _pairs(self.old.indexes, self.new.indexes):
            if after is not None and _is_only_shown(before, after):
                word = "IGNORED" if self.writer.is_mariadb else "INVISIBLE"
                usual = "NOT IGNORED" if self.writer.is_mariadb else "VISIBLE"
                sql = f"ALTER INDEX {self.writer.quote(after.name)} {word if option(after, 'visible') else usual}"
                self._part(sql, f"change index {name_words(after.name)} on {self.label}")
            elif before is not None:
                name = self.writer.quote(before.name)
                self._part(f"DROP KEY {name}", f"drop index {name_words(before.name)} on {self.label}")
        for before, _ in _pairs(self._checks(self.old), self._checks(self.new)):
            if before is not None:
                word = "CONSTRAINT" if self.writer.is_mariadb else "CHECK"
                sql = f"DROP {word} {self.writer.quote(before.name)}"
                self._part(sql, f"drop check {name_words(before.name)} on {self.label}")

    @staticmethod
    def _checks(table: Table) -> list[t.Any]:
        return [check for check in table.checks if not option(check, "column")]

    def _columns(self) -> None:
        checks, checks_before = (self.writer.checks_of_columns(table) for table in (self.new, self.old))
        for column in self.old.columns:
            if self.new.column(column.name) is None:
                self._drop_column(column)
        order = [column.name for column in self.old.columns if self.new.column(column.name) is not None]
        for place, column in enumerate(self.new.columns):
            before = self.old.column(column.name)
            previous = self.new.columns[place - 1].name if place else None
            where = f" AFTER {self.writer.quote(previous)}" if previous else " FIRST"
            declared = self.writer.column(column, self.new, checks.get(column.name, ""))
            name = name_words(self.new.schema, self.new.name, column.name)
            if before is None:
                is_last = place == len(order)
                self._part(f"ADD COLUMN {declared}{'' if is_last else where}", f"add column {name}")
                order.insert(place, column.name)
                continue
            has_moved = order[place] != column.name
            if has_moved:
                order.remove(column.name)
                order.insert(place, column.name)
            if _is_remade(before, column):
                self._drop_column(before)
                self._part(f"ADD COLUMN {declared}{where}", f"add column {name}")
                continue
            is_same = before == column and checks.get(column.name) == checks_before.get(column.name)
            if not is_same or has_moved or not self._table_collation_stays(column):
                self._change_column(before, column, declared + where * has_moved, name)

    def _change_column(self, before: Column, column: Column, declared: str, name: str) -> None:
        self._part(f"MODIFY COLUMN {declared}", f"change column {name}")
        if before.type != column.type and not safe_widening(before.type, column.type):
            self.losses.append((f"what does not fit of column {name} ({before.type} → {column.type})", column.name))

    def _table_collation_stays(self, column: Column) -> bool:
        """Whether a column's collation is what it was: None stands for the table's, which may change."""
        is_text = any(word in column.type.lower() for word in ("char", "text", "enum", "set("))
        return not is_text or option(self.old, "collation") == option(self.new, "collation")

    def _drop_column(self, column: Column) -> None:
        name = name_words(self.old.schema, self.old.name, column.name)
        self._part(f"DROP COLUMN {self.writer.quote(column.name)}", f"drop column {name}")
        if column.computed is None:
            self.losses.append((f"column {name} with its values", column.name))

    def _keys_that_come(self) -> None:
        if self.old.primary_key != self.new.primary_key and self.new.primary_key is not None:
            self._part(f"ADD {self.writer.primary_key(self.new)}", f"add a primary key to {self.label}")
        for _, after in _pairs(self.old.unique_keys, self.new.unique_keys):
            if after is not None:
                self._part(f"ADD {self.writer.unique_key(after)}", f"add unique key {name_words(after.name)}")
        for before, after in _pairs(self.old.indexes, self.new.indexes):
            if after is not None and not _is_only_shown(before, after):
                self._part(f"ADD {self.writer.index(after)}", f"make index {name_words(after.name)} on {self.label}")
        for _, after in _pairs(self._checks(self.old), self._checks(self.new)):
            if after is not None:
                self._part(f"ADD {self.writer.check(after)}", f"add check {name_words(after.name)} to {self.label}")

    def _options(self) -> None:
        if self.old.options != self.new.options:
            before, after = dict(self.old.options), dict(self.new.options)
            if before.get("create options") != after.get("create options"):
                self._create_options(before.get("create options", ""), after.get("create options", ""))
            bare = dataclasses.replace(
                self.new, options=tuple(pair for pair in self.new.options if pair[0] != "create options")
            )
            if {**before, "create options": ""} != {**after, "create options": ""}:
                for sql in self.writer.table_options(bare):
                    self._part(sql, f"change options of {self.label}")
        if self.old.comment != self.new.comment:
            self._part(f"COMMENT={self.writer.literal(self.new.comment or '')}", f"comment on {self.label}")
        if self.old.kind != self.new.kind:
            word = "ADD" if self.new.kind == "system versioned table" else "DROP"
            self._part(f"{word} SYSTEM VERSIONING", f"change options of {self.label}")

    def _create_options(self, before: str, after: str) -> None:
        """Options that go have no usual value of their own, but for the common ones."""
        usual = {"row_format": "DEFAULT", "checksum": "0", "delay_key_write": "0", "pack_keys": "DEFAULT"}
        names = [text.partition("=")[0].strip('`"').lower() for text in after.split()]
        for text in before.split():
            name = text.partition("=")[0].strip('`"').lower()
            if name not in names:
                reset = usual.get(name, "0" if text.partition("=")[2].isdigit() else "DEFAULT")
                self._part(f"{text.partition('=')[0]}={reset}", f"change options of {self.label}")
        if after:
            self._part(after, f"change options of {self.label}")

    def _finish(self) -> None:
        if not self.parts:
            return
        words = "; ".join(dict.fromkeys(self.words))
        loses = "; ".join(text for text, _ in self.losses)
        column = self.losses[0][1] if len(self.losses) == 1 else ""
        table = (self.old.schema, self.old.name) if loses else None
        for clauses in self._clauses():
            self.found.steps.append(Step(f"ALTER TABLE {self.place} {', '.join(clauses)}", words, loses, table, column))

    def _clauses(self) -> list[list[str]]:
        """The parts in as few statements as can be: a computed column that is made anew needs two."""
        dropped = [part for part in self.parts if part.startswith("DROP COLUMN ")]
        again = [
            part
            for part in dropped
            if any(other.startswith(f"ADD COLUMN {part.removeprefix('DROP COLUMN ')} ") for other in self.parts)
        ]
        if not again:
            return [self.parts]
        return [again, [part for part in self.parts if part not in again]]

    def _partitions(self) -> None:
        before, after = (
            (table.partition_by, tuple(dataclasses.replace(one, schema=None) for one in table.partitions))
            for table in (self.old, self.new)
        )
        if before == after:
            return
        text = self.writer.partitioning(self.new) if self.new.partition_by else "REMOVE PARTITIONING"
        self.found.steps.append(Step(f"ALTER TABLE {self.place} {text}", f"change the partitions of {self.label}"))


def _is_remade(before: Column, after: Column) -> bool:
    """Whether a column has to be dropped and added, since it is computed, or is so no longer, or in another way."""
    return before.computed != after.computed


def _is_only_shown(before: t.Any, after: t.Any) -> bool:
    """Whether an index is the same but for the planner, which sees it or does not."""
    return before is not None and dataclasses.replace(before, options=after.options) == after


def _pairs(before: t.Sequence[t.Any], after: t.Sequence[t.Any]) -> list[tuple[t.Any, t.Any]]:
    """The parts that differ; None where one side has none."""
    old, new = keyed(before), keyed(after)
    return [(old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key)]
