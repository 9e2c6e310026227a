"""history, heads, branches, current, show."""

from __future__ import annotations

import typing as t

import click

from .output import print_json
from .runner import command, directory_option, json_option, verbose_option
from .tenants import TenantsCommand, in_tenants, tenants_options

if t.TYPE_CHECKING:
    from ..commands.values import TargetRevisions


@click.command()
@directory_option
@click.option("-r", "--rev-range", help="Specify a revision range; format is [start]:[end].")
@verbose_option
@click.option("-i", "--indicate-current", is_flag=True, help="Indicate the current revision of the database.")
@json_option
@command(names_databases=False)
def history(as_json: bool, **arguments: t.Any) -> None:
    """List the revisions, newest first."""
    from .. import commands

    _print_each(commands.history(**arguments), as_json)


@click.command()
@directory_option
@verbose_option
@click.option("--resolve-dependencies", is_flag=True, help="Treat dependency versions as down revisions.")
@json_option
@command(names_databases=False)
def heads(as_json: bool, **arguments: t.Any) -> None:
    """Show the heads of the history."""
    from .. import commands

    _print_each(commands.heads(**arguments), as_json)


@click.command()
@directory_option
@verbose_option
@json_option
@command(names_databases=False)
def branches(as_json: bool, **arguments: t.Any) -> None:
    """Show the points at which the history divides."""
    from .. import commands

    _print_each(commands.branches(**arguments), as_json)


@click.command()
@directory_option
@json_option
@click.argument("revision", default="head")
@command(names_databases=False)
def show(as_json: bool, **arguments: t.Any) -> None:
    """Show a revision."""
    from .. import commands

    _print_each(commands.show(**arguments), as_json)


@click.command(cls=TenantsCommand)
@directory_option
@verbose_option
@click.option("--check-heads", is_flag=True, help="Exit with 1 unless every head is applied.")
@tenants_options(runs=False)
@json_option
@command(is_for_tenants=True)
@in_tenants("current")
def current(as_json: bool, verbose: bool, **arguments: t.Any) -> None:
    """Show the revision that each database is at."""
    from .. import commands

    targets = commands.current(verbose=verbose, **arguments)
    if as_json:
        print_json(targets)
        return
    if len(targets) > 1 and not verbose:
        _print_places(targets)
        return
    for target in targets:
        if verbose:
            click.echo(f"Current revision(s) for {target.url}:")
        for revision in target.revisions:
            click.echo(revision.text)


def _print_places(targets: tuple[TargetRevisions, ...]) -> None:
    """Several databases: a line for each revision of each, with the bind behind it, so that the id stays in front."""
    for target in targets:
        for text in [revision.text for revision in target.revisions] or ["no revision"]:
            click.echo(f"{text} [{target.name or 'default'}]")


def _print_each(values: tuple[t.Any, ...], as_json: bool) -> None:
    if as_json:
        print_json(values)
    elif values:
        click.echo("\n".join(value.text for value in values))
