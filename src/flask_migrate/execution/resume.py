"""Taking up the journal of a run that did not end."""

from __future__ import annotations

import re

import sqlalchemy as sa

from ..errors import MigrateError
from .backoff import pauses
from .entries import Done, Entry, described, from_json
from .journal import session_of
from .made import Made, indexes_of, is_of_table
from .options import ExecutionOptions
from .probe import fingerprint_of
from .statements import raw

#: After how many seconds of waiting a person is told what is waited for.
PATIENCE = 2.0
#: What a temporary table is made and dropped by; it ends with its session.
_TEMPORARY = re.compile(r"\s*(CREATE|DROP)\b(?:\s+OR\s+REPLACE)?\s+TEMPORARY\b", re.IGNORECASE)

_ACTIVE = sa.text(
    "SELECT 1 FROM pg_stat_activity WHERE concat_ws(' ', pid, backend_start) = :session AND state = 'active'"
)
_RUNNING = sa.text("SELECT info FROM information_schema.processlist WHERE id = :session AND info IS NOT NULL")


class HalfDone(MigrateError):
    """A half-done revision can't be taken up by itself.

    :param entries: what is done, in words.

    .. versionadded:: 5.0
    """

    def __init__(self, revision: str, why: str, entries: list[Entry]) -> None:
        lines = [f"  {number}. {entry.state}: {described(entry)}" for number, entry in enumerate(entries, 1)]
        hint = "Put the database in order by hand if that is needed, then settle it: flask db repair"
        super().__init__(f"Revision {revision} is half done, and {why}.", "\n".join([*lines, hint]))
        self.entries = tuple(entry.text for entry in entries)


def take_up(connection: sa.Connection, operations: str, revision: str, options: ExecutionOptions) -> Done:
    """What is done of ``revision``.

    :param connection: where the revision runs; the last statement of the earlier run is settled by looking at what
        it changes.
    :param operations: the journal of the earlier run.
    :raises HalfDone: when only a person can tell how to go on.
    """
    entries = from_json(operations)
    temporary = made_temporary(entries)
    if temporary is not None:
        raise HalfDone(revision, f"a temporary table ended with the session that made it ({temporary})", entries)
    if entries and entries[-1].state == "sent":
        last = entries[-1]
        _wait_for_session(connection, last, revision, options)
        if not _drop_invalid_index(connection, last) and took_effect(connection, last):
            indexes = _indexes_behind(connection, last)
            last.state = "done"
            last.settle()
            return Done(entries, indexes)
        entries.pop()
    return Done(entries)


def _indexes_behind(connection: sa.Connection, last: Entry) -> dict[str, Made]:
    """The indexes that were made on the table of ``last`` after it."""
    if last.makes is None:
        return {}
    found = indexes_of(connection, Made.from_json(last.makes))
    return {name: made for name, made in found.items() if not is_of_table(name, last.sql or "")}


def took_effect(connection: sa.Connection, entry: Entry) -> bool:
    """Whether the DDL statement of ``entry``, whose end is not known, has changed anything."""
    if entry.makes is not None:
        return Made.from_json(entry.makes).is_in(connection)
    return fingerprint_of(connection, entry.sql or entry.text, entry.schema, entry.table) != entry.probe


def made_temporary(entries: list[Entry]) -> str | None:
    """The text of a done statement that made a temporary table which was not dropped again."""
    open_ones: list[str] = []
    for entry in entries:
        found = _TEMPORARY.match(entry.text)
        if found and found[1].upper() == "CREATE":
            open_ones.append(entry.text)
        elif found and open_ones:
            open_ones.pop()
    return open_ones[-1] if open_ones else None


def _wait_for_session(connection: sa.Connection, entry: Entry, revision: str, options: ExecutionOptions) -> None:
    """Wait until the server has ended the statement of a client that is gone: it does not notice that at once."""
    if not _is_at_it(connection, entry):
        return
    told = False
    for waited in pauses(options.retry_for):
        if not _is_at_it(connection, entry):
            return
        if not told and waited > PATIENCE:
            told = True
            options.tell(f"Revision {revision} waits for a statement of an earlier run, which goes on: {entry.text}")
    raise HalfDone(revision, f"session {entry.session} of an earlier run is still at its last statement", [entry])


def _is_at_it(connection: sa.Connection, entry: Entry) -> bool:
    if entry.session is None or entry.session == session_of(connection):
        return False
    if connection.dialect.name == "postgresql":
        return connection.execute(_ACTIVE, {"session": entry.session}).first() is not None
    # Behind a table that was just made, an index on it may be what goes on.
    start = "CREATE " if entry.makes is not None else entry.text[:80]
    running = connection.execute(_RUNNING, {"session": entry.session}).scalars()
    return any(" ".join(str(text).split()).startswith(start) for text in running)


def _drop_invalid_index(connection: sa.Connection, entry: Entry) -> bool:
    """Remove what a ``CREATE INDEX CONCURRENTLY`` leaves when it is interrupted, and say whether there was any.

    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    """
    if connection.dialect.name != "postgresql" or "concurrently" not in entry.text.lower():
        return False
    query = (
        "SELECT c.relname, c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND c.relkind = 'i'"
    )
    found = [name for relname, name in raw(connection, query) if relname in (entry.sql or entry.text)]
    for name in found:
        raw(connection, f"DROP INDEX {name}")
    return bool(found)
