"""Revisions that a database has not got yet."""

from __future__ import annotations

import typing as t

from ..errors import MigrateError
from ..targets import describe_url
from .project import Project, current_revisions

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script

#: How many pending revisions an error message names.
SHOWN = 5


def pending(project: Project, revisions: tuple[str, ...]) -> tuple[Script, ...]:
    """The scripts that lead from ``revisions`` to the heads of the history, oldest first."""
    applied = {str(script.revision) for script in _ancestors(project, revisions)}
    missing = [script for script in project.script.walk_revisions() if script.revision not in applied]
    return tuple(reversed(missing))


def require_up_to_date(project: Project, rev: t.Any, context: MigrationContext) -> None:
    """Raise :class:`MigrateError`, naming what is pending, unless the database is at every head."""
    revisions = current_revisions(project, rev, context)
    if {script.revision for script in project.script.get_all_current(revisions)} >= set(project.script.get_heads()):
        return
    missing = pending(project, revisions)
    names = [f"{script.revision} ({script.doc})" if script.doc else str(script.revision) for script in missing]
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    place = ", ".join(revisions) or "no revision"
    bind = context.connection
    database = "It" if bind is None else describe_url(bind.engine.url)
    raise MigrateError(
        f"Target database is not up to date. {database} is at {place}; pending: {shown}.",
        "Apply them: flask db upgrade. Or, when the newest was never applied anywhere, delete its file.",
    )


def _ancestors(project: Project, revisions: tuple[str, ...]) -> t.Iterator[Script]:
    if revisions:
        yield from project.script.iterate_revisions(revisions, "base", assert_relative_length=False)
