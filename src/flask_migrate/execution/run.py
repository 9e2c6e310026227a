"""Running revisions on one target so that a kill, a race, a busy table or a refusal ends well."""

from __future__ import annotations

import contextlib
import itertools
import typing as t

import sqlalchemy as sa
from alembic.runtime.migration import RevisionStep
from sqlalchemy import event

from ..alembic_compat import LateCommit, Prepared
from .busy import Chain, is_busy, limited
from .journal import is_autocommit
from .lock import MigrationLock, NoLock
from .locking import held_lock, own_connection
from .losses import is_lost, reconnect
from .modes import ForeignKeysInTheWay, connection_of, is_per_migration
from .options import ExecutionOptions
from .patience import Patience
from .poolers import is_pooled, unprepared
from .recorder import Recorder
from .statements import Sending, Statement, Steering

if t.TYPE_CHECKING:
    import types

    from alembic.runtime.migration import MigrationContext, MigrationInfo, MigrationStep

    from .kept import Keeper
    from .sqlite import SqliteRun

#: How often the connection may be lost within one revision.
LOSSES = 3


class Execution:
    """One run of revisions on one target.

    :param options: what the caller wants.
    :param database: the target in words.

    The environment calls it where something happens: :meth:`run` around all revisions, :meth:`before_step` and
    :meth:`call` around one, :meth:`applied` before its version is committed.
    """

    def __init__(self, options: ExecutionOptions, database: str) -> None:
        self.options = options
        self.database = database
        self._lock: MigrationLock = NoLock()
        self._recorder: Recorder | None = None
        self._sqlite: SqliteRun | None = None
        self._steering: Steering | None = None
        self._kept: Keeper | None = None
        self._late: LateCommit | None = None
        self._next: dict[str, str] = {}  # the revision that follows, by the one before it
        self._beginning = ""  # the revision whose transaction begins
        self._patience = Patience(options, database)
        self._is_external = False
        self._is_per_migration = True
        self._is_in_script = False
        self._is_divided = False  # whether a part of the revision at hand is committed already
        self._revision = ""

    def run(
        self,
        context: MigrationContext,
        migrate: t.Callable[[], None],
        plan: t.Callable[[], list[MigrationStep]],
        is_external: bool,
    ) -> None:
        """Call ``migrate``, once or until no other session is in the way.

        :param plan: the steps that would be run now.
        :param is_external: whether the transaction belongs to the caller: then nothing is committed here.
        :raises LockHeld: when another migration of this target does not end in time.
        """
        self._is_external, self._is_per_migration = is_external, is_per_migration(context)
        if not has_work(context, plan, is_external):
            migrate()
            return
        connection, losses, revision = connection_of(context), 0, ""
        while True:
            try:
                with contextlib.ExitStack() as stack:
                    self._prepare(context, plan, stack)
                    self._kept = self._keeper(context)
                    self._retried(connection, migrate)
                    if self._kept is not None:
                        self._kept.end()
                return
            except Exception as error:
                losses, revision = losses + 1 if revision == self._revision else 1, self._revision
                if losses > LOSSES or self.options.is_interrupted or not self._may_reconnect(connection, error):
                    raise
                what = f"revision {revision}" if revision else "the migration"
                self.options.tell(f"The connection to {self.database} was lost during {what}; it is taken up again.")
                reconnect(connection, error)

    def expect(self, steps: t.Sequence[MigrationStep]) -> None:
        """Take notice of the steps that come now."""
        revisions = [step.revision for step in steps if isinstance(step, RevisionStep)]
        ids = [str(revision.revision) for revision in revisions]
        self._next = dict(itertools.pairwise(ids))
        if self._recorder is not None:
            self._recorder.expect([str(revision.path) for revision in revisions])

    def before_step(self, context: MigrationContext, step: MigrationStep, number: int, total: int) -> None:
        """Prepare for ``step``, which is one of several; no transaction of a revision is open."""
        if not isinstance(step, RevisionStep):
            return
        if self.options.progress is not None:
            self.options.progress.begin(number, total, str(step))
        connection = connection_of(context)
        if self._owns_transactions and not (self._late is not None and self._late.is_open):
            connection.commit()  # ends the transaction in which the version was read
        self._revision = self._beginning = self._patience.revision = str(step.revision.revision)
        self._is_divided = False
        self._lock.note(self._revision)
        if not self._owns_transactions:
            self._lock.tell()
        if self._sqlite is not None:
            self._sqlite.before_step(self._revision, step.revision.module)
        if self._recorder is not None:
            self._recorder.start(step)

    def call(self, context: MigrationContext, function: t.Callable[[], None]) -> None:
        """Call ``function``, which is what the script of the step at hand does."""
        if self._steering is None:
            function()
            return
        self._is_in_script = True
        try:
            with self._steering.by(self._execute, connection_of(context)):
                function()
        finally:
            self._is_in_script = False
        if self._recorder is not None and self._recorder.journal is not None:
            self._recorder.journal.end()

    def beside(self, update: sa.Update) -> tuple[Prepared, t.Mapping[str, t.Any]] | None:
        """See :class:`~flask_migrate.alembic_compat.Companion`; what the step has done is looked at before."""
        if self._recorder is None:
            return None
        return self._recorder.beside(update)

    def is_written(self, count: int) -> bool:
        """The same."""
        return self._recorder is not None and self._recorder.is_written(count)

    def applied(self, info: MigrationInfo) -> None:
        """Look at what a step has done and write it down; its transaction is still open.

        :raises Refused: when it has cost rows that it should not have.
        """
        if self._sqlite is not None and not info.is_stamp:
            self._sqlite.check()
        if self._kept is not None and info.is_stamp:
            self._kept.stamped()
        if self._recorder is not None:
            if self._late is not None:
                may_join = self._recorder.is_transactional or self._recorder.may_wait
                self._late.is_wanted = may_join and self._revision in self._next
            self._recorder.finish(info)
        if self.options.progress is not None:
            self.options.progress.end()

    def failed(self, error: BaseException) -> None:
        """Write down that the step at hand failed; its transaction has been rolled back."""
        if self.options.progress is not None:
            self.options.progress.stop()
        self._next = {}
        if self._recorder is not None:
            self._recorder.fail(error)

    def state(self) -> str:
        """What has become of the revision at hand when it was ended from outside, in words."""
        if self._has_journal:
            return "its statements so far are kept in the log, and the next run goes on behind them"
        if self._is_divided:
            return "a part of it is committed"
        return "it was rolled back"

    @property
    def _owns_transactions(self) -> bool:
        return self._is_per_migration and not self._is_external

    def _prepare(
        self, context: MigrationContext, plan: t.Callable[[], list[MigrationStep]], stack: contextlib.ExitStack
    ) -> None:
        """Set the session up, until ``stack`` is closed."""
        connection = connection_of(context)
        own = stack.enter_context(own_connection(connection.engine)) if self.options.lock else None
        self._patience.own = own
        for pooled in self._pooled(connection, own):
            stack.enter_context(unprepared(pooled))
        self._lock = stack.enter_context(held_lock(own, context, self.options, self.database))
        chain = stack.enter_context(limited(connection, self.options, self._owns_transactions, self._settings))
        if connection.dialect.name == "sqlite":
            from .sqlite import SqliteRun  # reads schemas, which takes time to load

            modes = {"owns_transactions": self._owns_transactions, "is_external": self._is_external}
            self._sqlite = SqliteRun(connection, context.impl, self.options, **modes)
            stack.enter_context(self._sqlite.prepared(lambda: modules_of(plan())))
        self._steering = Steering(connection.engine)
        stack.enter_context(self._steering.listening())
        event.listen(connection, "commit", self._before_commit)
        stack.callback(event.remove, connection, "commit", self._before_commit)
        self._recorder = Recorder(context, self.options, self._is_external)
        self._late = None
        if self._owns_transactions and chain is not None:
            self._late = stack.enter_context(LateCommit(context, lambda: self._go_on(chain)))
        elif self._owns_transactions and not context.impl.transactional_ddl:
            self._late = stack.enter_context(LateCommit(context))
        if self.options.interruption is not None:
            stack.enter_context(self.options.interruption.watching(connection))

    def _settings(self) -> dict[str, str]:
        """What PostgreSQL is to know of the transaction that begins.

        The disk need not be waited for after each of many revisions: they reach it in their order, and the last one
        is waited for. https://www.postgresql.org/docs/current/wal-async-commit.html
        """
        if not self._owns_transactions:
            return {}
        name = self._lock.session_name(self._beginning)
        found = {"application_name": name} if name else {}
        if self._beginning in self._next and self.options.log_table:
            found["synchronous_commit"] = "off"
        return found

    def _go_on(self, chain: Chain) -> bool:
        """End the transaction of the revision at hand, and begin that of the next one."""
        self._beginning = self._next[self._revision]
        return chain()

    def _pooled(self, connection: sa.Connection, own: sa.Connection | None) -> tuple[sa.Connection, ...]:
        """The connections of the run, if they lead through a pooler."""
        if own is not None:
            return (connection, own) if is_pooled(own) else ()
        if not self._owns_transactions or connection.dialect.name != "postgresql":
            return ()
        pooled = (connection,) if is_pooled(connection) else ()
        connection.rollback()
        return pooled

    def _keeper(self, context: MigrationContext) -> Keeper | None:
        """What keeps the schema that this run leaves; it has read the one of before."""
        options = self.options
        if not options.log_table or not options.store_schema or not self._owns_transactions:
            return None
        from .kept import Keeper  # reads schemas, which takes time to load

        keeper = Keeper(
            context,
            options.log_table,
            is_baseline=options.is_baseline,
            foreign=options.foreign,
            schemas=options.schemas,
        )
        keeper.begin()
        return keeper

    def _before_commit(self, connection: sa.Connection) -> None:
        """The script commits by itself, or an ``autocommit_block()`` of it begins."""
        if not self._is_in_script or self._recorder is None or self._steering is None or is_autocommit(connection):
            return
        self._is_divided = True
        self._lock.tell()
        with self._steering.paused():
            self._recorder.before_commit()

    def _execute(self, sending: Sending) -> None:
        statement, connection = sending.statement, sending.context.root_connection
        if self.options.progress is not None:
            self.options.progress.statement(statement.text)
        self._patience.statement = statement
        commits_itself = is_autocommit(connection)
        if commits_itself or statement.first_word == "COMMIT":
            self._is_divided = True
        journal = self._recorder.journal if self._recorder is not None else None
        if commits_itself or (self._recorder is not None and not self._recorder.is_transactional):
            sending = self._patience.patient(sending, connection)
        sqlite = self._sqlite
        if sqlite is not None:
            is_divided, inner = self._is_divided, sending
            sending = sending.sent_by(lambda _: sqlite.send(inner, is_divided))
        with self._committed_before(statement):
            if journal is not None:
                journal.execute(sending)
            else:
                sending.send()

    @contextlib.contextmanager
    def _committed_before(self, statement: Statement) -> t.Iterator[None]:
        """See that the revision before is committed with the first statement of this one, or before it."""
        late = self._late
        if late is None or not late.is_waiting:
            yield
            return
        if not statement.commits:
            late.commit()
        try:
            yield
        except BaseException:
            with contextlib.suppress(sa.exc.SQLAlchemyError):  # a connection that is lost: its journal is taken up
                late.commit()
            raise
        late.is_waiting = False

    def _retried(self, connection: sa.Connection, migrate: t.Callable[[], None]) -> None:
        """Call ``migrate`` again while a table is busy: a revision that was rolled back is run whole."""
        waiting, revision = self._patience.pauses(), self._revision
        is_open = False
        while True:
            try:
                if self._recorder is not None and not is_open:
                    self._recorder.open()
                    is_open = True
                try:
                    migrate()
                finally:
                    if self._late is not None:
                        self._late.close()
                return
            except ForeignKeysInTheWay:
                connection.rollback()
            except Exception as error:
                if revision != self._revision:  # the last wait was for another revision, which is done since
                    waiting, revision = self._patience.pauses(), self._revision
                if not self._may_retry(error) or next(waiting, None) is None:
                    raise
                connection.rollback()

    def _may_retry(self, error: Exception) -> bool:
        """Whether the revision at hand was rolled back, or has a journal, and only another session was in the way."""
        if self.options.is_interrupted:
            return False
        return is_busy(error) and self._owns_transactions and self._is_whole and not self._patience.is_over(error)

    def _may_reconnect(self, connection: sa.Connection, error: Exception) -> bool:
        return self._owns_transactions and self._is_whole and is_lost(connection, error)

    @property
    def _is_whole(self) -> bool:
        """Whether the revision at hand can be run again: nothing of it is committed, or a journal says what is."""
        return not self._is_divided or self._has_journal

    @property
    def _has_journal(self) -> bool:
        return self._recorder is not None and self._recorder.journal is not None


def has_work(context: MigrationContext, plan: t.Callable[[], list[MigrationStep]], is_external: bool) -> bool:
    """Whether there is anything to do; the transaction in which this is found out is ended, if it is ours."""
    connection = connection_of(context)
    try:
        steps = plan()  # first, so that a history which can't be planned leaves the database as it is
        exists = sa.inspect(connection).has_table(context.version_table, schema=context.version_table_schema)
        return bool(steps) or not exists or bool(context.purge)
    except sa.exc.DBAPIError as error:
        if not is_busy(error):
            raise
        return True  # another migration makes the version table just now; under the lock it can be read
    finally:
        if not is_external and is_per_migration(context):
            connection.rollback()


def modules_of(steps: t.Iterable[MigrationStep]) -> t.Iterator[types.ModuleType]:
    """The scripts of those steps that run one."""
    return (step.revision.module for step in steps if isinstance(step, RevisionStep))
