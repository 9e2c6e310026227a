"""status, log, repair."""

from __future__ import annotations

import sys
import typing as t

import click

from ..errors import PENDING, USAGE, MigrateError
from .output import print_json
from .runner import command, directory_option, json_option
from .tenants import TenantsCommand, in_tenants, tenants_options

if t.TYPE_CHECKING:
    from ..commands.state import Choice, TargetStatus
    from ..execution import LogEntry


@click.command(cls=TenantsCommand)
@directory_option
@tenants_options(runs=False)
@json_option
@click.option("--exit-code", is_flag=True, help="Exit with 3 when revisions are pending.")
@command(is_for_tenants=True)
@in_tenants("status")
def status(as_json: bool, exit_code: bool, **arguments: t.Any) -> None:
    """Show where each database is, what is pending, and what needs a person."""
    from .. import commands

    result = commands.status(**arguments)
    if as_json:
        print_json(result)
    else:
        click.echo(f"Heads: {', '.join(result.heads) or 'none'}")
        for target in result.targets:
            _print_status(target)
        if result.error:
            click.echo(f"No database can be read: {result.error}")
    if exit_code and result.error:
        raise click.exceptions.Exit(MigrateError.exit_code)
    if exit_code and result.is_pending:
        raise click.exceptions.Exit(PENDING)


@click.command()
@directory_option
@click.option("-n", "count", type=click.IntRange(1), default=10, show_default=True, help="How many rows to show.")
@json_option
@command()
def log(as_json: bool, **arguments: t.Any) -> None:
    """Show what was run on each database, newest first."""
    from .. import commands

    targets = commands.read_log(**arguments)
    if as_json:
        print_json(targets)
        return
    for target in targets:
        if len(targets) > 1:
            click.echo(f"{target.name or 'default'}: {target.database}")
        for entry in target.entries:
            click.echo(_log_line(entry))
        if not target.entries:
            click.echo("Nothing was run yet.")


@click.command()
@directory_option
@click.option("--continue-from", type=click.IntRange(1), help="Go on with this statement at the next upgrade.")
@click.option("--mark-done", is_flag=True, help="Take the half-done revision for applied.")
@click.option("--mark-not-run", is_flag=True, help="Forget what was done of it.")
@command()
def repair(directory: str | None, continue_from: int | None, mark_done: bool, mark_not_run: bool) -> None:
    """Settle a revision that was begun and not finished."""
    from .. import commands

    chosen: dict[Choice, bool] = {"continue": continue_from is not None, "done": mark_done, "not-run": mark_not_run}
    if sum(chosen.values()) > 1:
        raise MigrateError(
            "Only one of --continue-from, --mark-done and --mark-not-run can be chosen.", exit_code=USAGE
        )
    choice = next((name for name, is_chosen in chosen.items() if is_chosen), None)
    if choice is None and sys.stdin.isatty():
        choice, continue_from = _ask(directory)
        if choice is None:
            return
    settled = commands.repair(directory, choice, continue_from)
    for sentence in settled or ("Nothing is half done; there is nothing to repair.",):
        click.echo(sentence)


def _ask(directory: str | None) -> tuple[Choice | None, int | None]:
    from .. import commands

    try:
        commands.repair(directory)
    except MigrateError as error:
        if error.exit_code != USAGE:
            raise
        click.echo(error.format_message())
    else:
        click.echo("Nothing is half done; there is nothing to repair.")
        return None, None
    choice: Choice = click.prompt("What to do", type=click.Choice(["continue", "done", "not-run"]))
    number = click.prompt("Continue with statement number", type=click.IntRange(1)) if choice == "continue" else None
    return choice, number


def _print_status(target: TargetStatus) -> None:
    click.echo(f"{target.name or 'default'}: {target.database}")
    click.echo(f"  at {', '.join(target.revisions) or 'no revision'}")
    if not target.pending:
        click.echo("  nothing is pending")
    for revision in target.pending:
        click.echo(f"  pending: {revision.revision} {revision.message}")
    if target.holder:
        click.echo(f"  being migrated by {target.holder.describe()}")
    if target.half_done:
        click.echo(f"  half done: {target.half_done.revision}; the next upgrade goes on behind what is done")
    for name in target.edited:
        click.echo(f"  edited after it was applied: {name}")
    for entry in target.log:
        click.echo(f"  {_log_line(entry)}")


def _log_line(entry: LogEntry) -> str:
    seconds = f" in {(entry.finished - entry.started).total_seconds():.1f} s" if entry.finished else ""
    error = f": {entry.error}" if entry.error else ""
    started = entry.started.isoformat(sep=" ", timespec="seconds")
    return f"{started} UTC  {entry.direction} {entry.revision} {entry.outcome}{seconds}, by {entry.who}{error}"
