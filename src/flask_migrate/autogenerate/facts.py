"""The database as it is and as the models want it, both in the engine's own words.

They are read when the first part asks, once for each comparison.
"""

from __future__ import annotations

import dataclasses
import typing as t
import weakref

import sqlalchemy as sa

from ..schema.model import Column, Enum, Schema, Sequence, Table
from ..schema.read import read_schema
from .renames.facts import renamed_schema
from .trial import try_tables

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: More tables than this are not all tried: only those are whose text an engine rewrites.
MANY = 400
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
        tables = list(context.sorted_tables)
        if len(tables) > MANY:
            tables = [table for table in tables if _is_rewritten(table)]
        self.wanted: dict[str | None, Schema] = {}
        for schema, found in try_tables(self.connection, tables).items():
            key = self._key(schema)
            self.wanted[key] = _merged(self.wanted[key], found) if key in self.wanted else found
        self._live: dict[str | None, Schema] = {}

    def live(self, schema: str | None) -> Schema:
        """A schema of the database."""
        key = self._key(schema)
        if key not in self._live:
            found = read_schema(self.connection, schemas=None if key is None else [key])
            self._live[key] = renamed_schema(found, self.inspector)
        return self._live[key]

    def pair(self, live: sa.Table, model: sa.Table) -> Pair | None:
        """A table on both sides; ``None`` where the engine can't be asked about one of them."""
        was = self.live_table(live)
        now = self.wanted_table(model)
        return None if was is None or now is None else Pair(was, now)

    def live_table(self, live: sa.Table) -> Table | None:
        """A table as it is in the database."""
        return _named(self.live(live.schema), live.name)

    def wanted_table(self, model: sa.Table) -> Table | None:
        """A table as the model makes it."""
        found = self.wanted.get(self._key(model.schema))
        return None if found is None else _named(found, model.name)

    def enums(self, schema: str | None) -> tuple[dict[str, Enum], dict[str, Enum]]:
        """The enumeration types of a schema, there and wanted, by name."""
        wanted = self.wanted.get(self._key(schema))
        return (
            {enum.name: enum for enum in self.live(schema).enums},
            {enum.name: enum for enum in wanted.enums} if wanted else {},
        )

    def sequences(self, schema: str | None) -> tuple[dict[str, Sequence], dict[str, Sequence]]:
        """The sequences of a schema, there and wanted, by name."""
        wanted = self.wanted.get(self._key(schema))
        return (
            {one.name: one for one in self.live(schema).sequences},
            {one.name: one for one in wanted.sequences} if wanted else {},
        )

    def _key(self, schema: str | None) -> str | None:
        return None if schema == self.default_schema else schema


def facts_of(context: AutogenContext) -> Facts:
    """The facts of a comparison."""
    if context not in _facts:
        _facts[context] = Facts(context)
    return _facts[context]


def _named(schema: Schema, name: str) -> Table | None:
    return next((table for table in schema.tables if table.name == name), None)


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
