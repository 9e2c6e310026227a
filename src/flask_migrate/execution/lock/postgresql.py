"""The lock on PostgreSQL: a session advisory lock on a connection of its own, in autocommit.

It is polled, never waited for: a session that waits for ``pg_advisory_lock()`` holds a snapshot that
``CREATE INDEX CONCURRENTLY`` would wait for in turn.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS

Behind a pooler (PgBouncer and the like) a session of ours may be another one of the server with every transaction.
There the lock is held by a transaction that stays open, on a connection of its own. It reads nothing, so it keeps no
snapshot that anybody would wait for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time

import sqlalchemy as sa

from ..poolers import is_pooled
from .base import NOTE_EVERY, Holder, LockLost, MigrationLock, from_label, label, this_process

_HOLDER = sa.text(
    "SELECT a.pid, a.application_name, a.client_addr::text, a.backend_start AT TIME ZONE 'UTC' AS backend_start "
    "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
    "AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND l.classid = :high AND l.objid = :low"
)
#: Names the session and looks whether it is still the one that holds the lock, in one journey.
_NOTE = sa.text(
    "SELECT set_config('application_name', :name, false), EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = "
    "'advisory' AND l.granted AND l.objsubid = 1 AND l.pid = pg_backend_pid() AND l.classid = :high "
    "AND l.objid = :low) AS is_held"
)
#: The sessions that may say at which revision the holder is.
_NAMES = sa.text(
    "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'migrate/%' ORDER BY xact_start DESC NULLS LAST"
)


class PostgresqlLock(MigrationLock):
    """A session advisory lock; see the module.

    :param connection: a connection of its own, in autocommit.
    :param name: what is locked; advisory locks belong to one database already.
    """

    def __init__(self, connection: sa.Connection, name: str) -> None:
        self.connection = connection
        digest = hashlib.sha256(f"flask_migrate {name}".encode()).digest()
        self.key = int.from_bytes(digest[:8], "big", signed=True)
        self._held = False
        self._since = ""
        self._revision = ""
        self._noted: str | None = None
        self._noted_at = 0.0
        self._is_pooled = is_pooled(connection)

    def try_acquire(self) -> bool:
        """Take the lock if it is free, and say whether it was."""
        if self._is_pooled:
            self.connection.exec_driver_sql("BEGIN")
        take = sa.func.pg_try_advisory_xact_lock if self._is_pooled else sa.func.pg_try_advisory_lock
        self._held = bool(self.connection.scalar(sa.select(take(self.key))))
        if self._held:
            self._since = this_process().since
            self.note("")
        elif self._is_pooled:
            self.connection.exec_driver_sql("ROLLBACK")
        return self._held

    def note(self, revision: str) -> None:
        """Let those who wait know which revision runs now, and see that the lock is still held.

        That is a journey to the server, so a revision that follows another one at once is named by its own
        transaction instead; see :meth:`session_name`.
        """
        self._revision = revision
        if self._held and (not revision or time.monotonic() - self._noted_at > NOTE_EVERY):
            self.tell()

    def tell(self) -> None:
        """Name the revision by the session of the lock, and see that this is still held."""
        if not self._held or self._noted == self._revision:
            return
        row = self.connection.execute(_NOTE, {"name": self._label(self._revision), **self._halves}).one()
        self._noted, self._noted_at = self._revision, time.monotonic()
        if not row.is_held:
            self._held = False
            raise LockLost("the advisory lock of the migration is not held by its session any more")

    def session_name(self, revision: str) -> str:
        """What the session of ``revision`` shall be called, since that of the lock may not name it yet."""
        return self._label(revision) if self._held and revision else ""

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._held:
            self._held = False
            if self._is_pooled:
                self.connection.exec_driver_sql("ROLLBACK")
            else:
                self.connection.scalar(sa.select(sa.func.pg_advisory_unlock(self.key)))

    def holder(self) -> Holder | None:
        """Who holds the lock now."""
        row = self.connection.execute(_HOLDER, self._halves).first()
        if row is None:
            return None
        since = f"{row.backend_start:%Y-%m-%d %H:%M:%S} UTC"
        holder = from_label(row.application_name or "")
        if holder is None:
            return Holder(row.client_addr or "the server", f"(server process {row.pid})", since)
        names = [from_label(name) for name in self.connection.scalars(_NAMES)]
        same = [one for one in names if one and (one.process, one.since) == (holder.process, holder.since)]
        running = next((one.revision for one in same if one.revision != holder.revision), holder.revision)
        return dataclasses.replace(holder, revision=running)

    def _label(self, revision: str) -> str:
        return label(dataclasses.replace(this_process(), since=self._since, revision=revision))

    @property
    def _halves(self) -> dict[str, int]:
        """The key as ``pg_locks`` shows it."""
        unsigned = self.key % 2**64
        return {"high": unsigned >> 32, "low": unsigned & 0xFFFFFFFF}
