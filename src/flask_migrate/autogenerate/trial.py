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

from ..schema.model import Schema, Table
from ..schema.read import read_schema
from ..targets import twin

#: Beginning of the names of scratch schemas.
PREFIX = "flask_migrate_trial_"
Schemas = dict[str | None, Schema]


def try_tables(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> Schemas:
    """What the engine makes of ``tables``, by the schema that they are for; empty where it can't be found out.

    The database is as it was when this returns. A table that can't be made is left out.
    """
    maker = {"sqlite": _on_sqlite, "postgresql": _on_postgresql, "mysql": _on_mysql, "mariadb": _on_mysql}
    make = maker.get(connection.dialect.name)
    if make is None or not tables:
        return {}
    try:
        return make(connection, tables)
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


def _on_postgresql(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> Schemas:
    places = _places(tables)
    with connection.begin_nested() as savepoint:
        for place in places.values():
            connection.exec_driver_sql(f"CREATE SCHEMA {place}")
        path = connection.exec_driver_sql("SHOW search_path").scalar_one()
        first = ", ".join(places[schema] for schema in places if schema is None)
        if first:
            connection.exec_driver_sql(f"SET LOCAL search_path = {', '.join(filter(None, [first, path]))}")
        try:
            _make(connection, tables, places)
            return _read(connection, places, _schemas(tables))
        finally:
            savepoint.rollback()


def _on_mysql(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> Schemas:
    """A database of its own, over a connection of its own: here every DDL statement commits."""
    places = _places(tables)
    engine = twin(connection.engine)
    made: list[str] = []
    try:
        with engine.connect() as own:
            words = own.exec_driver_sql("SELECT @@character_set_database, @@collation_database").one()
            try:
                for place in places.values():
                    own.exec_driver_sql(f"CREATE DATABASE {place} CHARACTER SET {words[0]} COLLATE {words[1]}")
                    made.append(place)
                _make(own, tables, places)
                return _read(own, places, _schemas(tables))
            finally:
                for place in made:
                    own.exec_driver_sql(f"DROP DATABASE {place}")
    finally:
        engine.dispose()


def _schemas(tables: t.Iterable[sa.Table]) -> list[str | None]:
    return list(dict.fromkeys([None, *(table.schema for table in tables)]))


def _places(tables: t.Iterable[sa.Table]) -> dict[str | None, str]:
    name = f"{PREFIX}{secrets.token_hex(4)}"
    return {schema: f"{name}_{number}" for number, schema in enumerate(_schemas(tables))}


def _make(connection: sa.Connection, tables: t.Sequence[sa.Table], places: dict[str | None, str]) -> None:
    """Make copies of ``tables``, which no listener of the app knows; one by one where that fails for all."""
    with _translated(connection, places):
        try:
            with connection.begin_nested():
                _copies(tables).create_all(connection, checkfirst=False)
        except sa.exc.SQLAlchemyError:
            _make_each(connection, tables)


def _make_each(connection: sa.Connection, tables: t.Sequence[sa.Table]) -> None:
    copies = _copies(tables)
    for table in copies.sorted_tables:
        with contextlib.suppress(sa.exc.SQLAlchemyError), connection.begin_nested():
            table.create(connection, checkfirst=True)


def _copies(tables: t.Sequence[sa.Table]) -> sa.MetaData:
    known = {(table.schema, table.name) for table in tables}
    copies = sa.MetaData(naming_convention=tables[0].metadata.naming_convention)
    for table in tables:
        copy = table.to_metadata(copies)
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
    meant = {place: schema for schema, place in places.items() if place is not None}
    found: Schemas = {}
    for schema in schemas:
        place = places[schema]
        read = read_schema(connection, schemas=None if place is None else [place])
        found[schema] = dataclasses.replace(read, tables=tuple(_meant(table, schema, meant) for table in read.tables))
    return found


def _meant(table: Table, schema: str | None, meant: t.Mapping[str, str | None]) -> Table:
    keys = tuple(
        dataclasses.replace(key, referred_schema=meant.get(key.referred_schema or "", key.referred_schema))
        for key in table.foreign_keys
    )
    return dataclasses.replace(table, schema=schema, foreign_keys=keys)
