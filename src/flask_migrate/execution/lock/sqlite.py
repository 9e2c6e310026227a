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
        self._process: dict[str, str] = {}
        self._length = 0

    def try_acquire(self) -> bool:
        """Take the lock if it is free, and say whether it was; a folder that can't be written needs none."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            return True  # whoever can't write here can't migrate either, and is told so by the engine
        is_locked = _lock(descriptor)
        if is_locked is None:
            self.weakness = (
                f"The file system of {self.path} has no locks, as some network file systems have none: nothing keeps "
                "another migration out. Run one at a time."
            )
        if is_locked is False or not self._is_current(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        self._process, self._length = dataclasses.asdict(this_process()), 0
        os.ftruncate(descriptor, 0)
        self.note("")
        return True

    def note(self, revision: str) -> None:
        """Let those who wait know which revision runs now."""
        if self._descriptor is None:
            return
        text = json.dumps({**self._process, "revision": revision})
        os.pwrite(self._descriptor, text.ljust(self._length).encode(), 0)  # what was there before is overwritten
        self._length = max(self._length, len(text))

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
                return Holder(**json.load(file)) if _lock(file.fileno()) is False else None
        except (OSError, ValueError, TypeError):
            return None

    def _is_current(self, descriptor: int) -> bool:
        """Whether the file that was locked still has the name: its last holder has removed it else."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))
        except FileNotFoundError:
            return False


def _lock(descriptor: int) -> bool | None:
    """Lock a file and say whether that worked; ``None`` where the file system has no locks."""
    if fcntl is None:  # pragma: no cover - Windows
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
