"""Engines that have no reader of their own are read through SQLAlchemy's reflection."""

from __future__ import annotations

import typing as t

import pytest
import sqlalchemy as sa

from flask_migrate.autogenerate.inspection import inspector
from flask_migrate.schema import Column, Note, Table, read_schema
from flask_migrate.schema import read as reading
from flask_migrate.schema.model import Check, Computed, ForeignKey, Identity, Index, IndexPart, PrimaryKey, UniqueKey
from flask_migrate.schema.read import sqlite_catalog

from .conftest import Run


@pytest.fixture(autouse=True)
def no_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No dialect is known."""
    monkeypatch.setattr(reading, "READERS", {})


def plain(table: Table | None) -> dict[str, t.Any]:
    """A table without the spelling of its types and options, which engines differ in."""
    assert table is not None
    found = table.to_dict()
    found.pop("options", None)
    for column in found["columns"]:
        column.pop("type")
    return found


def test_tables_are_read(connection: sa.Connection, run: Run) -> None:
    """Columns, keys, checks and indexes come from the dialect's reflection."""
    run(
        """
        CREATE TABLE parent (id INTEGER PRIMARY KEY, code VARCHAR(9) NOT NULL, CONSTRAINT u UNIQUE (code));
        CREATE TABLE child (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 5, CONSTRAINT ck CHECK (a > 0),
          CONSTRAINT fk FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE);
        CREATE INDEX ix ON child (id, a);
        CREATE VIEW v AS SELECT id FROM child"""
    )
    found = read_schema(connection)
    is_mariadb = connection.dialect.name == "mysql"
    key = {"postgresql": "parent_pkey"}.get(connection.dialect.name)
    unique = Index(name="u", parts=(IndexPart(column="code"),), unique=True)
    assert plain(found.table("parent")) == plain(
        Table(
            name="parent",
            columns=(
                Column(name="id", type="", nullable=connection.dialect.name == "sqlite"),
                Column(name="code", type="", nullable=False),
            ),
            primary_key=PrimaryKey(name=key, columns=("id",)),
            unique_keys=(UniqueKey(name="u", columns=("code",)),),
            indexes=(unique,) if is_mariadb else (),
        )
    )
    child = found.table("child")
    assert child is not None
    assert child.foreign_keys == (
        ForeignKey(name="fk", columns=("a",), referred_table="parent", referred_columns=("id",), on_delete="CASCADE"),
    )
    assert [(check.name, check.text.replace("`", "")) for check in child.checks] == [("ck", "a > 0")]
    index = next(index for index in child.indexes if index.name == "ix")
    assert index.parts == (IndexPart(column="id"), IndexPart(column="a"))
    assert [column.default for column in child.columns] == [None, "5"]
    assert [view.name for view in found.views] == ["v"]
    assert found.dialect == connection.dialect.name


@pytest.mark.engines("postgresql")
def test_what_only_some_dialects_tell(connection: sa.Connection, run: Run) -> None:
    """Identities, generated columns, comments, expressions, orders and named schemas are kept."""
    run(
        """
        CREATE SCHEMA app;
        CREATE SEQUENCE lone;
        CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, a int, b int GENERATED ALWAYS AS (a * 2) STORED);
        CREATE INDEX ix ON t (lower(a::text), a DESC);
        COMMENT ON TABLE t IS 'commented';
        COMMENT ON COLUMN t.a IS 'too';
        CREATE TABLE app.u (a int, CHECK (a > 0))"""
    )
    found = read_schema(connection, schemas=["public", "app", "missing"])
    identity = Identity(always=True, start=1, increment=1, minimum=1, maximum=2**63 - 1, cache=1)
    assert found.schemas == (None, "app")
    assert Note(kind="schema", name="missing", reason="does not exist") in found.notes
    assert [sequence.name for sequence in found.sequences] == ["lone", "t_id_seq"]
    assert found.tables == (
        Table(
            name="t",
            comment="commented",
            columns=(
                Column(name="id", type="BIGINT", nullable=False, identity=identity, autoincrement=True),
                Column(name="a", type="INTEGER", comment="too"),
                Column(name="b", type="INTEGER", computed=Computed(expression="(a * 2)", stored=True)),
            ),
            indexes=(
                Index(
                    name="ix",
                    parts=(IndexPart(expression="lower(a::text)"), IndexPart(column="a", descending=True)),
                ),
            ),
        ),
        Table(
            schema="app",
            name="u",
            columns=(Column(name="a", type="INTEGER"),),
            checks=(Check(name="u_a_check", text="a > 0"),),
        ),
    )


@pytest.mark.engines("sqlite")
def test_what_can_not_be_reflected_is_noted(connection: sa.Connection, run: Run) -> None:
    """A subject that the dialect does not know is noted, and the rest is read."""
    run("CREATE TABLE t (a INTEGER);\nCREATE TABLE excluded (a INTEGER)")
    found = read_schema(connection, exclude=lambda kind, schema, name: name == "excluded")
    assert found.tables == (Table(name="t", columns=(Column(name="a", type="INTEGER"),)),)
    reason = "table comment can't be reflected by this dialect"
    assert found.notes == (Note(kind="schema", name="default", reason=reason),)


def test_servers_that_are_too_old(connection: sa.Connection, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that lacks what a reader asks for is read through SQLAlchemy, and inspected table by table."""
    run("CREATE TABLE t (a INTEGER)")
    expected = read_schema(connection)
    name = connection.dialect.name
    reader = getattr(reading, name)
    monkeypatch.setattr(reading, "READERS", {name: reader})
    for module in (reader, sqlite_catalog, inspector.mariadb):
        for minimum in ("MINIMUM", "MINIMUM_MARIADB"):
            monkeypatch.setattr(module, minimum, (99,), raising=False)
    assert read_schema(connection) == expected
    assert expected.dialect == name
    if name != "postgresql":
        assert inspector.bulk_inspector(connection).bind is connection


@pytest.mark.engines("sqlite")
def test_sqlite_without_pragma_tables(connection: sa.Connection, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite that was built without pragmas as tables is read through SQLAlchemy as well."""
    run("CREATE TABLE t (a INTEGER)")
    expected = read_schema(connection)
    monkeypatch.setattr(reading, "READERS", {"sqlite": reading.sqlite})

    def refuse(connection: sa.Connection) -> t.Any:
        return connection.exec_driver_sql("SELECT name FROM pragma_none")

    monkeypatch.setattr(sqlite_catalog, "attached_schemas", refuse)
    assert read_schema(connection) == expected
    assert inspector.bulk_inspector(connection).bind is connection


def test_other_dialects_keep_their_inspector(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialect without answers gets SQLAlchemy's own inspector."""
    monkeypatch.setattr(inspector, "MAKERS", {})
    assert inspector.bulk_inspector(connection).bind is connection
