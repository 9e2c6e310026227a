"""Waiting for busy tables."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from .backoff import pauses
from .blockers import describe_blockers
from .busy import is_table_busy, rolls_back_on_timeout, without_waiting_long
from .options import ExecutionOptions
from .probe import table_of
from .statements import Sending, Statement

#: After how many seconds of retrying a person is told what is going on.
PATIENCE = 5.0


class Patience:
    """Tries again while another session is in the way, for as long as the options say.

    :param options: how long, and whom to tell.
    :param database: the target in words.
    """

    def __init__(self, options: ExecutionOptions, database: str) -> None:
        self.options = options
        self.database = database
        self.own: sa.Connection | None = None
        self.revision = ""
        self.statement: Statement | None = None
        self._ended: BaseException | None = None

    def pauses(self) -> t.Iterator[float]:
        """Pauses between tries; a person is told once who is in the way."""
        told = False
        for waited in pauses(self.options.retry_for, first=0.2, longest=10.0):
            if not told and waited > PATIENCE:
                told = True
                self._tell_blockers()
            yield waited

    def patient(self, sending: Sending, connection: sa.Connection) -> Sending:
        """``sending``, which is sent again and again while a table is busy: where statements commit, that is safe."""
        if sending.statement.changes_rows and rolls_back_on_timeout(connection):
            return sending

        def send(text: str) -> None:
            with without_waiting_long(connection, sending.statement, self.options):
                self._send(lambda: sending.send(text))

        return sending.sent_by(send)

    def is_over(self, error: Exception) -> bool:
        """Whether ``error`` is what a statement has ended with after all its tries."""
        return self._ended is not None and getattr(error, "orig", error) is self._ended

    def _send(self, send: t.Callable[[], None]) -> None:
        waiting = self.pauses()
        while True:
            try:
                send()
                return
            except Exception as error:
                if not is_table_busy(error):
                    raise
                if next(waiting, None) is None:
                    self._ended = error
                    raise

    def _tell_blockers(self) -> None:
        _, table = table_of(self.statement) if self.statement is not None else (None, None)
        what = f'table "{table}"' if table else "a table"
        who = describe_blockers(self.own, table) if self.own is not None else ""
        held = f"; in the way: {who}" if who else ""
        self.options.tell(f"Revision {self.revision} waits for {what} of {self.database}, which is in use{held}.")
