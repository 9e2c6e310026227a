"""The branches of ``Migrate.register``: which script a change belongs to, and what it follows."""

from __future__ import annotations

import os
import typing as t

from alembic import util
from alembic.operations import ops

from ..alembic_compat import want_rendered
from ..errors import MigrateError
from .project import Project

if t.TYPE_CHECKING:
    from alembic.autogenerate import RevisionContext

#: The app itself, among its packages.
APP = ""


def all_heads(project: Project, revision: t.Any) -> t.Any:
    """``revision``, but all heads for ``head`` in an app with packages: they are upgraded together."""
    return "heads" if revision == "head" and project.state.migrate.packages else revision


def app_place(project: Project, head: str, version_path: str | None) -> dict[str, str | None]:
    """What a new script follows, and its folder: in an app with packages, ``head`` is the app's own."""
    if head == "head" and project.state.migrate.packages:
        head, version_path, _ = _place(project, APP, version_path)
    return {"head": head, "version_path": version_path}


def split(project: Project, context: RevisionContext) -> None:
    """Divide the script that was compared by the packages that own its tables.

    Each part follows its own branch, and depends on those to whose tables its foreign keys lead. A script for which
    the person has named another head stays whole.
    """
    if not project.state.migrate.packages or not context.generated_revisions:
        return
    script = context.generated_revisions[0]
    if script.head != app_place(project, "head", None)["head"]:
        return
    parts = {owner: _part(project, script, owner) for owner in (APP, *project.state.migrate.packages)}
    found = {owner: part for owner, part in parts.items() if not all(operations.is_empty() for operations in part[0])}
    if not set(found) - {APP}:
        return
    context.generated_revisions[:] = _ordered(_scripts(project, script, found))


def _part(project: Project, script: ops.MigrationScript, owner: str) -> tuple[list[ops.UpgradeOps], list[t.Any]]:
    def own(operations: t.Any) -> list[t.Any]:
        return [one for one in operations.ops if project.state.migrate.owner_of(_table(one)) == owner]

    ups = [ops.UpgradeOps(own(one), upgrade_token=one.upgrade_token) for one in script.upgrade_ops_list]
    downs = [ops.DowngradeOps(own(one), downgrade_token=one.downgrade_token) for one in script.downgrade_ops_list]
    return ups, downs


def _scripts(
    project: Project, script: ops.MigrationScript, parts: dict[str, t.Any]
) -> list[tuple[ops.MigrationScript, set[str]]]:
    """A script for each owner, with the ids of those of them that it depends on."""
    ids = {owner: util.rev_id() for owner in parts}
    ids[next(iter(parts))] = str(script.rev_id)
    made = []
    for owner, (ups, downs) in parts.items():
        head, path, label = _place(project, owner, script.version_path if owner == APP else None)
        others = _referred(project, ups) - {owner}
        depends = [ids.get(other) or _place(project, other, None)[0] for other in sorted(others)]
        if owner and head == "base" and _touched(ups):  # made by the app's own branch, when the database was adopted
            depends.append(_place(project, APP, None)[0])
        new = ops.MigrationScript(
            ids[owner],
            t.cast("t.Any", ups),  # a list for several databases
            t.cast("t.Any", downs),
            message=script.message,
            imports=set(script.imports),
            head=head,
            version_path=path,
            branch_label=label or (script.branch_label if owner == APP else None),
            depends_on=_listed([*util.to_list(script.depends_on, []), *depends]),
        )
        want_rendered(new)
        made.append((new, {ids[other] for other in others if other in ids}))
    return made


def _listed(revisions: list[str]) -> list[str] | None:
    """``revisions``, each once, for ``depends_on``."""
    return [one for one in dict.fromkeys(revisions) if one != "base"] or None


def _touched(operations: t.Iterable[ops.UpgradeOps]) -> set[str]:
    """The tables that are there already and get changed."""
    found = [one for several in operations for one in several.ops]
    made = {_table(one) for one in found if isinstance(one, ops.CreateTableOp)}
    return {_table(one) for one in found if _table(one)} - made


def _ordered(scripts: list[tuple[ops.MigrationScript, set[str]]]) -> list[ops.MigrationScript]:
    """Those first that others depend on."""
    done: list[ops.MigrationScript] = []
    while len(done) < len(scripts):
        names = {one.rev_id for one in done}
        ready = [one for one, needs in scripts if one.rev_id not in names and needs <= names]
        if not ready:
            raise MigrateError(
                "Tables of the app and of its packages refer to each other in a circle, so no script can be first.",
                "Add one of the foreign keys in a second revision. Nothing was written.",
            )
        done += ready
    return done


def _place(project: Project, owner: str, version_path: str | None) -> tuple[str, str | None, str | None]:
    """The head that a script of ``owner`` follows, its folder, and the label when it is the first one."""
    packages = project.state.migrate.packages
    heads = [
        str(script.revision)
        for script in (project.script.get_revision(head) for head in project.script.get_heads())
        if script is not None and owner_of_file(project, script.path) == owner
    ]
    if len(heads) > 1:
        name = f"The package {owner}" if owner else "The app"
        raise MigrateError(f"{name} has {len(heads)} heads: {', '.join(heads)}.", "Join them: flask db merge REVISIONS")
    if heads:
        return heads[0], version_path, None
    own = packages[owner].directory if owner else os.path.join(project.script.dir, "versions")
    return "base", version_path or own, owner or None


def owner_of_file(project: Project, path: str) -> str:
    """The package whose branch the revision file ``path`` is in; empty for the app's own."""
    packages = project.state.migrate.packages
    folders = {name: os.path.realpath(package.directory) for name, package in packages.items()}
    return _owner(os.path.realpath(path), folders)


def _owner(path: str, folders: t.Mapping[str, str]) -> str:
    return next((name for name, folder in folders.items() if path.startswith(folder + os.sep)), APP)


def _referred(project: Project, operations: t.Iterable[t.Any]) -> set[str]:
    """The owners of the tables to which new foreign keys lead."""
    return {project.state.migrate.owner_of(name) for one in operations for name in _targets(one)}


def _targets(operation: t.Any) -> t.Iterator[str]:
    if isinstance(operation, ops.OpContainer):
        for one in operation.ops:
            yield from _targets(one)
    elif isinstance(operation, ops.CreateForeignKeyOp):
        yield operation.referent_table
    elif isinstance(operation, ops.CreateTableOp):
        for key in operation.to_table().foreign_keys:
            yield key.target_fullname.split(".")[-2]


def _table(operation: t.Any) -> str:
    return str(getattr(operation, "table_name", ""))
