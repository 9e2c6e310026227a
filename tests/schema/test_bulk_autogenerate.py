"""Alembic's autogenerate finds the same with the bulk inspector, and sends few statements."""

from __future__ import annotations

import typing as t
import warnings

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from flask_migrate.autogenerate import inspection

from .conftest import Run
from .test_bulk_inspection import ZOOS, schemas_of
from .test_read import make_tables

STOCK = ("alembic.autogenerate.*",)
#: What the stock comparison fails on: sequences with a quote in their names, or that another schema's column uses;
#: a key without columns to a table that does not exist.
FATAL = (
    *('"it\'s" bigserial, ', '"it\'s ""q"" x" serial PRIMARY KEY, ', " DEFAULT nextval('lone')"),
    "CREATE TABLE lost (a REFERENCES missing, b REFERENCES missing (x));\n",
)


def configure(connection: sa.Connection, *plugins: str, **options: t.Any) -> MigrationContext:
    """A context that compares with these plugins."""
    names = [*STOCK, *plugins]
    return MigrationContext.configure(connection, opts={"autogenerate_plugins": names, **options})


def script(connection: sa.Connection, metadata: sa.MetaData, *plugins: str, **options: t.Any) -> list[str]:
    """The lines of the migration that Alembic writes, in an order of their own: Alembic has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = configure(connection, *plugins, **options)
        operations = produce_migrations(context, metadata).upgrade_ops
        assert operations is not None
        return sorted(render_python_code(operations, migration_context=context).splitlines())


def zoo_of(connection: sa.Connection) -> str:
    """The script of the engine's zoo, without what Alembic itself can't read."""
    text = ZOOS[connection.dialect.name]
    for words in FATAL:
        text = text.replace(words, "")
    return text


def models() -> sa.MetaData:
    """Models that differ from the zoo in most of what Alembic compares."""
    metadata = sa.MetaData()
    sa.Table(
        "parent",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("code", sa.String(20), nullable=True, unique=True, comment="a code"),
        sa.Column("more", sa.Integer, server_default="5", index=True),
    )
    sa.Table(
        "child",
        metadata,
        sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="SET NULL")),
        sa.Column("x", sa.Text, nullable=False),
        sa.CheckConstraint("parent_id > 5", name="ck"),
        sa.Index("ix_x", "x", "parent_id"),
        comment="another comment",
    )
    sa.Table("added", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


@pytest.mark.parametrize("make_metadata", [sa.MetaData, models])
def test_migrations_are_equal(connection: sa.Connection, run: Run, make_metadata: t.Callable[[], sa.MetaData]) -> None:
    """Against nothing and against models that differ, the migration is the one that Alembic alone writes."""
    run(zoo_of(connection))
    names = schemas_of(connection)
    several = connection.dialect.name == "postgresql"
    options = {"include_schemas": several, "compare_type": True, "compare_server_default": True}
    expected = script(connection, make_metadata(), **options)
    connection.rollback()
    assert script(connection, make_metadata(), inspection.register(), **options) == expected
    assert len(expected) > 10
    assert len(names) > 1


@pytest.mark.engines("postgresql")
def test_quoted_sequences_are_understood(connection: sa.Connection, run: Run) -> None:
    """A serial column whose sequence has a quote in its name is compared like any other."""
    metadata = sa.MetaData()
    sa.Table("it's", metadata, sa.Column('a "b" c', sa.Integer, primary_key=True), sa.Column("%s", sa.Integer))
    metadata.create_all(connection)
    connection.commit()
    assert compare_metadata(configure(connection, inspection.register()), metadata) == []


@pytest.mark.engines("postgresql")
def test_serial_columns_have_no_default(connection: sa.Connection, run: Run) -> None:
    """The default of a serial column is left out as Alembic does it; that of a foreign sequence stays."""
    run(
        """
        CREATE SEQUENCE lone;
        CREATE TABLE a (id serial PRIMARY KEY, n int DEFAULT nextval('lone'), b bigserial);
        ALTER SEQUENCE lone OWNED BY a.id"""
    )
    metadata = sa.MetaData()
    columns = (sa.Column("n", sa.Integer), sa.Column("b", sa.BigInteger, nullable=False))
    sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    found = script(connection, metadata, inspection.register(), compare_server_default=True)
    assert found == script(connection, metadata, compare_server_default=True)
    assert [line.strip() for line in found if "op." in line] == ["op.alter_column('a', 'n',"]


def test_statements_do_not_grow(connection: sa.Connection, statements: list[str]) -> None:
    """A comparison of forty tables sends as many statements as one of ten."""
    counts = []
    make_tables(connection, 10)
    compare_metadata(configure(connection), sa.MetaData())  # the dialect asks some things once
    for prefix, more in (("u", 0), ("v", 30)):
        make_tables(connection, more, prefix)
        metadata = sa.MetaData()
        metadata.reflect(connection)
        connection.commit()
        statements.clear()
        compare_metadata(configure(connection, inspection.register()), metadata)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


@pytest.mark.engines("postgresql")
def test_serials_of_many_schemas_cost_nothing(connection: sa.Connection, run: Run, statements: list[str]) -> None:
    """With five schemas full of serial columns the number of statements is that of one."""
    counts = []
    run("CREATE TABLE in_default (a int)")  # Alembic asks for tables only where there are some
    compare_metadata(configure(connection), sa.MetaData())  # the dialect asks some things once
    for count in (2, 5):
        for number in range(count):
            run(f"CREATE SCHEMA IF NOT EXISTS s{number}")
            for table in range(3):
                run(f"CREATE TABLE IF NOT EXISTS s{number}.t{table} (id serial PRIMARY KEY, b bigserial)")
        statements.clear()
        compare_metadata(configure(connection, inspection.register(), include_schemas=True), sa.MetaData())
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 30


def test_the_plugin_is_registered_once() -> None:
    """Registering again is harmless and gives the same name."""
    assert inspection.register() == inspection.register() == "flask_migrate.inspection"
