"""The steps that a command would run, looked at before any of them is."""

from __future__ import annotations

import typing as t

from .. import alembic_compat
from ..environment import bind_of
from ..errors import Refused
from .project import Project, current_revisions

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
    from sqlalchemy import Connection

    from ..execution.plan import Plan

Direction = t.Literal["upgrade", "downgrade"]


def look_at_steps(
    project: Project,
    direction: Direction,
    revision: str,
    tag: str | None,
    connection: Connection | None,
    look: t.Callable[[list[RevisionStep], t.Any, MigrationContext], None],
) -> None:
    """Let ``look`` see, in every target, the steps that would be run; none of them is."""

    def work(rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        current_revisions(project, rev, context)
        look(steps_of(project, direction, revision, rev), rev, context)
        return []

    is_external = connection is not None and connection.in_transaction()
    try:
        project.run(work, connection=connection, dont_mutate=True, destination_rev=revision, tag=tag)
    finally:
        if connection is not None and not is_external:
            connection.rollback()  # ends the transaction that reading has begun: it is none of the caller's


def steps_of(project: Project, direction: Direction, revision: str, current: t.Any) -> list[RevisionStep]:
    """The steps from ``current`` to ``revision``."""
    find = alembic_compat.upgrade_steps if direction == "upgrade" else alembic_compat.downgrade_steps
    return find(project.script, revision, current)


def refuse_irreversible(steps: t.Iterable[RevisionStep]) -> None:
    """Raise :class:`Refused` when one of the downgrades is of a script that says ``irreversible = "reason"``."""
    for step in steps:
        reason = irreversible(step)
        if reason:
            script = step.revision
            name = f"{script.revision} ({script.doc})" if script.doc else str(script.revision)
            raise Refused(
                f"Revision {name} can't be taken back: {reason.rstrip('.')}.",
                f"Nothing was changed. Restore a backup, or go on with a new revision; {script.path} says "
                "`irreversible`.",
            )


def irreversible(step: RevisionStep) -> str:
    """Why the script of a downgrade says that it must not be run; empty when it may."""
    reason = "" if step.is_upgrade else getattr(step.revision.module, "irreversible", "")
    return "it is marked irreversible" if reason is True else str(reason or "")


def refuse_others(approved: Plan | None, steps: t.Iterable[RevisionStep], context: MigrationContext) -> None:
    """Raise :class:`Refused` when a step is not in the plan that was approved: the database has moved since."""
    if approved is None:
        return
    bind = bind_of(context)
    planned = {item.revision for target in approved.targets if target.name == bind for item in target.revisions}
    others = [str(step.revision.revision) for step in steps if step.revision.revision not in planned]
    if others:
        raise Refused(
            f"The database has moved since it was looked at: {', '.join(others)} would be taken back as well.",
            "Nothing more was changed. Run the command again.",
        )
