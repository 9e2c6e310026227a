"""adopt: a populated database comes under version control, without a statement that changes its tables."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile
import typing as t

from alembic.autogenerate import RevisionContext

from .. import alembic_compat
from ..autogenerate.guards import Comparison, check_models
from ..autogenerate.parts import finish
from ..environment.replay import Scratch, replay, scratch
from ..errors import USAGE, HistoryError, MigrateError
from ..extension import current_state
from ..schema import Change
from .comparing import app_folders, make_request
from .drifting import Measured, measure_live, read_shadow
from .generating import not_written, script_files
from .project import Directory, Project, open_project
from .starting import init

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

#: Objects that stand by themselves: those that no model describes are left alone.
STANDALONE = ("table", "view", "function", "trigger", "sequence", "enum", "domain", "type")


@dataclasses.dataclass(frozen=True)
class TargetAdoption:
    """One target that is to be adopted.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param changes: from what the revision makes to what is there; a difference that nobody has to accept is none.
    :param left_alone: the tables, views and so on that no model describes.
    :param notes: what differs and does not matter: the order of columns.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    changes: tuple[Change, ...] = ()
    left_alone: tuple[Change, ...] = ()
    notes: tuple[Change, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "name": self.name,
            "database": self.database,
            "only_in_database": [one.to_dict() for one in self.changes if one.kind == "added"],
            "only_in_models": [one.to_dict() for one in self.changes if one.kind == "removed"],
            "different": [one.to_dict() for one in self.changes if one.kind == "changed"],
            "left_alone": [one.to_dict() for one in self.left_alone],
            "notes": [one.to_dict() for one in self.notes],
        }


@dataclasses.dataclass(frozen=True)
class Adoption:
    """What ``adopt`` found and did.

    :param targets: a value for each database.
    :param paths: the revision files that were written, or would be.
    :param stamped: the revision that the databases were stamped with; empty when they were not.
    :param is_done_before: whether a history was there and the databases were at revisions of it already.

    .. versionadded:: 5.0
    """

    targets: tuple[TargetAdoption, ...] = ()
    paths: tuple[str, ...] = ()
    stamped: str = ""
    is_done_before: bool = False

    @property
    def agrees(self) -> bool:
        """Whether every database is what the first revision makes."""
        return not any(target.changes for target in self.targets)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "agrees": self.agrees,
            "stamped": self.stamped or None,
            "is_done_before": self.is_done_before,
            "paths": list(self.paths),
            "targets": [target.to_dict() for target in self.targets],
        }


def adopt(
    directory: Directory = None,
    message: str | None = None,
    *,
    stamp_only: bool = False,
    accept_differences: bool = False,
    dry_run: bool = False,
) -> Adoption:
    """Write a first revision for databases that have their tables already, and stamp them.

    The databases are only read, until the stamp. Nothing is written and nothing stamped while a database differs
    from the models and nobody has accepted that.

    :param directory: the migrations folder, if not the one that ``Migrate`` says; it is made when it is missing.
    :param message: of the revision, "initial" by default.
    :param stamp_only: write nothing: compare with the history that is there, and stamp what agrees with it.
    :param accept_differences: stamp in any case, and write a second revision that brings the databases to the models.
    :param dry_run: write and stamp nothing.
    :returns: what differs; the caller looks at ``agrees`` and ``stamped``.
    :raises MigrateError: when there is nothing to adopt, or anything stops it.

    .. versionadded:: 5.0
    """
    folder = pathlib.Path(current_state().directory if directory is None else os.fspath(directory)).absolute()
    has_folder = folder.is_dir() and any(folder.iterdir())
    if has_folder:
        project = open_project(folder)
        found = _live(project)
        if project.script.get_heads():
            return _with_history(project, found, stamp_only=stamp_only, dry_run=dry_run)
    if stamp_only:
        raise MigrateError("There is no history to compare with.", "Write its first revision: flask db adopt")
    with _workshop(folder, has_folder) as copy:
        return _without_history(copy, folder, message or "initial", accept_differences, dry_run)


def _live(project: Project) -> list[Measured]:
    """Every target with what it holds.

    :raises HistoryError: when a version table is somebody else's.
    """
    try:
        return measure_live(project)
    except HistoryError as error:
        if "Can't locate revision" not in error.message:
            raise
        raise HistoryError(
            error.message,
            "When the version table belongs to another app, give this one its own: Migrate(app, db, "
            'version_table="alembic_version_shop"). When the revisions were lost: flask db stamp --purge base',
        ) from error


def _with_history(project: Project, found: list[Measured], *, stamp_only: bool, dry_run: bool) -> Adoption:
    waiting = [one for one in found if not one.revisions]
    if not waiting:
        return Adoption(is_done_before=True)
    heads = project.script.get_heads()
    if not stamp_only:
        names = "1 revision" if len(heads) == 1 else f"{len(heads)} heads"
        raise MigrateError(
            f"There is a history already ({names}: {', '.join(heads)}), and the database is at no revision.",
            "Compare them and stamp what agrees: flask db adopt --stamp-only. For an empty database: flask db upgrade",
            exit_code=USAGE,
        )
    with scratch(project.state, {one.name for one in waiting}) as databases:
        replay(project.state, project.config, project.script, databases)
        targets = _compared(waiting, databases)
    result = Adoption(targets)
    if dry_run or not result.agrees:
        return result
    _stamp(project, "heads", targets)
    return dataclasses.replace(result, stamped=", ".join(heads))


@contextlib.contextmanager
def _workshop(folder: pathlib.Path, has_folder: bool) -> t.Iterator[pathlib.Path]:
    """A copy of the migrations folder, or a new one, in which nothing that is written counts yet."""
    with tempfile.TemporaryDirectory(prefix="flask_migrate_adopt_") as place:
        copy = pathlib.Path(place) / folder.name
        if has_folder:
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            init(copy)
        yield copy


def _without_history(
    copy: pathlib.Path, folder: pathlib.Path, message: str, accept_differences: bool, dry_run: bool
) -> Adoption:
    project = open_project(copy, opts=["autogenerate"])
    found = _live(project)
    _require_tables(found)
    with scratch(project.state) as databases:
        against = {"databases": databases, "substitute": databases.instead_of}
        _write(project, message, **against)
        project = open_project(copy, opts=["autogenerate"])
        replay(project.state, project.config, project.script, databases)
        targets = _compared(found, databases)
    result = Adoption(targets)
    (first,) = project.script.get_heads()
    if not result.agrees and accept_differences:
        _write(project, "bring the database to the models")
        project = open_project(copy)
    new = script_files(project)
    paths = tuple(str(folder / path.relative_to(copy)) for path in sorted(new))
    result = dataclasses.replace(result, paths=paths)
    if dry_run or not (result.agrees or accept_differences):
        return result if dry_run else dataclasses.replace(result, paths=())
    _deliver(copy, folder, new)
    _stamp(open_project(folder), first, targets)
    return dataclasses.replace(result, stamped=first)


def _require_tables(found: list[Measured]) -> None:
    stamped = [one for one in found if one.revisions]
    if stamped:
        raise MigrateError(
            f"{stamped[0].database} is at revision {', '.join(stamped[0].revisions)}, and there is no history.",
            "Bring the scripts back from version control, or forget the revision: flask db stamp --purge base",
        )
    if not any(one.live.tables for one in found):
        places = ", ".join(one.database for one in found)
        raise MigrateError(
            f"There is nothing to adopt: the database has no tables ({places}).",
            "Begin with a first revision: flask db migrate, then flask db upgrade",
        )


def _write(project: Project, message: str, **against: t.Any) -> None:
    """Write a revision with what leads from a database to the models.

    :param against: the databases to compare with, instead of the app's own.
    :raises Refused: when there are no models.
    """
    arguments: dict[str, t.Any] = {
        "message": message,
        "autogenerate": True,
        "sql": False,
        "head": "head",
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "rev_id": None,
        "depends_on": None,
    }
    context = RevisionContext(project.config, project.script, arguments, finish)
    tables = sum(len(target.metadata.tables) for target in project.state.databases.targets())
    check_models(Comparison(model_tables=tables), app_folders())

    def work(rev: t.Any, migration_context: MigrationContext) -> list[t.Any]:
        # no database is stamped yet, and the newest script is what they are compared with
        context.run_autogenerate(tuple(project.script.get_heads()), migration_context)
        return []

    project.run(
        work,
        dont_mutate=True,
        as_sql=False,
        template_args=context.template_args,
        revision_context=context,
        flask_migrate_request=make_request(project),
        **against,
    )
    try:
        list(context.generate_scripts())
    except Exception as error:
        raise not_written(project, error, was_made=False) from error


def _compared(found: list[Measured], databases: Scratch) -> tuple[TargetAdoption, ...]:
    targets = []
    for one in found:
        one.expected, one.source = read_shadow(databases.shadows[one.name], one), "log"
        changes = one.changes()
        alone = [change for change in changes if change.kind == "added" and _stands_alone(change)]
        notes = [change for change in changes if change.object == "column order"]
        rest = [change for change in changes if change not in alone and change not in notes]
        targets.append(TargetAdoption(one.name, one.database, tuple(rest), tuple(alone), tuple(notes)))
    return tuple(targets)


def _stands_alone(change: Change) -> bool:
    return change.object in STANDALONE


def _deliver(copy: pathlib.Path, folder: pathlib.Path, new: set[pathlib.Path]) -> None:
    """Put what was written in the copy to where it belongs."""
    if not folder.is_dir() or not any(folder.iterdir()):
        init(folder)
    for path in sorted(new):
        target = folder / path.relative_to(copy)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _stamp(project: Project, revision: str, targets: tuple[TargetAdoption, ...]) -> None:
    """Stamp the targets that have no revision yet, and keep in the log what they hold."""
    places = {(one.object, one.schema, str(one.name)) for target in targets for one in target.left_alone}

    def work(rev: t.Any, context: MigrationContext) -> list[t.Any]:
        return [] if rev else alembic_compat.stamp_steps(project.script, (revision,), rev)

    options = project.state.settings.execution_options(is_baseline=True, foreign=tuple(sorted(places, key=repr)))
    project.run(work, execution=options, as_sql=False, destination_rev=(revision,))
