"""Writing the log while revisions run."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ..alembic_compat import Prepared
from .busy import is_busy
from .checksum import checksum
from .entries import Done, from_json
from .journal import Journal
from .log import DONE, FAILED, RESUMED, RUNNING, LogEntry, LogTable, now
from .made import Tables
from .modes import is_per_migration
from .options import ExecutionOptions
from .resume import HalfDone, take_up
from .scripts import may_divide

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationInfo, RevisionStep


class Recorder:
    """The log of one run.

    A row is written in the transaction of its revision; what failed is written after the rollback. A revision of
    which a part may be committed before its end has a journal in its row: on engines whose DDL commits by itself
    every one, elsewhere those that use ``autocommit_block()``.

    :param context: of the target.
    :param options: the name of the log table, if there is to be one.
    :param is_external: whether the transaction belongs to the caller.
    """

    def __init__(self, context: MigrationContext, options: ExecutionOptions, is_external: bool) -> None:
        assert context.connection is not None
        self.connection: sa.Connection = context.connection
        self.options = options
        self.is_external = is_external
        self.is_transactional = bool(context.impl.transactional_ddl)
        self.owns_transactions = not is_external and is_per_migration(context)
        self.journal: Journal | None = None
        self._log: LogTable | None = None
        self._tables = Tables()
        self._schema = context.version_table_schema
        self._unfinished: LogEntry | None = None
        self._step: RevisionStep | None = None
        self._key: int | None = None
        self._is_first = True
        self._is_written = False  # whether the row says already that the step is done
        self._checksum: str | None = None
        self._checksums: dict[str, str | None] = {}
        self._started = now()

    def open(self) -> None:
        """Make the log table if it is missing; without the right to, go on without a log."""
        if not self.options.log_table:
            return
        log = LogTable(self.options.log_table, self._schema)
        try:
            with self._own_transaction(is_ddl=not self.is_transactional):
                missing = [] if log.create(self.connection) else self._look_at(log)
        except sa.exc.DBAPIError as error:
            if is_busy(error) or error.connection_invalidated:
                raise
            self.options.tell(f"The log table {log.name} can't be used, the migration goes on without: {error.orig}")
            return
        if missing:
            lacks = ", ".join(missing)
            self.options.tell(f"The table {log.name} lacks the columns {lacks}; the migration goes on without a log.")
            return
        self._log = log

    def _look_at(self, log: LogTable) -> list[str]:
        """Look into a log that was there before; returns the columns that it lacks."""
        missing = log.columns_missing(self.connection)
        if missing:
            return missing
        self._try_to_write(log)
        if self.options.lock and not self.is_transactional:
            log.close_dead(self.connection)
        self._unfinished = log.half_done(self.connection)
        return []

    def expect(self, paths: t.Iterable[str]) -> None:
        """Take notice that the scripts at ``paths`` come next: one after the other is faster than each in its turn."""
        if self._log is not None:
            self._checksums = {path: checksum(path) for path in paths}

    def start(self, step: RevisionStep) -> None:
        """Take notice that ``step`` begins.

        :raises HalfDone: when it was begun before and only a person can tell how to go on.
        """
        is_retry = self._step is not None and self._step.revision is step.revision
        self._step, self._started, self.journal, self._is_written = step, now(), None, False
        if self._log is None:
            return
        path = str(step.revision.path)
        self._checksum = self._checksums.pop(path) if path in self._checksums else checksum(path)
        unfinished = self._unfinished_of(step, is_retry)
        if unfinished is None and self.is_transactional and not may_divide(step.revision.module):
            return
        revision = str(step.revision.revision)
        done = self._take_up(unfinished, revision) if unfinished is not None else Done()
        self.journal = Journal(
            self.connection,
            self._store,
            revision,
            done,
            is_transactional=self.is_transactional,
            own_table=self.connection.dialect.identifier_preparer.format_table(self._log.table),
            tables=self._tables,
        )
        if self._is_first and not self.is_transactional and self.owns_transactions:
            with self._own_transaction():
                self._write(outcome=RUNNING)  # for those who ask who holds the lock
        self._is_first = False

    def beside(self, update: sa.Update) -> tuple[Prepared, t.Mapping[str, t.Any]] | None:
        """The statement that does ``update`` of the version and writes that the step is done; see `Companion`.

        On PostgreSQL it saves a journey; on MariaDB one statement would take longer than two.
        """
        dialect = self.connection.dialect
        if self._log is None or self._step is None or self._key is not None or dialect.name != "postgresql":
            return None
        done = self._done(str(self._step.revision.revision), _direction(self._step))
        return self._log.append_beside(update, dialect, **done)

    def is_written(self, count: int) -> bool:
        """Whether both was done; the rows of the update are counted."""
        self._is_written = count == 1
        return self._is_written

    @property
    def may_wait(self) -> bool:
        """Whether the end of the step at hand need not be committed at once: a journal says what is done of it, and
        no rows but our own would be held."""
        return self.journal is not None and self.journal.ends_committed and self._unfinished is None

    def finish(self, info: MigrationInfo) -> None:
        """Write that a step is done, in its transaction."""
        if self._log is None:
            return
        up = info.up_revision
        revision = str(up.revision) if up is not None else "base"
        if not self._is_written:
            direction = "stamp" if info.is_stamp else "upgrade" if info.is_upgrade else "downgrade"
            done = self._done(revision, direction)
            if self._key is None:
                self._log.append(self.connection, **done)
            else:
                self._write(**{name: done[name] for name in ("outcome", "finished", "operations", "error")})
        if self._unfinished is not None and self._unfinished.revision == revision:
            self._take_over()
        self._step, self._key, self.journal, self._is_written = None, None, None, False

    def _done(self, revision: str, direction: str) -> dict[str, t.Any]:
        """The row of a step that is done."""
        return {
            "revision": revision,
            "direction": direction,
            "checksum": None if direction == "stamp" else self._checksum,
            "outcome": DONE,
            "started": self._started,
            "finished": now(),
            "operations": None,
            "error": None,
        }

    def fail(self, error: BaseException) -> None:
        """Write that the step at hand failed, in a transaction of its own; never raises."""
        if self._log is None or self._step is None or not self.owns_transactions:
            return
        if self._key is None and self._unfinished is not None and self._is_about(self._unfinished, self._step):
            self._key = self._unfinished.id  # nothing was added to what the earlier run has done
        text = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
        with contextlib.suppress(sa.exc.SQLAlchemyError), self._own_transaction():  # the error itself matters more
            unwritten = self.journal.unwritten() if self.journal is not None else None
            more = {"operations": unwritten} if unwritten is not None else {}
            self._write(outcome=FAILED, finished=now(), error=text, **more)

    def before_commit(self) -> None:
        """A part of the step at hand is about to be committed."""
        if self.journal is not None:
            self.journal.save()

    def _take_up(self, unfinished: LogEntry, revision: str) -> Done:
        """What is done of ``revision``, said to whom it may concern."""
        assert self._log is not None
        with self._own_transaction():
            if self._log.is_followed(self.connection, unfinished, "downgrade"):
                raise HalfDone(revision, "a revision was taken back since", from_json(unfinished.operations))
            done = take_up(self.connection, str(unfinished.operations), revision, self.options)
        if done.number:
            what = "1 statement that is" if done.number == 1 else f"{done.number} statements that are"
            self.options.tell(f"Revision {revision} goes on behind the {what} done already.")
        return done

    def _store(self, operations: str) -> None:
        """Write the journal into the row of the step, in the transaction at hand."""
        self._write(outcome=RUNNING, operations=operations)
        if self._unfinished is not None and self._step is not None and self._is_about(self._unfinished, self._step):
            self._take_over()

    def _take_over(self) -> None:
        """What the earlier run has done stands in the row of this one from now on."""
        assert self._log is not None
        if self._unfinished is not None and self._unfinished.id != self._key:
            self._log.change(self.connection, self._unfinished.id, outcome=RESUMED, operations=None)
        self._unfinished = None

    def _write(self, **values: t.Any) -> None:
        """Change the row of the step, or add it: it is not there yet, or its transaction was rolled back."""
        assert self._log is not None
        if self._key is not None and self._log.change(self.connection, self._key, **values):
            return
        about = {"started": self._started, "checksum": self._checksum}
        if self._step is not None:
            about |= {"revision": str(self._step.revision.revision), "direction": _direction(self._step)}
        self._key = self._log.add(self.connection, **{**about, **values})

    def _unfinished_of(self, step: RevisionStep, is_retry: bool) -> LogEntry | None:
        """The row of an earlier run of ``step`` that did not end, or of an earlier try in this run."""
        assert self._log is not None
        if is_retry:
            with self._own_transaction():
                self._unfinished = self._log.half_done(self.connection)
        found = self._unfinished
        return found if found is not None and self._is_about(found, step) else None

    @staticmethod
    def _is_about(entry: LogEntry, step: RevisionStep) -> bool:
        return (entry.revision, entry.direction) == (str(step.revision.revision), _direction(step))

    def _try_to_write(self, log: LogTable) -> None:
        """Write a row and take it back: a role may lack the right, or a table of another release may want more.

        :raises sa.exc.DBAPIError: now, when the migration can go on without a log, and not within a revision.
        """
        with self.connection.begin_nested() as savepoint:
            log.add(self.connection, revision="", direction="", outcome=DONE, started=now())
            savepoint.rollback()

    def _own_transaction(self, is_ddl: bool = False) -> contextlib.AbstractContextManager[t.Any]:
        """A transaction that is committed at its end; inside of the caller's one, or of one for all, a savepoint.

        :param is_ddl: it holds DDL that commits by itself, and would leave no savepoint to release.
        """
        if self.owns_transactions:
            return self.connection.begin()
        return contextlib.nullcontext() if is_ddl else self.connection.begin_nested()


def _direction(step: RevisionStep) -> str:
    return "upgrade" if step.is_upgrade else "downgrade"
