"""The commands that move a database along the history: upgrade, downgrade, stamp, ensure_version."""

from __future__ import annotations

import dataclasses
import sys
import typing as t

from .. import alembic_compat
from ..errors import USAGE, MigrateError
from .approving import approve_downgrade
from .collisions import refuse_collisions
from .creating import create_missing
from .packages import all_heads
from .project import Arguments, Directory, Project, current_revisions, open_project
from .state import edited_scripts, log_of
from .steps import refuse_irreversible, refuse_others
from .values import RunResult

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from sqlalchemy import Connection
    from typing_extensions import Unpack

    from ..execution import Interruption, Progress
    from ..execution.plan import Plan

#: How many of the newest log rows an upgrade compares with the scripts.
ROWS_CHECKED = 100


class ExecutionArguments(t.TypedDict, total=False):
    """The arguments of the running commands that say how to run; see ``ExecutionOptions``."""

    lock: bool | None
    wait: float | None
    lock_timeout: float | None
    statement_timeout: float | None
    notify: t.Callable[[str], None] | None
    progress: Progress | None
    interruption: Interruption | None


def upgrade(
    directory: Directory = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Arguments = None,
    *,
    connection: Connection | None = None,
    output: t.TextIO | None = None,
    create_database: bool = False,
    **execution: Unpack[ExecutionArguments],
) -> RunResult:
    """Bring every database of the app to ``revision``.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param revision: an id or the beginning of one, ``head``, ``heads``, ``+2``, ``branch@head``; with ``sql`` also
        a range ``a:b``.
    :param sql: write the SQL to ``output`` instead of running it.
    :param tag: for ``context.get_tag_argument()`` in env.py.
    :param x_arg: for ``context.get_x_argument()`` in env.py.
    :param connection: work on this connection, in its transaction if it has begun one, instead of a new one.
    :param output: where ``sql`` goes; standard output by default.
    :param create_database: create the databases that are missing on their servers.
    :param execution: ``lock``, ``wait``, ``lock_timeout``, ``statement_timeout``, ``notify``, ``progress`` and
        ``interruption`` of :class:`~flask_migrate.execution.ExecutionOptions`, where the settings shall not count.
    :returns: from where, to where, which revisions and how long, for each database.
    :raises MigrateError: when anything stops it.
    """
    project = open_project(directory, x_arg)
    if create_database and not sql and connection is None:
        create_missing()
    return _run(project, "upgrade", revision, tag, Way(sql, output, connection, execution))


def downgrade(
    directory: Directory = None,
    revision: str = "-1",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Arguments = None,
    *,
    connection: Connection | None = None,
    output: t.TextIO | None = None,
    allow_destructive: bool = False,
    confirm: t.Callable[[Plan], bool] | None = None,
    **execution: Unpack[ExecutionArguments],
) -> RunResult:
    """Take every database of the app back to ``revision``, by default one step.

    The other parameters, the return value and the errors are those of :func:`upgrade`. With ``sql`` and ``"-1"`` the
    range is ``head:-1``.

    :param allow_destructive: in an app with ``Migrate(protect=True)``, drop and empty what the scripts say.
    :param confirm: asked before rows are destroyed; unless it returns true, nothing is done.
    :raises Refused: when a script is marked ``irreversible``, or rows would be destroyed that must not be.
    """
    if sql and revision == "-1":
        revision = "head:-1"
    project = open_project(directory, x_arg)
    way = Way(sql, output, connection, execution)
    if sql:
        return _run(project, "downgrade", revision, tag, way)
    _range("downgrade", str(revision), sql=False)
    approved = approve_downgrade(project, revision, tag, connection, allow_destructive, confirm)
    return _run(project, "downgrade", revision, tag, way, approved)


def stamp(
    directory: Directory = None,
    revision: str | t.Sequence[str] = "head",
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
    *,
    connection: Connection | None = None,
    output: t.TextIO | None = None,
    **execution: Unpack[ExecutionArguments],
) -> RunResult:
    """Write ``revision`` into the version table of every database, without running anything else.

    :param revision: an id, ``head``, ``heads`` or ``base``; several may be given as a list.
    :param purge: empty the version table first, so that it does not matter what it says.

    The other parameters, the return value and the errors are those of :func:`upgrade`.
    """
    project = open_project(directory)
    wanted = [all_heads(project, one) for one in ([revision] if isinstance(revision, str) else revision)]
    start, destinations = _stamp_range(wanted) if sql else (None, tuple(wanted))

    def work(rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        if not purge:
            _check_current(project, rev, context)
        return alembic_compat.stamp_steps(project.script, destinations, rev)

    options = {"starting_rev": start, "destination_rev": destinations, "tag": tag, "purge": purge}
    return _enter(project, work, Way(sql, output, connection, execution), options)


def ensure_version(
    directory: Directory = None,
    sql: bool = False,
    *,
    connection: Connection | None = None,
    output: t.TextIO | None = None,
    **execution: Unpack[ExecutionArguments],
) -> RunResult:
    """Create the version table in every database where it is missing.

    The parameters, the return value and the errors are those of :func:`upgrade`.

    .. versionadded:: 5.0
    """
    project = open_project(directory)

    def work(rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        alembic_compat.ensure_version_table(context)
        return []

    # Alembic before 1.20 ends SQL that leads to no revision with DROP TABLE alembic_version.
    options = {"starting_rev": "heads"} if sql else {}
    return _enter(project, work, Way(sql, output, connection, execution), options)


@dataclasses.dataclass(frozen=True)
class Way:
    """How a command reaches the databases: as SQL on a stream, over the caller's connection, or by itself."""

    sql: bool
    output: t.TextIO | None
    connection: Connection | None
    execution: ExecutionArguments


def _run(
    project: Project,
    direction: t.Literal["upgrade", "downgrade"],
    revision: str,
    tag: str | None,
    way: Way,
    approved: Plan | None = None,
) -> RunResult:
    start, destination = _range(direction, str(all_heads(project, revision)), way.sql)
    warnings: set[str] = set()
    plan = alembic_compat.upgrade_steps if direction == "upgrade" else alembic_compat.downgrade_steps

    def work(rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        _check_current(project, rev, context)
        steps = plan(project.script, destination, rev)
        refuse_irreversible(steps)
        if direction == "upgrade" and not way.sql:
            refuse_collisions(project, rev, context, steps)
        refuse_others(approved, steps, context)
        if steps and not way.sql:
            warnings.update(_edited(project, context))
        return steps

    result = _enter(project, work, way, {"starting_rev": start, "destination_rev": destination, "tag": tag})
    if warnings:
        names = ", ".join(sorted(warnings))
        project.state.settings.execution_options(**way.execution).tell(
            f"Edited after they were applied here: {names}. The database has what was run, not what they say now."
        )
    return result


def _enter(
    project: Project,
    work: t.Callable[[t.Any, MigrationContext], list[MigrationStep]],
    way: Way,
    options: dict[str, t.Any],
) -> RunResult:
    execution = project.state.settings.execution_options(**way.execution)
    if way.sql:
        project.config.output_buffer = way.output or sys.stdout
    return RunResult(project.run(work, connection=way.connection, as_sql=way.sql, execution=execution, **options))


def _edited(project: Project, context: MigrationContext) -> tuple[str, ...]:
    """Ids of revisions whose scripts were edited after they were run here: worth a warning, not a stop."""
    entries = log_of(project, context, ROWS_CHECKED)
    return edited_scripts(project, entries, {entry.revision for entry in entries})


def _check_current(project: Project, rev: t.Any, context: MigrationContext) -> None:
    if not context.as_sql:
        current_revisions(project, rev, context)


def _range(direction: str, revision: str, sql: bool) -> tuple[str | None, str]:
    if ":" in revision:
        if not sql:
            raise MigrateError(
                f"Range revision not allowed: {revision!r}.",
                f"Give the revision to {direction} to; a range is for --sql.",
                exit_code=USAGE,
            )
        start, _, destination = revision.partition(":")
        return start, destination
    if sql and direction == "downgrade":
        raise MigrateError(
            "downgrade with --sql requires <fromrev>:<torev>.",
            "For example: flask db downgrade --sql head:base",
            exit_code=USAGE,
        )
    return None, revision


def _stamp_range(revisions: list[str]) -> tuple[str | None, tuple[str, ...]]:
    starts = {start for start, colon, _ in (revision.partition(":") for revision in revisions) if colon}
    if len(starts) > 1:
        raise MigrateError("stamp with --sql takes a single starting revision.", exit_code=USAGE)
    destinations = tuple(revision.partition(":")[2] or revision for revision in revisions)
    return (starts.pop() if starts else None), destinations
