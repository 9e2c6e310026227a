"""check."""

from __future__ import annotations

import functools
import typing as t

import click

from ..errors import USAGE, CheckFailed, MigrateError
from .output import print_data
from .runner import command, directory_option, json_option
from .tenants import TenantsCommand, in_tenants, tenants_options

Callback = t.TypeVar("Callback", bound=t.Callable[..., t.Any])

#: The options with which no database of the app is read.
_WITHOUT_DATABASE = ("history", "heads", "against")


def _reads_databases(arguments: dict[str, t.Any]) -> bool:
    return not any(arguments[name] not in (None, False) for name in _WITHOUT_DATABASE)


def _not_in_tenants(function: Callback) -> Callback:
    """Keep the options without databases from ``--tenants``."""

    @functools.wraps(function)
    def callback(**arguments: t.Any) -> t.Any:
        if arguments["tenants"]:
            for name in _WITHOUT_DATABASE:
                if arguments.pop(name) not in (None, False):
                    raise MigrateError(
                        f"--{name} looks at no database, so it is not for tenants.",
                        "Leave out one of the two options.",
                        exit_code=USAGE,
                    )
        return function(**arguments)

    return t.cast("Callback", callback)


@click.command(cls=TenantsCommand)
@directory_option
@click.option("--history", is_flag=True, help="Compare the models with what the history makes, without a database.")
@click.option("--heads", is_flag=True, help="Check that the history has one head.")
@click.option("--against", metavar="REF", help="Check that it still has one head when this branch is merged.")
@click.option("--from-sql", metavar="FILE", help="Compare with what this SQL file makes, in the place of the models.")
@click.option("--no-cache", "cache", flag_value=False, default=True, help="Compare also what was equal before.")
@tenants_options(runs=False)
@json_option
@command(is_for_tenants=True, names_databases=_reads_databases)
@_not_in_tenants
@in_tenants("check")
def check(as_json: bool, **arguments: t.Any) -> None:
    """Check that there is nothing to migrate: the models and the databases agree."""
    from .. import commands

    try:
        found = commands.check(**arguments)
    except CheckFailed as error:
        if as_json:
            print_data(dict(error.found))
            raise click.exceptions.Exit(error.exit_code) from error
        raise
    if as_json:
        print_data(found)
        return
    if "heads" in found:
        click.echo(f"The history has one head: {', '.join(found['heads'])}.")
    if "merged" in found:
        names = ", ".join(one["revision"] for one in found["merged"]["heads"]) or "no revision"
        click.echo(f"With {found['merged']['against']} merged, the history has one head: {names}.")
    if "changes" in found:
        click.echo("No new upgrade operations detected.")
