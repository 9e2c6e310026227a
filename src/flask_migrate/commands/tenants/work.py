"""One tenant's work, in whatever process or on whatever machine."""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
import time
import typing as t

from ... import commands
from ...errors import DRIFT, DifferencesFound, MigrateError
from ...execution.fleet import Outcome, Unit
from ...extension import AppState, chosen_databases, current_state, running_x_arguments
from ...targets.failures import UnknownDatabase
from ...targets.tenants import SharedDatabases, Tenant, TenantDatabases, TenantSource
from .app import AppReference
from .foreseeing import FORESEEING, foresee

#: Commands that change nothing, and whose result is wanted for every tenant.
LOOKING = ("check", "current", "status", "log", "drift", *FORESEEING)


@dataclasses.dataclass(frozen=True)
class Task:
    """What is done in every tenant, as a value that can be sent to another process.

    :param app: how to load the app.
    :param command: the name of the function.
    :param arguments: its arguments.
    :param x_arguments: ``-x`` arguments for env.py.
    """

    app: AppReference
    command: str
    arguments: dict[str, t.Any]
    x_arguments: tuple[str, ...] | None = None

    def __hash__(self) -> int:
        return hash((self.app, self.command))


def work_on(unit: Unit) -> Outcome:
    """Do the work of ``unit``; what goes wrong is part of the outcome."""
    started = time.perf_counter()
    notes: list[str] = []
    task: Task = unit.task

    def outcome(error: str | None = None, value: t.Any = None, exit_code: int = 0) -> Outcome:
        return Outcome(unit.name, error, value, tuple(notes), time.perf_counter() - started, exit_code)

    try:
        with task.app.load().app_context():
            return outcome(value=_run(unit, task, notes))
    except DifferencesFound as error:
        return outcome(_text(error), {"changes": list(error.changes)}, error.exit_code)
    except MigrateError as error:
        return outcome(_text(error), exit_code=error.exit_code)
    except (Exception, SystemExit) as error:  # a script may do anything, and the other tenants go on
        return outcome(f"{type(error).__name__}: {' '.join(str(error).split())}", exit_code=1)


def _text(error: MigrateError) -> str:
    return f"{error.message}\n{error.hint}" if error.hint else error.message


def _run(unit: Unit, task: Task, notes: list[str]) -> t.Any:
    state = current_state()
    source = source_of(state)
    tenant = _tenant_of(unit, source)
    databases = TenantDatabases(state.all_databases, tenant, source.bind, is_alone=task.command == "check")
    token = running_x_arguments.set(task.x_arguments)
    try:
        with on(databases):
            if not unit.is_known:
                databases.require_place()
            if task.command in FORESEEING:
                return foresee(task.command, task.arguments, databases)
            return _call(task, notes)
    except UnknownDatabase as error:
        raise UnknownDatabase(
            error.message, f"Create the tenant: flask db create-tenant {shlex.quote(unit.name)}"
        ) from error
    finally:
        running_x_arguments.reset(token)


def _call(task: Task, notes: list[str]) -> t.Any:
    function = getattr(commands, {"log": "read_log"}.get(task.command, task.command))
    if task.command not in LOOKING:
        function(**task.arguments, notify=notes.append)
        return None
    found = function(**task.arguments)
    shape = {"current": _current, "status": _status, "log": _log, "drift": _drift}.get(task.command)
    return shape(found) if shape else None


def _current(found: t.Any) -> t.Any:
    return {
        "revisions": sorted(revision.revision for target in found for revision in target.revisions),
        "is_at_head": all(target.is_at_head for target in found),
    }


def _status(found: t.Any) -> t.Any:
    if found.error:
        raise MigrateError(found.error)
    (target,) = found.targets
    return {
        "revisions": list(target.revisions),
        "pending": [revision.revision for revision in target.pending],
        "half_done": target.half_done.revision if target.half_done else None,
        "holder": target.holder.describe() if target.holder else None,
    }


def _drift(found: t.Any) -> t.Any:
    sentences = [sentence for target in found.targets for sentence in target.sentences]
    if sentences:
        what = "1 change" if len(sentences) == 1 else f"{len(sentences)} changes"
        hint = "\n".join(f"  {sentence}" for sentence in sentences)
        raise MigrateError(f"{what} outside of the migrations.", hint, exit_code=DRIFT)


def _log(found: t.Any) -> t.Any:
    return [target.to_dict() for target in found]


@contextlib.contextmanager
def on(databases: TenantDatabases | SharedDatabases) -> t.Iterator[None]:
    """Within this block, commands work on the database of one tenant."""
    token = chosen_databases.set(databases)
    try:
        yield
    finally:
        chosen_databases.reset(token)
        if isinstance(databases, TenantDatabases):
            databases.dispose()


def source_of(state: AppState) -> TenantSource:
    """The function of ``@migrate.tenants``.

    :raises MigrateError: when there is none.
    """
    source = state.migrate.tenant_source
    if source is None:
        raise MigrateError(
            "The app has no tenants.",
            "Register the function that yields them: @migrate.tenants",
        )
    return source


#: Where the last search for a tenant ended: units come in the order of the tenants.
_places: dict[int, tuple[TenantSource, t.Iterator[Tenant]]] = {}


def _tenant_of(unit: Unit, source: TenantSource) -> Tenant:
    if unit.place is not None:
        return Tenant(unit.name, engine=unit.place) if unit.is_url else Tenant(unit.name, schema=unit.place)
    known = _places.get(id(source))
    for tenants in ([known[1]] if known else []) + [iter(source)]:
        _places[id(source)] = (source, tenants)
        for tenant in tenants:
            if tenant.name == unit.name:
                return tenant
    raise MigrateError(f"There is no tenant {unit.name!r} where its work is to be done.", "Deploy the same app there.")
