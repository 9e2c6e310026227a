"""Holding the lock of a target while revisions run."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ..targets import twin
from .lock import Holder, MigrationLock, NoLock, lock_for
from .modes import connection_of, has_one_connection
from .options import ExecutionOptions

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext


@contextlib.contextmanager
def own_connection(engine: sa.Engine) -> t.Iterator[sa.Connection | None]:
    """A connection beside that of the revisions, in autocommit; ``None`` where there can be only one."""
    if has_one_connection(engine):
        yield None
        return
    with second_connection(engine) as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextlib.contextmanager
def second_connection(engine: sa.Engine) -> t.Iterator[sa.Connection]:
    """One more connection to the database of ``engine``, which does not wait for its pool: that may be of size one."""
    if has_one_connection(engine):
        with engine.connect() as connection:
            yield connection
        return
    own = twin(engine)
    try:
        with own.connect() as connection:
            yield connection
    finally:
        own.dispose()


@contextlib.contextmanager
def held_lock(
    own: sa.Connection | None, context: MigrationContext, options: ExecutionOptions, database: str
) -> t.Iterator[MigrationLock]:
    """The lock of the target of ``context``, within this block.

    :param own: where it is held; ``None`` for no lock.
    :param database: the target in words.
    :raises LockHeld: when another migration of this target does not end in time.
    """
    if own is None:
        yield NoLock()
        return
    lock = lock_for(own, context.version_table, context.version_table_schema, options.log_table)
    lock.acquire(options, database)
    try:
        yield lock
    finally:
        with contextlib.suppress(sa.exc.DBAPIError):  # a session that is lost has lost its lock as well
            lock.release()


def lock_holder(context: MigrationContext, log_table: str | None = None) -> Holder | None:
    """Who migrates the target of ``context`` now; ``None`` when nobody does."""
    with own_connection(connection_of(context).engine) as own:
        if own is None:
            return None
        return lock_for(own, context.version_table, context.version_table_schema, log_table).holder()
