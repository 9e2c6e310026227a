"""undo."""

from __future__ import annotations

import os

import click

from .output import print_json
from .runner import command, directory_option, json_option


@click.command()
@directory_option
@click.argument("revision", default="head")
@json_option
@command()
def undo(directory: str | None, revision: str, as_json: bool) -> None:
    """Remove the newest revision, which no database has yet."""
    from .. import commands

    removed = commands.undo(directory, revision)
    if as_json:
        print_json(removed)
    else:
        click.echo(f"Removed {os.path.relpath(removed.path)}.")
