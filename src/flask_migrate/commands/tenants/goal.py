"""Which tenants have to be worked on, found for many at once."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import typing as t

from alembic.util import CommandError

from ... import alembic_compat
from ...errors import USAGE, MigrateError
from ...targets.tenants import Tenant, read_versions
from ..project import Directory, Project, explained, open_project
from .work import source_of

#: Alembic's name for the version table.
VERSION_TABLE = "alembic_version"
_RELATIVE = re.compile(r"[+-]\d+$")

Versions = tuple[str, ...]
PLANS: t.Mapping[str, t.Callable[..., list[t.Any]]] = {
    "upgrade": alembic_compat.upgrade_steps,
    "downgrade": alembic_compat.downgrade_steps,
}


class Goal:
    """Where tenants shall be.

    :param project: the app's migrations folder.
    :param command: ``upgrade``, ``downgrade`` or ``stamp``.
    :param revision: as on the command line.
    :raises MigrateError: when there is no such revision.
    """

    def __init__(self, project: Project, command: str, revision: str) -> None:
        self.project = project
        self.command = command
        self.revision = revision
        self.is_relative = bool(_RELATIVE.search(revision))
        if ":" in revision:
            raise MigrateError(f"Range revision not allowed: {revision!r}.", "A range is for --sql.", exit_code=USAGE)
        if not self.is_relative:
            self._steps(tuple(project.script.get_heads()) if command == "downgrade" else ())
        self._is_reached = functools.cache(self._has_no_steps)

    def is_reached(self, versions: Versions) -> bool:
        """Whether a tenant at ``versions`` is where it shall be; never for a number of steps."""
        return not self.is_relative and self._is_reached(tuple(sorted(versions)))

    def _has_no_steps(self, versions: Versions) -> bool:
        try:
            return not self._steps(versions)
        except MigrateError:
            return False  # the worker will say what is wrong with this tenant

    def _steps(self, versions: Versions) -> list[t.Any]:
        script = self.project.script
        try:
            if self.command == "stamp":
                return alembic_compat.stamp_steps(script, (self.revision,), versions)
            return PLANS[self.command](script, self.revision, versions)
        except CommandError as error:
            raise explained(self.project, error) from error


def without_revision(names: list[str], directory: Directory = None) -> tuple[list[str], str | None]:
    """``names`` without the last one, and that one, when it is a revision and no tenant: ``acme globex 4f1c``."""
    if len(names) < 2:
        return names, None
    project = open_project(directory)
    *others, last = names
    try:
        project.script.get_revisions(last)
    except CommandError:
        return names, None
    if any(tenant.name == last for tenant in source_of(project.state)):
        return names, None
    return others, last


def versions_of(project: Project, tenants: t.Sequence[Tenant]) -> dict[str, Versions]:
    """The revisions of those tenants that can be asked quickly."""
    if not may_read_quickly(project):
        return {}
    options = project.state.settings.configure_args
    table = options.get("version_table") or VERSION_TABLE
    return read_versions(project.state.all_databases, tenants, table, options.get("version_table_schema"))


def may_read_quickly(project: Project) -> bool:
    """Whether the version table is where the settings say: an env.py may put it elsewhere."""
    env = pathlib.Path(os.fspath(project.script.dir), "env.py")
    try:
        return "version_table" not in env.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
