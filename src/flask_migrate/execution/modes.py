"""How the revisions of a run are run: in whose transaction, over which connection."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from sqlalchemy.pool import SingletonThreadPool, StaticPool

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext


class ForeignKeysInTheWay(Exception):
    """A table is about to be dropped while foreign keys are on; the revision is to be run again without them."""


def is_per_migration(context: MigrationContext) -> bool:
    """Whether every revision has a transaction of its own."""
    return bool(context.opts.get("transaction_per_migration")) or not context.impl.transactional_ddl


def connection_of(context: MigrationContext) -> sa.Connection:
    """The connection of ``context``, which has one: nothing is executed in offline mode."""
    assert context.connection is not None
    return context.connection


def has_one_connection(engine: sa.Engine) -> bool:
    """Whether the pool of ``engine`` has no second connection to the same database, which is in memory then."""
    return isinstance(engine.pool, (StaticPool, SingletonThreadPool))
