"""What the locks of all engines have in common."""

from __future__ import annotations

import dataclasses
import datetime
import os
import socket
import typing as t

from ...errors import LOCKED, MigrateError
from ..backoff import pauses
from ..options import ExecutionOptions

#: After how many seconds of waiting a person is told who is waited for.
PATIENCE = 2.0
#: How often, in seconds, a server is asked whether a lock is still held, and told at which revision its holder is.
NOTE_EVERY = 0.5
_NO_PUNCTUATION = str.maketrans("", "", "-: ")


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who holds a lock, as far as the engine tells.

    :param host: the machine, or the client address.
    :param process: the process id on that machine, or what the engine calls the session.
    :param since: since when.
    :param revision: which revision it runs now.
    """

    host: str
    process: str
    since: str = ""
    revision: str = ""

    def describe(self) -> str:
        """Host, process, time and revision in words."""
        since = f" since {self.since}" if self.since else ""
        revision = f", at revision {self.revision}" if self.revision else ""
        return f"process {self.process} on {self.host}{since}{revision}"


class LockHeld(MigrateError):
    """Another migration of the same database runs, and its end was not to be waited for.

    :param holder: who runs it, if that is known.

    .. versionadded:: 5.0
    """

    def __init__(self, message: str, hint: str | None = None, *, holder: Holder | None = None) -> None:
        super().__init__(message, hint, exit_code=LOCKED)
        self.holder = holder


class LockLost(Exception):
    """The session that held the lock has ended, or is another one: somebody else may have the lock by now."""


class MigrationLock:
    """Keeps other migrations of one target out, from :meth:`acquire` to :meth:`release`.

    A lock that is held by a dead process frees itself: sessions and file locks end with their process.
    """

    #: Why the lock that was taken may not keep others out; empty when it does.
    weakness = ""

    def try_acquire(self) -> bool:
        """Take the lock if it is free, and say whether it was."""
        raise NotImplementedError

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        raise NotImplementedError

    def holder(self) -> Holder | None:
        """Who holds the lock now; ``None`` when nobody does or it can't be told."""
        raise NotImplementedError

    def note(self, revision: str) -> None:
        """Let those who wait know which revision runs now.

        :raises LockLost: when the lock is found not to be held any more.
        """

    def session_name(self, revision: str) -> str:
        """What the session that runs ``revision`` shall be called; empty when it may keep its name."""
        return ""

    def tell(self) -> None:
        """Let them know it now, where :meth:`note` leaves that to the transaction of the revision."""

    def acquire(self, options: ExecutionOptions, database: str) -> float:
        """Take the lock, waiting as long as ``options`` say.

        :param database: the target in words.
        :returns: how many seconds were waited.
        :raises LockHeld: when the time is over.
        """
        if self.try_acquire():
            if self.weakness:
                options.tell(self.weakness)
            return 0.0
        told = False
        for waited in pauses(options.wait):
            if self.try_acquire():
                return waited
            if not told and waited > PATIENCE:
                told = True
                options.tell(f"Waiting for another migration of {database}: {self._describe_holder()}.")
        raise LockHeld(
            f"Another migration of {database} is running: {self._describe_holder()}.",
            "Run the command again when it has ended, or wait for it: flask db upgrade --wait SECONDS",
            holder=self.holder(),
        )

    def _describe_holder(self) -> str:
        holder = self.holder()
        return holder.describe() if holder else "its process is not known"


class NoLock(MigrationLock):
    """Where there is nothing to lock: in-memory databases, engines that are not known, ``--no-lock``."""

    def try_acquire(self) -> bool:
        """Always true."""
        return True

    def release(self) -> None:
        """Nothing to give back."""

    def holder(self) -> Holder | None:
        """Nobody."""
        return None


def this_process() -> Holder:
    """This process, as others shall see it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return Holder(socket.gethostname(), str(os.getpid()), now.strftime("%Y-%m-%d %H:%M:%S UTC"))


def label(holder: Holder) -> str:
    """``holder`` in one word of at most 63 bytes, which engines show as the name of a session."""
    since = holder.since.translate(_NO_PUNCTUATION).removesuffix("UTC")[2:]
    parts = [word.replace("/", "_") for word in ("migrate", holder.host, holder.process, holder.revision[:12], since)]
    spare = 63 - sum(len(part.encode()) + 1 for part in parts) + len(parts[1].encode()) + 1
    parts[1] = parts[1].encode()[: max(spare, 0)].decode(errors="ignore")
    return "/".join(parts)


def from_label(text: str) -> Holder | None:
    """The holder that a :func:`label` names; ``None`` when ``text`` is none."""
    parts = text.split("/")
    if len(parts) != 5 or parts[0] != "migrate":
        return None
    since = parts[4]
    if len(since) == 12 and since.isdigit():
        since = "20{}{}-{}{}-{}{} {}{}:{}{}:{}{} UTC".format(*since)
    return Holder(parts[1], parts[2], since, parts[3])


def name_of(*parts: t.Any) -> str:
    """What the lock of one version table is called: the same in every process that migrates it."""
    return ".".join(str(part) for part in parts if part)
