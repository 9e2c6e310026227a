"""Plans on the command line: printed, or asked about."""

from __future__ import annotations

import sys
import typing as t

import click

from .output import print_json

if t.TYPE_CHECKING:
    from ..execution.plan import Plan, PlannedRevision, TargetPlan

plan_option = click.option(
    "--plan", is_flag=True, help="Show what would be done and change nothing; with --sql also the SQL."
)
#: What the functions that make a plan take of the arguments of a command line.
TAKEN = ("directory", "revision", "tag")


def print_plan(make: t.Callable[..., Plan], arguments: dict[str, t.Any], as_json: bool) -> None:
    """Print the plan that ``make`` gives for the arguments of a command line."""
    plan = make(**{name: arguments[name] for name in TAKEN})
    if as_json:
        print_json(plan)
        return
    for target in plan.targets:
        _print_target(target, with_sql=arguments["sql"])
    click.echo("Nothing was changed.", err=True)


def asker() -> t.Callable[[Plan], bool] | None:
    """What asks the person at the terminal whether rows may be destroyed; ``None`` when nobody sits there."""
    if not sys.stdin.isatty():
        return None

    def ask(plan: Plan) -> bool:
        click.echo("This destroys:", err=True)
        for target in plan.targets:
            for loss in target.losses:
                if not loss.is_empty:
                    click.echo(f"  {loss.describe()} in {target.database}", err=True)
        for revision in plan.unknown:
            click.echo(f"  whatever the code of {revision} decides", err=True)
        return click.confirm("Go on", err=True)

    return ask


def _print_target(target: TargetPlan, with_sql: bool) -> None:
    click.echo(f"{target.name or 'default'}: {target.database}")
    click.echo(f"  at {', '.join(target.before) or 'no revision'}")
    if not target.revisions:
        click.echo("  nothing to do")
    for revision in target.revisions:
        _print_revision(revision, with_sql)
    lost = [loss.describe() for loss in target.losses if not loss.is_empty]
    if lost:
        click.echo(f"  destroys: {', '.join(lost)}")


def _print_revision(revision: PlannedRevision, with_sql: bool) -> None:
    click.echo(f"  {revision.direction} {revision.revision}{f' {revision.message}' if revision.message else ''}")
    if revision.irreversible:
        click.echo(f"    irreversible: {revision.irreversible}")
    for operation in revision.operations:
        loss = f"  (destroys {operation.loss.describe()})" if operation.loss else ""
        click.echo(f"    {operation.text}{loss}")
        for statement in operation.sql if with_sql else ():
            click.echo("\n".join(f"        {line}" for line in statement.splitlines()))
    if revision.unknown:
        click.echo(f"    {revision.unknown}")
    if not revision.operations and not revision.unknown:
        click.echo("    does nothing here")
