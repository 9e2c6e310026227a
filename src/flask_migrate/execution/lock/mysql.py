"""The lock on MariaDB and MySQL: ``GET_LOCK()`` on a connection of its own.

https://mariadb.com/kb/en/get_lock/: the lock belongs to the session and ends with it; its name is valid for the
whole server and has at most 64 characters.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time

import sqlalchemy as sa

from ..log import LogEntry, LogTable
from .base import NOTE_EVERY, Holder, LockLost, MigrationLock

_HOLDER = sa.text("SELECT id, user, host FROM information_schema.processlist WHERE id = IS_USED_LOCK(:name)")
#: How long the session may be idle, in seconds: the longest that the engines take.
_IDLE = 31_536_000


class MysqlLock(MigrationLock):
    """A user lock; see the module.

    :param connection: a connection of its own, in autocommit.
    :param name: what is locked, the database included.
    :param log: what knows the holder's process; the server knows only its session.
    """

    def __init__(self, connection: sa.Connection, name: str, log: LogTable | None = None) -> None:
        self.connection = connection
        self.name = "flask_migrate_" + hashlib.sha256(name.encode()).hexdigest()[:40]
        self.log = log
        self._held = False
        self._seen_at = 0.0

    def try_acquire(self) -> bool:
        """Take the lock if it is free, and say whether it was."""
        self._held = self.connection.scalar(sa.text("SELECT GET_LOCK(:name, 0)"), {"name": self.name}) == 1
        if self._held:
            self.connection.exec_driver_sql(f"SET SESSION wait_timeout = {_IDLE}")
        return self._held

    def note(self, revision: str) -> None:
        """See that the lock is still held, but not for each of many short revisions."""
        if time.monotonic() - self._seen_at < NOTE_EVERY:
            return
        self._seen_at = time.monotonic()
        query = sa.text("SELECT IS_USED_LOCK(:name) = CONNECTION_ID()")
        if self._held and not self.connection.scalar(query, {"name": self.name}):
            self._held = False
            raise LockLost("the lock of the migration is not held by its session any more")

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._held:
            self._held = False
            self.connection.scalar(sa.text("SELECT RELEASE_LOCK(:name)"), {"name": self.name})

    def holder(self) -> Holder | None:
        """Who holds the lock now: the server knows the session, and the log the process and the revision."""
        row = self.connection.execute(_HOLDER, {"name": self.name}).first()
        if row is None:
            return None
        entry = self._running()
        host, session = str(row.host).partition(":")[0], f"(connection {row.id} of {row.user})"
        if entry is None:
            return Holder(host, session)
        found = re.fullmatch(r"(?s).*@(.*) \((\d+)\)", entry.who)
        process = found[2] if found else session
        return Holder(found[1] if found else host, process, f"{entry.started:%Y-%m-%d %H:%M:%S} UTC", entry.revision)

    def _running(self) -> LogEntry | None:
        if self.log is None:
            return None
        with contextlib.suppress(sa.exc.DBAPIError):  # there is no log, or another table of its name
            return self.log.running(self.connection)
        return None
