"""Reads SQLite: the pragmas for all tables at once, and the declarations for what no pragma knows."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from ..model import Column, ForeignKey, Index, IndexPart, PrimaryKey, Schema, Table, Trigger, View
from .scope import Scope
from .sqlite_catalog import Catalog, Entry, attached_schemas, has_pragma_tables, sqlite_version
from .sqlite_sql import Declared, is_plain, parse_index, parse_table, parse_trigger, parse_view, parse_virtual_table
from .sqlite_tokens import NotUnderstood, squeeze

DEFAULT = "main"


def can_read(connection: sa.Connection) -> bool:
    """Whether this SQLite has what is asked of it."""
    return has_pragma_tables(connection)


def read(connection: sa.Connection, scope: Scope) -> Schema:
    """Read the asked-for files of ``connection``: six statements for each, whatever it holds."""
    attached = attached_schemas(connection)
    reader = Reader(scope)
    names = scope.named(DEFAULT)
    for name in names:
        if name not in attached:
            reader.scope.note("schema", None, name, "is not attached")
    found = [name for name in names if name in attached]
    for name in found:
        reader.read(Catalog(connection, name))
    if "temp" in attached and "temp" not in found:
        reader.skip_temporary(Catalog(connection, "temp"))
    return Schema(
        dialect="sqlite",
        version=".".join(map(str, sqlite_version(connection))),
        schemas=scope.labels(found, DEFAULT),
        tables=tuple(sorted(reader.tables)),
        views=tuple(sorted(reader.views)),
        triggers=tuple(sorted(reader.triggers)),
        notes=tuple(sorted(scope.notes)),
    )


class Reader:
    """What is collected while schema after schema is read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.tables: list[Table] = []
        self.views: list[View] = []
        self.triggers: list[Trigger] = []

    def read(self, catalog: Catalog) -> None:
        """Add the tables, views and triggers of one schema."""
        schema = self.scope.label(catalog.schema, DEFAULT)
        excluded = set()
        for entry in catalog.entries:
            if entry.is_internal or entry.type == "index":
                continue
            if entry.type in ("table", "view") and not self._wanted(entry, schema, catalog):
                excluded.add(entry.name)
            elif entry.type == "table":
                self.tables.append(self._table(entry, schema, catalog))
            elif entry.type == "view":
                self.views.append(self._view(entry, schema))
        for entry in catalog.entries:
            if entry.type == "trigger" and entry.table not in excluded:
                self._trigger(entry, schema)

    def skip_temporary(self, catalog: Catalog) -> None:
        """Note what only this connection sees."""
        for entry in catalog.entries:
            if entry.type in ("table", "view") and not entry.is_internal:
                self.scope.note(entry.type, "temp", entry.name, "is temporary: skipped")

    def _wanted(self, entry: Entry, schema: str | None, catalog: Catalog) -> bool:
        if not self.scope.wants(entry.type, schema, entry.name):
            return False
        if entry.name in catalog.shadow_tables:
            self.scope.note(entry.type, schema, entry.name, "is the inside of a virtual table: skipped")
            return False
        return True

    def _view(self, entry: Entry, schema: str | None) -> View:
        try:
            columns, query = parse_view(entry.sql or "")
        except NotUnderstood:
            columns, query = (), squeeze(entry.sql or "")
        options = (("columns", ", ".join(columns)),) if columns else ()
        return View(schema=schema, name=entry.name, definition=query, options=options)

    def _trigger(self, entry: Entry, schema: str | None) -> None:
        if not self.scope.wants("trigger", schema, entry.name):
            return
        try:
            definition = parse_trigger(entry.sql or "")
        except NotUnderstood:
            definition = squeeze(entry.sql or "")
        self.triggers.append(Trigger(schema=schema, name=entry.name, table=entry.table, definition=definition))

    def _table(self, entry: Entry, schema: str | None, catalog: Catalog) -> Table:
        if entry.is_virtual:
            return self._virtual_table(entry, schema)
        rows = catalog.columns.get(entry.name, ())
        declared = self._declared(entry, schema, [row[1] for row in rows])
        keys = tuple(sorted(_resolved(key, schema, catalog) for key in declared.foreign_keys))
        return Table(
            schema=schema,
            name=entry.name,
            columns=tuple(_column(row, declared) for row in rows),
            primary_key=_primary_key(entry.name, catalog, declared),
            foreign_keys=keys,
            unique_keys=tuple(sorted(declared.unique_keys)),
            checks=tuple(sorted(declared.checks)),
            indexes=tuple(sorted(_indexes(entry.name, catalog, declared))),
            options=tuple(sorted(declared.options)),
        )

    def _virtual_table(self, entry: Entry, schema: str | None) -> Table:
        try:
            using = parse_virtual_table(entry.sql or "")
        except NotUnderstood:
            using = squeeze(entry.sql or "")
        return Table(schema=schema, name=entry.name, kind="virtual table", options=(("using", using),))

    def _declared(self, entry: Entry, schema: str | None, columns: list[str]) -> Declared:
        """What the text of the table says; nothing, and a note, where it and the pragmas disagree."""
        if is_plain(entry.sql or ""):
            return Declared()
        try:
            declared = parse_table(entry.sql or "")
            if declared.columns != columns:
                raise NotUnderstood(f"it declares the columns {', '.join(declared.columns)}")
        except NotUnderstood as error:
            reason = f"its declaration is not understood, constraints are not read: {error}"
            self.scope.note("table", schema, entry.name, reason)
            return Declared()
        return declared


def _column(row: t.Sequence[t.Any], declared: Declared) -> Column:
    _, name, type_, not_null, default, in_key, *_ = row
    computed = declared.computed.get(name)
    conflict = declared.conflicts.get(name)
    return Column(
        name=name,
        type=_type(type_) if computed else type_,
        nullable=not not_null,
        default=None if default is None else squeeze(default),
        autoincrement=bool(in_key) and declared.autoincrement,
        computed=computed,
        collation=declared.collations.get(name),
        options=(("on conflict", conflict),) if conflict else (),
    )


def _type(type_: str) -> str:
    """The type without ``GENERATED ALWAYS``, which releases before 3.41 take for a part of it."""
    head = type_[: -len("generated always")].rstrip()
    return head if type_.lower().endswith("generated always") else type_


def _primary_key(table: str, catalog: Catalog, declared: Declared) -> PrimaryKey | None:
    """The key in the spelling of the columns; the declaration adds its name and options."""
    columns = catalog.primary_keys.get(table.lower(), ())
    if not columns:
        return None
    key = declared.primary_key or PrimaryKey(columns=columns)
    return dataclasses.replace(key, columns=columns)


def _resolved(key: ForeignKey, schema: str | None, catalog: Catalog) -> ForeignKey:
    """A key without columns refers to the primary key of the other table; keys never leave their file."""
    referred = key.referred_columns or catalog.primary_keys.get(key.referred_table.lower(), ())
    return dataclasses.replace(key, referred_schema=schema, referred_columns=referred)


def _indexes(table: str, catalog: Catalog, declared: Declared) -> t.Iterator[Index]:
    """The indexes that somebody created; those of keys belong to the keys."""
    for _, name, unique, origin, *_ in catalog.indexes.get(table, ()):
        if origin == "c":
            sql, columns = catalog.index_texts[name], catalog.index_columns[name]
            yield _index(name, bool(unique), sql, columns, declared)


def _index(name: str, unique: bool, sql: str, columns: t.Sequence[t.Sequence[t.Any]], declared: Declared) -> Index:
    expressions = any(is_key and column is None for _, _, column, _, _, is_key in columns)
    has_more = expressions or "WHERE" in sql.upper()
    parsed = parse_index(sql) if has_more else None  # most say nothing that the pragmas don't
    parts = (
        IndexPart(
            column=column,
            expression=parsed.parts[place] if parsed and column is None else None,
            descending=bool(descending),
            collation=_other_collation(column, collation, declared),
        )
        for place, (_, _, column, descending, collation, is_key) in enumerate(columns)
        if is_key
    )
    return Index(name=name, unique=unique, parts=tuple(parts), predicate=parsed.predicate if parsed else None)


def _other_collation(column: str | None, collation: str, declared: Declared) -> str | None:
    """The collation where it is not the column's own; an expression's is in its text."""
    own = declared.collations.get(column or "", "BINARY")
    return None if column is None or collation.upper() == own.upper() else collation
