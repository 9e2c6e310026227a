"""upgrade, downgrade, stamp, ensure-version."""

from __future__ import annotations

import sys
import typing as t

import click

from .creating import create_database_option, creating
from .output import print_json
from .plans import asker, plan_option, print_plan
from .runner import (
    TAKES_STEPS,
    command,
    directory_option,
    execution_options,
    json_option,
    lock_options,
    next_step,
    no_option,
    sql_option,
    tag_option,
    timeout_options,
    x_arg_option,
)
from .sql_files import in_files, output_dir_option
from .tenants import TenantsCommand, in_tenants, tenants_options

if t.TYPE_CHECKING:
    from ..commands.values import RunResult


@click.command(cls=TenantsCommand)
@directory_option
@sql_option
@output_dir_option
@tag_option
@x_arg_option
@execution_options(*lock_options, *timeout_options)
@plan_option
@create_database_option
@tenants_options(runs=True)
@json_option
@click.argument("revision", default="head")
@command(is_for_tenants=True)
@creating
@in_tenants("upgrade")
@in_files
def upgrade(as_json: bool, plan: bool, **arguments: t.Any) -> None:
    """Upgrade to a later version."""
    from .. import commands
    from .progress import running

    if plan:
        print_plan(commands.plan_upgrade, arguments, as_json)
        return
    with running(arguments) as execution:
        result = commands.upgrade(**execution)
    if as_json:
        print_json(result)
    elif not arguments["sql"] and sys.stderr.isatty():
        _tell_nothing(result, arguments["revision"])


def _tell_nothing(result: RunResult, revision: str) -> None:
    """Say on a terminal, where silence looks like a mistake, that nothing was to be done."""
    if not result.targets or any(target.steps for target in result.targets):
        return
    places = sorted({", ".join(target.after) for target in result.targets})
    if places == [""]:
        click.echo("Nothing to upgrade: the history has no revision yet.", err=True)
        next_step("flask db migrate")
        return
    what = "the database is" if len(result.targets) == 1 else f"all {len(result.targets)} databases are"
    head = "at the head, " if revision in ("head", "heads") else "at "
    click.echo(f"Nothing to upgrade: {what} already {head}{' and '.join(filter(None, places))}.", err=True)


@click.command(cls=TenantsCommand, context_settings=TAKES_STEPS)
@directory_option
@sql_option
@output_dir_option
@tag_option
@x_arg_option
@execution_options(*lock_options, *timeout_options)
@plan_option
@click.option("-y", "--yes", is_flag=True, help="Don't ask before rows are destroyed.")
@click.option("--allow-destructive", is_flag=True, help="Drop and empty what the scripts say, in a protected app.")
@tenants_options(runs=True)
@json_option
@click.argument("revision", default="-1", callback=no_option)
@command(is_for_tenants=True)
@in_tenants("downgrade")
@in_files
def downgrade(as_json: bool, plan: bool, yes: bool, allow_destructive: bool, **arguments: t.Any) -> None:
    """Revert to a previous version."""
    from .. import commands
    from .progress import running

    if plan:
        print_plan(commands.plan_downgrade, arguments, as_json)
        return
    confirm = None if yes or allow_destructive or arguments["sql"] else asker()
    with running(arguments) as execution:
        result = commands.downgrade(allow_destructive=allow_destructive, confirm=confirm, **execution)
    if as_json:
        print_json(result)


@click.command(cls=TenantsCommand)
@directory_option
@sql_option
@output_dir_option
@tag_option
@click.option("--purge", is_flag=True, help="Delete what the version table says before stamping.")
@execution_options(*lock_options)
@tenants_options(runs=True)
@json_option
@click.argument("revision", default="head")
@command(is_for_tenants=True)
@in_tenants("stamp")
@in_files
def stamp(as_json: bool, sql: bool, **arguments: t.Any) -> None:
    """Write a revision into the version table; don't run any migrations."""
    from .. import commands
    from .progress import running

    with running(arguments) as execution:
        result = commands.stamp(sql=sql, **execution)
    if as_json:
        print_json(result)
    elif not sql:
        for target in result.targets:
            place = ", ".join(target.after) or "base"
            click.echo(f"Stamped {place} in {target.database}; no migration was run.", err=True)
        next_step("repeat it for every other database of the project; then flask db check")


@click.command("ensure-version")
@directory_option
@sql_option
@command()
def ensure_version(**arguments: t.Any) -> None:
    """Create the version table where it is missing."""
    from .. import commands

    commands.ensure_version(**arguments)
