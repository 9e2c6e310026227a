"""Keyword arguments and the app's configuration, as one frozen value."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from .autogenerate import switches
from .errors import MigrateError

if t.TYPE_CHECKING:
    from .execution import ExecutionOptions

#: Keys of ``app.config`` and the setting that each one gives.
CONFIG_KEYS = {
    "MIGRATE_DIRECTORY": "directory",
    "MIGRATE_COMMAND": "command",
    "MIGRATE_COMPARE_TYPE": "compare_type",
    "MIGRATE_RENDER_AS_BATCH": "render_as_batch",
    "MIGRATE_CONFIGURE": "configure_args",
    "MIGRATE_LOG_TABLE": "log_table",
    "MIGRATE_LOCK": "lock",
    "MIGRATE_WAIT": "wait",
    "MIGRATE_LOCK_TIMEOUT": "lock_timeout",
    "MIGRATE_STATEMENT_TIMEOUT": "statement_timeout",
    "MIGRATE_AUTOGENERATE": "autogenerate",
    "MIGRATE_OWN_ALL_TABLES": "own_all_tables",
    "MIGRATE_EXCLUDE_TABLES": "exclude_tables",
    "MIGRATE_SCHEMAS": "schemas",
    "MIGRATE_VERIFY": "verify",
    "MIGRATE_PROTECT": "protect",
    "MIGRATE_STORE_SCHEMA": "store_schema",
    "MIGRATE_SHADOW_URL": "shadow_url",
    "MIGRATE_BINDS": "binds",
    "MIGRATE_JOBS": "jobs",
    "MIGRATE_EXECUTOR": "executor",
}
#: The environment variable that protects an app whatever its settings say.
PROTECT_VARIABLE = "FLASK_MIGRATE_PROTECT"
#: The environment variable that says instead of the settings whether new scripts are tried.
VERIFY_VARIABLE = "FLASK_MIGRATE_VERIFY"
#: What "no" is written like in environment variables, and in settings that come from them.
_NO = frozenset({"", "0", "false", "no", "off"})
#: What ``None`` stands for, where a caller may give it to turn something off.
OFF: dict[str, t.Any] = {"log_table": "", "lock_timeout": 0.0, "statement_timeout": 0.0}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What ``Migrate()`` and the app's configuration say.

    :param directory: the migrations folder, relative to the working directory.
    :param command: the name of the command group.
    :param compare_type: whether autogenerate compares column types, or a callable that does.
    :param render_as_batch: whether generated scripts use batch operations (SQLite needs them).
    :param configure_args: further arguments of Alembic's ``context.configure()``.
    :param metadata: what the models describe, where ``db`` can't say it.
    :param engine: the databases, where ``db`` can't say them.
    :param log_table: the name of the log table; empty for no log.
    :param lock: keep other migrations of the same database out.
    :param wait: for how many seconds to wait for another migration of the same database.
    :param lock_timeout: for how many seconds a statement waits for a busy table before it makes way; 0 for the
        engine's own time.
    :param statement_timeout: how many seconds a statement may take; 0 for any time.
    :param autogenerate: parts of autogenerate and whether each is on; those that are not named are.
    :param own_all_tables: drop tables that no model names though no revision made them; ``None`` for "as long as there
        is no revision".
    :param exclude_tables: patterns of tables that are not compared.
    :param schemas: the schemas that are compared; ``None`` for those of the models and of the history.
    :param verify: try a script that autogenerate has written on a scratch database, where that takes a few seconds at
        most.
    :param protect: downgrades that drop or empty anything have to be allowed, each time.
    :param store_schema: keep the schema that a run leaves in the log, for :func:`flask_migrate.drift`.
    :param shadow_url: an empty database to try histories on, instead of one that is made for the moment; a dict by
        bind where there are several.
    :param binds: binds, and whether each counts; those that are not named do.
    :param jobs: how many tenants are worked on at once; 0 for as many as there are processors.
    :param executor: where: ``"dask://HOST:PORT"`` or a callable that returns a ``concurrent.futures.Executor``;
        processes of this machine by default.

    .. versionadded:: 5.0
    """

    directory: str = "migrations"
    command: str = "db"
    compare_type: t.Any = True
    render_as_batch: bool = True
    configure_args: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    metadata: t.Any = None
    engine: t.Any = None
    log_table: str | None = "flask_migrate_log"
    lock: bool = True
    wait: float = 600.0
    lock_timeout: float | None = 1.0
    statement_timeout: float | None = None
    autogenerate: t.Mapping[str, bool] = dataclasses.field(default_factory=dict)
    own_all_tables: bool | None = None
    exclude_tables: t.Sequence[str] = ()
    schemas: t.Sequence[str] | None = None
    verify: bool | str = True
    protect: bool | str = False
    store_schema: bool = True
    shadow_url: t.Any = None

    @property
    def is_protected(self) -> bool:
        """Whether destructive downgrades have to be allowed: a setting says so, or the environment."""
        given = (self.protect, os.environ.get(PROTECT_VARIABLE, ""))
        return any(value is True or str(value).strip().lower() not in {*_NO, "none"} for value in given if value)

    @property
    def is_verified(self) -> bool:
        """Whether new scripts are tried: the environment says so, else a setting."""
        given = os.environ.get(VERIFY_VARIABLE, "").strip() or self.verify
        return str(given).strip().lower() not in _NO

    binds: t.Mapping[str, bool] = dataclasses.field(default_factory=dict)
    jobs: int = 0
    executor: t.Any = None

    def with_arguments(self, **arguments: t.Any) -> Settings:
        """A copy for the keyword arguments of ``Migrate``: what is no setting is for ``context.configure()``.

        ``None`` turns a setting off where that has a meaning (``log_table=None``).
        """
        names = {field.name for field in dataclasses.fields(self)} - {"configure_args"}
        settings = {name: value for name, value in arguments.items() if name in names}
        settings.update({name: off for name, off in OFF.items() if name in settings and settings[name] is None})
        options = {name: value for name, value in arguments.items() if name not in names}
        return self.updated(**settings, configure_args=options)

    def updated(self, **changes: t.Any) -> Settings:
        """A copy with every change that is not ``None``; ``configure_args`` and ``autogenerate`` are merged."""
        given = {name: value for name, value in changes.items() if value is not None}
        if "directory" in given:
            given["directory"] = os.fspath(given["directory"])
        if "configure_args" in given:
            given["configure_args"] = {**self.configure_args, **given["configure_args"]}
        if "binds" in given:
            given["binds"] = _checked_binds(given["binds"])
        if "autogenerate" in given:
            given["autogenerate"] = {**self.autogenerate, **switches.checked(given["autogenerate"])}
        return dataclasses.replace(self, **given)

    def configured_by(self, config: t.Mapping[str, t.Any]) -> Settings:
        """A copy in which the ``MIGRATE_…`` keys of ``config``, an app's configuration, have the last word.

        :raises MigrateError: for a ``MIGRATE_`` key of ours whose value has the wrong type.
        """
        given = {name: config[key] for key, name in CONFIG_KEYS.items() if config.get(key) is not None}
        extra = given.get("configure_args", {})
        if not isinstance(extra, t.Mapping):
            raise MigrateError(
                f"MIGRATE_CONFIGURE is a {type(extra).__name__}, not a dict.",
                'Write for example MIGRATE_CONFIGURE = {"compare_server_default": True}.',
            )
        return self.updated(**given)

    def execution_options(self, **changes: t.Any) -> ExecutionOptions:
        """How revisions are run; ``changes`` that are not ``None`` replace what the settings say."""
        from .execution import ExecutionOptions

        options = ExecutionOptions(
            lock=self.lock,
            wait=self.wait,
            lock_timeout=self.lock_timeout or None,
            statement_timeout=self.statement_timeout or None,
            log_table=self.log_table or None,
            store_schema=self.store_schema,
        )
        return dataclasses.replace(options, **{name: value for name, value in changes.items() if value is not None})

    def environment_options(self) -> dict[str, t.Any]:
        """The arguments for Alembic's ``context.configure()``, as a new dict."""
        return {
            "compare_type": self.compare_type,
            "render_as_batch": self.render_as_batch,
            **self.configure_args,
        }


def _checked_binds(given: t.Any) -> t.Mapping[str, bool]:
    """``given`` as a dict of binds.

    :raises MigrateError: when it is none.
    """
    if not isinstance(given, t.Mapping):
        raise MigrateError(
            f"The setting binds is a {type(given).__name__}, not a dict.",
            'Name what is to be left alone: Migrate(app, db, binds={"bigquery": False}).',
        )
    return dict(given)
