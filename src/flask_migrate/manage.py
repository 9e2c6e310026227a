"""The ``python manage.py db …`` style of Flask-Script, on click."""

from __future__ import annotations

import os
import sys
import typing as t

import click
from flask import Flask
from flask.cli import ScriptInfo, run_command, shell_command, with_appcontext
from flask.helpers import get_debug_flag

from .cli import db as MigrateCommand
from .errors import USAGE, MigrateError

__all__ = ["Manager", "MigrateCommand"]


def _explain_what_ends_the_script(kind: type[BaseException], error: BaseException, trace: t.Any) -> None:
    """Say in a sentence why the app can't be made, when that is its database's URL or driver.

    A launch script imports the app before any command runs, so nothing else stands between that and the person.
    """
    from .targets import failures

    known = failures.explain(error) if isinstance(error, Exception) and not get_debug_flag() else None
    if known is None:
        _before(kind, error, trace)
    else:
        known.show()


_before, sys.excepthook = sys.excepthook, _explain_what_ends_the_script

Function = t.TypeVar("Function", bound=t.Callable[..., t.Any])


class Manager:
    """The commands of a launch script.

    :param app: the application, or a function that returns it.

    Beside what is added, there are ``shell`` and ``runserver``.

    .. code-block:: python

        manager = Manager(app)
        manager.add_command("db", MigrateCommand)

        if __name__ == "__main__":
            manager.run()
    """

    def __init__(self, app: Flask | t.Callable[[], Flask]) -> None:
        self.app = app
        self.group = click.Group("manage", help="The commands of this application.")
        self.group.add_command(shell_command, "shell")
        self.group.add_command(run_command, "runserver")

    def add_command(self, name: str | click.Command, command: click.Command | None = None) -> None:
        """Add ``command`` under ``name``; :data:`MigrateCommand` is the one for migrations.

        :raises MigrateError: when ``command`` is not a click command.
        """
        if command is None and isinstance(name, click.Command):
            self.group.add_command(name)
            return
        if not isinstance(command, click.Command):
            raise MigrateError(
                f"{command!r} is not a click command.",
                "Pass MigrateCommand of flask_migrate, or a function decorated with @click.command().",
                exit_code=USAGE,
            )
        self.group.add_command(command, str(name))

    def command(self, function: Function) -> Function:
        """Make ``function`` a command under its own name, run in the context of the app; for use as a decorator."""
        name = function.__name__.replace("_", "-")
        self.group.add_command(click.command(name, help=function.__doc__)(with_appcontext(function)))
        return function

    def run(self, args: t.Sequence[str] | None = None) -> t.NoReturn:
        """Run the command that the process was started with, and exit.

        :param args: the command line without the name of the script, if not that of the process.
        """
        info = ScriptInfo(create_app=self._load)
        launch_script = f"python {os.path.basename(sys.argv[0])}"
        self.group.main(args, prog_name=launch_script, obj=info, auto_envvar_prefix="FLASK")
        raise AssertionError("click ends the process")  # pragma: no cover - main() does not return

    def _load(self) -> Flask:
        return self.app if isinstance(self.app, Flask) else self.app()
