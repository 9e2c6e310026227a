"""The bookshop as a project of the suite: its commands, and SQL that says what is in it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import sqlalchemy as sa

from tests.projects import Project

BOOKSHOP = Path(__file__).resolve().parents[2] / "examples" / "bookshop"
APP = "bookshop"
#: Tables of the tool itself.
OWN_TABLES = {"alembic_version", "flask_migrate_log"}
#: Columns that the engine fills with the time.
CLOCKS = {("authors", "created_at"), ("books", "created_at"), ("customers", "created_at"), ("stock", "counted_at")}


Rows = dict[str, list[dict[str, t.Any]]]


def db(shop: Project, *arguments: str) -> str:
    """Run ``flask db …``, which has to succeed, and return what it printed on standard output."""
    return shop.ok("db", *arguments, app=APP).stdout


def assert_at_models(shop: Project) -> None:
    """``flask db check`` finds no difference between the models and the database."""
    assert "No new upgrade operations detected." in shop.ok("db", "check", app=APP).output


def connect(url: str) -> t.Any:
    """A connection whose statements are committed, and are refused where a foreign key is broken."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
    return engine.begin()


def execute(shop: Project, *statements: str) -> None:
    """Run SQL statements in one transaction."""
    with connect(shop.url) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def query(shop: Project, statement: str) -> list[tuple[t.Any, ...]]:
    """The rows of a SQL query."""
    return shop.sql(shop.url, statement)


def read(shop: Project) -> Rows:
    """Every row of the shop's tables, in an order that depends on the values only."""
    metadata = sa.MetaData()
    with connect(shop.url) as connection:
        metadata.reflect(connection)
        return {
            table.name: sorted((dict(row) for row in connection.execute(table.select()).mappings()), key=repr)
            for table in metadata.tables.values()
            if table.name not in OWN_TABLES
        }


def counts(rows: Rows) -> dict[str, int]:
    """How many rows each table has."""
    return {table: len(found) for table, found in rows.items()}


def without_clocks(rows: Rows) -> Rows:
    """The rows without the columns that the engine fills with the time."""
    return {
        table: [{name: value for name, value in row.items() if (table, name) not in CLOCKS} for row in found]
        for table, found in rows.items()
    }


def describe(url: str) -> dict[str, t.Any]:
    """What the engine says about every table of the shop: columns, keys, constraints, indexes."""
    with connect(url) as connection:
        inspector = sa.inspect(connection)
        return {
            table: describe_table(inspector, table) for table in inspector.get_table_names() if table not in OWN_TABLES
        }


def describe_table(inspector: sa.Inspector, table: str) -> dict[str, t.Any]:
    """One table; the order of its columns is left out."""
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        },
        "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
        "foreign keys": by_name(inspector.get_foreign_keys(table)),
        "unique": by_name(inspector.get_unique_constraints(table)),
        "checks": by_name(inspector.get_check_constraints(table)),
        "indexes": by_name(inspector.get_indexes(table)),
    }


def by_name(found: t.Any) -> dict[str, t.Any]:
    """What an inspector returns as a list, by name."""
    return {one["name"]: one for one in found}
