"""drift: what the live schema is against what the applied history makes."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

import sqlalchemy as sa

from ..environment import bind_of
from ..errors import MigrateError
from ..execution.kept import Kept, kept_schema, named_schemas, own_schema
from ..schema import Change, Schema, diff
from ..schema.select import without
from ..targets import describe_url
from .project import Directory, Project, open_project
from .replaying import replayed
from .state import log_table

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Connection

    from ..shadow import Shadow

#: Where the expected side came from.
Source = t.Literal["log", "history", ""]


@dataclasses.dataclass(frozen=True)
class TargetDrift:
    """What differs in one target.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param revisions: the ids of the revisions it is at.
    :param source: what it was measured against: ``"log"``, ``"history"`` (replayed), or nothing when no revision is
        applied.
    :param changes: from what the history makes to what is there.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    revisions: tuple[str, ...]
    source: Source
    changes: tuple[Change, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each change."""
        return tuple(change.sentence() for change in self.changes)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "name": self.name,
            "database": self.database,
            "revisions": list(self.revisions),
            "source": self.source,
            "changes": [change.to_dict() for change in self.changes],
        }


@dataclasses.dataclass(frozen=True)
class Drift:
    """What ``drift`` found; it is false when every database is what its history makes.

    :param targets: a value for each database.

    .. versionadded:: 5.0
    """

    targets: tuple[TargetDrift, ...]

    def __bool__(self) -> bool:
        return any(target.changes for target in self.targets)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"targets": [target.to_dict() for target in self.targets]}


@dataclasses.dataclass
class Measured:
    """One target while it is measured.

    :param live: what it holds.
    :param expected: what its history makes, once that is known.
    :param kept: what the log keeps.
    :param schemas: the named schemas of its models.
    """

    name: str
    database: str
    revisions: tuple[str, ...]
    live: Schema
    exclude: t.Callable[[str, str | None, str], bool]
    schemas: tuple[str, ...] | None = None
    version_table: str = "alembic_version"
    version_table_schema: str | None = None
    log_table: str | None = None
    kept: Kept | None = None
    expected: Schema | None = None
    source: Source = ""

    def changes(self) -> tuple[Change, ...]:
        """What differs; objects that were there at the adoption and that no revision makes do not count."""
        sides = self.sides()
        return diff(*sides) if sides is not None else ()

    def sides(self) -> tuple[Schema, Schema] | None:
        """What the history makes and what is there, as far as both count; None when no revision is applied."""
        if self.expected is None:
            return None
        expected, live = self.expected, self.live
        if self.source == "history" and self.kept is not None:
            own = {(kind, schema, name) for kind, schema, name in self.kept.foreign}
            live = without(live, lambda kind, schema, name: (kind, schema, name) in own)
        return without(expected, self.exclude), without(live, self.exclude)

    def result(self) -> TargetDrift:
        """The same as a value."""
        return TargetDrift(self.name, self.database, self.revisions, self.source, self.changes())


def drift(directory: Directory = None, *, replay: bool = False, connection: Connection | None = None) -> Drift:
    """Compare every database with what its applied revisions make; the databases are only read.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param replay: replay the history on a scratch database, also where the log knows the schema.
    :param connection: read over this connection instead of a new one.
    :raises MigrateError: when a database can't be read, or the history can't be replayed.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    return Drift(tuple(found.result() for found in measure(project, replay=replay, connection=connection)))


def measure(
    project: Project, *, replay: bool = False, only_log: bool = False, connection: Connection | None = None
) -> list[Measured]:
    """Every target with what it holds and what its history makes.

    :param only_log: leave out what the log does not know, instead of replaying the history.
    """
    found = measure_live(project, replay=replay, connection=connection)
    missing = {one.name: one.revisions for one in found if one.expected is None and one.revisions}
    if missing and not only_log:
        with replayed(project, missing, names=set(missing)) as databases:
            for one in found:
                if one.name in missing:
                    one.expected = read_shadow(databases.shadows[one.name], one)
                    one.source = "history"
    return found


def measure_live(
    project: Project,
    *,
    replay: bool = False,
    connection: Connection | None = None,
    more_schemas: t.Callable[[Connection], tuple[str, ...]] | None = None,
) -> list[Measured]:
    """Every target with what it holds, and with what its history makes where the log knows it.

    :param more_schemas: names schemas to read beside those of the models.
    """
    found: list[Measured] = []

    def look(revisions: tuple[str, ...], context: MigrationContext) -> None:
        found.append(measured(project, revisions, context, replay, more_schemas))

    project.read(look, connection=connection)
    return found


def read_shadow(shadow: Shadow, one: Measured) -> Schema:
    """What a history has made on a scratch database, with the schemas of the real one."""

    def read(connection: Connection) -> Schema:
        schemas = None
        if one.schemas:
            schemas = (str(sa.inspect(connection).default_schema_name), *one.schemas[1:])
        return own_schema(connection, schemas, one.version_table, one.log_table)

    return shadow.connect(read)


def measured(
    project: Project,
    revisions: tuple[str, ...],
    context: MigrationContext,
    replay: bool = False,
    more_schemas: t.Callable[[Connection], tuple[str, ...]] | None = None,
) -> Measured:
    """The target of ``context``, at ``revisions``, with what it holds.

    :param replay: leave out what the log knows.
    :param more_schemas: names schemas to read beside those of the models.
    """
    connection = context.connection
    assert connection is not None  # nothing here runs in offline mode
    log = log_table(project, context)
    kept = kept_schema(log, connection, revisions) if log is not None and revisions else None
    more = more_schemas(connection) if more_schemas is not None else ()
    schemas = named_schemas(context, (*more, *kept.schemas) if kept is not None else more)
    if kept is not None and not replay and schemas is not None:  # what was left out then is no change by hand
        schemas = (schemas[0], *kept.schemas) if kept.schemas else None
    log_name = context.opts.get("flask_migrate_log_table") or project.state.settings.log_table
    one = Measured(
        name=bind_of(context),
        database=describe_url(connection.engine.url),
        revisions=revisions,
        live=own_schema(connection, schemas, context.version_table, log_name),
        exclude=_excluded(context),
        schemas=schemas,
        version_table=context.version_table,
        version_table_schema=context.version_table_schema,
        log_table=log_name,
        kept=kept,
    )
    if kept is not None and not replay:
        one.expected, one.source = kept.schema, "log"
    return one


def _excluded(context: MigrationContext) -> t.Callable[[str, str | None, str], bool]:
    """What the project's own ``include_name`` and ``include_object`` leave out of every comparison."""
    include_name = context.opts.get("include_name")
    include_object = context.opts.get("include_object")

    def exclude(kind: str, schema: str | None, name: str) -> bool:
        if kind != "table":
            return False
        parents = {"schema_name": schema, "schema_qualified_table_name": f"{schema}.{name}" if schema else name}
        with contextlib.suppress(Exception):  # a hook may look at more than can be told here
            if include_name is not None and not include_name(name, kind, parents):
                return True
        with contextlib.suppress(Exception):
            table = sa.Table(name, sa.MetaData(), schema=schema)
            return include_object is not None and not include_object(table, name, kind, True, None)
        return False

    return exclude


class Drifted(MigrateError):
    """A database is not what its history makes."""


def require_no_drift(project: Project, revisions: tuple[str, ...], context: MigrationContext) -> None:
    """Raise :class:`Drifted` when the log knows the schema of the target of ``context``, and it is another one."""
    connection = context.connection
    log = log_table(project, context)
    if connection is None or log is None or not revisions:
        return
    with contextlib.suppress(sa.exc.SQLAlchemyError):  # the comparison itself says what is wrong
        if kept_schema(log, connection, revisions) is not None and measured(project, revisions, context).changes():
            raise Drifted("The database was changed outside the migrations.")


@contextlib.contextmanager
def away_from_drift(project: Project, connection: Connection | None) -> t.Iterator[tuple[dict[str, t.Any], list[str]]]:
    """How to compare the models so that what somebody changed by hand stays out of the script, within this block.

    :returns: options for ``Project.run``, and a sentence for each such change.
    """
    try:
        found = measure(project, only_log=True, connection=connection)
    except MigrateError:
        yield {}, []  # the comparison itself says what is wrong
        return
    sentences = [sentence for one in found for sentence in one.result().sentences]
    if not sentences or connection is not None:
        yield {}, sentences
        return
    with contextlib.ExitStack() as stack:
        options: dict[str, t.Any] = {}
        try:
            at = {one.name: one.revisions for one in found}
            databases = stack.enter_context(replayed(project, at))
            options = {"databases": databases, "substitute": databases.instead_of}
        except MigrateError as error:
            sentences.append(f"They are in the script all the same: {error.message}")
        yield options, sentences
