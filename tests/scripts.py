"""Revision scripts written by hand, so that no command under test has to make them, and what commands tell."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import alembic.command
import sqlalchemy as sa
from alembic.config import Config

from tests.projects import Project, Result

#: Three revisions, one after the other, and the table that each of them makes.
LINE = (("1a01aa", "one"), ("2b02bb", "two"), ("3c03cc", "three"))
FIRST, SECOND, THIRD = (rev for rev, _ in LINE)

#: Lines that Alembic writes at the start of each run, which say nothing about the command.
NOISE = (
    "INFO  [alembic.runtime.migration] Context impl ",
    "INFO  [alembic.runtime.migration] Will assume ",
)
#: Tables in which migrations are recorded.
RECORDS = {"alembic_version", "flask_migrate_log"}

SCRIPT = '''\
"""{message}

Revision ID: {rev}
Revises: {parents}
Create Date: 2024-01-02 03:04:05

"""
from alembic import op
import sqlalchemy as sa

revision = {rev!r}
down_revision = {after!r}
branch_labels = {labels!r}
depends_on = {needs!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''


def add_script(
    project: Project,
    rev: str,
    after: str | Sequence[str] | None = None,
    message: str = "",
    *,
    creates: str | None = None,
    up: str = "pass",
    down: str = "pass",
    labels: str | Sequence[str] | None = None,
    needs: str | Sequence[str] | None = None,
    folder: str = "migrations/versions",
) -> Path:
    """Write a revision script and return its path.

    :param after: its parent, or a tuple of them.
    :param creates: a table that the script makes and drops.
    :param up: the body of ``upgrade()``, if it makes no table; ``down`` likewise.
    """
    if creates:
        up = f"op.create_table({creates!r}, sa.Column('id', sa.Integer, primary_key=True))"
        down = f"op.drop_table({creates!r})"
    parents = after if after is None or isinstance(after, str) else ", ".join(after)
    text = SCRIPT.format(
        message=message or "empty message",
        rev=rev,
        parents=parents or "",
        after=after,
        labels=labels,
        needs=needs,
        up=up.replace("\n", "\n    "),
        down=down.replace("\n", "\n    "),
    )
    return project.write(f"{folder}/{rev}_{message.partition(chr(10))[0].replace(' ', '_')}.py", text)


def add_line(project: Project) -> None:
    """Write the scripts of ``LINE``."""
    before = None
    for rev, table in LINE:
        add_script(project, rev, before, f"make {table}", creates=table)
        before = rev


def add_fork(project: Project) -> None:
    """Write a script ``aaaa`` and two after it, ``bbbb`` and ``cccc``, each with a table of its own name."""
    add_script(project, "aaaa", None, "stem", creates="aaaa")
    add_script(project, "bbbb", "aaaa", "left", creates="bbbb")
    add_script(project, "cccc", "aaaa", "right", creates="cccc")


def tables(project: Project, url: str | None = None) -> set[str]:
    """The tables of a database, without those in which migrations are recorded."""
    return project.tables(url or project.url) - RECORDS


def version(project: Project, url: str | None = None) -> list[str]:
    """The revisions that a database says it is at."""
    rows = project.sql(url or project.url, "SELECT version_num FROM alembic_version ORDER BY version_num")
    return [str(value) for (value,) in rows]


def is_untouched(url: str) -> bool:
    """Whether nothing at all has been made in a database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return sa.inspect(engine).get_table_names() == []


def described(url: str) -> str:
    """How commands name a database."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite, {parsed.database}"
    host = parsed.host or parsed.query.get("host") or parsed.query.get("unix_socket")
    place = f"{host}:{parsed.port}" if parsed.port else host
    return f"{parsed.get_backend_name()}, {place}, {parsed.database}"


def told(result: Result) -> list[str]:
    """The lines on standard error, without Alembic's usual opening."""
    return [line for line in result.stderr.splitlines() if not line.startswith(NOISE)]


def running(direction: str, *steps: tuple[str, str, str]) -> list[str]:
    """Alembic's lines about steps, each a tuple: from where, to where, and the message."""
    return [
        f"INFO  [alembic.runtime.migration] Running {direction} {before} -> {after}, {message}"
        for before, after, message in steps
    ]


def alembic_text(project: Project, command: str, *arguments: object, **options: object) -> str:
    """What a command of plain Alembic prints for the scripts of a project; it asks no database."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")  # Alembic asks for the encoding
    config = Config(stdout=output)
    config.set_main_option("script_location", str(project.folder / "migrations").replace("%", "%%"))
    getattr(alembic.command, command)(config, *arguments, **options)
    output.seek(0)
    return output.read()
