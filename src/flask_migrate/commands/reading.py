"""The commands that only look: history, heads, branches, current, show."""

from __future__ import annotations

import dataclasses
import typing as t

from alembic.util import CommandError, asbool

from .. import alembic_compat
from ..environment import bind_of
from ..errors import USAGE, MigrateError
from ..targets import describe_url
from .describe import describe
from .project import Arguments, Directory, Project, explained, open_project, revisions_named
from .values import BranchPoint, RevisionInfo, TargetRevisions

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script
    from sqlalchemy import Connection


def heads(
    directory: Directory = None, verbose: bool = False, resolve_dependencies: bool = False
) -> tuple[RevisionInfo, ...]:
    """The heads of the history.

    :param verbose: :attr:`RevisionInfo.text` holds all that Alembic knows of the revision.
    :param resolve_dependencies: leave out heads on which another one depends.
    :raises HistoryError: when the history can't be read.
    """
    project = open_project(directory)
    names = "heads" if resolve_dependencies else project.script.get_heads()
    return tuple(
        describe(script, script.cmd_format(verbose, include_branches=True, tree_indicators=False))
        for script in revisions_named(project, names)
    )


def branches(directory: Directory = None, verbose: bool = False) -> tuple[BranchPoint, ...]:
    """The revisions at which the history divides, newest first.

    :param verbose: the text holds all that Alembic knows of the revision.
    :raises HistoryError: when the history can't be read.
    """
    project = open_project(directory)
    return tuple(
        _branch_point(project, script, verbose) for script in project.script.walk_revisions() if script.is_branch_point
    )


def history(
    directory: Directory = None,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
    *,
    connection: Connection | None = None,
) -> tuple[RevisionInfo, ...]:
    """The revisions, newest first.

    :param rev_range: ``a:b``, ``a:`` or ``:b``; ``current`` stands for where the database is.
    :param verbose: the text holds all that Alembic knows of the revision.
    :param indicate_current: say which revisions the database is at.
    :param connection: ask this connection where the database is, instead of a new one.
    :raises HistoryError: when the history can't be read or the range is none.
    """
    project = open_project(directory)
    base, head = _parse_range(rev_range)
    needs_database = (
        indicate_current
        or "current" in (base, head)
        or asbool(project.config.get_alembic_option("revision_environment"))
    )
    places = project.current_by_bind(connection) if needs_database else {}
    current = tuple(dict.fromkeys(revision for heads in places.values() for revision in heads))
    lower: t.Any = (current or "base") if base == "current" else base or "base"
    upper: t.Any = (current or "base") if head == "current" else head or "heads"
    try:
        scripts = list(project.script.walk_revisions(base=lower, head=upper))
    except CommandError as error:
        raise explained(project, error) from error
    marks = places if indicate_current else None
    return tuple(_history_entry(script, verbose, marks) for script in scripts)


def show(
    directory: Directory = None, revision: str = "head", *, connection: Connection | None = None
) -> tuple[RevisionInfo, ...]:
    """The revision or revisions that ``revision`` stands for, each with all that Alembic knows of it.

    :param revision: an id, ``head``, ``heads``, ``base``, ``current``, …
    :raises HistoryError: when there is no such revision.
    """
    project = open_project(directory)
    names: t.Any = project.current_heads(connection) if revision == "current" else revision
    return tuple(describe(script, script.log_entry) for script in revisions_named(project, names))


def current(
    directory: Directory = None,
    verbose: bool = False,
    *,
    check_heads: bool = False,
    connection: Connection | None = None,
    x_arg: Arguments = None,
) -> tuple[TargetRevisions, ...]:
    """Where every database of the app is. Nothing is written, not even the version table.

    :param verbose: the text holds all that Alembic knows of the revisions.
    :param check_heads: raise :class:`MigrateError` (exit code 1) unless every database is at every head.
    :param connection: ask this connection instead of a new one.
    """
    project = open_project(directory, x_arg)
    all_heads = set(project.script.get_heads())
    found: list[TargetRevisions] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        scripts = project.script.get_all_current(revisions)
        assert context.connection is not None  # nothing reads in offline mode
        url = context.connection.engine.url
        found.append(
            TargetRevisions(
                name=bind_of(context),
                database=describe_url(url),
                url=url.render_as_string(),
                revisions=tuple(
                    describe(script, script.cmd_format(verbose), is_current=True)
                    for script in sorted(scripts, key=lambda script: str(script.revision))
                ),
                is_at_head=set(revisions) == all_heads,
            )
        )

    project.read(look, connection=connection)
    behind = [target for target in found if not target.is_at_head]
    if check_heads and behind:
        places = "; ".join(target.database for target in behind)
        raise MigrateError(f"Database is not on all head revisions: {places}.", "Run: flask db upgrade heads")
    return tuple(found)


def _branch_point(project: Project, script: Script, verbose: bool) -> BranchPoint:
    children = revisions_named(project, tuple(sorted(script.nextrev)))
    return BranchPoint(
        describe(script, script.cmd_format(verbose, include_branches=True)),
        tuple(
            describe(child, child.cmd_format(False, include_branches=True, include_doc=verbose)) for child in children
        ),
    )


def _history_entry(script: Script, verbose: bool, marks: dict[str, tuple[str, ...]] | None) -> RevisionInfo:
    binds = tuple(name for name, heads in (marks or {}).items() if script.revision in heads)
    is_current = None if marks is None else bool(binds)
    alembic_compat.mark_current(script, bool(is_current))
    text = script.cmd_format(verbose=verbose, include_branches=True, include_doc=True, include_parents=True)
    if marks is not None and len(marks) > 1 and binds:
        first, *rest = text.split("\n", 1)
        text = "\n".join([f"{first} [{', '.join(name or 'default' for name in binds)}]", *rest])
    return dataclasses.replace(describe(script, text, is_current), current_in=binds)


def _parse_range(rev_range: str | None) -> tuple[str | None, str | None]:
    if rev_range is None:
        return None, None
    base, colon, head = rev_range.strip().partition(":")
    if not colon or ":" in head:
        raise MigrateError(
            f"History range requires [start]:[end], [start]:, or :[end], not {rev_range!r}.",
            "For example: flask db history -r base:head",
            exit_code=USAGE,
        )
    return base or None, head or None
