"""Alembic's environment context, for a target that this package has found."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import functools
import inspect
import time
import typing as t

from alembic import util
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep

from .. import operations as operations  # Alembic's `op` has to know them before a script runs
from ..alembic_compat import publish_environment, write_versions_fast
from ..execution import Execution, ExecutionOptions, Stopped, is_unused, second_connection
from ..targets import DEFAULT, Target, connect, describe_url
from .failures import explain
from .functions import BIND_ARGUMENT, run_script
from .names import own_objects, without_log
from .record import StepRun, TargetRun
from .renamed import former_names

if t.TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext, MigrationInfo, MigrationStep
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Connection, Engine

#: What a command does in a target: takes the current revisions and the context, returns the steps to run.
Work = t.Callable[[t.Any, "MigrationContext"], t.Iterable["MigrationStep"]]

_current: contextvars.ContextVar[MigrateEnvironment | None] = contextvars.ContextVar(
    "flask_migrate_environment", default=None
)
_CONFIGURE_PARAMETERS = tuple(inspect.signature(EnvironmentContext.configure).parameters)[1:]


def run(**options: t.Any) -> None:
    """Run the migrations of the target at hand: all that an env.py has to do.

    :param options: arguments for Alembic's ``context.configure()``; they win over those given to ``Migrate``.

    .. versionadded:: 5.0
    """
    environment = _current.get()
    if environment is None:
        from .plain import run_plain

        run_plain(options)
    else:
        environment.serve(options)


def bind_of(context: MigrationContext) -> str:
    """The bind that ``context`` works on; ``""`` for the default one."""
    environment = context.environment_context
    return environment.bind if isinstance(environment, MigrateEnvironment) else DEFAULT


def script_of(context: MigrationContext, step: RevisionStep) -> t.Callable[[], None]:
    """What the script of ``step`` does in the target of ``context``, as a function to be called."""
    environment = context.environment_context
    assert isinstance(environment, MigrateEnvironment)  # every command enters one
    return environment.script_of(step, environment.arguments)


class MigrateEnvironment(EnvironmentContext):
    """The environment of one target, or of all of them when an env.py of an earlier release walks them itself.

    It sees every ``configure()`` and ``run_migrations()`` whatever env.py does, and therefore brings the settings
    of the app to all of them.

    :param work: what the command does in each target.
    :param target: the one that :func:`run` serves.
    :param defaults: arguments for ``context.configure()`` where env.py doesn't give them.
    :param heading: a comment above the SQL of this target in offline mode.
    :param default_token: the template name of the default bind's upgrade operations.
    :param connection: the caller's own connection, used instead of a new one.
    :param execution: how revisions are run; ``None`` for commands that run none.
    :param log_table: the name of the log table, which no comparison sees.
    :param targets: all targets of the command.
    :param chosen: the binds to work on; ``None`` for all.
    :param used_connections: the ids of the driver connections over which something was sent.
    :param substitute: gives the engine to work on instead of one that env.py has connected with.
    :param options: the arguments of ``EnvironmentContext``.
    """

    def __init__(
        self,
        config: Config,
        script: ScriptDirectory,
        work: Work,
        target: Target,
        *,
        defaults: dict[str, t.Any],
        default_token: str = "",
        heading: str | None = None,
        connection: Connection | None = None,
        execution: ExecutionOptions | None = None,
        log_table: str | None = None,
        targets: t.Iterable[Target] = (),
        chosen: frozenset[str] | None = None,
        used_connections: set[int] | None = None,
        substitute: t.Callable[[Engine], Engine] | None = None,
        engines: t.Callable[[], dict[str, Engine]] = dict,
        **options: t.Any,
    ) -> None:
        super().__init__(config, script, fn=self._steps, **options)
        self.execution_options = execution
        self.log_table = log_table
        self.targets = tuple(targets)
        self.chosen = chosen
        self.substitute = substitute
        self.engines = engines
        self.used_connections = set() if used_connections is None else used_connections
        self._resources = contextlib.ExitStack()
        self._execution: Execution | None = None
        self._is_external = False
        self.work = work
        self.target = target
        self.defaults = defaults
        self.default_token = default_token
        self.heading = heading
        self.connection = connection
        self.runs: list[TargetRun] = []
        self.served = False
        self.bind = target.name
        self.arguments: dict[str, t.Any] = {}
        self._step: RevisionStep | None = None
        self._database = target.describe()
        self._step_runs: list[StepRun] = []
        self._heads: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._mark = 0.0
        self._planned: tuple[tuple[str, ...], list[MigrationStep]] | None = None

    def __enter__(self) -> MigrateEnvironment:
        publish_environment(type(self))
        self._token = _current.set(self)
        super().__enter__()
        return self

    def __exit__(self, *arg: t.Any, **kw: t.Any) -> None:
        self._resources.close()
        super().__exit__(*arg, **kw)
        _current.reset(self._token)

    def serve(self, options: dict[str, t.Any]) -> None:
        """Run the work in :attr:`target`, as env.py's :func:`run` asks for it."""
        self.served = True
        if self.is_offline_mode():
            self._serve(None, {"url": self.target.engine.url, **options})
        elif self.connection is not None:
            self._serve(self.connection, options)
        else:
            connect(self.target, lambda connection: self._serve(connection, options))

    def _serve(self, connection: Connection | None, options: dict[str, t.Any]) -> None:
        prefix = self.default_token if self.target.is_default else f"{self.target.identifier}_"
        given: dict[str, t.Any] = {
            "connection": connection,
            "target_metadata": self.target.metadata,
            "upgrade_token": f"{prefix}upgrades",
            "downgrade_token": f"{prefix}downgrades",
        }
        self.configure(**{**given, **options})
        if self.is_offline_mode() and self.heading:
            self.static_output(f"-- {self.heading}")
        with self.begin_transaction():
            self.run_migrations(**{BIND_ARGUMENT: self.target.name})

    def configure(self, *args: t.Any, **options: t.Any) -> None:
        """Alembic's ``configure()``, with the settings of the app where env.py doesn't say otherwise."""
        options = {**dict(zip(_CONFIGURE_PARAMETERS, args, strict=False)), **options}
        settings = {**self.defaults, **options, **self.target.options}
        callbacks = util.to_tuple(settings.get("on_version_apply"), default=())
        settings["on_version_apply"] = (*callbacks, self._on_version_apply)
        settings["flask_migrate_engines"] = self.engines
        self.context_opts.pop("transactional_ddl", None)  # of another bind, which may have another dialect
        if self.is_offline_mode():
            settings.setdefault("literal_binds", True)
            # With the usual "%(name)s" style, percent signs in SQL would come out doubled.
            settings.setdefault("dialect_opts", {"paramstyle": "named"})
            self._tell_apart(settings, self.target)
        else:
            self._configure_online(settings)
        super().configure(**settings)

    def _configure_online(self, settings: dict[str, t.Any]) -> None:
        if self.connection is not None:
            settings["connection"] = self.connection
        connection = settings.get("connection")
        if connection is None:
            return
        if self.substitute is not None and (other := self.substitute(connection.engine)) is not connection.engine:
            connection = settings["connection"] = self._resources.enter_context(other.connect())
        elif self._is_elsewhere(connection):
            connection = settings["connection"] = self._resources.enter_context(second_connection(self.target.engine))
        if self.execution_options is not None and self._is_begun_by_env(connection):
            connection = settings["connection"] = self._resources.enter_context(second_connection(connection.engine))
        target = self._target_at(connection)
        self._database = self.target.describe() if self.target.tenant else describe_url(connection.engine.url)
        self._is_external = connection.in_transaction()
        settings["flask_migrate_filters"] = [name for name in ("include_name", "include_object") if settings.get(name)]
        settings["include_name"] = without_log(settings.get("include_name"), self.log_table, target)
        settings["include_object"] = own_objects(settings.get("include_object"), target)
        self._tell_apart(settings, target)
        if "revision_context" in self.context_opts:
            from ..autogenerate import parts, rendering, request, schemas

            wanted = self.context_opts.setdefault(request.OPTION, request.Request(is_check=True))
            metadata = util.to_list(settings.get("target_metadata"), default=[])
            if not self.target.schema:  # the schema of a tenant is all that it has
                settings.update(schemas.options(settings, wanted, metadata, connection.dialect.default_schema_name))
            settings.setdefault("compare_server_default", True)
            settings["render_item"] = rendering.hook(settings.get("render_item"))
            settings["autogenerate_plugins"] = parts.plugins(settings.get("autogenerate_plugins"), wanted)
        if self.execution_options is not None:
            self._execution = Execution(self.execution_options, self._database)
            settings.setdefault("transaction_per_migration", True)
            if connection.dialect.name == "sqlite":
                settings.setdefault("transactional_ddl", True)

    def _target_at(self, connection: Connection) -> Target:
        """The target whose database this is: an env.py of an earlier release walks all of them itself."""
        found = [target for target in self.targets if target.engine is connection.engine]
        return self.target if self.served or not found else found[0]

    def _tell_apart(self, settings: dict[str, t.Any], target: Target) -> None:
        """Say what the bind was called; give one that shares a database a version table and a log of its own."""
        settings["flask_migrate_former_names"] = former_names(self.config, target.name)
        if not target.suffix:
            return
        settings["version_table"] = target.with_suffix(settings.get("version_table") or "alembic_version")
        if self.log_table:
            settings["flask_migrate_log_table"] = name = target.with_suffix(self.log_table)
            if self.execution_options is not None and self.execution_options.log_table:
                self.execution_options = dataclasses.replace(self.execution_options, log_table=name)

    def _is_elsewhere(self, connection: Connection) -> bool:
        """Whether env.py has connected to another place than the tenant at hand, with an engine that it made itself."""
        is_own = connection is self.connection or connection.dialect is self.target.engine.dialect
        return bool(self.target.tenant) and not is_own

    def _is_begun_by_env(self, connection: Connection) -> bool:
        """Whether env.py has begun a transaction around everything, as the multi-database template does.

        Then no revision could be committed by itself, and ``autocommit_block()`` would fail; as long as nothing
        was sent in it, another connection can take its place.
        """
        is_own = connection is not self.connection
        return is_own and connection.in_transaction() and is_unused(connection, self.used_connections)

    def run_migrations(self, **kw: t.Any) -> None:
        """Alembic's ``run_migrations()``; what goes wrong in a script is told with its name and place."""
        self.bind = kw.get(BIND_ARGUMENT, self.target.name)
        if self.chosen is not None and self.bind not in self.chosen:
            return  # an env.py of an earlier release walks all binds
        self.arguments = kw
        self._step = None
        self._step_runs = []
        self._heads = ((), ())
        started = time.perf_counter()
        try:
            self._run_migrations(kw)
        except (Exception, KeyboardInterrupt) as error:
            if self._execution is not None:
                self._execution.failed(error)
                self._raise_stopped(error)
            if not isinstance(error, Exception):
                raise
            explained = explain(error, self.script, self._step, self._database, self._used_connection(), self._heads[1])
            if explained is None or explained is error:
                raise
            raise explained from error
        before, after = self._heads
        seconds = time.perf_counter() - started
        steps = tuple(self._step_runs)
        self.runs.append(TargetRun(self.bind, self._database, before, after, steps, seconds))

    def _used_connection(self) -> Connection | None:
        """The connection on which revisions run; there is none in offline mode."""
        return None if self.is_offline_mode() else self.get_context().connection

    def _raise_stopped(self, error: BaseException) -> None:
        """Raise :class:`Stopped` when ``error`` is what an interruption has led to."""
        interruption = self._execution.options.interruption if self._execution is not None else None
        if self._execution is None or interruption is None or interruption.signal is None:
            return
        place = f"{self._database} is at {', '.join(self._heads[1]) or 'no revision'}."
        if self._step is None:
            message = f"{interruption.name} ended the command; no revision was running, {place}"
        else:
            what = f"Revision {self._step.revision.revision} was interrupted by {interruption.name}"
            message = f"{what}; {self._execution.state()}. {place}"
        raise Stopped(interruption.signal, message, "Run the command again to go on.") from error

    def _run_migrations(self, arguments: dict[str, t.Any]) -> None:
        migrate = functools.partial(super().run_migrations, **arguments)
        if self._execution is None or self.is_offline_mode():
            migrate()
            return
        context = self.get_context()

        def plan() -> list[MigrationStep]:
            heads = () if context.purge else context.get_current_heads()
            self._planned = heads, list(self.work(heads, context))
            return self._planned[1]

        write_versions_fast(context, self._execution)
        self._execution.run(context, migrate, plan, self._is_external)

    def _steps(self, rev: t.Any, context: MigrationContext) -> t.Iterator[MigrationStep]:
        heads = tuple(sorted(util.to_tuple(rev, default=())))
        # A second try begins where the first one ended; what the first one did counts as well.
        self._heads = (self._heads[0] if self._step_runs else heads, heads)
        steps = self._planned_steps(rev, context)
        coming = {str(step.revision.revision) for step in steps if isinstance(step, RevisionStep)}
        self._step_runs = [run for run in self._step_runs if run.revision not in coming]  # its commit was lost
        done = len(self._step_runs)
        if self._execution is not None:
            self._execution.expect(steps)
        for number, step in enumerate(steps, done + 1):
            if self._execution is not None:
                self._execution.before_step(context, step, number, done + len(steps))
            self._mark = time.perf_counter()
            if isinstance(step, RevisionStep):
                self._step = step
                step.migration_fn = self._script_caller(step)
            yield step
            self._step = None

    def _planned_steps(self, rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        """What to run, as it was planned before the lock was taken when the database has not moved since."""
        planned, self._planned = self._planned, None
        return planned[1] if planned is not None and planned[0] == rev else list(self.work(rev, context))

    def _script_caller(self, step: RevisionStep) -> t.Callable[..., None]:
        def call(**arguments: t.Any) -> None:
            script = self.script_of(step, arguments)
            if self._execution is None or self.is_offline_mode():
                script()
            else:
                self._execution.call(self.get_context(), script)

        call.__name__ = _direction(step)  # "Running upgrade a -> b" takes its first word from here
        return call

    def script_of(self, step: RevisionStep, arguments: dict[str, t.Any]) -> t.Callable[[], None]:
        """What the script of ``step`` does here when env.py gives ``arguments`` to ``run_migrations()``."""
        module, former = step.revision.module, former_names(self.config, self.bind)
        return functools.partial(run_script, module, _direction(step), self.bind, arguments, former)

    def _on_version_apply(self, *, step: MigrationInfo, heads: set[str], **_: t.Any) -> None:
        if self._execution is not None:
            self._execution.applied(step)
        now = time.perf_counter()
        direction = "stamp" if step.is_stamp else "upgrade" if step.is_upgrade else "downgrade"
        up = t.cast("Script | None", step.up_revision)
        self._step_runs.append(
            StepRun(
                revision=str(up.revision) if up is not None else "base",
                message=(up.doc or "") if up is not None else "",
                direction=direction,
                seconds=now - self._mark,
            )
        )
        self._heads = (self._heads[0], tuple(sorted(heads)))
        self._mark = now


def _direction(step: RevisionStep) -> str:
    return "upgrade" if step.is_upgrade else "downgrade"
