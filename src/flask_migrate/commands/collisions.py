"""An upgrade of a database that nobody has stamped, and that has the tables already."""

from __future__ import annotations

import contextlib
import pathlib
import re
import typing as t

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from ..environment import bind_of, former_names
from ..errors import MigrateError, Refused
from ..execution import lock_holder, second_connection
from ..revisions.creations import Place, tables_in_statement, tables_made
from ..schema.render import name_words
from ..sqlfiles import bind_names, part_of, read_text, split
from ..targets import DEFAULT, describe_url, identifier
from .state import log_table

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationStep

    from .project import Project

#: How many tables the message names.
SHOWN = 5


def refuse_collisions(
    project: Project, rev: t.Any, context: MigrationContext, steps: t.Sequence[MigrationStep]
) -> None:
    """Raise :class:`Refused` when ``steps`` begin with nothing applied and would create tables that are there.

    A database that is at a revision, or that has no tables, costs no more than a list of names.
    """
    connection = context.connection
    if rev or not steps or connection is None:
        return
    inspector = sa.inspect(connection)
    own = {context.version_table, context.opts.get("flask_migrate_log_table") or project.state.settings.log_table}
    there: set[Place] = {(None, name) for name in inspector.get_table_names() if name not in own}
    if not there or _is_half_done(project, context):
        return
    taken = _taken(project, bind_of(context), steps, there, inspector)
    if not taken or _is_moving(context, connection):
        return
    names = ", ".join(name_words(*place) for place in taken[:SHOWN])
    more = f" and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
    what = "1 table that is" if len(taken) == 1 else f"{len(taken)} tables that are"
    raise Refused(
        f"The pending revisions would create {what} there already ({names}{more}), and the database "
        f"({describe_url(connection.engine.url)}) is at no revision. Nothing was changed.",
        "It was not made by migrations (db.create_all()?). Compare it with the history, and stamp it when they agree: "
        "flask db adopt --stamp-only",
    )


def _is_moving(context: MigrationContext, connection: sa.Connection) -> bool:
    """Whether another process migrates this database, or has done so since its version was read."""
    if lock_holder(context) is not None:
        return True
    with second_connection(connection.engine) as fresh:
        options = {"version_table": context.version_table, "version_table_schema": context.version_table_schema}
        return bool(MigrationContext.configure(fresh, opts=options).get_current_heads())


def _taken(
    project: Project, bind: str, steps: t.Sequence[MigrationStep], there: set[Place], inspector: sa.Inspector
) -> list[Place]:
    """The tables that the steps would create and that are there, as far as the scripts say so."""
    names = [bind, *former_names(project.config, bind)]
    functions = {f"upgrade_{identifier(name)}" for name in names} | ({"upgrade"} if bind == DEFAULT else set())
    looked_at: set[str | None] = {None}
    there = set(there)
    taken: dict[Place, None] = {}
    for step in steps:
        script = getattr(step, "revision", None)
        for what, place in _made(str(script.path), functions, names, inspector) if script is not None else ():
            if place[0] not in looked_at:
                looked_at.add(place[0])
                there |= {(place[0], name) for name in inspector.get_table_names(schema=place[0])}
            if what == "create" and place in there:
                taken[place] = None
            there.discard(place)
    return list(taken)


def _made(
    path: str, functions: set[str], binds: t.Sequence[str], inspector: sa.Inspector
) -> t.Iterator[tuple[str, Place]]:
    """What a revision does to tables: its script, or the SQL file beside it."""
    file = pathlib.Path(f"{path.removesuffix('.py')}.up.sql")
    if not file.is_file():
        yield from tables_made(path, functions)
        return
    with contextlib.suppress(MigrateError):  # the upgrade itself says what is wrong with the file
        text = read_text(file)
        part = part_of(text, next((bind for bind in binds if bind in bind_names(text)), binds[0]))
        for statement in split(part, inspector.dialect.name, str(file)):
            yield from tables_in_statement(re.sub(r"--[^\n]*\n|/\*.*?\*/", "", statement.text, flags=re.DOTALL))


def _is_half_done(project: Project, context: MigrationContext) -> bool:
    """Whether the first revision was begun, so that the tables are its own."""
    log = log_table(project, context)
    return log is not None and context.connection is not None and log.half_done(context.connection) is not None
