"""doctor."""

from __future__ import annotations

import contextlib
import os
import typing as t

import click
from flask import has_app_context
from flask.cli import ScriptInfo

from ..errors import FAILED, MigrateError
from .apps import load_app
from .output import print_json
from .runner import command, directory_option, in_own_words, json_option

if t.TYPE_CHECKING:
    from ..commands.doctoring import Diagnosis

#: How a state is shown.
COLORS = {"ok": "green", "note": "cyan", "warning": "yellow", "broken": "red"}


@click.command()
@directory_option
@json_option
@command(needs_app=False)
def doctor(directory: str | None, as_json: bool, bind: tuple[str, ...], skip_bind: tuple[str, ...]) -> None:
    """Say what is wrong with the app, its models, its history and its databases; nothing is changed."""
    diagnosis = _examined(directory, bind, skip_bind)
    if as_json:
        print_json(diagnosis)
    else:
        for finding in diagnosis.findings:
            state = click.style(f"{finding.state:<8}", fg=COLORS[finding.state])
            target = f"{finding.target}: " if finding.target else ""
            way = f" -> {finding.way}" if finding.way else ""
            click.echo(f"{state} {finding.check}: {target}{finding.sentence}{in_own_words(way)}")
    if not diagnosis:
        raise click.exceptions.Exit(FAILED)


def _examined(directory: str | None, only: tuple[str, ...], skip: tuple[str, ...]) -> Diagnosis:
    from .. import commands, logs
    from ..commands.doctoring import without_app

    with contextlib.ExitStack() as stack:
        if not has_app_context():
            info = click.get_current_context().ensure_object(ScriptInfo)
            try:
                app = load_app(info)
            except MigrateError as error:
                return without_app(error, named=info.app_import_path, directory=directory)
            stack.enter_context(app.app_context())
        _choose(stack, only, skip)
        ini = os.path.join(directory or "migrations", "alembic.ini")
        stack.enter_context(logs.terminal(ini if os.path.isfile(ini) else None))
        found = click.get_current_context().find_object(ScriptInfo)
        return commands.doctor(directory, app=found.app_import_path if found is not None else None)


def _choose(stack: contextlib.ExitStack, only: tuple[str, ...], skip: tuple[str, ...]) -> None:
    """Let ``--bind`` and ``--skip-bind`` choose, unless the app has no databases to choose from."""
    from ..extension import current_state, only_binds

    if only or skip:
        try:
            current_state().databases.targets()
        except Exception:  # that is a finding
            return
        stack.enter_context(only_binds(*only, skip=skip))
