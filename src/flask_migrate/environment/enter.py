"""Entering the environment once for each target."""

from __future__ import annotations

import contextlib
import pathlib
import threading
import typing as t

from .. import logs
from ..errors import MigrateError
from ..execution import noticed
from ..extension import AppState, running_databases, running_options
from ..targets import Databases, MergedDatabases, Target
from .arguments import RunningArguments
from .context import MigrateEnvironment, Work
from .failures import explain
from .record import TargetRun

if t.TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

#: Alembic keeps the running environment in module globals, so a process runs one at a time.
_process_lock = threading.RLock()


def enter(
    state: AppState,
    config: Config,
    script: ScriptDirectory,
    work: Work,
    *,
    connection: Connection | None = None,
    databases: Databases | None = None,
    **options: t.Any,
) -> tuple[TargetRun, ...]:
    """Run ``work`` through the project's env.py in every target of the app.

    :param connection: the caller's own connection; the app must have one target then.
    :param databases: those to work on instead of the app's own.
    :param options: the arguments of Alembic's ``EnvironmentContext``.
    :returns: what was done, a value for each target.
    :raises MigrateError: when anything goes wrong; the cause is chained to it.
    """
    databases = state.databases if databases is None else databases
    targets = databases.targets()
    if connection is not None and len(targets) > 1:
        raise MigrateError(
            f"A connection was given, and the app has {len(targets)} databases.",
            "Leave the connection out: every database is reached through its own engine.",
        )
    publish_binds(config, targets)
    publish_urls(config, targets)
    token = default_token(script)
    runs: list[TargetRun] = []
    with (
        _process_lock,
        _quiet(state, databases, is_multidb=token == "_"),
        noticed(target.engine for target in targets) as used,
    ):
        for target in targets:
            environment = MigrateEnvironment(
                config,
                script,
                work,
                target,
                defaults=state.settings.environment_options(),
                default_token=token,
                heading=f"Database {target.name or 'default'}: {target.describe()}" if len(targets) > 1 else None,
                connection=connection,
                log_table=state.settings.log_table,
                targets=targets,
                chosen=databases.chosen_names(),
                used_connections=used,
                engines=databases.engines_by_name,
                **options,
            )
            _run_env(environment)
            runs += environment.runs
            if not environment.served:
                break  # an env.py of an earlier release has walked every target itself
    return tuple(runs)


def publish_binds(config: Config, targets: t.Sequence[Target]) -> None:
    """Let the script template know the binds: ``config.attributes["bind_identifiers"]``."""
    config.attributes["bind_identifiers"] = tuple(target.identifier for target in targets)


def publish_urls(config: Config, targets: t.Sequence[Target]) -> None:
    """Let an env.py that copies a URL from the app's configuration reach the database that the app reaches."""
    from flask import current_app

    declared = {"": current_app.config.get("SQLALCHEMY_DATABASE_URI")}
    declared |= current_app.config.get("SQLALCHEMY_BINDS") or {}
    config.attributes["engine_urls"] = {
        url: target.engine.url.render_as_string(hide_password=False)
        for target in targets
        if isinstance(url := declared.get(target.name), str)
    }


def default_token(script: ScriptDirectory) -> str:
    """What precedes ``upgrades`` for the default bind in the project's script template.

    The multi-database template of Flask-Migrate asks for ``_upgrades``, every other one for ``upgrades``.
    """
    template = pathlib.Path(script.dir, "script.py.mako")
    try:
        text = template.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return "_" if '"%s_upgrades"' in text or "'%s_upgrades'" in text else ""


def _run_env(environment: MigrateEnvironment) -> None:
    try:
        with environment:
            environment.script.run_env()
    except Exception as error:
        explained = explain(error, environment.script)
        if explained is None or explained is error:
            raise
        raise explained from error


@contextlib.contextmanager
def _quiet(state: AppState, databases: Databases, is_multidb: bool) -> t.Iterator[None]:
    """Whatever an env.py does to logging or to ``configure_args`` ends with its run."""
    if is_multidb:
        databases = MergedDatabases(databases)
    database_token = running_databases.set(databases)
    token = running_options.set(RunningArguments(state.settings.environment_options()))
    try:
        with logs.preserved():
            yield
    finally:
        running_options.reset(token)
        running_databases.reset(database_token)
