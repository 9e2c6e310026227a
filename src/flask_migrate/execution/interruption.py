"""Ending a run from outside: the statement that runs is cancelled, what is open is rolled back, the state is told.

A process that waits for its database hears of a signal when the driver returns, which may be hours later. So the
statement is cancelled from another thread, in the way that the engine has for it.
"""

from __future__ import annotations

import contextlib
import signal as signals
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError
from .journal import session_of
from .locking import second_connection

#: What a shell adds to the number of the signal that ended a process.
SIGNAL_EXIT = 128


class Interrupted(KeyboardInterrupt):
    """A signal has arrived; drivers clean up after a ``KeyboardInterrupt``."""


class Stopped(MigrateError):
    """A run was ended by a signal, in a known state.

    :param signal: its number.

    .. versionadded:: 5.0
    """

    def __init__(self, signal: int, message: str, hint: str) -> None:
        super().__init__(message, hint, exit_code=SIGNAL_EXIT + signal)
        self.signal = signal


class Interruption:
    """Whether a run is to end, and what cancels the statement that it is at.

    .. versionadded:: 5.0
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._connection: sa.Connection | None = None
        self._session: int | None = None

    @property
    def name(self) -> str:
        """The signal for people."""
        if self.signal is None:
            return ""
        return "Ctrl-C" if self.signal == signals.SIGINT else signals.Signals(self.signal).name

    @contextlib.contextmanager
    def watching(self, connection: sa.Connection) -> t.Iterator[None]:
        """Within this block, :meth:`cancel` is about what runs on ``connection``."""
        if connection.dialect.name in ("mysql", "mariadb"):
            self._session = int(session_of(connection) or 0)  # asked now: some drivers let no other thread ask
        self._connection = connection
        try:
            yield
        finally:
            self._connection = self._session = None

    def cancel(self) -> None:
        """Cancel the statement that runs now, if one does; called in another thread, and never raises."""
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(Exception):  # the run may have ended, or the connection may be lost
            driver: t.Any = connection.connection.dbapi_connection
            if self._session is not None:
                with second_connection(connection.engine) as other:
                    other.exec_driver_sql(f"KILL QUERY {self._session}")
            elif hasattr(driver, "interrupt"):
                driver.interrupt()  # SQLite
            else:
                driver.cancel()  # PostgreSQL
