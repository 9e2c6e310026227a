"""drift with --fix: what was changed by hand becomes a revision, or is taken back."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ..errors import USAGE, HistoryError, MigrateError, Refused
from ..execution.applying import Place, apply
from ..execution.destruction import Counter, Victim
from ..execution.plan import Loss
from ..schema import Schema
from ..schema.ddl import Script, can_write, write
from ..schema.select import without
from ..targets import connect
from .adopting import stamp
from .drifting import Measured, TargetDrift, measure, read_shadow
from .project import Directory, Project, open_project
from .replaying import replayed
from .sql_script import Body, write_sql_revision
from .values import RevisionInfo

#: How many losses an error message names.
SHOWN = 8


@dataclasses.dataclass(frozen=True)
class TargetFix:
    """What settles the differences of one target.

    :param drift: the differences.
    :param script: the statements that take the database back, or, for a revision, that make the change elsewhere.
    :param losses: the data that the statements destroy in this database, with the number of rows.
    :param left: sentences about what is left afterwards.

    .. versionadded:: 5.0
    """

    drift: TargetDrift
    script: Script = dataclasses.field(default_factory=Script)
    losses: tuple[Loss, ...] = ()
    left: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            **self.drift.to_dict(),
            **self.script.to_dict(),
            "losses": [dataclasses.asdict(loss) for loss in self.losses],
            "left": list(self.left),
        }


@dataclasses.dataclass(frozen=True)
class Fix:
    """What ``drift --fix`` found and did.

    :param targets: a value for each database.
    :param revision: the revision that was written.
    :param is_stamped: whether the databases were stamped with it.
    :param is_applied: whether the statements were run.

    .. versionadded:: 5.0
    """

    targets: tuple[TargetFix, ...]
    revision: RevisionInfo | None = None
    is_stamped: bool = False
    is_applied: bool = False

    @property
    def has_drift(self) -> bool:
        """Whether any database differs from its history, when the command ends."""
        if self.is_stamped:
            return False
        return any(one.left if self.is_applied else one.drift.changes for one in self.targets)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "revision": self.revision.to_dict() if self.revision else None,
            "is_stamped": self.is_stamped,
            "is_applied": self.is_applied,
            "targets": [target.to_dict() for target in self.targets],
        }


def fix_by_revision(directory: Directory = None, message: str | None = None, *, replay: bool = False) -> Fix:
    """Write what was changed by hand as a revision, and stamp the databases, which have the change, with it.

    The revision is run on a scratch database first; the databases are only read, until the stamp.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param message: of the revision, "what was changed by hand" by default.
    :param replay: measure against the replayed history, also where the log knows the schema.
    :raises MigrateError: when revisions are pending, there are several heads, or the revision does not run.

    .. versionadded:: 5.0
    """
    project = open_project(directory, opts=["autogenerate"])
    found = measure(project, replay=replay)
    fixes = tuple(_fix(one, is_revision=True) for one in found)
    if not any(fix.drift.changes for fix in fixes):
        return Fix(fixes)
    _require_heads(project, found)
    bodies = {}
    for one, fix in zip(found, fixes, strict=True):
        sides = _sides(one, is_revision=True)
        if fix.script.steps and sides is not None:
            before, after = sides
            bodies[one.name] = Body(fix.script.steps, write(after, before).steps, fix.script.impossible)
    if not bodies:
        raise MigrateError(
            "A revision can't settle it: " + " ".join(_unsettled(fixes)),
            "Objects that were there before the history are made by no revision. Take it back: flask db drift "
            "--fix database",
        )
    made = write_sql_revision(project, message or "what was changed by hand", bodies)
    try:
        left = _verified(directory, {one.name: one for one in found if one.name in bodies})
    except BaseException:
        pathlib.Path(made.path).unlink()
        raise
    fixes = tuple(dataclasses.replace(fix, left=left.get(fix.drift.name, ())) for fix in fixes)
    foreign = {place for one in found if one.kept is not None for place in one.kept.foreign}
    stamp(open_project(directory), made.revision, foreign, only_unstamped=False)
    return Fix(fixes, made, is_stamped=True)


def fix_database(
    directory: Directory = None, *, replay: bool = False, yes: bool = False, allow_destructive: bool = False
) -> Fix:
    """Take the databases back to what their history makes, or find out what would do so.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param replay: measure against the replayed history, also where the log knows the schema.
    :param yes: run the statements; without it the databases are only read.
    :param allow_destructive: run them also where they drop tables or columns, or what does not fit a type.
    :raises Refused: when they would, and that was not allowed; nothing was changed then.
    :raises MigrateError: when a database refuses a statement.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    found = measure(project, replay=replay)
    fixes = tuple(_counted(project, one, _fix(one, is_revision=False)) for one in found)
    if not yes or not any(fix.script.steps for fix in fixes):
        return Fix(fixes)
    losses = [loss for fix in fixes for loss in fix.losses]
    if losses and not allow_destructive:
        named = "; ".join(loss.describe() for loss in losses[:SHOWN])
        more = f" and {len(losses) - SHOWN} more" if len(losses) > SHOWN else ""
        raise Refused(
            f"Taking the database back would destroy {named}{more}. Nothing was changed.",
            "Keep it: flask db drift --fix revision. Give it up: flask db drift --fix database --yes "
            "--allow-destructive",
        )
    options = project.state.settings.execution_options()
    targets = {target.name: target for target in project.state.databases.targets()}
    for one, fix in zip(found, fixes, strict=True):
        if fix.script.steps:
            place = Place(one.version_table, one.version_table_schema, one.log_table)
            apply(targets[one.name], [step.sql for step in fix.script.steps], options, place)
    left = {one.name: one.result().sentences for one in measure(project, replay=replay)}
    done = (dataclasses.replace(fix, left=left.get(fix.drift.name, ())) for fix in fixes)
    return Fix(tuple(done), is_applied=True)


def _fix(one: Measured, *, is_revision: bool) -> TargetFix:
    """What settles the differences of one target."""
    sides, result = _sides(one, is_revision=is_revision), one.result()
    if sides is None or not result.changes:
        return TargetFix(result)
    if not can_write(one.live.dialect):
        raise MigrateError(
            f"--fix is not known for {one.live.dialect}; it is for PostgreSQL, MariaDB, MySQL and SQLite.",
            "Settle it by hand; flask db drift names what differs.",
            exit_code=USAGE,
        )
    before, after = sides if is_revision else reversed(sides)
    return TargetFix(result, write(before, after))


def _sides(one: Measured, *, is_revision: bool) -> tuple[Schema, Schema] | None:
    """What the history makes and what is there; for a revision, without what no revision makes."""
    sides = one.sides()
    if sides is None or not is_revision or one.kept is None:
        return sides
    foreign = set(one.kept.foreign)
    before, after = (without(side, lambda kind, schema, name: (kind, schema, name) in foreign) for side in sides)
    return before, after


def _unsettled(fixes: t.Iterable[TargetFix]) -> list[str]:
    return [sentence for fix in fixes for sentence in (*fix.drift.sentences, *fix.script.impossible)]


def _counted(project: Project, one: Measured, fix: TargetFix) -> TargetFix:
    """``fix`` with the rows that it would cost."""
    steps = [step for step in fix.script.steps if step.loses]
    if not steps:
        return fix
    target = next(target for target in project.state.databases.targets() if target.name == one.name)

    def count(connection: t.Any) -> tuple[Loss, ...]:
        counter = Counter(connection)
        losses = []
        for step in steps:
            schema, table = step.table or (None, "")
            losses.append(counter.loss(Victim(step.loses, table, schema, step.column or None)))
        return tuple(losses)

    return dataclasses.replace(fix, losses=connect(target, count))


def _require_heads(project: Project, found: list[Measured]) -> None:
    heads = project.script.get_heads()
    if len(heads) > 1:
        raise HistoryError(
            f"The history has several heads ({', '.join(heads)}), and the revision can follow only one.",
            "Merge them first: flask db merge heads -m MESSAGE, then flask db upgrade",
        )
    for one in found:
        if one.revisions and set(one.revisions) != set(heads):
            raise MigrateError(
                f"{one.database} is at {', '.join(one.revisions)}, and the head is {heads[0]}: a new revision would "
                "come after the pending ones.",
                "Run them first: flask db upgrade. What was changed by hand stays and is found again after it.",
            )


def _verified(directory: Directory, found: t.Mapping[str, Measured]) -> dict[str, tuple[str, ...]]:
    """What the history, with the new revision in it, makes otherwise than the databases have it.

    :raises HistoryError: when the new revision does not run on what the history makes.
    """
    project = open_project(directory)
    try:
        with replayed(project, names=set(found)) as databases:
            left = {}
            for name, one in found.items():
                one.expected, one.source = read_shadow(databases.shadows[name], one), "history"
                left[name] = tuple(f"Not in the revision: {change.describe()[2:]}" for change in one.changes())
            return left
    except HistoryError:
        raise
    except MigrateError as error:
        return dict.fromkeys(found, (f"The revision was not tried: {error.message}",))
