"""Running a history on scratch databases, through the project's env.py and away from the app's own databases."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import threading
import typing as t

import sqlalchemy as sa

from .. import alembic_compat
from ..errors import USAGE, HistoryError, MigrateError, TargetError
from ..execution import ExecutionOptions
from ..extension import AppState
from ..shadow import OutOfReach, Shadow, shadow
from ..targets import DEFAULT, Databases, Target, failures
from .context import bind_of
from .enter import enter

if t.TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from alembic.script import ScriptDirectory

#: The key of the environment and of ``app.config`` that names an empty database to use.
SHADOW_URL = "MIGRATE_SHADOW_URL"


class Scratch(Databases):
    """Scratch databases in the place of an app's own ones.

    :param state: of the app.
    :param shadows: one for each target, by bind.
    """

    def __init__(self, state: AppState, shadows: t.Mapping[str, Shadow]) -> None:
        real = state.databases
        self.shadows = shadows
        self._targets = real.targets()
        self.real = {target.name: target.engine for target in self._targets}
        engines = {name: found.engine for name, found in shadows.items()}
        super().__init__(real.db, metadata=real.metadata_by_name(), engine=engines)

    def targets(self) -> tuple[Target, ...]:
        """The targets of the app, each on its scratch database."""
        found = (target for target in self._targets if target.name in self.shadows)
        return tuple(dataclasses.replace(target, engine=self.shadows[target.name].engine) for target in found)

    def instead_of(self, engine: sa.Engine) -> sa.Engine:
        """The scratch database to work on when env.py has connected with ``engine``.

        :raises OutOfReach: when ``engine`` is of a database that the app does not declare.
        """
        if any(_place(engine) == _place(found.engine) for found in self.shadows.values()):
            return engine
        for name, real in self.real.items():
            if _place(real) == _place(engine) and name in self.shadows:
                return self.shadows[name].engine
        raise OutOfReach(
            "env.py connects to a database of its own, so the history can't be tried on a scratch database.",
            "Let it call flask_migrate.environment.run(): flask db env --upgrade",
        )


def _place(engine: sa.Engine) -> tuple[t.Any, ...]:
    """Which database an engine is for, however it connects."""
    url = engine.url
    return (url.get_backend_name(), url.host, url.port, url.database, url.query.get("options"))


@contextlib.contextmanager
def scratch(state: AppState, names: t.Collection[str] | None = None) -> t.Iterator[Scratch]:
    """An empty scratch database for each target of the app (for those of ``names``), within this block.

    :raises MigrateError: when one can't be made.
    """
    with contextlib.ExitStack() as stack:
        shadows = {}
        made: dict[t.Hashable, Shadow] = {}
        targets = [target for target in state.databases.targets() if names is None or target.name in names]
        for target in targets:
            place = target.name if target.tenant or target.only else _place(target.engine)
            if place not in made:  # binds that share a database share the scratch database
                given = _given_url(state, target.name, len(targets))
                with _explained(target.engine.url if given is None else given):
                    made[place] = stack.enter_context(shadow(target.engine, given))
            shadows[target.name] = made[place]
        yield Scratch(state, shadows)


def replay(
    state: AppState,
    config: Config,
    script: ScriptDirectory,
    databases: Scratch,
    destinations: t.Mapping[str, t.Any] | None = None,
    *,
    through: Databases | None = None,
) -> None:
    """Run the history on empty scratch databases; the app's own are not touched.

    :param destinations: by bind, the revisions to go to; without it, to all heads.
    :param through: the scratch databases in another form: as those of a tenant.
    :raises HistoryError: when it does not run, with the revision and the reason.
    """

    def work(rev: t.Any, context: MigrationContext) -> list[MigrationStep]:
        wanted = "heads" if destinations is None else destinations.get(bind_of(context), ())
        return alembic_compat.upgrade_steps(script, wanted, rev) if wanted else []

    try:
        run_on_scratch(state, config, script, databases, work, through=through)
    except MigrateError as error:
        borrowed = [found.borrow() for found in databases.shadows.values()]
        if not any(borrowed):
            raise _unreplayable(error) from error
    else:
        return
    try:  # once more, with what the real databases have and no revision makes
        run_on_scratch(state, config, script, databases, work, through=through)
    except MigrateError as error:
        raise _unreplayable(error) from error


def run_on_scratch(
    state: AppState,
    config: Config,
    script: ScriptDirectory,
    databases: Scratch,
    work: t.Any,
    *,
    through: Databases | None = None,
    **options: t.Any,
) -> None:
    """Run the steps that ``work`` gives on scratch databases; the app's own are not touched.

    :param through: the scratch databases in another form: as those of a tenant.
    :param options: for :func:`enter`.
    """
    execution = ExecutionOptions(lock=False, log_table=None, lock_timeout=None, retry_for=0)
    substitute = databases.instead_of if through is None else None
    options = {"substitute": substitute, "execution": execution, **options}
    with _away_from(databases), _quiet():
        enter(state, config, script, work, databases=through or databases, **options)


def _unreplayable(error: MigrateError) -> HistoryError:
    return HistoryError(f"The history can't be replayed on an empty scratch database. {error.message}", error.hint)


@contextlib.contextmanager
def _explained(url: str | sa.URL) -> t.Iterator[None]:
    """Say why a scratch database can't be made when its server can't be reached."""
    try:
        yield
    except Exception as error:
        known = failures.explain(error, url)
        if known is None or isinstance(error, MigrateError):
            raise
        raise TargetError(
            f"No scratch database can be made. {known.message}",
            f"{known.hint}\nOr name an empty database to use, also by the environment variable {SHADOW_URL}.",
        ) from error


def _given_url(state: AppState, name: str, count: int) -> t.Any:
    """The database that the app's configuration or the environment names for the target ``name``."""
    given = state.settings.shadow_url or os.environ.get(SHADOW_URL)
    if isinstance(given, t.Mapping):
        return given.get(name) or (given.get(None) or given.get("default") if name == DEFAULT else None)
    if given and count > 1:
        raise MigrateError(
            f"{SHADOW_URL} is one database, and the app has {count}.",
            f'Give one for each bind: {SHADOW_URL} = {{None: "…", "{name or "bind"}": "…"}}',
            exit_code=USAGE,
        )
    return given or None


@contextlib.contextmanager
def _quiet() -> t.Iterator[None]:
    """Keep Alembic from saying "Running upgrade": no database of the app is upgraded."""
    logger = logging.getLogger("alembic.runtime.migration")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _away_from(databases: Scratch) -> t.Iterator[None]:
    """Let scripts that use the engines of the app itself use the scratch ones, or refuse them.

    The engines are exchanged where nobody else can be using them: in a process with one thread.
    """
    engines = getattr(databases.db, "engines", None)
    with contextlib.ExitStack() as stack:
        if isinstance(engines, dict) and threading.active_count() == 1:
            stack.callback(engines.update, dict(engines))
            for key in engines:
                name = DEFAULT if key in (None, "default") and DEFAULT in databases.shadows else key
                if name in databases.shadows:
                    engines[key] = databases.shadows[name].engine
        thread = threading.get_ident()

        def refuse(connection: sa.Connection) -> None:
            if threading.get_ident() == thread:
                raise OutOfReach(
                    "A script of the history uses the app's own engine, which would reach the real database.",
                    "Let it use op.get_bind() instead.",
                )

        for name, engine in databases.real.items():
            if name in databases.shadows and not engine.dialect.is_async:
                sa.event.listen(engine, "engine_connect", refuse)
                stack.callback(sa.event.remove, engine, "engine_connect", refuse)
        yield
