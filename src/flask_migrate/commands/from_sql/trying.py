"""Trying a script that was just written, both ways, on scratch databases."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

import sqlalchemy as sa
from sqlalchemy import event

from ... import alembic_compat
from ...environment import bind_of
from ...environment.replay import Scratch, replay, run_on_scratch, scratch
from ...errors import MigrateError
from ...execution.kept import own_schema
from ...execution.statements import Statement
from ...schema import Change, Schema, diff
from ..project import Directory, Project, open_project
from ..sql_pair import as_sql_pair
from .wanted import Wanted, same_type

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

    from ..values import NewRevisions

Half = t.Literal["up", "down"]
#: The statements of one direction, by bind.
Statements = dict[str, list[str]]
#: How many differences a note names.
SHOWN = 10


@dataclasses.dataclass
class Trial:
    """What came of trying a script.

    :param notes: what is not as it should be, a sentence each.
    :param statements: what was sent, in each direction.
    :param has_parameters: whether a statement had values of its own, so that its text is not all of it.
    """

    notes: list[str] = dataclasses.field(default_factory=list)
    statements: dict[Half, Statements] = dataclasses.field(default_factory=lambda: {"up": {}, "down": {}})
    has_parameters: bool = False


def finished(
    directory: Directory, made: NewRevisions, wanted: t.Mapping[str, Wanted], *, as_files: bool
) -> NewRevisions:
    """``made``, tried on scratch databases; the notes say what it does not bring about.

    :param as_files: turn it into a pair of SQL files, with the statements that it sends.
    """
    trial = _try(directory, made, wanted)
    notes = (*made.notes, *trial.notes)
    if not as_files:
        return dataclasses.replace(made, notes=notes)
    reason = "it looks at rows, or sends values" if trial.has_parameters else ""
    if len(made.revisions) > 1:
        reason = "there are several scripts"
    if reason or not any(any(found.values()) for found in trial.statements.values()):
        reason = reason or "it could not be tried"
        return dataclasses.replace(made, notes=(*notes, f"Written as Python and not as SQL files: {reason}."))
    as_sql_pair(made, {half: _text(found) for half, found in trial.statements.items()})
    trial = _try(directory, made, wanted)
    return dataclasses.replace(made, notes=(*made.notes, *trial.notes))


def _try(directory: Directory, made: NewRevisions, wanted: t.Mapping[str, Wanted]) -> Trial:
    trial = Trial()
    project = open_project(directory)
    new = tuple(one.revision for one in made.revisions)
    below = {name for one in made.revisions for name in (*one.down_revisions, *one.dependencies)}
    parents = tuple(name for one in made.revisions for name in one.down_revisions if name not in new)
    try:
        with scratch(project.state, set(wanted)) as databases:
            replay(project.state, project.config, project.script, databases, dict.fromkeys(wanted, parents))
            last = tuple(name for name in new if name not in below)
            _there_and_back(_Stage(project, databases, wanted), trial, last, parents)
    except MigrateError as error:
        trial.notes.append(f"The script was not tried: {error.message}")
    return trial


def _there_and_back(stage: _Stage, trial: Trial, new: tuple[str, ...], parents: tuple[str, ...]) -> None:
    before = stage.read()
    wanted = {name: one.schema for name, one in stage.wanted.items()}
    back = parents[0] if parents else "base"
    try:
        with stage.recorded(trial, "up"):
            stage.run(lambda script, rev: alembic_compat.upgrade_steps(script, new, rev))
        after = stage.read()
        trial.notes += _rest("After the upgrade", wanted, after)
        with stage.recorded(trial, "down"):
            stage.run(lambda script, rev: alembic_compat.downgrade_steps(script, back, rev))
        trial.notes += _rest("After the downgrade", before, stage.read())
        for name in before:
            _drop_indexes(trial.statements["up"][name], before[name], after[name])
            _drop_indexes(trial.statements["down"][name], after[name], before[name])
    except MigrateError as error:
        trial.notes.append(f"The script does not run on a scratch database: {error.message}")


def _drop_indexes(statements: list[str], old: Schema, new: Schema) -> None:
    """Say which indexes of SQLite go when a table is made anew: all that no statement drops are put back."""
    if old.dialect != "sqlite":
        return
    for table in old.tables:
        other = new.table(table.name)
        for index in table.indexes if other is not None else ():
            name = '"' + index.name.replace('"', '""') + '"'
            words = re.compile(rf"DROP INDEX\s+({re.escape(name)}|{re.escape(index.name)}\b)")
            if index not in t.cast("t.Any", other).indexes and not any(words.match(text) for text in statements):
                statements.insert(0, f"DROP INDEX {name}")


class _Stage:
    """Scratch databases on which the history was replayed."""

    def __init__(self, project: Project, databases: Scratch, wanted: t.Mapping[str, Wanted]) -> None:
        self.project = project
        self.databases = databases
        self.wanted = wanted
        self.version_table = "alembic_version"

    def run(self, steps: t.Callable[[t.Any, t.Any], list[t.Any]]) -> None:
        """Let the steps run in each database."""
        project = self.project

        def work(rev: t.Any, context: MigrationContext) -> list[t.Any]:
            self.version_table = context.version_table
            return steps(project.script, rev) if bind_of(context) in self.wanted else []

        run_on_scratch(project.state, project.config, project.script, self.databases, work)

    def read(self) -> dict[str, Schema]:
        """What each database holds."""
        log_table = self.project.state.settings.log_table

        def reader(named: tuple[str, ...] | None) -> t.Callable[[sa.Connection], Schema]:
            return lambda connection: own_schema(connection, named, self.version_table, log_table)

        return {name: self.databases.shadows[name].connect(reader(one.named)) for name, one in self.wanted.items()}

    @contextlib.contextmanager
    def recorded(self, trial: Trial, half: Half) -> t.Iterator[None]:
        """Write down what is sent within this block."""
        with contextlib.ExitStack() as stack:
            for name, shadow in self.databases.shadows.items():
                note = self._recorder(trial, trial.statements[half].setdefault(name, []), shadow.engine)
                event.listen(shadow.engine, "before_cursor_execute", note)
                stack.callback(event.remove, shadow.engine, "before_cursor_execute", note)
            yield

    def _recorder(self, trial: Trial, found: list[str], engine: sa.Engine) -> t.Callable[..., None]:
        doubles = engine.dialect.paramstyle in ("format", "pyformat")

        def note(connection: t.Any, cursor: t.Any, text: str, parameters: t.Any, context: t.Any, many: bool) -> None:
            statement = Statement(text)
            is_own = re.search(rf"\b{re.escape(self.version_table)}\b", text)
            if is_own or statement.is_reading or statement.is_of_session:
                return
            if parameters:
                text = _with_values(context, engine) or text
                trial.has_parameters |= text == statement.text
            found.append(text.replace("%%", "%").strip() if doubles else text.strip())

        return note


def _with_values(context: t.Any, engine: sa.Engine) -> str:
    """A statement with its values in its text; empty where they can't be written."""
    element = getattr(getattr(context, "compiled", None), "statement", None)
    if element is None:
        return ""
    try:
        return str(element.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
    except (sa.exc.CompileError, NotImplementedError):
        return ""


def _rest(when: str, expected: t.Mapping[str, Schema], found: t.Mapping[str, Schema]) -> t.Iterator[str]:
    """What differs all the same; the order of columns is no difference."""
    for name, schema in expected.items():
        changes = [one for one in diff(found[name], schema) if not _is_spelling(one)]
        if changes:
            more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
            lines = "; ".join(one.describe() for one in changes[:SHOWN])
            yield f"{when} of a scratch database this is missing, to be written by hand: {lines}{more}"


def _is_spelling(change: Change) -> bool:
    """Whether two sides differ in nothing that matters: the order of columns, or blanks in a type."""
    if change.object == "column order":
        return True
    if change.object != "column" or change.before is None or change.after is None:
        return False
    old, new = change.before, change.after
    return same_type(old.type) == same_type(new.type) and dataclasses.replace(old, type=new.type) == new


def _text(statements: Statements) -> str:
    """The content of a SQL file."""
    parts = []
    for name, found in statements.items():
        if found:
            head = f"-- migrate: bind {name or 'default'}\n" if len(statements) > 1 or name else ""
            parts.append(head + "".join(f"{text.rstrip(';')};\n" for text in found))
    return "\n".join(parts)
