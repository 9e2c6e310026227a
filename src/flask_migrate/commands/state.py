"""status, log and repair: what was run on each database, what is pending, and what is half done."""

from __future__ import annotations

import dataclasses
import typing as t

from alembic.util import CommandError

from .. import alembic_compat
from ..environment import bind_of
from ..errors import USAGE, MigrateError
from ..execution import Holder, LogEntry, LogTable, checksum, lock_holder
from ..execution.entries import ANY, described, from_json, to_json
from ..targets import describe_url
from .describe import describe
from .pending import pending
from .project import Directory, Project, open_project
from .values import RevisionInfo

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Connection

#: What :func:`repair` may do with a half-done revision.
Choice = t.Literal["continue", "done", "not-run"]

#: How many of the newest log rows are looked at for scripts that were edited since.
ROWS_CHECKED = 500


@dataclasses.dataclass(frozen=True)
class TargetLog:
    """The log of one target.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param entries: the newest first.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    entries: tuple[LogEntry, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "name": self.name,
            "database": self.database,
            "entries": [entry.to_dict() for entry in self.entries],
        }


@dataclasses.dataclass(frozen=True)
class TargetStatus:
    """All that is known about one target.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param revisions: the ids of the revisions it is at.
    :param pending: what an upgrade would run, in order.
    :param log: the last log rows, newest first.
    :param holder: who migrates it now.
    :param half_done: the log row of a revision that was begun and not finished.
    :param edited: ids of applied revisions whose script is another one than the one that was run.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    revisions: tuple[str, ...]
    pending: tuple[RevisionInfo, ...]
    log: tuple[LogEntry, ...] = ()
    holder: Holder | None = None
    half_done: LogEntry | None = None
    edited: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "name": self.name,
            "database": self.database,
            "revisions": list(self.revisions),
            "pending": [revision.to_dict() for revision in self.pending],
            "log": [entry.to_dict() for entry in self.log],
            "holder": dataclasses.asdict(self.holder) if self.holder else None,
            "half_done": self.half_done.to_dict() if self.half_done else None,
            "edited": list(self.edited),
        }


@dataclasses.dataclass(frozen=True)
class Status:
    """What ``status`` found.

    :param heads: the ids of the heads of the history.
    :param targets: a value for each database; empty when none could be reached.
    :param error: why no database could be reached.

    .. versionadded:: 5.0
    """

    heads: tuple[str, ...]
    targets: tuple[TargetStatus, ...]
    error: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether any database lacks a revision."""
        return any(target.pending for target in self.targets)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "heads": list(self.heads),
            "error": self.error,
            "targets": [target.to_dict() for target in self.targets],
        }


def read_log(
    directory: Directory = None, count: int | None = 10, *, connection: Connection | None = None
) -> tuple[TargetLog, ...]:
    """What was run on every database of the app, newest first.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param count: how many rows of each; ``None`` for all.
    :param connection: read over this connection instead of a new one.
    :raises MigrateError: when a database can't be read.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    found: list[TargetLog] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        entries = tuple(log_of(project, context, count))
        found.append(TargetLog(bind_of(context), _database(context), entries))

    project.read(look, connection=connection)
    return tuple(found)


def status(directory: Directory = None, *, connection: Connection | None = None) -> Status:
    """Where every database is, what is pending, and whether anything needs a person.

    A database that can't be reached is no error here: the history is shown without it.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param connection: read over this connection instead of a new one.
    :raises HistoryError: when the history can't be read.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    heads = tuple(project.script.get_heads())
    found: list[TargetStatus] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        found.append(_status_of(project, revisions, context))

    try:
        project.read(look, connection=connection)
    except MigrateError as error:
        return Status(heads, tuple(found), error.format_message())
    return Status(heads, tuple(found))


def repair(
    directory: Directory = None,
    choice: Choice | None = None,
    statement: int | None = None,
    *,
    connection: Connection | None = None,
) -> tuple[str, ...]:
    """Settle revisions that were begun and not finished, on engines whose DDL commits by itself.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param choice: ``"continue"`` goes on at ``statement`` with the next upgrade, whatever the script says before
        it; ``"done"`` takes the revision for applied; ``"not-run"`` forgets what was done of it.
    :param statement: the number of the statement to continue with, from 1.
    :returns: a sentence for each revision that was settled; nothing when none is half done.
    :raises MigrateError: when there is something to settle and no choice was made.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    settled: list[str] = []

    def work(rev: t.Any, context: MigrationContext) -> list[t.Any]:
        entry = _half_done(project, context)
        if entry is None:
            return []
        if choice is None:
            raise MigrateError(_half_done_sentence(entry, _database(context)), _choices(entry), exit_code=USAGE)
        settled.append(_settle(project, context, entry, choice, statement))
        return alembic_compat.stamp_steps(project.script, (entry.revision,), rev) if choice == "done" else []

    options = project.state.settings.execution_options(log_table=None)
    project.run(work, connection=connection, execution=options)
    return tuple(settled)


def log_of(project: Project, context: MigrationContext, count: int | None) -> list[LogEntry]:
    """The newest rows of the log of the target of ``context``; none when there is no log."""
    log = log_table(project, context)
    return log.last(_connection(context), count) if log is not None else []


def edited_scripts(project: Project, entries: t.Iterable[LogEntry], applied: set[str]) -> tuple[str, ...]:
    """The ids of ``applied`` revisions whose script is another one than the one that was run."""
    newest: dict[str, LogEntry] = {}
    for entry in entries:
        if entry.outcome == "done" and entry.revision in applied:
            newest.setdefault(entry.revision, entry)
    there = [entry for entry in newest.values() if entry.direction == "upgrade" and entry.checksum]
    return tuple(
        entry.revision for entry in there if _checksum_now(project, entry.revision) not in (None, entry.checksum)
    )


def _checksum_now(project: Project, revision: str) -> str | None:
    """The checksum of the script of ``revision``; ``None`` when there is no such script any more."""
    try:
        script = project.script.get_revision(revision)
    except CommandError:
        return None
    return checksum(str(script.path)) if script is not None and script.revision == revision else None


def _status_of(project: Project, revisions: tuple[str, ...], context: MigrationContext) -> TargetStatus:
    missing = pending(project, revisions)
    waiting = {str(script.revision) for script in missing}
    entries = log_of(project, context, ROWS_CHECKED)
    applied = {entry.revision for entry in entries} - waiting
    return TargetStatus(
        name=bind_of(context),
        database=_database(context),
        revisions=revisions,
        pending=tuple(describe(script) for script in missing),
        log=tuple(entries[:5]),
        holder=lock_holder(context),
        half_done=_half_done(project, context),
        edited=edited_scripts(project, entries, applied),
    )


def _half_done(project: Project, context: MigrationContext) -> LogEntry | None:
    """The newest row of a revision that is not finished and of which something is done."""
    log = log_table(project, context)
    return log.half_done(_connection(context)) if log is not None else None


def _settle(project: Project, context: MigrationContext, entry: LogEntry, choice: str, statement: int | None) -> str:
    log = log_table(project, context)
    assert log is not None  # the entry came from it
    connection = _connection(context)
    done = from_json(entry.operations)
    if choice == "continue":
        if statement is None or not 1 <= statement <= len(done) + 1:
            raise MigrateError(
                f"Revision {entry.revision} can continue with statement 1 to {len(done) + 1}.",
                "Say which: flask db repair --continue-from N",
                exit_code=USAGE,
            )
        kept = [dataclasses.replace(item, digest=ANY, state="done") for item in done[: statement - 1]]
        for item in kept:
            item.settle()
        log.change(connection, entry.id, operations=to_json(kept) if kept else None)
        sentence = f"Revision {entry.revision} goes on with statement {statement} at the next flask db upgrade."
    elif choice == "done":
        log.change(connection, entry.id, outcome="resumed", operations=None)
        sentence = f"Revision {entry.revision} counts as applied."
    else:
        log.change(connection, entry.id, operations=None)
        sentence = f"Revision {entry.revision} counts as not run; the next flask db upgrade begins it anew."
    connection.commit()
    return sentence


def _half_done_sentence(entry: LogEntry, database: str) -> str:
    return f"Revision {entry.revision} is half done on {database}: {entry.error or 'its process ended'}"


def _choices(entry: LogEntry) -> str:
    done = from_json(entry.operations)
    lines = [f"  {number}. {item.state}: {described(item)}" for number, item in enumerate(done, 1)]
    return "\n".join(
        [
            *lines,
            f"Go on behind them: flask db repair --continue-from {len(done) + 1} (or another number)",
            "Take the revision for applied: flask db repair --mark-done",
            "Forget what was done: flask db repair --mark-not-run",
        ]
    )


def log_table(project: Project, context: MigrationContext) -> LogTable | None:
    """The log of the target of ``context``; ``None`` when there is none that can be read."""
    name = context.opts.get("flask_migrate_log_table") or project.state.settings.log_table
    if not name:
        return None
    log = LogTable(name, context.version_table_schema)
    connection = _connection(context)
    return log if log.exists(connection) and not log.columns_missing(connection) else None


def _database(context: MigrationContext) -> str:
    return describe_url(_connection(context).engine.url)


def _connection(context: MigrationContext) -> Connection:
    assert context.connection is not None  # nothing here runs in offline mode
    return context.connection
