"""undo and amend: the newest revision goes, or is written anew, while no database has it."""

from __future__ import annotations

import os
import pathlib
import typing as t

from alembic import util

from ..errors import MigrateError, Refused, VerificationFailed
from ..targets import describe_url
from .describe import describe
from .generating import script_files
from .project import Directory, Project, open_project, revisions_named
from .sql_pair import HALVES
from .values import NewRevisions, RevisionInfo
from .writing import migrate

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script


def undo(directory: Directory = None, revision: str = "head") -> RevisionInfo:
    """Remove the file of the newest revision.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param revision: the newest one of a branch, where there are several: ``billing@head``.
    :returns: what was removed.
    :raises Refused: when a database or a tenant of the app has it; nothing is removed then.
    :raises MigrateError: when there is no revision, or several heads, or a database can't be asked.

    .. versionadded:: 5.0
    """
    script = _newest(open_project(directory), directory, "removed", revision)
    result = describe(script)
    path = pathlib.Path(script.path)
    path.unlink()
    for half in HALVES:
        path.with_suffix(f".{half}.sql").unlink(missing_ok=True)
    return result


def amend(directory: Directory = None, message: str | None = None, **options: t.Any) -> NewRevisions:
    """Write the newest revision anew, from the models as they are now; its id stays.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param message: another message; the old one by default.
    :param options: further arguments of :func:`migrate`.
    :returns: the new file, which replaces the old one.
    :raises VerificationFailed: when the new file does not do what it should; it replaces the old one all the same.
    :raises Refused: when a database or a tenant of the app has the revision; the file stays as it is, as
        with every other error.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    script = _newest(project, directory, "changed")
    if isinstance(script.down_revision, tuple) or not str(script.path).endswith(".py"):
        raise MigrateError(
            f"Revision {script.revision} was not written by flask db migrate: it is a merge, or plain SQL.",
            "Remove it with flask db undo, and write it again.",
        )
    several = len(project.script.version_locations or ()) > 1
    unset: tuple[t.Any, ...] = (None, (), [], False, "head")
    given = {name: value for name, value in options.items() if name == "verify" or value not in unset}
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
    except VerificationFailed:
        aside.unlink()  # the new file is kept: what it says has to be mended
        raise
    except BaseException:
        for made in script_files(project) - before:  # a script that could not be read has the same id
            made.unlink()
        aside.rename(path)
        raise
    aside.unlink()
    return result


def _require_in_no_tenant(project: Project, directory: Directory, revision: str, verb: str) -> None:
    if project.state.migrate.tenant_source is None:
        return
    from .tenants.whereabouts import ask_tenants, having

    result = ask_tenants(directory)
    names = having(project, result, revision)
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise Refused(
            f"Revision {revision} is applied in the tenant {names[0]}{more}; its file was not {verb}.",
            "Take it back first: flask db downgrade --tenants all",
        )
    if result.failed:
        failure = result.failed[0]
        raise MigrateError(
            f"The tenant {failure.tenant} can't be asked whether it has revision {revision}; its file was not {verb}.",
            failure.error,
        )


def _newest(project: Project, directory: Directory, verb: str, wanted: str = "head") -> Script:
    """The newest revision of ``project``, which no database has.

    :param verb: what is not done to its file when a database has it.
    :param wanted: which one, where there are several.
    """
    heads = _heads(project, wanted)
    if len(heads) != 1:
        if not heads:
            raise MigrateError("There is no newest revision: the history is empty.", "Write one: flask db migrate")
        way = "Name it: flask db undo REVISION" if verb == "removed" else "flask db heads -v shows where each is"
        raise MigrateError(f"There is no single newest revision: the heads are {', '.join(heads)}.", way)
    script = project.script.get_revision(heads[0])
    _require_last(project, heads[0])
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
    _require_in_no_tenant(project, directory, heads[0], verb)
    assert script is not None  # a head is a revision
    return script


def _heads(project: Project, wanted: str) -> list[str]:
    if wanted == "head":
        return list(project.script.get_heads())
    return [script.revision for script in revisions_named(project, wanted)]


def _require_last(project: Project, revision: str) -> None:
    """Raise an error when others follow or need ``revision``."""
    for script in project.script.walk_revisions():
        needed = util.to_tuple(script.dependencies, default=())
        names = {one.revision for name in needed for one in revisions_named(project, name)}
        if revision in names.union(util.to_tuple(script.down_revision, default=())):
            raise MigrateError(
                f"Revision {script.revision} needs {revision}, so that one is not the newest.",
                f"Begin with the other: flask db undo {script.revision}",
            )
