"""Schemas (in the sense of ``CREATE SCHEMA``): which ones are compared, and making those that are missing."""

from __future__ import annotations

import fnmatch
import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from .draft import Part
from .facts import metadata_of
from .renames.operations import MoveTable
from .request import Request
from .standing import SCHEMA, Standing

if t.TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

#: Dialects in which a database has schemas of its own.
HAVE_SCHEMAS = ("postgresql", "mssql")
#: ``include_name`` and ``include_object`` of Alembic's ``configure()``.
Filter = t.Callable[..., t.Any]


def options(
    settings: t.Mapping[str, t.Any], request: Request, metadata: t.Iterable[sa.MetaData], default: str | None
) -> dict[str, t.Any]:
    """The arguments of ``context.configure()`` that decide which schemas and tables are compared.

    :param settings: the arguments so far; what they say about schemas stands.
    :param metadata: the models.
    :param default: the name of the default schema.
    """
    found: dict[str, t.Any] = {}
    wanted = set(request.schemas or ())
    if not wanted and "include_schemas" not in settings and "schemas" in request.parts:
        wanted = _schemas_in_use(request, metadata, default)
    patterns = tuple(request.exclude_tables)
    if wanted:
        found["include_schemas"] = wanted != {default}
    if wanted or patterns:
        found["include_name"] = _name_filter(settings.get("include_name"), wanted, patterns, default)
    if patterns:
        found["include_object"] = _object_filter(settings.get("include_object"), patterns, default)
    return found


def _schemas_in_use(request: Request, metadata: t.Iterable[sa.MetaData], default: str | None) -> set[str]:
    """The schemas of the models and of the history, when there is another one than the default."""
    named = {table.schema for one in metadata for table in one.tables.values() if table.schema}
    named |= {match["name"] for text in request.scripts() for match in SCHEMA.finditer(text)}
    return {*named, default} if named - {default} and default else set()


def _is_excluded(name: str | None, schema: str | None, patterns: t.Sequence[str], default: str | None) -> bool:
    names = [str(name), f"{schema or default}.{name}"]
    return any(fnmatch.fnmatchcase(one, pattern) for one in names for pattern in patterns)


def _name_filter(
    given: Filter | None, schemas: t.Container[str | None], patterns: t.Sequence[str], default: str | None
) -> Filter:
    def include(name: str | None, kind: str, parents: t.Any) -> bool:
        if kind == "schema" and schemas and (name or default) not in schemas:
            return False
        if kind == "table" and _is_excluded(name, parents.get("schema_name"), patterns, default):
            return False
        return given is None or bool(given(name, kind, parents))

    return include


def _object_filter(given: Filter | None, patterns: t.Sequence[str], default: str | None) -> Filter:
    def include(item: t.Any, name: str | None, kind: str, reflected: bool, other: t.Any) -> bool:
        if kind == "table" and _is_excluded(name, item.schema, patterns, default):
            return False
        return given is None or bool(given(item, name, kind, reflected, other))

    return include


def setup(plugin: Plugin) -> None:
    """Look for missing schemas when the comparison is over."""
    plugin.add_autogenerate_comparator(make_missing, "autogenerate", "schemas", priority=DispatchPriority.LAST)


def make_missing(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Make the schemas of new tables that the database does not have."""
    if context.dialect.name in HAVE_SCHEMAS:
        known = set(context.inspector.get_schema_names())
        created = [one.schema for one in upgrade_ops.ops if isinstance(one, ops.CreateTableOp) and one.schema]
        created += [one.new for one in upgrade_ops.ops if isinstance(one, MoveTable) and one.new]
        if context.dialect.name == "postgresql":
            created += _of_types_and_sequences(context)
        upgrade_ops.ops[:0] = [CreateSchema(name) for name in dict.fromkeys(created) if name not in known]
    return PriorityDispatchResult.CONTINUE


def _of_types_and_sequences(context: AutogenContext) -> list[str]:
    tables, metadata = list(context.sorted_tables), metadata_of(context)
    return [name for name in Standing.of(context.dialect, tables, metadata).schemas if name is not None]


class CreateSchema(ops.MigrateOperation):
    """Makes a schema."""

    #: Before everything.
    phase = 1

    def __init__(self, name: str) -> None:
        self.name = name

    def reverse(self) -> DropSchema:
        """Drop it again."""
        return DropSchema(self.name)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("add_schema", self.name)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"+ schema {self.name}"]


class DropSchema(ops.MigrateOperation):
    """Drops a schema that is empty."""

    #: After everything.
    phase = 99

    def __init__(self, name: str) -> None:
        self.name = name

    def reverse(self) -> CreateSchema:
        """Make it again."""
        return CreateSchema(self.name)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("remove_schema", self.name)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"- schema {self.name}"]


@renderers.dispatch_for(CreateSchema)
def _render_create(context: AutogenContext, operation: CreateSchema) -> str:
    return f"op.execute(sa.schema.CreateSchema({operation.name!r}, if_not_exists=True))"


@renderers.dispatch_for(DropSchema)
def _render_drop(context: AutogenContext, operation: DropSchema) -> str:
    return f"op.execute(sa.schema.DropSchema({operation.name!r}))"


PART = Part("schemas", setup=setup)
