"""Triggers, indexes and views that a table rebuild would cost, put back before the commit.

``DROP TABLE`` drops the triggers and indexes of a table with it, and Alembic makes only those indexes anew that
SQLAlchemy reads, and those without their order, their collations and expressions.
"""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from ...errors import Refused
from ...schema.read.sqlite_sql import parse_table
from ...schema.read.sqlite_tokens import NotUnderstood, tokenize
from ..statements import raw
from .batch import Rebuilt
from .losses import losses
from .names import read_declared
from .texts import folded, names_in, normal, quoted, rename, rename_rows, split_index

if t.TYPE_CHECKING:
    from ..options import ExecutionOptions


@dataclasses.dataclass(frozen=True)
class Kept:
    """A row of ``sqlite_master``."""

    type: str
    name: str
    table: str
    sql: str | None


class Objects:
    """The objects of the main database before a revision destroys any, and what the revision says about them.

    :param connection: where the revision runs; in its transaction.
    :param revision: its id.
    """

    def __init__(self, connection: sa.Connection, revision: str) -> None:
        self.connection = connection
        self.revision = revision
        self.before = self._read()
        self.sequences = self._sequences()
        self.rebuilt: dict[str, Rebuilt] = {}
        self.moved: set[str] = set()  # tables that were renamed, from and to
        self.dropped: set[str] = set()  # indexes, triggers and views that the script has dropped by name

    def note_batch(self, rebuilt: Rebuilt) -> None:
        """Take notice that a batch operation makes a table anew; it may be the second one in this revision."""
        name = folded(rebuilt.table)
        earlier = self.rebuilt.get(name)
        if earlier is not None:
            later = rebuilt.renamed
            chained = {old: later.get(folded(new), new) for old, new in earlier.renamed.items()}
            back = {folded(new): old for old, new in earlier.renamed.items()}
            rebuilt.renamed = {**{old: new for old, new in later.items() if old not in back}, **chained}
            rebuilt.gone = earlier.gone | {back.get(column, column) for column in rebuilt.gone}
            rebuilt.indexes |= earlier.indexes
        self.rebuilt[name] = rebuilt

    def note_rename(self, old: str, new: str) -> None:
        """Take notice that a table gets another name."""
        self.moved |= {folded(old), folded(new)}

    def note_drop(self, name: str) -> None:
        """Take notice that the script drops an index, trigger or view."""
        self.dropped.add(folded(name))

    def check_batch(self, table: str) -> None:
        """See that a table that a batch operation has just made says all that the old one said.

        :raises Refused: when it does not.
        """
        rebuilt = self.rebuilt.get(folded(table))
        if rebuilt is None:
            return
        try:
            missing = losses(rebuilt.expected, read_declared(self.connection, rebuilt.schema, table))
        except NotUnderstood as error:
            missing = [f"what is not understood ({error})"]
        if missing:
            raise Refused(
                f"Revision {self.revision} would rebuild table {table} without {', '.join(missing)}.",
                "It was rolled back; nothing is lost. Describe the table in the script: "
                f'op.batch_alter_table("{table}", copy_from=sa.Table(…)), or name what is missing in table_args.',
            )

    def restore(self, options: ExecutionOptions) -> None:
        """Put back what was lost and not dropped by name.

        :raises Refused: when something does not fit the new tables.
        """
        now = {(one.type, folded(one.name)): one for one in self._read()}
        tables = {name for kind, name in now if kind == "table"}
        self._refuse_dangling(now, tables)
        for one in self.before:
            if folded(one.table) in self.moved & tables and folded(one.name) not in self.dropped and one.sql:
                current = now.get((one.type, folded(one.name)))
                if one.type == "trigger" and current is None:
                    self._restore_trigger(one)
                elif one.type == "index":
                    self._restore_index(one, current)
        self._restore_sequences(tables)
        self._tell_broken_views(now, options)

    def _restore_trigger(self, one: Kept) -> None:
        rebuilt = self.rebuilt.get(folded(one.table))
        renamed = rebuilt.renamed if rebuilt else {}
        raw(self.connection, rename_rows(str(one.sql), renamed))
        changed = (set(renamed) | rebuilt.gone) if rebuilt else names_in(str(one.sql))
        problem = self._problem_of_writing(one.table)
        if problem and changed & names_in(str(one.sql)):
            raise Refused(
                f"Revision {self.revision} would break trigger {one.name} of table {one.table}: {problem}.",
                "It was rolled back; nothing is lost. Let the script drop the trigger and make it anew: "
                f"op.execute('DROP TRIGGER {quoted(one.name)}') before the table is changed.",
            )

    def _problem_of_writing(self, table: str) -> str | None:
        """Why rows of ``table`` can't be written: its triggers are compiled then."""
        [(column,)] = raw(self.connection, f"SELECT name FROM pragma_table_info({_literal(table)}) LIMIT 1")
        name = quoted(table)
        for statement in (
            f"INSERT INTO {name} DEFAULT VALUES",
            f"UPDATE {name} SET {quoted(column)} = {quoted(column)}",
            f"DELETE FROM {name}",
        ):
            problem = self._problem(statement)
            if problem:
                return problem
        return None

    def _problem(self, statement: str) -> str | None:
        """Why SQLite can't compile ``statement``; ``None`` when it can."""
        try:
            raw(self.connection, f"EXPLAIN {statement}")
        except self.connection.dialect.loaded_dbapi.Error as error:
            return str(error)
        return None

    def _restore_index(self, one: Kept, current: Kept | None) -> None:
        rebuilt = self.rebuilt.get(folded(one.table))
        sql = str(one.sql)
        if rebuilt is not None:
            head, columns = split_index(sql)
            if folded(one.name) in rebuilt.indexes or names_in(columns) & rebuilt.gone:
                return
            sql = f"{head} {rename(columns, rebuilt.renamed)}"
        elif current is not None or not self._has_columns_of(one):
            return  # the script has made the table itself, and the index as it wants it
        if current is not None:
            if normal(str(current.sql)) == normal(sql):
                return
            raw(self.connection, f"DROP INDEX {quoted(one.name)}")
        try:
            raw(self.connection, sql)
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise Refused(
                f"Revision {self.revision} would cost table {one.table} its index {one.name}: {error}.",
                "It was rolled back; nothing is lost. Let the script drop the index, and make it anew where it is "
                "still wanted.",
            ) from None

    def _has_columns_of(self, one: Kept) -> bool:
        """Whether the table, which the script has made itself, has every column that the index is about."""
        rows = raw(self.connection, f"SELECT name FROM pragma_table_info({_literal(one.table)})")
        before = next(other for other in self.before if other.type == "table" and other.name == one.table)
        try:
            columns = {folded(name) for name in parse_table(str(before.sql)).columns}
        except NotUnderstood:
            return False
        return names_in(split_index(str(one.sql))[1]) & columns <= {folded(name) for (name,) in rows}

    def _refuse_dangling(self, now: t.Mapping[tuple[str, str], Kept], tables: set[str]) -> None:
        """SQLite follows a rename: keys that referred to a table then refer to the name that it is dropped under."""
        lost = (self.moved - tables) - {folded(one.name) for one in self.before if one.type == "table"}
        for (kind, _), one in now.items():
            if kind != "table" or not lost or "references" not in str(one.sql).lower():
                continue
            rows = raw(self.connection, f'SELECT "table" FROM pragma_foreign_key_list({_literal(one.name)})')
            parents = {folded(parent): parent for (parent,) in rows}
            for name in lost & set(parents):
                raise Refused(
                    f"Revision {self.revision} would leave table {one.name} with a foreign key to table "
                    f"{parents[name]}, which is gone: SQLite follows a table that is renamed.",
                    "It was rolled back; nothing is lost. Let the script make the new table under another name, copy "
                    "the rows, drop the old table and then rename the new one.",
                )

    def _restore_sequences(self, tables: set[str]) -> None:
        """``AUTOINCREMENT`` never gives a key twice, also not one of a row that is deleted."""
        current = self._sequences()
        for table, value in self.sequences.items():
            name = folded(table)
            if name not in self.moved & tables or current.get(table, 0) >= value:
                continue
            try:
                counts = read_declared(self.connection, None, table).autoincrement
            except NotUnderstood:
                continue
            if counts:
                raw(self.connection, f"DELETE FROM sqlite_sequence WHERE name = {_literal(table)}")
                raw(self.connection, f"INSERT INTO sqlite_sequence (name, seq) VALUES ({_literal(table)}, {value:d})")

    def _tell_broken_views(self, now: t.Mapping[tuple[str, str], Kept], options: ExecutionOptions) -> None:
        for (kind, _), one in now.items():
            if kind == "view" and self._mentions_change(str(one.sql)):
                problem = self._problem(f"SELECT * FROM {quoted(one.name)}")
                if problem:
                    options.tell(f"View {one.name} does not work after revision {self.revision}: {problem}.")

    def _mentions_change(self, sql: str) -> bool:
        names = names_in(sql) | {folded(token.name) for token in tokenize(sql) if token.kind in ("word", "quoted")}
        return bool(names & self.moved)

    def _read(self) -> list[Kept]:
        return [Kept(*row) for row in raw(self.connection, "SELECT type, name, tbl_name, sql FROM main.sqlite_master")]

    def _sequences(self) -> dict[str, int]:
        if not raw(self.connection, "SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_sequence'"):
            return {}
        rows = raw(self.connection, "SELECT name, seq FROM main.sqlite_sequence")
        return {name: seq for name, seq in rows if isinstance(seq, int)}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
