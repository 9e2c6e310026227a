"""adopt."""

from __future__ import annotations

import os
import typing as t

import click

from ..errors import DRIFT
from .output import print_json
from .runner import command, directory_option, json_option, next_step

if t.TYPE_CHECKING:
    from ..commands.adopting import Adoption, TargetAdoption

#: The three lists, and which changes belong to each.
LISTS = (("Only in the database:", "added"), ("Only in the models:", "removed"), ("Different:", "changed"))


@click.command()
@directory_option
@click.option("-m", "--message", help='Message of the revision (default "initial").')
@click.option("--stamp-only", is_flag=True, help="Compare with the history that is there, and stamp what agrees.")
@click.option("--accept-differences", is_flag=True, help="Stamp in any case; a second revision settles what differs.")
@click.option("--from-database", is_flag=True, help="The database leads: write the revision from what it holds.")
@click.option("--models", metavar="FILE", help="With --from-database: write model classes to this file (sqlacodegen).")
@click.option("--dry-run", is_flag=True, help="Show what differs; write and stamp nothing.")
@json_option
@command()
def adopt(as_json: bool, **arguments: t.Any) -> None:
    """Begin with a database that has its tables already: compare, write a first revision, stamp."""
    from .. import commands

    result = commands.adopt(**arguments)
    if as_json:
        print_json(result)
    else:
        _print(result, **arguments)
    if not result.agrees and not result.stamped:
        raise click.exceptions.Exit(DRIFT)


def _print(result: Adoption, *, stamp_only: bool, dry_run: bool, from_database: bool, **_: t.Any) -> None:
    if result.is_done_before:
        click.echo("There is a history, and the database is at a revision of it; there is nothing to adopt.")
        next_step("flask db drift")
        return
    for target in result.targets:
        other = "history" if stamp_only else "revision" if from_database else "models"
        _print_target(target, len(result.targets) > 1, other)
    for path in (*result.paths, *result.models):
        told = f"Would generate {os.path.relpath(path)}" if dry_run else f"Generating {os.path.relpath(path)} ...  done"
        click.echo(told)
    for remark in result.remarks:
        click.echo(f"The models leave out: {remark}")
    if result.stamped:
        click.echo(f"Stamped {result.stamped}; no table was changed.")
        more = "flask db upgrade" if len(result.paths) > 1 else "flask db adopt --stamp-only for every other database"
        next_step(f"commit the migrations folder; then {more}")
    elif dry_run:
        click.echo("Nothing was written or stamped.", err=True)
    elif from_database:
        click.echo("Nothing was written or stamped: the revision would not make what the database holds.", err=True)
    elif stamp_only:
        next_step(
            "mend the database by hand, or stamp the revision that it is at: flask db stamp REVISION; "
            "then flask db drift --fix revision for what no revision makes"
        )
    else:
        click.echo("Nothing was written or stamped.", err=True)
        next_step("correct the models, or accept it: flask db adopt --accept-differences")


def _print_target(target: TargetAdoption, is_named: bool, other: str) -> None:
    if is_named:
        click.echo(f"{target.name or 'default'}: {target.database}")
    if not target.changes:
        click.echo(f"The database agrees with the {other}.")
    for heading, kind in LISTS:
        lines = [change.describe() for change in target.changes if change.kind == kind]
        if lines:
            click.echo(heading.replace("models", other))
        for line in lines:
            click.echo(f"  {line[2:]}")
    if target.left_alone:
        click.echo("Without a model, and left alone:")
    for change in target.left_alone:
        click.echo(f"  {change.describe()[2:]}")
    for change in target.notes:
        click.echo(f"Noted: {change.describe()[2:]}")
