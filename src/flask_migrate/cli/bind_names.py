"""binds: which there are, and renaming one."""

from __future__ import annotations

import click

from ..errors import USAGE, MigrateError
from .runner import command, folder_option


@click.group(invoke_without_command=True)
@click.pass_context
def binds(ctx: click.Context) -> None:
    """Show the databases of the app, or rename a bind."""
    if ctx.invoked_subcommand is None:
        assert ctx.parent is not None  # it is a command of the group
        ctx.invoke(show)


@binds.command("list")
@folder_option
@command(names_databases=False)
def show(directory: str | None = None) -> None:
    """Show the databases of the app."""
    from ..commands import list_binds

    for name, database in list_binds(directory):
        click.echo(f"{name or 'default'}: {database}")


@binds.command()
@folder_option
@click.argument("names", metavar="OLD:NEW")
@command(names_databases=False)
def rename(directory: str | None, names: str) -> None:
    """Let the functions of a bind that was called OLD belong to NEW; no script is edited."""
    from ..commands import rename_bind

    old, colon, new = names.partition(":")
    if not (old and colon and new):
        raise MigrateError(f"{names!r} names no two binds.", "Write OLD:NEW.", exit_code=USAGE)
    path = rename_bind(old, new, directory)
    click.echo(f"upgrade_{old}() belongs to the bind {new!r} from now on; {path} says so.")
