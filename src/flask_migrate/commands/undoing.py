"""undo and amend: the newest revision goes, or is written anew, while no database has it."""

from __future__ import annotations

import os
import pathlib
import typing as t

from alembic import util

from ..errors import MigrateError, Refused
from ..targets import describe_url
from .describe import describe
from .generating import script_files
from .project import Directory, Project, open_project
from .values import NewRevisions, RevisionInfo
from .writing import migrate

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script


def undo(directory: Directory = None) -> RevisionInfo:
    """Remove the file of the newest revision.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :returns: what was removed.
    :raises Refused: when a database of the app has it; nothing is removed then.
    :raises MigrateError: when there is no revision, or several heads, or a database can't be asked.

    .. versionadded:: 5.0
    """
    script = _newest(open_project(directory), "removed")
    result = describe(script)
    pathlib.Path(script.path).unlink()
    return result


def amend(directory: Directory = None, message: str | None = None, **options: t.Any) -> NewRevisions:
    """Write the newest revision anew, from the models as they are now; its id stays.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param message: another message; the old one by default.
    :param options: further arguments of :func:`migrate`.
    :returns: the new file, which replaces the old one.
    :raises Refused: when a database of the app has the revision; the file stays as it is, as with every error.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    script = _newest(project, "changed")
    if isinstance(script.down_revision, tuple) or not str(script.path).endswith(".py"):
        raise MigrateError(
            f"Revision {script.revision} was not written by flask db migrate: it is a merge, or plain SQL.",
            "Remove it with flask db undo, and write it again.",
        )
    several = len(project.script.version_locations or ()) > 1
    given = {name: value for name, value in options.items() if value not in (None, (), [], False, "head")}
    kept = {
        "rev_id": str(script.revision),
        "head": script.down_revision or "base",
        "branch_label": next(iter(util.to_tuple(getattr(script.module, "branch_labels", None), default=())), None),
        "depends_on": list(util.to_tuple(script.dependencies, default=())) or None,
        "version_path": os.path.dirname(script.path) if several else None,
    }
    path = pathlib.Path(script.path)
    aside = path.with_name(f"{path.name}.amended")
    path.rename(aside)
    before = script_files(project)
    try:
        result = migrate(directory, message or script.doc or None, **{**kept, **given})
        if not result:
            raise MigrateError(
                f"The models need no revision after {script.down_revision or 'base'}; {script.revision} was kept.",
                "Remove it: flask db undo",
            )
    except BaseException:
        for made in script_files(project) - before:  # a script that could not be read has the same id
            made.unlink()
        aside.rename(path)
        raise
    aside.unlink()
    return result


def _newest(project: Project, verb: str) -> Script:
    """The newest revision of ``project``, which no database has.

    :param verb: what is not done to its file when a database has it.
    """
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
            f"Revision {heads[0]} is applied in {having[0]}; its file was not {verb}.",
            "Take it back first: flask db downgrade",
        )
    assert script is not None  # a head is a revision
    return script
