"""drift."""

from __future__ import annotations

import typing as t

import click

from ..errors import DRIFT
from .output import print_json
from .runner import command, directory_option, json_option, next_step
from .tenants import TenantsCommand, in_tenants, tenants_options

if t.TYPE_CHECKING:
    from ..commands.drifting import TargetDrift


@click.command(cls=TenantsCommand)
@directory_option
@click.option("--replay", is_flag=True, help="Replay the history on a scratch database, whatever the log knows.")
@tenants_options(runs=False)
@json_option
@command(is_for_tenants=True)
@in_tenants("drift")
def drift(as_json: bool, **arguments: t.Any) -> None:
    """Show what was changed in each database outside of the migrations."""
    from .. import commands

    result = commands.drift(**arguments)
    if as_json:
        print_json(result)
    else:
        for target in result.targets:
            _print_drift(target, len(result.targets) > 1)
    if result:
        if not as_json:
            next_step("undo it by hand, or write it as a revision")
        raise click.exceptions.Exit(DRIFT)


def _print_drift(target: TargetDrift, is_named: bool) -> None:
    label = f"{target.name or 'default'}: " if is_named else ""
    place = ", ".join(target.revisions)
    if not target.revisions:
        click.echo(f"{label}no revision is applied; there is nothing to compare with.")
    elif not target.changes:
        click.echo(f"{label}the database is what the history makes at {place}.")
    for sentence in target.sentences:
        click.echo(f"{label}{sentence}")
