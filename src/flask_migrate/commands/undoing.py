"""undo: the newest revision goes, while no database has it."""

from __future__ import annotations

import pathlib
import typing as t

from ..errors import MigrateError, Refused
from ..targets import describe_url
from .describe import describe
from .project import Directory, open_project
from .values import RevisionInfo

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext


def undo(directory: Directory = None) -> RevisionInfo:
    """Remove the file of the newest revision.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :returns: what was removed.
    :raises Refused: when a database of the app has it; nothing is removed then.
    :raises MigrateError: when there is no revision, or several heads, or a database can't be asked.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    heads = project.script.get_heads()
    if len(heads) != 1:
        raise MigrateError(
            f"There is no single newest revision: the heads are {', '.join(heads)}." if heads else "There is none.",
            "Remove the file yourself: flask db heads -v shows where each is"
            if heads
            else "List them: flask db history",
        )
    script = project.script.get_revision(heads[0])
    having: list[str] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        if heads[0] in revisions and context.connection is not None:
            having.append(describe_url(context.connection.engine.url))

    project.read(look)
    if having:
        raise Refused(
            f"Revision {heads[0]} is applied in {having[0]}; its file was not removed.",
            "Take it back first: flask db downgrade",
        )
    result = describe(script)
    pathlib.Path(script.path).unlink()
    return result
