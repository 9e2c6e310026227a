"""From an error of an engine to the sentences about its cause."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from . import busy, checks, conversion, dependents, duplicates, existing, missing, nulls, orphans, rights, written
from .failure import Failure, failure_of
from .look import Look, looking

if t.TYPE_CHECKING:
    from alembic.script import ScriptDirectory

#: What may be the cause, asked one after the other; each is asked whether it is.
CAUSES: tuple[t.Callable[[Failure, Look], str | None], ...] = (
    busy.explain,
    rights.explain,
    existing.explain,
    missing.explain,
    dependents.explain,
    nulls.explain,
    duplicates.explain,
    orphans.explain,
    checks.explain,
    conversion.explain,
    written.explain,
)


def cause_of(
    error: sa.exc.DBAPIError,
    connection: sa.Connection | None,
    script: ScriptDirectory,
    revision: str,
    applied: t.Collection[str] = (),
) -> str:
    """The cause of ``error`` in the project's own names, with the way on; empty when it is not known.

    It never raises, changes nothing, and gives up when the database does not answer soon.

    :param connection: the one on which the migration ran, rolled back by now; it is not used itself.
    :param revision: the one whose script was running.
    :param applied: the revisions at which the database is.
    """
    if connection is None or error.connection_invalidated:
        return ""
    try:
        failure = failure_of(error, connection.dialect.name, script, revision, tuple(applied))
        with looking(connection) as look:
            found = (explain(failure, look) for explain in CAUSES)
            return next((text for text in found if text), "")
    except Exception:  # an explanation that fails must not hide what is to be explained
        return ""
