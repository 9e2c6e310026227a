"""Scratch databases with the schema that a new script begins with."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ... import alembic_compat
from ...environment import bind_of
from ...environment.replay import Scratch, run_on_scratch, scratch
from ...errors import MigrateError
from ...schema import Change, Schema, diff
from ...schema.select import without
from ...shadow.copies import Template, make, read_template
from ...targets import describe_url
from ..drifting import Measured, measured, read_shadow
from ..project import Project
from ..replaying import replayed

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from sqlalchemy import Connection

#: With more tables in the databases, or more revisions to replay, it takes more than a few seconds.
MOST_TABLES = 300
MOST_REVISIONS = 100


class Impossible(Exception):
    """There is no such bench, and why."""


@dataclasses.dataclass(frozen=True)
class Live:
    """A database of the app.

    :param measured: where it is, and what it holds.
    :param template: what makes the same; ``None`` where nothing is known about the engine.
    """

    measured: Measured
    template: Template | None


@dataclasses.dataclass(frozen=True)
class Bench:
    """Scratch databases at the revisions of the app's own ones.

    :param project: whose.
    :param databases: the scratch databases.
    :param lives: the app's own.
    :param before: what each scratch database held at first.
    :param is_copy: whether they were copied; else the history was replayed.
    :param lacks: whether the app's databases hold what the scratch databases don't.
    """

    project: Project
    databases: Scratch
    lives: tuple[Live, ...]
    before: tuple[Schema, ...]
    is_copy: bool
    lacks: bool = False

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return " and ".join(dict.fromkeys(shadow.kind for shadow in self.databases.shadows.values()))

    def without_place(self, text: str) -> str:
        """``text`` without the passing names of the scratch databases."""
        for shadow in self.databases.shadows.values():
            text = text.replace(f" on {describe_url(shadow.engine.url)}", "")
        return text

    def run(self, find: t.Callable[[t.Any], list[RevisionStep]]) -> None:
        """Run the steps that ``find`` gives for the revisions at which a database is, in each of them."""
        _run(self.project, self.databases, lambda rev, context: find(rev))

    def changes(self) -> list[Change]:
        """What differs from the schema at first; the order of columns does not count."""
        records = {name for one in self.lives for name in (one.measured.version_table, one.measured.log_table)}
        found: list[Change] = []
        for one, before in zip(self.lives, self.before, strict=True):
            after = read_shadow(self.databases.shadows[one.measured.name], one.measured)
            found += [change for change in diff(before, after) if change.object != "column order"]
        return [change for change in found if change.object != "table" or change.name not in records]


def read_lives(project: Project, connection: Connection | None) -> tuple[Live, ...]:
    """The databases of the app; they are only read."""
    found: list[Live] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        one = measured(project, revisions, context)
        assert context.connection is not None  # nothing here runs in offline mode
        found.append(Live(one, read_template(context.connection, one.schemas or ())))

    project.read(look, connection=connection)
    return tuple(found)


@contextlib.contextmanager
def bench(project: Project, lives: tuple[Live, ...], *, is_limited: bool) -> t.Iterator[Bench]:
    """A copy of the app's databases; where they can't be copied, or hold what no revision makes, their history.

    :param is_limited: only when it takes no more than a few seconds.
    :raises Impossible: when it can't be, or would take longer.
    :raises MigrateError: when no scratch database can be made, or the history can't be replayed.
    """
    tables = sum(len(one.measured.live.tables) for one in lives)
    if is_limited and tables > MOST_TABLES:
        raise Impossible(f"it takes long with {tables} tables; --verify does it all the same")
    has_drifted = any(one.measured.changes() for one in lives)
    if not has_drifted and all(one.template is not None for one in lives):
        with contextlib.ExitStack() as stack:
            databases = stack.enter_context(scratch(project.state))
            if _is_copied(project, databases, lives):
                before = tuple(one.measured.live for one in lives)
                yield Bench(project, databases, lives, before, is_copy=True)
                return
    at = {one.measured.name: one.measured.revisions for one in lives}
    if is_limited and (count := _count(project, at)) > MOST_REVISIONS:
        raise Impossible(f"it takes long to replay {count} revisions; --verify does it all the same")
    with replayed(project, at) as databases:
        before = tuple(read_shadow(databases.shadows[one.measured.name], one.measured) for one in lives)
        differing = [] if has_drifted else _differing(lives, before)
        if any(change.kind != "added" for change in differing):
            raise Impossible("the database is not what its history makes")
        yield Bench(project, databases, lives, before, is_copy=False, lacks=bool(differing))


def _is_copied(project: Project, databases: Scratch, lives: tuple[Live, ...]) -> bool:
    templates = {databases.shadows[one.measured.name].engine: one.template for one in lives}  # binds may share one
    for shadow in {shadow.engine: shadow for shadow in databases.shadows.values()}.values():
        template = templates.get(shadow.engine)
        if template is not None:
            make(shadow, template)
    if any(read_shadow(databases.shadows[one.measured.name], one.measured) != one.measured.live for one in lives):
        return False
    at = {one.measured.name: one.measured.revisions for one in lives}
    if any(at.values()):
        stamp = alembic_compat.stamp_steps
        _run(project, databases, lambda rev, context: stamp(project.script, at.get(bind_of(context), ()), rev))
    return True


def _run(project: Project, databases: Scratch, work: t.Callable[[t.Any, MigrationContext], list[t.Any]]) -> None:
    run_on_scratch(project.state, project.config, project.script, databases, work)


def _count(project: Project, at: t.Mapping[str, tuple[str, ...]]) -> int:
    """How many revisions lead to those at which the databases are."""
    revisions = {revision for found in at.values() for revision in found}
    try:
        return len(list(project.script.iterate_revisions(tuple(revisions), "base"))) if revisions else 0
    except MigrateError:
        return 0


def _differing(lives: t.Iterable[Live], before: t.Iterable[Schema]) -> list[Change]:
    pairs = zip(lives, before, strict=True)
    found = [
        diff(without(schema, one.measured.exclude), without(one.measured.live, one.measured.exclude))
        for one, schema in pairs
    ]
    return [change for changes in found for change in changes]
