"""Commands in many tenants: the options, the progress bar, the summary; create-tenant and drop-tenant."""

from __future__ import annotations

import functools
import re
import sys
import typing as t

import click
from click.core import ParameterSource
from flask.cli import ScriptInfo

from ..errors import DRIFT, FAILED, PENDING, USAGE, MigrateError, Refused
from .fleet_sql import foreseen, write_sql
from .output import print_json
from .runner import command, execution_arguments, folder_option, json_option

if t.TYPE_CHECKING:
    from ..execution.fleet import FleetResult

Callback = t.TypeVar("Callback", bound=t.Callable[..., t.Any])

#: What stands behind the names of tenants and is a revision: ``head``, ``base``, ``-1``, ``+2``, ``a@head``.
_REVISION = re.compile(r"heads?|base|[+-]\d+|.*@heads?")
#: The options of commands with tenants, without those of the command itself.
_NAMES = ("tenants", "jobs", "canary", "keep_going", "resume", "shard", "executor")


class TenantsCommand(click.Command):
    """A command whose ``--tenants`` takes several names: ``--tenants acme globex``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give each name behind ``--tenants`` an option of its own."""
        return super().parse_args(ctx, spread(args))


def spread(args: list[str]) -> list[str]:
    """``args`` with ``--tenants a b`` written as ``--tenants=a --tenants=b``.

    Names end at the next option, at ``--`` and at what can only be a revision; ``all`` and ``@FILE`` stand alone.
    """
    spread_args: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*spread_args, word, *rest]
        spread_args.append(word)
        if word != "--tenants":
            continue
        spread_args.pop()
        names = 0
        while rest and not (rest[0].startswith("-") and rest[0] != "-"):
            if names and (_REVISION.fullmatch(rest[0])):
                break
            name = rest.pop(0)
            spread_args.append(f"--tenants={name}")
            names += 1
            if name == "all" or name.startswith("@"):
                break
        if not names:
            spread_args.append("--tenants")
    return spread_args


def tenants_options(*, runs: bool) -> t.Callable[[Callback], Callback]:
    """The options of a command that may be run in tenants, as one decorator.

    :param runs: whether it changes them.
    """
    options = [
        click.option("--tenants", multiple=True, metavar="NAME… | @FILE | all", help="Do it in these tenants."),
        click.option("--jobs", type=click.IntRange(1), help="How many tenants at once (default: one per processor)."),
        click.option("--shard", metavar="I/N", help="Only the I-th of N parts of the tenants, from 1."),
        click.option("--executor", metavar="URL", help="Where tenants are worked on: dask://HOST:PORT."),
    ]
    if runs:
        options += [
            click.option(
                "--canary", type=click.IntRange(0), default=0, help="The first N tenants alone; stop if one fails."
            ),
            click.option("--keep-going", is_flag=True, help="Go on with other tenants when one fails."),
            click.option(
                "--resume", is_flag=True, help="Only tenants that are not there yet (always so for a named revision)."
            ),
        ]

    def decorate(function: Callback) -> Callback:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def in_tenants(name: str) -> t.Callable[[Callback], Callback]:
    """Let a command with :func:`tenants_options` run ``name`` in tenants when some are named."""

    def decorate(function: Callback) -> Callback:
        @functools.wraps(function)
        def callback(**arguments: t.Any) -> t.Any:
            given = {option: arguments.pop(option) for option in _NAMES if option in arguments}
            if given.get("tenants"):
                return _run(name, given, arguments)
            _require_tenants(given)
            return function(**arguments)

        return t.cast("Callback", callback)

    return decorate


def _require_tenants(given: dict[str, t.Any]) -> None:
    for option, value in given.items():
        if value:
            raise MigrateError(
                f"--{option.replace('_', '-')} is for tenants.", "Add --tenants all, or name some.", exit_code=USAGE
            )


def _run(name: str, given: dict[str, t.Any], arguments: dict[str, t.Any]) -> None:
    from ..commands.tenants.fleet import run_tenants
    from ..commands.tenants.goal import without_revision
    from .fleet_bar import FleetBar

    as_json = arguments.pop("as_json", False)
    wants_code = arguments.pop("exit_code", False)
    folder = arguments.pop("output_dir", None)
    kind = foreseen(name, arguments)
    for option in ("tag", "purge", "from_sql"):
        if arguments.get(option) in (None, False):
            arguments.pop(option, None)
    if kind != name:
        arguments = {option: arguments.get(option) for option in ("directory", "revision")}
        given = {option: given[option] for option in ("tenants", "jobs", "shard", "executor")}
    if folder is not None and not kind.startswith("sql_"):
        raise MigrateError("--output-dir is for SQL.", "Add --sql.", exit_code=USAGE)
    if kind == name:
        _confirm(name, given["tenants"], arguments)
    for option in ("verbose", "check_heads"):
        arguments.pop(option, None)
    if "no_wait" in arguments:
        arguments = execution_arguments(arguments)
        arguments.pop("notify")
    arguments = {key: value for key, value in arguments.items() if value is not None}
    names = list(given.pop("tenants"))
    if click.get_current_context().get_parameter_source("revision") is ParameterSource.DEFAULT:
        names, revision = without_revision(names, arguments.get("directory"))
        arguments["revision"] = revision or arguments["revision"]
    with FleetBar(name) as watcher:
        result = run_tenants(kind, names, **given, **arguments, app=_app_path(), watcher=watcher)
    is_sql = kind.startswith("sql_")
    if is_sql and not (as_json and folder is None):
        write_sql(result, folder)
    _show(kind, result, as_json, err=is_sql)
    _exit(name, result, wants_code)


def _confirm(name: str, tenants: t.Sequence[str], arguments: dict[str, t.Any]) -> None:
    """Ask on a terminal before many tenants are taken back: nobody could answer for each."""
    is_allowed = arguments.pop("yes", False) or arguments.get("allow_destructive", False)
    if name == "downgrade" and not is_allowed and sys.stdin.isatty():
        which = "all tenants" if "all" in tenants else f"{len(tenants)} tenants: {', '.join(tenants)}"
        click.confirm(f"Rows may be destroyed in {which}. Downgrade?", abort=True, err=True)


def _app_path() -> str | None:
    info = click.get_current_context().find_object(ScriptInfo)
    return info.app_import_path if info is not None else None


def _show(name: str, result: FleetResult, as_json: bool, *, err: bool) -> None:
    from .fleet_text import summary

    if as_json:
        print_json(result)
        return

    for line in summary(name, result):
        click.echo(line, err=err)
    if name.startswith("plan_"):
        click.echo("Nothing was changed.", err=True)


def _exit(name: str, result: FleetResult, wants_code: bool) -> None:
    if result.failed and all(failure.exit_code == DRIFT for failure in result.failed):
        raise click.exceptions.Exit(DRIFT)
    if result.failed or result.skipped:
        raise click.exceptions.Exit(FAILED)
    if name == "status" and wants_code and any(value["pending"] for value in result.values.values()):
        raise click.exceptions.Exit(PENDING)


url_option = click.option("--url", help="The URL of the tenant's database, when @migrate.tenants does not yield it.")


@click.command("create-tenant")
@folder_option
@url_option
@json_option
@click.argument("name")
@command(names_databases=False)
def create_tenant(name: str, url: str | None, as_json: bool, directory: str | None) -> None:
    """Make the schema or database of a new tenant, at the head: all of it or nothing."""
    from ..commands.tenants.making import create_tenant

    result = create_tenant(name, url, directory=directory)
    if as_json:
        print_json(result)
        return
    target = result.targets[0]
    click.echo(f"Created the tenant {name!r}: {target.database}, at {', '.join(target.after) or 'no revision'}.")


@click.command("drop-tenant")
@url_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.argument("name")
@command(names_databases=False)
def drop_tenant(name: str, url: str | None, yes: bool) -> None:
    """Drop the schema or database of a tenant, with everything in it."""
    from ..commands.tenants.making import drop_tenant, tenant_place

    if not yes and sys.stdin.isatty():
        click.echo(f"This destroys everything in {tenant_place(name, url)}.", err=True)
        if click.prompt("Type the name of the tenant to go on", err=True) != name:
            raise Refused("The name is another one. Nothing was dropped.")
        yes = True
    click.echo(f"Dropped the tenant {name!r}: {drop_tenant(name, url, yes=yes)}.")
