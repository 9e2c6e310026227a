"""A SQL file in the place of the models, while a script is written or the databases are checked."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ...autogenerate.parts import finish
from ...autogenerate.request import OPTION
from ...environment import bind_of
from ...execution.kept import own_schema
from ...extension import chosen_databases, current_state
from ...schema import Schema
from ...schema.diff import OBJECTS
from ...schema.select import without
from ..project import open_project
from .objects import add_objects
from .wanted import Wanted, WantedDatabases, extensions_of, read_wanted

if t.TYPE_CHECKING:
    from alembic.operations import ops
    from alembic.runtime.migration import MigrationContext

    from ...autogenerate.request import Request
    from ..project import Directory

#: What a ``process_revision_directives`` of Alembic is.
Finisher = t.Callable[[t.Any, t.Any, "list[ops.MigrationScript]"], None]


@contextlib.contextmanager
def from_sql_file(path: str | os.PathLike[str] | None, directory: Directory) -> t.Iterator[dict[str, Wanted]]:
    """Within this block, the databases of the app shall be what the SQL file ``path`` makes.

    :returns: what it makes, by bind; nothing without a file.
    :raises MigrateError: when it can't be read or run.
    """
    if path is None:
        yield {}
        return
    project = open_project(directory)
    wanted = read_wanted(project, path)
    token = chosen_databases.set(WantedDatabases(project.state.databases, wanted))
    try:
        yield wanted
    finally:
        chosen_databases.reset(token)


def finisher(wanted: t.Mapping[str, Wanted]) -> Finisher:
    """What finishes a comparison: the parts of autogenerate do, and then what a SQL file wants beside tables."""

    def finish_all(context: MigrationContext, rev: t.Any, directives: list[ops.MigrationScript]) -> None:
        finish(context, rev, directives)
        name = bind_of(context)
        if not directives or name not in wanted:
            return
        connection, new = context.connection, wanted[name].schema
        assert connection is not None  # a comparison needs a database
        request: Request = context.opts[OPTION]
        log_table = context.opts.get("flask_migrate_log_table") or current_state().settings.log_table
        live = own_schema(connection, wanted[name].named, context.version_table, log_table)
        old = _ours(live, new, request)
        script = directives[-1]
        there = extensions_of(connection)
        extensions = [one for one in wanted[name].extensions if one not in there]
        add_objects(script.upgrade_ops_list[-1], connection.dialect, old, new, extensions)
        add_objects(script.downgrade_ops_list[-1], connection.dialect, new, old)

    return finish_all


def _ours(live: Schema, new: Schema, request: Request) -> Schema:
    """``live`` without what neither the file nor a script names: that is somebody else's, and stays."""
    scripts = list(request.scripts())
    wanted = {(word, one.schema, one.name) for field, word in OBJECTS for one in getattr(new, field)}
    left: list[str] = []

    def is_foreign(word: str, schema: str | None, name: str) -> bool:
        if word == "table" or (word, schema, name) in wanted or not scripts:
            return False
        bare = re.escape(name.partition("(")[0])
        if any(re.search(rf"(?<!\w){bare}(?!\w)", text) for text in scripts):
            return False
        left.append(f"{word} {name}")
        return True

    found = without(live, is_foreign)
    if left:
        request.note(f"Left alone, since neither the file nor a revision names them: {', '.join(sorted(set(left)))}.")
    return found
