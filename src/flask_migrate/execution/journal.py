"""What is done of a revision of which a part is committed, so that the next run goes on behind it.

The journal is a list of entries in the log row of the revision, one for each statement that changes anything, in
the order in which the script sends them. It is written in the transaction that the next DDL statement commits, so
rows that were changed and the entries that say so are kept or lost together. Of a DDL statement the journal says
that it is about to be sent; whether it took effect, after a kill, is settled by looking at what it changes. That an
index is about to be made on a table which was just made is not written: what indexes that table has says it all.

What the script reads is kept as well: a later run of the done part is given the same answers and thereby takes the
same way, though the tables are others by now.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError
from .entries import ANY as ANY
from .entries import Done, Entry, Read, described, shortened, to_json
from .made import Made, Tables
from .probe import digest, fingerprint, table_of
from .results import VALUES_KEPT, NotKept, Result, give, is_streamed, take
from .statements import Sending, Statement, raw

#: Where a connection keeps what its session is called; SQLAlchemy forgets it with the session.
_SESSION = "flask_migrate_session"
#: Variables of a MariaDB or MySQL session.
_VARIABLE = re.compile(r"(?<![@\w])@(\w+)")


class ScriptChanged(MigrateError):
    """A half-done revision was edited in the part that is done already.

    :param entries: what is done, in words.

    .. versionadded:: 5.0
    """

    def __init__(self, revision: str, done: list[Entry], position: int, now: str) -> None:
        super().__init__(
            f"Revision {revision} is half done, and its script was changed in the part that is done: statement "
            f"{position + 1} was {done[position].text!r} and {now} now.",
            "\n".join(
                [
                    *(f"  {number}. {entry.state}: {described(entry)}" for number, entry in enumerate(done, 1)),
                    "Take the change back and run the command again, or settle it: flask db repair",
                ]
            ),
        )
        self.entries = tuple(entry.text for entry in done)


class FailedBefore(Exception):
    """A statement failed in an earlier run, and the script went on; the message is the driver's."""


class Journal:
    """The journal of one run of one revision.

    :param connection: where the revision runs.
    :param store: writes the journal into its row, in the transaction at hand.
    :param revision: the revision, for messages.
    :param done: what the run that did not end has done; it is not done again.
    :param is_transactional: whether DDL belongs to a transaction here, outside of an autocommit block.
    :param own_table: the quoted name of the table that the journal is in.
    :param tables: tells which ones are new.
    """

    def __init__(
        self,
        connection: sa.Connection,
        store: t.Callable[[str], None],
        revision: str,
        done: Done,
        *,
        is_transactional: bool,
        own_table: str,
        tables: Tables,
    ) -> None:
        entries = done.entries
        self.connection = connection
        self.is_transactional = is_transactional
        self.own_table = own_table
        self.tables = tables
        self.revision = revision
        self.entries = entries
        self.skipping = len(entries)
        self.position = 0
        self._committed = self._written = len(entries)  # how many no rollback takes back, and how many the row has
        self.ends_committed = False  # whether the last statement has committed itself, and what came before it
        self._indexes = dict(done.indexes)
        self._table: Made | None = None  # the last statement made it, or an index on it
        self._store = store
        self._times = 0  # how often the entry at the position was met already
        self._last_text = ""
        self._reads: list[Read] = []
        self._known_reads = iter(entries[0].reads if entries else ())
        self._room = VALUES_KEPT
        self._is_saved = True

    @property
    def is_resumed(self) -> bool:
        """Whether part of the revision was done by an earlier run."""
        return self.skipping > 0

    @property
    def is_skipping(self) -> bool:
        """Whether the script is still in the part that is done."""
        return self.position < self.skipping

    def execute(self, sending: Sending) -> None:
        """Send a statement, unless an earlier run has done so, and keep account of it.

        :raises ScriptChanged: when the earlier run did something else at this place.
        """
        statement = sending.statement
        self.ends_committed = False
        if statement.is_of_session:
            self._table = None
            self._execute_for_session(sending)
        elif statement.is_reading:
            self._read(sending)
        elif self._is_done(statement):
            self._skip(sending)
        elif self._indexes:
            self._skip_index(sending)
        elif is_autocommit(self.connection):
            self._execute_rows_whole(sending) if statement.changes_rows else self._execute_ddl(sending)
        elif statement.changes_rows or self.is_transactional:
            self._execute_at_once(sending)
        else:
            self._execute_ddl(sending)

    def save(self) -> None:
        """Write the journal into its row, in the transaction at hand."""
        if not self._is_saved:
            self._store(to_json(self.entries))
            self._is_saved = True
            self._written = len(self.entries)

    def unwritten(self) -> str | None:
        """The journal of what is committed, if its row does not say all of that, and nothing is left to be found."""
        is_known = self._committed > self._written and not self._indexes
        return to_json(self.entries[: self._committed]) if is_known else None

    def end(self) -> None:
        """The script is through.

        :raises ScriptChanged: when it did less than what an earlier run has done.
        """
        if self.is_skipping and self._times:
            self._leave_entry()
        if self.is_skipping or self._indexes:
            raise self._script_changed("is not there")

    def _is_done(self, statement: Statement) -> bool:
        """Whether an earlier run has done ``statement``; finds the entry of it."""
        if not self.is_skipping:
            return False
        entry = self.entries[self.position]
        if self._times and self._has_enough(entry, statement):
            self._leave_entry()
            return self._is_done(statement)
        if entry.digest not in (ANY, digest(statement.text)):
            raise self._script_changed(f"is {shortened(statement.text)!r}")
        return True

    def _script_changed(self, now: str) -> ScriptChanged:
        entries = self.entries[: self.skipping] if self.is_skipping else self.entries
        done = [*entries, *(Entry("", made.text, "done") for made in self._indexes.values())]
        return ScriptChanged(self.revision, done, self.position, now)

    def _has_enough(self, entry: Entry, statement: Statement) -> bool:
        if entry.digest == ANY:
            return statement.text != self._last_text
        return self._times >= entry.count

    def _leave_entry(self) -> None:
        self.position += 1
        self._times = 0
        self._known_reads = iter(self.entries[self.position].reads if self.is_skipping else ())

    def _skip(self, sending: Sending) -> None:
        entry = self.entries[self.position]
        kept = entry.result(self._times)
        self._times += 1
        self._last_text = sending.statement.text
        if entry.state == "failed":
            raise self._error(kept)
        # Otherwise it had failed, and a person counts it as done.
        result = Result.from_json(kept) if kept and isinstance(kept[0], int) else Result()
        if result.lastrowid and self.connection.dialect.name in ("mysql", "mariadb"):
            raw(self.connection, f"SELECT LAST_INSERT_ID({result.lastrowid:d})")
        give(sending, result)
        if self._times >= entry.count and entry.digest != ANY:
            self._leave_entry()

    def _skip_index(self, sending: Sending) -> None:
        """An index that the earlier run has made behind its last table, of which its journal does not speak."""
        made = Made.by(sending.statement)
        if made is None or self._indexes.get(made.name) != made:
            if made is not None and made.name in self._indexes:
                self._indexes = {made.name: self._indexes[made.name], **self._indexes}  # the one to be told of
            raise self._script_changed(f"is {shortened(sending.statement.text)!r}")
        del self._indexes[made.name]
        give(sending, Result())
        self._add(self._entry(sending.statement, "done"), None)
        self._committed = len(self.entries)

    def _error(self, kept: list[t.Any] | None) -> Exception:
        """The driver's error of the earlier run, as the script saw it then."""
        name, *arguments = kept or ["Error"]
        kind = getattr(self.connection.dialect.loaded_dbapi, name, None)
        return kind(*arguments) if isinstance(kind, type) else FailedBefore(*arguments)

    def _execute_for_session(self, sending: Sending) -> None:
        """Send what a new session needs as well; its variables get the values that they had the first time."""
        gives_values = sending.statement.first_word in ("SET", "SELECT")
        names = sorted(set(_VARIABLE.findall(sending.statement.text))) if gives_values else []
        if self.is_skipping and names:
            known = self._known(sending.statement)
            if known is not None and known.variables is not None:
                for name, value in known.variables.items():
                    raw(self.connection, f"SET @{name} = %s", value)
                give(sending, Result())
                return
        if sending.statement.first_word in ("COMMIT", "END", "START", "BEGIN", "LOCK", "UNLOCK"):
            self.save()
        # Between LOCK TABLES and UNLOCK TABLES a session reaches the tables only that it has named.
        is_lock = re.match(r"\s*LOCK\s+TABLES?\b", sending.statement.text, re.IGNORECASE) and not self.is_transactional
        sending.send(f"{sending.statement.text.rstrip(' ;')}, {self.own_table} WRITE" if is_lock else None)
        if names and not self.is_skipping and self.connection.dialect.name in ("mysql", "mariadb"):
            values = raw(self.connection, f"SELECT {', '.join(f'@{name}' for name in names)}")[0]
            kept = Result(0, None, tuple((name, None) for name in names), (tuple(values),))
            with contextlib.suppress(NotKept):
                row = kept.to_json()[3][0]
                plain = {name: value for name, value in zip(names, row, strict=True) if not isinstance(value, dict)}
                self._reads.append(Read(digest(sending.statement.text), variables=plain))

    def _read(self, sending: Sending) -> None:
        if self._times and self.entries[self.position].digest == ANY:
            self._leave_entry()
        known = self._known(sending.statement) if self.is_skipping else None
        if known is not None and known.result is not None:
            give(sending, Result.from_json(known.result))
            return
        if self._indexes and not self.is_skipping:
            raise self._script_changed(f"is {shortened(sending.statement.text)!r}")
        sending.send()
        self._table = None
        if self.is_skipping or is_streamed(sending) or self._room <= 0:
            return
        result = take(sending)
        self._room -= result.size
        with contextlib.suppress(NotKept):
            self._reads.append(Read(digest(sending.statement.text), result.to_json() if self._room >= 0 else None))

    def _known(self, statement: Statement) -> Read | None:
        """The next answer to ``statement`` that was kept; others before it are of a script that was edited."""
        wanted = digest(statement.text)
        return next((read for read in self._known_reads if read.digest == wanted), None)

    def _execute_at_once(self, sending: Sending) -> None:
        """Send a statement, and keep account of it behind that."""
        try:
            sending.send()
        except Exception as error:
            self._add(self._entry(sending.statement, "failed"), _error_to_json(error))
            raise
        self._add(self._entry(sending.statement, "done"), self._keep(take(sending)))

    def _execute_rows_whole(self, sending: Sending) -> None:
        """Change rows and keep account of it in one transaction, where every statement would be its own."""
        raw(self.connection, "BEGIN")
        try:
            self._execute_at_once(sending)
            self.save()
        except BaseException:
            raw(self.connection, "ROLLBACK")
            raise
        raw(self.connection, "COMMIT")

    def _execute_ddl(self, sending: Sending) -> None:
        """Send a statement that commits by itself what came before it, the journal included."""
        statement = sending.statement
        made = None if is_autocommit(self.connection) or self.is_transactional else Made.by(statement)
        if made is not None and made.is_on(self._table):
            self._execute_index(sending)
            return
        entry = self._entry(statement, "sent")
        entry.schema, entry.table = table_of(statement)
        if made is not None and made.kind == "table" and self.tables.is_new(self.connection, made):
            entry.makes = made.to_json()
        else:
            entry.probe, made = fingerprint(self.connection, statement), None
        entry.sql = statement.text if entry.table is None or made is not None else None
        entry.session = session_of(self.connection)
        self._add(entry, None)
        self.save()
        try:
            sending.send()
        except Exception as error:
            entry.state, entry.results = "failed", [_error_to_json(error)]
            raise
        finally:
            entry.settle()
            self._is_saved = False
        entry.state = "done"
        entry.results = [self._keep(take(sending))]
        self._committed, self._table, self.ends_committed = len(self.entries), made, statement.commits

    def _execute_index(self, sending: Sending) -> None:
        """Make an index on the table that was just made, without a word in the journal before."""
        table = self._table
        self._execute_at_once(sending)
        self._committed, self._table, self.ends_committed = len(self.entries), table, True

    def _entry(self, statement: Statement, state: str) -> Entry:
        return Entry(digest(statement.text), shortened(statement.text), state)

    def _add(self, entry: Entry, result: list[t.Any] | None) -> None:
        self._table = None
        last = self.entries[-1] if len(self.entries) > self.skipping else None
        if last is not None and not self._reads and (last.digest, last.state) == (entry.digest, entry.state):
            last.count += 1
            last.add_result(result)
        else:
            entry.reads, self._reads = self._reads, []
            entry.results = [result]
            self.entries.append(entry)
            self.position = len(self.entries)
        self._is_saved = False

    def _keep(self, result: Result) -> list[t.Any] | None:
        self._room -= result.size
        if self._room < 0:
            result = Result(result.rowcount, result.lastrowid)
        try:
            return result.to_json()
        except NotKept:
            return None


def is_autocommit(connection: sa.Connection) -> bool:
    """Whether every statement on ``connection`` is committed by itself, as within ``autocommit_block()``."""
    return bool(connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT")


def session_of(connection: sa.Connection) -> str | None:
    """What the engine calls the session, and no later one."""
    if connection.dialect.name == "postgresql":
        query = "SELECT concat_ws(' ', pid, backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        return str(raw(connection, query)[0][0])  # behind a pooler it is another one each time
    if connection.dialect.name not in ("mysql", "mariadb"):
        return None
    if _SESSION not in connection.info:
        connection.info[_SESSION] = str(raw(connection, "SELECT CONNECTION_ID()")[0][0])
    return str(connection.info[_SESSION])


def _error_to_json(error: Exception) -> list[t.Any]:
    arguments = [value if isinstance(value, (int, str)) else str(value) for value in error.args]
    return [type(error).__name__, *arguments]
