"""drift."""

from __future__ import annotations

import os
import typing as t

import click

from ..errors import DRIFT, USAGE, MigrateError
from .output import print_json
from .runner import command, directory_option, json_option, next_step
from .tenants import TenantsCommand, in_tenants, tenants_options

if t.TYPE_CHECKING:
    from ..commands.drifting import TargetDrift
    from ..commands.fixing import Fix, TargetFix

#: Which option needs which value of --fix.
NEEDS = {"message": "revision", "yes": "database", "allow_destructive": "database"}


@click.command(cls=TenantsCommand)
@directory_option
@click.option("--replay", is_flag=True, help="Replay the history on a scratch database, whatever the log knows.")
@click.option(
    "--fix",
    type=click.Choice(["revision", "database"]),
    help="Write the difference as a revision, or show what takes the database back.",
)
@click.option("-m", "--message", help="With --fix revision: its message.")
@click.option("--yes", is_flag=True, help="With --fix database: run the statements.")
@click.option("--allow-destructive", is_flag=True, help="With --yes: also where rows or values are lost.")
@tenants_options(runs=False)
@json_option
@command(is_for_tenants=True)
def drift(fix: str | None, message: str | None, yes: bool, allow_destructive: bool, **arguments: t.Any) -> None:
    """Show what was changed in each database outside of the migrations, and settle it."""
    options = {"message": message, "yes": yes, "allow_destructive": allow_destructive}
    for option, value in options.items():
        if value and fix != NEEDS[option]:
            name = f"--{option.replace('_', '-')}"
            raise MigrateError(f"{name} needs --fix {NEEDS[option]}.", f"Leave {name} out, or add it.", exit_code=USAGE)
    if fix is None:
        _show(**arguments)
        return
    if arguments["tenants"]:
        raise MigrateError("--fix is not for tenants.", "Leave out --tenants, or --fix.", exit_code=USAGE)
    from .. import commands

    where: dict[str, t.Any] = {"directory": arguments["directory"], "replay": arguments["replay"]}
    if fix == "revision":
        result = commands.fix_by_revision(message=message, **where)
    else:
        result = commands.fix_database(yes=yes, allow_destructive=allow_destructive, **where)
    if arguments["as_json"]:
        print_json(result)
    else:
        _print_fix(result, is_revision=fix == "revision")
    if result.has_drift:
        raise click.exceptions.Exit(DRIFT)


@in_tenants("drift")
def _show(as_json: bool, **arguments: t.Any) -> None:
    from .. import commands

    result = commands.drift(**arguments)
    if as_json:
        print_json(result)
    else:
        for target in result.targets:
            _print_drift(target, len(result.targets) > 1)
    if result:
        if not as_json:
            next_step("keep it: flask db drift --fix revision; or take it back: flask db drift --fix database")
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


def _print_fix(result: Fix, *, is_revision: bool) -> None:
    for target in result.targets:
        _print_drift(target.drift, len(result.targets) > 1)
    if is_revision:
        _print_revision(result)
        return
    for target in result.targets:
        if target.script.steps or target.script.impossible:
            _print_statements(target, len(result.targets) > 1)
    if result.is_applied:
        for sentence in [sentence for target in result.targets for sentence in target.left]:
            click.echo(f"Still there: {sentence}")
        if not result.has_drift:
            click.echo("Done: the database is what its history makes again.")
    elif result.has_drift:
        click.echo("Nothing was changed.", err=True)
        loses = any(target.losses for target in result.targets)
        next_step(f"flask db drift --fix database --yes{' --allow-destructive' if loses else ''}")


def _print_revision(result: Fix) -> None:
    if result.revision is None:
        return
    for target in result.targets:
        for sentence in (*target.script.impossible, *target.left):
            click.echo(sentence)
    click.echo(f"Generating {os.path.relpath(result.revision.path)} ...  done")
    click.echo(f"Stamped {result.revision.revision}: this database has the change already, and no table was touched.")
    next_step(
        "change the models accordingly, or the next flask db migrate takes it back; then commit the revision. A "
        f"database that has the change already as well: flask db stamp {result.revision.revision}"
    )


def _print_statements(target: TargetFix, is_named: bool) -> None:
    click.echo(f"\n-- {target.drift.name or 'default'}: {target.drift.database}" if is_named else "")
    words = ""
    for step in target.script.steps:
        if step.words != words:
            click.echo(f"-- {step.words}")
            words = step.words
        if step.loses:
            click.echo(f"-- loses {_rows(target, step.loses)}")
        click.echo(f"{step.sql};")
    for sentence in target.script.impossible:
        click.echo(f"-- {sentence}")


def _rows(target: TargetFix, loses: str) -> str:
    return next((loss.describe() for loss in target.losses if loss.what == loses), loses)
