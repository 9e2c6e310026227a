"""The same env.py under the plain ``alembic`` command, so that a project may go back to it any day."""

from __future__ import annotations

import os
import typing as t

from alembic import context

from ..targets import DEFAULT, Target, connect
from .names import without_log

if t.TYPE_CHECKING:
    from sqlalchemy import Connection


def run_plain(options: dict[str, t.Any]) -> None:
    """Run the migrations of the default bind, for the app that ``FLASK_APP`` or the working directory names.

    :param options: arguments for ``context.configure()``.
    """
    from flask import has_app_context
    from flask.cli import ScriptInfo

    if has_app_context():
        _run(options)
    else:
        with ScriptInfo(os.environ.get("FLASK_APP")).load_app().app_context():
            _run(options)


def _run(options: dict[str, t.Any]) -> None:
    from ..extension import current_state

    state = current_state()
    target = next(target for target in state.databases.targets() if target.name == DEFAULT)
    settings = {**state.settings.environment_options(), "target_metadata": target.metadata, **options}
    settings["include_name"] = without_log(settings.get("include_name"), state.settings.log_table, target)
    if context.is_offline_mode():
        context.configure(url=target.engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **settings)
        with context.begin_transaction():
            context.run_migrations()
    else:
        connect(target, lambda connection: _run_online(target, connection, settings))


def _run_online(target: Target, connection: Connection, settings: dict[str, t.Any]) -> None:
    context.configure(connection=connection, **settings)
    with context.begin_transaction():
        context.run_migrations()
