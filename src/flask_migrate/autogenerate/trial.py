"""What an engine makes of the models' tables: they are made in a scratch schema, read, and dropped.

Engines rewrite what they are given (``price>0`` becomes ``(price > (0)::numeric)``, ``BOOL`` becomes ``tinyint(1)``)
and name what has no name. Two things that the same engine has written and the same code has read can be compared as
text.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import typing as t

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from ..alembic_compat import copy_prefixes
from ..schema.model import Schema, Table
from ..schema.read import read_schema
from ..targets import twin
from . import batch
from .standing import Standing, said_as_meant, types_in

#: Beginning of the names of scratch schemas.
PREFIX = "flask_migrate_trial_"
MYSQL = ("mysql", "mariadb")
#: What models can describe.
PARTS = ("tables", "sequences", "enums", "domains", "types")
Schemas = dict[str | None, Schema]


def try_tables(
    connection: sa.Connection, tables: t.Sequence[sa.Table], metadata: t.Sequence[sa.MetaData] = ()
) -> Schemas:
    """What the engine makes of ``tables``, by the schema that they are for; empty where it can't be found out.

    The database is as it was when this returns. A table that can't be made is left out.

    :param metadata: the sequences and types of these that no table has are made as well, where there are any.
    """
    try:
        if connection.dialect.name == "postgresql":
            standing = Standing.of(connection.dialect, tables, metadata)
            if not tables and not standing.sequences and not standing.types:
                return {None: Schema(dialect="postgresql")}  # which takes no statement to know
            return _on_postgresql(connection, tables, standing)
        if connection.dialect.name in MYSQL and (tables or metadata):
            return _on_mysql(connection, tables, Standing.of(connection.dialect, tables, metadata))
        return _on_sqlite(connection, tables) if connection.dialect.name == "sqlite" and tables else {}
    except sa.exc.SQLAlchemyError:
        return {}


def _on_sqlite(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> Schemas:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    named: dict[str | None, str | None] = {
        schema: schema for schema in _schemas(tables) if schema not in (None, "main")
    }
    try:
        with engine.connect() as own:
            for schema in named:
                own.exec_driver_sql(f"ATTACH ':memory:' AS {own.dialect.identifier_preparer.quote(str(schema))}")
            _make(own, tables, {})
            return _read(own, {None: None, "main": None, **named}, _schemas(tables))
    finally:
        engine.dispose()


def _on_postgresql(connection: sa.Connection, tables: t.Sequence[sa.Table], standing: Standing) -> Schemas:
    schemas = list(dict.fromkeys([*_schemas(tables), *standing.schemas]))
    places = _places(schemas)
    with connection.begin_nested() as savepoint:
        for place in places.values():
            connection.exec_driver_sql(f"CREATE SCHEMA {place}")
        path = connection.exec_driver_sql("SHOW search_path").scalar_one()
        first = ", ".join(places[schema] for schema in places if schema is None)
        if first:
            connection.exec_driver_sql(f"SET LOCAL search_path = {', '.join(filter(None, [first, path]))}")
        try:
            with _translated(connection, places):
                standing.make(connection)
            _make(connection, tables, places)
            return said_as_meant(connection, _read(connection, places, schemas), places)
        finally:
            savepoint.rollback()


def _on_mysql(connection: sa.Connection, tables: t.Sequence[sa.Table], standing: Standing) -> Schemas:
    """A database of its own, over a connection of its own: here every DDL statement commits."""
    sequences = standing.sequences if connection.dialect.supports_sequences else ()
    if not tables and not sequences:
        return {}
    schemas = list(dict.fromkeys([*_schemas(tables), *(one.schema for one in sequences)]))
    places = _places(schemas)
    engine = twin(connection.engine)
    made: list[str] = []
    try:
        with engine.connect() as own:
            words = own.exec_driver_sql("SELECT @@character_set_database, @@collation_database").one()
            try:
                for place in places.values():
                    own.exec_driver_sql(f"CREATE DATABASE {place} CHARACTER SET {words[0]} COLLATE {words[1]}")
                    made.append(place)
                with _translated(own, places):
                    for sequence in sequences:
                        own.execute(sa.schema.CreateSequence(sequence))
                _make(own, tables, places)
                return _read(own, places, schemas)
            finally:
                for place in made:
                    own.exec_driver_sql(f"DROP DATABASE {place}")
    finally:
        engine.dispose()


def _schemas(tables: t.Iterable[sa.Table]) -> list[str | None]:
    return list(dict.fromkeys([None, *(table.schema for table in tables)]))


def _places(schemas: t.Iterable[str | None]) -> dict[str | None, str]:
    name = f"{PREFIX}{secrets.token_hex(4)}"
    return {schema: f"{name}_{number}" for number, schema in enumerate(schemas)}


def _make(connection: sa.Connection, tables: t.Sequence[sa.Table], places: dict[str | None, str]) -> None:
    """Make copies of ``tables``, which no listener of the app knows; one by one where that fails for all."""
    if not tables:
        return
    with _translated(connection, places):
        for make in (_make_at_once, _make_all):
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                if make(connection, tables, places):
                    return
        _make_each(connection, tables)


def _make_at_once(connection: sa.Connection, tables: t.Sequence[sa.Table], places: dict[str | None, str]) -> bool:
    return batch.create_all(_copies(tables), connection, places)


def _make_all(connection: sa.Connection, tables: t.Sequence[sa.Table], _: dict[str | None, str]) -> bool:
    with _undone_on_error(connection):
        _copies(tables).create_all(connection, checkfirst=any(map(_has_shared_type, tables)))
    return True


def _undone_on_error(connection: sa.Connection) -> contextlib.AbstractContextManager[t.Any]:
    """A savepoint, where DDL does not end it."""
    is_transactional = connection.dialect.name not in ("mysql", "mariadb")
    return connection.begin_nested() if is_transactional else contextlib.nullcontext()


def _make_each(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> None:
    copies = _copies(tables)
    for table in copies.sorted_tables:
        with contextlib.suppress(sa.exc.SQLAlchemyError), _undone_on_error(connection):
            table.create(connection, checkfirst=True)


def _has_shared_type(table: sa.Table) -> bool:
    """Whether a type of a table may have been made already, with the metadata or with another table."""
    return any(getattr(type_, "metadata", None) is not None for column in table.columns for type_ in types_in(column))


def _copies(tables: t.Sequence[sa.Table]) -> sa.MetaData:
    known = {(table.schema, table.name) for table in tables}
    copies = sa.MetaData(naming_convention=tables[0].metadata.naming_convention)
    for table in tables:
        copy = table.to_metadata(copies)
        copy_prefixes(table, copy)
        for old, new in zip(table.columns, copy.columns, strict=True):
            for was, now in zip(types_in(old), types_in(new), strict=True):
                now.schema = was.schema  # a copy gets that of its table
                for word in ("default", "not_null", "collation", "constraint_name", "check"):
                    if hasattr(was, word):  # SQLAlchemy 2.0 copies a domain without them
                        setattr(now, word, getattr(was, word))
        for key in list(copy.foreign_key_constraints):
            if not all(_target(element) in known for element in key.elements):
                copy.constraints.discard(key)
                for element in key.elements:
                    element.parent.foreign_keys.discard(element)
                    copy.foreign_keys.discard(element)
    return copies


def _target(element: sa.ForeignKey) -> tuple[str | None, str]:
    schema, _, name = element.target_fullname.rpartition(".")[0].rpartition(".")
    return schema or None, name


@contextlib.contextmanager
def _translated(connection: sa.Connection, places: dict[str | None, str]) -> t.Iterator[None]:
    before = connection.get_execution_options().get("schema_translate_map")
    if places:
        connection.execution_options(schema_translate_map=dict(places))
    try:
        yield
    finally:
        if places:
            connection.execution_options(schema_translate_map=before)


def _read(
    connection: sa.Connection, places: t.Mapping[str | None, str | None], schemas: t.Sequence[str | None]
) -> Schemas:
    """Read every place alone, so that its texts don't name it, and call it by the name that it stands for."""
    default = connection.dialect.default_schema_name
    meant = {place: None if schema == default else schema for schema, place in places.items() if place is not None}
    found: Schemas = {}
    for schema in schemas:
        place = places[schema]
        also = [name for name in (schema or connection.dialect.default_schema_name,) if name]
        read = read_schema(connection, schemas=None if place is None else [place], parts=PARTS, also=also)
        others = {
            kind: tuple(dataclasses.replace(one, schema=schema) for one in getattr(read, kind))
            for kind in ("enums", "sequences", "domains")
        }
        tables = tuple(_meant(table, schema, meant) for table in read.tables)
        found[schema] = dataclasses.replace(read, tables=tables, **t.cast("t.Any", others))
    return found


def _meant(table: Table, schema: str | None, meant: t.Mapping[str, str | None]) -> Table:
    keys = tuple(
        dataclasses.replace(key, referred_schema=meant.get(key.referred_schema or "", key.referred_schema))
        for key in table.foreign_keys
    )
    return dataclasses.replace(table, schema=schema, foreign_keys=keys)
