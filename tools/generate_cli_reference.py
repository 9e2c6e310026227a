"""Write docs/cli.md, the reference of the command line, from the commands themselves.

python tools/generate_cli_reference.py           # write the page
python tools/generate_cli_reference.py --check   # exit 1 when the page is not what would be written
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from flask_migrate import errors
from flask_migrate.cli import db

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"

INTRODUCTION = """\
<!-- Written by tools/generate_cli_reference.py; `make format` writes it anew. -->

# Command line

`flask db` is the name of the group unless `Migrate(command=…)` gives it another. Every option can be set by an
environment variable too: `FLASK_DB_UPGRADE_TAG` is `--tag` of `flask db upgrade`.
"""

#: The exit codes in words; the numbers are those of `flask_migrate.errors`.
EXIT_CODES = (
    (0, "done"),
    (errors.FAILED, "failed, or there are differences (`check`)"),
    (errors.USAGE, "wrong usage"),
    (errors.PENDING, "revisions are pending"),
    (errors.DRIFT, "a database is not what its history makes"),
    (errors.REFUSED, "refused, because it would destroy something"),
    (errors.LOCKED, "another migration holds the lock"),
)


def main() -> None:
    """Write the page, or check that it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is old")
    page = render_page()
    if not parser.parse_args().check:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/cli.md is not up to date; `make format` writes it anew.")


def render_page() -> str:
    """The whole page as MyST Markdown, ended by a line feed."""
    root = click.Context(db, info_name="flask db")
    parts = [INTRODUCTION, "Options of the group; every command takes `--help` as well.\n"]
    parts += render_options(db, root)
    for name in db.list_commands(root):
        command = db.get_command(root, name)
        if command and not command.hidden:
            parts += render_command(command, click.Context(command, info_name=name, parent=root))
    return "\n".join([*parts, *render_exit_codes()]) + "\n"


def render_command(command: click.Command, context: click.Context) -> Iterator[str]:
    """The section of one command."""
    yield f"## {context.info_name}\n"
    yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```\n"
    yield escape(" ".join([paragraphs(command.help or ""), *describe_arguments(command)])) + "\n"
    yield from render_options(command, context)


def describe_arguments(command: click.Command) -> Iterator[str]:
    """A sentence for each argument that has a default."""
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and isinstance(parameter.default, str):
            yield f"`{str(parameter.name).upper()}` is `{parameter.default}` unless given."


def render_options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The options of a command as a definition list; its arguments are in the usage line."""
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record:
            yield f"`{record[0]}`\n: {escape(record[1])}\n"


def render_exit_codes() -> Iterator[str]:
    """The table of exit codes."""
    yield "## Exit codes\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES)


def paragraphs(text: str) -> str:
    """A help text with its lines joined, paragraph by paragraph, as Click shows it."""
    blocks = text.replace("\b\n", "").partition("\f")[0].strip().split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def escape(text: str) -> str:
    """Text for Markdown: what looks like a tag or emphasis is printed as it is, code in backquotes stays."""
    pieces = text.split("`")
    for number in range(0, len(pieces), 2):
        for sign in "\\<*_":
            pieces[number] = pieces[number].replace(sign, f"\\{sign}")
    return "`".join(pieces)


if __name__ == "__main__":
    main()
