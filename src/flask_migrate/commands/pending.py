"""Revisions that a database has not got yet."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ..environment import bind_of, former_names
from ..errors import MigrateError
from ..extension import chosen_databases
from ..targets import DEFAULT, describe_url, identifier
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


def require_up_to_date(project: Project, rev: t.Any, context: MigrationContext) -> t.Any:
    """The revisions at which the database is as good as being: ``rev``, or the heads when nothing is to be done there.

    :raises MigrateError: naming what is pending, unless the database is at every head.
    """
    revisions = current_revisions(project, rev, context)
    if {script.revision for script in project.script.get_all_current(revisions)} >= set(project.script.get_heads()):
        return rev
    missing = pending(project, revisions)
    name = bind_of(context)
    former = former_names(project.config, name)
    if all(is_nothing_for(script, name, former) for script in missing):
        # A bind that was added lately: the next upgrade runs through all of it and does nothing.
        return tuple(project.script.get_heads())
    names = [f"{script.revision} ({script.doc})" if script.doc else str(script.revision) for script in missing]
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    place = ", ".join(revisions) or "no revision"
    bind = context.connection
    database = "It" if bind is None else describe_url(bind.engine.url)
    is_tenant = chosen_databases.get() is not None and project.state.migrate.tenant_source is not None
    where = " --tenants all" if is_tenant else ""
    raise MigrateError(
        f"Target database is not up to date. {database} is at {place}; pending: {shown}.",
        f"Apply them: flask db upgrade{where}. "
        "Or, when the newest was never applied anywhere, remove it: flask db undo\n"
        f"Or, when the database has all of it already, only note that: flask db stamp heads{where}",
    )


def is_nothing_for(script: Script, bind: str, former: t.Sequence[str] = ()) -> bool:
    """Whether a script has no function for ``bind``, as far as its text tells; the default bind's is always there."""
    if bind == DEFAULT:
        return False
    try:
        text = pathlib.Path(str(script.path)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    if any(re.search(rf"\b(up|down)grade_{re.escape(identifier(name))}\b", text) for name in (bind, *former)):
        return False
    takes_bind = re.search(r"^def (up|down)grade\(\s*\w", text, re.MULTILINE)
    return takes_bind is None or "globals()" in text


def _ancestors(project: Project, revisions: tuple[str, ...]) -> t.Iterator[Script]:
    if revisions:
        yield from project.script.iterate_revisions(revisions, "base", assert_relative_length=False)
