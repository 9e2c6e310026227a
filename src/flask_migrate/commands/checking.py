"""check: do the models, the databases, the history and another branch agree?"""

from __future__ import annotations

import collections
import os
import typing as t

from alembic.autogenerate import RevisionContext

from .. import revisions
from ..alembic_compat import operations_of
from ..autogenerate.parts import finish
from ..autogenerate.words import describe_operations
from ..errors import USAGE, CheckFailed, DifferencesFound, MigrateError
from .comparing import compare, make_request
from .from_sql import Finisher, finisher, from_sql_file
from .packages import owner_of_file
from .project import Directory, Project, open_project
from .tenants.scratched import compared_scratch
from .tenants.template import against_template

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

#: What the checks saw, by name, as JSON can hold it.
Found: t.TypeAlias = "dict[str, t.Any]"


def check(
    directory: Directory = None,
    *,
    history: bool = False,
    heads: bool = False,
    against: str | None = None,
    from_sql: str | os.PathLike[str] | None = None,
    cache: bool = True,
    connection: Connection | None = None,
) -> Found:
    """Compare the models with the databases; or look at the history alone, where one of the options says so.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param history: compare the models with what the history makes on an empty scratch database. No database of the
        app is read, and none has to be there.
    :param heads: see that the history has exactly one head.
    :param against: a branch, tag or commit: see that the history still has one head after this is merged. Its files
        are read from the objects of git.
    :param from_sql: a SQL file that makes the wanted schema, in the place of the models.
    :param cache: leave out a comparison that found nothing before, where neither models nor database have changed.
    :param connection: compare with this connection instead of a new one.
    :returns: what was seen, as a dict: ``changes`` (none), ``heads`` and ``merged``, for the checks that were made.
    :raises DifferencesFound: when ``migrate`` would find something; it holds one sentence for each difference.
    :raises CheckFailed: when there is more or less than one head.
    :raises MigrateError: when a database is not at the head of the history, or anything else stops it.

    .. versionchanged:: 5.0
       ``history``, ``heads`` and ``against``; it returns what was seen.
    """
    if connection is not None and (history or heads or against is not None):
        raise MigrateError("A connection is of no use here: no database is read.", "Leave it out.", exit_code=USAGE)
    found: Found = {}
    failed: list[CheckFailed] = []
    if heads:
        _add(found, failed, lambda: {"heads": _one_head(directory)})
    if against is not None:
        _add(found, failed, lambda: {"merged": _one_head_with(directory, against)})
    if history:
        _add(found, failed, lambda: _agreeing(directory, is_history=True, from_sql=from_sql))
    if not (history or heads or against is not None):
        options: dict[str, t.Any] = {"from_sql": from_sql, "cache": cache, "connection": connection}
        _add(found, failed, lambda: _agreeing_with_databases(directory, **options))
    if failed:
        raise _together(failed, found)
    return found


def _add(found: Found, failed: list[CheckFailed], run: t.Callable[[], Found]) -> None:
    try:
        found.update(run())
    except CheckFailed as error:
        found.update(error.found)
        failed.append(error)


def _together(failed: list[CheckFailed], found: Found) -> CheckFailed:
    """One error for all that failed."""
    if len(failed) == 1:
        failed[0].found = found
        return failed[0]
    first, *others = failed
    hint = "\n".join([first.hint or "", *(f"{error.message}\n{error.hint or ''}" for error in others)])
    changes = [error.changes for error in failed if isinstance(error, DifferencesFound)]
    if changes:
        return DifferencesFound(first.message, hint, changes=changes[0], found=found)
    return CheckFailed(first.message, hint, found=found)


def _one_head(directory: Directory) -> list[str]:
    project = open_project(directory)
    owners: dict[str, list[str]] = collections.defaultdict(list)
    for name in project.script.get_heads():
        script = project.script.get_revision(name)
        assert script is not None  # a head is a revision
        message = f" ({script.doc})" if script.doc else ""
        owners[owner_of_file(project, str(script.path))].append(f"{name}{message}")
    found = {"heads": list(project.script.get_heads())}
    if not owners:
        raise CheckFailed("The history has no revision, so it has no head.", "Write one: flask db migrate", found=found)
    for owner, names in owners.items():
        if len(names) > 1:
            what = f"The branch of the package {owner}" if owner else "The history"
            ids = " ".join(name.partition(" ")[0] for name in names)
            way = f"flask db merge {ids}" if len(owners) > 1 else "flask db merge heads"
            raise CheckFailed(f"{what} has {len(names)} heads: {', '.join(names)}.", f"Join them: {way}", found=found)
    return found["heads"]


def _one_head_with(directory: Directory, ref: str) -> Found:
    project = open_project(directory)
    placed = revisions.merged_history(project.script, revisions.locations(project.script), ref)
    ends = revisions.heads_of(placed)
    found: Found = {"against": ref, "heads": [one.to_dict() for one in ends]}
    owners: dict[str, list[revisions.Placed]] = collections.defaultdict(list)
    for one in ends:
        owners[owner_of_file(project, one.path)].append(one)
    for several in owners.values():
        if len(several) > 1:
            raise _several_heads(several, ref, {"merged": found})
    return found


def _several_heads(ends: t.Sequence[revisions.Placed], ref: str, found: Found) -> CheckFailed:
    names = [f"{one.revision} ({one.message})" if one.message else one.revision for one in ends]
    sides = [f"{name} of {ref if one.is_theirs else 'this branch'}" for name, one in zip(names, ends, strict=True)]
    return CheckFailed(
        f"With {ref} merged, the history has {len(ends)} heads: {', '.join(sides)}.",
        f"Merge it here and join them: git merge {ref}, then flask db merge heads",
        found=found,
    )


@against_template
def _agreeing_with_databases(directory: Directory, **options: t.Any) -> Found:
    return _agreeing(directory, **options)


def _agreeing(
    directory: Directory,
    *,
    is_history: bool = False,
    from_sql: str | os.PathLike[str] | None = None,
    cache: bool = False,
    connection: Connection | None = None,
) -> Found:
    with from_sql_file(from_sql, directory) as wanted:
        project = open_project(directory, opts=["autogenerate"])
        context = _revision_context(project, finisher(wanted) if wanted else finish)
        if is_history:
            with compared_scratch(project) as (databases, options):
                request = make_request(project, databases, is_check=True)
                compare(project, context, splice=True, request=request, databases=databases, **options)
        else:
            request = make_request(project, is_check=True, may_remember=cache and not wanted)
            compare(project, context, splice=True, request=request, connection=connection)
    changes = tuple(
        line
        for script in context.generated_revisions
        for operations in operations_of(script)
        for line in describe_operations(operations)
    )
    if changes:
        what = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
        source = "the models" if from_sql is None else os.fspath(from_sql)
        way = "flask db migrate" if from_sql is None else f"flask db migrate --from-sql {source}"
        other = "what the history makes" if is_history else "the database"
        raise DifferencesFound(
            f"New upgrade operations detected: {what} between {source} and {other}.",
            "\n".join([*(f"  {change}" for change in changes), f"Write them as a revision: {way}"]),
            changes=changes,
            found={"changes": list(changes)},
        )
    return {"changes": []}


def _revision_context(project: Project, finish: Finisher) -> RevisionContext:
    arguments: dict[str, t.Any] = {
        "message": None,
        "autogenerate": True,
        "sql": False,
        "head": "head",
        "splice": True,
        "branch_label": None,
        "version_path": None,
        "rev_id": None,
        "depends_on": None,
    }
    return RevisionContext(project.config, project.script, arguments, finish)
