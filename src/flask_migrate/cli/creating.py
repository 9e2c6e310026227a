"""``upgrade --create-database``: databases that are missing are created first."""

from __future__ import annotations

import functools
import typing as t

import click

from ..errors import USAGE, MigrateError

Callback = t.TypeVar("Callback", bound=t.Callable[..., t.Any])

create_database_option = click.option(
    "--create-database", is_flag=True, help="Create the databases that are missing on their servers first."
)
#: Options that leave nothing to create, or say what to create otherwise.
EXCLUDED = ("sql", "plan", "tenants")


def creating(function: Callback) -> Callback:
    """Let a command with :data:`create_database_option` create what is missing."""

    @functools.wraps(function)
    def callback(*, create_database: bool, **arguments: t.Any) -> t.Any:
        if create_database:
            given = next((name for name in EXCLUDED if arguments.get(name)), None)
            if given:
                raise MigrateError(f"--create-database and --{given} exclude each other.", exit_code=USAGE)
            from ..commands.creating import create_missing
            from ..commands.project import open_project

            open_project(arguments.get("directory"))  # a broken history is an error before anything is made
            for place in create_missing():
                click.echo(f"Created the database {place}", err=True)
        return function(**arguments)

    return t.cast("Callback", callback)
