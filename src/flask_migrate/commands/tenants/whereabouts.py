"""Where all tenants are, for commands that work on the app as a whole."""

from __future__ import annotations

import typing as t

from ..project import Directory, Project
from .fleet import run_tenants
from .template import shared_of
from .work import on

if t.TYPE_CHECKING:
    from ...execution.fleet import FleetResult


def ask_tenants(directory: Directory, app: str | None = None) -> FleetResult:
    """The revisions of every tenant of the current app; nothing is raised for one that can't be asked.

    :param app: how another machine finds the app, as for ``flask --app``.
    """
    return run_tenants("current", directory=directory, app=app)


def having(project: Project, result: FleetResult, revision: str) -> list[str]:
    """The names of the tenants that are at ``revision``; what all of them share is called so."""
    names = [name for name, value in result.values.items() if revision in value["revisions"]]
    shared = shared_of(project)
    if shared is not None:
        with on(shared):
            if revision in project.current_heads():
                names.append("shared")
    return names
