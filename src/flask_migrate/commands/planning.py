"""What an upgrade or a downgrade would do, and whether it may."""

from __future__ import annotations

import typing as t

from alembic.operations import ops
from alembic.runtime.migration import RevisionStep

from .. import alembic_compat
from ..environment import bind_of, script_of
from ..errors import USAGE, MigrateError, Refused
from ..execution.destruction import Counter, tables_made_in
from ..execution.plan import Plan, PlannedOperation, PlannedRevision, TargetPlan
from ..execution.rehearsal import Recorded, Rehearsal
from ..targets import describe_url
from .project import Arguments, Directory, Project, current_revisions, open_project

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from sqlalchemy import Connection

Direction = t.Literal["upgrade", "downgrade"]
#: How many of the things that would be destroyed an error message names.
SHOWN = 8


def plan_upgrade(
    directory: Directory = None,
    revision: str = "head",
    tag: str | None = None,
    x_arg: Arguments = None,
    *,
    connection: Connection | None = None,
) -> Plan:
    """What :func:`upgrade` would do now, in every database of the app; nothing is changed.

    The functions of the scripts are called, with a stand-in for the database that takes statements and answers
    none: where a script asks for an answer, the rest of it is unknown.

    :param revision: where to; with the other parameters as for :func:`upgrade`.
    :raises MigrateError: when a database can't be read, or the history has no such revision.

    .. versionadded:: 5.0
    """
    return make_plan(open_project(directory, x_arg), "upgrade", revision, tag, connection)


def plan_downgrade(
    directory: Directory = None,
    revision: str = "-1",
    tag: str | None = None,
    x_arg: Arguments = None,
    *,
    connection: Connection | None = None,
) -> Plan:
    """What :func:`downgrade` would do now, in every database of the app; nothing is changed.

    The parameters and the errors are those of :func:`plan_upgrade`.

    .. versionadded:: 5.0
    """
    return make_plan(open_project(directory, x_arg), "downgrade", revision, tag, connection)


def make_plan(
    project: Project,
    direction: Direction,
    revision: str,
    tag: str | None,
    connection: Connection | None,
    check: t.Callable[[list[RevisionStep]], None] = lambda steps: None,
) -> Plan:
    """The plan of a command for every target of ``project``.

    :param check: is given the steps of each target, before any script is rehearsed, and may raise an error.
    """
    if ":" in str(revision):
        raise MigrateError(
            f"Range revision not allowed: {revision!r}.", "A plan begins where the database is.", exit_code=USAGE
        )
    targets: list[TargetPlan] = []

    def look(steps: list[RevisionStep], rev: t.Any, context: MigrationContext) -> None:
        check(steps)
        targets.append(_plan_of(current_revisions(project, rev, context), steps, context))

    look_at_steps(project, direction, revision, tag, connection, look)
    return Plan(direction, tuple(targets))


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


def approve_downgrade(
    project: Project,
    revision: str,
    tag: str | None,
    connection: Connection | None,
    allow_destructive: bool,
    confirm: t.Callable[[Plan], bool] | None,
) -> Plan | None:
    """Find out, before anything is touched, whether a downgrade may be run.

    :returns: what may be run; ``None`` for anything.
    :raises Refused: when it may not.
    """
    settings = project.state.settings
    is_protected = settings.is_protected and not allow_destructive
    if not is_protected and confirm is None:
        if len(project.state.databases.targets()) > 1:  # the first one must not be changed when another one refuses
            look_at_steps(project, "downgrade", revision, tag, connection, lambda steps, *_: refuse_irreversible(steps))
        return None
    plan = make_plan(project, "downgrade", revision, tag, connection, refuse_irreversible)
    if is_protected and plan.is_destructive:
        raise Refused(
            f"The downgrade would destroy {losses_in_words(plan)}, and this app is protected.",
            "Nothing was changed. Look at it: flask db downgrade --plan. Allow it: flask db downgrade "
            "--allow-destructive",
        )
    if confirm is not None and plan.destroys_rows and not confirm(plan):
        raise Refused("The downgrade was not confirmed; nothing was changed.")
    return plan


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


def losses_in_words(plan: Plan) -> str:
    """What ``plan`` destroys, on one line."""
    several = len(plan.targets) > 1
    words = [
        loss.describe() + (f" of {target.name or 'default'}" if several else "")
        for target in plan.targets
        for loss in target.losses
    ]
    words += [f"whatever the code of {revision} decides" for revision in plan.unknown]
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"{', '.join(words[:SHOWN])}{more}"


def _plan_of(before: tuple[str, ...], steps: list[RevisionStep], context: MigrationContext) -> TargetPlan:
    connection = context.connection
    assert connection is not None  # nothing is planned offline
    options = {**context.opts, "environment_context": context.environment_context}
    rehearsal, counter = Rehearsal(connection, options), Counter(connection)
    revisions = tuple(_revision_of(step, rehearsal, counter, context) for step in steps)
    return TargetPlan(bind_of(context), describe_url(connection.engine.url), before, revisions)


def _revision_of(
    step: RevisionStep, rehearsal: Rehearsal, counter: Counter, context: MigrationContext
) -> PlannedRevision:
    script = step.revision
    recorded, unknown, refused = rehearsal.play(script_of(context, step))
    return PlannedRevision(
        revision=str(script.revision),
        message=script.doc or "",
        direction="upgrade" if step.is_upgrade else "downgrade",
        operations=tuple(planned for item in recorded for planned in _operations_of(item, counter)),
        unknown=unknown,
        irreversible=irreversible(step) or refused or None,
    )


def _operations_of(recorded: Recorded, counter: Counter) -> t.Iterator[PlannedOperation]:
    """``recorded`` with what it destroys now; one that destroys several things gets a line for each."""
    losses = [counter.loss(victim) for victim in recorded.victims]
    _follow(recorded, counter)
    yield PlannedOperation(recorded.text, tuple(recorded.sql), losses[0] if losses else None)
    yield from (PlannedOperation(recorded.text, (), loss) for loss in losses[1:])


def _follow(recorded: Recorded, counter: Counter) -> None:
    """Let ``counter`` know of tables that have other names, or are new, for the operations that follow."""
    operation = recorded.operation
    if isinstance(operation, ops.RenameTableOp):
        counter.rename(operation.table_name, operation.new_table_name, operation.schema)
    elif isinstance(operation, ops.CreateTableOp):
        counter.create(operation.table_name, operation.schema)
    for statement in recorded.sql:
        for schema, name in tables_made_in(statement):
            counter.create(name, schema)
