"""env."""

from __future__ import annotations

import typing as t

import click

from ..errors import MigrateError
from .output import print_json
from .runner import command, folder_option, json_option

if t.TYPE_CHECKING:
    from ..commands.envs import EnvFile


@click.command()
@folder_option
@click.option("--upgrade", is_flag=True, help="Replace it; the old file is kept as env.py.old.")
@click.option("--dry-run", is_flag=True, help="Show what --upgrade would write.")
@json_option
@command(names_databases=False)
def env(directory: str | None, upgrade: bool, dry_run: bool, as_json: bool) -> None:
    """Tell whether env.py is of an earlier release, and replace it by the three lines of today."""
    from .. import commands

    found = commands.upgrade_env(directory, dry_run=dry_run or not upgrade)
    if as_json:
        print_json(found)
        if found.kind == "kept" and upgrade:
            raise click.exceptions.Exit(1)
        return
    if found.kind == "kept" and upgrade:
        reasons = "; ".join(found.obstacles)
        raise MigrateError(
            f"{found.path} was kept as it is, since not every edit can be carried over: {reasons}.",
            f"Its edits, against {found.origin}:\n{found.diff}\n"
            "It goes on working. Or write the three lines that `flask db init` writes, with your options in run(…).",
        )
    _print(found, is_dry=dry_run)


def _print(found: EnvFile, *, is_dry: bool) -> None:
    if found.kind == "current":
        click.echo(f"{found.path} calls run() already; there is nothing to do.")
        return
    if found.diff:
        click.echo(f"Edits of {found.path}, against {found.origin}:\n{found.diff}\n")
    if found.backup:
        click.echo(f"Replaced {found.path}, which was {_what(found)}; the old file is {found.backup}.")
        for edit in found.carried:
            click.echo(f"  carried over: {edit}")
        if found.note:
            click.echo(found.note, err=True)
        return
    click.echo(f"{found.path} is {_what(found)}.")
    if found.note:
        click.echo(found.note, err=True)
    if is_dry and found.text:
        click.echo(f"It would become:\n{found.text}")
    elif found.text:
        click.echo("Replace it: flask db env --upgrade (--dry-run shows the new file)")
    for reason in found.obstacles:
        click.echo(f"  can't be carried over: {reason}")


def _what(found: EnvFile) -> str:
    return found.origin if found.kind == "stock" else f"{found.origin}, with edits"
