"""The lock on SQLite: an advisory lock on a file beside the database, which ends with its process.

The database file itself can't be used: closing any descriptor of it would drop SQLite's own POSIX locks
(https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os

from .base import Holder, MigrationLock, this_process

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]  # the module is missing there


class SqliteLock(MigrationLock):
    """A lock on a file of its own; see the module.

    :param database: the database file.
    """

    def __init__(self, database: str) -> None:
        self.path = f"{os.path.realpath(database)}.migrate-lock"
        self._descriptor: int | None = None
        self._since = ""

    def try_acquire(self) -> bool:
        """Take the lock if it is free, and say whether it was; a folder that can't be written needs none."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            return True  # whoever can't write here can't migrate either, and is told so by the engine
        if not _lock(descriptor) or not self._is_current(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        self._since = this_process().since
        self.note("")
        return True

    def note(self, revision: str) -> None:
        """Let those who wait know which revision runs now."""
        if self._descriptor is None:
            return
        holder = dataclasses.replace(this_process(), since=self._since, revision=revision)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(dataclasses.asdict(holder)).encode(), 0)

    def release(self) -> None:
        """Give the lock back and remove its file; does nothing when it is not held."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        os.close(self._descriptor)
        self._descriptor = None

    def holder(self) -> Holder | None:
        """Who wrote into the lock file; nobody, when it was left behind by a process that is gone."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return None if _lock(file.fileno()) else Holder(**json.load(file))
        except (OSError, ValueError, TypeError):
            return None

    def _is_current(self, descriptor: int) -> bool:
        """Whether the file that was locked still has the name: its last holder has removed it else."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))
        except FileNotFoundError:
            return False


def _lock(descriptor: int) -> bool:
    if fcntl is None:  # pragma: no cover - Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, as some network ones: the write transaction is the lock
    return True
