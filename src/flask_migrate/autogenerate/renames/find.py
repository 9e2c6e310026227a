"""What could have been renamed: tables and columns that are only in the database, and only in the models."""

from __future__ import annotations

import difflib
import typing as t

import sqlalchemy as sa

from .. import ownership
from .model import Place

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: From this share of common columns on, one table looks like another one.
ALIKE = 0.6
#: From this likeness of two names on, columns may differ in the length of their type.
SIMILAR = 0.5


class Schemas:
    """The tables on both sides of a comparison.

    :param models: the tables of the models.
    :param database: the tables of the database that are compared.
    """

    def __init__(self, context: AutogenContext, schemas: t.Iterable[str | None]) -> None:
        self.context = context
        self.inspector = context.inspector
        self.default_schema = context.dialect.default_schema_name
        #: Whether the engine can put a table into another schema with all that belongs to it.
        self.may_move = context.dialect.name == "postgresql"
        self.models: dict[Place, sa.Table] = {
            (self.schema_of(table), table.name): table for table in context.sorted_tables
        }
        self.database: set[Place] = {
            (schema, name)
            for schema in schemas
            for name in self.inspector.get_table_names(schema=schema)
            if context.run_name_filters(name, "table", {"schema_name": schema})
        }
        migration = context.migration_context
        self.database.discard((migration.version_table_schema, migration.version_table))
        self._columns: dict[Place, dict[str, t.Any]] = {}

    def schema_of(self, table: sa.Table) -> str | None:
        """The schema of a table of the models; the default one has no name."""
        return table.schema if table.schema != self.default_schema else None

    def gone(self) -> list[Place]:
        """Tables that would be dropped."""
        places = sorted(self.database - set(self.models), key=str)
        return [place for place in places if ownership.is_ours(self.context, place)]

    def new(self) -> list[Place]:
        """Tables that would be made."""
        places = [place for place in self.models if place not in self.database]
        keep = self.context.run_object_filters
        return [place for place in places if keep(self.models[place], place[1], "table", False, None)]

    def columns(self, place: Place) -> dict[str, t.Any]:
        """What the database knows of the columns of a table, by name."""
        if place not in self._columns:
            found = self.inspector.get_columns(place[1], schema=place[0])
            self._columns[place] = {column["name"]: column for column in found}
        return self._columns[place]

    def columns_gone(self, old: Place, table: sa.Table) -> list[str]:
        """Columns of a table that would be dropped."""
        names = {"table_name": table.name, "schema_name": old[0]}
        known = {column.name for column in table.columns if not column.system}
        found = [name for name in self.columns(old) if name not in known]
        return [name for name in found if self.context.run_name_filters(name, "column", names)]  # type: ignore[arg-type]  # a dict of these keys

    def columns_new(self, old: Place, table: sa.Table) -> list[sa.Column[t.Any]]:
        """Columns of a table that would be added."""
        known = self.columns(old)
        keep = self.context.run_object_filters
        found = [column for column in table.columns if not column.system and column.name not in known]
        return [column for column in found if keep(column, column.name, "column", False, None)]

    def table_likeness(self, old: Place, table: sa.Table) -> float:
        """How much a table of the database looks like one of the models: 0 for not at all, 2 for entirely."""
        if old[0] != self.schema_of(table) and (not self.may_move or old[1] != table.name):
            return 0
        was, now = self.columns(old), {column.name: column for column in table.columns}
        same = sum(1 for name in was if name in now and self._is_same_type(was[name]["type"], now[name].type))
        share = same / max(len(was), len(now), 1)
        if share < ALIKE:
            return 0
        return share + difflib.SequenceMatcher(None, old[1], table.name).ratio()

    def column_likeness(self, old: Place, name: str, column: sa.Column[t.Any]) -> float:
        """How much a column of the database looks like one of the models: 0 for not at all, 3 for entirely."""
        was = self.columns(old)[name]
        if column.computed is not None or was.get("computed") or column.identity is not None:
            return 0
        if self._targets(old, name) != {key.target_fullname.rpartition(".")[0] for key in column.foreign_keys}:
            return 0
        names = difflib.SequenceMatcher(None, name, column.name).ratio()
        likeness = self._type_likeness(was["type"], column.type)
        if likeness < 1 and (names < SIMILAR or not likeness):
            return 0
        return likeness + names + int(was["nullable"] == column.nullable)

    def _targets(self, old: Place, name: str) -> set[str]:
        keys = self.inspector.get_foreign_keys(old[1], schema=old[0])
        return {
            f"{key['referred_schema']}.{key['referred_table']}" if key["referred_schema"] else key["referred_table"]
            for key in keys
            if name in key["constrained_columns"]
        }

    def _is_same_type(self, was: t.Any, now: t.Any) -> bool:
        return self._type_likeness(was, now) > 0

    def _type_likeness(self, was: sa.types.TypeEngine[t.Any], now: sa.types.TypeEngine[t.Any]) -> float:
        """1 for the same type, 0.5 for one of another length, 0 for any other."""
        if not self.context.migration_context.impl.compare_type(sa.Column("x", was), sa.Column("x", now)):
            return 1
        was_kind, now_kind = was.as_generic(allow_nulltype=True), now.as_generic(allow_nulltype=True)
        kinds = (sa.String, sa.LargeBinary, sa.Integer, sa.Numeric)
        return 0.5 if any(isinstance(was_kind, kind) and isinstance(now_kind, kind) for kind in kinds) else 0
