"""The database as it is and as the models want it, both in the engine's own words.

They are read when the first part asks, once for each comparison.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t
import weakref

import sqlalchemy as sa

from ..schema.model import Column, Domain, Enum, Schema, Sequence, Table
from ..schema.read import read_schema
from .renames.facts import renamed_schema
from .standing import Standing
from .trial import PARTS, try_tables

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: More tables than this are not all tried: only those are whose text an engine rewrites.
MANY = 400
SCHEMAS_WITH_ENUMS = """
SELECT DISTINCT n.nspname FROM pg_catalog.pg_type ty JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
WHERE ty.typtype = 'e'
"""
_facts: weakref.WeakKeyDictionary[AutogenContext, Facts] = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True)
class Pair:
    """One table.

    :param live: as it is in the database.
    :param wanted: as the engine makes it from the model.
    """

    live: Table
    wanted: Table

    def columns(self, live_name: str, wanted_name: str) -> tuple[Column, Column] | None:
        """A column on both sides; ``None`` where one of them does not have it."""
        live, wanted = self.live.column(live_name), self.wanted.column(wanted_name)
        return None if live is None or wanted is None else (live, wanted)


class Facts:
    """What one comparison knows.

    :param context: Alembic's.
    """

    def __init__(self, context: AutogenContext) -> None:
        assert context.connection is not None
        self.connection: sa.Connection = context.connection
        self.inspector = context.inspector
        self.default_schema = self.connection.dialect.default_schema_name
        self._tables = list(context.sorted_tables)
        if len(self._tables) > MANY:
            self._tables = [table for table in self._tables if _is_rewritten(table)]
        self._metadata = metadata_of(context)
        self._found: dict[str | None, Schema] = {}
        self._live: dict[str | None, Schema] = {}
        self._live_tables: dict[str | None, dict[str, Table]] = {}
        self._with_enums: set[str | None] | None = None

    @functools.cached_property
    def wanted(self) -> dict[str | None, Schema]:
        """What the engine makes of the models, by schema; tried when it is first asked for."""
        wanted: dict[str | None, Schema] = {}
        for schema, found in try_tables(self.connection, self._tables, self._metadata).items():
            key = self.key(schema)
            wanted[key] = _merged(wanted[key], found) if key in wanted else found
        return wanted

    @functools.cached_property
    def _wanted_tables(self) -> dict[str | None, dict[str, Table]]:
        return {key: _by_name(found) for key, found in self.wanted.items()}

    def live(self, schema: str | None) -> Schema:
        """A schema of the database."""
        key = self.key(schema)
        if key not in self._live:
            self._live[key] = renamed_schema(key, self.inspector, self._read)
            self._live_tables[key] = _by_name(self._live[key])
        return self._live[key]

    def _read(self, key: str | None) -> Schema:
        if key not in self._found:
            self._found[key] = read_schema(self.connection, schemas=None if key is None else [key], parts=PARTS)
        return self._found[key]

    def pair(self, live: sa.Table, model: sa.Table) -> Pair | None:
        """A table on both sides; ``None`` where the engine can't be asked about one of them."""
        now = self.wanted_table(model)
        # A schema of which no table was tried is not even read.
        was = None if now is None else self.live_table(live)
        return None if was is None or now is None else Pair(was, now)

    def columns(self, live: sa.Column[t.Any], model: sa.Column[t.Any]) -> tuple[Column, Column] | None:
        """A column on both sides; ``None`` where the engine can't be asked about one of them."""
        pair = self.pair(live.table, model.table)
        return pair.columns(live.name, model.name) if pair else None

    def live_table(self, live: sa.Table) -> Table | None:
        """A table as it is in the database."""
        self.live(live.schema)
        return self._live_tables[self.key(live.schema)].get(live.name)

    def wanted_table(self, model: sa.Table) -> Table | None:
        """A table as the model makes it."""
        return self._wanted_tables.get(self.key(model.schema), {}).get(model.name)

    def enums(self, schema: str | None) -> tuple[dict[str, Enum], dict[str, Enum]]:
        """The enumeration types of a schema, there and wanted, by name."""
        wanted = self.wanted.get(self.key(schema))
        return (
            {enum.name: enum for enum in self.live(schema).enums},
            {enum.name: enum for enum in wanted.enums} if wanted else {},
        )

    def domains(self, schema: str | None) -> tuple[dict[str, Domain], dict[str, Domain]]:
        """The domains of a schema, there and wanted, by name."""
        wanted = self.wanted.get(self.key(schema))
        return (
            {one.name: one for one in self.live(schema).domains},
            {one.name: one for one in wanted.domains} if wanted else {},
        )

    def has_enums(self, schema: str | None) -> bool:
        """Whether a schema of PostgreSQL has enumeration types, there or wanted; one statement tells it of all."""
        if self._with_enums is None:
            names = self.connection.execute(sa.text(SCHEMAS_WITH_ENUMS)).scalars()
            self._with_enums = {self.key(name) for name in names}
        wanted = self.wanted.get(self.key(schema))
        return self.key(schema) in self._with_enums or bool(wanted is not None and wanted.enums)

    def has_sequences(self) -> bool:
        """Whether there are sequences, or the models want some; the models are not tried for that."""
        schemas = {None, *(table.schema for table in self._tables)}
        wanted = Standing.of(self.connection.dialect, self._tables, self._metadata).sequences
        return bool(wanted) or any(self.live(schema).sequences for schema in schemas)

    def sequences(self, schema: str | None) -> tuple[dict[str, Sequence], dict[str, Sequence]]:
        """The sequences of a schema, there and wanted, by name."""
        wanted = self.wanted.get(self.key(schema))
        return (
            {one.name: one for one in self.live(schema).sequences},
            {one.name: one for one in wanted.sequences} if wanted else {},
        )

    def key(self, schema: str | None) -> str | None:
        """A schema as the facts call it: the default one has no name."""
        return None if schema == self.default_schema else schema


def metadata_of(context: AutogenContext) -> tuple[sa.MetaData, ...]:
    """The models of a comparison; env.py may give several."""
    given: t.Any = context.metadata
    return tuple(given) if isinstance(given, (list, tuple)) else (given,) if given is not None else ()


def facts_of(context: AutogenContext) -> Facts:
    """The facts of a comparison."""
    if context not in _facts:
        _facts[context] = Facts(context)
    return _facts[context]


def _by_name(schema: Schema) -> dict[str, Table]:
    return {table.name: table for table in schema.tables}


def _merged(one: Schema, other: Schema) -> Schema:
    """A schema that was asked for by its name and as the default one."""
    fields = ("tables", "enums", "sequences", "domains")
    both: dict[str, t.Any] = {field: (*getattr(one, field), *getattr(other, field)) for field in fields}
    return dataclasses.replace(one, **both)


def _is_rewritten(table: sa.Table) -> bool:
    """Whether a table has anything that an engine gives back in other words."""
    return (
        any(column.server_default is not None for column in table.columns)
        or any(isinstance(one, sa.CheckConstraint) for one in table.constraints)
        or any(isinstance(column.type, sa.Enum) for column in table.columns)
        or any(not isinstance(part, sa.Column) for index in table.indexes for part in index.expressions)
        or any(dict(index.dialect_kwargs) for index in table.indexes)
    )
