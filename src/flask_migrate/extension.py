"""The extension object, and what it keeps for each app."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import fnmatch
import functools
import os
import typing as t

from flask import current_app, has_app_context

from .errors import MigrateError
from .settings import Settings

if t.TYPE_CHECKING:
    from alembic.config import Config
    from flask import Flask
    from sqlalchemy import MetaData

    from .targets import Databases
    from .targets.tenants import TenantSource

#: A callback of ``@migrate.configure``.
ConfigureCallback = t.Callable[["Config"], "Config"]

#: The function of ``@migrate.tenants``.
TenantFunction = t.TypeVar("TenantFunction", bound=t.Callable[[], t.Iterable[t.Any]])

#: The ``context.configure()`` arguments of the env.py that runs now in this thread, which it may edit.
running_options: contextvars.ContextVar[dict[str, t.Any] | None] = contextvars.ContextVar(
    "flask_migrate_running_options", default=None
)

#: What that env.py gets as ``db``.
running_databases: contextvars.ContextVar[Databases | None] = contextvars.ContextVar(
    "flask_migrate_running_databases", default=None
)

#: The databases that commands work on in this thread, where they are not all of the app: binds, or a tenant.
chosen_databases: contextvars.ContextVar[Databases | None] = contextvars.ContextVar(
    "flask_migrate_chosen_databases", default=None
)

#: The ``-x`` arguments of the command line, for every command that runs now in this thread.
running_x_arguments: contextvars.ContextVar[tuple[str, ...] | None] = contextvars.ContextVar(
    "flask_migrate_running_x_arguments", default=None
)


@dataclasses.dataclass(frozen=True)
class Package:
    """A part of the app with a branch of its own.

    :param directory: the folder of its revision files, absolute.
    :param tables: patterns of its tables.
    """

    directory: str
    tables: tuple[str, ...]


@dataclasses.dataclass
class AppState:
    """What ``app.extensions["migrate"]`` holds: one app's databases and settings.

    The attributes ``migrate``, ``db``, ``directory``, ``configure_args`` and ``metadata`` are read by the env.py
    files of all earlier releases.

    .. versionadded:: 5.0
    """

    migrate: Migrate
    given_db: t.Any
    settings: Settings

    @property
    def databases(self) -> Databases:
        """The databases that commands work on: those of the app, unless some of them were chosen."""
        return chosen_databases.get() or self.all_databases

    @functools.cached_property
    def all_databases(self) -> Databases:
        """The databases of the app: found at the first command, for the start of every app would pay for it."""
        from .targets import Databases, choose_binds

        databases = Databases(self.given_db, self.settings.metadata, self.settings.engine)
        skipped = [name for name, counts in self.settings.binds.items() if not counts]
        return choose_binds(databases, skip=skipped) if skipped else databases

    @property
    def db(self) -> t.Any:
        """The database extension of the app.

        While an env.py runs (and where the app has none) it is an object that answers every question that an
        env.py of an earlier release asks.
        """
        running = running_databases.get()
        if running is not None:
            return running
        return self.databases if self.given_db is None else self.given_db

    @property
    def directory(self) -> str:
        """The migrations folder."""
        return self.settings.directory

    @property
    def configure_args(self) -> dict[str, t.Any]:
        """The arguments for Alembic's ``context.configure()``: edits last as long as the env.py that makes them."""
        running = running_options.get()
        return self.settings.environment_options() if running is None else running

    @property
    def metadata(self) -> MetaData:
        """The MetaData of the default bind."""
        return self.databases.metadata


class Migrate:
    """Adds schema migrations to a Flask application.

    :param app: the application; leave it out and call :meth:`init_app` later, once or for several applications.
    :param db: the Flask-SQLAlchemy or Flask-SQLAlchemy-Lite extension.
    :param directory: the migrations folder, relative to the working directory.
    :param command: the name of the command group, ``flask db`` by default.
    :param compare_type: whether autogenerate compares column types.
    :param render_as_batch: whether generated scripts use batch operations, which SQLite needs.
    :param metadata: a ``MetaData``, a declarative base, or a dict of them by bind: needed with
        Flask-SQLAlchemy-Lite and plain SQLAlchemy.
    :param engine: an ``Engine``, ``AsyncEngine``, URL, a callable that returns one of them, or a dict of these by
        bind: needed without ``db``. ``url`` is another name for it.
    :param kwargs: ``log_table``, ``lock``, ``wait``, ``lock_timeout``, ``statement_timeout`` and ``protect`` say how
        revisions are run, ``verify`` whether new ones are tried (see :class:`~flask_migrate.settings.Settings`);
        anything else is an argument of Alembic's ``context.configure()``.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: t.Any = None,
        directory: str | os.PathLike[str] = "migrations",
        command: str = "db",
        compare_type: t.Any = True,
        render_as_batch: bool = True,
        *,
        metadata: t.Any = None,
        engine: t.Any = None,
        url: t.Any = None,
        **kwargs: t.Any,
    ) -> None:
        self.db = db
        self.configure_callbacks: list[ConfigureCallback] = []
        self.tenant_source: TenantSource | None = None
        self.packages: dict[str, Package] = {}
        self.settings = Settings().with_arguments(
            directory=directory,
            command=command,
            compare_type=compare_type,
            render_as_batch=render_as_batch,
            metadata=metadata,
            engine=engine if engine is not None else url,
            **kwargs,
        )
        if app is not None:
            self.init_app(app, db)

    @property
    def directory(self) -> str:
        """The migrations folder."""
        return self.settings.directory

    @property
    def command(self) -> str:
        """The name of the command group."""
        return self.settings.command

    def init_app(
        self,
        app: Flask,
        db: t.Any = None,
        directory: str | os.PathLike[str] | None = None,
        command: str | None = None,
        compare_type: t.Any = None,
        render_as_batch: bool | None = None,
        *,
        metadata: t.Any = None,
        engine: t.Any = None,
        url: t.Any = None,
        **kwargs: t.Any,
    ) -> None:
        """Add migrations to ``app``; what is given here replaces what was given to the constructor.

        The parameters are those of :class:`Migrate`. ``MIGRATE_…`` keys of ``app.config`` have the last word.
        """
        from .cli import db as command_group

        settings = self.settings.with_arguments(
            directory=directory,
            command=command,
            compare_type=compare_type,
            render_as_batch=render_as_batch,
            metadata=metadata,
            engine=engine if engine is not None else url,
            **kwargs,
        ).configured_by(app.config)
        self.db = db if db is not None else self.db
        app.extensions["migrate"] = AppState(self, self.db, settings)
        app.cli.add_command(command_group, settings.command)

    def configure(self, callback: ConfigureCallback) -> ConfigureCallback:
        """Register ``callback``, which takes the Alembic config and returns it, edited or another one."""
        self.configure_callbacks.append(callback)
        return callback

    def register(
        self, name: str, directory: str | os.PathLike[str], tables: str | t.Sequence[str] | None = None
    ) -> None:
        """Give an extension or a blueprint a branch of its own in the history.

        ``flask db upgrade`` brings all branches to their heads, ``flask db upgrade <name>@head`` this one. Changes of
        its tables go into scripts of its own.

        :param name: the label of the branch.
        :param directory: the folder of its revision files, relative to the working directory.
        :param tables: names or patterns of its tables; ``"<name>"`` and ``"<name>_*"`` by default.
        :raises MigrateError: when the name can be no label.

        .. versionadded:: 5.0
        """
        if not name.isidentifier() or name in ("base", "head", "heads", "current"):
            raise MigrateError(f"{name!r} can't be the label of a branch.", "Use letters, digits and underscores.")
        given = (name, f"{name}_*") if tables is None else (tables,) if isinstance(tables, str) else tuple(tables)
        self.packages[name] = Package(os.path.abspath(os.fspath(directory)), given)

    def owner_of(self, table: str) -> str:
        """The name of the package to which a table belongs; empty for the app itself."""
        owners = (
            name
            for name, package in self.packages.items()
            if any(fnmatch.fnmatchcase(table, pattern) for pattern in package.tables)
        )
        return next(owners, "")

    @t.overload
    def tenants(self, function: TenantFunction) -> TenantFunction: ...

    @t.overload
    def tenants(
        self, function: None = None, *, bind: str = "", template: str | None = None
    ) -> t.Callable[[TenantFunction], TenantFunction]: ...

    def tenants(
        self, function: TenantFunction | None = None, *, bind: str = "", template: str | None = None
    ) -> TenantFunction | t.Callable[[TenantFunction], TenantFunction]:
        """Register the function that returns or yields the tenants; it is called when a command needs them.

        A tenant is a name (a schema of the default database; on MariaDB and MySQL a database on its server), a URL,
        a pair of name and URL, engine or callable, or a :class:`Tenant`.

        :param bind: whose models and functions (``upgrade_<bind>()``) are the tenants', if not the default bind's.
        :param template: the name of the tenant that the models are compared with, if not the first.

        .. versionadded:: 5.0
        """
        from .targets.tenants import TenantSource

        def register(found: TenantFunction) -> TenantFunction:
            self.tenant_source = TenantSource(found, bind, template)
            return found

        return register if function is None else register(function)

    def call_configure_callbacks(self, config: Config) -> Config:
        """``config`` after every registered callback had its turn, in the order of registration."""
        for callback in self.configure_callbacks:
            config = callback(config)
        return config

    def get_config(
        self,
        directory: str | os.PathLike[str] | None = None,
        x_arg: str | t.Sequence[str] | None = None,
        opts: t.Sequence[str] | None = None,
    ) -> Config:
        """The Alembic config of the current application.

        :param directory: the migrations folder, if not the one of the application.
        :param x_arg: one or several ``-x`` arguments for env.py, ``"name=value"``.
        :param opts: names of options that are set to ``True`` in ``config.cmd_opts``.
        :raises HistoryError: when the folder or its alembic.ini is missing or broken.
        """
        from .config import add_locations, load_config

        own = current_state().directory
        folder = own if directory is None else os.fspath(directory)
        x_arg = running_x_arguments.get() if x_arg is None else x_arg
        config = self.call_configure_callbacks(load_config(folder, x_arg, opts))
        if self.packages and os.path.abspath(folder) == os.path.abspath(own):
            add_locations(config, [package.directory for package in self.packages.values()])
        return config


@contextlib.contextmanager
def only_binds(*names: str, skip: t.Collection[str] = ()) -> t.Iterator[None]:
    """Within this block, commands work on some binds of the current application only.

    :param names: these; all of them without names. ``"default"`` is the default one.
    :param skip: not these.
    :raises TargetError: when there is no such bind.

    .. versionadded:: 5.0
    """
    from .targets import choose_binds

    token = chosen_databases.set(choose_binds(current_state().databases, names, skip))
    try:
        yield
    finally:
        chosen_databases.reset(token)


def current_state() -> AppState:
    """What the current application keeps about its migrations.

    :raises MigrateError: without an application context, or when the application has no ``Migrate``.
    """
    if not has_app_context():
        raise MigrateError("There is no current application.", "Call this function inside `with app.app_context():`.")
    state = current_app.extensions.get("migrate")
    if isinstance(state, AppState):
        return state
    raise MigrateError(
        f"The application {current_app.import_name!r} has no Migrate.",
        "Add `migrate = Migrate(app, db)` after `db = SQLAlchemy(app)`, or `migrate.init_app(app, db)` to the factory.",
    )
