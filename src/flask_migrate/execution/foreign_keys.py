"""Foreign keys on SQLite while tables are rebuilt.

With ``foreign_keys`` on, the ``DROP TABLE`` of a rebuild deletes the rows of the table first and thereby, through
ON DELETE CASCADE, rows of others (https://www.sqlite.org/foreignkeys.html#fk_schemacommands); the procedure of SQLite's
manual turns them off before BEGIN and checks before COMMIT (https://www.sqlite.org/lang_altertable.html#otheralter).
"""

from __future__ import annotations

import typing as t
from collections import Counter

import sqlalchemy as sa

from ..errors import Refused
from .modes import ForeignKeysInTheWay
from .rebuild.texts import folded, quoted
from .statements import Statement, raw

#: How many tables an error message names.
SHOWN = 5
#: What rows that refer to a deleted one may do; to the others, SQLite itself objects.
_ACTING = ("CASCADE", "SET NULL", "SET DEFAULT")


class ForeignKeyGuard:
    """Keeps foreign keys off while a revision rebuilds tables, and looks for rows that this has cost.

    :param connection: where the revisions run.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.was_on = self._is_on
        self.is_off = False
        self._broken: Counter[tuple[str, str]] = Counter()
        self._counts: dict[str, int] = {}
        self._touched: set[str] = set()

    def begin(self, is_rebuilding: bool) -> None:
        """Turn foreign keys off if tables may be rebuilt, else as the app has them; no transaction is open.

        Whether that works is looked at: within a transaction, SQLite ignores it.
        """
        self._touched = set()
        if not self.was_on:
            return
        raw(self.connection, f"PRAGMA foreign_keys={'OFF' if is_rebuilding else 'ON'}")
        self.is_off = not self._is_on
        if self.is_off:
            self._broken, self._counts = self._broken_rows(), self._count_rows()

    def note(self, statement: Statement) -> None:
        """Take notice of the tables whose rows ``statement`` changes."""
        if self.is_off and statement.changes_rows:
            words = statement.text.lower()
            self._touched |= {name for name in self._counts if name.lower() in words}

    def before_drop(self, table: str, revision: str, may_restart: bool) -> None:
        """See that nothing is lost when ``table`` is dropped, now.

        :raises ForeignKeysInTheWay: when it would be, and ``may_restart`` says that all can be run again without.
        :raises Refused: when it would be.
        """
        if not self.was_on or self.is_off:
            return
        if may_restart:
            raise ForeignKeysInTheWay
        for child, columns, action in self._references_to(table):
            filled = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
            if action in _ACTING and raw(self.connection, f"SELECT 1 FROM {quoted(child)} WHERE {filled} LIMIT 1"):
                raise Refused(
                    f"Revision {revision} would drop table {table} where foreign keys act, and ON DELETE {action} "
                    f"would change the rows of table {child}.",
                    "Run it without a transaction of your own around it, with a transaction for each revision, or "
                    "after PRAGMA foreign_keys=OFF, which SQLite takes outside of transactions only.",
                )

    def check(self, revision: str) -> None:
        """Raise :class:`Refused`, so that the revision is rolled back, when it has cost rows or broken references."""
        if not self.is_off:
            return
        now = self._broken_rows()
        tables = self._tables()
        renamed = sum(number for (child, _), number in self._broken.items() if child not in tables)
        broken = {pair: number - self._broken[pair] for pair, number in now.items() if number > self._broken[pair]}
        if sum(broken.values()) > renamed:
            shown = [f"{number} of {child} to {parent}" for (child, parent), number in sorted(broken.items())[:SHOWN]]
            raise Refused(
                f"Revision {revision} would leave rows that refer to nothing: {', '.join(shown)}.",
                "It was rolled back; nothing is lost. Let the script delete or mend those rows too: foreign keys do "
                "not act while SQLite rebuilds a table.",
            )
        self._check_counts(revision, tables)

    def restore(self) -> None:
        """Foreign keys as the app has them."""
        if self.was_on:
            raw(self.connection, "PRAGMA foreign_keys=ON")

    def _check_counts(self, revision: str, tables: t.Collection[str]) -> None:
        untouched = [name for name in self._counts if name in tables and name not in self._touched]
        changed = [
            f"{name} ({self._counts[name]} rows before, {count} after)"
            for name in sorted(untouched)
            if (count := self._count(name)) != self._counts[name]
        ]
        if changed:
            raise Refused(
                f"Revision {revision} would change the rows of tables that it does not name: {', '.join(changed)}.",
                "It was rolled back; nothing is lost.",
            )

    @property
    def _is_on(self) -> bool:
        return bool(raw(self.connection, "PRAGMA foreign_keys")[0][0])

    def _broken_rows(self) -> Counter[tuple[str, str]]:
        """How many rows of a table refer to nothing in another one. Row ids tell nothing: a rebuild numbers anew."""
        found: Counter[tuple[str, str]] = Counter()
        for table in self._children():
            try:
                rows = raw(self.connection, f"PRAGMA foreign_key_check({quoted(table)})")
            except self.connection.dialect.loaded_dbapi.Error:
                continue  # a key that refers to columns which are not unique: SQLite can't check it
            found.update((row[0], row[2]) for row in rows)
        return found

    def _count_rows(self) -> dict[str, int]:
        return {table: self._count(table) for table in self._children()}

    def _count(self, table: str) -> int:
        return int(raw(self.connection, f"SELECT count(*) FROM {quoted(table)}")[0][0])

    def _children(self) -> list[str]:
        """The tables that refer to others; virtual tables, whose module may be missing, do not."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%references%' AND rootpage > 0"
        return [name for (name,) in raw(self.connection, query)]

    def _tables(self) -> set[str]:
        return {name for (name,) in raw(self.connection, "SELECT name FROM sqlite_master WHERE type = 'table'")}

    def _references_to(self, table: str) -> t.Iterator[tuple[str, list[str], str]]:
        """Which tables refer to ``table``, by which columns, and what happens to their rows."""
        for child in self._children():
            keys: dict[int, tuple[list[str], str]] = {}
            for row in raw(self.connection, f"PRAGMA foreign_key_list({quoted(child)})"):
                if folded(row[2]) == folded(table) and folded(child) != folded(table):
                    keys.setdefault(row[0], ([], row[6]))[0].append(row[3])
            yield from ((child, columns, action) for columns, action in keys.values())
