"""adopt: a populated database comes under version control, without a statement that changes its tables."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

from alembic.autogenerate import RevisionContext

from .. import alembic_compat
from ..autogenerate.guards import Comparison, check_models
from ..autogenerate.parts import finish
from ..environment.replay import Scratch, replay, scratch
from ..errors import USAGE, HistoryError, MigrateError, Refused
from ..execution.kept import Place
from ..extension import current_state
from ..schema import Change
from ..schema.diff import OBJECTS
from .comparing import app_folders, make_request
from .contradictions import require_no_contradiction
from .drifting import Measured, measure_live, read_shadow
from .generating import not_written, script_files
from .left_alone import Described, described_tables, stands_alone
from .project import Directory, Project, open_project
from .workshop import deliver, workshop

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext


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
    :param models: the files with model classes that were written, or would be.
    :param remarks: what the model classes do not say of the tables.
    :param is_done_before: whether a history was there and the databases were at revisions of it already.

    .. versionadded:: 5.0
    """

    targets: tuple[TargetAdoption, ...] = ()
    paths: tuple[str, ...] = ()
    stamped: str = ""
    models: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
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
            "models": list(self.models),
            "remarks": list(self.remarks),
            "targets": [target.to_dict() for target in self.targets],
        }


def adopt(
    directory: Directory = None,
    message: str | None = None,
    *,
    stamp_only: bool = False,
    accept_differences: bool = False,
    from_database: bool = False,
    models: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> Adoption:
    """Write a first revision for databases that have their tables already, and stamp them.

    The databases are only read, until the stamp. Nothing is written and nothing stamped while a database differs
    from the models and nobody has accepted that.

    :param directory: the migrations folder, if not the one that ``Migrate`` says; it is made when it is missing.
    :param message: of the revision, "initial" by default.
    :param stamp_only: write nothing: compare with the history that is there, and stamp what agrees with it.
    :param accept_differences: stamp in any case, and write a second revision that brings the databases to the models.
    :param from_database: write the revision from what the databases hold, not from the models.
    :param models: a file to write model classes to, with ``from_database``.
    :param dry_run: write and stamp nothing.
    :returns: what differs; the caller looks at ``agrees`` and ``stamped``.
    :raises MigrateError: when there is nothing to adopt, or anything stops it.

    .. versionadded:: 5.0
    """
    if stamp_only and (accept_differences or from_database or models is not None):
        raise MigrateError(
            "--stamp-only writes nothing: it compares with the history that is there.",
            "Leave out --accept-differences, --from-database and --models, or --stamp-only.",
            exit_code=USAGE,
        )
    folder = pathlib.Path(current_state().directory if directory is None else os.fspath(directory)).absolute()
    has_folder = folder.is_dir() and any(folder.iterdir())
    if has_folder:
        project = open_project(folder)
        found = _live(project)
        if project.script.get_heads():
            return _with_history(project, found, stamp_only=stamp_only, dry_run=dry_run)
    if stamp_only:
        raise MigrateError("There is no history to compare with.", "Write its first revision: flask db adopt")
    if from_database and accept_differences:
        raise MigrateError(
            "--from-database makes what the database holds, so there are no differences to accept.",
            "Leave out --accept-differences.",
            exit_code=USAGE,
        )
    if models is not None and not from_database:
        raise MigrateError("--models needs --from-database.", "Leave it out, or add it.", exit_code=USAGE)
    with workshop(folder, has_folder) as copy:
        if from_database:
            return _from_database(copy, folder, message or "initial", dry_run, models)
        return _without_history(copy, folder, message or "initial", accept_differences, dry_run)


def _live(project: Project, **how: t.Any) -> list[Measured]:
    """Every target with what it holds.

    :param how: for :func:`measure_live`.

    :raises HistoryError: when a version table is somebody else's.
    """
    try:
        return measure_live(project, **how)
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
        schemas = _schemas_made(databases)
        if schemas:
            waiting = [one for one in _live(project, more_schemas=lambda _: schemas) if not one.revisions]
        targets = _compared(waiting, databases, described=described_tables(project))
    result = Adoption(targets)
    if dry_run or not result.agrees:
        return result
    stamp(project, "heads", _left_alone(targets), schemas=schemas)
    return dataclasses.replace(result, stamped=", ".join(heads))


def _schemas_made(databases: Scratch) -> tuple[str, ...]:
    """The schemas that a history has made beside the default one, where that can be told from those of others."""
    from .from_database import more_schemas

    made: set[str] = set()
    for shadow in databases.shadows.values():
        if shadow.engine.dialect.name == "postgresql" and shadow.kind == "a scratch database":
            made |= set(shadow.connect(more_schemas))
    return tuple(sorted(made))


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
    require_no_contradiction(targets)
    result = Adoption(targets)
    (first,) = project.script.get_heads()
    if not result.agrees and accept_differences:
        _write(project, "bring the database to the models")
        project = open_project(copy)
    new = script_files(project)
    paths = tuple(str(folder / path.relative_to(copy)) for path in _in_order(project, new))
    result = dataclasses.replace(result, paths=paths)
    if dry_run or not (result.agrees or accept_differences):
        return result if dry_run else dataclasses.replace(result, paths=())
    deliver(copy, folder, new)
    stamp(open_project(folder), first, _left_alone(targets))
    return dataclasses.replace(result, stamped=first)


def _from_database(
    copy: pathlib.Path, folder: pathlib.Path, message: str, dry_run: bool, models: str | os.PathLike[str] | None
) -> Adoption:
    """The database leads: the revision makes what is there, which is tried before anything counts."""
    from . import from_database as writing

    project = open_project(copy, opts=["autogenerate"])
    found = _live(project, more_schemas=writing.more_schemas)
    _require_tables(found, *(field for field, _ in OBJECTS))
    files = writing.model_files(project, found, os.fspath(models)) if models is not None else []
    writing.write_first_revision(project, found, message)
    project = open_project(copy, opts=["autogenerate"])
    with scratch(project.state, {one.name for one in found}) as databases:
        replay(project.state, project.config, project.script, databases)
        targets = _compared(found, databases, leaves_alone=False)
    new = script_files(project)
    paths = tuple(str(folder / path.relative_to(copy)) for path in sorted(new))
    remarks = tuple(remark for file in files for remark in file.remarks)
    result = Adoption(targets, paths, models=tuple(str(file.path) for file in files), remarks=remarks)
    if dry_run or not result.agrees:
        return result if dry_run else dataclasses.replace(result, paths=(), models=())
    deliver(copy, folder, new)
    for file in files:
        file.path.write_text(file.text, encoding="utf-8")
    (first,) = project.script.get_heads()
    schemas = {name for one in found for name in one.schemas or ()}
    stamp(open_project(folder), first, (), schemas=tuple(sorted(schemas)))
    return dataclasses.replace(result, stamped=first)


def _require_tables(found: list[Measured], *fields: str) -> None:
    stamped = [one for one in found if one.revisions]
    if stamped:
        raise MigrateError(
            f"{stamped[0].database} is at revision {', '.join(stamped[0].revisions)}, and there is no history.",
            "Bring the scripts back from version control, or forget the revision: flask db stamp --purge base",
        )
    if not any(getattr(one.live, field) for one in found for field in fields or ("tables",)):
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
    try:
        check_models(Comparison(model_tables=tables), app_folders())
    except Refused as error:
        raise Refused(error.message, f"{error.hint}\nThe database leads: flask db adopt --from-database") from error

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


def _compared(
    found: list[Measured],
    databases: Scratch,
    *,
    leaves_alone: bool = True,
    described: t.Mapping[str, t.Collection[Described]] | None = None,
) -> tuple[TargetAdoption, ...]:
    """What differs in each target.

    :param leaves_alone: whether objects without a model are left alone; those of ``described`` have one.
    """
    targets = []
    for one in found:
        one.expected, one.source = read_shadow(databases.shadows[one.name], one), "log"
        changes = one.changes()
        models = described.get(one.name, ()) if described is not None else ()
        alone = [change for change in changes if leaves_alone and stands_alone(change, models)]
        notes = [change for change in changes if change.object == "column order"]
        rest = [change for change in changes if change not in alone and change not in notes]
        targets.append(TargetAdoption(one.name, one.database, tuple(rest), tuple(alone), tuple(notes)))
    return tuple(targets)


def _in_order(project: Project, files: t.Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """``files`` in the order of the history."""
    order = [pathlib.Path(one.path).stem for one in project.script.walk_revisions()][::-1]
    return sorted(files, key=lambda file: (order.index(file.stem) if file.stem in order else -1, file.name))


def stamp(
    project: Project,
    revision: str,
    foreign: t.Iterable[Place],
    *,
    only_unstamped: bool = True,
    schemas: tuple[str, ...] = (),
) -> None:
    """Stamp the targets, and keep in the log what they hold.

    :param foreign: the objects that no revision makes.
    :param only_unstamped: leave out what is at a revision already.
    :param schemas: the schemas that the history is about, beside those of the models.
    """

    def work(rev: t.Any, context: MigrationContext) -> list[t.Any]:
        if bool(rev) == only_unstamped:
            return []
        return alembic_compat.stamp_steps(project.script, (revision,), rev)

    options = project.state.settings.execution_options(
        is_baseline=True, foreign=tuple(sorted(foreign, key=repr)), schemas=schemas
    )
    project.run(work, execution=options, as_sql=False, destination_rev=(revision,))


def _left_alone(targets: tuple[TargetAdoption, ...]) -> set[Place]:
    return {(one.object, one.schema, str(one.name)) for target in targets for one in target.left_alone}
