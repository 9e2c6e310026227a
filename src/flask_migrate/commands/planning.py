"""What an upgrade or a downgrade would do."""

from __future__ import annotations

import typing as t

from alembic.operations import ops

from ..environment import bind_of, script_of
from ..errors import USAGE, MigrateError
from ..execution.destruction import Counter, tables_made_in
from ..execution.plan import Plan, PlannedOperation, PlannedRevision, TargetPlan
from ..execution.rehearsal import Recorded, Rehearsal
from ..targets import describe_url
from .packages import all_heads
from .project import Arguments, Directory, Project, current_revisions, open_project
from .steps import Direction, irreversible, look_at_steps

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from sqlalchemy import Connection


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

    look_at_steps(project, direction, all_heads(project, revision), tag, connection, look)
    return Plan(direction, tuple(targets))


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
