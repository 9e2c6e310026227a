"""The end of a revision and the beginning of the next one in one journey."""

from __future__ import annotations

import contextlib
import inspect
import typing as t

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

if t.TYPE_CHECKING:
    import types


class LateCommit:
    """Joins the commit at the end of a revision with the beginning of the next one.

    Where DDL commits by itself, the commit waits for the first statement of the next revision: if that is DDL, it
    commits what came before it anyway, and one write to the disk is saved. Elsewhere ``chain`` does both at once.
    Alembic begins and ends the transactions through ``MigrationContext.begin_transaction()``, which is another one
    within this block, for this context only.

    :param context: whose revisions have a transaction each.
    :param chain: commits, and begins the next transaction, or says that it can't.
    """

    def __init__(self, context: MigrationContext, chain: t.Callable[[], bool] | None = None) -> None:
        self.is_wanted = False  # whether the end of the revision at hand may be joined with what comes
        self.is_open = False  # whether the transaction of the next revision is there already
        self.is_waiting = False
        self._chain = chain
        self._context = context
        self._begin = context.begin_transaction
        self._open: contextlib.AbstractContextManager[t.Any] | None = None

    def __enter__(self) -> LateCommit:
        if "_per_migration" in inspect.signature(self._begin).parameters:
            vars(self._context)["begin_transaction"] = self._begin_late
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        vars(self._context).pop("begin_transaction", None)

    def commit(self) -> None:
        """Commit what waits, and let the transaction go on."""
        if self.is_waiting:
            self.is_waiting = False
            connection = t.cast("sa.Connection", self._context.connection)
            connection.exec_driver_sql("COMMIT")  # SQLAlchemy and Alembic have a transaction open, and keep it

    def close(self, *error: t.Any) -> None:
        """End the transaction of the last revision, if it waits for that.

        :param error: what the next one has raised, as ``__exit__()`` gets it.
        """
        ending, self._open = self._open, None
        if ending is not None:
            if error:
                with contextlib.suppress(sa.exc.SQLAlchemyError):  # the error itself matters more
                    self.commit()
            self.is_waiting = self.is_open = False
            ending.__exit__(*(error or (None, None, None)))

    def _begin_late(self, _per_migration: bool = False) -> contextlib.AbstractContextManager[t.Any]:
        return _Block(self) if _per_migration else self._begin()

    def _enter(self) -> None:
        self.is_wanted = self.is_open = False
        if self._open is None:
            self._open = self._begin(_per_migration=True)
            self._open.__enter__()

    def _leave(self, *error: t.Any) -> None:
        if error[0] is not None or not self.is_wanted:
            self.close(*(error if error[0] is not None else ()))
            return
        if self._chain is None:
            self.is_waiting = True
        else:
            try:
                is_begun = self._chain()
            except BaseException as failure:
                self.close(type(failure), failure, failure.__traceback__)
                raise
            if not is_begun:
                self.close()
                return
        self.is_open = True


class _Block:
    """The transaction of one revision."""

    def __init__(self, late: LateCommit) -> None:
        self._late = late

    def __enter__(self) -> None:
        self._late._enter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._late._leave(kind, error, trace)
