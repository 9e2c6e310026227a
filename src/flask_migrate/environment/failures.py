"""Why a run of the environment failed, in one sentence and with the way on."""

from __future__ import annotations

import os
import traceback
import typing as t

from alembic.util import CommandError
from sqlalchemy import exc

from .. import revisions
from ..causes import cause_of
from ..errors import HistoryError, MigrateError
from ..targets import failures as target_failures

if t.TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

#: How much of a failed statement an error message shows.
STATEMENT_LENGTH = 300


def explain(
    error: Exception,
    script: ScriptDirectory,
    step: RevisionStep | None = None,
    database: str | None = None,
    connection: Connection | None = None,
    applied: t.Collection[str] = (),
) -> MigrateError | None:
    """The sentence for ``error``, raised while ``script``'s env.py ran.

    :param step: the revision that was running.
    :param database: the target in words.
    :param connection: the one that the revision ran on; the database is read on another one to find the cause.
    :param applied: the revisions at which the database is.
    :returns: ``None`` when nothing is known about this kind of error.
    """
    if isinstance(error, MigrateError):
        return error
    if isinstance(error, BrokenPipeError):
        return None  # nobody reads the SQL any more: that is no failure of env.py
    known = target_failures.explain(error) or revisions.explain(error, script)
    if known is not None:
        return known
    if step is not None:
        failed = _step_failed(error, step, database or "the database")
        if isinstance(error, exc.DBAPIError):
            cause = cause_of(error, connection, script, str(step.revision.revision), applied)
            failed.hint = "\n".join(part for part in (failed.hint, cause) if part)
        return failed
    if isinstance(error, CommandError):
        return HistoryError(str(error))
    if isinstance(error, exc.DBAPIError):
        return MigrateError(f"The database refused a statement: {driver_text(error)}", _statement(error))
    return _env_failed(error, os.path.join(script.dir, "env.py"))


def driver_text(error: exc.DBAPIError) -> str:
    """The driver's own words, on one line."""
    return " ".join(target_failures.driver_text(error).split()).rstrip(".") + "."


def _step_failed(error: Exception, step: RevisionStep, database: str) -> MigrateError:
    script = step.revision
    name = f"{script.revision} ({script.doc})" if script.doc else str(script.revision)
    verb = "upgrade" if step.is_upgrade else "downgrade"
    line = _line_in(error, script.path)
    place = f"{script.path}, line {line}" if line else script.path
    place = getattr(error, "place_in_file", place)  # a SQL file beside the script
    if isinstance(error, exc.DBAPIError):
        return MigrateError(
            f"The {verb} of revision {name} failed on {database}: {driver_text(error)}",
            f"{_statement(error)}\nScript: {place}",
        )
    if _needs_live_database(error):
        return MigrateError(
            f"Revision {name} rebuilds a table, and SQLite can't do that as offline SQL: the table must be read first.",
            f"Run `flask db {verb}` on the database itself, or give the batch operation in {place} a copy_from=Table.",
        )
    return MigrateError(
        f"The {verb} of revision {name} raised {type(error).__name__}: {' '.join(str(error).split())}",
        f"Script: {place}",
    )


def _needs_live_database(error: Exception) -> bool:
    return isinstance(error, CommandError) and "requires a live database connection" in str(error)


def _statement(error: exc.DBAPIError) -> str:
    text = " ".join((error.statement or "").split())
    shown = text if len(text) <= STATEMENT_LENGTH else f"{text[:STATEMENT_LENGTH]}…"
    return f"Statement: {shown}"


def _env_failed(error: Exception, path: str) -> MigrateError | None:
    line = _line_in(error, path)
    if line is None or _is_behind_env(error):
        return None
    if isinstance(error, exc.MissingGreenlet) or "asynchronous context manager" in str(error):
        return MigrateError(
            f"{path}, line {line}, connects in a way that the asynchronous driver of this database does not work with.",
            "Let it call flask_migrate.environment.run(), which waits: flask db env --upgrade",
        )
    return MigrateError(
        f"{path}, line {line}, raised {type(error).__name__}: {' '.join(str(error).split())}",
        "Correct env.py, or take a new one from the folder that `flask db init -d new_folder` makes.",
    )


def _is_behind_env(error: Exception) -> bool:
    """Whether env.py had done its part when ``error`` came up: in a hook of the app, or in this package."""
    here = os.path.dirname(__file__)
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name == "run_migrations" and os.path.dirname(frame.filename) == here for frame in frames)


def _line_in(error: Exception, path: str) -> int | None:
    """The last line of the file ``path`` that is in the traceback of ``error``."""
    wanted = os.path.realpath(path)
    if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename) == wanted:
        return error.lineno
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.realpath(frame.filename) == wanted
    ]
    return lines[-1] if lines else None
