"""One command in many tenants."""

from __future__ import annotations

import itertools
import json
import os
import time
import typing as t

from alembic.util import CommandError

from ... import commands
from ...errors import USAGE, MigrateError
from ...execution.fleet import Crew, Fleet, FleetOptions, FleetResult, Outcome, TenantFailure, Unit, Watcher, make_crew
from ...extension import running_x_arguments
from ...targets.tenants import SHARED, SharedDatabases, Tenant, choose, parse_shard
from ..packages import all_heads
from ..project import Directory, Project, open_project
from .app import prepare_copy, refer_to_app
from .foreseeing import FORESEEING, foresee
from .goal import Goal, versions_of
from .template import shared_of
from .work import LOOKING, Task, on, source_of, work_on

#: How many tenants are looked at in one go.
CHUNK = 1000
#: The commands that take tenants; the running ones have a revision to go to.
RUNNING = {"upgrade": "head", "downgrade": "-1", "stamp": "head"}


def run_tenants(
    command: str,
    tenants: str | t.Sequence[str] = "all",
    *,
    directory: Directory = None,
    revision: str | None = None,
    jobs: int | None = None,
    canary: int = 0,
    keep_going: bool = False,
    resume: bool = False,
    shard: str | None = None,
    executor: t.Any = None,
    app: str | None = None,
    watcher: Watcher | None = None,
    **arguments: t.Any,
) -> FleetResult:
    """Run a command in many tenants, several at a time.

    :param command: ``upgrade``, ``downgrade``, ``stamp``, ``current``, ``status``, ``check``,
        ``drift`` or ``log``; ``plan_upgrade``, ``plan_downgrade``, ``sql_upgrade``, ``sql_downgrade`` or
        ``sql_stamp``.
    :param tenants: names, ``"all"``, or ``"@FILE"`` for a file with a name on each line.
    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param revision: where to go, for the first three.
    :param jobs: how many tenants at once; as many as there are processors by default.
    :param canary: the first so many alone, and nothing else when one of them fails.
    :param keep_going: go on when a tenant fails.
    :param resume: refuse what can't be resumed: a number of steps. Tenants that are where they shall be are left
        alone in any case.
    :param shard: ``"I/N"``: the I-th of N parts of the tenants.
    :param executor: ``"dask://HOST:PORT"``, an ``Executor`` or a callable that returns one, instead of that of
        ``Migrate`` or of processes of this machine.
    :param app: how another machine finds the app, as for ``flask --app``.
    :param watcher: told what happens.
    :param arguments: further arguments of the command's function.
    :returns: which tenants were worked on, which failed and why; nothing is raised for a tenant that fails.
    :raises MigrateError: when nothing could be begun: no such tenant, no such revision.

    .. versionadded:: 5.0
    """
    if command not in (*RUNNING, *LOOKING):
        raise MigrateError(
            f"The command {command!r} has no tenants.",
            f"These have: {', '.join((*RUNNING, *LOOKING))}.",
            exit_code=USAGE,
        )
    project = open_project(directory)
    source = source_of(project.state)
    goal = None
    changing = FORESEEING.get(command, command)
    if changing in RUNNING:
        wanted = revision or RUNNING[changing]
        arguments["revision"] = wanted if changing == "downgrade" else all_heads(project, wanted)
        goal = _goal(project, command, arguments["revision"], resume)
    if shard is not None:
        parse_shard(shard)
    arguments["directory"] = os.fspath(directory) if directory is not None else None
    task = Task(refer_to_app(app), command, arguments, running_x_arguments.get())
    run = _Run(project, goal, task, watcher or Watcher())
    crew = _crew(project, executor, jobs)
    run.is_local = crew.is_local
    options = FleetOptions(crew.size, canary, keep_going or command in LOOKING)
    fleet = Fleet(work_on, crew, options, run.note)
    started = time.perf_counter()
    shared = shared_of(project) if changing in RUNNING else None
    run.begin(shared)
    units = run.units(choose(source, tenants, shard))
    taken_back = fleet.run(units)
    result = run.result(taken_back, time.perf_counter() - started)
    if shared is not None and command == "downgrade" and result.is_complete and tenants in ("all", ["all"]):
        _run_shared(shared, task)
    return result


def _goal(project: Project, command: str, revision: str, resume: bool) -> Goal | None:
    if command.startswith("sql_") and ":" in revision:
        return None  # the caller says from where
    goal = Goal(project, FORESEEING.get(command, command), revision)
    if command.startswith("sql_") and goal.is_relative:
        raise MigrateError(f"{revision} is no revision that SQL can go to.", "Name the revision.", exit_code=USAGE)
    if resume and goal.is_relative:
        raise MigrateError(
            f"--resume can't tell which tenants have gone {revision} already.",
            "Name the revision to go to.",
            exit_code=USAGE,
        )
    return goal


def _crew(project: Project, executor: t.Any, jobs: int | None) -> Crew:
    settings = project.state.settings
    wanted = executor if executor is not None else settings.executor
    return make_crew(wanted, jobs or settings.jobs or os.cpu_count() or 1, prepare_copy)


def _run_shared(databases: SharedDatabases, task: Task) -> None:
    """Do in what the tenants share what is done in each of them."""
    with on(databases):
        getattr(commands, task.command)(**task.arguments)


class _Run:
    """What is known of one fleet while it is at work: names, and the errors of those that failed."""

    def __init__(self, project: Project, goal: Goal | None, task: Task, watcher: Watcher) -> None:
        self.project = project
        self.goal = goal
        self.task = task
        self.watcher = watcher
        self.is_local = True
        self.done: list[str] = []
        self.unchanged: list[str] = []
        self.failed: list[TenantFailure] = []
        self.values: dict[str, t.Any] = {}
        self._seen: dict[str, t.Any] = {}
        self._order: list[str] = []
        self._on_disk: dict[str, bool] = {}
        self._ahead: t.Iterator[Tenant] = iter(())
        self._found = 0

    def units(self, tenants: t.Iterator[Tenant]) -> t.Iterator[Unit]:
        """The work that there is; tenants that are where they shall be are found many at once."""
        self._ahead = tenants
        while chunk := list(itertools.islice(tenants, CHUNK)):
            self._found += len(chunk)
            self.watcher.found(self._found, is_all=len(chunk) < CHUNK)
            versions = versions_of(self.project, chunk) if self.goal or self.task.command == "current" else {}
            if self.task.command in LOOKING:
                self._order += [tenant.name for tenant in chunk]
            if self.goal is None:
                self._note_current(versions)
            reached = {name for name, found in versions.items() if self.goal and self.goal.is_reached(found)}
            self.unchanged += [tenant.name for tenant in chunk if tenant.name in reached]
            reached |= self.values.keys() & versions.keys()
            self.watcher.unchanged(len(reached))
            rest = iter([tenant for tenant in chunk if tenant.name not in reached])
            self._ahead = itertools.chain(rest, tenants)
            for tenant in rest:
                yield self._unit(tenant, tenant.name in versions)

    def note(self, outcome: Outcome) -> None:
        """Keep what became of a tenant."""
        if outcome.value is not None:
            key = json.dumps(outcome.value, sort_keys=True, default=str)
            self.values[outcome.name] = self._seen.setdefault(key, outcome.value)  # most are the same
        if outcome.error is not None:
            self.failed.append(TenantFailure(outcome.name, outcome.error, outcome.exit_code))
        else:
            self.done.append(outcome.name)
        self.watcher.ended(outcome)

    def result(self, taken_back: tuple[str, ...], seconds: float) -> FleetResult:
        """Everything, at the end."""
        skipped = (*taken_back, *(tenant.name for tenant in self._ahead))
        values = {name: self.values[name] for name in self._order if name in self.values}
        return FleetResult(tuple(self.done), tuple(self.unchanged), tuple(self.failed), skipped, seconds, values)

    def begin(self, shared: SharedDatabases | None) -> None:
        """Do in what the tenants share what comes before them; or find out what would be done there."""
        if shared is None or self.task.command == "downgrade":
            return
        if self.task.command not in FORESEEING:
            _run_shared(shared, self.task)
            return
        with on(shared):
            self.values[SHARED] = foresee(self.task.command, self.task.arguments, shared)
        self._order.append(SHARED)

    def _note_current(self, versions: t.Mapping[str, tuple[str, ...]]) -> None:
        """All that ``current`` wants to know, of the tenants whose revisions are on disk."""
        heads = set(self.project.script.get_heads())
        for name, found in versions.items():
            if all(self._is_on_disk(revision) for revision in found):
                self.values[name] = {"revisions": sorted(found), "is_at_head": set(found) == heads}
                self.done.append(name)

    def _is_on_disk(self, revision: str) -> bool:
        if revision not in self._on_disk:
            try:
                self._on_disk[revision] = self.project.script.get_revision(revision) is not None
            except CommandError:
                self._on_disk[revision] = False
        return self._on_disk[revision]

    def _unit(self, tenant: Tenant, is_known: bool) -> Unit:
        place, url = None, tenant.url
        if tenant.is_by_name:
            place = tenant.place
        elif url is not None and self.is_local:  # a URL with its password does not leave this machine
            place = url.render_as_string(hide_password=False)
        return Unit(tenant.name, place, url is not None, is_known, self.task)
