"""The group of commands. It is loaded with every app, so it loads nothing but click."""

from __future__ import annotations

import importlib
import typing as t

import click

#: Each command and the module that holds it.
COMMANDS = {
    "adopt": "adopting",
    "binds": "bind_names",
    "branches": "reading",
    "check": "checking",
    "create-tenant": "tenants",
    "current": "reading",
    "doctor": "doctoring",
    "downgrade": "running",
    "drop-tenant": "tenants",
    "drift": "drifting",
    "edit": "writing",
    "ensure-version": "running",
    "env": "env_files",
    "heads": "reading",
    "history": "reading",
    "init": "starting",
    "list-templates": "starting",
    "log": "state",
    "merge": "writing",
    "migrate": "writing",
    "repair": "state",
    "revision": "writing",
    "show": "reading",
    "stamp": "running",
    "status": "state",
    "undo": "undoing",
    "upgrade": "running",
}


class DatabaseGroup(click.Group):
    """The ``flask db`` group; the module of a command is loaded when the command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module = importlib.import_module(f"{__package__}.{COMMANDS[cmd_name]}")
            self.add_command(getattr(module, cmd_name.replace("-", "_")), cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> t.Any:
        """Run the command that was asked for."""
        from .collector import relaxed

        with relaxed():
            return super().invoke(ctx)


@click.group(cls=DatabaseGroup)
@click.option(
    "-d",
    "--directory",
    envvar="FLASK_DB_DIRECTORY",
    help='Migration script directory (default is "migrations").',
)
@click.option("-x", "--x-arg", multiple=True, help="Additional arguments consumed by custom env.py scripts.")
def db(directory: str | None, x_arg: tuple[str, ...]) -> None:
    """Perform database migrations."""
