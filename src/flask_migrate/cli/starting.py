"""init, list-templates."""

from __future__ import annotations

import typing as t

import click

from .output import print_json
from .runner import command, folder_option, json_option, next_step


@click.command()
@folder_option
@click.option("--multidb", is_flag=True, help="Write functions for every bind into every script.")
@click.option("-t", "--template", help='Repository template, a name or a path with a slash (default is "flask").')
@click.option("--package", is_flag=True, help="Write empty __init__.py files to the folder and to versions/.")
@click.option(
    "--from-folder",
    metavar="FOLDER",
    help="Make revisions of the numbered SQL files in FOLDER, as dbmate, golang-migrate, goose and Flyway have them.",
)
@json_option
@command(names_databases=False)
def init(as_json: bool, **arguments: t.Any) -> None:
    """Create the migrations folder."""
    from .. import commands

    result = commands.init(**arguments)
    if as_json:
        print_json(result)
        return
    for folder in result.folders:
        click.echo(f"Creating directory {folder} ...  done")
    for path in result.files:
        click.echo(f"Generating {path} ...  done")
    for name in result.left_out:
        click.echo(f"Left out: {name}, whose name has no number.", err=True)
    if arguments["from_folder"]:
        next_step("flask db upgrade; for a database that has all of it already, flask db stamp head")
        return
    next_step('flask db migrate -m "initial migration"')


@click.command("list-templates")
@json_option
@command(needs_app=False)
def list_templates(as_json: bool) -> None:
    """List the templates of init."""
    from .. import commands

    templates = commands.list_templates()
    if as_json:
        print_json(templates)
        return
    click.echo("Available templates:\n")
    for template in templates:
        click.echo(f"{template.name} - {template.synopsis}")
