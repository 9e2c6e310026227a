"""A revision as a pair of SQL files, and the short script that runs them."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ..errors import USAGE, MigrateError
from .values import NewRevisions

FUNCTIONS = """

def upgrade(engine_name=""):
    run(__file__, "up", engine_name, op.get_context().autocommit_block)


def downgrade(engine_name=""):
    run(__file__, "down", engine_name, op.get_context().autocommit_block)
"""
HALVES = {
    "up": "-- {message}\n-- Statements end with a semicolon. Each file is one transaction; this line says otherwise:\n"
    "-- (migrate: no transaction)\n\n",
    "down": "-- Takes back what the other file does.\n\n",
}


def refuse_both(is_comparison_in_sql: bool) -> None:
    """Raise an error for a pair of SQL files that is to be filled from the models."""
    if is_comparison_in_sql:
        raise MigrateError(
            "SQL files are written by hand, and --autogenerate writes Python.", "Leave one out.", exit_code=USAGE
        )


def as_sql_pair(made: NewRevisions, contents: t.Mapping[str, str] | None = None) -> NewRevisions:
    """Turn the script that was just written into one that runs two SQL files, and write these.

    :param contents: what they hold, by half; they are to be filled by hand without it.
    :returns: the same revisions.
    """
    for revision in made.revisions:
        path = pathlib.Path(revision.path)
        text = path.read_text(encoding="utf-8")
        head = re.split(r"(?m)^def upgrade\b", text, maxsplit=1)[0].rstrip()
        head = head.replace("import sqlalchemy as sa\n", "from flask_migrate.sqlfiles import run\n", 1)
        if "flask_migrate.sqlfiles" not in head:
            head += "\nfrom flask_migrate.sqlfiles import run"
        if not re.search(r"(?m)^from alembic import .*\bop\b", head):
            head += "\nfrom alembic import op"
        path.write_text(f"{head}\n{FUNCTIONS}", encoding="utf-8")
        for half, content in HALVES.items():
            file = path.with_name(f"{path.name.removesuffix('.py')}.{half}.sql")
            message = " ".join(revision.message.split()) or revision.revision
            text = content.format(message=message)
            if contents is not None:
                text = f"-- {message if half == 'up' else 'Takes back what the other file does.'}\n\n{contents[half]}"
            file.write_text(text, encoding="utf-8")
    return made
