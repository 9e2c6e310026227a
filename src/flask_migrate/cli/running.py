"""upgrade, downgrade, stamp, ensure-version."""

from __future__ import annotations

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
