"""What the models of an app with tenants are compared with."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import re
import typing as t

from ...errors import MigrateError
from ...extension import AppState, chosen_databases, current_state
from ...targets.tenants import (
    SHARED,
    ComparedDatabases,
    SharedDatabases,
    Tenant,
    TenantDatabases,
    TenantSource,
    has_shared_tables,
)
from ..project import Project, open_project

Parameters = t.ParamSpec("Parameters")
Result = t.TypeVar("Result")
_SHARED_FUNCTION = re.compile(rf"^def (up|down)grade_{SHARED}\(", re.MULTILINE)


def against_template(function: t.Callable[Parameters, Result]) -> t.Callable[Parameters, Result]:
    """Let a command that compares the models take a tenant for the default database, in an app with tenants."""

    @functools.wraps(function)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        with _template(kwargs):
            return function(*args, **kwargs)

    return wrapper


@contextlib.contextmanager
def _template(arguments: t.Mapping[str, t.Any]) -> t.Iterator[None]:
    state = current_state()
    source = state.migrate.tenant_source
    if source is None or chosen_databases.get() is not None or arguments.get("connection") is not None:
        yield
        return
    tenant = _template_of(state, source)
    if tenant is None:
        yield
        return
    databases = TenantDatabases(state.all_databases, tenant, source.bind, is_alone=True)
    shared = SharedDatabases(state.all_databases, is_compared=True) if _shares(state, databases) else None
    token = chosen_databases.set(ComparedDatabases(state.all_databases, databases, shared))
    try:
        yield
    finally:
        chosen_databases.reset(token)
        databases.dispose()


def _template_of(state: AppState, source: TenantSource) -> Tenant | None:
    """The tenant to compare with; ``None`` when the default database is the one that is migrated along."""
    try:
        wanted = (tenant for tenant in source if source.template in (None, tenant.name))
        tenant = next(wanted, None)
    except MigrateError:  # where nothing is migrated yet, the function may find no table to ask
        return None
    if tenant is None and source.template is not None:
        raise MigrateError(
            f"@migrate.tenants yields no tenant {source.template!r}, which is to be the template.",
            "Create it, or name another one: @migrate.tenants(template=…)",
        )
    if tenant is None or source.bind or source.template is not None:
        return tenant
    return tenant if TenantDatabases(state.all_databases, tenant).schema else _unless_default(state, tenant)


def _unless_default(state: AppState, tenant: Tenant) -> Tenant | None:
    """``tenant``, unless the default database is where the history ends: then it is the one to compare with."""
    project = open_project()
    heads = set(project.script.get_heads())
    at_default: set[str] = set()
    with contextlib.suppress(MigrateError):
        at_default = set(project.current_by_bind().get("", ()))
    return None if at_default == heads else tenant


def _shares(state: AppState, databases: TenantDatabases) -> bool:
    is_free = SHARED not in state.all_databases.engines_by_name()
    return bool(databases.schema) and is_free and not databases.bind and has_shared_tables(state.all_databases)


def shared_of(project: Project) -> SharedDatabases | None:
    """What the tenants of the app share in its default database, where scripts have functions for it."""
    app = project.state.all_databases
    source = project.state.migrate.tenant_source
    if source is None or source.bind or SHARED in app.engines_by_name():
        return None
    return SharedDatabases(app) if any(_is_for_shared(str(script.path)) for script in scripts(project)) else None


def scripts(project: Project) -> t.Iterator[t.Any]:
    """All scripts of the history."""
    return t.cast("t.Iterator[t.Any]", project.script.walk_revisions())


def _is_for_shared(path: str) -> bool:
    try:
        return _SHARED_FUNCTION.search(pathlib.Path(path).read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False
