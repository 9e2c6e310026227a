"""What "no changes" means, and what a first script does not make, where that is not what a beginner takes it for."""

from __future__ import annotations

import typing as t

from ..autogenerate.guards import left_out
from .comparing import app_folders

if t.TYPE_CHECKING:
    from ..autogenerate.guards import Comparison
    from ..autogenerate.request import Request
    from .project import Project

BY_HAND = "it was not made by migrations (db.create_all()?)"


def why_empty(project: Project, comparison: Comparison) -> str:
    """Why nothing differs, when it is not that nothing has changed: an old database, or models that nobody imports."""
    if _is_unmigrated(project, comparison):
        return (
            f"The database has all tables of the models already, and there is no revision: {BY_HAND}. "
            "Write the first revision and stamp the database: flask db adopt"
        )
    return left_out(app_folders())


def warn_of_tables(project: Project, comparison: Comparison, request: Request) -> None:
    """Say that a first script does not make the tables which are there already."""
    if _is_unmigrated(project, comparison):
        there = "1 table" if comparison.made_tables == 1 else f"{comparison.made_tables} tables"
        request.note(
            f"The database has {there} of the models already, and there was no revision: {BY_HAND}. This script makes "
            "only what is missing, so it does not work on an empty database. Let the first revision hold what is "
            "there: flask db undo, then flask db adopt"
        )


def _is_unmigrated(project: Project, comparison: Comparison) -> bool:
    return not project.script.get_heads() and bool(comparison.made_tables)
