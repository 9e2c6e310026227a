"""revision, migrate, merge, edit."""

from __future__ import annotations

import os
import sys
import typing as t

import click

from ..errors import USAGE, MigrateError, VerificationFailed
from .output import print_json
from .runner import (
    branch_label_option,
    command,
    directory_option,
    execution_options,
    json_option,
    message_option,
    next_step,
    rev_id_option,
    sql_option,
    x_arg_option,
)

head_option = click.option(
    "--head",
    default="head",
    help="Specify the head revision or <branchname>@head to base the new revision on.",
)
splice_option = click.option("--splice", is_flag=True, help='Allow a non-head revision as the "head" to splice onto.')
version_path_option = click.option("--version-path", help="Specify the version location for the new file.")
depends_on_option = click.option(
    "--depends-on", multiple=True, help="Specify a revision that must be applied first; may be repeated."
)

sql_file_option = click.option("--sql-file", is_flag=True, help="Write a pair of SQL files, one for each direction.")
from_sql_option = click.option(
    "--from-sql", metavar="FILE", help="Compare with what this SQL file makes, in the place of the models."
)
allow_drop_all_option = click.option(
    "--allow-drop-all", is_flag=True, help="Write a script that drops all tables or most of them."
)


autogenerate_options = (
    click.option("--rename-table", multiple=True, metavar="OLD:NEW", help="A table that was renamed; may be repeated."),
    click.option(
        "--rename-column",
        multiple=True,
        metavar="TABLE.OLD:NEW",
        help="A column that was renamed; may be repeated.",
    ),
    click.option(
        "--rename-enum-value",
        multiple=True,
        metavar="TYPE.OLD:NEW",
        help="A value of an enum that was renamed; may be repeated.",
    ),
    click.option("--no-renames", is_flag=True, help="Drop and add what looks like a rename."),
    click.option(
        "--fill",
        multiple=True,
        metavar="TABLE.COLUMN=EXPRESSION",
        help="In SQL, what rows get in a column that becomes NOT NULL; may be repeated.",
    ),
    click.option(
        "--copy-rows",
        multiple=True,
        metavar="TABLE",
        help="Copy the rows of a table that moves to another bind; or all.",
    ),
    click.option(
        "--verify/--no-verify",
        default=None,
        help="Try the script on a scratch database, however long it takes, or don't.",
    ),
)


class Terminal:
    """The person at the terminal, who is asked on standard error."""

    def confirm(self, question: str) -> bool:
        """Yes or no, no by default."""
        return click.confirm(question, err=True)

    def ask(self, question: str) -> str:
        """A text; empty for no answer."""
        return str(click.prompt(question, default="", show_default=False, err=True))


def _questioner() -> Terminal | None:
    """The person at the terminal, if there is one."""
    return Terminal() if sys.stdin.isatty() else None


@click.command()
@directory_option
@message_option
@click.option(
    "--autogenerate",
    is_flag=True,
    help="Fill the script with what differs between the models and the database.",
)
@sql_file_option
@from_sql_option
@sql_option
@head_option
@splice_option
@branch_label_option
@version_path_option
@rev_id_option
@depends_on_option
@allow_drop_all_option
@execution_options(*autogenerate_options)
@json_option
@command()
def revision(as_json: bool, depends_on: tuple[str, ...], **arguments: t.Any) -> None:
    """Create a new revision file."""
    from .. import commands

    _write(commands.revision, as_json, depends_on=list(depends_on) or None, questioner=_questioner(), **arguments)


@click.command()
@directory_option
@message_option
@from_sql_option
@sql_file_option
@sql_option
@head_option
@splice_option
@branch_label_option
@version_path_option
@rev_id_option
@depends_on_option
@allow_drop_all_option
@execution_options(*autogenerate_options)
@click.option("--amend", is_flag=True, help="Write the newest revision anew, which no database has yet.")
@x_arg_option
@json_option
@command()
def migrate(as_json: bool, amend: bool, depends_on: tuple[str, ...], **arguments: t.Any) -> None:
    """Write a revision with what has changed in the models (revision --autogenerate)."""
    from .. import commands

    if arguments["sql_file"] and arguments["from_sql"] is None:
        raise MigrateError(
            "--sql-file is for --from-sql here: what models say is written as Python.",
            "Write SQL by hand with flask db revision --sql-file.",
            exit_code=USAGE,
        )
    if amend and arguments["sql"]:
        raise MigrateError("--amend and --sql exclude each other.", exit_code=USAGE)
    write = commands.amend if amend else commands.migrate
    _write(write, as_json, depends_on=list(depends_on) or None, questioner=_questioner(), **arguments)


@click.command()
@directory_option
@message_option
@branch_label_option
@rev_id_option
@click.option("--splice", is_flag=True, help="Allow revisions that are not heads.")
@json_option
@click.argument("revisions", nargs=-1)
@command(names_databases=False)
def merge(as_json: bool, **arguments: t.Any) -> None:
    """Join several revisions, all heads by default, with a new revision file."""
    from .. import commands

    _report(commands.merge(**arguments), as_json)


@click.command()
@directory_option
@click.argument("revision", default="head")
@command(names_databases=False)
def edit(**arguments: t.Any) -> None:
    """Open a revision file in $EDITOR."""
    from .. import commands

    commands.edit(**arguments)


def _write(write: t.Callable[..., t.Any], as_json: bool, **arguments: t.Any) -> None:
    """Call ``write`` and report; what was written is reported as well when it fails its verification."""
    try:
        _report(write(**arguments), as_json)
    except VerificationFailed as error:
        _report(error.result, as_json)
        raise


def _report(result: t.Any, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    for path in result.paths:
        click.echo(f"Generating {path} ...  done")
    for note in result.notes:
        click.echo(note, err=True)
    _report_verification(result.verification)
    if result.reason:
        click.echo(result.reason, err=True)
    if result and (result.verification is None or result.verification.outcome != "failed"):
        next_step(f"{_what_to_do(result.paths)}, then run flask db upgrade")


def _what_to_do(paths: t.Sequence[str]) -> str:
    """Read the scripts; and fill the SQL files beside them, where they are empty."""
    shown = [os.path.relpath(path) for path in paths]
    halves = [f"{path.removesuffix('.py')}.{half}.sql" for path in shown for half in ("up", "down")]
    empty = [half for half in halves if os.path.isfile(half) and not _has_statements(half)]
    return f"write SQL in {' and '.join(empty)}" if empty else f"read {', '.join(shown)}"


def _has_statements(path: str) -> bool:
    with open(path, encoding="utf-8") as file:
        return any(line.strip() and not line.startswith("--") for line in file)


def _report_verification(verification: t.Any) -> None:
    if verification is None:
        return
    for step in verification.steps:
        click.echo(f"{click.style('ok', fg='green')}    {step}", err=True)
    if verification.outcome == "skipped":
        text = " ".join(verification.reason.split()).rstrip(".")
        click.echo(f"Not verified: {text}.", err=True)
