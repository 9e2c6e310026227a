"""What every command starts from: the app's state, the Alembic config and the history."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from alembic.util import CommandError

from .. import revisions
from ..environment import TargetRun, bind_of, enter
from ..errors import HistoryError, MigrateError
from ..extension import AppState, current_state

if t.TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Connection

    from ..environment.context import Work

Directory: t.TypeAlias = "str | os.PathLike[str] | None"
Arguments: t.TypeAlias = "str | t.Sequence[str] | None"


@dataclasses.dataclass(frozen=True)
class Project:
    """One app's migrations folder, opened for one command.

    :param state: what the app says.
    :param config: the Alembic config, after the callbacks of ``@migrate.configure``.
    :param script: the history.
    """

    state: AppState
    config: Config
    script: ScriptDirectory

    def run(self, work: Work, *, connection: Connection | None = None, **options: t.Any) -> tuple[TargetRun, ...]:
        """Run ``work`` in every target, through the project's env.py; see :func:`flask_migrate.environment.enter`."""
        return enter(self.state, self.config, self.script, work, connection=connection, **options)

    def read(
        self,
        look: t.Callable[[tuple[str, ...], MigrationContext], None],
        *,
        connection: Connection | None = None,
    ) -> None:
        """Let ``look`` see the revisions of every target; the databases are only read."""

        def work(rev: t.Any, context: MigrationContext) -> list[t.Any]:
            look(current_revisions(self, rev, context), context)
            return []

        self.run(work, connection=connection, dont_mutate=True)

    def current_heads(self, connection: Connection | None = None) -> tuple[str, ...]:
        """The revisions at which the databases of the app are."""
        found = self.current_by_bind(connection)
        return tuple(dict.fromkeys(revision for heads in found.values() for revision in heads))

    def current_by_bind(self, connection: Connection | None = None) -> dict[str, tuple[str, ...]]:
        """The revisions at which each database of the app is, by bind name."""
        found: dict[str, tuple[str, ...]] = {}
        self.read(lambda heads, context: found.update({bind_of(context): heads}), connection=connection)
        return found


def open_project(directory: Directory = None, x_arg: Arguments = None, opts: t.Sequence[str] | None = None) -> Project:
    """The migrations folder of the current application.

    :param directory: the folder, if not the one that ``Migrate`` says.
    :param x_arg: ``-x`` arguments for env.py.
    :param opts: names that are true in ``config.cmd_opts``.
    :raises MigrateError: without an application context, a folder, or a history that can be read.
    """
    state = current_state()
    config = state.migrate.get_config(directory, x_arg, opts)
    return Project(state, config, revisions.load(config))


def current_revisions(project: Project, rev: t.Any, context: MigrationContext) -> tuple[str, ...]:
    """``rev`` as a tuple, once every revision in it is known to be on disk.

    :raises HistoryError: when the database is at a revision that no script has.
    """
    found = (rev,) if isinstance(rev, str) else tuple(rev or ())
    for revision in found:
        require_on_disk(project, revision, context)
    return found


def require_on_disk(project: Project, revision: str, context: MigrationContext) -> None:
    """Raise :class:`HistoryError` when ``revision``, at which the database is, has no script."""
    from ..targets import describe_url

    try:
        project.script.get_revision(revision)
    except CommandError as error:
        bind = context.connection
        place = "The database" if bind is None else f"The database ({describe_url(bind.engine.url)})"
        folder = os.path.relpath(project.script.versions)
        raise HistoryError(
            f"Can't locate revision identified by {revision!r}: {place[0].lower()}{place[1:]} is at it, "
            f"and no script in {folder} has it.",
            "Bring the script back from version control, or deploy the code that has it. When the schema is known "
            "to be that of another revision: flask db stamp --purge REVISION\n"
            f"{_whereabouts(project, revision)}",
        ) from error


def _whereabouts(project: Project, revision: str) -> str:
    """What git knows of a revision at which a database is."""
    known = revisions.known_to_git(revision, str(project.script.versions))
    if known:
        return f"The database is newer than this code: {known}"
    newer = "the database is newer than this code, or has another app's history."
    return f"git knows no such script in any branch: {newer}" if known == "" else f"{newer[0].upper()}{newer[1:]}"


def revisions_named(project: Project, name: t.Any) -> tuple[Script, ...]:
    """The scripts that ``name`` (an id, a prefix, ``head``, ``a@head``, …) stands for.

    :raises HistoryError: when there is none, or it isn't clear which one.
    """
    try:
        return tuple(script for script in project.script.get_revisions(name) if script is not None)
    except CommandError as error:
        raise explained(project, error) from error


def explained(project: Project, error: Exception) -> MigrateError:
    """``error``, which the history raised, as one of ours."""
    if isinstance(error, MigrateError):
        return error
    return revisions.explain(error, project.script) or HistoryError(str(error))
