"""The read functions as scripts know them from Flask-Migrate: they return values and also print Alembic's text."""

from __future__ import annotations

import typing as t

from . import commands
from .commands.project import Directory
from .commands.values import BranchPoint, RevisionInfo, TargetRevisions

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

Value = t.TypeVar("Value", RevisionInfo, BranchPoint)


def history(
    directory: Directory = None,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
    *,
    quiet: bool = False,
) -> tuple[RevisionInfo, ...]:
    """The revisions, newest first; printed as well, unless ``quiet``. See :func:`flask_migrate.commands.history`."""
    return _print(commands.history(directory, rev_range, verbose, indicate_current), quiet)


def heads(
    directory: Directory = None,
    verbose: bool = False,
    resolve_dependencies: bool = False,
    *,
    quiet: bool = False,
) -> tuple[RevisionInfo, ...]:
    """The heads; printed as well, unless ``quiet``. See :func:`flask_migrate.commands.heads`."""
    return _print(commands.heads(directory, verbose, resolve_dependencies), quiet)


def branches(directory: Directory = None, verbose: bool = False, *, quiet: bool = False) -> tuple[BranchPoint, ...]:
    """The branch points; printed as well, unless ``quiet``. See :func:`flask_migrate.commands.branches`."""
    return _print(commands.branches(directory, verbose), quiet)


def show(directory: Directory = None, revision: str = "head", *, quiet: bool = False) -> tuple[RevisionInfo, ...]:
    """The revisions named; printed as well, unless ``quiet``. See :func:`flask_migrate.commands.show`."""
    return _print(commands.show(directory, revision), quiet)


def current(
    directory: Directory = None,
    verbose: bool = False,
    *,
    check_heads: bool = False,
    connection: Connection | None = None,
    quiet: bool = False,
) -> tuple[TargetRevisions, ...]:
    """Where each database is; printed as well, unless ``quiet``. See :func:`flask_migrate.commands.current`."""
    targets = commands.current(directory, verbose, check_heads=check_heads, connection=connection)
    if not quiet:
        print_targets(targets, verbose)
    return targets


def print_targets(targets: tuple[TargetRevisions, ...], verbose: bool) -> None:
    """Print ``targets`` as Alembic's ``current`` does."""
    for target in targets:
        if verbose:
            print(f"Current revision(s) for {target.url}:")
        for revision in target.revisions:
            print(revision.text)


def _print(values: tuple[Value, ...], quiet: bool) -> tuple[Value, ...]:
    if not quiet:
        for value in values:
            print(value.text)
    return values
