"""Reads any other database through SQLAlchemy's reflection."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import Inspector, reflection

from ..model import (
    Check,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    IndexPart,
    Options,
    PrimaryKey,
    Schema,
    Sequence,
    Table,
    UniqueKey,
    View,
)
from .scope import Scope

Found = t.Mapping[tuple[str | None, str], t.Any]
#: What is asked for all tables of a schema at once; dialects without an own way ask table by table.
SUBJECTS = (
    "columns",
    "pk_constraint",
    "foreign_keys",
    "unique_constraints",
    "check_constraints",
    "indexes",
    "table_comment",
    "table_options",
)


def read(connection: sa.Connection, scope: Scope) -> Schema:
    """Read the asked-for schemas of ``connection`` as far as its dialect can reflect them."""
    inspector = sa.inspect(connection)
    version = connection.dialect.server_version_info or ()
    labels = _labels(inspector, scope)
    return Schema(
        dialect=connection.dialect.name,
        version=".".join(map(str, version)),
        schemas=tuple(labels),
        tables=tuple(sorted(table for label in labels for table in _tables(inspector, scope, label))),
        views=tuple(sorted(view for label in labels for view in _views(inspector, scope, label))),
        sequences=tuple(sorted(sequence for label in labels for sequence in _sequences(inspector, scope, label))),
        notes=tuple(sorted(scope.notes)),
    )


def _labels(inspector: Inspector, scope: Scope) -> list[str | None]:
    """The asked-for schemas as SQLAlchemy calls them: None is the default one."""
    if scope.schemas is None:
        return [None]
    default = inspector.default_schema_name
    existing = set(inspector.get_schema_names())
    for name in scope.schemas:
        if name not in existing:
            scope.note("schema", None, name, "does not exist")
    return [*scope.labels((name for name in scope.named("") if name in existing), default or "")]


def _reflect(inspector: Inspector, scope: Scope, subject: str, schema: str | None) -> Found:
    """The answers for all tables; nothing, and a note, where the dialect has none."""
    try:
        found = getattr(inspector, f"get_multi_{subject}")(schema=schema, kind=reflection.ObjectKind.TABLE)
    except NotImplementedError:
        words = subject.replace("_", " ")
        scope.note("schema", None, schema or "default", f"{words} can't be reflected by this dialect")
        return {}
    return dict(found)


def _tables(inspector: Inspector, scope: Scope, schema: str | None) -> t.Iterator[Table]:
    names = [name for name in inspector.get_table_names(schema) if scope.wants("table", schema, name)]
    found = {subject: _reflect(inspector, scope, subject, schema) for subject in SUBJECTS}
    for name in names:
        facts = {subject: found[subject].get((schema, name)) or {} for subject in SUBJECTS}
        key = facts["pk_constraint"]
        yield Table(
            schema=schema,
            name=name,
            comment=(facts["table_comment"] or {}).get("text"),
            options=_options(facts["table_options"]),
            columns=tuple(_column(column, inspector) for column in facts["columns"]),
            primary_key=PrimaryKey(name=key.get("name"), columns=tuple(key["constrained_columns"]))
            if key.get("constrained_columns")
            else None,
            foreign_keys=tuple(sorted(_foreign_key(key, inspector) for key in facts["foreign_keys"])),
            unique_keys=tuple(sorted(_unique_key(key) for key in facts["unique_constraints"])),
            checks=tuple(sorted(Check(name=item["name"], text=item["sqltext"]) for item in facts["check_constraints"])),
            indexes=tuple(sorted(_index(item) for item in facts["indexes"] if not item.get("duplicates_constraint"))),
        )


def _views(inspector: Inspector, scope: Scope, schema: str | None) -> t.Iterator[View]:
    for name in inspector.get_view_names(schema):
        if not scope.wants("view", schema, name):
            continue
        try:
            definition = inspector.get_view_definition(name, schema)
        except (NotImplementedError, sa.exc.SQLAlchemyError) as error:
            scope.note("view", schema, name, f"its definition can't be read: {error}")
            continue
        yield View(schema=schema, name=name, definition=definition or "")


def _sequences(inspector: Inspector, scope: Scope, schema: str | None) -> t.Iterator[Sequence]:
    try:
        names = inspector.get_sequence_names(schema)
    except NotImplementedError:
        return
    for name in names:
        if scope.wants("sequence", schema, name):
            yield Sequence(schema=schema, name=name)


def _column(column: t.Mapping[str, t.Any], inspector: Inspector) -> Column:
    computed, identity = column.get("computed"), column.get("identity")
    autoincrement = column.get("autoincrement")
    return Column(
        name=column["name"],
        type=_type(column["type"], inspector),
        nullable=bool(column["nullable"]),
        default=column.get("default"),
        autoincrement=autoincrement is True,
        identity=_identity(identity) if identity else None,
        computed=Computed(expression=computed["sqltext"], stored=bool(computed.get("persisted"))) if computed else None,
        comment=column.get("comment"),
    )


def _type(type_: sa.types.TypeEngine[t.Any], inspector: Inspector) -> str:
    try:
        return type_.compile(inspector.dialect)
    except sa.exc.CompileError:
        return repr(type_)


def _identity(identity: t.Mapping[str, t.Any]) -> Identity:
    """An identity; what the dialect does not tell has the values of the SQL standard."""
    return Identity(
        always=bool(identity.get("always")),
        start=int(identity.get("start") or 1),
        increment=int(identity.get("increment") or 1),
        minimum=int(identity.get("minvalue") or 1),
        maximum=int(identity.get("maxvalue") or 2**63 - 1),
        cache=int(identity.get("cache") or 1),
        cycle=bool(identity.get("cycle")),
    )


def _foreign_key(key: t.Mapping[str, t.Any], inspector: Inspector) -> ForeignKey:
    options = key.get("options", {})
    schema = key["referred_schema"]
    return ForeignKey(
        name=key["name"],
        columns=tuple(key["constrained_columns"]),
        referred_schema=None if schema == inspector.default_schema_name else schema,
        referred_table=key["referred_table"],
        referred_columns=tuple(key["referred_columns"]),
        on_delete=options.get("ondelete"),
        on_update=options.get("onupdate"),
        match=options.get("match"),
        deferrable=bool(options.get("deferrable")),
        initially_deferred=options.get("initially") == "DEFERRED",
        comment=key.get("comment"),
    )


def _unique_key(key: t.Mapping[str, t.Any]) -> UniqueKey:
    return UniqueKey(name=key["name"], columns=tuple(key["column_names"]), comment=key.get("comment"))


def _index(index: t.Mapping[str, t.Any]) -> Index:
    expressions = index.get("expressions", index["column_names"])
    sorting = index.get("column_sorting", {})
    parts = (
        IndexPart(
            column=column,
            expression=expression if column is None else None,
            descending="desc" in sorting.get(expression, ()),
        )
        for column, expression in zip(index["column_names"], expressions, strict=True)
    )
    options = _options(index.get("dialect_options", {}))
    return Index(name=index["name"], parts=tuple(parts), unique=bool(index["unique"]), options=options)


def _options(options: t.Mapping[str, t.Any]) -> Options:
    return tuple(sorted((word, str(value)) for word, value in options.items() if value not in (None, [], {})))
