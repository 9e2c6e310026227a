"""The commands of an app that gave them another name and then can't be loaded.

``flask db`` is an entry point, so it is there whatever happens to the app. Another name is known to the app alone:
when its import fails, Flask shows the traceback, or says that there is no such command. Here Flask gets a stand-in
for such an app, which has the commands if the app's source says that they have the name that was typed.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

import click
from flask.cli import NoAppException, ScriptInfo

if t.TYPE_CHECKING:
    from flask import Flask


def stand_by() -> None:
    """Be ready for an app that can't be loaded, if Flask looks a command up now."""
    ctx = click.get_current_context(silent=True)
    if ctx is None or ctx.resilient_parsing or not isinstance(ctx.obj, ScriptInfo):
        return
    loader = vars(ctx.obj).get("load_app")
    if not (isinstance(loader, _Loader) and loader.ctx is ctx):
        vars(ctx.obj)["load_app"] = _Loader(ctx, ctx.obj)


class _Loader:
    """The ``load_app`` of one ``ScriptInfo``, which knows a way on while the command is still looked up.

    The first failure is kept: a second import of half an app would fail for another reason.
    """

    def __init__(self, ctx: click.Context, info: ScriptInfo) -> None:
        self.ctx = ctx
        self.info = info
        self.error: Exception | None = None
        self.load = functools.partial(type(info).load_app, info)

    def __call__(self) -> Flask:
        if self.error is not None:
            raise self.error
        try:
            return self.load()
        except Exception as error:
            if self.ctx.invoked_subcommand is not None:
                raise
            self.error = error
            return t.cast("Flask", _AppThatFailed(self.info, error))


class _AppThatFailed:
    """As much of an app as Flask needs to look a command up; it is its own ``app.cli``."""

    def __init__(self, info: ScriptInfo, error: Exception) -> None:
        self.info = info
        self.error = error
        self.cli = self

    def app_context(self) -> contextlib.AbstractContextManager[None]:
        """A context without an app in it."""
        return contextlib.nullcontext()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Let Flask tell what went wrong; it lists its own commands then."""
        raise self.error

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Our commands when the app calls them ``name``; for any other name what Flask does by itself."""
        from .group import db
        from .sources import command_names

        if name in command_names(self.info):
            return db
        if isinstance(self.error, NoAppException):
            click.secho(f"Error: {self.error.format_message()}\n", err=True, fg="red")
            return None
        raise self.error
